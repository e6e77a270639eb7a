"""What no division can do, shown by arithmetic alone: sums, heavy units, islands. Pure.

A grid count n suits a part of the village where every unit of more than half of the upper limit
has a grid of its own, n grids can hold the weight, and the weight can fill n grids.
"""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from gridmap.balancing import kernel
from gridmap.balancing.problem import Floats, Labels, Problem

CLOSE = 1e-9


@dataclass(frozen=True)
class Part:
    """Units that must be divided among themselves: an island, or the whole village."""

    units: tuple[int, ...]
    weight: float
    counts: range
    """How many grids in range it can be divided into, by arithmetic."""


def parts(problem: Problem) -> list[Part]:
    """The village island by island."""
    count, part = kernel.parts(problem.contacts)
    islands = [np.flatnonzero(part == island) for island in range(count)]
    return [
        Part(
            tuple(units.tolist()),
            float(problem.weight[units].sum()),
            counts(problem.weight[units], problem.size),
        )
        for units in islands
    ]


def counts(weight: Floats, size: tuple[float, float]) -> range:
    """How many grids of such a size units of these weights can make; empty: none at all."""
    low, high = size
    if float(weight.max(initial=0.0)) > high + CLOSE:
        return range(0)
    # No two of these fit into one grid, and the grid of each holds at least its weight.
    big = weight[weight > high / 2 + CLOSE]
    total = float(weight.sum())
    spare = total - float(np.maximum(big, low).sum())
    fewest = max(ceil(total / high - CLOSE), len(big), 1)
    most = len(big) + filled(spare, low) if spare >= -CLOSE else 0
    return range(fewest, min(most, len(weight)) + 1)


def filled(weight: float, low: float) -> int:
    """How many grids of at least `low` such a weight fills, if it can be cut anywhere."""
    return floor(weight / low + CLOSE) if low > 0 else 2**31


def sums(total: float, size: tuple[float, float]) -> range:
    """The grid counts that suit a total that could be cut anywhere."""
    low, high = size
    return range(max(ceil(total / high - CLOSE), 1), filled(total, low) + 1)


def nearest(total: float, size: tuple[float, float]) -> list[tuple[int, float]]:
    """Grid counts beside a total that suits none, each with the weight above (+) or below (-)."""
    low, high = size
    few = floor(total / high)
    found = [(few, total - few * high)] if few else []
    return [*found, (few + 1, total - (few + 1) * low)]


def possible_grids(problem: Problem) -> int:
    """How many of the grids can be in range at the same time, by arithmetic: an upper bound.

    All where arithmetic allows it. Else each island is counted for itself: those of its grids that
    hold a unit above the limit are out, and the rest can be no more than its weight fills.
    """
    best = {0: 0}
    for part in parts(problem):
        inside = [_inside(problem, part, count) for count in range(problem.grids + 1)]
        best = _joined(best, inside, problem.grids)
    return best.get(problem.grids, 0)


def _joined(best: dict[int, int], more: list[int], most: int) -> dict[int, int]:
    """The most grids in range, by the grids used so far, with one island more."""
    found: dict[int, int] = {}
    for used, inside in best.items():
        for count in range(1, most - used + 1):
            found[used + count] = max(found.get(used + count, 0), inside + more[count])
    return found


def _inside(problem: Problem, part: Part, count: int) -> int:
    """How many of so many grids of an island can be in range."""
    if count in part.counts:
        return count
    low, high = problem.size
    weight = problem.weight[list(part.units)]
    fit = filled(float(weight[weight <= high + CLOSE].sum()), low)
    return max(0, min(fit, count - 1))


def loads(problem: Problem, labels: Labels) -> Floats:
    """The weight of each grid that has any unit, by its number."""
    borne, label = np.unique(labels, return_inverse=True)
    return np.bincount(label, problem.weight)[borne >= 0].astype(np.float64)


def outside(load: Floats, size: tuple[float, float]) -> Floats:
    """By how much each grid is above the range (+) or below it (-); 0 in it."""
    low, high = size
    above, below = np.maximum(load - high, 0.0), np.minimum(load - low, 0.0)
    found = above + below
    found[np.abs(found) <= CLOSE] = 0.0
    return found
