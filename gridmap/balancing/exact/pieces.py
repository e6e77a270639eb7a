"""What hangs together: units that people can reach one another through. Pure."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from gridmap.balancing.problem import Contacts, Labels, Problem

Neighbours = Sequence[Sequence[int]]
"""The units that each unit has an open contact to, ascending."""


def neighbours(contacts: Contacts) -> Neighbours:
    """Who can be reached from each unit over open contacts, by unit."""
    near = np.repeat(np.arange(len(contacts.start) - 1), np.diff(contacts.start))
    near, other = near[contacts.open], contacts.other[contacts.open]
    cuts = np.searchsorted(near, np.arange(1, len(contacts.start) - 1))
    return [sorted(set(part.tolist())) for part in np.split(other, cuts)]


def pieces(units: Iterable[int], near: Neighbours) -> list[list[int]]:
    """The connected parts of some units, in the order of their first unit; units ascend in each."""
    left = set(units)
    found = []
    for unit in sorted(left):
        if unit not in left:
            continue
        left.discard(unit)
        piece = [unit]
        for reached in piece:
            for other in near[reached]:
                if other in left:
                    left.discard(other)
                    piece.append(other)
        found.append(sorted(piece))
    return found


def border(piece: Iterable[int], near: Neighbours) -> list[int]:
    """The units just outside of a piece: whoever leaves it must pass through one of them."""
    inside = set(piece)
    return sorted({other for unit in inside for other in near[unit]} - inside)


def members(labels: Labels, grids: int) -> list[list[int]]:
    """The units of each grid."""
    return [np.flatnonzero(labels == grid).tolist() for grid in range(grids)]


def connected(problem: Problem, labels: Labels) -> bool:
    """Whether every grid is in one piece, and none is empty."""
    near = neighbours(problem.contacts)
    return all(len(pieces(units, near)) == 1 for units in members(labels, problem.grids))


def closed(problem: Problem) -> NDArray[np.bool_]:
    """Which grids are kept exactly as they are: all that they hold today is locked to them."""
    kept = problem.locked >= 0
    held = np.bincount(problem.locked[kept], minlength=problem.grids)[: problem.grids]
    today = problem.present >= 0
    stays = today & (problem.locked == problem.present)
    here = np.bincount(problem.present[today], minlength=problem.grids)[: problem.grids]
    same = np.bincount(problem.present[stays], minlength=problem.grids)[: problem.grids]
    return np.asarray((held > 0) & (here == same) & (held == same))
