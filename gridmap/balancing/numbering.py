"""Which of today's grids a proposed grid is, and the codes of the others. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import linear_sum_assignment

from gridmap.areas.codes import next_codes
from gridmap.balancing.problem import Floats, Labels, Problem
from gridmap.profiles import GridCodeScheme

_SCALE = 10_000  # the solver takes whole numbers


def matched(problem: Problem, label: Labels, grids: int) -> NDArray[np.int64]:
    """Which of today's grids each grid continues, so that as few households and buildings as
    possible change; -1: it has nothing in common with one that is left.

    Kuhn's assignment problem, solved by OR-tools.
    """
    before = int(problem.present.max(initial=-1)) + 1
    if not before:
        return np.full(grids, -1, dtype=np.int64)
    known = problem.present >= 0
    share = problem.households / max(float(problem.households.mean()), 1e-9) + problem.buildings
    pair, at = np.unique(
        label[known].astype(np.int64) * before + problem.present[known], return_inverse=True
    )
    common = np.bincount(at, share[known])
    grid, today = pair // before, pair % before
    # Sparse: each side may also stay alone, with a stand-in of the other side that costs nothing.
    own, old = np.arange(grids), np.arange(before)
    left = np.concatenate([grid, own, grids + old, grids + today])
    right = np.concatenate([today, before + own, old, before + grid])
    cost = np.zeros(len(left), dtype=np.int64)
    cost[: len(pair)] = -np.rint(common * _SCALE / max(common.max(initial=0), 1e-9))
    solver = linear_sum_assignment.SimpleLinearSumAssignment()
    solver.add_arcs_with_cost(left, right, cost)
    solver.solve()
    mates = np.array([solver.right_mate(grid) for grid in range(grids)])
    return np.where(mates < before, mates, -1).astype(np.int64)


def scheme_of(codes: Sequence[str], villages: Sequence[str]) -> GridCodeScheme:
    """The scheme that codes look as if they were made by; that of the standard, when there are
    none and the villages have codes of 12 digits."""
    plain = [code for code in codes if code.isdigit()]
    if codes and len(plain) == len(codes) and {len(code) for code in codes} <= {15, 20}:
        return "db11_2157" if len(codes[0]) == 15 else "cjt349"
    if not codes and all(len(code) == 12 and code.isdigit() for code in villages):
        return "db11_2157"
    return "text"


def reading_order(x: Floats, y: Floats, side_m: float) -> NDArray[np.int64]:
    """Places in rows as high as a grid, from north to south, and from west to east in each."""
    row = np.floor((y.max(initial=0) - y) / max(side_m, 1e-9))
    return np.lexsort((x, row))


def new_codes(
    scheme: GridCodeScheme,
    villages: Sequence[str],
    taken: dict[str, list[str]],
    wanted: Sequence[int],
) -> list[list[str]]:
    """Codes for new grids.

    Args:
        taken: the codes of today, by village.
        wanted: how many each village needs.

    Raises:
        CallError: as `next_codes`.
    """
    if scheme != "text":
        return [
            next_codes(scheme, village, taken.get(village, []), count)
            for village, count in zip(villages, wanted, strict=True)
        ]
    # Numbers at the end of free codes may run through all villages.
    every = [code for codes in taken.values() for code in codes]
    if not every:
        return [
            next_codes(scheme, village, [], count)
            for village, count in zip(villages, wanted, strict=True)
        ]
    made = iter(next_codes(scheme, "", every, sum(wanted)))
    return [[next(made) for _ in range(count)] for count in wanted]
