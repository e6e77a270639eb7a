"""What the report says of bounds and exceptions, in words and numbers. Pure."""

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np

from gridmap.balancing.exact import arithmetic
from gridmap.balancing.exact.reasons import Reason
from gridmap.balancing.exact.solving import Solved
from gridmap.balancing.exact.words import HOUSEHOLDS, Text, Words, grids, number
from gridmap.balancing.problem import Labels, Problem


@dataclass(frozen=True)
class Best:
    """The division that is proposed where not every grid can be in range.

    outside: the weight above or below the range, all grids together; loads: of each grid.
    """

    grids: int
    in_range: int
    outside: float
    loads: tuple[float, ...]


@dataclass(frozen=True)
class Statement:
    """Why a village has grids out of range: shown by arithmetic, by the solver, or not at all."""

    village: str
    kind: Literal["arithmetic", "proven", "not_proven"]
    zh: str
    en: str
    best: Best


def exception(
    village: str,
    problem: Problem,
    labels: Labels,
    reason: Reason | None,
    solved: Solved | None,
    words: Words = HOUSEHOLDS,
) -> Statement:
    """What is said of a village whose division has grids out of range.

    Args:
        labels: the division that is proposed; of an `infeasible` one, what the solver returned.
        reason: what `impossible` says; solved: what `improve` or `least_outside` does, if asked.
    """
    best = best_of(problem, labels)
    if reason is not None:
        text = Text(reason.zh, reason.en)
        kind: Literal["arithmetic", "proven", "not_proven"] = "arithmetic"
    elif solved is not None and solved.status == "infeasible":
        text, kind = _proven(problem, words), "proven"
    else:
        text, kind = _open(problem, solved is not None, words), "not_proven"
    least = solved.outside_at_least if kind == "proven" and solved is not None else None
    text = text.then(_best(best, least, words))
    return Statement(village, kind, text.zh, text.en, best)


def best_of(problem: Problem, labels: Labels) -> Best:
    """The figures of a division."""
    loads = arithmetic.loads(problem, labels)
    off = arithmetic.outside(loads, problem.size)
    return Best(len(loads), int((off == 0).sum()), float(np.abs(off).sum()), tuple(loads.tolist()))


def moves_told(buildings: float, at_least: float) -> Text:
    """How many buildings move, and how many had to."""
    count, least = round(buildings), ceil(at_least - 1e-9)
    if not count:
        return Text("没有楼栋调整", "no building moved")
    one = "1 building moved" if count == 1 else f"{count} buildings moved"
    if least >= count:
        return Text(f"{count} 栋调整，不能更少", f"{one}, fewer are impossible")
    return Text(f"{count} 栋调整，至少需要 {least} 栋", f"{one}, at least {least} needed")


def evenness_told(solved: Solved, wanted: float) -> Text:
    """Whether every grid can be so near to the target: shares, such as 0.05 for ±5 %.

    `solved` is what `improve(…, objective="even")` returned for a village that can be in range.
    """
    best, least, share = (f"{100 * part:.1f}" for part in (solved.value, solved.bound, wanted))
    exact = solved.status == "optimal"
    if solved.bound > wanted and exact:
        return Text(
            f"偏差不可能都在 ±{share}% 以内：最好的是 {best}%",
            f"±{share} % is impossible: the optimum is {best} %",
        )
    if solved.bound > wanted:
        return Text(
            f"偏差不可能都在 ±{share}% 以内：至少 {least}%，本方案 {best}%",
            f"±{share} % is impossible: at least {least} %, this division has {best} %",
        )
    if exact:
        return Text(f"最大偏差 {best}%，不能更小", f"largest deviation {best} %, the optimum")
    return Text(
        f"最大偏差 {best}%，至少 {least}%", f"largest deviation {best} %, at least {least} %"
    )


def _range(problem: Problem, words: Words) -> tuple[str, str]:
    low, high = map(number, problem.size)
    return f"{low}–{high} {words.zh}", f"{low}–{high} {words.en}"


def _proven(problem: Problem, words: Words) -> Text:
    zh, en = _range(problem, words)
    return Text(
        f"求解器（OR-tools CP-SAT）已证明：分成 {problem.grids} 格时，"
        f"没有一种划分能使每格连成一片、又都在 {zh}之间。",
        f"Proven by a solver (OR-tools CP-SAT): no division into {grids(problem.grids)} has all of "
        f"them connected and of {en}.",
    )


def _open(problem: Problem, asked: bool, words: Words) -> Text:
    zh, en = _range(problem, words)
    return Text(
        f"没有找到每格都在 {zh}之间的划分；"
        + ("求解器在限定时间内也未能证明不存在。" if asked else "未做证明。"),
        f"No division with all grids of {en} was found; "
        + ("the solver did not prove in its time that there is none." if asked else "no proof."),
    )


def _best(best: Best, least: float | None, words: Words) -> Text:
    zh, en = words.load(best.outside)
    text = Text(
        f"本方案分 {best.grids} 格，{best.in_range} 格在范围内，超出或不足共 {zh}",
        f"This division: {grids(best.grids)}, {best.in_range} in range, {en} outside in all",
    )
    if least is None:
        return Text(text.zh + "。", text.en + ".")
    if best.outside <= least + arithmetic.CLOSE:
        return Text(text.zh + "，已证明不能更少。", text.en + ", proven to be the least.")
    floor_zh, floor_en = words.load(least)
    return Text(f"{text.zh}，至少 {floor_zh}。", f"{text.en}, at least {floor_en}.")
