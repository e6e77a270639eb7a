"""Snap: the border of two grids is pulled onto a road, a river or a wall."""

from collections.abc import Sequence
from typing import Any

from gridmap.plans.editing.division import Change, Division


def snap(
    division: Division, codes: tuple[str, str], lines: Sequence[Any], within_m: float
) -> Change:
    """The shared border of two grids pulled onto the nearest line; its ends stay.

    Raises:
        Refused: unknown_grid, not_adjacent, no_line_near.
    """
    raise NotImplementedError
