"""`gridmap.balance`: from buildings to a proposed division, with its figures and its proofs."""

import math
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from numbers import Real
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from gridmap.balancing.assembly import assembled
from gridmap.balancing.cells import Cells, Units, units_of
from gridmap.balancing.columns import HOUSEHOLDS, Weights, shown
from gridmap.balancing.divisions import Divided, Wishes, divide_village
from gridmap.balancing.exact import HOUSEHOLDS as HOMES
from gridmap.balancing.exact import Words
from gridmap.balancing.intake import Asked, take
from gridmap.balancing.outcome import BalancedPlan
from gridmap.balancing.problem import Floats
from gridmap.balancing.search import MODES, Mode
from gridmap.balancing.villages import Size
from gridmap.errors import CallError

WORKLOAD = Words("工作量", "of workload")

SIZE: Size = (300, 500)
"""Households per urban grid, as is usual."""


class Cancelled(Exception):
    """Whoever asked for the division does not want it any more."""


def balance(
    buildings: gpd.GeoDataFrame,
    territory: gpd.GeoDataFrame | None = None,
    *,
    weight: Weights = HOUSEHOLDS,
    within: str | None = "village",
    unit: str | Sequence[str] | None = "compound",
    current: str | None = "present",
    barriers: gpd.GeoDataFrame | None = None,
    size: Size | Mapping[str, Size] = SIZE,
    mode: Mode = "stable",
    seed: int = 0,
    grids: int | Mapping[str, int] | None = None,
    locked: Collection[str] = (),
    facilities: gpd.GeoDataFrame | None = None,
    staff: Mapping[str, int] | None = None,
    landuse: gpd.GeoDataFrame | None = None,
    compound_distance_m: float | None = None,
    prove_s: float = 0.0,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BalancedPlan:
    """Proposes grids that are even, connected, along streets, and close to those of today.

    The same input, mode and seed give the same division, on any number of threads.

    Args:
        buildings: one row each with a unique index; either cells that tile the villages, or
            footprints or points, from which cells are made. Any CRS.
        territory: the villages, with their codes in the column `within`; needed unless the
            buildings are cells.
        weight: a column of buildings, or factors by column. `travel_m` stands for the metres that
            one walks from a building to the next.
        within: the column of village codes: no grid crosses a village. None: one territory.
        unit: the column, or columns, whose values say what must stay together.
        current: the column of today's grid codes.
        barriers: lines (or water areas) with `kind` street, arterial, river, railway or bridge.
        size: least and most weight of a grid, for all or by village.
        mode: stable (few households change), mixed, shape (short borders along streets), even.
        grids: how many grids, in all (with `within=None`) or by village; else as fits the size.
        locked: codes of today's grids that are to stay exactly as they are.
        facilities: points that every grid ought to have one of, by `kind` if there is that column.
        staff: officers by today's grid code: a grid with two carries twice as much.
        landuse: areas that no grid may cut, where buildings are not cells: what stands in one is a
            compound.
        compound_distance_m: likewise buildings that are nearer than this with no barrier between.
        prove_s: seconds of exact solver for each village of up to 60 units.
        threads: how many villages are searched at a time; by default one per processor.
        progress: told how many villages are done, and how many there are.
        cancelled: asked between villages.

    Raises:
        CallError: an argument is wrong.
        DataError: the data cannot be taken.
        Cancelled: as asked.
        Unavailable: the compiled search is not built.
    """
    asked = Asked(
        weight,
        within,
        _unless_absent(unit, "compound", buildings),
        _unless_absent(current, "present", buildings),
        landuse,
        compound_distance_m,
    )
    _check(mode, seed)
    taken = take(buildings, territory, barriers, facilities, asked)
    cells = taken.cells
    units = units_of(cells)
    officers = _of_grids(staff, cells, "staff") if staff else np.zeros(0)
    wishes = Wishes(
        _sizes(size, cells.villages),
        cells.codes,
        _counts(grids, cells.villages),
        mode,
        seed,
        _locked(locked, cells),
        officers / max(float(officers.mean()), 1e-9) if len(officers) else officers,
        _by_unit(taken.facilities, units),
        prove_s,
        HOMES if weight == HOUSEHOLDS else WORKLOAD,
    )
    done = _each(units, cells.villages, wishes, threads, progress, cancelled)
    return assembled(taken, units, done, wishes.sizes, officers)


def _check(mode: str, seed: int) -> None:
    if mode not in MODES:
        raise CallError(
            f"没有方式 {mode!r}；可用：{'、'.join(MODES)}",
            f"there is no mode {mode!r}; known: {', '.join(MODES)}",
        )
    if seed < 0:
        raise CallError(f"seed 应不小于 0，不是 {seed}", f"seed is 0 or more, not {seed}")


def _each(
    units: Units,
    villages: Sequence[str],
    wishes: Wishes,
    threads: int | None,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> list[Divided]:
    """The division of every village, the largest first so that the processors end together."""
    count = len(villages)
    order = np.argsort(-np.diff(units.bounds), kind="stable").tolist()
    done: dict[int, Divided] = {}

    def divide_one(village: int) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled
        done[village] = divide_village(units, village, villages[village], wishes)
        if progress is not None:
            progress(len(done), count)

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        waiting = [pool.submit(divide_one, village) for village in order]
        try:
            for one in waiting:
                one.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [done[village] for village in range(count)]


def _sizes(size: Size | Mapping[str, Size], villages: Sequence[str]) -> list[Size]:
    """The range of each village.

    Raises:
        CallError: it is no range, or a village has none.
    """
    if isinstance(size, Mapping):
        missing = [village for village in villages if village not in size]
        if missing:
            raise CallError(
                f"size 没有写 {shown(missing)}", f"size says nothing of {shown(missing)}"
            )
    return [_range(size[village] if isinstance(size, Mapping) else size) for village in villages]


def _range(size: Any) -> Size:
    if isinstance(size, Sequence) and len(size) == 2:
        low, high = (float(one) if isinstance(one, Real) else math.nan for one in size)
        if 0 <= low < high:
            return low, high
    raise CallError(
        f"size 应为（下限，上限）且下限小于上限，不是 {size}",
        f"size is (least, most) with least below most, not {size}",
    )


def _counts(grids: int | Mapping[str, int] | None, villages: Sequence[str]) -> dict[int, int]:
    """How many grids are wanted, by the position of the village.

    Raises:
        CallError: a village that is not there, a number for several villages, or less than one.
    """
    if grids is None:
        return {}
    if isinstance(grids, int):
        if len(villages) > 1:
            raise CallError(
                f"共 {len(villages)} 个村：请逐村写 grids={{村码: 数}}",
                f"there are {len(villages)} villages: give grids={{village: number}}",
            )
        grids = {villages[0]: grids}
    position = {village: at for at, village in enumerate(villages)}
    wrong = [
        f"{village}: {count}"
        for village, count in grids.items()
        if village not in position or count < 1
    ]
    if wrong:
        raise CallError(
            f"grids 中没有这个村，或数目小于 1：{shown(wrong)}",
            f"grids names no village of these, or fewer than one: {shown(wrong)}",
        )
    return {position[village]: count for village, count in grids.items()}


def _locked(locked: Collection[str], cells: Cells) -> NDArray[np.int64]:
    position = {code: at for at, code in enumerate(cells.codes)}
    wrong = sorted(set(locked) - set(position))
    if wrong:
        raise CallError(
            f"locked 中的网格不存在：{shown(wrong)}", f"there are no grids {shown(wrong)} to lock"
        )
    return np.array(sorted(position[code] for code in locked), dtype=np.int64)


def _of_grids(values: Mapping[str, int], cells: Cells, name: str) -> Floats:
    """A number of each of today's grids; 1 where none is given.

    Raises:
        CallError: a number below zero, or a grid that is not there.
    """
    known = set(cells.codes)
    wrong = [code for code, value in values.items() if code not in known or value < 0]
    if wrong:
        raise CallError(
            f"{name} 中的网格不存在或数目为负：{shown(wrong)}",
            f"{name}: no such grid, or a number below zero: {shown(wrong)}",
        )
    return np.array([values.get(code, 1) for code in cells.codes], dtype=np.float64)


def _by_unit(facilities: Floats, units: Units) -> Floats:
    count = len(units.weight)
    return np.column_stack(
        [np.zeros((count, 0)), *(np.bincount(units.of, one, count) for one in facilities.T)]
    )


_Name = TypeVar("_Name")


def _unless_absent(name: _Name, default: str, buildings: gpd.GeoDataFrame) -> _Name | None:
    """A column that is only meant by default need not be there."""
    columns = getattr(buildings, "columns", ())
    return None if name == default and default not in columns else name
