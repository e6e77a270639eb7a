"""Street blocks: what barriers and village outlines enclose; land without a building joins a block.

Coordinates are metres near the origin.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from gridmap.balancing.ground.linework import Linework, close_gaps
from gridmap.balancing.ground.planar import (
    Floats,
    Ints,
    Shapes,
    borders,
    faces,
    inner_points,
    joined,
    strongest,
    within,
)


@dataclass(frozen=True)
class Blocks:
    """Blocks that tile the villages.

    Attributes:
        shapes: polygons whose vertices match.
        village: the position of the village of each.
        home: for each footprint the block it stands in.
    """

    shapes: Shapes
    village: Ints
    home: Ints


def lay_blocks(villages: Shapes, work: Linework, footprints: Shapes, village_of: Ints) -> Blocks:
    """The blocks of all villages that have buildings.

    A block without a building is land that nobody lives on: it joins, whole, the neighbouring
    block of its village from which the least divides it, so that borders stay on barriers.

    Args:
        footprints: polygons; those across a border belong to the block that most of them is in.
        village_of: the position of the village of each footprint.
    """
    outlines = shapely.boundary(villages)
    work = close_gaps(work.off(outlines), outlines)
    shapes = faces(np.concatenate([outlines, work.lines]))
    village = within(inner_points(shapes), villages)
    kept = np.isin(village, village_of)
    shapes, village = shapes[kept], village[kept]
    home = _homes(shapes, village, footprints, village_of)
    group = _share_out(shapes, village, home, work)
    numbers, group = np.unique(group, return_inverse=True)
    return Blocks(joined(shapes, group, len(numbers)), village[numbers], group[home])


def _homes(shapes: Shapes, village: Ints, footprints: Shapes, village_of: Ints) -> Ints:
    """The block of each footprint: the one in its village that most of it stands in."""
    part, block = shapely.STRtree(shapes).query(footprints, predicate="intersects")
    kept = village[block] == village_of[part]
    part, block = part[kept], block[kept]
    several = np.bincount(part, minlength=len(footprints))[part] > 1
    area = np.ones(len(part))
    common = shapely.intersection(footprints[part[several]], shapes[block[several]])
    area[several] = shapely.area(common)
    home = np.full(len(footprints), -1)
    found, where = strongest(part, block, area)
    home[found] = where
    for lost in np.flatnonzero(home < 0):  # on a sliver that two villages claim
        own = np.flatnonzero(village == village_of[lost])
        home[lost] = own[np.argmin(shapely.distance(shapes[own], footprints[lost]))]
    return home


def _share_out(shapes: Shapes, village: Ints, home: Ints, work: Linework) -> Ints:
    """The block that each one is part of in the end: itself when it has a building."""
    group = np.full(len(shapes), -1)
    group[home] = home
    edges = borders(shapes)
    edges = edges.where(edges.right >= 0)
    edges = edges.where(village[edges.left] == village[edges.right])
    edges = edges.where((group[edges.left] < 0) | (group[edges.right] < 0))
    weight = edges.length_m * work.cost_along(edges)
    group = spread(group, edges.left, edges.right, weight)
    return np.where(group < 0, np.arange(len(shapes)), group)


def spread(owner: Ints, one: Ints, other: Ints, weight: Floats) -> Ints:
    """Owners for what has none (-1), from next to next: the owner with the most weight beside it.

    What no owner can reach stays at -1.
    """
    owner = owner.copy()
    one, other = np.r_[one, other], np.r_[other, one]
    weight = np.r_[weight, weight]
    while True:
        asks = (owner[one] < 0) & (owner[other] >= 0)
        if not asks.any():
            return owner
        got, by = strongest(one[asks], owner[other[asks]], weight[asks])
        owner[got] = by
