"""`gridmap load`: a file into a layer."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gridmap import schema
from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas.actions import profile_in_force
from gridmap.errors import CallError
from gridmap.ingest import actions as ingest
from gridmap.ingest.plans import INITIAL, PlanChoice
from gridmap.profiles import load_profile
from gridmap.sealing.key_file import KeyFile
from gridmap.settings import read_settings
from gridmap.terminal import bar

_DAY = ["%Y-%m-%d"]
_Day = datetime | None
_Text = str | None
_Pairs = list[str] | None


def load(
    layer: Annotated[str, typer.Argument(help="图层 · grids, buildings, incidents, …")],
    file: Annotated[str, typer.Argument(help="文件 · GeoParquet, GeoJSON, GPKG, SHP, CSV, XLSX")],
    crs: Annotated[_Text, typer.Option(help="坐标系 · EPSG:xxxx, gcj02, bd09")] = None,
    column: Annotated[_Pairs, typer.Option(help="列对应 ours=theirs，可重复 · repeatable")] = None,
    constant: Annotated[
        _Pairs, typer.Option("--set", help="整列取一个值 ours=value，可重复 · repeatable")
    ] = None,
    lon: Annotated[_Text, typer.Option(help="经度列 · column of longitudes")] = None,
    lat: Annotated[_Text, typer.Option(help="纬度列 · column of latitudes")] = None,
    sheet: Annotated[_Text, typer.Option(help="工作表或文件内图层 · sheet, or inner layer")] = None,
    encoding: Annotated[_Text, typer.Option(help="文字编码 · of a CSV: utf-8, gbk")] = None,
    source: Annotated[_Text, typer.Option(help="数据来源，缺省为文件名 · else the file")] = None,
    plan: Annotated[str, typer.Option(help="划分方案代码（仅网格）· the grids' plan")] = INITIAL,
    valid_from: Annotated[_Day, typer.Option(formats=_DAY, help="启用日期 · first day")] = None,
    valid_to: Annotated[_Day, typer.Option(formats=_DAY, help="失效日期 · day after")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="拒收清单 · workbook of refused rows")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · for machines")] = False,
) -> None:
    """把文件装入图层；坏行进拒收清单 · a file into a layer; bad rows into a workbook."""
    settings = read_settings()
    options = ingest.LoadOptions(
        crs=crs,
        columns=_pairs("--column", column or []),
        constants=_pairs("--set", constant or []),
        lon=lon,
        lat=lat,
        sheet=sheet,
        encoding=encoding,
        source=source,
        plan=PlanChoice(plan, valid_from and valid_from.date(), valid_to and valid_to.date()),
        rejects=rejects,
        keys=KeyFile.of(settings),
    )
    with schema.opened(settings) as engine:
        wanted = load_profile(settings.profile, settings.data_dir)
        profile = profile_in_force(engine, ADMINISTRATOR, wanted)
        with bar(f"装入 {layer} · load {layer}") as advance:
            report = ingest.load(engine, ADMINISTRATOR, profile, layer, file, options, advance)
    typer.echo(json.dumps(report.as_json(), ensure_ascii=False) if as_json else report.as_text())
    if not report.is_clean:
        raise typer.Exit(1)


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in given]
    for ours, equals, theirs in pairs:
        if not (ours and equals and theirs):
            raise CallError(
                f"{option} 要写成 我们的列=…，收到的是 {ours}{equals}{theirs}",
                f"{option} takes ours=…, not {ours}{equals}{theirs}",
            )
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
