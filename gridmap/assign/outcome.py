"""What an assignment of a file comes to: counts that add up, and what a person should know."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from gridmap.profiles import Message


@dataclass
class Counts:
    """Rows of a file. Each is in a grid, outside all of them, or without usable coordinates.

    `misshapen` of the unlocated have more cells than the header has columns.
    """

    points: int = 0
    in_grids: int = 0
    outside: int = 0
    unlocated: int = 0
    misshapen: int = 0

    def add(self, more: "Counts") -> None:
        """Take in the counts of more rows."""
        for name, value in asdict(more).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass
class Outcome:
    """The end of an assignment; `resumed` rows were finished by a run before."""

    out: Path
    grids: int
    overlaps: int
    counts: Counts = field(default_factory=Counts)
    resumed: int = 0
    warnings: list[Message] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "out": str(self.out),
            **asdict(self.counts),
            "grids": self.grids,
            "overlaps": self.overlaps,
            "resumed": self.resumed,
            "warnings": [{"zh": zh, "en": en} for zh, en in self.warnings],
        }

    def as_text(self) -> str:
        """For people, in both languages."""
        counts = self.counts
        lines = [
            f"{self.out}",
            f"点 points            {counts.points:>15,}",
            f"在网格内 in grids     {counts.in_grids:>13,}",
            f"网格外 outside        {counts.outside:>13,}",
            f"无坐标 no coordinates {counts.unlocated:>13,}",
        ]
        return "\n".join([*lines, *(f"注意：{zh}\nnote: {en}" for zh, en in self.warnings)])
