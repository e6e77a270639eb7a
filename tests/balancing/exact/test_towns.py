"""Every village of up to 60 units of a measured town: solved to the end, and never worse."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from gridmap.balancing import kernel, search
from gridmap.balancing.exact.bounds import moves_at_least
from gridmap.balancing.exact.finishing import Finished, finish
from gridmap.balancing.exact.naming import moved, named
from gridmap.balancing.exact.reasons import impossible
from gridmap.balancing.exact.solving import moves_bound
from gridmap.balancing.numbering import matched
from gridmap.balancing.problem import Labels, Problem
from tests.balancing.exact.towns import problems

SECONDS = 10.0
Start = tuple[Labels, np.ndarray]


@pytest.fixture(scope="module")
def town(shared_data: Path) -> Mapping[str, Problem]:
    return problems(shared_data / "balance" / "town_20k", most=60)


@pytest.fixture(scope="module")
def found(town: Mapping[str, Problem]) -> Mapping[str, Start]:
    divided = {}
    for village, problem in town.items():
        label = search.divide(problem, "stable", 0).label
        divided[village] = label, matched(problem, label, problem.grids)
    return divided


@pytest.fixture(scope="module")
def finished(town: Mapping[str, Problem], found: Mapping[str, Start]) -> Mapping[str, Finished]:
    return {
        village: finish(problem, *found[village], seconds=SECONDS)
        for village, problem in town.items()
    }


def test_every_small_village_is_solved_to_the_end(
    town: Mapping[str, Problem], finished: Mapping[str, Finished]
) -> None:
    status = [finished[village].solved.status for village in town]
    assert len(status) >= 70
    assert set(status) == {"optimal", "infeasible"}
    assert status.count("optimal") >= 70


def test_the_optimum_is_connected_and_in_range(
    town: Mapping[str, Problem], finished: Mapping[str, Finished]
) -> None:
    for village, problem in town.items():
        done = finished[village]
        assert np.array_equal(np.unique(done.label), np.arange(problem.grids)), village
        assert kernel.parts(problem.contacts, done.label)[0] == problem.grids, village
        if done.solved.status == "optimal":
            assert search.outside(problem, done.label) == 0, village


def test_fewer_buildings_move_than_before_and_as_many_as_the_bounds_allow(
    town: Mapping[str, Problem],
    found: Mapping[str, Start],
    finished: Mapping[str, Finished],
) -> None:
    for village, problem in town.items():
        done = finished[village]
        if done.solved.status == "infeasible":
            continue
        before = moved(problem, named(problem, *found[village]))
        after = away(problem, done.label, done.today)
        assert moves_at_least(problem) <= moves_bound(problem, SECONDS) <= after, village
        assert after == done.solved.value == done.solved.bound, village
        assert after <= before, village


def test_what_is_out_of_range_has_its_proof(
    town: Mapping[str, Problem], finished: Mapping[str, Finished]
) -> None:
    out = {village for village in town if finished[village].solved.status == "infeasible"}
    shown = {village for village, problem in town.items() if impossible(problem)}
    assert shown < out
    for village in out:
        problem, solved = town[village], finished[village].solved
        low, high = problem.size
        loads = np.bincount(finished[village].label, problem.weight)
        outside = (np.maximum(loads - high, 0) + np.maximum(low - loads, 0)).sum()
        assert solved.outside == solved.outside_at_least == pytest.approx(outside), village


def away(problem: Problem, label: Labels, today: np.ndarray) -> int:
    """Counted afresh: how many buildings are in another grid than today's."""
    stays = today[label] == problem.present
    return int(problem.buildings[~stays & (problem.present >= 0)].sum())
