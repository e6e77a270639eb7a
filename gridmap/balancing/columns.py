"""The columns of a table of buildings: read, checked, and told where they are wrong. Pure."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.balancing.problem import Floats
from gridmap.errors import CallError, DataError

HOUSEHOLDS = "households"
TRAVEL = "travel_m"
"""A workload that is no column: how far an officer walks from building to building."""

_WALK = 0.7124
"""Beardwood, Halton and Hammersley (1959): the shortest way through n points on an area A is near
to 0.7124 sqrt(n A), so that each cell of area a adds 0.7124 sqrt(a)."""

Weights = str | Mapping[str, float]
_SHOWN = 5


def shown(rows: Sequence[object]) -> str:
    """Some of the rows, and how many there are in all."""
    text = "、".join(str(row) for row in rows[:_SHOWN])
    return text if len(rows) <= _SHOWN else f"{text} …（{len(rows)}）"


def workload(buildings: gpd.GeoDataFrame, weight: Weights, area_m2: Floats) -> Floats:
    """What each building weighs: a column, or a sum of columns times their factors.

    Raises:
        CallError: no such column, or a factor that is negative or no number.
        DataError: a value is missing, negative or no number; or nothing weighs anything.
    """
    factors = {weight: 1.0} if isinstance(weight, str) else dict(weight)
    if not factors:
        raise CallError("weight 是空的：至少写一列", "weight is empty: name a column at least")
    total = np.zeros(len(buildings))
    for name, factor in factors.items():
        if not (np.isfinite(factor) and factor >= 0):
            raise CallError(
                f"weight 中 {name} 的系数是 {factor}：应为不小于 0 的数",
                f"the factor of {name} in weight is {factor}: a number of 0 or more is wanted",
            )
        travels = name == TRAVEL and name not in buildings.columns
        total += factor * (_WALK * np.sqrt(area_m2) if travels else numbers(buildings, name))
    if len(total) and not total.any():
        raise DataError(
            f"{'、'.join(factors)} 全为 0：没有可均衡的量",
            f"{', '.join(factors)} is 0 everywhere: there is nothing to balance",
        )
    return total


def numbers(buildings: gpd.GeoDataFrame, name: str) -> Floats:
    """A column of numbers of 0 or more.

    Raises:
        CallError, DataError: as `workload`.
    """
    values = pd.to_numeric(column(buildings, name), errors="coerce").to_numpy(np.float64)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        rows = buildings.index[wrong].tolist()
        raise DataError(
            f"列 {name} 有 {wrong.sum()} 行缺失、为负或不是数：行 {shown(rows)}；请改正后再均衡",
            f"column {name} is missing, negative or no number in {wrong.sum()} rows: {shown(rows)};"
            " correct them first",
        )
    return values


def column(table: gpd.GeoDataFrame, name: str, called: str = "buildings") -> "pd.Series[str]":
    """A column of a table.

    Raises:
        CallError: there is none of this name; lists what there is.
    """
    if name not in table.columns:
        known = ", ".join(str(one) for one in table.columns if one != "geometry")
        raise CallError(
            f"{called} 没有列 {name!r}；现有：{known}",
            f"{called} has no column {name!r}; it has: {known}",
        )
    found: pd.Series[str] = table[name]
    return found


def numbered(values: "pd.Series[str]") -> tuple[list[str], NDArray[np.int64]]:
    """The different values as text, in order, and the position of each row's; -1: missing."""
    position, names = pd.factorize(values.map(str, na_action="ignore"), sort=True)
    return [str(name) for name in names], position.astype(np.int64)


def units(
    buildings: gpd.GeoDataFrame, names: Sequence[str], village: NDArray[np.int32]
) -> NDArray[np.int64]:
    """The unit of each building: those of one village that share a value in any of the columns.

    A building without a value stands alone.
    """
    unit = np.arange(len(buildings), dtype=np.int64)
    groups = []
    for name in names:
        _, position = numbered(column(buildings, name))
        _, group = np.unique(
            position + village.astype(np.int64) * (position.max(initial=0) + 1), return_inverse=True
        )
        alone = position < 0
        group[alone] = group.max(initial=0) + 1 + np.flatnonzero(alone)
        groups.append(group)
    while True:
        before = unit.copy()
        for group in groups:
            least = np.full(int(group.max(initial=0)) + 1, len(unit), dtype=np.int64)
            np.minimum.at(least, group, unit)
            unit = least[group]
        if (unit == before).all():
            return unit
