"""The faces that lines cut out of a village, who lies beside whom, and how to join them again.

Vertices are compared as complex numbers, bit for bit; shapes are EPSG:4490 degrees, sizes metres.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
        flat = _complex((_floats(known) - stretch.origin) * stretch.metres_per_degree)
        order = np.argsort(flat, kind="stable")
        return cls(stretch, known[order], flat[order])

    def to_metres(self, shapes: Any) -> Shapes:
        """Shapes in metres."""
        return self.stretch.to_metres(np.atleast_1d(np.asarray(shapes, dtype=object)))

    def to_degrees(self, lines: Sequence[Any]) -> Shapes:
        """Lines in degrees; a vertex that is known gets its own bits again."""

        def place(xy: Floats) -> Floats:
            flat = _complex(xy)
            made = xy / self.stretch.metres_per_degree + self.stretch.origin
            at = np.searchsorted(self.known_flat, flat).clip(max=len(self.known_flat) - 1)
            hit = self.known_flat[at] == flat
            made[hit] = _floats(self.known[at[hit]])
            return made

        return np.asarray(shapely.transform(np.array(lines, dtype=object), place), dtype=object)


@dataclass(frozen=True)
class Faces:
    """Polygons that tile a village and hold each other's vertices.

    Attributes:
        flat: the same in metres.
        ends: (n, 2) end points of each border segment between two faces, in degrees.
        sides: (n, 2) the positions of the two faces.
        lengths_m: (n,) the lengths of the segments.
    """

    shapes: Shapes
    flat: Shapes
    ends: Vertices
    sides: Ints
    lengths_m: Floats

    def borders(self) -> dict[int, dict[int, float]]:
        """By face, the neighbours and the metres of border with each; in order."""
        found: dict[int, dict[int, float]] = {i: {} for i in range(len(self.shapes))}
        for (one, other), length in zip(self.sides.tolist(), self.lengths_m.tolist(), strict=True):
            found[one][other] = found[one].get(other, 0.0) + length
            found[other][one] = found[other].get(one, 0.0) + length
        return found

    def between(self, owner: Ints) -> Shapes:
        """The lines between faces of different owners, in degrees."""
        apart = owner[self.sides[:, 0]] != owner[self.sides[:, 1]]
        if not apart.any():
            return np.array([], dtype=object)
        xy = _floats(self.ends[apart].ravel()).reshape(-1, 2, 2)
        segments = np.asarray(shapely.linestrings(xy), dtype=object)
        merged = shapely.line_merge(shapely.multilinestrings(segments))
        return np.asarray(shapely.get_parts(merged), dtype=object)


def arrange(village: str, outline: Any, lines: Shapes, ground: Ground) -> Faces:
    """The faces that lines cut out of a village; loose ends are ignored.

    Raises:
        DataError: rounding would have moved the outline of the village.
    """
    edges = [shapely.boundary(outline), *lines]
    noded = shapely.get_parts(shapely.union_all(np.array(edges, dtype=object)))
    made = shapely.get_parts(shapely.polygonize(noded))
    shapely.prepare(outline)
    shapes = made[shapely.contains(outline, shapely.point_on_surface(made))]
    whole, total = shapely.area(outline), float(shapely.area(shapes).sum())
    missing = np.setdiff1d(vertices(np.array([outline], dtype=object)), vertices(shapes))
    if len(missing) or abs(total - whole) > _SAME_AREA * whole:
        raise DataError(
            f"村（社区）{village} 的边界与网格线几乎重合，无法精确相交：请核对这些网格",
            f"lines nearly coincide with the outline of village {village} and do not cross it"
            " cleanly: check the grids there",
        )
    west_south = shapely.bounds(shapes)
    shapes = shapes[np.lexsort((shapely.area(shapes), west_south[:, 1], west_south[:, 0]))]
    return _with_borders(np.asarray(shapes, dtype=object), ground)


def _with_borders(shapes: Shapes, ground: Ground) -> Faces:
    rings, face = shapely.get_rings(shapes, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[:-1] == ring[1:]
    spots = _complex(xy)
    ends = np.sort(np.column_stack([spots[:-1][inside], spots[1:][inside]]), axis=1)
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    ends, owner = ends[order], face[ring[:-1][inside]][order]
    twice = (ends[:-1] == ends[1:]).all(axis=1) & (owner[:-1] != owner[1:])
    between = ends[:-1][twice]
    sides = np.column_stack([owner[:-1][twice], owner[1:][twice]]).astype(np.int64)
    way = _floats(between[:, 1]) - _floats(between[:, 0])
    lengths = np.hypot(*(way * ground.stretch.metres_per_degree).T)
    return Faces(shapes, ground.to_metres(shapes), between, sides, lengths)


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
        spots = _complex(shapely.get_coordinates(ring)).tolist()
        for one, other in pairwise(spots):
            beside[one].add(other)
            beside[other].add(one)
    passed = [spot for spot, ends in beside.items() if len(ends) == 2 and _straight(spot, *ends)]
    lost = np.setdiff1d(np.array(passed, dtype=np.complex128), kept)

    def drop(spots: Vertices) -> Vertices:
        return spots[~np.isin(spots, lost)]

    return np.array([_redrawn(shape, drop) for shape in shapes], dtype=object)


def with_nodes_of_neighbours(
    shapes: Shapes, village: Sequence[str], outlines: Mapping[str, Any]
) -> Shapes:
    """Where a border ends on the line between two villages, the grid beyond gets the vertex too.

    Args:
        village: the village of each shape.
        outlines: by village; those of neighbours hold the same vertices.
    """
    fixed = vertices(np.array(list(outlines.values()), dtype=object))
    found = []
    for code, outline in outlines.items():
        own = shapes[np.array(village) == code]
        new = np.setdiff1d(vertices(own), fixed)
        edge = shapely.boundary(outline)
        on_edge = shapely.dwithin(shapely.points(_floats(new)), edge, ROUNDING_DEGREES)
        found.append(new[on_edge])
    nodes = np.unique(np.concatenate(found))
    if not len(nodes):
        return shapes
    node, shape = shapely.STRtree(shapely.boundary(shapes)).query(
        shapely.points(_floats(nodes)), predicate="dwithin", distance=ROUNDING_DEGREES
    )
    made = shapes.copy()
    for at in np.unique(shape).tolist():
        here = np.setdiff1d(nodes[node[shape == at]], vertices(shapes[at : at + 1]))
        if len(here):
            made[at] = _redrawn(shapes[at], partial(_with, nodes=here))
    return made


def _with(ring: Vertices, nodes: Vertices) -> Vertices:
    """An open ring with the nodes that lie on it, each in the edge that it lies on."""
    start, way = ring, np.roll(ring, -1) - ring
    for node in nodes:
        along = ((node - start) * way.conjugate()).real / np.abs(way) ** 2
        off = np.abs(node - start - along.clip(0, 1) * way)
        edge = int(np.argmin(off))
        if off[edge] <= ROUNDING_DEGREES:
            ring = np.insert(start, edge + 1, node)
            start, way = ring, np.roll(ring, -1) - ring
    return ring


def _straight(spot: complex, one: complex, other: complex) -> bool:
    """Whether a node lies on the line between its neighbours, but for rounding."""
    way = other - one
    return abs((way.conjugate() * (spot - one)).imag) <= ROUNDING_DEGREES * abs(way)


def _redrawn(shape: Any, change: Callable[[Vertices], Vertices]) -> Any:
    """A polygon or multipolygon whose open rings went through `change`."""
    parts = [
        shapely.Polygon(_ring(part.exterior, change), [_ring(r, change) for r in part.interiors])
        for part in shapely.get_parts(shape)
    ]
    return parts[0] if isinstance(shape, shapely.Polygon) else shapely.multipolygons(parts)


def vertices(shapes: Shapes) -> Vertices:
    """Every vertex of these shapes."""
    return _complex(shapely.get_coordinates(shapes))


def _ring(ring: Any, change: Callable[[Vertices], Vertices]) -> Any:
    return shapely.linearrings(_floats(change(_complex(shapely.get_coordinates(ring)[:-1]))))


def _simple(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape


def _complex(xy: Floats) -> Vertices:
    return np.ascontiguousarray(xy, dtype=np.float64).view(np.complex128).ravel()


def _floats(spots: Vertices) -> Floats:
    return np.ascontiguousarray(spots).view(np.float64).reshape(-1, 2)
