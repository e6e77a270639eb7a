"""Barriers as lines that meet: streets, rivers, railways; gaps closed, crossings found.

Coordinates are metres near the origin.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.balancing.contacts import COST_OF
from gridmap.balancing.ground.planar import (
    LATTICE_M,
    Borders,
    Floats,
    Ints,
    Shapes,
    faces,
    shapes_of,
)

WAYS, DIVIDES, BRIDGE = ("street", "arterial"), ("river", "railway"), "bridge"

GAP_M = 8.0
"""A line that ends so near to another was meant to reach it."""

HUG_M = 1.0
"""A line that runs so near to a village line is that line, drawn once more."""

NEAR_M = 1e-3
"""So near to a line is on it; the lattice moves lines a hundred times less."""

_SAME_M = 1e-4  # two computed points are one
_ROUND_M = 1.0  # how far round a crossing one looks for who gets across

Kinds = NDArray[np.str_]


@dataclass(frozen=True)
class Linework:
    """Barrier lines, single parts, and the kind of each."""

    lines: Shapes
    kinds: Kinds

    @classmethod
    def of(cls, shapes: Shapes, kinds: Kinds) -> "Linework":
        """Lines as they are and areas (water) by their outlines; other shapes are left out."""
        areas = shapely.get_dimensions(shapes) == 2
        lines = shapes.copy()
        lines[areas] = shapely.boundary(shapes[areas])
        parts, row = shapely.get_parts(lines, return_index=True)
        is_line = (shapely.get_dimensions(parts) == 1) & (shapely.length(parts) > 0)
        return cls(parts[is_line], kinds[row[is_line]])

    def of_kind(self, *kinds: str) -> Shapes:
        """The lines of some kinds."""
        return np.asarray(self.lines[np.isin(self.kinds, kinds)], dtype=object)

    def near(self, areas: Shapes) -> "Linework":
        """Only the lines that come near some areas."""
        at = shapely.STRtree(self.lines).query(areas, predicate="dwithin", distance=GAP_M)[1]
        kept = np.unique(at)
        return Linework(self.lines[kept], self.kinds[kept])

    def off(self, outlines: Shapes) -> "Linework":
        """The lines without what runs along some outlines, or ends there."""
        hug = shapely.buffer(outlines, HUG_M, cap_style="flat", join_style="mitre")
        line, outline = shapely.STRtree(hug).query(self.lines, predicate="intersects")
        lines = self.lines.copy()
        for one in np.unique(line):
            strips = shapely.union_all(hug[outline[line == one]])
            lines[one] = shapely.difference(lines[one], strips)
        return Linework.of(lines, self.kinds)

    def cost_along(self, pieces: Borders) -> Floats:
        """What a metre costs along each border piece: that of the strongest line it lies on."""
        piece, line = self._lines_along(pieces)
        cost = np.ones(len(pieces.left))
        np.minimum.at(cost, piece, np.array([COST_OF[kind] for kind in self.kinds])[line])
        return cost

    def kind_along(self, pieces: Borders) -> Kinds:
        """The kind of the strongest line that each border piece lies on; empty text: none."""
        order = [*COST_OF, ""]
        rank = np.array([order.index(kind) for kind in self.kinds], dtype=np.int64)
        piece, line = self._lines_along(pieces)
        best = np.full(len(pieces.left), -1)
        np.maximum.at(best, piece, rank[line])
        return np.asarray(np.array(order)[best], dtype=np.str_)

    def _lines_along(self, pieces: Borders) -> tuple[Ints, Ints]:
        tree = shapely.STRtree(self.lines)
        piece, line = tree.query(pieces.middle, predicate="dwithin", distance=NEAR_M)
        return piece, line


def close_gaps(work: Linework, outlines: Shapes) -> Linework:
    """The linework with its loose ends led on to the next line or outline within `GAP_M`.

    A line that is shorter than twice its gap is a stub and stays as it is.
    """
    if not len(work.lines):
        return work
    pieces = shapely.get_parts(shapely.union_all(work.lines, grid_size=LATTICE_M))
    ends = shapely.get_point(np.concatenate([pieces, pieces]), np.repeat([0, -1], len(pieces)))
    xy = shapely.get_coordinates(ends)
    _, number, times = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True, return_counts=True)
    loose = np.flatnonzero(times[number] == 1)
    own = loose % len(pieces)
    targets = np.concatenate([pieces, outlines])
    at, target = shapely.STRtree(targets).query(ends[loose], predicate="dwithin", distance=GAP_M)
    kept = target != own[at]
    at, target = at[kept], target[kept]
    distance = shapely.distance(ends[loose[at]], targets[target])
    order = np.lexsort([target, distance, at])
    best = order[np.r_[True, at[order][1:] != at[order][:-1]]] if len(at) else order
    gap = distance[best]
    wanted = best[(gap > LATTICE_M) & (shapely.length(pieces[own[at[best]]]) > 2 * gap)]
    bridged = shapely.shortest_line(ends[loose[at[wanted]]], targets[target[wanted]])
    nearest = shapely.STRtree(work.lines).nearest(ends[loose[at[wanted]]])
    return Linework(
        np.concatenate([work.lines, bridged]),
        np.concatenate([work.kinds, work.kinds[nearest]]),
    )


def crossings(work: Linework) -> Shapes:
    """The points where streets get across rivers and railways, not those where they only end."""
    ways, divides = work.of_kind(*WAYS), work.of_kind(*DIVIDES)
    way_tree, divide_tree = shapely.STRtree(ways), shapely.STRtree(divides)
    one, other = divide_tree.query(ways, predicate="intersects")
    met = shapely.get_parts(shapely.intersection(ways[one], divides[other]))
    points = met[shapely.get_dimensions(met) == 0]
    _, first = np.unique(
        np.round(shapely.get_coordinates(points) / _ROUND_M) @ [1, 1j], return_index=True
    )
    found = []
    for point in points[np.sort(first)]:
        disc = shapely.buffer(point, _ROUND_M)
        banks = faces(shapes_of([shapely.boundary(disc), *divides[divide_tree.query(disc)]]))
        inside = banks[shapely.within(shapely.point_on_surface(banks), disc)]
        street = shapely.union_all(ways[way_tree.query(disc)])
        arrivals = shapely.intersection(street, shapely.boundary(disc))
        if np.count_nonzero(shapely.dwithin(inside, arrivals, _SAME_M)) > 1:
            found.append(point)
    return shapes_of(found)
