"""The outer rim of a coverage: cells that end in a hair along the village line are blunted.

Where the border of two cells runs along the line of their village with less than a centimetre
between, the land in between passes for a gap. Metres near the origin.
"""

import numpy as np
import shapely

from gridmap.balancing.ground.blocks import spread
from gridmap.balancing.ground.planar import (
    Ints,
    Shapes,
    borders,
    faces,
    inner_points,
    joined,
    shapes_of,
    within,
)
from gridmap.balancing.ground.tessellation import MARGIN_M

GAP_M = 0.01
"""What is narrower between two cells passes for a gap."""

_ROUNDS = 5


def blunt(cells: Shapes, village: Ints) -> Shapes:
    """The cells, valid as a coverage also to `GAP_M`; land changes hands only within `MARGIN_M` of
    the village line.
    """
    cells = cells.copy()
    for _ in range(_ROUNDS):
        suspect = shapely.coverage_invalid_edges(cells, gap_width=GAP_M)
        sharp = np.flatnonzero(~shapely.is_empty(suspect))
        if not len(sharp):
            break
        tree = shapely.STRtree(cells)
        taken = np.zeros(len(cells), dtype=bool)
        for cell in sharp.tolist():
            near = np.sort(tree.query(suspect[cell], predicate="dwithin", distance=3 * MARGIN_M))
            if not taken[near].any():  # else the next round sees to it
                taken[near] = True
                at = near.tolist().index(cell)
                cells[near] = _pass_on(cells[near], village[near], suspect[cell], at)
    return cells


def _pass_on(cells: Shapes, village: Ints, suspect: shapely.Geometry, sharp: int) -> Shapes:
    """The cells round an edge of the sharp one: along it, where another of the village is near,
    its land goes to that one.
    """
    others = np.delete(cells, sharp)[np.delete(village, sharp) == village[sharp]]
    beside = shapely.buffer(shapely.union_all(others), MARGIN_M)
    # Square, so that the new border meets the village line at a right angle.
    zone = shapely.buffer(
        shapely.intersection(suspect, beside), MARGIN_M, cap_style="square", join_style="mitre"
    )
    land = faces(shapes_of([*shapely.boundary(cells), shapely.boundary(zone)]))
    inner = inner_points(land)
    owner = within(inner, cells)
    land, inner, owner = land[owner >= 0], inner[owner >= 0], owner[owner >= 0]
    passed = (owner == sharp) & shapely.intersects(zone, inner)
    before = owner.copy()
    owner[passed] = -1
    edges = borders(land)
    edges = edges.where(edges.right >= 0)
    edges = edges.where(village[before[edges.left]] == village[before[edges.right]])
    back = (owner[edges.left] == sharp) | (owner[edges.right] == sharp)
    owner = spread(owner, edges.left, edges.right, np.where(back, 0.0, edges.length_m))
    owner = np.where(owner < 0, before, owner)
    if not np.any(owner == sharp):
        return cells
    return joined(land, owner, len(cells))
