"""Lines that were meant as one, drawn once: by the line of the heavier network, or the outline.

A ring that runs beside lines already drawn, closer than the tolerance, is dropped there and tied to
them where it comes and leaves. A line that only crosses is kept as it is. No line is ever moved, so
that every vertex keeps its place; metres throughout.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from gridmap.plans.networks.model import Floats, Shapes

_CROSSING = 4.0  # longest way through the zone, in tolerances, that is a crossing: above 30 degrees
_CUT_M = 1e-3
_REACH = 1.5  # a vertex this close, in tolerances, is tied to rather than the edge beside it
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
    cut = shapely.buffer(shapely.multilinestrings(beside), _CUT_M, quad_segs=1)
    kept = _merged(shapely.difference(ring, cut))
    vertices = shapely.extract_unique_points(near)
    lines: list[Any] = []
    for line in kept:
        if shapely.is_closed(line):
            lines.append(line)
            continue
        xy = shapely.get_coordinates(line)
        ends = [_tie(end, near, vertices, tolerance_m) for end in (xy[0], xy[-1])]
        lines.append(shapely.linestrings(np.vstack([ends[0], xy, ends[1]])))
    return lines


def _tie(end: Floats, near: Any, vertices: Any, tolerance_m: float) -> Floats:
    """The place where a loose end meets what is near: a vertex within reach, else the nearest.

    An end that is far from everything is one that lies outside of the village: it stays.
    """
    point = shapely.points(end)
    if shapely.distance(point, near) > _REACH * tolerance_m:
        return end
    if shapely.distance(point, vertices) <= _REACH * tolerance_m:
        vertex: Floats = shapely.get_coordinates(shapely.shortest_line(point, vertices))[1]
        return vertex
    foot: Floats = shapely.get_coordinates(shapely.shortest_line(point, near))[1]
    way = foot - end
    length = float(np.hypot(*way))
    return foot + way * (_OVERSHOOT_M / length) if length else foot


def _merged(shape: Any) -> Shapes:
    return _lines(np.array([shapely.line_merge(shapely.multilinestrings(_lines(shape)))]))


def _lines(shapes: Any) -> Shapes:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    lines = parts[(shapely.get_dimensions(parts) == 1) & ~shapely.is_empty(parts)]
    return np.asarray(lines, dtype=object)
