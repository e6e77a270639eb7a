"""One village from its units to a division: what is locked, what is searched, what is proven."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from gridmap.balancing.cells import Units
from gridmap.balancing.exact import (
    Statement,
    Words,
    ended_buildings,
    exception,
    finish,
    impossible,
    moves_at_least,
    named,
)
from gridmap.balancing.kernel import parts
from gridmap.balancing.numbering import matched
from gridmap.balancing.problem import Contacts, Floats, Labels, Problem, summed
from gridmap.balancing.search import Found, Mode, divide, outside
from gridmap.balancing.villages import Size, grids_for, problem_of, todays
from gridmap.errors import CallError

EXACT_UNITS = 60
"""Villages of so many units are finished by the exact solver."""

PROOF_S = 2.0
"""How long it is tried to prove that a village cannot be in range."""


@dataclass(frozen=True)
class Wishes:
    """What is wanted of every village.

    Attributes:
        sizes: of each village.
        codes: of today's grids.
        counts: how many grids, by village; those that are missing get as many as fit.
        locked: which of today's grids stay as they are (positions in the codes).
        capacity: of each of today's grids; empty: all alike.
        facilities: float64 (units, kinds).
    """

    sizes: list[Size]
    codes: Sequence[str]
    counts: Mapping[int, int]
    mode: Mode
    seed: int
    locked: NDArray[np.int64]
    capacity: Floats
    facilities: Floats
    prove_s: float
    words: Words


@dataclass(frozen=True)
class Divided:
    """The division of one village.

    Attributes:
        label: the grid of each unit, from 0.
        today: which of today's grids (a position in the codes) each grid continues; -1: new.
        possible: whether arithmetic allows that every grid is in range.
        at_least: so many buildings must change in any division in range.
        optimal: whether it is proven that no fewer can.
    """

    label: Labels
    today: NDArray[np.int64]
    possible: bool
    at_least: int
    optimal: bool
    exceptional: Statement | None


def divide_village(units: Units, village: int, name: str, wishes: Wishes) -> Divided:
    """The best division of one village that is found.

    Raises:
        CallError: more grids are wanted than there are units, or fewer than are locked.
    """
    size = wishes.sizes[village]
    whole = problem_of(units, village, size)
    known = todays(units, village).astype(np.int64)
    kept = np.isin(known, wishes.locked)
    fixed = np.append(kept, False)[whole.present]  # -1, in no grid, is the last
    label = np.where(fixed, np.append(np.cumsum(kept) - 1, 0)[whole.present], -1).astype(np.int32)
    loads = np.bincount(label[fixed], whole.weight[fixed], int(kept.sum())).tolist()
    held = {wishes.codes[at]: load for at, load in zip(known[kept], loads, strict=True)}
    if fixed.all():
        return _all_kept(replace(whole, grids=len(held)), name, wishes, label, known[kept], held)
    here = slice(int(units.bounds[village]), int(units.bounds[village + 1]))
    left = known[~kept]
    problem = replace(
        part_of(whole, ~fixed),
        facilities=wishes.facilities[here][~fixed],
        capacity=wishes.capacity[left] if len(wishes.capacity) else wishes.capacity,
    )
    wanted = wishes.counts.get(village)
    grids = _grids(problem, name, len(left), None if wanted is None else wanted - int(kept.sum()))
    problem = replace(problem, grids=grids)
    solved = _solved(problem, units.leaving[here][~fixed], name, wishes, held)
    label[~fixed] = solved.label + int(kept.sum())
    torn = int(units.torn[here].sum())
    new = np.where(solved.today >= 0, left[np.maximum(solved.today, 0)] if len(left) else -1, -1)
    return replace(
        solved, label=label, today=np.append(known[kept], new),
        at_least=solved.at_least + torn,
        optimal=solved.optimal and not torn,
    )  # fmt: skip


def _all_kept(
    problem: Problem,
    name: str,
    wishes: Wishes,
    label: Labels,
    today: NDArray[np.int64],
    held: Mapping[str, float],
) -> Divided:
    """A village whose grids are all locked."""
    told = None
    if outside(replace(problem, capacity=np.ones(0)), label):
        reason = impossible(problem, wishes.words, kept=held)
        told = exception(name, problem, label, reason, None, wishes.words)
    return Divided(label, today, told is None, 0, True, told)


def part_of(problem: Problem, chosen: NDArray[np.bool_]) -> Problem:
    """The problem of some units alone; what they border on of the rest counts as outline."""
    contacts = problem.contacts
    owner = np.repeat(np.arange(problem.units), np.diff(contacts.start))
    inner = chosen[owner] & chosen[contacts.other]
    edge = chosen[owner] & ~chosen[contacts.other]
    outline = problem.outline_m + summed(owner[edge], contacts.length_m[edge], problem.units)
    number = np.cumsum(chosen) - 1
    start = np.append(0, np.cumsum(np.bincount(number[owner[inner]], minlength=int(chosen.sum()))))
    known, present = np.unique(problem.present[chosen], return_inverse=True)
    return replace(
        problem, weight=problem.weight[chosen], households=problem.households[chosen],
        buildings=problem.buildings[chosen], area_m2=problem.area_m2[chosen],
        outline_m=outline[chosen],
        contacts=Contacts(
            start.astype(np.int64), number[contacts.other[inner]].astype(np.int32),
            contacts.length_m[inner], contacts.cost_m[inner], contacts.open[inner],
        ),
        present=(present - int((known < 0).any())).astype(np.int32),
    )  # fmt: skip


def _grids(problem: Problem, name: str, today: int, wanted: int | None) -> int:
    """How many grids: as many as are wanted, else as fit; at least one for every island."""
    apart, _ = parts(problem.contacts)
    if wanted is None:
        weight = float(problem.weight.sum() / max(_mean(problem.capacity), 1e-9))
        return min(max(grids_for(weight, today, problem.size), apart), problem.units)
    if not apart <= wanted <= problem.units:
        raise CallError(
            f"{name} 除锁定的外要分成 {wanted} 格：有 {apart} 片互不相连、{problem.units} 个不可分"
            f"的单元，只能分 {apart} 到 {problem.units} 格",
            f"{name} is to have {wanted} grids besides the locked ones: with {apart} parts that do"
            f" not touch and {problem.units} units it can have {apart} to {problem.units}",
        )
    return wanted


def _mean(capacity: Floats) -> float:
    return float(capacity.mean()) if len(capacity) else 1.0


def _solved(
    problem: Problem, leaving: Floats, name: str, wishes: Wishes, kept: Mapping[str, float]
) -> Divided:
    # What a compound that is torn today costs is counted as the least that it may.
    surely = replace(problem, buildings=leaving)
    found = divide(problem, wishes.mode, wishes.seed)
    label, today = found.label, _continued(problem, found)
    reason = impossible(problem, wishes.words)
    seconds = _seconds(problem, found.outside > 0 and reason is None, wishes)
    solved, at_least = None, moves_at_least(surely)
    if seconds:
        finished = finish(surely, label, today, seconds=seconds, seed=wishes.seed)
        label, today, solved = finished.label, finished.today, finished.solved
        at_least = max(at_least, ceil(solved.bound - 1e-9))
    told, locks = None, impossible(problem, wishes.words, kept=kept) if kept else None
    if outside(problem, label) or locks is not None:
        why, mine = locks or reason, named(problem, label, today)
        told = exception(name, problem, mine, why, solved, wishes.words)
    if outside(problem, label):
        at_least = ended_buildings(surely)
    optimal = solved is not None and solved.status == "optimal"
    return Divided(label, today, reason is None, at_least, optimal, told)


def _continued(problem: Problem, found: Found) -> NDArray[np.int64]:
    """Which of today's grids each grid is: those that it was searched as, if they have officers."""
    if not len(problem.capacity):
        return matched(problem, found.label, problem.grids)
    today = np.full(problem.grids, -1, dtype=np.int64)
    stays = (found.present >= 0) & (found.present < problem.grids)
    today[found.present[stays]] = problem.present[stays]
    return today


def _seconds(problem: Problem, unexplained: bool, wishes: Wishes) -> float:
    """How long the exact solver gets."""
    # The solver takes all grids as alike.
    if problem.units > EXACT_UNITS or len(problem.capacity):
        return 0.0
    finishing = wishes.prove_s if wishes.mode == "stable" else 0.0
    return max(finishing, PROOF_S if unexplained else 0.0)
