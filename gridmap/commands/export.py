"""`gridmap export`: a layer into a file."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gridmap import schema
from gridmap.access.actors import ADMINISTRATOR
from gridmap.errors import CallError
from gridmap.export import actions
from gridmap.sealing.key_file import KeyFile
from gridmap.settings import read_settings


def export(
    layer: Annotated[str, typer.Argument(help="图层 · grids, buildings, residents, …")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="输出 · .csv, .xlsx, .gpkg, .geojson, .parquet")
    ],
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="个人信息不遮蔽，要写理由 · needs --reason")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="理由，记入留痕 · why; goes into the audit trail")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="某一天的区划、网格、岗位 · as on a day"),
    ] = None,
) -> None:
    """把图层导出为文件；姓名、电话、身份证号遮蔽 · a layer into a file, persons masked."""
    if unmasked != (reason is not None):
        raise CallError("--unmasked 和 --reason 要同时给出", "--unmasked and --reason go together")
    settings = read_settings()
    day = None if as_of is None else as_of.date()
    keys = KeyFile.of(settings)
    with schema.opened(settings) as engine:
        rows = actions.export(engine, ADMINISTRATOR, keys, layer, out, reason, day)
    typer.echo(f"{out}：{rows:,} 行 · {rows:,} rows")
