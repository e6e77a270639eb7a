"""From blocks and footprints to one cell for each building. Metres near the origin."""

import numpy as np
import shapely

from gridmap.balancing.ground.blocks import Blocks, spread
from gridmap.balancing.ground.planar import (
    Bools,
    Ints,
    Shapes,
    borders,
    components,
    faces,
    inner_points,
    joined,
    within,
)
from gridmap.balancing.ground.tessellation import (
    MARGIN_M,
    Sites,
    lines_between,
    place_sites,
)

_TOUCHES_M = 0.01  # a line so near to a footprint may cut it once the lattice has moved it
_ELSEWHERE = 0.01  # how much less a metre of border binds land across a barrier


def draw_cells(footprints: Shapes, building: Ints, blocks: Blocks, count: int) -> Shapes:
    """The cell of each building: its footprint and the land that is nearest to it in its block.

    The cells tile the blocks, vertex by vertex. A cell is one polygon unless its footprints stand
    apart, or land that nobody lives on is an island of its village.

    Args:
        footprints: polygons that do not overlap, each in the village of its block.
        building: the building each is of, from 0; one may have several.
        count: how many buildings there are.
    """
    sites = place_sites(footprints, building, blocks.home)
    core = shapely.buffer(blocks.shapes, -MARGIN_M)
    lines = lines_between(sites, blocks.shapes, core)
    cut = _cut_by(footprints, core[blocks.home], lines)
    land, inner, block = _land(blocks, lines, footprints[cut])
    seats, seated = _seats(land, inner, footprints)
    shared = _shared(seats, building[seated])
    if shared.any():  # a line between them was lost in rounding
        cut = np.union1d(cut, seated[shared])
        land, inner, block = _land(blocks, lines, footprints[cut])
        seats, seated = _seats(land, inner, footprints)
    nearest = _nearest(inner, block, sites, blocks, building)
    same = blocks.village[block[seats]] == blocks.village[blocks.home[seated]]
    seats, seated = seats[same], building[seated[same]]
    return joined(land, _owners(land, block, nearest, seats, seated, blocks), count)


def _land(blocks: Blocks, lines: Shapes, cut: Shapes) -> tuple[Shapes, Shapes, Ints]:
    """The faces of all lines, a point inside each, and its block."""
    land = faces(np.concatenate([shapely.boundary(blocks.shapes), lines, shapely.boundary(cut)]))
    inner = inner_points(land)
    block = within(inner, blocks.shapes)
    return land[block >= 0], inner[block >= 0], block[block >= 0]


def _shared(seats: Ints, seated: Ints) -> Bools:
    """Which of the seats are faces that more than one building stands on."""
    pairs = np.unique(np.column_stack([seats, seated]), axis=0)
    faces_of, times = np.unique(pairs[:, 0], return_counts=True)
    return np.isin(seats, faces_of[times > 1])


def _cut_by(footprints: Shapes, core: Shapes, lines: Shapes) -> Ints:
    """The footprints that reach the edge of their block, or that a line between buildings cuts."""
    across = ~shapely.contains_properly(core, footprints)
    tree = shapely.STRtree(footprints)
    touched = tree.query(lines, predicate="dwithin", distance=_TOUCHES_M)[1]
    return np.union1d(np.flatnonzero(across), touched)


def _nearest(inner: Shapes, block: Ints, sites: Sites, blocks: Blocks, building: Ints) -> Ints:
    """The building that stands nearest to each face, in its block; -1: none stands there."""
    alone = np.full(len(blocks.shapes), -1)
    alone[blocks.home] = building
    nearest = alone[block]
    order = np.argsort(block, kind="stable")
    numbers, first = np.unique(block[order], return_index=True)
    for number, asked in zip(numbers, np.split(order, first[1:]), strict=True):
        start, stop = np.searchsorted(sites.block, [number, number + 1])
        if stop > start:
            found = shapely.STRtree(sites.points[start:stop]).nearest(inner[asked])
            nearest[asked] = sites.building[start + found]
    return nearest


def _seats(land: Shapes, inner: Shapes, footprints: Shapes) -> tuple[Ints, Ints]:
    """The faces that footprints stand on: (faces, footprints).

    A face is in a footprint that was cut, or a footprint that was not is in a face. Where two stand
    on a hair of ground, the last is the smaller.
    """
    face, cut = shapely.STRtree(footprints).query(inner, predicate="within")
    small_last = np.argsort(-shapely.area(footprints[cut]), kind="stable")
    face, cut = face[small_last], cut[small_last]
    whole = np.setdiff1d(np.arange(len(footprints)), cut)
    at, seat = shapely.STRtree(land).query(inner_points(footprints[whole]), predicate="within")
    return np.r_[seat, face], np.r_[whole[at], cut]


def _owners(
    land: Shapes, block: Ints, nearest: Ints, seats: Ints, seated: Ints, blocks: Blocks
) -> Ints:
    """The building that each face belongs to: the one that stands on it, else the nearest if their
    land reaches there, else one beside it, best in the same block.
    """
    owner = nearest.copy()
    owner[seats] = seated
    edges = borders(land)
    edges = edges.where(edges.right >= 0)
    village = blocks.village[block]
    edges = edges.where(village[edges.left] == village[edges.right])
    together = owner[edges.left] == owner[edges.right]
    group = components(len(land), edges.left[together], edges.right[together])
    is_home = np.zeros(len(land), dtype=bool)
    is_home[group[seats]] = True
    owner = np.where(is_home[group], owner, -1)
    weight = edges.length_m * np.where(block[edges.left] == block[edges.right], 1, _ELSEWHERE)
    owner = spread(owner, edges.left, edges.right, weight)
    for lost in np.flatnonzero(owner < 0):
        settled = np.flatnonzero((owner >= 0) & (village == village[lost]))
        owner[lost] = owner[settled[np.argmin(shapely.distance(land[settled], land[lost]))]]
    return owner
