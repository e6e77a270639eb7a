"""The search for a good division of one village: starts, annealing, and what is kept. Pure.

The same problem, mode and seed give the same division, on any number of threads.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gridmap.balancing.kernel import Energy, Search
from gridmap.balancing.problem import Labels, Problem
from gridmap.balancing.starts import cut_anew, from_today, mended

Mode = Literal["stable", "mixed", "shape", "even"]
MODES: tuple[Mode, ...] = ("stable", "mixed", "shape", "even")


@dataclass(frozen=True)
class Recipe:
    """How a village is searched.

    Attributes:
        energy: what is to be little.
        today, anew: how many starts from today's grids, and from a village cut anew.
        hot, cold: the temperatures between which it is annealed.
        moves: how many moves are tried per unit.
        trees, swaps: the shares of moves of more than one unit.
        bias: how much trees shun streets.
    """

    energy: Energy
    today: int
    anew: int
    hot: float
    cold: float
    moves: float
    trees: float
    swaps: float
    bias: float


RECIPES: dict[Mode, Recipe] = {
    "stable": Recipe(Energy(16, 0.6, 0.2, 0.35, 1.8, 4.0), 3, 0, 0.06, 0.004, 400, 0.01, 0.3, 1),
    "mixed": Recipe(Energy(16, 6.0, 0.25, 0.5, 0.5, 0.5), 2, 0, 0.1, 0.004, 600, 0.015, 0.3, 1),
    "shape": Recipe(
        Energy(16, 27.0, 0.57, 1.05, 0.2, 0.2, block=0.7), 1, 2, 0.3, 0.004, 450, 0.015, 0.2, 1
    ),
    "even": Recipe(Energy(16, 1000.0, 0.15, 0.25, 0, 0), 1, 1, 2, 0.004, 450, 0.017, 0.5, 1),
}


HOT = 0.3
"""Where nothing is known of today, there is nothing to stay close to."""

MORE = 6
"""How often a village is searched again while it has grids out of range."""


@dataclass(frozen=True)
class Found:
    """A division that was found.

    Attributes:
        label: the grid of each unit.
        present: as in the problem, with today's grids numbered as they are in the division; other
            numbers where it began anew.
        outside: how many grids are out of range.
    """

    label: Labels
    present: Labels
    energy: float
    outside: int


def divide(problem: Problem, mode: Mode, seed: int) -> Found:
    """The best division that the recipe of a mode finds; hotter and longer while grids are out of
    range that need not be."""
    recipe, whole = RECIPES[mode], None
    if (problem.present >= 0).any():
        whole = mended(problem)
    else:
        recipe = replace(recipe, hot=max(recipe.hot, HOT))
    starts = recipe.today + recipe.anew

    def begin(attempt: int) -> tuple[Problem, Labels]:
        # Only today's grids have a capacity of their own.
        if whole is None or (attempt % starts >= recipe.today and not len(problem.capacity)):
            return cut_anew(problem, seed + attempt)
        return from_today(problem, whole, seed + attempt)

    best = min(
        (_annealed(*begin(attempt), recipe, seed + attempt) for attempt in range(starts)),
        key=_worth,
    )
    for attempt in range(starts, starts + MORE):
        if not best.outside or not reachable(problem):
            break
        start, label = begin(attempt)
        label = _annealed(start, label, _hotter(recipe), seed + attempt).label
        best = min(best, _annealed(start, label, recipe, seed + attempt), key=_worth)
    return best


def _worth(found: Found) -> tuple[int, float]:
    return found.outside, found.energy


def reachable(problem: Problem) -> bool:
    """Whether arithmetic allows that every grid is in range."""
    low, high = problem.size
    heaviest = float(problem.weight.max(initial=0))
    return low <= problem.target <= high and heaviest <= high * float(problem.capacities.max())


def _hotter(recipe: Recipe) -> Recipe:
    """The same with hardly anything but the range in mind."""
    energy = replace(
        recipe.energy,
        range=4 * recipe.energy.range,
        household=recipe.energy.household / 4,
        building=recipe.energy.building / 4,
    )
    return replace(recipe, energy=energy, hot=0.4, moves=2 * recipe.moves, trees=0.06, swaps=0.4)


def _annealed(problem: Problem, label: Labels, recipe: Recipe, seed: int) -> Found:
    search = Search(problem, recipe.energy, label, seed)
    if problem.grids > 1:
        search.anneal(
            recipe.hot, recipe.cold, int(recipe.moves * problem.units),
            trees=recipe.trees, swaps=recipe.swaps, bias=recipe.bias,
        )  # fmt: skip
    energy = search.quench()
    return Found(search.label, problem.present, energy, outside(problem, search.label))


def outside(problem: Problem, label: Labels) -> int:
    """How many grids have less or more weight than they should."""
    weight = np.bincount(label, problem.weight, problem.grids) / problem.capacities
    low, high = problem.size
    return int(((weight < low) | (weight > high)).sum())
