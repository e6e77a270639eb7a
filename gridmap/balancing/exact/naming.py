"""Divisions whose grids bear the numbers of today's grids; numbers after those are new grids. Pure.

There are as many names as there are grids today, or as many as are wanted, if that is more.
"""

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import linear_sum_assignment

from gridmap.balancing.problem import Labels, Problem


def todays(problem: Problem) -> int:
    """How many grids there are today."""
    return int(problem.present.max(initial=-1)) + 1


def names(problem: Problem) -> int:
    """How many numbers a grid can bear; `problem.grids` of them are borne."""
    return max(todays(problem), problem.grids)


def moved(problem: Problem, labels: Labels) -> int:
    """How many buildings get another grid than today; those without one today do not count."""
    away = (problem.present >= 0) & (labels != problem.present)
    return round(float(problem.buildings[away].sum()))


def named(problem: Problem, label: Labels, today: NDArray[np.int64]) -> Labels:
    """A division numbered from 0 as one by today's numbers.

    Args:
        today: which of today's grids each grid is; -1: it is new.
    """
    new = np.flatnonzero(today < 0)
    unborne = np.setdiff1d(np.arange(names(problem) + len(new)), today)
    number = today.astype(np.int32)
    number[new] = unborne[: len(new)]
    return number[label]


def numbered(problem: Problem, labels: Labels) -> tuple[Labels, NDArray[np.int64]]:
    """The other way: the same division numbered from 0, and which of today's each grid is.

    A grid that has nothing of the one whose number it bears is new.
    """
    borne, label = np.unique(labels, return_inverse=True)
    going_on = np.isin(borne, labels[labels == problem.present])
    return label.astype(np.int32), np.where(going_on, borne, -1).astype(np.int64)


def as_today(problem: Problem, labels: Labels) -> Labels:
    """The same division with its grids named so that fewest buildings move."""
    count = names(problem)
    stay = np.zeros((count, count), dtype=np.int64)
    known = problem.present >= 0
    buildings = np.rint(problem.buildings[known]).astype(np.int64)
    np.add.at(stay, (labels[known], problem.present[known]), buildings)
    solver = linear_sum_assignment.SimpleLinearSumAssignment()
    for (grid, name), held in np.ndenumerate(stay):
        solver.add_arc_with_cost(grid, name, -int(held))
    solver.solve()
    return np.array([solver.right_mate(grid) for grid in range(count)], dtype=np.int32)[labels]
