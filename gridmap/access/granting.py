"""Accounts and mandates, as whoever keeps the machine gives them: one function, one intent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, RowMapping

from gridmap.access import roll
from gridmap.access.actors import ADMINISTRATOR, NOBODY
from gridmap.access.passwords import DEMO_PASSWORD, hashed, random_password
from gridmap.access.store import record
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, Conflict, NotFound

_NAME = re.compile(r"[^\W_][\w.@-]{0,63}")
_RESERVED = frozenset({NOBODY, "gridmap", "gridmap_app", "postgres"})


@dataclass(frozen=True)
class Mandate:
    """A role where and while: below a unit, in a grid, or everywhere when both are None.

    Attributes:
        since: its first day; None for today.
        until: its last day; None for no end.
    """

    role: str
    unit: str | None = None
    grid: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class DemoScopes:
    """Where the accounts of a demonstration work: codes of a grid, its township and its county."""

    grid: str
    township: str
    county: str


def add_account(
    engine: Engine,
    actor: Actor,
    name: str,
    display_name: str,
    mandate: Mandate,
    *,
    with_password: bool = True,
) -> str | None:
    """A new account with a mandate; its random password, to be changed at the first log-in.

    Raises:
        CallError: the name cannot be one; the role, the unit or the grid does not exist.
        Conflict: the name is taken.
    """
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise CallError(
            f"账号名 {name!r} 不能用：以字母、汉字或数字开头，可含 . _ @ -，最多 64 个字符",
            f"{name!r} cannot be an account's name: it begins with a letter or a digit and may hold"
            " . _ @ -, at most 64 characters",
        )
    password = random_password() if with_password else None
    fresh = hashed(password) if password else None
    with transaction(engine, actor) as connection:
        number = roll.add(connection, name, display_name)
        if number is None:
            raise Conflict(f"账号 {name} 已存在", f"there is an account {name} already")
        record(connection, "add", "accounts", account=name)
        _grant(connection, number, name, mandate)
        if fresh:
            roll.set_password(connection, number, fresh, must_change=True)
    return password


def accounts(engine: Engine, actor: Actor) -> Sequence[RowMapping]:
    """Every account with each of its mandates, one a row."""
    with transaction(engine, actor) as connection:
        return roll.everybody(connection)


def disable(engine: Engine, actor: Actor, name: str) -> None:
    """Close an account and end its log-ins and tokens.

    Raises:
        NotFound: there is no such account.
    """
    with transaction(engine, actor) as connection:
        roll.disable(connection, _found(connection, name))
        record(connection, "disable", "accounts", account=name)


def enable(engine: Engine, actor: Actor, name: str) -> None:
    """Open an account again.

    Raises:
        NotFound: there is no such account.
    """
    with transaction(engine, actor) as connection:
        roll.enable(connection, _found(connection, name))
        record(connection, "enable", "accounts", account=name)


def give_password(engine: Engine, actor: Actor, name: str, *, remove_code: bool) -> str:
    """A new random password, to be changed; ends log-ins, tokens and lock-out of the account.

    Raises:
        NotFound: there is no such account.
    """
    password = random_password()
    fresh = hashed(password)
    with transaction(engine, actor) as connection:
        number = _found(connection, name)
        roll.set_password(connection, number, fresh, must_change=True)
        roll.end_access(connection, number)
        roll.forget_attempts_of(connection, name)
        record(connection, "give", "passwords", account=name)
        if remove_code:
            roll.remove_code(connection, number)
            record(connection, "remove", "one_time_codes", account=name)
    return password


def first_password(engine: Engine, actor: Actor) -> str | None:
    """A password for `administrator` while nobody who manages accounts has one; else None."""
    with transaction(engine, actor) as connection:
        if not roll.needs_first_password(connection):
            return None
    password = random_password()
    fresh = hashed(password)
    with transaction(engine, actor) as connection:
        found = roll.find(connection, ADMINISTRATOR.account)
        if found is None or found["disabled_at"] is not None:
            return None
        if not roll.add_password(connection, found["id"], fresh):
            return None  # another start was faster, and has told its own
        record(connection, "give", "passwords", account=ADMINISTRATOR.account)
    return password


def grant(engine: Engine, actor: Actor, name: str, mandate: Mandate) -> None:
    """Give an account one more mandate.

    Raises:
        NotFound: there is no such account.
        CallError: the role, the unit or the grid does not exist, or the period is none.
    """
    with transaction(engine, actor) as connection:
        _grant(connection, _found(connection, name), name, mandate)


def end_mandate(engine: Engine, actor: Actor, name: str, mandate: Mandate) -> int:
    """End an account's mandates of this role and scope after the day `until`, or now; how many.

    Raises:
        NotFound: there is no such account, or no such mandate that is not over.
    """
    with transaction(engine, actor) as connection:
        number = _found(connection, name)
        last = mandate.until
        ended = last + timedelta(days=1) if last else roll.today(connection)
        values = {
            "id": number,
            "role": mandate.role,
            "unit": mandate.unit,
            "grid": mandate.grid,
            "ended": ended,
        }
        n = roll.end_mandate(connection, values)
        if not n:
            raise NotFound(
                f"账号 {name} 没有这样的任命，请用 gridmap account list 核对",
                f"{name} has no such mandate: see `gridmap account list`",
            )
        record(
            connection, "end", "mandates", account=name, role=mandate.role, ended=ended.isoformat()
        )
    return n


def add_demo_accounts(connection: Connection, scopes: DemoScopes) -> int:
    """One account a role, all with the password that the log-in page tells; how many are new.

    None in a database that somebody keeps accounts in. The caller knows that it holds no data but
    a demonstration's; the database itself ends them with the first row that is not.
    """
    rows = roll.everybody(connection)
    if any(row["name"] != ADMINISTRATOR.account and not row["demo"] for row in rows):
        return 0
    fresh, n = hashed(DEMO_PASSWORD), 0
    for role in roll.roles(connection):
        name = f"demo-{role['code'].replace('_', '-')}"
        number = roll.add(connection, name, f"示范{role['title']}")
        if number is None:
            continue
        _grant(connection, number, name, _demo_mandate(role["code"], scopes))
        roll.set_password(connection, number, fresh, must_change=False, demo=True)
        n += 1
    return n


def _demo_mandate(role: str, scopes: DemoScopes) -> Mandate:
    if role in ("officer", "lead"):
        return Mandate(role, grid=scopes.grid, since=date(2000, 1, 1))
    unit = scopes.township if role == "coordinator" else scopes.county
    return Mandate(role, unit=unit, since=date(2000, 1, 1))


def _found(connection: Connection, name: str) -> int:
    found = roll.find(connection, name)
    if found is None:
        raise NotFound(
            f"没有账号 {name}，请用 gridmap account list 核对",
            f"there is no account {name}: see `gridmap account list`",
        )
    return int(found["id"])


def _grant(connection: Connection, number: int, name: str, mandate: Mandate) -> None:
    _check(connection, mandate)
    since = mandate.since or roll.today(connection)
    ended = mandate.until and mandate.until + timedelta(days=1)
    if ended and ended <= since:
        raise CallError(
            f"截止日 {mandate.until} 早于起始日 {since}",
            f"the last day {mandate.until} is before the first, {since}",
        )
    where = {"unit": mandate.unit, "grid": mandate.grid}
    values = {"id": number, "role": mandate.role, **where, "since": since, "ended": ended}
    roll.grant(connection, values)
    record(connection, "grant", "mandates", account=name, role=mandate.role, **where)


def _check(connection: Connection, mandate: Mandate) -> None:
    known = [role["code"] for role in roll.roles(connection)]
    if mandate.role not in known:
        raise CallError(
            f"没有角色 {mandate.role}；有：{'、'.join(known)}",
            f"there is no role {mandate.role}; there are: {', '.join(known)}",
        )
    if mandate.unit and mandate.grid:
        raise CallError("--unit 与 --grid 只能给一个", "give --unit or --grid, not both")
    if mandate.unit and not roll.has_unit(connection, mandate.unit):
        raise CallError(
            f"没有区划 {mandate.unit}，请核对代码",
            f"there is no admin unit {mandate.unit}: check its code",
        )
    if mandate.grid and not roll.has_grid(connection, mandate.grid):
        raise CallError(
            f"没有网格 {mandate.grid}，请核对代码",
            f"there is no grid {mandate.grid}: check its code",
        )
