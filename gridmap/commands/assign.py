"""`gridmap assign`: which grid is each point of a file in? Plain files, no database."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gridmap.assign.actions import AssignOptions, assign_file
from gridmap.terminal import bar, say


def assign(
    points: Annotated[str, typer.Argument(help="点文件 · Parquet, GeoParquet, CSV, GPKG")],
    grids: Annotated[str, typer.Option(help="网格文件 · GeoParquet, GeoJSON, GPKG, SHP")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="输出 · .parquet, .csv, .gpkg; same rows + code")
    ],
    code: Annotated[str | None, typer.Option(help="网格编码列 · column of the grid codes")] = None,
    lon: Annotated[str | None, typer.Option(help="经度列 · column of longitudes")] = None,
    lat: Annotated[str | None, typer.Option(help="纬度列 · column of latitudes")] = None,
    crs: Annotated[
        str | None, typer.Option(help="点的坐标系 · of the points: EPSG:xxxx, gcj02, bd09")
    ] = None,
    grids_crs: Annotated[str | None, typer.Option(help="网格的坐标系 · of the grids")] = None,
    name: Annotated[str, typer.Option("--as", help="新列的名字 · of the new column")] = "grid_code",
    sheet: Annotated[str | None, typer.Option(help="点文件内图层 · layer of the points")] = None,
    grids_sheet: Annotated[
        str | None, typer.Option(help="网格文件内图层 · layer of the grids")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="文字编码 · of a CSV: utf-8, gbk")] = None,
    threads: Annotated[int, typer.Option(min=0, help="线程数，0 为全部 · 0: all processors")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · for machines")] = False,
) -> None:
    """批量归格：点文件加一列网格编码，不用数据库 · points of a file to grids, without a database.

    中断后用同一命令接着做 · interrupted, the same command goes on where it stopped.
    """
    options = AssignOptions(
        code=code,
        lon=lon,
        lat=lat,
        crs=crs,
        grids_crs=grids_crs,
        name=name,
        sheet=sheet,
        grids_sheet=grids_sheet,
        encoding=encoding,
        threads=threads,
    )
    with bar("归格 · assign") as advance:
        outcome = assign_file(points, grids, out, options, advance, say)
    said = json.dumps(outcome.as_json(), ensure_ascii=False) if as_json else outcome.as_text()
    typer.echo(said)
