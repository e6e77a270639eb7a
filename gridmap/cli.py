"""The `gridmap` command: one command, one action.

Exit 0 done, 1 the data is wrong or the database away, 2 the call is wrong.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gridmap import backup as backups
from gridmap import schema, server
from gridmap.access.actors import ADMINISTRATOR
from gridmap.cluster import Cluster
from gridmap.errors import GridmapError
from gridmap.settings import read_settings
from gridmap.terminal import bar, exit_code, say

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="人进户、户进房、房进网格、网格进图 · grids, premises and incidents on one map",
)

AsJson = Annotated[bool, typer.Option("--json", help="机器可读 · for machines")]


def main() -> None:
    """Entry of the `gridmap` command."""
    try:
        app()
    except GridmapError as error:
        sys.exit(exit_code(error))


@app.command()
def up(as_json: AsJson = False) -> None:
    """启动数据库并升级结构 · start the database and bring its schema up to date."""
    settings = read_settings()
    schema.make_ready(settings)
    _tell_status(as_json)


@app.command()
def down() -> None:
    """停止内嵌数据库 · stop the embedded database."""
    settings = read_settings()
    Cluster(settings).down()
    say("内嵌数据库已停止 · the embedded database is down")


@app.command()
def status(as_json: AsJson = False) -> None:
    """数据库是否运行、地址是什么 · whether the database runs, and its address."""
    _tell_status(as_json)


def _tell_status(as_json: bool) -> None:
    state = schema.look(read_settings())
    if as_json:
        typer.echo(json.dumps(asdict(state), ensure_ascii=False))
    else:
        for name, value in asdict(state).items():
            typer.echo(f"{name:14} {value if value is not None else '-'}")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="备份文件 · the backup file")]) -> None:
    """把全部数据备份到一个文件 · everything into one file."""
    settings = read_settings()
    schema.make_ready(settings)
    with bar("备份 · backup") as advance:
        size = backups.back_up(settings, ADMINISTRATOR, file, advance)
    say(f"已备份到 {file}（{size:,} 字节）· saved to {file} ({size:,} bytes)")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="备份文件 · the backup file")]) -> None:
    """用备份文件替换全部数据 · replace everything by a backup."""
    settings = read_settings()
    schema.make_ready(settings)
    backups.restore(settings, ADMINISTRATOR, file)
    schema.make_ready(settings)
    say(f"已从 {file} 恢复 · restored from {file}")


@app.command()
def serve() -> None:
    """启动网页服务 · serve the web app."""
    settings = read_settings()
    schema.make_ready(settings)
    server.serve(settings, say)
