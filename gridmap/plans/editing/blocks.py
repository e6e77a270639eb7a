"""Street blocks: the land between roads, rivers and railways, closed by the village line."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.coverage import mean_width_m
from gridmap.plans.editing.bounds import checked_lines
from gridmap.plans.editing.division import XY, Division, Footprints
from gridmap.plans.editing.faces import Polygons
from gridmap.plans.editing.refusal import Refused

BOUNDING = frozenset({"road", "river", "railway"})
"""The kinds of lines that part blocks; a wall parts yards, and many a block has some."""

_REACH_M = 15.0
"""A line that ends so little before another one, or before the village line, means to meet it."""

_STRIP_M = 12.0
"""What is nowhere wider than twice this and holds no building lies between two carriageways, or
between a road and the village line beside it: it goes with the block it has most border with."""

LATTICE_M = 1e-3
"""Lines meet in one point, be they a millimetre apart."""

_ON_LINE_DEGREES = 2e-8
"""The lattice moves the village line by a millimetre; a place on it is in a block all the same."""

_BESIDE_M = 0.5
"""A block that reaches over a border by less, on average, lies beside it."""

Geometries = NDArray[np.object_]


def blocks(division: Division, lines: Sequence[Any], footprints: Footprints) -> Polygons:
    """The street blocks of a village as polygons in EPSG:4490, which tile it.

    Lines that end inside a block do not part it. None where no line parts the village.

    Args:
        lines: roads, rivers and railways in EPSG:4490: lines, or polygons whose borders are meant.

    Raises:
        Refused: not_finite.
    """
    known = checked_lines(lines)
    if not known:
        return []
    stretch = division.stretch
    land = stretch.to_metres(np.array([division.village]))[0]
    near = shapely.intersection(stretch.to_metres(np.array(known)), shapely.buffer(land, _REACH_M))
    net = _met(_noded([shapely.boundary(land), *near]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    inside = shapely.contains(land, shapely.point_on_surface(faces))
    found = _without_strips(faces[inside], stretch.metres(footprints.anchors))
    if len(found) <= shapely.get_num_geometries(land):
        return []
    return [stretch.to_degrees(one) for one in found]


def chosen(found: Polygons, places: Sequence[XY]) -> Any:
    """The land of those blocks in which a place is, as one shape.

    Raises:
        Refused: no_blocks where there are none at all, no_block where a place is in none.
    """
    if not found:
        raise Refused(
            "no_blocks",
            "本村没有街区：底图上没有把它分开的道路、河流或铁路。请用圈划",
            "this village has no street blocks: no road, river or railway of the base map parts"
            " it. Use the lasso",
        )
    tree = shapely.STRtree(found)
    points = np.asarray(shapely.points(places))
    at, of = tree.query(points, "dwithin", _ON_LINE_DEGREES)
    missed = np.setdiff1d(np.arange(len(points)), at)
    if len(missed):
        raise Refused(
            "no_block",
            "所选的位置不在任何街区里：请在村界以内选",
            "a place is in no street block: choose one inside the village",
            points[missed[0]],
        )
    # A place on a line between blocks means one of them.
    first = {place: int(block) for place, block in zip(at[::-1], of[::-1], strict=True)}
    return shapely.union_all([found[block] for block in {*first.values()}])


def grids_under(found: Polygons, division: Division) -> list[list[str]]:
    """For each block the codes of the grids that have land in it."""
    codes = list(division.shapes)
    grids = division.stretch.to_metres(np.array(list(division.shapes.values()), dtype=object))
    flat = division.stretch.to_metres(np.array(found, dtype=object))
    at, of = shapely.STRtree(grids).query(flat, "intersects")
    shared = shapely.intersection(flat[at], grids[of])
    under: list[list[str]] = [[] for _ in found]
    for block, grid, land in zip(at.tolist(), of.tolist(), shared, strict=True):
        if mean_width_m(land) > _BESIDE_M:
            under[block].append(codes[grid])
    return under


def strips_of(land: Any, anchors: NDArray[np.float64]) -> Polygons:
    """The parts of land in metres that are too narrow for a block and hold no building."""
    wide = _grown(_grown(land, -_STRIP_M), _STRIP_M + _BESIDE_M)
    narrow = shapely.get_parts(shapely.difference(land, wide))
    return [
        part
        for part in narrow
        if mean_width_m(part) > _BESIDE_M and not shapely.intersects_xy(part, anchors).any()
    ]


def _noded(lines: Sequence[Any]) -> Any:
    return shapely.union_all(lines, grid_size=LATTICE_M)


def _met(net: Any) -> Any:
    """The net with its loose ends led on to what they stop short of."""
    pieces = shapely.get_parts(net)
    paths = [[(x, y) for x, y in shapely.get_coordinates(piece).tolist()] for piece in pieces]
    times = Counter(end for path in paths for end in (path[0], path[-1]))
    tree = shapely.STRtree(pieces)
    links = [
        link
        for own, path in enumerate(paths)
        for end, before in ((path[0], path[1]), (path[-1], path[-2]))
        if times[end] == 1 and (link := _link(end, before, own, tree)) is not None
    ]
    return _noded([net, *links]) if links else net


def _link(end: XY, before: XY, own: int, tree: shapely.STRtree) -> Any:
    """From a loose end to the nearest other line ahead of it; None where there is none."""
    here, onward = shapely.Point(end), np.subtract(end, before)
    near = [other for other in tree.query(here, "dwithin", _REACH_M).tolist() if other != own]
    ways = shapely.shortest_line(here, tree.geometries[near])
    ahead = [way for way in ways if np.subtract(way.coords[1], end) @ onward > 0]
    return min(ahead, key=shapely.length, default=None)


def _without_strips(faces: Geometries, anchors: NDArray[np.float64]) -> Polygons:
    """The faces from the smallest to the largest, each strip joined with the one it lies along."""
    shapes = dict(enumerate(faces))
    beside: dict[int, set[int]] = {face: set() for face in shapes}
    for one, other in zip(*shapely.STRtree(faces).query(faces, "touches").tolist(), strict=True):
        beside[one].add(other)
    order = np.argsort(shapely.area(faces), kind="stable").tolist()
    for face in order:
        near = sorted(beside[face])
        if not near or not _is_strip(shapes[face], anchors):
            continue
        shared = shapely.length(shapely.intersection([shapes[one] for one in near], shapes[face]))
        if not shared.any():
            continue
        taker = near[int(np.argmax(shared))]
        joined = shapely.coverage_union_all([shapes[taker], shapes.pop(face)])
        shapes[taker] = shapely.get_parts(joined)[0]
        for one in near:
            beside[one].discard(face)
            if one != taker:
                beside[one].add(taker)
                beside[taker].add(one)
    return [shapes[face] for face in order if face in shapes]


def _is_strip(face: Any, anchors: NDArray[np.float64]) -> bool:
    is_narrow = _grown(face, -_STRIP_M).is_empty
    return bool(is_narrow and not shapely.intersects_xy(face, anchors).any())


def _grown(land: Any, by_m: float) -> Any:
    return shapely.buffer(land, by_m, join_style="mitre")
