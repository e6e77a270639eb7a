"""Do cells tile their villages? What is little is mended, what is not is told. Pure."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gridmap.balancing.columns import shown
from gridmap.balancing.problem import Floats, Labels, summed
from gridmap.errors import DataError

_OFF = 1e-4  # of a village's area, that cells may miss it by


def outlines(
    territory: gpd.GeoDataFrame | None, plane: pyproj.CRS, within: str | None
) -> gpd.GeoDataFrame | None:
    """The outlines of the villages by code, or None where nothing is known of them."""
    if territory is None or within is None or within not in territory.columns:
        return None
    land = territory.to_crs(plane)
    return gpd.GeoDataFrame(
        geometry=land.geometry.to_numpy(), index=land[within].astype(str), crs=plane
    )


def sound(table: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """The cells, each a valid shape.

    Raises:
        DataError: one is missing or invalid.
    """
    shapes: NDArray[np.object_] = np.asarray(table.geometry, dtype=np.object_)
    wrong = shapely.is_missing(shapes) | shapely.is_empty(shapes) | ~shapely.is_valid(shapes)
    if wrong.any():
        rows = table.index[wrong].tolist()
        raise DataError(
            f"{wrong.sum()} 个面缺失、为空或自相交：行 {shown(rows)}；请先修好",
            f"{wrong.sum()} shapes are missing, empty or invalid: rows {shown(rows)}; mend them",
        )
    return shapes


def fits(
    land: gpd.GeoDataFrame | None,
    villages: Sequence[str],
    village: Labels,
    outline: Floats,
    shapes: NDArray[np.object_],
) -> bool:
    """Whether cells tile: all of their borders are shared but for those of the villages.

    Told from lengths and areas in a tenth of the time of GEOS's own check, which is asked where
    they do not agree, and where there is no territory to compare them with.
    """
    if land is not None and land.index.is_unique and set(villages) <= set(land.index):
        here = land.geometry.loc[list(villages)]
        length = summed(village, outline, len(villages))
        area = summed(village, shapely.area(shapes), len(villages))
        alike = np.allclose(length, here.length, rtol=1e-7, atol=1e-3)
        if alike and np.allclose(area, here.area, rtol=1e-7, atol=1e-2):
            return True
    return bool(shapely.coverage_is_valid(shapes))


def mended(
    table: gpd.GeoDataFrame, shapes: NDArray[np.object_], repairs: list[str]
) -> NDArray[np.object_]:
    """The cells as a coverage; small faults are closed.

    Raises:
        DataError: cells overlap so that nothing mends it.
    """
    before = shapely.area(shapes)
    clean: NDArray[np.object_] = np.asarray(
        shapely.coverage_clean(shapes, gap_width=1.0),  # type: ignore[attr-defined]
        dtype=np.object_,
    )
    changed = np.abs(shapely.area(clean) - before)
    lost = changed > 0.05 * before + 1
    if lost.any() or not shapely.coverage_is_valid(clean):
        rows = table.index[np.argsort(-changed)[: max(int(lost.sum()), 1)]].tolist()
        raise DataError(
            f"楼栋的面互相重叠：行 {shown(rows)}；每块地只能属于一栋",
            f"cells overlap: rows {shown(rows)}; every place belongs to one building only",
        )
    moved = int((changed > 1e-6).sum())
    repairs.append(
        f"面与面之间的细小缝隙、重叠已修补：{moved} 处 / small gaps and overlaps mended: {moved}"
    )
    return clean


def bare_villages(
    area: Floats, villages: Sequence[str], village: Labels, land: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """The villages without a building, by code.

    Raises:
        DataError: the cells of a village are less or more than its area, or it is not there.
    """
    if land is None:
        return gpd.GeoDataFrame(geometry=[])
    unknown = sorted(set(villages) - set(land.index))
    if unknown:
        raise DataError(
            f"territory 中没有村（社区） {shown(unknown)}",
            f"there is no village {shown(unknown)} in the territory",
        )
    here = dict(zip(villages, np.bincount(village, area, len(villages)).tolist(), strict=True))
    for name, whole in land.geometry.area.items():
        if name in here and abs(here[name] - whole) > _OFF * whole + 1:
            raise DataError(
                f"{name} 的楼栋面合计 {here[name]:,.0f} m²，村域 {whole:,.0f} m²：未铺满或越界",
                f"the cells of {name} have {here[name]:,.0f} m², the village {whole:,.0f} m²:"
                " they leave a gap or reach outside",
            )
    return land[~land.index.isin(villages)]
