"""A table as a file: CSV, Excel, GeoPackage, GeoJSON or Parquet, by how the name ends."""

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
import xlsxwriter

from gridmap.db import CRS
from gridmap.errors import CallError, DataError
from gridmap.export.layers import Layer
from gridmap.spreadsheets import inert

Writer = Callable[[pd.DataFrame, Layer, str, Path], None]
"""Writes a table of a layer, moments in a time zone where the file has none, to a path."""

_SHEET_ROWS = 1_048_575
_CELL_CHARACTERS = 32_000


def writer_for(path: Path) -> Writer:
    """What writes a file of that name.

    Raises:
        CallError: its ending tells no kind of file that we write.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(_WRITERS)
        raise CallError(
            f"不能写 {path.suffix or '没有后缀的'} 文件；可用：{known}",
            f"cannot write {path.suffix or 'a file without an ending'}; there are: {known}",
        )
    return writer


def _write_csv(table: pd.DataFrame, layer: Layer, zone: str, path: Path) -> None:
    """Shapes as WKT in EPSG:4490; with the mark by which Excel knows UTF-8."""
    if layer.located:
        shapes = shapely.to_wkt(np.array(table["geometry"], dtype=object), rounding_precision=9)
        table = table.assign(geometry=shapes)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([inert(name) for name in table.columns])
        lines.writerows(_cells(table, zone))


def _write_xlsx(table: pd.DataFrame, layer: Layer, zone: str, path: Path) -> None:
    """One sheet; of a shape the longitude and latitude of a point on it."""
    if len(table) > _SHEET_ROWS:
        raise DataError(
            f"有 {len(table):,} 行，一张 Excel 表放不下：请导出为 .csv 或 .parquet",
            f"{len(table):,} rows do not fit into a sheet: export to .csv or .parquet",
        )
    if layer.located:
        points = shapely.point_on_surface(np.array(table.pop("geometry"), dtype=object))
        table = table.assign(lon=shapely.get_x(points), lat=shapely.get_y(points))
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet(layer.name)
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, inert(name))
        sheet.freeze_panes(1, 0)
        for line, cells in enumerate(_cells(table, zone), start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(line, column, cell[:_CELL_CHARACTERS])
                elif cell is not None:
                    sheet.write_number(line, column, cell)


def _write_gpkg(table: pd.DataFrame, layer: Layer, zone: str, path: Path) -> None:
    _write_ogr(table, layer, path, "GPKG")


def _write_geojson(table: pd.DataFrame, layer: Layer, zone: str, path: Path) -> None:
    _write_ogr(table, layer, path, "GeoJSON")


def _write_ogr(table: pd.DataFrame, layer: Layer, path: Path, driver: str) -> None:
    pyogrio.write_dataframe(_typed(table, layer), path, layer=layer.name, driver=driver)


def _write_parquet(table: pd.DataFrame, layer: Layer, zone: str, path: Path) -> None:
    _typed(table, layer).to_parquet(path, index=False)


def _typed(table: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    """Columns of one type each: numbers, moments in UTC, days, texts; shapes in EPSG:4490."""
    typed = pd.DataFrame(index=table.index)
    for name in table.columns:
        column, first = table[name], next((v for v in table[name] if v is not None), None)
        if name == "geometry":
            continue
        if isinstance(first, datetime):
            typed[name] = pd.to_datetime(column, utc=True)
        elif isinstance(first, int):
            typed[name] = column.astype("Int64")
        elif isinstance(first, float):
            typed[name] = column.astype("float64")
        elif isinstance(first, date):
            typed[name] = [None if day is None else day.isoformat() for day in column]
        else:
            typed[name] = column.astype("str").where(column.notna(), None)
    return gpd.GeoDataFrame(typed, geometry=table["geometry"], crs=CRS) if layer.located else typed


def _cells(table: pd.DataFrame, zone: str) -> Iterator[list[str | int | float | None]]:
    here = ZoneInfo(zone)
    for row in table.itertuples(index=False, name=None):
        yield [_cell(value, here) for value in row]


def _cell(value: object, zone: ZoneInfo) -> str | int | float | None:
    if isinstance(value, str):
        return inert(value)
    if value is None or value != value:
        return None
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int | float) else inert(str(value))


_WRITERS: dict[str, Writer] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
    ".gpkg": _write_gpkg,
    ".geojson": _write_geojson,
    ".parquet": _write_parquet,
}
