"""A drawn line woven into the borders: wherever both meet there is one vertex, on both.

Overlays of whole polygons round vertices on borders with third grids. So the line alone is fitted:
it takes the vertices and borders that it passes within the tolerance, gets a vertex where it
crosses an edge, and the edge gets the same one. No vertex of a border ever moves.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.coverage import Stretch
from gridmap.plans.editing.division import XY
from gridmap.plans.editing.refusal import Refused
from gridmap.plans.editing.rings import Edge, along, edge, edges_of

DRAWN_TOLERANCE_M = 0.5
"""A hand that draws nearer to a border or a vertex than this means it."""

_PASSES = 12
_MOST_MEETINGS = 20_000

Steps = dict[int, list[XY]]
Geometries = NDArray[np.object_]


class Weave:
    """Borders of shapes in EPSG:4490, and the lines threaded into them."""

    def __init__(self, shapes: Iterable[Any], stretch: Stretch, tolerance_m: float) -> None:
        self._stretch = stretch
        self._tolerance_m = tolerance_m
        self._borders = list(dict.fromkeys(edges_of(shapes)))
        # For each edge, of a border or a line, its vertices from the smaller end to the larger.
        self._chains: dict[Edge, list[XY]] = {key: list(key) for key in self._borders}
        self._drawn: list[tuple[Edge, Edge]] = []

    @property
    def inserts(self) -> dict[Edge, list[XY]]:
        """The vertices that edges of the borders got, from their smaller end on."""
        chains = ((key, self._chains[key]) for key in self._borders)
        return {key: chain[1:-1] for key, chain in chains if len(chain) > 2}

    @property
    def threads(self) -> list[Edge]:
        """What became of the lines: edges between vertices that they share with the borders."""
        edges: list[Edge] = []
        for piece, key in self._drawn:
            chain = self._chains[key]
            start, stop = sorted(map(chain.index, piece))
            edges += (edge(*ends) for ends in pairwise(chain[start : stop + 1]))
        return edges

    def thread(self, path: NDArray[np.float64]) -> None:
        """A line of (lon, lat) fitted in.

        Raises:
            Refused: self_crossing, too_many_vertices.
        """
        walk = _tidy(self._onto_borders([(x, y) for x, y in path.tolist()]))
        for _ in range(_PASSES):
            if len(walk) < 2:
                return  # all of it lies on one vertex
            longer = _tidy(self._across(self._through(walk)))
            if longer == walk:
                break
            walk = longer
        else:
            raise _tangled(shapely.LineString(path))
        self._take(walk)

    def thread_around(self, region: Any) -> None:
        """Every ring of a polygon fitted in; raises as `thread` does."""
        for ring in shapely.get_rings(shapely.get_parts(region)):
            self.thread(shapely.get_coordinates(ring))

    def _onto_borders(self, walk: list[XY]) -> list[XY]:
        """Vertices of the line move onto a vertex of a border, or else an edge, that is near."""
        points = self._points(walk)
        keys, edges = self._reach(points)
        vertices = _vertices(self._chains[key] for key in keys)
        on_vertex = self._nearest(points, self._points(vertices))
        on_edge = self._nearest(points, edges)
        fitted = list(walk)
        onto: Steps = defaultdict(list)
        for position, point in enumerate(points):
            if position in on_vertex:
                fitted[position] = vertices[on_vertex[position]]
            elif position in on_edge:
                line = edges[on_edge[position]]
                foot = shapely.line_interpolate_point(line, shapely.line_locate_point(line, point))
                fitted[position] = self._degrees(foot)
                onto[on_edge[position]].append(fitted[position])
        self._insert(keys, onto)
        return fitted

    def _through(self, walk: list[XY]) -> list[XY]:
        """Each stretch of the line goes through the vertices that it passes within tolerance."""
        segments = self._segments(walk)
        keys, _ = self._reach(segments)
        vertices = _vertices(self._chains[key] for key in keys)
        near, found = shapely.STRtree(self._points(vertices)).query(
            segments, predicate="dwithin", distance=self._tolerance_m
        )
        _bounded(len(near))
        steps: Steps = defaultdict(list)
        for segment, position in zip(near.tolist(), found.tolist(), strict=True):
            if self._is_between(walk[segment], walk[segment + 1], vertices[position]):
                steps[segment].append(vertices[position])
        return _stepped(walk, steps)

    def _across(self, walk: list[XY]) -> list[XY]:
        """Where the line crosses an edge, both get the same vertex."""
        segments = self._segments(walk)
        keys, edges = self._reach(segments)
        near, found = shapely.STRtree(edges).query(segments, predicate="intersects")
        _bounded(len(near))
        meetings = shapely.intersection(segments[near], edges[found])
        steps: Steps = defaultdict(list)
        onto: Steps = defaultdict(list)
        for segment, position, meeting in zip(near.tolist(), found.tolist(), meetings, strict=True):
            is_joined = not {*walk[segment : segment + 2]}.isdisjoint(self._chains[keys[position]])
            if not is_joined and isinstance(meeting, shapely.Point):
                place = self._degrees(meeting)
                steps[segment].append(place)
                onto[position].append(place)
        self._insert(keys, onto)
        return _stepped(walk, steps)

    def _take(self, walk: list[XY]) -> None:
        """The line is part of the weave from now on."""
        segments = self._segments(walk)
        crossing = shapely.STRtree(segments).query(segments, predicate="crosses")
        if crossing.size:
            raise _tangled(shapely.MultiLineString([walk[i : i + 2] for i in crossing[:, 0]]))
        keys, _ = self._reach(segments)
        pieces = {edge(*ends): key for key in keys for ends in pairwise(self._chains[key])}
        for ends in pairwise(walk):
            piece = edge(*ends)
            key = pieces.setdefault(piece, piece)
            self._chains.setdefault(key, list(piece))
            self._drawn.append((piece, key))

    def _insert(self, keys: Sequence[Edge], onto: Steps) -> None:
        for position, added in onto.items():
            key = keys[position]
            self._chains[key] = along(key, {*self._chains[key], *added})

    def _reach(self, shapes: Geometries) -> tuple[list[Edge], Geometries]:
        """The edges as far as these shapes reach; also as lines in metres."""
        keys = list(self._chains)
        ends = self._metres([end for key in keys for end in key]).reshape(-1, 2, 2)
        bounds = np.array(shapely.total_bounds(shapes)).reshape(2, 2)
        near = (ends.min(axis=1) <= bounds[1] + self._tolerance_m).all(axis=1)
        near &= (ends.max(axis=1) >= bounds[0] - self._tolerance_m).all(axis=1)
        positions = np.flatnonzero(near)
        return [keys[i] for i in positions.tolist()], np.asarray(
            shapely.linestrings(ends[positions])
        )

    def _nearest(self, points: Geometries, others: Geometries) -> dict[int, int]:
        found = shapely.STRtree(others).query_nearest(
            points, max_distance=self._tolerance_m, all_matches=False
        )
        return dict(zip(*found.tolist(), strict=True))

    def _is_between(self, one: XY, other: XY, point: XY) -> bool:
        """Whether a detour over the point turns less than a right angle.

        Each such detour makes the sum of the squared lengths smaller, so that there is an end.
        """
        start, stop, here = self._metres([one, other, point])
        return point not in (one, other) and bool((start - here) @ (stop - here) < 0)

    def _metres(self, points: Sequence[XY]) -> NDArray[np.float64]:
        return self._stretch.metres(np.array(points, dtype=np.float64).reshape(-1, 2))

    def _points(self, vertices: Sequence[XY]) -> Geometries:
        return np.asarray(shapely.points(self._metres(vertices)))

    def _degrees(self, point: Any) -> XY:
        lon, lat = self._stretch.degrees(np.array([point.x, point.y])).tolist()
        return lon, lat

    def _segments(self, walk: list[XY]) -> Geometries:
        metres = self._metres(walk)
        return np.asarray(shapely.linestrings(np.stack([metres[:-1], metres[1:]], axis=1)))


def _vertices(chains: Iterable[Sequence[XY]]) -> list[XY]:
    return list(dict.fromkeys(vertex for chain in chains for vertex in chain))


def _stepped(walk: list[XY], steps: Steps) -> list[XY]:
    """The walk with its intermediate steps, each in its order."""
    longer = walk[:1]
    for position, onward in enumerate(walk[1:]):
        start = walk[position]
        inner = {*steps.get(position, ())} - {start, onward}
        longer += [*along((start, onward), inner), onward]
    return longer


def _tidy(walk: Sequence[XY]) -> list[XY]:
    """Without repeated vertices, and without going somewhere and straight back."""
    tidy: list[XY] = []
    for vertex in walk:
        if tidy[-1:] == [vertex]:
            continue
        if tidy[-2:-1] == [vertex]:
            tidy.pop()
        else:
            tidy.append(vertex)
    return tidy


def _bounded(meetings: int) -> None:
    if meetings > _MOST_MEETINGS:
        raise Refused(
            "too_many_vertices",
            "画的线与边界相遇的次数太多：请画得简单些",
            "the line meets borders too many times: draw it simpler",
        )


def _tangled(place: Any) -> Refused:
    return Refused(
        "self_crossing",
        "画的线与自己或边界靠得太近，分不清：请画得简单些",
        "the line runs so close to itself or to a border that it cannot be told: draw it simpler",
        place,
    )
