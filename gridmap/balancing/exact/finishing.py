"""A division that the search found, brought to the optimum or shown to be near it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridmap.balancing.exact.naming import named, numbered
from gridmap.balancing.exact.solving import Solved, improve
from gridmap.balancing.problem import Labels, Problem


@dataclass(frozen=True)
class Finished:
    """The best division known.

    label: the grid of each unit, numbered from 0; today: which of today's grids each one is, -1: it
    is new; solved: what the solver proved, in today's numbers.
    """

    label: Labels
    today: NDArray[np.int64]
    solved: Solved


def finish(
    problem: Problem, label: Labels, today: NDArray[np.int64], *, seconds: float, seed: int = 0
) -> Finished:
    """The division with fewest moved buildings that the solver finds in so many seconds.

    The found one comes back as it is where the solver has nothing better. Of villages that cannot
    be in range the division with the least weight outside comes back.
    """
    found = named(problem, label, today)
    solved = improve(problem, found, seconds=seconds, seed=seed)
    if np.array_equal(solved.labels, found):
        return Finished(label, today, solved)
    return Finished(*numbered(problem, solved.labels), solved)
