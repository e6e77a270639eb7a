"""What is given to be balanced: read, checked, and made cells where it is real buildings. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gridmap.balancing import columns
from gridmap.balancing.cells import Cells, borders_of
from gridmap.balancing.columns import HOUSEHOLDS, Weights, shown
from gridmap.balancing.contacts import COST_OF, Lines, segments_of
from gridmap.balancing.ground import build, plane_of
from gridmap.balancing.problem import Floats, Labels
from gridmap.balancing.tiling import bare_villages, fits, mended, outlines, sound
from gridmap.errors import CallError, DataError

KINDS_AT_MOST = 8
_TILED = 0.9  # so much of a village covered by polygons: they are meant to be its cells
_POLYGONS = (3, 6)


@dataclass(frozen=True)
class Asked:
    """Which columns mean what, and what else makes buildings a compound."""

    weight: Weights
    within: str | None
    unit: str | Sequence[str] | None
    current: str | None
    landuse: gpd.GeoDataFrame | None = None
    compound_distance_m: float | None = None

    @property
    def units(self) -> list[str]:
        """The columns that say what stays together."""
        return [self.unit] if isinstance(self.unit, str) else list(self.unit or ())


@dataclass(frozen=True)
class Taken:
    """What was given, as cells.

    Attributes:
        table: the buildings that have a cell, cell by cell, in a CRS of metres.
        crs: the one that grids are to be told in.
        holders: of each of today's grids (a position in the codes of the cells), its village.
        facilities: float64 (buildings, kinds), how many stand in each cell.
        empty: villages without a building, and their outlines.
        repairs: what was mended.
    """

    cells: Cells
    table: gpd.GeoDataFrame
    crs: pyproj.CRS
    holders: Labels
    facilities: Floats
    empty: gpd.GeoDataFrame
    repairs: list[str]


def take(
    buildings: gpd.GeoDataFrame,
    territory: gpd.GeoDataFrame | None,
    barriers: gpd.GeoDataFrame | None,
    facilities: gpd.GeoDataFrame | None,
    asked: Asked,
) -> Taken:
    """Cells of what was given.

    Raises:
        CallError: no buildings, no CRS, no such column, no territory for buildings without cells.
        DataError: values or shapes that cannot be taken; says which.
    """
    _check(buildings, territory)
    crs, repairs = pyproj.CRS(buildings.crs), []
    if territory is None and asked.within is not None:
        columns.column(buildings, asked.within)
    table = buildings
    if not _are_cells(buildings, territory, asked.within):
        if territory is None:
            raise CallError(
                "buildings 不是铺满村域的面：请用 territory= 给出村（社区）界",
                "buildings do not tile their villages: give the outlines with territory=",
            )
        ground = build(
            buildings, _named(territory, asked), barriers, within=asked.within or _WHOLE,
            unit=_TOGETHER, landuse=asked.landuse, compound_distance_m=asked.compound_distance_m,
        )  # fmt: skip
        table, barriers = ground.cells, ground.barriers
        asked = replace(asked, unit=[*asked.units, _TOGETHER])
        repairs += ground.repairs
    elif (plane := plane_of(buildings, {})) != crs:
        table = table.to_crs(plane)
    return _arrays(table, territory, barriers, facilities, asked, crs, repairs)


_WHOLE, _TOGETHER = "territory", "compound of the ground"


def _named(territory: gpd.GeoDataFrame, asked: Asked) -> gpd.GeoDataFrame:
    """The territory with a column of village codes: one village when none is asked for."""
    if asked.within is None:
        whole = territory.geometry.union_all()
        return gpd.GeoDataFrame({_WHOLE: [_WHOLE]}, geometry=[whole], crs=territory.crs)
    return territory


def _check(buildings: gpd.GeoDataFrame, territory: gpd.GeoDataFrame | None) -> None:
    if not isinstance(buildings, gpd.GeoDataFrame) or not len(buildings):
        raise CallError(
            "buildings 应为至少一行的 GeoDataFrame", "buildings must be a GeoDataFrame with rows"
        )
    _refuse_without_crs("buildings", buildings)
    if territory is not None:
        _refuse_without_crs("territory", territory)
    if buildings.index.has_duplicates:
        twice = buildings.index[buildings.index.duplicated()].unique().tolist()
        raise DataError(
            f"buildings 的索引重复：{shown(twice)}；每栋一个编号（reset_index 或去重）",
            f"the index of buildings repeats {shown(twice)}: give each building one of its own",
        )


def _refuse_without_crs(name: str, table: gpd.GeoDataFrame) -> None:
    if table.crs is None:
        raise CallError(
            f"{name} 没有坐标系：请先写明（GeoDataFrame.set_crs）",
            f"{name} has no CRS: set it first (GeoDataFrame.set_crs)",
        )


def _are_cells(
    buildings: gpd.GeoDataFrame, territory: gpd.GeoDataFrame | None, within: str | None
) -> bool:
    """Whether buildings are polygons that cover nearly all of the territory."""
    shapes = np.asarray(buildings.geometry, dtype=object)
    if not np.isin(shapely.get_type_id(shapes), _POLYGONS).all():
        return False
    if within is not None and within not in buildings.columns:
        return False
    if territory is None:
        return bool(shapely.coverage_is_valid(shapes))
    if within is not None and within in territory.columns:
        there = {str(village) for village in buildings[within].unique()}
        named = territory[within].astype(str).isin(there)
        territory = territory[named] if named.any() else territory
    land = territory.geometry.to_crs(buildings.crs)
    whole = shapely.area(np.asarray(land, dtype=object)).sum()
    return bool(shapely.area(shapes).sum() >= _TILED * whole)


def _arrays(
    table: gpd.GeoDataFrame,
    territory: gpd.GeoDataFrame | None,
    barriers: gpd.GeoDataFrame | None,
    facilities: gpd.GeoDataFrame | None,
    asked: Asked,
    crs: pyproj.CRS,
    repairs: list[str],
) -> Taken:
    villages, village = _villages(table, asked.within)
    lines = None if barriers is None or not len(barriers) else _lines(barriers, table.crs)
    land = outlines(territory, table.crs, asked.within)
    shapes = sound(table)
    segments = segments_of(shapes)
    borders, outline = borders_of(segments, village, lines)
    if not fits(land, villages, village, outline, shapes):
        shapes = mended(table, shapes, repairs)
        segments = segments_of(shapes)
        borders, outline = borders_of(segments, village, lines)
    area = np.asarray(shapely.area(shapes), dtype=np.float64)
    empty = bare_villages(area, villages, village, land)
    codes, present, holders = _today(table, asked.current, villages, village, repairs)
    weight = columns.workload(table, asked.weight, area)
    households = columns.numbers(table, HOUSEHOLDS) if HOUSEHOLDS in table.columns else weight
    cells = Cells(
        shapes, villages, village, columns.units(table, asked.units, village), weight, households,
        codes, present, area, outline, borders,
    )  # fmt: skip
    there = _facilities(shapes, facilities, table.crs)
    return Taken(cells, table, crs, holders, there, empty, repairs)


def _villages(table: gpd.GeoDataFrame, within: str | None) -> tuple[list[str], Labels]:
    if within is None or within not in table.columns:
        return [_WHOLE], np.zeros(len(table), dtype=np.int32)
    names, position = columns.numbered(columns.column(table, within))
    if (position < 0).any():
        rows = table.index[position < 0].tolist()
        raise DataError(
            f"列 {within} 为空：行 {shown(rows)}；每栋都要属于一个村（社区）",
            f"column {within} is missing in rows {shown(rows)}: every building has a village",
        )
    return names, position.astype(np.int32)


def _today(
    table: gpd.GeoDataFrame,
    current: str | None,
    villages: Sequence[str],
    village: Labels,
    repairs: list[str],
) -> tuple[list[str], Labels, Labels]:
    """Today's grids: their codes, that of each building, and the village of each.

    A code that stands in two villages is two grids; the second gets a new code.
    """
    if current is None:
        return [], np.full(len(table), -1, np.int32), np.zeros(0, np.int32)
    names, position = columns.numbered(columns.column(table, current))
    known = position >= 0
    wide = len(villages)
    pair, at = np.unique(position[known] * wide + village[known], return_inverse=True)
    present = np.full(len(table), -1, dtype=np.int32)
    present[known] = at
    grid = pair // wide
    codes = [names[one] for one in grid.tolist()]
    twice = np.flatnonzero(np.append(False, grid[1:] == grid[:-1])).tolist()
    for position_ in twice:
        repairs.append(
            f"网格 {codes[position_]} 跨两个村：在 {villages[pair[position_] % wide]} 另编号 / grid"
            f" {codes[position_]} lies in two villages: it gets a new code in one of them"
        )
        codes[position_] = ""
    return codes, present, (pair % wide).astype(np.int32)


def _lines(barriers: gpd.GeoDataFrame, plane: pyproj.CRS) -> Lines:
    """What borders may follow.

    Raises:
        CallError: no column `kind`, or no CRS.
        DataError: a kind that is not known.
    """
    kinds = columns.column(barriers, "kind", "barriers").to_numpy(dtype=object)
    known = (*COST_OF, "bridge")
    unknown = sorted({str(kind) for kind in kinds} - set(known))
    if unknown:
        raise DataError(
            f"barriers 的 kind 不认识：{shown(unknown)}；只能是 {'、'.join(known)}",
            f"unknown kind in barriers: {shown(unknown)}; write one of {', '.join(known)}",
        )
    _refuse_without_crs("barriers", barriers)
    return Lines.of(np.asarray(barriers.geometry.to_crs(plane), dtype=object), kinds)


def _facilities(
    shapes: NDArray[np.object_], facilities: gpd.GeoDataFrame | None, plane: pyproj.CRS
) -> Floats:
    """How many facilities of each kind are in each cell.

    Raises:
        CallError: more kinds than eight, or no CRS.
    """
    if facilities is None or not len(facilities):
        return np.zeros((len(shapes), 0))
    _refuse_without_crs("facilities", facilities)
    if "kind" in facilities.columns:
        kinds, kind = columns.numbered(facilities["kind"])
    else:
        kinds, kind = ["facility"], np.zeros(len(facilities), dtype=np.int64)
    if len(kinds) > KINDS_AT_MOST:
        raise CallError(
            f"设施有 {len(kinds)} 类，最多 {KINDS_AT_MOST} 类：请先筛选",
            f"there are {len(kinds)} kinds of facilities, at most {KINDS_AT_MOST}: choose some",
        )
    spots = facilities.geometry.to_crs(plane).representative_point()
    point, cell = shapely.STRtree(shapes).query(
        np.asarray(spots, dtype=object), predicate="intersects"
    )
    _, first = np.unique(point, return_index=True)
    found = np.zeros((len(shapes), len(kinds)))
    np.add.at(found, (cell[first], kind[point[first]]), 1.0)
    return found
