"""Draw a new grid, or fill a gap."""

from typing import Any, Literal

from gridmap.plans.editing.division import XY, Change, Division


def draw(
    division: Division, shape: Any, new_code: str, kind: Literal["general", "special"]
) -> Change:
    """A new grid: a general one on the land that is in no grid, a special one cut out of others.

    Raises:
        Refused: no_gap, off_village, empty_grid, not_connected, too_many_pieces, self_crossing.
    """
    raise NotImplementedError


def fill(division: Division, at: XY, to: str) -> Change:
    """The gap that holds a point, given to a grid beside it.

    Raises:
        Refused: unknown_grid, no_gap, not_adjacent.
    """
    raise NotImplementedError
