"""Merge: grids that share borders become one."""

from collections.abc import Sequence

from gridmap.plans.editing.division import Change, Division, Footprints


def merge(
    division: Division, codes: Sequence[str], keep: str | None, footprints: Footprints
) -> Change:
    """Two or more grids made one.

    Args:
        keep: the code that lives on, one of codes; None: of the one with most households.

    Raises:
        Refused: unknown_grid, not_adjacent.
    """
    raise NotImplementedError
