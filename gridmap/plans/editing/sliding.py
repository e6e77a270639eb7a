"""Slide ends of borders along the village line: past its corners, which stay where they are."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import shapely

from gridmap.plans.editing.division import XY
from gridmap.plans.editing.refusal import Refused
from gridmap.plans.editing.rings import Edge, Ring, edge, edges_of, holders, redrawn

Slide = tuple[XY, Sequence[XY], XY]
"""The end, the vertices of the village line that it goes past, in their order, and where to."""


@dataclass(frozen=True)
class _Side:
    """A grid beside an end, and its next vertex along the village line."""

    grid: str
    vertex: XY


@dataclass(frozen=True)
class _Way:
    """What a slide means for the grids ahead of the end and behind it; the latter gets `left`."""

    to: XY
    ahead: _Side
    behind: _Side
    past: Collection[XY]
    left: Sequence[XY]


def slid(
    shapes: Mapping[str, Any], corners: Collection[XY], slides: Sequence[Slide]
) -> dict[str, Any]:
    """The grids whose borders end at places of the village line, once they end at others.

    What an end goes past is handed from the grid ahead to the grid behind, vertex by vertex. The
    vertex that it leaves stays if it is one of the village's `corners`.

    Raises:
        Refused: unknown_vertex, junction, outline_moved, self_crossing.
    """
    ways: dict[XY, _Way] = {}
    for slide in slides:
        if slide[0] in ways:
            raise _twice(slide[0])
        ways[slide[0]] = _way(shapes, corners, slide)
    held = holders(shapes, ways) if ways else {}
    return {code: redrawn(code, shapes[code], partial(_slid, code, ways)) for code in held}


def _slid(code: str, ways: Mapping[XY, _Way], ring: Ring) -> Ring:
    """A ring of a grid with all its ends moved at once."""
    gone = {vertex for way in ways.values() if way.ahead.grid == code for vertex in way.past}
    edited: Ring = []
    for previous, here in zip([ring[-1], *ring[:-1]], ring, strict=True):
        way = ways.get(here)
        if way is None:
            edited += [] if here in gone else [here]
        elif way.behind.grid != code:
            edited.append(way.to)
        elif previous == way.behind.vertex:
            edited += [*way.left, way.to]
        else:
            edited += [way.to, *reversed(way.left)]
    return edited


def _way(shapes: Mapping[str, Any], corners: Collection[XY], slide: Slide) -> _Way:
    at, past, to = slide
    held = holders(shapes, [at, *past])
    sides = Counter(one for code in held for one in edges_of([shapes[code]]))
    ahead, behind = _sides(shapes, held, sides, slide)
    _refuse_unless_along(shapes[ahead.grid], sides, [at, *past])
    for code, points in held.items():
        if code != ahead.grid and points & set(past):
            raise _past_a_junction(min(points & set(past)))
    return _Way(to, ahead, behind, set(past), [at, *past] if at in corners else list(past))


def _sides(
    shapes: Mapping[str, Any],
    held: Mapping[str, set[XY]],
    sides: Mapping[Edge, int],
    slide: Slide,
) -> tuple[_Side, _Side]:
    """The grids ahead of the end and behind it, on the village line."""
    at, past, to = slide
    beside = [
        _Side(code, one[one[0] == at])
        for code, points in held.items()
        if at in points
        for one in edges_of([shapes[code]])
        if at in one and sides[one] == 1
    ]
    if len(beside) != 2 or beside[0].grid == beside[1].grid:
        raise _no_end(at)
    if past:
        beside.sort(key=lambda side: side.vertex != past[0])
    else:
        place = shapely.Point(to)
        beside.sort(key=lambda side: shapely.LineString([at, side.vertex]).distance(place))
    return beside[0], beside[1]


def _refuse_unless_along(grid: Any, sides: Mapping[Edge, int], path: Sequence[XY]) -> None:
    """Let only a path pass that is part of the outer line of a grid."""
    own = set(edges_of([grid]))
    for one, other in pairwise(path):
        if sides.get(edge(one, other)) != 1 or edge(one, other) not in own:
            raise Refused(
                "unknown_vertex",
                "村界在这里没有这样走：别人可能刚改过，请刷新",
                "the village line does not run like this here: somebody may just have changed it;"
                " load the map again",
                shapely.LineString([one, other]),
            )


def _past_a_junction(place: XY) -> Refused:
    return Refused(
        "junction",
        "这里有另一条网格边界到达村界，端点不能越过它",
        "another border ends here on the village line, and an end cannot go past it",
        shapely.Point(place),
    )


def _twice(place: XY) -> Refused:
    return Refused(
        "unknown_vertex",
        "同一个端点被移动了两次",
        "the same end is moved twice",
        shapely.Point(place),
    )


def _no_end(place: XY) -> Refused:
    return Refused(
        "outline_moved",
        "这里没有网格边界到达村界：只有边界的端点能沿村界移动",
        "no border ends here on the village line: only the end of one can slide along it",
        shapely.Point(place),
    )
