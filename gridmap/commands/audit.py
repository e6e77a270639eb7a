"""`gridmap audit`: the trail of who did what."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from gridmap import schema
from gridmap.access.actions import verify_trail
from gridmap.access.actors import ADMINISTRATOR
from gridmap.settings import read_settings

audit = typer.Typer(no_args_is_help=True, help="操作留痕 · the trail of who did what")

_MOST = 20


@audit.command()
def verify(
    known: Annotated[
        str | None, typer.Option(help="上次记下的封签 · the last seal as noted down earlier")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · for machines")] = False,
) -> None:
    """核对留痕：删、改、调换都会发现 · finds lines removed, changed or reordered."""
    with schema.opened(read_settings()) as engine:
        verdict = verify_trail(engine, ADMINISTRATOR, known or None)
    if as_json:
        typer.echo(json.dumps({**asdict(verdict), "ok": verdict.ok}, ensure_ascii=False))
    else:
        for fault in verdict.faults[:_MOST]:
            typer.echo(f"{fault.message.zh} · {fault.message.en}")
        if len(verdict.faults) > _MOST:
            more = len(verdict.faults) - _MOST
            typer.echo(f"……另有 {more:,} 处 · and {more:,} more")
        typer.echo(f"{verdict.lines:,} 条已封签 · {verdict.lines:,} lines sealed")
        typer.echo(f"最后的封签，请抄存 · the last seal, to be noted down: {verdict.head or '-'}")
    if not verdict.ok:
        raise typer.Exit(1)
