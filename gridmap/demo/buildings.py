"""What a placed building is, before it has a code."""

from dataclasses import dataclass

from shapely.geometry import Polygon


@dataclass(frozen=True)
class Placed:
    """A building in metres. `grid` is the index in the grid coverage; `units` stairwells with
    `doors` dwellings on each floor (0 = nobody lives here); `street` for the address when it
    stands on one.
    """

    polygon: Polygon
    grid: int
    kind: str
    name: str | None
    floors: int
    units: int
    doors: int
    street: str | None = None

    @property
    def capacity(self) -> int:
        """How many dwellings it can hold."""
        return (
            self.units
            * self.doors
            * (self.floors if self.units and self.kind == "apartment" else 1)
        )
