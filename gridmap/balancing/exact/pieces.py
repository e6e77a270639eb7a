"""What hangs together: units that people can reach one another through. Pure."""

from collections.abc import Iterable, Sequence

import numpy as np

from gridmap.balancing.problem import Contacts, Labels

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


def members(labels: Labels) -> list[list[int]]:
    """The units of each grid that has any."""
    return [np.flatnonzero(labels == grid).tolist() for grid in np.unique(labels[labels >= 0])]
