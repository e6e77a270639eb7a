"""Move a border: its vertices are added, moved and removed in every grid that has them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from gridmap.plans.editing.bounds import checked_points
from gridmap.plans.editing.division import XY, Change, Division
from gridmap.plans.editing.refusal import Refused
from gridmap.plans.editing.rings import (
    Edge,
    along,
    edge,
    edges_of,
    holders,
    redrawn,
    with_vertices,
)
from gridmap.plans.editing.sliding import Slide, slid

Move = tuple[XY, XY]
Insert = tuple[tuple[XY, XY], XY]
Shapes = Mapping[str, Any]

_DEEPEST_CHAIN = 100


def move_border(
    division: Division,
    moves: Sequence[Move] = (),
    inserts: Sequence[Insert] = (),
    removes: Sequence[XY] = (),
    slides: Sequence[Slide] = (),
) -> Change:
    """Vertices added to edges, then moved, slid and removed, in every grid of the village at once.

    Args:
        moves: (from, to): every occurrence of the vertex moves, a junction as a whole. One on the
            village line only goes to another place on it.
        inserts: ((a, b), new): into the edge between the vertices a and b.
        removes: vertices inside the village where no third grid begins.
        slides: (end, past, to): the end of a border on the village line goes along it, past some of
            its vertices, which stay.

    Raises:
        Refused: unknown_vertex, off_village, outline_moved, junction, too_many_vertices,
            not_finite.
    """
    sources = checked_points([source for source, _ in moves])
    targets = checked_points([target for _, target in moves])
    ends = checked_points([end for ends, _ in inserts for end in ends])
    news = checked_points([new for _, new in inserts])
    removes = checked_points(removes)
    slides = [_checked(slide) for slide in slides]
    if not (sources or news or removes or slides):
        raise Refused("unknown_vertex", "没有说要改哪个点", "no vertex to change was named")
    ends_to = [to for _, _, to in slides]
    _inside(division, [*targets, *news, *ends_to])
    _on_line(division, [*sources, *(at for at, _, _ in slides)], [*targets, *ends_to])
    _stays(division, removes)
    changed = _inserted(division.shapes, list(zip(ends[::2], ends[1::2], news, strict=True)))
    changed |= _moved({**division.shapes, **changed}, dict(zip(sources, targets, strict=True)))
    corners = {(x, y) for x, y in shapely.get_coordinates(division.village).tolist()}
    changed |= slid({**division.shapes, **changed}, corners, slides)
    changed |= _removed({**division.shapes, **changed}, set(removes))
    return Change(changed)


def _checked(slide: Slide) -> Slide:
    at, past, to = slide
    at, to, *past = checked_points([at, to, *past])
    return at, past, to


def _inserted(shapes: Shapes, inserts: Iterable[tuple[XY, XY, XY]]) -> dict[str, Any]:
    """Some of the edges may be there only once another vertex is in."""
    waiting = list(inserts)
    changed: dict[str, Any] = {}
    for _ in range(_DEEPEST_CHAIN):
        if not waiting:
            return changed
        now = {**shapes, **changed}
        near = holders(now, {one for one, _, _ in waiting})
        edges = set(edges_of(now[code] for code in near))
        ready: dict[Edge, list[XY]] = defaultdict(list)
        for one, other, new in waiting:
            if edge(one, other) in edges:
                ready[edge(one, other)].append(new)
        if not ready:
            break
        changed |= with_vertices(now, {key: along(key, new) for key, new in ready.items()})
        waiting = [insert for insert in waiting if edge(*insert[:2]) not in edges]
    one, other, _ = waiting[0]
    raise Refused(
        "unknown_vertex",
        "要加点的那条边不在任何网格上：别人可能刚改过，请刷新",
        "no grid has the edge that was to get a vertex: somebody may just have changed it; load"
        " the map again",
        shapely.LineString([one, other]),
    )


def _moved(shapes: Shapes, targets: Mapping[XY, XY]) -> dict[str, Any]:
    held = _known(shapes, targets)
    return {
        code: redrawn(code, shapes[code], lambda ring: [targets.get(v, v) for v in ring])
        for code in held
    }


def _removed(shapes: Shapes, gone: set[XY]) -> dict[str, Any]:
    held = _known(shapes, gone)
    for point in gone:
        if sum(point in points for points in held.values()) > 2:
            raise Refused(
                "junction",
                "三个网格在这个点相接，不能删除：可以移动它",
                "three grids meet in this vertex, it cannot be removed: move it instead",
                shapely.Point(point),
            )
    return {
        code: redrawn(code, shapes[code], lambda ring: [v for v in ring if v not in gone])
        for code in held
    }


def _known(shapes: Shapes, points: Iterable[XY]) -> dict[str, set[XY]]:
    """The grids that have the points; every point must be a vertex of one."""
    wanted = list(points)
    held = holders(shapes, wanted) if wanted else {}
    found = set().union(*held.values()) if held else set()
    for point in wanted:
        if point not in found:
            raise Refused(
                "unknown_vertex",
                "没有网格以这个点为顶点：别人可能刚改过，请刷新",
                "no grid has this vertex: somebody may just have changed it; load the map again",
                shapely.Point(point),
            )
    return held


def _inside(division: Division, points: Sequence[XY]) -> None:
    for point, inside in zip(points, division.is_inside(points), strict=True):
        if not inside:
            raise Refused(
                "off_village",
                "这个位置在本村之外",
                "this place is outside the village",
                shapely.Point(point),
            )


def _on_line(division: Division, sources: Sequence[XY], targets: Sequence[XY]) -> None:
    leaves = division.is_on_outline(sources) & ~division.is_on_outline(targets)
    for point in np.array(targets)[leaves]:
        raise Refused(
            "outline_moved",
            "村界上的点只能沿村界移动",
            "a vertex on the village line can only slide along it",
            shapely.Point(point),
        )


def _stays(division: Division, points: Sequence[XY]) -> None:
    for point in np.array(points)[division.is_on_outline(points)]:
        raise Refused(
            "outline_moved",
            "村界上的点不能删除",
            "a vertex on the village line cannot be removed",
            shapely.Point(point),
        )
