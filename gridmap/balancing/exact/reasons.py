"""Why arithmetic rules out a division in range, in words and numbers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gridmap.balancing.exact import arithmetic
from gridmap.balancing.exact.arithmetic import CLOSE, Part
from gridmap.balancing.exact.words import HOUSEHOLDS, Text, Words, grids, number, off, span
from gridmap.balancing.problem import Problem

Kind = Literal["total", "unit", "island", "number", "locks"]


@dataclass(frozen=True)
class Reason:
    """Why no division puts every grid in range.

    kind: the whole weight suits no number of grids; a unit is too heavy; an island must be a
    division of its own; the number of grids asked for is wrong; or only the locks forbid it.
    """

    kind: Kind
    zh: str
    en: str


def impossible(
    problem: Problem, words: Words = HOUSEHOLDS, kept: Mapping[str, float] | None = None
) -> Reason | None:
    """What arithmetic says against every division of the village in range, and what is the best.

    None does not mean that there is one: borders may still forbid it, which only a solver tells.

    Args:
        problem: the village without the grids that are kept as they are.
        kept: the weight of each of those, by code.
    """
    for code, load in (kept or {}).items():
        gap = float(arithmetic.outside(np.array([load]), problem.size)[0])
        if gap:
            return _told("locks", _locked(code, load, gap, words))
    found = _against(problem, arithmetic.parts(problem), problem.grids, words)
    if found is None or not kept:
        return found
    zh, en = words.load(sum(kept.values()))
    return Reason(
        "locks",
        f"锁定了 {len(kept)} 格（共 {zh}），对其余部分来说：{found.zh}",
        f"{grids(len(kept))} ({en}) are locked; of the rest: {found.en}",
    )


def _against(problem: Problem, found: list[Part], wanted: int, words: Words) -> Reason | None:
    """What speaks against dividing these parts into so many grids."""
    for part in found:
        if not part.counts:
            kind, text = _undivided(problem, part, words)
            if len(found) > 1 and kind == "total":
                return _told("island", _island(len(found), part, words).then(text))
            return _told(kind, text)
    fewest = sum(part.counts[0] for part in found)
    most = sum(part.counts[-1] for part in found)
    if fewest <= wanted <= most:
        return None
    return _told("number", _count(problem, found, range(fewest, most + 1), wanted, words))


def _told(kind: Kind, text: Text) -> Reason:
    return Reason(kind, text.zh, text.en)


def _undivided(problem: Problem, part: Part, words: Words) -> tuple[Kind, Text]:
    """Why a part cannot be divided into any number of grids."""
    if not arithmetic.sums(part.weight, problem.size):
        return "total", _total(part.weight, problem.size, words)
    units = list(part.units)
    heaviest = units[int(problem.weight[units].argmax())]
    if problem.weight[heaviest] > problem.size[1] + CLOSE:
        return "unit", _tower(problem, heaviest, words)
    return "unit", _towers(problem, part, words)


def _total(total: float, size: tuple[float, float], words: Words) -> Text:
    low, high = size
    (zh, en), best = words.load(total), arithmetic.nearest(total, size)
    few, many = best[0][0], best[-1][0]
    more = words.load(many * low)
    if few == many:
        text = Text(
            f"共 {zh}，不够一格最少的 {more[0]}。", f"{en}: one grid needs at least {more[1]}."
        )
    else:
        less = words.load(few * high)
        text = Text(
            f"共 {zh}：{few} 格最多 {less[0]}，{many} 格最少 {more[0]}，分几格都不行。",
            f"{en}: at most {less[1]} in {grids(few)}, at least {more[1]} in {grids(many)}.",
        )
    ways = [(count, off(weight, words)) for count, weight in best]
    return text.then(
        Text(
            "最好的结果：" + "，或".join(f"分 {n} 格，{way.zh}" for n, way in ways) + "。",
            "Best possible: " + ", or ".join(f"{grids(n)}, {way.en}" for n, way in ways) + ".",
        )
    )


def _tower(problem: Problem, unit: int, words: Words) -> Text:
    weight, high = float(problem.weight[unit]), problem.size[1]
    (zh, en), (most_zh, most_en) = words.load(weight), words.load(high)
    held, over = number(float(problem.buildings[unit])), off(weight - high, words)
    return Text(
        f"有一处不可拆分的楼栋或小区（{held} 栋）有 {zh}，超过一格最多的 {most_zh}。"
        f"最好的结果：它自成一格，{over.zh}。",
        f"One building or compound that may not be cut ({held} buildings) has {en}; a grid holds "
        f"at most {most_en}. Best possible: a grid of its own, {over.en}.",
    )


def _towers(problem: Problem, part: Part, words: Words) -> Text:
    low, high = problem.size
    weight = problem.weight[list(part.units)]
    big = weight[weight > high / 2 + CLOSE]
    count = max(arithmetic.sums(part.weight, problem.size)[0], len(big))
    need = float(np.maximum(big, low).sum()) + (count - len(big)) * low
    (zh, en), (half_zh, half_en) = words.load(part.weight), words.load(high / 2)
    need_zh, need_en = words.load(need)
    short = off(part.weight - need, words)
    return Text(
        f"有 {len(big)} 处楼栋或小区各多于 {half_zh}，任何两处都放不进同一格；至少要分 {count} 格，"
        f"这样最少要 {need_zh}，而一共只有 {zh}。最好的结果：分 {count} 格，{short.zh}。",
        f"{len(big)} buildings or compounds have more than {half_en} each, and no two of them fit "
        f"into one grid; at least {grids(count)} are needed and those need {need_en} or more, but "
        f"there are {en}. Best possible: {grids(count)}, {short.en}.",
    )


def _island(count: int, part: Part, words: Words) -> Text:
    zh, en = words.load(part.weight)
    return Text(
        f"没有桥或路相连的地方把村子分成 {count} 片，网格不能跨片；其中一片有 {zh}，只能单独划分。",
        f"The village lies in {count} pieces that no bridge or road connects; one of them, "
        f"with {en}, must be divided by itself.",
    )


def _count(problem: Problem, found: list[Part], counts: range, wanted: int, words: Words) -> Text:
    low, high = problem.size
    total = sum(part.weight for part in found)
    (zh, en), (some_zh, some_en) = words.load(total), span(counts)
    islands = (
        Text(f"（{len(found)} 片）", f" in {len(found)} pieces") if found[1:] else Text("", "")
    )
    least, most = wanted * low - total, total - wanted * high
    best = Text("", "")
    if max(least, most) > CLOSE:
        gap = off(most if most > 0 else -least, words)
        best = Text(f"分 {wanted} 格的最好结果：{gap.zh}。", f" Best with {wanted}: {gap.en}.")
    return Text(
        f"要求分 {wanted} 格，但 {zh}{islands.zh}只能分成 {some_zh} 格。{best.zh}",
        f"{grids(wanted)} asked for, but {en}{islands.en} can only make {some_en}.{best.en}",
    )


def _locked(code: str, load: float, gap: float, words: Words) -> Text:
    (zh, en), way = words.load(load), off(gap, words)
    return Text(
        f"锁定的网格 {code} 有 {zh}，{way.zh}；不解除锁定就无法调整。",
        f"Grid {code} is locked with {en}, {way.en}; it cannot change unless it is unlocked.",
    )
