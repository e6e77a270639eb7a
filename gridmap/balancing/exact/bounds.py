"""How many buildings must change their grid at the very least: arithmetic, no solver. Pure."""

import numpy as np

from gridmap.balancing.exact.naming import names
from gridmap.balancing.problem import Floats, Problem

CLOSE = 1e-9
"""Sums of weights are trusted to this many units of weight."""


def ended_buildings(problem: Problem) -> int:
    """How many buildings lose their grid whatever is done, because so many grids must end."""
    known = problem.present >= 0
    held = np.bincount(problem.present[known], problem.buildings[known], names(problem))
    return round(float(np.sort(held)[: names(problem) - problem.grids].sum()))


def moves_at_least(problem: Problem) -> int:
    """How many buildings move in any division in range: a lower bound, in some 50 µs.

    Grids with too many must shed the excess, grids with too few and new ones must receive what
    they lack; where grids must end, the cheapest to end do. Each is counted with the units that
    bring most weight per building, the last in part (the continuous knapsack of Dantzig, 1957).

    The bound is for divisions in range: where the whole weight or one unit rules that out, only
    the buildings of grids that end are counted.
    """
    low, high = problem.size
    total, heaviest = float(problem.weight.sum()), float(problem.weight.max(initial=0.0))
    if not problem.grids * low <= total <= problem.grids * high or heaviest > high:
        return ended_buildings(problem)
    ends = names(problem) - problem.grids
    known = problem.present >= 0
    grid = problem.present[known]
    loads = np.bincount(grid, problem.weight[known], names(problem))
    excess, lack = loads - high, (low - loads).astype(np.float64)
    if not ends and excess.max() <= CLOSE and lack.max() <= CLOSE:
        return 0
    cost = np.where(known, problem.buildings, 0.0)
    order = np.argsort(-problem.weight / np.maximum(cost, CLOSE), kind="stable")
    shed = np.zeros(names(problem))
    for over in np.flatnonzero(excess > CLOSE):
        its = order[problem.present[order] == over]
        shed[over] = _fewest(problem.weight[its], cost[its], excess[over])
    # A grid that ends loses all it has, one that stays what it must shed.
    held = np.bincount(grid, problem.buildings[known], names(problem))
    out = float(shed.sum()) + float(np.sort(held - shed)[:ends].sum())
    return max(round(out), _received(problem.weight[order], cost[order], lack, ends))


def _received(weight: Floats, cost: Floats, lack: Floats, ends: int) -> int:
    """How many buildings must come into the grids that lack weight, the most lacking set aside."""
    lacks = np.sort(lack[lack > CLOSE])
    lacks = lacks[: max(0, len(lacks) - ends)]
    each = sum(_fewest(weight, cost, wanted) for wanted in lacks)
    return max(each, _fewest(weight, cost, float(lacks.sum())))


def _fewest(weight: Floats, buildings: Floats, wanted: float) -> int:
    """The fewest buildings that weigh as much as wanted; those of most weight each come first."""
    if wanted <= CLOSE:
        return 0
    reached = np.cumsum(weight)
    last = int(np.searchsorted(reached, wanted - CLOSE))
    if last == len(reached):
        return round(float(buildings.sum()))
    before = reached[last] - weight[last]
    part = (wanted - before) / weight[last] * buildings[last]
    return int(np.ceil(buildings[:last].sum() + part - CLOSE))
