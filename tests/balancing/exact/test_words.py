"""Impossible villages told in words and numbers, with the best there is beside them."""

import numpy as np
import pytest

from gridmap.balancing.exact.arithmetic import counts, possible_grids
from gridmap.balancing.exact.proof import evenness_told, exception, moves_told
from gridmap.balancing.exact.reasons import Reason, impossible
from gridmap.balancing.exact.solving import improve
from gridmap.balancing.exact.words import Words
from gridmap.balancing.problem import Problem
from tests.balancing.exact.small import row, village


def told(problem: Problem) -> Reason:
    reason = impossible(problem)
    assert reason is not None
    return reason


def test_550_households_are_too_many_for_one_grid_and_too_few_for_two() -> None:
    reason = told(row(*[50] * 11, grids=1))
    assert reason.kind == "total"
    assert reason.zh == (
        "共 550 户：1 格最多 500 户，2 格最少 600 户，分几格都不行。"
        "最好的结果：分 1 格，超出 50 户，或分 2 格，缺 50 户。"
    )
    assert reason.en == (
        "550 households: at most 500 households in 1 grid, at least 600 households in 2 grids. "
        "Best possible: 1 grid, 50 households above, or 2 grids, 50 households short."
    )


def test_a_village_with_less_than_a_grid_says_what_it_lacks() -> None:
    reason = told(row(100, 115, grids=1))
    assert (reason.kind, reason.zh) == (
        "total",
        "共 215 户，不够一格最少的 300 户。最好的结果：分 1 格，缺 85 户。",
    )


def test_a_tower_of_900_is_above_the_limit_alone() -> None:
    problem = row(400, 900, 400, grids=4, buildings=[1, 1, 1])
    reason = told(problem)
    assert reason.kind == "unit"
    assert reason.zh == (
        "有一处不可拆分的楼栋或小区（1 栋）有 900 户，超过一格最多的 500 户。"
        "最好的结果：它自成一格，超出 400 户。"
    )
    assert possible_grids(problem) == 2


def test_two_big_compounds_that_share_no_grid_leave_too_little() -> None:
    reason = told(row(450, 450, 110, grids=3))
    assert reason.kind == "unit"
    assert "至少要分 3 格，这样最少要 1200 户，而一共只有 1010 户" in reason.zh
    assert "3 grids are needed and those need 1200 households or more" in reason.en


def test_an_island_of_120_must_be_a_grid_of_its_own() -> None:
    problem = village(
        [200, 200, 60, 60], [(0, 1), (2, 3)], shut=[(1, 2)], grids=2, present=[0, 0, 1, 1]
    )
    reason = told(problem)
    assert reason.kind == "island"
    assert "分成 2 片" in reason.zh
    assert "其中一片有 120 户" in reason.zh
    assert "不够一格最少的 300 户" in reason.zh
    assert possible_grids(problem) == 1


@pytest.mark.parametrize(
    ("wanted", "zh"),
    [
        (1, "要求分 1 格，但 900 户只能分成 2–3 格。分 1 格的最好结果：超出 400 户。"),
        (4, "要求分 4 格，但 900 户只能分成 2–3 格。分 4 格的最好结果：缺 300 户。"),
    ],
)
def test_a_wrong_number_of_grids_is_told_with_the_right_ones(wanted: int, zh: str) -> None:
    reason = told(row(*[100] * 9, grids=wanted))
    assert (reason.kind, reason.zh) == ("number", zh)


def test_locks_that_leave_it_impossible_are_named() -> None:
    rest = row(*[100] * 5, grids=1)
    assert impossible(rest, kept={"007": 400}) is None
    alone = impossible(rest, kept={"007": 620})
    assert alone is not None
    assert alone.zh == "锁定的网格 007 有 620 户，超出 120 户；不解除锁定就无法调整。"
    left = impossible(row(*[110] * 5, grids=1), kept={"007": 350, "008": 400})
    assert left is not None
    assert left.kind == "locks"
    assert left.zh.startswith("锁定了 2 格（共 750 户），对其余部分来说：共 550 户：")


def test_another_workload_bears_its_own_name() -> None:
    reason = impossible(row(100.25, 115, grids=1), Words("点工作量", "points"))
    assert reason is not None
    assert "共 215.25 点工作量" in reason.zh
    assert "215.25 points" in reason.en


def test_counts_are_those_that_the_weights_can_make() -> None:
    assert counts(np.array([100.0] * 9), (300, 500)) == range(2, 4)
    assert counts(np.array([100.0] * 9), (0, 500)) == range(2, 10)
    assert not counts(np.array([600.0, 300.0]), (300, 500))


def test_what_only_the_solver_can_show_is_said_to_be_proven() -> None:
    problem = row(150, 350, 150, grids=2, present=[0, 1, 0])
    assert impossible(problem) is None
    solved = improve(problem, problem.present, seconds=10)
    said = exception("140929100201", problem, solved.labels, None, solved)
    assert said.kind == "proven"
    assert said.zh == (
        "求解器（OR-tools CP-SAT）已证明：分成 2 格时，没有一种划分能使每格连成一片、又都在 "
        "300–500 户之间。本方案分 2 格，1 格在范围内，超出或不足共 150 户，已证明不能更少。"
    )
    assert said.en.endswith(
        "2 grids, 1 in range, 150 households outside in all, proven to be the least."
    )
    assert (said.best.grids, said.best.in_range, said.best.outside) == (2, 1, 150)
    assert sorted(said.best.loads) == [150, 500]


def test_what_nobody_proved_is_said_to_be_open() -> None:
    problem = row(150, 350, 150, grids=2, present=[0, 1, 0])
    said = exception("140929100201", problem, np.array([0, 1, 1]), None, None)
    assert said.kind == "not_proven"
    assert said.zh.startswith("没有找到每格都在 300–500 户之间的划分；未做证明。")


def test_arithmetic_is_told_with_the_figures_of_the_division() -> None:
    problem = row(*[50] * 11, grids=1)
    said = exception("140929100201", problem, problem.present, impossible(problem), None)
    assert said.kind == "arithmetic"
    assert said.zh.startswith("共 550 户")
    assert said.zh.endswith("本方案分 1 格，0 格在范围内，超出或不足共 50 户。")


def test_moves_are_told_with_their_bound() -> None:
    assert moves_told(3, 2).zh == "3 栋调整，至少需要 2 栋"
    assert moves_told(3, 2).en == "3 buildings moved, at least 2 needed"
    assert moves_told(3, 3).zh == "3 栋调整，不能更少"
    assert moves_told(0, 0).en == "no building moved"


def test_five_percent_is_impossible_where_the_optimum_is_more() -> None:
    problem = row(200, 150, 150, 150, grids=2, present=[0, 0, 1, 1])
    solved = improve(problem, problem.present, seconds=10, objective="even")
    assert evenness_told(solved, 0.05).zh == "偏差不可能都在 ±5.0% 以内：最好的是 7.7%"
    assert evenness_told(solved, 0.2).en == "largest deviation 7.7 %, the optimum"
