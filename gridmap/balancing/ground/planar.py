"""Lines into faces, faces beside faces, faces joined again: plane geometry on whole arrays.

Coordinates are metres near the origin. All lines that are to meet are noded together on one fine
lattice, so that shapes made from the faces share their vertices bit for bit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.balancing.contacts import segments_of

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Spots = NDArray[np.complex128]
"""Points as complex numbers: x + iy."""

LATTICE_M = 1e-5
"""Where lines may meet; half of it is how far a line is moved at most."""

_HAIR_M = 1e-3


@dataclass(frozen=True)
class Borders:
    """The straight pieces that two shapes share, or that one shape has to itself.

    Attributes:
        left, right: positions of the two shapes, left < right; right is -1 at the outer edge.
        start, end: the two ends.
    """

    left: Ints
    right: Ints
    start: Spots
    end: Spots

    @property
    def length_m(self) -> Floats:
        """How long each piece is."""
        return np.abs(self.end - self.start)

    @property
    def middle(self) -> Shapes:
        """The point half-way along each piece."""
        half = (self.start + self.end) / 2
        return np.asarray(shapely.points(half.real, half.imag), dtype=object)

    @property
    def lines(self) -> Shapes:
        """Each piece as a line."""
        ends = np.stack([self.start, self.end], axis=1)
        return np.asarray(shapely.linestrings(ends.real, ends.imag), dtype=object)

    def where(self, wanted: Bools | Ints) -> "Borders":
        """Only some of the pieces."""
        return Borders(self.left[wanted], self.right[wanted], self.start[wanted], self.end[wanted])


def shapes_of(several: Iterable[Any]) -> Shapes:
    """An array of shapes, however many, even none."""
    return np.array([*several, None], dtype=object)[:-1]


def faces(lines: Shapes) -> Shapes:
    """The polygons that lines enclose, in an order that depends on nothing but where they lie."""
    noded = shapely.union_all(lines, grid_size=LATTICE_M)
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    found = shapely.normalize(found[shapely.area(found) > 0])
    inner = shapely.get_coordinates(shapely.point_on_surface(found))
    return np.asarray(found[np.lexsort(inner.T)], dtype=object)


def borders(shapes: Shapes) -> Borders:
    """The border pieces of polygons whose vertices match; more than two on a piece: the first."""
    found = segments_of(shapes)
    one, other = _spots(found.ends[:, :2]), _spots(found.ends[:, 2:])
    back = (one.real > other.real) | ((one.real == other.real) & (one.imag > other.imag))
    return Borders(
        found.one.astype(np.int64), found.other.astype(np.int64),
        np.where(back, other, one), np.where(back, one, other),
    )  # fmt: skip


def _spots(xy: Floats) -> Spots:
    return np.asarray(xy[:, 0] + 1j * xy[:, 1], dtype=np.complex128)


def inner_points(shapes: Shapes) -> Shapes:
    """A point well inside each polygon: not in a hair that hangs on to it, if there is more."""
    inner = np.asarray(shapely.point_on_surface(shapes), dtype=object)
    outline = shapely.boundary(shapes)
    thin = np.flatnonzero(shapely.dwithin(inner, outline, _HAIR_M))
    radius = shapely.maximum_inscribed_circle(shapes[thin], tolerance=LATTICE_M)
    inner[thin] = shapely.get_point(radius, 0)
    return inner


def components(count: int, one: Ints, other: Ints) -> Ints:
    """Which of `count` things hang together by pairs: the lowest position in each one's group."""
    group = np.arange(count)
    while True:
        low = np.minimum(group[one], group[other])
        best = group.copy()
        np.minimum.at(best, group[one], low)
        np.minimum.at(best, group[other], low)
        best = best[best[group]]
        if np.array_equal(best, group):
            return group
        group = best


def strongest(of: Ints, to: Ints, weight: Floats) -> tuple[Ints, Ints]:
    """For each thing the one of its partners with the most weight in all; of equals the lowest.

    Comes back as (things, partners), things ascending.
    """
    order = np.lexsort([to, of])
    of, to, weight = of[order], to[order], weight[order]
    first = np.flatnonzero(np.r_[True, (of[1:] != of[:-1]) | (to[1:] != to[:-1])])
    if not len(of):
        return of, to
    total = np.add.reduceat(weight, first)
    of, to = of[first], to[first]
    order = np.lexsort([to, -total, of])
    best = order[np.r_[True, of[order][1:] != of[order][:-1]]]
    return of[best], to[best]


def joined(shapes: Shapes, group: Ints, count: int) -> Shapes:
    """The shapes of each group as one, their common edges dissolved; None where there is none."""
    order = np.argsort(group, kind="stable")
    order = order[group[order] >= 0]
    bounds = np.searchsorted(group[order], np.arange(count + 1))
    whole = np.full(count, None, dtype=object)
    for one in range(count):
        members = order[bounds[one] : bounds[one + 1]]
        if len(members) == 1:
            whole[one] = shapes[members[0]]
        elif len(members):
            whole[one] = shapely.coverage_union_all(shapes[members])
    parts = shapely.get_num_geometries(whole)
    whole[parts == 1] = shapely.get_geometry(whole[parts == 1], 0)
    return whole


def within(points: Shapes, areas: Shapes) -> Ints:
    """The first area that each point lies in or on; -1: none."""
    at, area = shapely.STRtree(areas).query(points, predicate="intersects")
    found = np.full(len(points), len(areas), dtype=np.int64)
    np.minimum.at(found, at, area)
    return np.where(found < len(areas), found, -1)
