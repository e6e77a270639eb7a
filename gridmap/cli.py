"""The `gridmap` command: one command, one action.

Exit 0 done, 1 the data is wrong or the database away, 2 the call is wrong.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine, make_url

from gridmap import backup as backups
from gridmap import schema, server
from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.granting import first_password
from gridmap.chain import actions as chain
from gridmap.chain.render import as_dict, as_text
from gridmap.cluster import Cluster
from gridmap.commands.account import account
from gridmap.commands.assign import assign
from gridmap.commands.audit import audit
from gridmap.commands.balance import balance
from gridmap.commands.export import export
from gridmap.commands.keys import keys
from gridmap.commands.load import load
from gridmap.commands.merge_networks import merge_networks
from gridmap.commands.plan import plan
from gridmap.demo import install as demos
from gridmap.demo.actions import SEED
from gridmap.doctor import examine, told
from gridmap.errors import GridmapError, Unavailable
from gridmap.heatmap import actions as heatmap
from gridmap.heatmap.frames import Step
from gridmap.premises import actions as premises
from gridmap.profiles import load_profile
from gridmap.sealing.key_file import KeyFile
from gridmap.settings import Settings, read_settings
from gridmap.terminal import bar, exit_code, say, steps

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="人进户、户进房、房进网格、网格进图 · grids, premises and incidents on one map",
)

DAY = ["%Y-%m-%d"]
Day = datetime | None
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
    _make_ready(settings)
    _tell_status(as_json)


def _make_ready(settings: Settings) -> None:
    """The database, up to date; on the first start the administrator's password is told."""
    with schema.opened(settings) as engine:
        password = first_password(engine, ADMINISTRATOR)
        _tell_of_keys(settings, engine)
    if password is not None:
        say(
            f"首次启动：账号 {ADMINISTRATOR.account}，密码 {password}（只显示这一次，登录后须修改）"
            f" · first start: account {ADMINISTRATOR.account}, password {password},"
            " shown once, to be changed"
        )


def _tell_of_keys(settings: Settings, engine: Engine) -> None:
    """The map serves without the key of phones and ID numbers; who starts it must know."""
    try:
        premises.need_keys(engine, ADMINISTRATOR, KeyFile.of(settings))
    except Unavailable as error:
        say(f"! {error}")


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
        shown = {**asdict(state), "database_url": make_url(state.database_url).render_as_string()}
        for name, value in shown.items():
            typer.echo(f"{name:14} {value if value is not None else '-'}")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """这台机器缺什么、怎么补 · what this machine lacks, and how to mend it."""
    findings = examine(read_settings())
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    for finding in () if as_json else findings:
        typer.echo(told(finding))
    if any(not finding.ok and finding.need == "run" for finding in findings):
        raise typer.Exit(1)


@app.command()
def demo(
    profile: Annotated[str, typer.Argument(help="县域配置 · the profile, such as kelan")],
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="已有数据时什么也不做 · do nothing if there is data")
    ] = False,
    seed: Annotated[int, typer.Option(help="随机种子 · the same seed, the same county")] = SEED,
) -> None:
    """生成并装入示范县（全部为合成数据）· build and load a synthetic county."""
    counts = _install(read_settings(), profile, seed, if_empty)
    for layer, rows in counts.items():
        typer.echo(f"{layer:14} {rows:>8,}")


def _install(settings: Settings, profile: str, seed: int, if_empty: bool) -> Mapping[str, int]:
    """Rows loaded by layer; none when the database has data and only an empty one is wanted."""
    chosen = load_profile(profile, settings.data_dir)
    with schema.opened(settings) as engine:
        if if_empty and not demos.is_wanted(engine, ADMINISTRATOR):
            say("数据库已有数据，未装入示范县 · the database has data: no demo loaded")
            return {}
        with steps(f"示范县 · demo {profile}") as advance:
            key_file = KeyFile.of(settings)
            return demos.install(
                engine, ADMINISTRATOR, chosen, settings.data_dir, seed, key_file, advance
            )


app.command()(load)
app.command()(assign)
app.command()(balance)
app.command()(export)
app.command()(merge_networks)
app.add_typer(audit, name="audit")
app.add_typer(account, name="account")
app.add_typer(keys, name="keys")
app.add_typer(plan, name="plan")


@app.command()
def check(as_json: AsJson = False) -> None:
    """人进户、户进房、房进网格、网格进图：逐环检查 · every link of the chain, checked."""
    with schema.opened(read_settings()) as engine, steps("检查 · check") as advance:
        report = chain.check(engine, ADMINISTRATOR, advance)
    typer.echo(json.dumps(as_dict(report), ensure_ascii=False) if as_json else as_text(report))
    if not report.ok:
        raise typer.Exit(1)


@app.command()
def heat(
    out: Annotated[Path, typer.Option("-o", "--out", help="输出的 HTML 文件 · the HTML file")],
    since: Annotated[Day, typer.Option(formats=DAY, help="起始日 · first day")] = None,
    until: Annotated[Day, typer.Option(formats=DAY, help="截止日（含）· last day")] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="大类代码，可重复 · repeatable")
    ] = None,
    status: Annotated[list[str] | None, typer.Option(help="状态，可重复 · repeatable")] = None,
    step: Annotated[Step, typer.Option(help="每帧多长 · length of a frame")] = "week",
) -> None:
    """事件热力图：一个离线可开的网页文件 · the incidents' heat as one offline page."""
    with schema.opened(read_settings()) as engine, bar("热力图 · heat") as advance:
        found = heatmap.heat_file(
            engine,
            ADMINISTRATOR,
            since=since and since.date(),
            until=until and until.date(),
            category=category or [],
            status=status or [],
            out=out,
            step=step,
            progress=advance,
        )
    typer.echo(
        f"{out}：{found.total:,} 起事件，其中 {found.located:,} 起有位置"
        f" · {found.total:,} incidents, {found.located:,} of them located"
    )


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
    say(f"已从 {file} 恢复 · restored from {file}")
    with schema.opened(settings) as engine:
        premises.need_keys(engine, ADMINISTRATOR, KeyFile.of(settings))


@app.command()
def serve(
    demo: Annotated[
        str | None,
        typer.Option("--demo", help="空库先装入这个示范县 · first fill an empty database with it"),
    ] = None,
) -> None:
    """启动网页服务 · serve the web app."""
    settings = read_settings()
    _make_ready(settings)
    say("数据库已启动，结构为最新 · the database is up, its schema up to date")
    if demo is not None:
        for layer, rows in _install(settings, demo, SEED, if_empty=True).items():
            say(f"  {layer:14} {rows:>8,}")
    server.serve(settings, say)
