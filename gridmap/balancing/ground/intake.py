"""What is given: read, checked, mended where that is cheap, refused where it is not."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.balancing.contacts import COST_OF
from gridmap.balancing.ground.frame import Frame
from gridmap.balancing.ground.linework import BRIDGE, Kinds
from gridmap.balancing.ground.planar import Bools, Ints, Shapes
from gridmap.errors import CallError, DataError

_MENDED_VERTICES = 64
"""Repair of a scribble grows with the fourth power of its vertices: a larger one is refused."""

_OVERLAP_M2, _OVERLAP_M = 1.0, 0.1  # villages that overlap more, and wider, are two drawings
_NAMED = 5

_POINT, _POLYGON, _MULTIPOLYGON = 0, 3, 6


def named(rows: Sequence[object], every: int | None = None) -> str:
    """Some of the rows by name, and that there are more."""
    text = "、".join(str(row) for row in rows[:_NAMED])
    return text + ("……" if (every or len(rows)) > _NAMED else "")


def village_names(villages: gpd.GeoDataFrame, within: str) -> "pd.Series[str]":
    """The codes of the villages, checked.

    Raises:
        CallError: there is no such column, or no village.
        DataError: a village without code, or a code twice.
    """
    if within not in villages.columns:
        raise CallError(
            f"villages 没有列 {within!r}：请用 within= 写明村（社区）代码所在的列",
            f"villages has no column {within!r}: say with within= which holds the village code",
        )
    if not len(villages):
        raise CallError("villages 是空的：至少要有一个村", "villages is empty: give at least one")
    names: pd.Series[str] = villages[within]
    wrong = names.isna() | names.duplicated(keep=False)
    if wrong.any():
        raise DataError(
            f"villages 的 {within} 为空或重复：{named(list(names[wrong]))}；每村一行、代码唯一",
            f"{within} of villages is missing or repeated: {named(list(names[wrong]))};"
            " one row and one code for each village",
        )
    return names


def check_villages(shapes: Shapes, names: Sequence[object]) -> None:
    """Whether village outlines are polygons that do not overlap.

    Raises:
        DataError: they are not.
    """
    areal = np.isin(shapely.get_type_id(shapes), [_POLYGON, _MULTIPOLYGON])
    sound = areal & shapely.is_valid(shapes) & (shapely.area(shapes) > 0)
    if not sound.all():
        wrong = [names[row] for row in np.flatnonzero(~sound).tolist()]
        why = shapely.is_valid_reason(shapes[np.flatnonzero(~sound)[0]])
        raise DataError(
            f"村界不是有效的面：{named(wrong)}（{why}）；请先修好村界",
            f"not a valid polygon: village {named(wrong)} ({why}); mend the outlines first",
        )
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.intersection(shapes[one], shapes[other])
    area, around = shapely.area(common), shapely.length(common)
    wide = (area > _OVERLAP_M2) & (2 * area > _OVERLAP_M * around)
    if wide.any():
        pairs = [f"{names[one[at]]}–{names[other[at]]}" for at in np.flatnonzero(wide)]
        raise DataError(
            f"村界重叠：{named(pairs)}，最多 {area[wide].max():.0f} m²；请先修好村界",
            f"villages overlap: {named(pairs)}, by up to {area[wide].max():.0f} m²;"
            " mend the outlines first",
        )


def check_index(buildings: gpd.GeoDataFrame) -> None:
    """Whether each building can be named by its index.

    Raises:
        DataError: an index comes twice.
    """
    twice = buildings.index[buildings.index.duplicated()].unique()
    if len(twice):
        raise DataError(
            f"buildings 的索引重复：{named(list(twice))}（共 {len(twice)} 个）；"
            "方案按索引写明楼栋归属，请先去重或 reset_index",
            f"the index of buildings repeats: {named(list(twice))} ({len(twice)} in all); the plan"
            " names buildings by it: drop duplicates or reset_index first",
        )


def usable(shapes: Shapes) -> Bools:
    """Whether each shape is there, not empty, and has only finite coordinates."""
    xy, row = shapely.get_coordinates(shapes, return_index=True)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[row[~np.isfinite(xy).all(axis=1)]] = True
    return ~(shapely.is_missing(shapes) | shapely.is_empty(shapes) | broken)


def sound_buildings(
    shapes: Shapes, index: "pd.Index[int] | pd.Index[str]"
) -> tuple[Shapes, list[str]]:
    """Valid points, polygons and multipolygons, and what was mended.

    Raises:
        DataError: lines among them, or an invalid polygon of more vertices than can be mended.
    """
    kinds = shapely.get_type_id(shapes)
    odd = ~np.isin(kinds, [_POINT, _POLYGON, _MULTIPOLYGON])
    if odd.any():
        raise DataError(
            f"楼栋须是点或面：{named(list(index[odd]), int(odd.sum()))} 不是",
            f"buildings are points or polygons; not so: {named(list(index[odd]))}",
        )
    bad = np.flatnonzero(~shapely.is_valid(shapes))
    vast = bad[shapely.get_num_coordinates(shapes[bad]) > _MENDED_VERTICES]
    if len(vast):
        raise DataError(
            f"楼栋图形自相交，且超过 {_MENDED_VERTICES} 个顶点，不能自动修复："
            f"{named(list(index[vast]))}；请重画",
            f"invalid polygons of more than {_MENDED_VERTICES} vertices are not mended:"
            f" {named(list(index[vast]))}; draw them again",
        )
    if not len(bad):
        return shapes, []
    mended = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    flat = shapely.is_empty(mended)
    mended[flat] = shapely.centroid(shapely.envelope(shapes[bad][flat]))
    shapes = shapes.copy()
    shapes[bad] = mended
    which = named(list(index[bad]))
    told = (
        f"{len(bad)} 栋图形无效，已修复：{which} / {len(bad)} invalid shapes were mended: {which}"
    )
    return shapes, [told]


def check_cells(cells: Shapes, index: "pd.Index[int] | pd.Index[str]") -> None:
    """Whether each building got a cell.

    Raises:
        DataError: one stands where two villages overlap, and the other has the ground.
    """
    none = shapely.is_missing(cells)
    if none.any():
        raise DataError(
            f"没有地分给楼栋 {named(list(index[none]))}：那里的村界有细缝或重叠；请先修好村界",
            f"no ground for building {named(list(index[none]))}: the village outlines overlap"
            " there; mend them first",
        )


def barrier_rows(
    barriers: gpd.GeoDataFrame | None, frame: Frame
) -> tuple[Shapes, Kinds, Shapes, list[str]]:
    """Barriers and their kinds, bridges apart, and what was left out.

    Raises:
        CallError: no column `kind`.
        DataError: a kind that is not known.
    """
    if barriers is None or not len(barriers):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.str_), np.empty(0, dtype=object), []
    if "kind" not in barriers.columns:
        raise CallError(
            "barriers 没有列 kind（street、arterial、river、railway、bridge）",
            "barriers has no column kind (street, arterial, river, railway, bridge)",
        )
    kinds = barriers["kind"].astype(str).to_numpy(dtype=np.str_)
    unknown = sorted({*kinds.tolist()} - {*COST_OF, BRIDGE})
    if unknown:
        raise DataError(
            f"barriers 的 kind 不认识：{named(unknown)}；只能是 {'、'.join([*COST_OF, BRIDGE])}",
            f"unknown kind in barriers: {named(unknown)}; write one of {[*COST_OF, BRIDGE]}",
        )
    shapes = frame.bring(barriers)
    fine = usable(shapes)
    bare = int((~fine).sum())
    notes = (
        [f"{bare} 条界线没有图形，未采用 / {bare} barriers without a shape are left out"]
        if bare
        else []
    )
    line = fine & (kinds != BRIDGE)
    return shapes[line], kinds[line], shapes[fine & (kinds == BRIDGE)], notes


def stated_villages(buildings: gpd.GeoDataFrame, within: str, names: "pd.Series[str]") -> Ints:
    """The position of the village that each building says it is in; -1: it says none we know."""
    if within not in buildings.columns:
        return np.full(len(buildings), -1)
    return np.asarray(pd.Index(names).get_indexer(pd.Index(buildings[within])), dtype=np.int64)
