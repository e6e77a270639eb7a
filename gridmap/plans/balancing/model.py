"""A village that is to be balanced, and what is wished for. Pure; EPSG:4490 degrees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from gridmap.plans.editing import Division
from gridmap.plans.figures import Homes

Mode = Literal["stable", "mixed", "shape", "even"]
MODES: tuple[Mode, ...] = get_args(Mode)
"""What is minded most: that few move, a little of each, borders on streets, equal loads."""

Weight = Literal["households", "residents", "buildings"]
WEIGHTS: tuple[Weight, ...] = get_args(Weight)
"""What the load of a grid can be made of."""

Size = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """What a border may follow: its kind and class on the base map, and its shape."""

    kind: str
    rank: str | None
    shape: Any


@dataclass(frozen=True)
class Village:
    """A village as it is divided now.

    Attributes:
        kinds: general or special, by grid; special grids stay as they are and count for nothing.
        area_kinds: urban or rural, by grid; versions: that of each grid.
        names: of each grid.
        size: the least and the most load of a grid.
        lines: streets, rivers, railways and walls.
    """

    code: str
    name: str
    division: Division
    kinds: Mapping[str, str]
    area_kinds: Mapping[str, str]
    versions: Mapping[str, int]
    names: Mapping[str, str]
    size: Size
    homes: Homes
    lines: Sequence[Line]

    @property
    def area_kind(self) -> str:
        """What most of its grids are."""
        kinds = list(self.area_kinds.values())
        return "urban" if 2 * kinds.count("urban") > len(kinds) else "rural"

    def name_of(self, code: str) -> str:
        """The name of a grid; one that is new is called after its number."""
        return self.names.get(code, f"{self.name}{code[-3:].lstrip('0')}网格")

    @property
    def zones(self) -> Mapping[str, Any]:
        """The land of each grid; a village without any is one zone without a code."""
        return self.division.shapes or {"": self.division.village}

    def is_general(self, code: str) -> bool:
        """Whether a grid is balanced; one that is new is."""
        return self.kinds.get(code, "general") == "general"

    @property
    def general(self) -> list[str]:
        """The grids that are balanced."""
        return [code for code, kind in self.kinds.items() if kind == "general"]


def load_of(weights: Mapping[Any, float]) -> str | dict[str, float]:
    """What is balanced, as `gridmap.balance` wants it: it calls a single column by its name."""
    name, factor = next(iter(weights.items()))
    return str(name) if len(weights) == 1 and factor == 1 else dict(weights)


@dataclass(frozen=True)
class Wish:
    """What a balanced division is to be like.

    Attributes:
        weights: how much each household, resident and building counts.
        locked: codes of grids that stay as they are.
        prove_s: seconds of exact search per small village.
    """

    mode: Mode = "stable"
    weights: Mapping[Weight, float] = field(default_factory=lambda: {"households": 1.0})
    locked: frozenset[str] = frozenset()
    seed: int = 0
    prove_s: float = 0.0
