"""Lines that were meant as one, drawn once: by the line of the heavier network, or the outline.

A ring that runs beside lines already drawn, closer than the tolerance, is dropped there and tied to
them where it comes and leaves. A line that only crosses is kept as it is. No line is ever moved, so
that every vertex keeps its place; metres throughout.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from gridmap.plans.networks.model import Floats, Shapes

_CROSSING = 4.0  # longest way through the zone, in tolerances, that is a crossing: above 30 degrees
_CUT_M = 1e-3
_APPROACH = 2.0  # how far into the zone, in tolerances, a line is followed while it comes nearer
_STEP = 0.05  # in tolerances
_STRIDE = 1.0  # in tolerances, along what is dropped
_JUMP = 1.2  # in strides
_DETOUR = 8.0  # in tolerances
_REACH = 2.0  # how many times farther a vertex may be that is tied to instead of an edge
_LOOSE = 1.5  # an end farther away, in tolerances, is not tied
_OVERSHOOT_M = 0.01  # a tie goes a little too far, so that it surely meets its line


def drawn_once(outline: Any, rings: Sequence[Any], tolerance_m: float) -> list[Any]:
    """The lines that divide a village.

    Args:
        outline: the village, a polygon.
        rings: closed lines, the heaviest first.

    Returns:
        Lines that meet the outline and one another; they are not noded, and may end loosely a
        centimetre beyond.
    """
    drawn = list(shapely.get_parts(shapely.boundary(outline)))
    fixed = len(drawn)
    bounds = list(shapely.bounds(np.array(drawn, dtype=object)))
    for ring in rings:
        near = _near(drawn, np.array(bounds), ring, tolerance_m)
        for line in _apart(ring, near, tolerance_m):
            drawn.append(line)
            bounds.append(shapely.bounds(line))
    return drawn[fixed:]


def _near(drawn: Sequence[Any], bounds: Floats, ring: Any, tolerance_m: float) -> Any:
    """What is drawn within reach of a ring, as one geometry."""
    west, south, east, north = shapely.bounds(ring)
    reach = 2 * tolerance_m
    west, south, east, north = west - reach, south - reach, east + reach, north + reach
    meets = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
    meets &= (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    found = np.array([drawn[i] for i in np.flatnonzero(meets).tolist()], dtype=np.object_)
    return shapely.multilinestrings(_lines(shapely.clip_by_rect(found, west, south, east, north)))


def _apart(ring: Any, near: Any, tolerance_m: float) -> list[Any]:
    """The parts of a ring that run by themselves, tied to what is near."""
    if near.is_empty:
        return [ring]
    zone = shapely.buffer(near, tolerance_m, quad_segs=4)
    shapely.prepare(zone)
    if shapely.covers(zone, ring):
        return []
    within = _merged(shapely.intersection(ring, zone))
    beside = within[shapely.length(within) > _CROSSING * tolerance_m]
    if not len(beside):
        return [ring]
    shapely.prepare(near)
    dropped = [_trimmed(line, near, tolerance_m) for line in beside]
    cut = shapely.buffer(shapely.multilinestrings(dropped), _CUT_M, quad_segs=1)
    kept = _merged(shapely.difference(ring, cut))
    vertices = shapely.extract_unique_points(near)
    lines = [bridge for line in beside for bridge in _bridges(line, near, tolerance_m)]
    for line in kept:
        if shapely.is_closed(line):
            lines.append(line)
            continue
        xy = shapely.get_coordinates(line)
        first, last = (_tie(end, near, vertices, tolerance_m) for end in (xy[0], xy[-1]))
        # Where the cut itself is all that is missing, the tie takes the place of the end.
        inner = xy[_is_cut(first, xy[0]) : len(xy) - _is_cut(last, xy[-1])]
        lines.append(shapely.linestrings(np.vstack([first, inner, last])))
    return lines


def _is_cut(tie: Floats, end: Floats) -> bool:
    return bool(np.hypot(*(tie - end)) <= 2 * _CUT_M)


def _trimmed(beside: Any, near: Any, tolerance_m: float) -> Any:
    """What is dropped of a line: not its ends, as long as they come nearer."""
    length = float(shapely.length(beside))
    longest = min(_APPROACH * tolerance_m, length / 3)
    steps = np.arange(0.0, longest, _STEP * tolerance_m)
    ways = []
    for along in (steps, length - steps):
        away = shapely.length(shapely.shortest_line(near, _places(beside, along)))
        farther = np.flatnonzero(np.diff(away) >= 0)
        ways.append(float(steps[farther[0] if len(farther) else -1]))
    return substring(beside, ways[0], length - ways[1])


def _bridges(beside: Any, near: Any, tolerance_m: float) -> list[Any]:
    """Short lines where what is dropped goes over from beside one line to beside another one.

    Without them the ground on its two sides would run together through the gap.
    """
    stride = _STRIDE * tolerance_m
    along = np.append(np.arange(0.0, shapely.length(beside), stride), shapely.length(beside))
    feet = shapely.get_coordinates(shapely.shortest_line(near, _places(beside, along)))[::2]
    way = np.diff(feet, axis=0)
    length = np.hypot(*way.T)
    jumps = np.flatnonzero(length > _JUMP * stride)
    jumps = jumps[_apart_on(near, feet[jumps], feet[jumps + 1], _DETOUR * tolerance_m)]
    beyond = way[jumps] * (_OVERSHOOT_M / length[jumps])[:, None]
    ends = np.stack([feet[jumps] - beyond, feet[jumps + 1] + beyond], axis=1)
    return np.asarray(shapely.linestrings(ends), dtype=object).tolist() if len(jumps) else []


def _apart_on(near: Any, one: Floats, other: Floats, detour_m: float) -> NDArray[np.bool_]:
    """Whether two places on what is near lie on different lines, or far apart on the same one."""
    parts = shapely.get_parts(near)
    tree = shapely.STRtree(parts)
    first, second = shapely.points(one), shapely.points(other)
    on, there = parts[tree.nearest(first)], parts[tree.nearest(second)]
    way = shapely.line_locate_point(on, first) - shapely.line_locate_point(on, second)
    return np.asarray((on != there) | (np.abs(way) > detour_m))


def _places(line: Any, along: Floats) -> Shapes:
    """Points on a line; many times faster than GEOS, which starts anew for each."""
    xy = shapely.get_coordinates(line)
    measure = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
    places = [np.interp(along, measure, ordinate) for ordinate in xy.T]
    return np.asarray(shapely.points(*places), dtype=object)


def _tie(end: Floats, near: Any, vertices: Any, tolerance_m: float) -> Floats:
    """The place where a loose end meets what is near: a vertex within reach, else the nearest.

    An end that is far from everything is one that lies outside of the village: it stays.
    """
    point = shapely.points(end)
    away = float(shapely.length(shapely.shortest_line(near, point)))
    if away > _LOOSE * tolerance_m:
        return end
    if shapely.distance(point, vertices) <= _REACH * away:
        vertex: Floats = shapely.get_coordinates(shapely.shortest_line(point, vertices))[1]
        return vertex
    foot: Floats = shapely.get_coordinates(shapely.shortest_line(near, point))[0]
    way = foot - end
    length = float(np.hypot(*way))
    return foot + way * (_OVERSHOOT_M / length) if length else foot


def _merged(shape: Any) -> Shapes:
    return _lines(np.array([shapely.line_merge(shapely.multilinestrings(_lines(shape)))]))


def _lines(shapes: Any) -> Shapes:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    lines = parts[(shapely.get_dimensions(parts) == 1) & ~shapely.is_empty(parts)]
    return np.asarray(lines, dtype=object)
