"""The exact solver against every division there is, on villages small enough to try them all."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.balancing.exact.arithmetic import possible_grids
from gridmap.balancing.exact.bounds import moves_at_least
from gridmap.balancing.exact.naming import as_today, moved, named, names, numbered
from gridmap.balancing.exact.reasons import impossible
from gridmap.balancing.exact.solving import Solved, improve, least_outside, moves_bound
from gridmap.balancing.problem import Labels, Problem
from tests.balancing.exact.small import Every, every, row, village, villages

drawn = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def holds(found: Every, labels: Labels) -> int:
    """Where a division stands among all that are allowed."""
    return int(np.flatnonzero((found.labels == labels).all(axis=1))[0])


def starts(problem: Problem) -> st.SearchStrategy[list[int]]:
    """Any labels, good or bad."""
    today = st.integers(-1, names(problem) - 1)
    return st.lists(today, min_size=problem.units, max_size=problem.units)


@drawn
@given(villages(), st.data())
def test_no_division_in_range_moves_fewer(problem: Problem, data: st.DataObject) -> None:
    found = every(problem)
    start = np.array(data.draw(starts(problem)), dtype=np.int32)
    solved = improve(problem, start, seconds=30)
    if not found.ranged.any():
        assert solved.status == "infeasible"
        return
    assert solved.status == "optimal"
    at = holds(found, solved.labels)
    least = found.moves[found.ranged].min()
    assert found.ranged[at]
    assert solved.outside == 0
    assert solved.value == solved.bound == found.moves[at] == least


@drawn
@given(villages())
def test_no_division_leaves_less_weight_outside_of_the_range(problem: Problem) -> None:
    found = every(problem)
    start = np.zeros(problem.units, dtype=np.int32)
    solved = least_outside(problem, start, seconds=30)
    if not len(found.labels):
        assert np.array_equal(solved.labels, start)
        return
    at = holds(found, solved.labels)
    least = found.outside.min()
    assert solved.outside == pytest.approx(least)
    assert solved.outside_at_least == pytest.approx(least)
    assert found.moves[at] == found.moves[found.outside < least + 1e-6].min()


@drawn
@given(villages(), st.data())
def test_no_division_in_range_is_more_even(problem: Problem, data: st.DataObject) -> None:
    found = every(problem)
    start = np.array(data.draw(starts(problem)), dtype=np.int32)
    if found.ranged.any():
        some = data.draw(st.sampled_from(range(int(found.ranged.sum()))))
        start = found.labels[found.ranged][some].astype(np.int32)
    solved = improve(problem, start, seconds=30, objective="even")
    if not found.ranged.any():
        assert solved.status == "infeasible"
        return
    assert solved.status == "optimal"
    assert found.ranged[holds(found, solved.labels)]
    least = found.uneven[found.ranged].min()
    assert solved.value == pytest.approx(least)
    assert solved.bound == pytest.approx(least)


@drawn
@given(villages())
def test_bounds_stay_below_what_is_possible(problem: Problem) -> None:
    found = every(problem)
    least = found.moves[found.ranged].min(initial=np.inf)
    arithmetic, relaxed = moves_at_least(problem), moves_bound(problem, 30)
    assert max(arithmetic, relaxed) <= least
    if found.ranged.any():
        assert arithmetic <= relaxed


@drawn
@given(villages())
def test_what_arithmetic_rules_out_is_not_there(problem: Problem) -> None:
    found = every(problem)
    if impossible(problem):
        assert not found.ranged.any()
    assert found.inside.max(initial=0) <= possible_grids(problem) <= problem.grids


def test_a_division_already_the_best_is_returned_as_it_is() -> None:
    problem = row(200, 150, 150, 250, grids=2, present=[0, 0, 1, 1])
    solved = improve(problem, problem.present, seconds=10)
    assert solved.status == "optimal"
    assert np.array_equal(solved.labels, problem.present)
    assert (solved.value, solved.bound) == (0, 0)


def test_the_solver_chooses_which_of_todays_grids_end() -> None:
    problem = row(100, 100, 100, 90, 90, 90, 90, grids=2, present=[0, 1, 1, 2, 2, 2, 2])
    solved = improve(problem, problem.present, seconds=10)
    assert solved.status == "optimal"
    assert solved.labels.tolist() == [1, 1, 1, 2, 2, 2, 2]
    assert (solved.value, moves_at_least(problem)) == (1, 1)


def test_a_road_through_a_foreign_grid_does_not_connect() -> None:
    # 300 would do for either end, but the middle parts them.
    problem = row(150, 350, 150, grids=2, present=[0, 1, 0])
    solved = improve(problem, problem.present, seconds=10)
    assert solved.status == "infeasible"
    assert solved.outside == 150


def test_a_river_without_a_bridge_divides() -> None:
    bridge = village([200, 200, 150], [(0, 1), (1, 2)], grids=1, present=[0, 0, 0], size=(300, 600))
    river = village(
        [200, 200, 150], [(0, 1)], shut=[(1, 2)], grids=1, present=[0, 0, 0], size=(300, 600)
    )
    assert improve(bridge, bridge.present, seconds=10).status == "optimal"
    assert improve(river, river.present, seconds=10).status == "infeasible"


def test_without_time_the_division_comes_back_with_what_arithmetic_knows() -> None:
    problem = row(*[100] * 9, grids=2, present=[0] * 6 + [1] * 3)
    solved = improve(problem, problem.present, seconds=0)
    assert solved == Solved(problem.present, "as_found", 0, 1, outside=100)


def test_the_same_call_gives_the_same_division() -> None:
    rng = np.random.default_rng(3)
    weight = rng.integers(20, 120, 36).tolist()
    contacts = [(u, u + 1) for u in range(35) if (u + 1) % 6] + [(u, u + 6) for u in range(30)]
    present = [u // 12 for u in range(36)]
    problem = village(weight, contacts, grids=6, present=present)
    one, two = (improve(problem, problem.present, seconds=5, seed=1) for _ in range(2))
    assert np.array_equal(one.labels, two.labels)
    assert (one.status, one.value, one.bound) == (two.status, two.value, two.bound)
    assert one.value == moved(problem, one.labels)


@pytest.mark.parametrize(
    ("weight", "status"),
    [(500, "optimal"), (501, "infeasible"), (300, "optimal"), (299, "infeasible")],
)
def test_the_limits_belong_to_the_range(weight: float, status: str) -> None:
    problem = row(weight - 100, 100, grids=1)
    assert improve(problem, problem.present, seconds=10).status == status
    assert (impossible(problem) is None) == (status == "optimal")


def test_a_grid_that_is_too_full_may_be_the_one_that_ends() -> None:
    problem = row(
        *[66, 67, 67], *[260, 260], *[66, 67, 67], grids=2, present=[0, 0, 0, 1, 1, 2, 2, 2]
    )
    assert improve(problem, problem.present, seconds=10).value == 2
    assert moves_at_least(problem) == 2


def test_an_even_division_bears_the_names_that_move_fewest() -> None:
    problem = row(*[100] * 8, grids=2, present=[1, 1, 1, 0, 0, 0, 0, 0])
    assert as_today(problem, np.array([0, 0, 0, 0, 1, 1, 1, 1])).tolist() == [1] * 4 + [0] * 4
    solved = improve(problem, problem.present, seconds=10, objective="even")
    assert (solved.value, solved.labels.tolist()) == (0, [1] * 4 + [0] * 4)


def test_a_numbered_division_gets_todays_numbers_and_back() -> None:
    problem = row(100, 100, 100, 100, grids=3, present=[0, 0, 1, 1])
    label, today = np.array([0, 1, 1, 2], dtype=np.int32), np.array([0, -1, 1])
    labels = named(problem, label, today)
    assert labels.tolist() == [0, 2, 2, 1]
    again, which = numbered(problem, labels)
    assert named(problem, again, which).tolist() == labels.tolist()
    assert which.tolist() == [0, 1, -1]
    problem = row(100, 100, 100, 100, grids=2, present=[0, 0, 1, 2])
    label, today = numbered(problem, np.array([0, 0, 0, 1], dtype=np.int32))
    assert (label.tolist(), today.tolist()) == ([0, 0, 0, 1], [0, -1])
