"""`gridmap account`: who may log in, and what for."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import RowMapping

from gridmap import schema
from gridmap.access import granting
from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.granting import Mandate
from gridmap.settings import read_settings

account = typer.Typer(no_args_is_help=True, help="账号与任命 · accounts and mandates")
mandate = typer.Typer(no_args_is_help=True, help="任命 · mandates")
account.add_typer(mandate, name="mandate")

_DAY = ["%Y-%m-%d"]
Name = Annotated[str, typer.Argument(help="账号名 · the account's name")]
Role = Annotated[str, typer.Option(help="角色 · officer, lead, coordinator, …")]
Unit = Annotated[str | None, typer.Option(help="区划代码 · below this admin unit")]
Grid = Annotated[str | None, typer.Option(help="网格代码 · in this grid")]
From = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="起始日 · first day")]
Until = Annotated[datetime | None, typer.Option(formats=_DAY, help="截止日（含）· last day")]


@account.command()
def add(
    name: Name,
    role: Role,
    display: Annotated[str | None, typer.Option(help="显示的名字 · the name shown")] = None,
    unit: Unit = None,
    grid: Grid = None,
    since: From = None,
    until: Until = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="只用统一身份认证 · identity provider only")
    ] = False,
) -> None:
    """新建账号并任命；随机密码只显示这一次 · a new account; its password is shown once."""
    wanted = _mandate(role, unit, grid, since, until)
    with schema.opened(read_settings()) as engine:
        password = granting.add_account(
            engine, ADMINISTRATOR, name, display or name, wanted, with_password=not no_password
        )
    typer.echo(f"已新建账号 {name} · account {name} was made")
    if password:
        _show(password)


@account.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · for machines")] = False,
) -> None:
    """全部账号与任命 · every account and mandate."""
    with schema.opened(read_settings()) as engine:
        rows = granting.accounts(engine, ADMINISTRATOR)
    if as_json:
        typer.echo(json.dumps([dict(row) for row in rows], ensure_ascii=False, default=str))
        return
    for row in rows:
        typer.echo(_line(row))


@account.command()
def disable(name: Name) -> None:
    """停用账号并结束其登录与令牌 · close an account; its log-ins and tokens end."""
    with schema.opened(read_settings()) as engine:
        granting.disable(engine, ADMINISTRATOR, name)
    typer.echo(f"已停用 · {name} is disabled")


@account.command()
def enable(name: Name) -> None:
    """重新启用账号 · open an account again."""
    with schema.opened(read_settings()) as engine:
        granting.enable(engine, ADMINISTRATOR, name)
    typer.echo(f"已启用 · {name} is enabled")


@account.command()
def password(
    name: Name,
    remove_code: Annotated[
        bool, typer.Option("--remove-code", help="同时停用一次性验证码 · also the one-time code")
    ] = False,
) -> None:
    """换成新的随机密码，只显示这一次 · a new random password, shown once."""
    with schema.opened(read_settings()) as engine:
        fresh = granting.give_password(engine, ADMINISTRATOR, name, remove_code=remove_code)
    _show(fresh)


@mandate.command("add")
def add_mandate(
    name: Name,
    role: Role,
    unit: Unit = None,
    grid: Grid = None,
    since: From = None,
    until: Until = None,
) -> None:
    """再任命一个角色 · one more role for an account."""
    wanted = _mandate(role, unit, grid, since, until)
    with schema.opened(read_settings()) as engine:
        granting.grant(engine, ADMINISTRATOR, name, wanted)
    typer.echo(f"已任命 · {name} is {role}")


@mandate.command("end")
def end_mandate(
    name: Name,
    role: Role,
    unit: Unit = None,
    grid: Grid = None,
    until: Until = None,
) -> None:
    """结束任命：立即，或到某日为止 · end a mandate, now or after a last day."""
    wanted = _mandate(role, unit, grid, None, until)
    with schema.opened(read_settings()) as engine:
        granting.end_mandate(engine, ADMINISTRATOR, name, wanted)
    typer.echo(f"已结束 · {name} is no longer {role}" if not until else f"已改 · {name}: {role}")


def _mandate(
    role: str,
    unit: str | None,
    grid: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Mandate:
    return Mandate(role, unit, grid, since and since.date(), until and until.date())


def _show(password: str) -> None:
    typer.echo(f"密码，只显示这一次，登录后须修改 · shown once, to be changed: {password}")


def _line(row: RowMapping) -> str:
    where = row["unit_code"] or row["grid_code"] or "全域 everywhere"
    period = f"{row['first_day'] or '…'} – {row['last_day'] or '…'}"
    held = f"{row['role']} @ {where}  {period}" if row["role"] else "-"
    marks: Sequence[tuple[object, str]] = (
        (row["disabled_at"], "已停用 disabled"),
        (row["demo"], "示范 demo"),
        (row["must_change"], "须改密码 must change"),
        (row["has_code"], "验证码 one-time code"),
        (not row["has_password"], "无密码 no password"),
    )
    told = "，".join(text for given, text in marks if given)
    return f"{row['name']:24} {row['display_name']:12} {held}  {told}".rstrip()
