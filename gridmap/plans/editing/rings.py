"""Rings of vertices, and vertices put into them: every other vertex keeps its bits."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.plans.editing.division import XY
from gridmap.plans.editing.refusal import Refused

Edge = tuple[XY, XY]
Ring = list[XY]


def edge(one: XY, other: XY) -> Edge:
    """The edge between two vertices, the same from either end."""
    return (one, other) if one <= other else (other, one)


def along(ends: Edge, points: Iterable[XY]) -> list[XY]:
    """Points near an edge in their order from its first end."""
    (x, y), (to_x, to_y) = ends
    return sorted(points, key=lambda p: (p[0] - x) * (to_x - x) + (p[1] - y) * (to_y - y))


def rings_of(shape: Any) -> list[list[Ring]]:
    """For each polygon of a shape its rings, the shell first, without the closing vertex."""
    return [
        [_vertices(ring)[:-1] for ring in shapely.get_rings(part)]
        for part in shapely.get_parts(shape)
    ]


def shape_of(parts: Iterable[Sequence[Ring]]) -> shapely.MultiPolygon:
    """The shape with these rings; repeated neighbours become one vertex."""
    polygons = []
    for rings in parts:
        shell, *holes = ([*ring, ring[0]] for ring in map(_unrepeated, rings))
        polygons.append(shapely.Polygon(shell, holes))
    return shapely.MultiPolygon(polygons)


def edges_of(shapes: Iterable[Any]) -> Iterator[Edge]:
    """Every edge of every ring, those that two grids share twice."""
    for ring in shapely.get_rings(shapely.get_parts(list(shapes))):
        vertices = _vertices(ring)
        yield from map(edge, vertices, vertices[1:])


def holders(shapes: Mapping[str, Any], points: Collection[XY]) -> dict[str, set[XY]]:
    """Which of the points are vertices of which grids, to the last bit."""
    xy, owner = shapely.get_coordinates(list(shapes.values()), return_index=True)
    wanted = np.array(list(points), dtype=np.float64).reshape(-1, 2)
    hits = np.flatnonzero(np.isin(_keys(xy), _keys(wanted)))
    codes = list(shapes)
    held: dict[str, set[XY]] = {}
    for position in hits:
        held.setdefault(codes[owner[position]], set()).add(tuple(xy[position].tolist()))
    return held


def redrawn(code: str, shape: Any, edit: Callable[[Ring], Ring]) -> shapely.MultiPolygon:
    """A grid with every ring edited.

    Raises:
        Refused: self_crossing, where only two vertices of a ring are left.
    """
    parts = [[edit(ring) for ring in rings] for rings in rings_of(shape)]
    for ring in (ring for rings in parts for ring in rings):
        if len(set(ring)) < 3:
            raise Refused(
                "self_crossing",
                f"网格 {code} 的边界只剩两个点",
                f"only two vertices would be left of a border of grid {code}",
                shapely.MultiPoint(ring) if ring else None,
            )
    return shape_of(parts)


def with_vertices(
    shapes: Mapping[str, Any], inserts: Mapping[Edge, Sequence[XY]]
) -> dict[str, shapely.MultiPolygon]:
    """The grids that have one of these edges, with vertices put into it.

    Args:
        inserts: for an edge, smaller end first, its new vertices from there to the larger end.
    """
    ends = {end for one in inserts for end in one}
    changed = {}
    for code in holders(shapes, ends) if ends else ():
        parts = rings_of(shapes[code])
        filled = [[_filled(ring, inserts) for ring in rings] for rings in parts]
        if filled != parts:
            changed[code] = shape_of(filled)
    return changed


def with_all_vertices(
    shapes: Iterable[Any], inserts: Mapping[Edge, Sequence[XY]]
) -> Iterator[shapely.MultiPolygon]:
    """Every one of the shapes, with vertices put into those of its edges that get some."""
    for shape in shapes:
        yield shape_of([[_filled(ring, inserts) for ring in rings] for rings in rings_of(shape)])


def _filled(ring: Ring, inserts: Mapping[Edge, Sequence[XY]]) -> Ring:
    filled: Ring = []
    for here, onward in zip(ring, [*ring[1:], ring[0]], strict=True):
        filled.append(here)
        key = edge(here, onward)
        if key in inserts:
            filled += inserts[key] if key[0] == here else reversed(inserts[key])
    return filled


def _unrepeated(ring: Ring) -> Ring:
    return [here for before, here in zip([ring[-1], *ring], ring, strict=False) if here != before]


def _vertices(ring: Any) -> Ring:
    return [(x, y) for x, y in shapely.get_coordinates(ring).tolist()]


def _keys(xy: NDArray[np.float64]) -> NDArray[np.complex128]:
    return np.ascontiguousarray(xy).view(np.complex128).ravel()
