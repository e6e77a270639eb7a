"""What a GridIndex found out about its grids."""

from dataclasses import dataclass, field

from gridmap.geo.index.territory import Code


@dataclass(frozen=True)
class Overlap:
    """Two grids that claim the same place: `codes` in order, and a point inside both, or near."""

    codes: tuple[Code, Code]
    lon: float
    lat: float

    def __str__(self) -> str:
        first, second = self.codes
        return (
            f"网格 {first} 与 {second} 在 ({self.lon:.7f}, {self.lat:.7f}) 处重叠 / "
            f"grids {first} and {second} overlap at ({self.lon:.7f}, {self.lat:.7f})"
        )


@dataclass(frozen=True)
class Report:
    """Where the grids are no coverage, and what that costs.

    Attributes:
        grids: how many grids the index holds.
        empty: codes of grids without a geometry; they cover nothing.
        overlaps: pairs of grids that overlap.
        sheets: how many overlap-free sheets the grids were spread over; each point is looked up
            in every one of them, so 1 is fastest. Gaps, T-junctions and slivers cost nothing.
        scanned: codes of grids that take the plain path of about 3 µs a point: all of them
            without the compiled kernel, else those that overlap more than `sheets` can part.
        compiled: whether the compiled kernel is at work.
    """

    grids: int
    empty: tuple[Code, ...] = ()
    overlaps: tuple[Overlap, ...] = field(default=(), repr=False)
    sheets: int = 0
    scanned: tuple[Code, ...] = field(default=(), repr=False)
    compiled: bool = False

    @property
    def is_coverage(self) -> bool:
        """Whether no two grids overlap, as far as the compiled kernel looked."""
        return not self.overlaps
