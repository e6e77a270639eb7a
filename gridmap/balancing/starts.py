"""Divisions to begin with: today's grids, mended; or the village cut anew. Pure."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridmap.balancing.kernel import Energy, Search, parts
from gridmap.balancing.problem import Labels, Problem, summed

PLAIN = Energy(range=0, balance=1, shape=0, border=1, household=0, building=0)
"""What matters while a village is cut for a start."""


def cut_anew(problem: Problem, seed: int) -> tuple[Problem, Labels]:
    """A division by random trees alone: halves, and halves of the halves.

    Every island gets at least one grid; `problem.grids` is at least their number.

    Returns:
        The problem with nothing known of today, and the grid of each unit.
    """
    count, island = parts(problem.contacts)
    share = _shared_out(summed(island, problem.weight, count), problem.grids)
    search = Search(problem, PLAIN, island.copy(), seed)
    new = count
    waiting = [(part, int(grids)) for part, grids in enumerate(share)]
    while waiting:
        grid, grids = waiting.pop()
        half = grids // 2
        if half and search.split(grid, new, half / grids):
            waiting += [(grid, grids - half), (new, half)]
            new += 1
    label = _brought_to(problem, search.label, seed)
    nothing = np.full(problem.units, -1, np.int32)
    return replace(problem, present=nothing, capacity=np.ones(0)), label


def _shared_out(weight: NDArray[np.float64], grids: int) -> NDArray[np.int64]:
    """How many grids each part gets: at least one, the rest where a grid would be the heaviest."""
    share = np.ones(len(weight), dtype=np.int64)
    for _ in range(grids - len(weight)):
        share[np.argmax(weight / share)] += 1
    return share


def from_today(problem: Problem, whole: Labels, seed: int) -> tuple[Problem, Labels]:
    """Today's grids, as many as are wanted: some end, or the heaviest are split.

    Args:
        whole: today's grids in one piece each, as `mended` makes them.

    Returns:
        The problem with today's grids numbered as they are in the division (those that end have
        the number `problem.grids`), and the grid of each unit.
    """
    before = int(problem.present.max(initial=-1)) + 1
    label = _brought_to(problem, whole, seed)
    grids = np.unique(label)
    number = np.full(max(int(grids[-1]) + 1, before) + 1, len(grids), dtype=np.int32)
    number[grids] = np.arange(len(grids), dtype=np.int32)
    present = np.where(problem.present >= 0, number[problem.present], -1).astype(np.int32)
    capacity = np.ones(len(grids))
    known = grids < len(problem.capacity)
    capacity[known] = problem.capacity[grids[known]]
    return replace(problem, present=present, capacity=capacity), number[label]


def mended(problem: Problem) -> Labels:
    """Each of today's grids reduced to its heaviest piece; what is left goes to the neighbour that
    it borders on most, and what borders on nothing becomes a grid of its own."""
    label = problem.present.copy()
    count, part = parts(problem.contacts, label)
    weight = summed(part, problem.weight + 1e-9, count)
    grid = np.empty(count, dtype=np.int32)
    grid[part] = label
    heaviest = np.full(int(label.max(initial=0)) + 1, -1)
    for piece in np.argsort(weight, kind="stable"):
        if grid[piece] >= 0:
            heaviest[grid[piece]] = piece
    label[~np.isin(part, heaviest)] = -1
    while (label < 0).any():
        if not _annex(problem, label):
            _, pieces = parts(problem.contacts, label)
            lost = pieces[np.flatnonzero(label < 0)[0]]
            label[pieces == lost] = label.max() + 1
    return label


def _annex(problem: Problem, label: Labels) -> bool:
    """Every unit without a grid that borders on one joins it; False: there is none."""
    contacts = problem.contacts
    owner = np.repeat(np.arange(problem.units), np.diff(contacts.start))
    rim = (label[owner] < 0) & (label[contacts.other] >= 0) & contacts.open
    order = np.argsort(contacts.length_m[rim], kind="stable")
    label[owner[rim][order]] = label[contacts.other[rim][order]]
    return bool(rim.any())


def _brought_to(problem: Problem, label: Labels, seed: int) -> Labels:
    """As many grids as are wanted, or as come nearest to it."""
    grids, rng = np.unique(label), np.random.default_rng(seed)
    while len(grids) > problem.grids and (pair := _pair_to_join(problem, label, rng)):
        label = np.where(label == pair[0], pair[1], label).astype(np.int32)
        grids = np.unique(label)
    wide = replace(problem, grids=int(label.max()) + 1 + problem.grids)
    search = Search(wide, PLAIN, label, seed)
    count = np.bincount(search.label, minlength=wide.grids)
    for _ in range(problem.grids - len(grids)):
        weight = summed(search.label, problem.weight, wide.grids)
        heaviest = int(np.argmax(np.where(count > 1, weight, -1.0)))
        if count[heaviest] < 2 or not search.split(heaviest, int(search.label.max()) + 1, 0.5):
            break
        count = np.bincount(search.label, minlength=wide.grids)
    return search.label


def _pair_to_join(
    problem: Problem, label: Labels, rng: np.random.Generator
) -> tuple[int, int] | None:
    """A grid that ends, and the lightest of those it borders on; None: no two grids touch.

    Whoever is in a grid that ends gets another officer, so that one with few buildings and
    households ends; not always the one with fewest, for another may leave the others better off.
    """
    contacts = problem.contacts
    owner = np.repeat(np.arange(problem.units), np.diff(contacts.start))
    apart = (label[owner] != label[contacts.other]) & contacts.open
    if not apart.any():
        return None
    count = int(label.max()) + 1
    share = problem.buildings / problem.buildings.mean()
    share = share + problem.households / max(float(problem.households.mean()), 1e-9)
    lost = summed(label, share * (label == problem.present), count)
    lost *= 1 + rng.exponential(0.3, count)
    weight = summed(label, problem.weight, count)
    one, other = label[owner[apart]], label[contacts.other[apart]]
    best = np.lexsort((weight[other], lost[one]))[0]
    return int(one[best]), int(other[best])
