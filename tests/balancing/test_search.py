"""The compiled search: its energy is the one that is told, and no division gets worse by it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.balancing.kernel import Energy, Search, parts
from gridmap.balancing.problem import Labels, Problem
from gridmap.balancing.search import MODES, RECIPES, Mode, divide, outside
from gridmap.balancing.starts import cut_anew, from_today, mended
from tests.balancing.lattice import problem

problems = st.builds(
    problem,
    seed=st.integers(0, 10_000),
    columns=st.integers(3, 12),
    rows=st.integers(2, 9),
    compounds=st.booleans(),
    present=st.booleans(),
    kinds=st.integers(0, 3),
    officers=st.booleans(),
)
energies = st.builds(Energy, *[st.floats(0, 20) for _ in range(6)], lacking=st.floats(0, 2))


def told(there: Problem, energy: Energy, label: Labels) -> float:
    """The energy as the head of `_search.c` tells it, in plain Python."""
    low, high = there.size
    side_m = np.sqrt(there.area_m2.sum() / there.grids)
    total, contacts = 0.0, there.contacts
    for grid in range(there.grids):
        mine = label == grid
        load = there.weight[mine].sum() / there.capacities[grid]
        beyond = max(low - load, load - high)
        if beyond > 0:
            total += energy.range * (0.15 + beyond / there.target)
        total += energy.balance * (load / there.target - 1) ** 2
        around = there.outline_m[mine].sum() + sum(
            contacts.length_m[at]
            for unit in np.flatnonzero(mine)
            for at in range(contacts.start[unit], contacts.start[unit + 1])
            if not mine[contacts.other[at]]
        )
        total += energy.shape * around**2 / (4 * np.pi * there.area_m2[mine].sum())
        total += energy.lacking * (there.facilities[mine].sum(axis=0) == 0).sum()
    owner = np.repeat(np.arange(there.units), np.diff(contacts.start))
    cut = label[owner] < label[contacts.other]
    total += energy.border * contacts.cost_m[cut].sum() / side_m
    away = (there.present >= 0) & (label != there.present)
    for weight, values in (
        (energy.household, there.households),
        (energy.building, there.buildings),
    ):
        total += weight * values[away].sum() / (values.sum() / there.grids)
    return float(total)


@settings(max_examples=60, deadline=None)
@given(problems, energies, st.integers(0, 2**32))
def test_the_energy_is_the_one_that_is_told_before_and_after(
    there: Problem, energy: Energy, seed: int
) -> None:
    there, label = from_today(there, mended(there), seed)
    search = Search(there, energy, label, seed)
    before = search.measured()
    assert before == pytest.approx(told(there, energy, label), rel=1e-9, abs=1e-9)
    after = search.anneal(1.0, 0.01, 40 * there.units, trees=0.05, swaps=0.3, bias=1.0)
    assert after == pytest.approx(told(there, energy, search.label), rel=1e-9, abs=1e-9)
    assert after <= before + 1e-9
    quenched = search.quench()
    assert quenched <= after + 1e-9
    assert quenched == pytest.approx(told(there, energy, search.label), rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(problems, st.sampled_from(MODES), st.integers(0, 1000))
def test_every_grid_is_in_one_piece_and_none_is_empty(
    there: Problem, mode: Mode, seed: int
) -> None:
    found = divide(there, mode, seed)
    assert set(found.label.tolist()) == set(range(there.grids))
    assert parts(there.contacts, found.label)[0] == there.grids
    if not len(there.capacity):  # else the numbers of the grids are not today's
        assert found.outside == outside(there, found.label)


@settings(max_examples=30, deadline=None)
@given(problems, st.sampled_from(MODES), st.integers(0, 1000))
def test_a_division_is_no_worse_than_what_it_began_with(
    there: Problem, mode: Mode, seed: int
) -> None:
    energy = RECIPES[mode].energy
    known = (there.present >= 0).any()
    start, label = from_today(there, mended(there), seed) if known else cut_anew(there, seed)
    began = Search(start, energy, label.copy(), seed).measured()
    found = divide(there, mode, seed)
    assert found.energy <= began + 1e-9 or found.outside < outside(start, label)
    if outside(start, label) == 0:
        assert found.outside == 0


@settings(max_examples=40, deadline=None)
@given(problems, st.integers(0, 1000))
def test_both_starts_have_as_many_whole_grids_as_are_wanted(there: Problem, seed: int) -> None:
    for start, label in (from_today(there, mended(there), seed), cut_anew(there, seed)):
        assert np.array_equal(np.unique(label), np.arange(there.grids))
        assert parts(there.contacts, label)[0] == there.grids
        assert start.units == there.units


def test_a_start_keeps_what_is_whole_today_and_gives_strays_to_a_neighbour() -> None:
    there = problem(5, 8, 6, compounds=False, present=True, kinds=0, officers=False)
    whole = replace(there, grids=int(there.present.max()) + 1)
    same, label = from_today(whole, mended(whole), 0)
    assert np.array_equal(label, same.present)
    stray = there.present.copy()
    stray[-1] = stray[0]  # a unit in the far corner that belongs to the first grid
    torn = replace(there, present=stray, grids=int(stray.max()) + 1)
    label = mended(torn)
    assert label[-1] != label[0]
    assert np.array_equal(label[:-1], label[:-1][there.present[:-1] == there.present[:-1]])
