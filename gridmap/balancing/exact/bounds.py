"""How many buildings must change their grid at the very least: arithmetic, no solver. Pure."""

import numpy as np
from numpy.typing import NDArray

from gridmap.balancing.problem import Floats, Problem

CLOSE = 1e-9
"""Sums of weights are trusted to this many units of weight."""


def moved_buildings(problem: Problem, labels: NDArray[np.int32]) -> int:
    """How many buildings get another grid than today; those without one today do not count."""
    moved = (problem.present >= 0) & (labels != problem.present)
    return round(float(problem.buildings[moved].sum()))


def ended_buildings(problem: Problem) -> int:
    """How many buildings lose their grid whatever is done, because it must end."""
    return round(float(problem.buildings[problem.present >= problem.grids].sum()))


def moves_at_least(problem: Problem) -> int:
    """How many buildings move in any division in range: a lower bound, in some 50 µs.

    Grids with too many must shed the excess, grids with too few and new ones must receive what
    they lack, grids that end lose everything. Each is counted with the units that bring most
    weight per building, the last of them in part (the continuous knapsack of Dantzig, 1957).

    The bound is for divisions in range: where the whole weight or one unit rules that out, only
    the buildings of the grids that end are counted.
    """
    low, high = problem.size
    ended = ended_buildings(problem)
    total, heaviest = float(problem.weight.sum()), float(problem.weight.max(initial=0.0))
    if not problem.grids * low <= total <= problem.grids * high or heaviest > high:
        return ended
    stays = (problem.present >= 0) & (problem.present < problem.grids)
    loads = np.bincount(problem.present[stays], problem.weight[stays], minlength=problem.grids)
    excess, lack = loads - high, low - loads
    if excess.max() <= CLOSE and lack.max() <= CLOSE:
        return ended
    lacks = lack[lack > CLOSE]
    cost = np.where(problem.present >= 0, problem.buildings, 0.0)
    free = np.flatnonzero((problem.locked < 0) | (problem.locked != problem.present))
    free = free[np.argsort(-problem.weight[free] / np.maximum(cost[free], CLOSE), kind="stable")]
    apart = sum(_fewest(problem.weight[free], cost[free], each) for each in lacks)
    free = free[stays[free]]
    weight, buildings, grid = problem.weight[free], problem.buildings[free], problem.present[free]
    shed = sum(
        _fewest(weight[grid == over], buildings[grid == over], excess[over])
        for over in np.flatnonzero(excess > CLOSE)
    )
    # What ends or belongs to nobody is received first: it moves anyhow.
    given = float(problem.weight[~stays].sum())
    together = _fewest(weight, buildings, float(lacks.sum()) - given)
    return max(apart, ended + shed, ended + together)


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
