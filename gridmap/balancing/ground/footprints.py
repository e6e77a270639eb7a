"""Where each building stands: in one village, on ground that no other building stands on.

Coordinates are metres near the origin.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridmap.balancing.ground.planar import Floats, Ints, Shapes, strongest

REACH_M = 20.0
"""A building that stands outside all villages, but not farther, belongs to the nearest."""

_HALF_SQUARE_M = 0.1  # a building that is a point is given a square
_LEAST_M2 = 0.005  # of its footprint in a village, to stand there
_COMMON_M2 = 1e-6  # of ground in common: less is rounding
_HAIR_M = 0.02  # half the width of what is too narrow to stand on
_BURIED = 0.05  # the part of a footprint that has to be left to stand on
_UNEVEN, _HALVINGS = 0.25, 40  # of a strip to the mean; towards a strip of the mean
_BOUND = 0.1  # the part of a footprint in common that makes two buildings one unit


@dataclass(frozen=True)
class Standing:
    """The village of each building (-1: none) and its footprint there (None: none)."""

    village: Ints
    footprints: Shapes
    clipped: Ints
    """Positions of the buildings whose footprint reaches over the village line."""
    moved: Ints
    """Positions of those that stand outside and were attached to the nearest village."""


def stand(shapes: Shapes, stated: Ints, villages: Shapes) -> Standing:
    """In which village each building stands: the one it states if it reaches into it, or the one
    that most of it is in; what reaches over the line is cut off.

    Args:
        shapes: valid points and polygons.
        stated: the position of the village that a building names; -1: none.
    """
    shapes = _with_area(shapes)
    row, village = shapely.STRtree(villages).query(shapes, predicate="intersects")
    shapely.prepare(villages)
    inside = shapely.contains_properly(villages[village], shapes[row])
    ground = shapes[row]
    ground[~inside] = areal(shapely.intersection(ground[~inside], villages[village[~inside]]))
    area = shapely.area(ground)
    firm = area >= _LEAST_M2
    row, village, ground, area = row[firm], village[firm], ground[firm], area[firm]
    area = np.where(stated[row] == village, np.inf, area)
    settled, where = strongest(row, village, area)
    key = row * len(villages) + village
    order = np.argsort(key)
    at = order[np.searchsorted(key[order], settled * len(villages) + where)]
    home = np.full(len(shapes), -1)
    home[settled] = where
    footprints = np.full(len(shapes), None, dtype=object)
    footprints[settled] = ground[at]
    clipped = settled[shapely.area(shapes[settled]) - shapely.area(ground[at]) > _LEAST_M2]
    moved = _attach(shapes, villages, home, footprints)
    return Standing(home, footprints, clipped, moved)


def _attach(shapes: Shapes, villages: Shapes, home: Ints, footprints: Shapes) -> Ints:
    """Puts buildings just outside on a square at the village line; says which."""
    astray = np.flatnonzero(home < 0)
    if not len(astray):
        return astray
    at, village = shapely.STRtree(villages).query_nearest(
        shapes[astray], max_distance=REACH_M, all_matches=False
    )
    moved = astray[at]
    home[moved] = village
    path = shapely.shortest_line(villages[village], shapes[moved])
    spot = shapely.get_point(path, 0)
    footprints[moved] = areal(shapely.intersection(_squares(spot), villages[village]))
    return np.asarray(moved, dtype=np.int64)


def _with_area(shapes: Shapes) -> Shapes:
    shapes = shapes.copy()
    small = shapely.area(shapes) < _LEAST_M2
    shapes[small] = _squares(shapely.centroid(shapes[small]))
    return shapes


def _squares(points: Shapes) -> Shapes:
    x, y, half = shapely.get_x(points), shapely.get_y(points), _HALF_SQUARE_M
    return np.asarray(shapely.box(x - half, y - half, x + half, y + half), dtype=object)


def areal(shapes: Shapes) -> Shapes:
    """Only the polygons of each shape."""
    mixed = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), [3, 6]))
    shapes = shapes.copy()
    for row in mixed:
        parts = shapely.get_parts(shapes[row])
        shapes[row] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return shapes


@dataclass(frozen=True)
class Apart:
    """Footprints that share no ground, and the pairs of buildings that did share much."""

    footprints: Shapes
    one: Ints
    other: Ints
    overlapping: int
    """How many buildings shared ground with another."""


def pull_apart(shapes: Shapes, village: Ints) -> Apart:
    """Footprints that share no ground: what two have in common goes to the smaller.

    A building with nothing left to itself (drawn twice, several points on one spot) gets a strip of
    the one that covers it.
    """
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    kept = (one < other) & (village[one] == village[other])
    one, other = one[kept], other[kept]
    area = shapely.area(shapes)
    common = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    kept = common > _COMMON_M2
    one, other, common = one[kept], other[kept], common[kept]
    ground = _divide(shapes, area, one, other, common)
    bound = common > _BOUND * np.minimum(area[one], area[other])
    count = len(np.union1d(one, other))
    return Apart(ground, one[bound], other[bound], count)


def _divide(shapes: Shapes, area: Floats, one: Ints, other: Ints, common: Floats) -> Shapes:
    ground = shapes.copy()
    rivals: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for i, j, much in zip(one.tolist(), other.tolist(), common.tolist(), strict=True):
        small, large = (i, j) if (area[i], i) <= (area[j], j) else (j, i)
        rivals[large].append((much, -small))
    guests: dict[int, list[int]] = defaultdict(list)
    buried: set[int] = set()
    for large in sorted(rivals, key=lambda row: (area[row], row)):
        above = [pair for pair in rivals[large] if -pair[1] not in buried]
        if not above:
            continue
        taken = ground[[-small for _, small in above]]
        rest = _blunted(shapely.difference(ground[large], shapely.union_all(taken)))
        if shapely.area(rest) < _BURIED * area[large]:
            guests[-max(above)[1]].append(large)
            buried.add(large)
        else:
            ground[large] = rest
    for host, others in guests.items():
        strips = _strips(ground[host], 1 + len(others))
        ground[[host, *others]] = strips
    return ground


def _blunted(shape: Any) -> Any:
    """What a shape is without its hair: parts and spikes narrower than some centimetres."""
    core = shapely.buffer(shape, -_HAIR_M, join_style="mitre")
    full = shapely.buffer(core, 1.001 * _HAIR_M, join_style="mitre")
    if not (shapely.is_valid(core) and shapely.is_valid(full)):  # a corner too sharp to be mitred
        full = shapely.buffer(shapely.buffer(shape, -_HAIR_M), 1.001 * _HAIR_M)
    parts = shapely.get_parts(shapely.intersection(shape, full))
    return shapely.union_all(parts[shapely.area(parts) > _LEAST_M2])


def _strips(ground: shapely.Geometry, count: int) -> Shapes:
    """The largest part of a footprint in strips across its longer side; the first has the rest."""
    parts = shapely.get_parts(ground)
    parts = parts[np.argsort(-shapely.area(parts), kind="stable")]
    whole = parts[0]
    west, south, east, north = shapely.bounds(whole)
    upright = east - west >= north - south
    low, high = (west, east) if upright else (south, north)

    def cut(begin: Floats, end: Floats) -> Shapes:
        sides = (begin, south, end, north) if upright else (west, begin, east, end)
        return areal(shapely.intersection(shapely.box(*sides), whole))

    cuts = np.linspace(low, high, count + 1)
    strips = cut(cuts[:-1], cuts[1:])
    if shapely.area(strips).min() < _UNEVEN * whole.area / count:
        # As the shape tapers, cuts are looked for that give all the same area.
        wanted = whole.area * np.arange(1, count) / count
        least, most = np.full(count - 1, low), np.full(count - 1, high)
        for _ in range(_HALVINGS):
            middle = (least + most) / 2
            enough = shapely.area(cut(np.full(count - 1, low), middle)) >= wanted
            least, most = np.where(enough, least, middle), np.where(enough, middle, most)
        cuts[1:-1] = (least + most) / 2
        strips = cut(cuts[:-1], cuts[1:])
    strips[0] = shapely.union_all([strips[0], *parts[1:]])
    return strips
