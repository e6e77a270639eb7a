"""What can be done to the grids of a village. Pure: a wish and a division in, a change out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gridmap.plans import editing
from gridmap.plans.editing import XY, Change, Division, Footprints


@dataclass(frozen=True)
class MoveBorder:
    """Vertices moved from one place to another, put into edges (ends, place), taken out; ends of
    borders slid along the village line (end, the vertices they go past, place)."""

    moves: Sequence[tuple[XY, XY]] = ()
    inserts: Sequence[tuple[tuple[XY, XY], XY]] = ()
    removes: Sequence[XY] = ()
    slides: Sequence[tuple[XY, Sequence[XY], XY]] = ()


@dataclass(frozen=True)
class Split:
    """A grid cut in two by a line."""

    grid: str
    line: Sequence[XY]


@dataclass(frozen=True)
class Merge:
    """Grids made one; `keep` is the code that lives on, None for that of the largest."""

    grids: Sequence[str]
    keep: str | None = None


@dataclass(frozen=True)
class Reassign:
    """The land of a region given to a grid."""

    region: Any
    to: str


@dataclass(frozen=True)
class Paint:
    """The land of street blocks, each named by a place inside, given to a grid."""

    blocks: Sequence[XY]
    to: str


@dataclass(frozen=True)
class Draw:
    """A new grid."""

    shape: Any
    kind: Literal["general", "special"]
    name: str | None = None


@dataclass(frozen=True)
class Snap:
    """The border of two grids pulled onto lines within a distance in metres.

    line is a place on or beside the only one that may pull; None where any may.
    """

    grids: tuple[str, str]
    within_m: float
    line: XY | None = None


@dataclass(frozen=True)
class Fill:
    """The gap at a place given to a grid."""

    at: XY
    to: str


@dataclass(frozen=True)
class Edit:
    """New values for fields of a grid; its shape stays."""

    grid: str
    values: dict[str, str | None]


Wish = MoveBorder | Split | Merge | Reassign | Paint | Draw | Snap | Fill | Edit


def perform(
    wish: Wish, division: Division, footprints: Footprints, new_code: str, lines: Sequence[Any]
) -> Change:
    """The change that a wish comes to; an edit changes no shape.

    Args:
        new_code: the code for a grid that comes new.
        lines: what a border may be pulled onto, or what parts street blocks.

    Raises:
        Refused: it cannot be done.
    """
    match wish:
        case MoveBorder():
            return editing.move_border(
                division, wish.moves, wish.inserts, wish.removes, wish.slides
            )
        case Split():
            return editing.split(division, wish.grid, wish.line, new_code, footprints)
        case Merge():
            return editing.merge(division, wish.grids, wish.keep, footprints)
        case Reassign():
            return editing.reassign(division, wish.region, wish.to, footprints)
        case Paint():
            return editing.paint(division, wish.blocks, wish.to, lines, footprints)
        case Draw():
            return editing.draw(division, wish.shape, new_code, wish.kind)
        case Snap():
            return editing.snap(division, wish.grids, lines, wish.within_m, wish.line)
        case Fill():
            return editing.fill(division, wish.at, wish.to)
        case Edit():
            return Change({})
