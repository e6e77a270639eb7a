"""What no grid border may cut: compounds, from a column, from land use, or from distances."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.balancing.ground.linework import Linework
from gridmap.balancing.ground.planar import Ints, Shapes, components


@dataclass(frozen=True)
class Kin:
    """Pairs of buildings, by position, that belong to one unit."""

    one: Ints
    other: Ints

    def and_of(self, more: "Kin") -> "Kin":
        """These pairs and more."""
        return Kin(np.r_[self.one, more.one], np.r_[self.other, more.other])

    @classmethod
    def alike(cls, value: Ints) -> "Kin":
        """All that have the same value, from 0; -1 is none."""
        order = np.argsort(value, kind="stable")
        order = order[value[order] >= 0]
        same = value[order][1:] == value[order][:-1]
        return cls(order[:-1][same], order[1:][same])


def on_one_land(footprints: Shapes, areas: Shapes) -> Kin:
    """Buildings whose inner point lies in one area; where several lie there, in the smallest."""
    size = shapely.area(areas)
    inner = shapely.point_on_surface(footprints)
    row, area = shapely.STRtree(areas).query(inner, predicate="within")
    order = np.lexsort([area, size[area], row])
    row, area = row[order], area[order]
    first = np.r_[True, row[1:] != row[:-1]] if len(row) else np.empty(0, dtype=bool)
    value = np.full(len(footprints), -1)
    value[row[first]] = area[first]
    return Kin.alike(value)


def close_together(footprints: Shapes, distance_m: float, work: Linework) -> Kin:
    """Buildings nearer to each other than a distance, with no barrier between them."""
    tree = shapely.STRtree(footprints)
    one, other = tree.query(footprints, predicate="dwithin", distance=distance_m)
    one, other = one[one < other], other[one < other]
    between = shapely.shortest_line(footprints[one], footprints[other])
    barred = shapely.STRtree(work.lines).query(between, predicate="intersects")[0]
    free = np.ones(len(one), dtype=bool)
    free[barred] = False
    return Kin(one[free], other[free])


def name_units(
    rows: gpd.GeoDataFrame, unit: str, village: Ints, names: "pd.Series[str]", kin: Kin
) -> tuple["pd.Series[str] | pd.Series[int]", list[str]]:
    """The unit of each building, never across villages, and what was changed.

    A column `unit` that names one for each building, none in two villages, stays as it is. With
    gaps in it, or a compound in two villages, the units are texts; without the column they are
    numbers in the order of the rows.

    Args:
        village: the position of the village of each row.
        kin: pairs that belong together; for buildings that the column gives a unit it is not asked.
    """
    has_column = unit in rows.columns
    stated = rows[unit] if has_column else pd.Series(None, index=rows.index, dtype=object)
    value, distinct = pd.factorize(stated)
    both = (value[kin.one] >= 0) & (value[kin.other] >= 0)
    kin = Kin.alike(value).and_of(Kin(kin.one[~both], kin.other[~both]))
    inside = village[kin.one] == village[kin.other]
    group = components(len(rows), kin.one[inside], kin.other[inside])
    if not has_column:
        return pd.Series(np.unique(group, return_inverse=True)[1], index=rows.index), []
    pairs = np.unique(np.column_stack([value, village]), axis=0)
    torn = np.bincount(pairs[pairs[:, 0] >= 0, 0], minlength=len(distinct)) > 1
    if not torn.any() and (value >= 0).all():
        return stated, []
    named = np.full(len(rows), -1)
    np.maximum.at(named, group, value)
    texts = [
        f"楼 {rows.index[root]}"
        if (at := named[root]) < 0
        else f"{distinct[at]}@{names.iloc[village[root]]}"
        if torn[at]
        else str(distinct[at])
        for root in group.tolist()
    ]
    notes = []
    if torn.any():
        notes.append(
            f"{torn.sum()} 个小区跨村，按村拆开 / {torn.sum()} compounds lie in several villages"
            " and are divided by village"
        )
    return pd.Series(texts, index=rows.index, dtype=object), notes
