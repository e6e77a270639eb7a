"""Reassign: what a lasso or a street block encloses goes to another grid."""

from typing import Any

from gridmap.plans.editing.division import Change, Division, Footprints


def reassign(division: Division, region: Any, to: str, footprints: Footprints) -> Change:
    """The land of other grids inside a region goes to the grid `to`.

    Buildings stay whole: one whose anchor is in the region goes with it, any other one stays.

    Raises:
        Refused: unknown_grid, misses, empty_grid, not_connected, not_adjacent, self_crossing.
    """
    raise NotImplementedError
