"""From blocks and footprints to one cell for each building. Metres near the origin."""

import numpy as np
import shapely

from gridmap.balancing.ground.blocks import Blocks, spread
from gridmap.balancing.ground.planar import (
    Ints,
    Shapes,
    borders,
    components,
    faces,
    joined,
    within,
)
from gridmap.balancing.ground.tessellation import Sites, lines_between, place_sites

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
    lines = lines_between(sites, blocks.shapes)
    cut = _cut_by(footprints, blocks, lines)
    edges = [shapely.boundary(blocks.shapes), lines, shapely.boundary(footprints[cut])]
    land = faces(np.concatenate(edges))
    block = within(shapely.point_on_surface(land), blocks.shapes)
    land, block = land[block >= 0], block[block >= 0]
    owner = _owners(land, block, footprints, building, blocks, sites)
    owner = _share_stray(land, block, owner, footprints, building, blocks)
    return joined(land, owner, count)


def _cut_by(footprints: Shapes, blocks: Blocks, lines: Shapes) -> Ints:
    """The footprints that a line between buildings or the edge of a block touches."""
    shapely.prepare(blocks.shapes)
    across = ~shapely.contains_properly(blocks.shapes[blocks.home], footprints)
    tree = shapely.STRtree(footprints)
    touched = tree.query(lines, predicate="dwithin", distance=_TOUCHES_M)[1]
    return np.union1d(np.flatnonzero(across), touched)


def _owners(
    land: Shapes, block: Ints, footprints: Shapes, building: Ints, blocks: Blocks, sites: Sites
) -> Ints:
    """The building of each face: whose footprint it is in, or who stands nearest in the block."""
    owner = np.full(len(land), -1)
    alone = np.full(len(blocks.shapes), -1)
    alone[blocks.home] = building
    owner[:] = alone[block]
    inner = shapely.point_on_surface(land)
    order = np.argsort(block, kind="stable")
    numbers, first = np.unique(block[order], return_index=True)
    for number, asked in zip(numbers, np.split(order, first[1:]), strict=True):
        start, stop = np.searchsorted(sites.block, [number, number + 1])
        if stop > start:
            nearest = shapely.STRtree(sites.points[start:stop]).nearest(inner[asked])
            owner[asked] = sites.building[start + nearest]
    face, footprint = shapely.STRtree(footprints).query(inner, predicate="within")
    same = blocks.village[block[face]] == blocks.village[blocks.home[footprint]]
    owner[face[same]] = building[footprint[same]]
    return owner


def _share_stray(
    land: Shapes, block: Ints, owner: Ints, footprints: Shapes, building: Ints, blocks: Blocks
) -> Ints:
    """Owners again, now that pieces without a footprint of their owner go to who lies beside."""
    edges = borders(land)
    edges = edges.where(edges.right >= 0)
    village = blocks.village[block]
    edges = edges.where(village[edges.left] == village[edges.right])
    together = owner[edges.left] == owner[edges.right]
    group = components(len(land), edges.left[together], edges.right[together])
    seat, of = _seats(land, footprints)
    holds = owner[seat] == building[of]
    is_home = np.zeros(len(land), dtype=bool)
    is_home[group[seat[holds]]] = True
    owner = np.where(is_home[group], owner, -1)
    weight = edges.length_m * np.where(block[edges.left] == block[edges.right], 1, _ELSEWHERE)
    owner = spread(owner, edges.left, edges.right, weight)
    for lost in np.flatnonzero(owner < 0):
        settled = np.flatnonzero((owner >= 0) & (village == village[lost]))
        owner[lost] = owner[settled[np.argmin(shapely.distance(land[settled], land[lost]))]]
    return owner


def _seats(land: Shapes, footprints: Shapes) -> tuple[Ints, Ints]:
    """For each footprint a face in which it stands: (faces, footprints)."""
    inner = shapely.point_on_surface(footprints)
    footprint, face = shapely.STRtree(land).query(inner, predicate="intersects")
    return face, footprint
