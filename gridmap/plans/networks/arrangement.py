"""The faces that lines cut out of a village, who lies beside whom, and how to join them again.

Vertices are compared as complex numbers, bit for bit; shapes are EPSG:4490 degrees, sizes metres.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import DataError
from gridmap.geo.coverage import Stretch
from gridmap.plans.networks.model import Floats, Ints, Shapes

Vertices = NDArray[np.complex128]

ROUNDING_DEGREES = 1e-11
"""A micrometre: how far a node may lie off the line that it was computed on."""

_SAME_AREA = 1e-9


@dataclass(frozen=True)
class Ground:
    """Degrees and metres of one territory, there and back without losing a bit of what is known."""

    stretch: Stretch
    known: Vertices
    known_flat: Vertices

    @classmethod
    def of(cls, shapes: Shapes, territory: Shapes) -> "Ground":
        """The ground of a territory; all vertices of the shapes are known."""
        stretch = Stretch.around(territory)
        known = np.unique(vertices(shapes))
        flat = as_spots((as_floats(known) - stretch.origin) * stretch.metres_per_degree)
        order = np.argsort(flat, kind="stable")
        return cls(stretch, known[order], flat[order])

    def to_metres(self, shapes: Any) -> Shapes:
        """Shapes in metres."""
        return self.stretch.to_metres(np.atleast_1d(np.asarray(shapes, dtype=object)))

    def to_degrees(self, lines: Sequence[Any]) -> Shapes:
        """Lines in degrees; a vertex that is known gets its own bits again."""

        def place(xy: Floats) -> Floats:
            flat = as_spots(xy)
            made = xy / self.stretch.metres_per_degree + self.stretch.origin
            at = np.searchsorted(self.known_flat, flat).clip(max=len(self.known_flat) - 1)
            hit = self.known_flat[at] == flat
            made[hit] = as_floats(self.known[at[hit]])
            return made

        flat = np.array(lines, dtype=np.object_)
        return np.asarray(shapely.transform(flat, place), dtype=object)


@dataclass(frozen=True)
class Faces:
    """Polygons that tile a village and hold each other's vertices.

    Attributes:
        flat: the same in metres.
        ends: (n, 2) end points of each border segment between two faces, in degrees.
        sides: (n, 2) the positions of the two faces.
        lengths_m: (n,) the lengths of the segments.
        rim: (m, 2) end points of the segments of the outline, which has a vertex where a border
            ends on it.
    """

    shapes: Shapes
    flat: Shapes
    ends: Vertices
    sides: Ints
    lengths_m: Floats
    rim: Vertices

    def borders(self) -> dict[int, dict[int, float]]:
        """By face, the neighbours and the metres of border with each; in order."""
        found: dict[int, dict[int, float]] = {i: {} for i in range(len(self.shapes))}
        for (one, other), length in zip(self.sides.tolist(), self.lengths_m.tolist(), strict=True):
            found[one][other] = found[one].get(other, 0.0) + length
            found[other][one] = found[other].get(one, 0.0) + length
        return found

    def between(self, owner: Ints) -> Shapes:
        """The lines between faces of different owners, in degrees."""
        return _lines(self.ends[owner[self.sides[:, 0]] != owner[self.sides[:, 1]]])

    def around(self) -> Shapes:
        """The outline in degrees, with its vertices where borders end.

        Such a vertex lies beside the edge of the bare outline by rounding: a border that ends in it
        would not meet that edge.
        """
        return _lines(self.rim)


def arrange(village: str, outline: Any, lines: Shapes, ground: Ground) -> Faces:
    """The faces that lines cut out of a village; loose ends are ignored.

    Args:
        lines: those of the outline are among them.

    Raises:
        DataError: lines nearly coincide, so that rounding would move the outline or lose a face.
    """
    noded = _noded(lines)
    made = shapely.get_parts(shapely.polygonize(noded))
    shapely.prepare(outline)
    shapes = made[shapely.contains(outline, shapely.point_on_surface(made))]
    whole, total = shapely.area(outline), float(shapely.area(shapes).sum())
    missing = np.setdiff1d(vertices(np.array([outline], dtype=object)), vertices(shapes))
    if len(missing) or abs(total - whole) > _SAME_AREA * whole:
        raise _not_clean(village)
    west_south = shapely.bounds(shapes)
    shapes = shapes[np.lexsort((shapely.area(shapes), west_south[:, 1], west_south[:, 0]))]
    faces = _with_borders(np.asarray(shapes, dtype=object), ground)
    # A lost face, however small, would leave a rim of its own.
    rim = shapely.points(as_floats(np.unique(faces.rim)))
    if not shapely.dwithin(rim, shapely.boundary(outline), 10 * ROUNDING_DEGREES).all():
        raise _not_clean(village)
    return faces


def _not_clean(village: str) -> DataError:
    return DataError(
        f"村（社区）{village} 的一些网格线几乎重合，无法精确相交：请换一个容差重试",
        f"lines in village {village} nearly coincide and do not cross cleanly:"
        " try another tolerance",
    )


def _noded(lines: Shapes) -> Shapes:
    """Lines cut where they meet. Nodes that are the same but for rounding become one."""
    fixed = np.unique(vertices(lines))
    noded = shapely.get_parts(shapely.union_all(lines))
    nodes = np.setdiff1d(vertices(noded), fixed)
    first = firsts(nodes, fixed, ROUNDING_DEGREES)
    if (nodes == first).all():
        return noded

    def weld(xy: Floats) -> Floats:
        spots = as_spots(xy)
        at = np.searchsorted(nodes, spots).clip(max=len(nodes) - 1)
        return as_floats(np.where(nodes[at] == spots, first[at], spots))

    welded = shapely.transform(noded, weld)
    return shapely.get_parts(shapely.union_all(welded[shapely.length(welded) > 0]))


def firsts(nodes: Vertices, fixed: Vertices, reach: float) -> Vertices:
    """For each node the fixed vertex within reach, else the first node within reach: perhaps
    itself.
    """
    known = np.concatenate([fixed, nodes])
    points = np.asarray(shapely.points(as_floats(known)), dtype=object)
    node, same = shapely.STRtree(points).query(
        points[len(fixed) :], predicate="dwithin", distance=reach
    )
    first = np.arange(len(fixed), len(known))
    np.minimum.at(first, node, same)
    return np.asarray(known[first], dtype=np.complex128)


def _with_borders(shapes: Shapes, ground: Ground) -> Faces:
    rings, face = shapely.get_rings(shapes, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[:-1] == ring[1:]
    spots = as_spots(xy)
    ends = np.sort(np.column_stack([spots[:-1][inside], spots[1:][inside]]), axis=1)
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    ends, owner = ends[order], face[ring[:-1][inside]][order]
    twice = (ends[:-1] == ends[1:]).all(axis=1) & (owner[:-1] != owner[1:])
    once = np.ones(len(ends), dtype=bool)
    once[:-1] &= ~twice
    once[1:] &= ~twice
    between = ends[:-1][twice]
    sides = np.column_stack([owner[:-1][twice], owner[1:][twice]]).astype(np.int64)
    way = as_floats(between[:, 1]) - as_floats(between[:, 0])
    lengths = np.hypot(*(way * ground.stretch.metres_per_degree).T)
    return Faces(shapes, ground.to_metres(shapes), between, sides, lengths, ends[once])


def _lines(ends: Vertices) -> Shapes:
    """Segments put together."""
    if not len(ends):
        return np.array([], dtype=object)
    segments = shapely.linestrings(as_floats(ends.ravel()).reshape(-1, 2, 2))
    merged = shapely.line_merge(shapely.multilinestrings(np.asarray(segments, dtype=object)))
    return np.asarray(shapely.get_parts(merged), dtype=object)


def joined(faces: Faces, owner: Ints, kept: Vertices) -> Shapes:
    """The faces of each owner (numbered from 0) as one polygon, sharing vertices with the others.

    A node on a straight line at which no border ends any more goes, unless it is to be kept.
    """
    whole = [shapely.coverage_union_all(faces.shapes[owner == n]) for n in range(owner.max() + 1)]
    return _without_nodes(np.array([_simple(shape) for shape in whole], dtype=object), kept)


def _without_nodes(shapes: Shapes, kept: Vertices) -> Shapes:
    rings = shapely.get_rings(shapes)
    beside: dict[complex, set[complex]] = defaultdict(set)
    for ring in rings:
        spots = as_spots(shapely.get_coordinates(ring)).tolist()
        for one, other in pairwise(spots):
            beside[one].add(other)
            beside[other].add(one)
    passed = [spot for spot, ends in beside.items() if len(ends) == 2 and _straight(spot, *ends)]
    lost = np.setdiff1d(np.array(passed, dtype=np.complex128), kept)

    def drop(spots: Vertices) -> Vertices:
        return spots[~np.isin(spots, lost)]

    return np.array([redrawn(shape, drop) for shape in shapes], dtype=object)


def _straight(spot: complex, one: complex, other: complex) -> bool:
    """Whether a node lies on the line between its neighbours, but for rounding."""
    way = other - one
    return abs((way.conjugate() * (spot - one)).imag) <= ROUNDING_DEGREES * abs(way)


def redrawn(shape: Any, change: Callable[[Vertices], Vertices]) -> Any:
    """A polygon or multipolygon whose open rings went through `change`."""
    parts = [
        shapely.Polygon(_ring(part.exterior, change), [_ring(r, change) for r in part.interiors])
        for part in shapely.get_parts(shape)
    ]
    return parts[0] if isinstance(shape, shapely.Polygon) else shapely.multipolygons(parts)


def vertices(shapes: Shapes) -> Vertices:
    """Every vertex of these shapes."""
    return as_spots(shapely.get_coordinates(shapes))


def _ring(ring: Any, change: Callable[[Vertices], Vertices]) -> Any:
    return shapely.linearrings(as_floats(change(as_spots(shapely.get_coordinates(ring)[:-1]))))


def _simple(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape


def as_spots(xy: Floats) -> Vertices:
    """Coordinates (n, 2) as complex numbers."""
    return np.ascontiguousarray(xy, dtype=np.float64).view(np.complex128).ravel()


def as_floats(spots: Vertices) -> Floats:
    """Complex numbers as coordinates (n, 2)."""
    return np.ascontiguousarray(spots).view(np.float64).reshape(-1, 2)
