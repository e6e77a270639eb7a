"""Which cells of a coverage share a border, how long it is, and what it follows. Pure.

Cells are polygons of a projected CRS that meet in shared vertices. Every segment of their rings is
paired with the same segment of the neighbour.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.balancing.problem import Floats

COST_OF = {"street": 0.45, "arterial": 0.15, "river": 0.05, "railway": 0.05}
"""What a metre of grid border costs along a natural line; inside a block it costs 1."""

NEAR_M = 0.5
"""A border within this distance of a line follows it."""

BRIDGE_M = 30.0
"""So near to a bridge people get across a river or a railway."""

_PARALLEL = 0.25  # the sine of the largest angle between a border and the line it follows
_BARS = frozenset({"river", "railway"})


@dataclass(frozen=True)
class Segments:
    """The segments of all rings, each once.

    Attributes:
        ends: float64 (n, 4), x0 y0 x1 y1.
        one, other: int32, the cells on its sides; other is -1 at the edge of the coverage.
    """

    ends: Floats
    one: NDArray[np.int32]
    other: NDArray[np.int32]

    @property
    def length_m(self) -> Floats:
        """How long each one is."""
        return np.hypot(self.ends[:, 2] - self.ends[:, 0], self.ends[:, 3] - self.ends[:, 1])


@dataclass(frozen=True)
class Lines:
    """What borders may follow: segments of lines, and the place of bridges.

    Attributes:
        ends: float64 (n, 4).
        cost: float64, what a metre of border costs along each.
        bars: bool, whether it can be crossed on bridges only.
        bridges: points or lines; None: nothing is known of bridges, and everything is crossed.
    """

    ends: Floats
    cost: Floats
    bars: NDArray[np.bool_]
    bridges: NDArray[np.object_] | None

    @classmethod
    def of(cls, shapes: NDArray[np.object_], kinds: NDArray[np.object_]) -> "Lines":
        """From lines or polygons, and what each is: a key of COST_OF, or bridge."""
        kinds = np.asarray(kinds, dtype=object).astype(str)
        bridge = kinds == "bridge"
        natural = np.flatnonzero([kind in COST_OF for kind in kinds.tolist()])
        lines, found = _lines_of(shapes[natural], natural)
        points, owner = shapely.get_coordinates(lines, return_index=True)
        same = owner[1:] == owner[:-1]
        ends = np.hstack([points[:-1], points[1:]])[same]
        source = found[owner[:-1][same]]
        return cls(
            ends.reshape(-1, 4),
            np.array([COST_OF[kind] for kind in kinds[source].tolist()], dtype=np.float64),
            np.array([kind in _BARS for kind in kinds[source].tolist()], dtype=bool),
            shapes[bridge] if bridge.any() else None,
        )


def _lines_of(
    shapes: NDArray[np.object_], numbers: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Every line, and every ring of an area, with the number of the shape it is of."""
    surfaces = shapely.get_dimensions(shapes) == 2
    flat = np.where(surfaces, shapely.boundary(shapes), shapes)
    parts, owner = shapely.get_parts(flat, return_index=True)
    return np.asarray(parts, dtype=np.object_), numbers[owner]


def segments_of(cells: NDArray[np.object_]) -> Segments:
    """The segments of polygons that share vertices, each once, with the cells on its sides.

    A segment that more than two cells claim is given to the first two.
    """
    parts, owner = shapely.get_parts(cells, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    spots = np.ascontiguousarray(points).view(np.complex128).ravel()
    _, number = np.unique(spots, return_inverse=True)
    start, end = number[:-1][same], number[1:][same]
    low, high = np.minimum(start, end), np.maximum(start, end)
    key = low.astype(np.int64) * (number.max() + 1 if len(number) else 1) + high
    cell = owner[part][ring[:-1][same]].astype(np.int32)
    order = np.argsort(key, kind="stable")
    key, cell = key[order], cell[order]
    first = np.append(True, key[1:] != key[:-1]) if len(key) else np.zeros(0, bool)
    begins = np.flatnonzero(first)
    paired = np.append(~first[1:], False)[begins] if len(key) else first
    other = np.where(paired, cell[np.minimum(begins + 1, len(cell) - 1)], -1).astype(np.int32)
    ends = np.hstack([points[:-1][same], points[1:][same]])[order][begins]
    return Segments(ends, cell[begins], other)


@dataclass(frozen=True)
class Followed:
    """What each segment follows: the cost of a metre, whether a line at all, whether it is open."""

    cost: Floats
    natural: NDArray[np.bool_]
    open: NDArray[np.bool_]


def followed(ends: Floats, lines: Lines | None) -> Followed:
    """Which segments lie along a line: their middle is near to it, and they run the same way."""
    count = len(ends)
    cost, bar = np.ones(count), np.zeros(count, dtype=bool)
    if lines is not None and len(lines.ends) and count:
        segment, line = _pairs(ends, lines.ends)
        # The cheapest line last, so that it is the one that stays.
        order = np.argsort(-lines.cost[line], kind="stable")
        cost[segment[order]] = lines.cost[line[order]]
        bar[segment[lines.bars[line]]] = True
    opened = np.ones(count, dtype=bool)
    if lines is not None and lines.bridges is not None and bar.any():
        middles = _middles(ends[bar])
        tree = shapely.STRtree(lines.bridges)
        near = tree.query(middles, predicate="dwithin", distance=BRIDGE_M)[0]
        there = np.zeros(len(middles), dtype=np.bool_)
        there[near] = True
        opened[bar] = there
    return Followed(cost, cost < 1, opened)


def _pairs(ends: Floats, lines: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Segments and the line segments that run along them."""
    straight = np.asarray(shapely.linestrings(lines.reshape(-1, 2, 2)), dtype=np.object_)
    tree = shapely.STRtree(np.atleast_1d(straight))
    segment, line = tree.query(_middles(ends), predicate="dwithin", distance=NEAR_M)
    along, other = ends[segment, 2:] - ends[segment, :2], lines[line, 2:] - lines[line, :2]
    cross = along[:, 0] * other[:, 1] - along[:, 1] * other[:, 0]
    scale = np.hypot(*along.T) * np.hypot(*other.T)
    runs = np.abs(cross) <= _PARALLEL * scale
    return segment[runs], line[runs]


def _middles(ends: Floats) -> NDArray[np.object_]:
    return np.atleast_1d(np.asarray(shapely.points((ends[:, :2] + ends[:, 2:]) / 2), np.object_))
