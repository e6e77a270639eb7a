"""The roll of accounts, as whoever keeps the machine writes it. The connection comes first.

All of it runs under the owner's login: the application can do nothing of this.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from gridmap.db import sql

_ROLES = text("SELECT code, title, title_en FROM gridmap.roles ORDER BY code")
_FIND = text("SELECT id, name, disabled_at FROM gridmap.accounts WHERE name = :account")
_UNIT = text("SELECT EXISTS (SELECT FROM gridmap.admin_units WHERE code = :code)")
_GRID = text("SELECT EXISTS (SELECT FROM gridmap.grids WHERE code = :code)")
_ADD = text(
    "INSERT INTO gridmap.accounts (name, display_name) VALUES (:account, :display_name)"
    " ON CONFLICT (name) DO NOTHING RETURNING id"
)
_GRANT = text(
    "INSERT INTO gridmap.mandates (account_id, role, unit_code, grid_code, valid)"
    " VALUES (:id, :role, :unit, :grid, daterange(:since, :ended))"
)
_SHORTEN = text(
    "UPDATE gridmap.mandates SET valid = daterange(lower(valid), :ended)"
    " WHERE account_id = :id AND role = :role AND unit_code IS NOT DISTINCT FROM :unit"
    " AND grid_code IS NOT DISTINCT FROM :grid"
    " AND coalesce(lower(valid) < :ended, true) AND coalesce(upper(valid) > :ended, true)"
)
_WITHDRAW = text(
    "DELETE FROM gridmap.mandates"
    " WHERE account_id = :id AND role = :role AND unit_code IS NOT DISTINCT FROM :unit"
    " AND grid_code IS NOT DISTINCT FROM :grid AND lower(valid) >= :ended"
)
_TODAY = text("SELECT coalesce(gridmap.day_of(now()), (now() AT TIME ZONE 'UTC')::date)")
_DISABLE = text("UPDATE gridmap.accounts SET disabled_at = now() WHERE id = :id")
_ENABLE = text("UPDATE gridmap.accounts SET disabled_at = NULL WHERE id = :id")
_END_LOGINS = text(
    "UPDATE gridmap.logins SET ended_at = now() WHERE ended_at IS NULL"
    " AND (account_id = :id OR CAST(:id AS bigint) IS NULL)"
)
_REVOKE_TOKENS = text(
    "UPDATE gridmap.tokens SET revoked_at = now() WHERE revoked_at IS NULL"
    " AND (account_id = :id OR CAST(:id AS bigint) IS NULL)"
)
_FORGET_ATTEMPTS = text("DELETE FROM gridmap.failed_attempts")
_FORGET_ATTEMPTS_OF = text(
    "DELETE FROM gridmap.failed_attempts"
    " WHERE about = 'account' AND key = sha256(convert_to(:account, 'UTF8'))"
)
_SET_PASSWORD = text(
    "INSERT INTO gridmap.passwords (account_id, hash, must_change, demo)"
    " VALUES (:id, :hash, :must_change, :demo) ON CONFLICT (account_id) DO UPDATE"
    " SET hash = excluded.hash, must_change = excluded.must_change, demo = excluded.demo,"
    " changed_at = now()"
)
_ADD_PASSWORD = text(
    "INSERT INTO gridmap.passwords (account_id, hash, must_change) VALUES (:id, :hash, true)"
    " ON CONFLICT (account_id) DO NOTHING"
)
_REMOVE_CODE = (
    text("DELETE FROM gridmap.recovery_codes WHERE account_id = :id"),
    text("DELETE FROM gridmap.one_time_codes WHERE account_id = :id"),
)


def roles(connection: Connection) -> Sequence[RowMapping]:
    """Every role: code, title, title_en."""
    return connection.execute(_ROLES).mappings().all()


def find(connection: Connection, account: str) -> RowMapping | None:
    """The account of this name: id, name, disabled_at."""
    return connection.execute(_FIND, {"account": account}).mappings().one_or_none()


def everybody(connection: Connection) -> Sequence[RowMapping]:
    """Every account with each of its mandates, one a row; see `roll.sql` for the columns."""
    return connection.execute(sql("access/roll.sql")).mappings().all()


def has_unit(connection: Connection, code: str) -> bool:
    """Whether there is, or was, an admin unit of this code."""
    return bool(connection.scalar(_UNIT, {"code": code}))


def has_grid(connection: Connection, code: str) -> bool:
    """Whether there is, or was, a grid of this code."""
    return bool(connection.scalar(_GRID, {"code": code}))


def today(connection: Connection) -> Any:
    """The day it is in the deployment's time zone."""
    return connection.scalar(_TODAY)


def add(connection: Connection, account: str, display_name: str) -> int | None:
    """A new account's number; None when the name is taken."""
    values = {"account": account, "display_name": display_name}
    number = connection.scalar(_ADD, values)
    return None if number is None else int(number)


def grant(connection: Connection, values: dict[str, Any]) -> None:
    """A mandate: id, role, unit, grid, since, ended (the first day on which it is over)."""
    connection.execute(_GRANT, values)


def end_mandate(connection: Connection, values: dict[str, Any]) -> int:
    """End mandates of the same role and scope on the day `ended`; how many."""
    shortened = connection.execute(_SHORTEN, values).rowcount
    return shortened + connection.execute(_WITHDRAW, values).rowcount


def disable(connection: Connection, number: int) -> None:
    """Close an account; its log-ins and tokens end for good."""
    connection.execute(_DISABLE, {"id": number})
    end_access(connection, number)


def enable(connection: Connection, number: int) -> None:
    """Open an account again."""
    connection.execute(_ENABLE, {"id": number})


def set_password(
    connection: Connection, number: int, hash_: str, *, must_change: bool, demo: bool = False
) -> None:
    """An account's password."""
    values = {"id": number, "hash": hash_, "must_change": must_change, "demo": demo}
    connection.execute(_SET_PASSWORD, values)


def add_password(connection: Connection, number: int, hash_: str) -> bool:
    """A password to be changed, for an account that has none; False when it has."""
    return bool(connection.execute(_ADD_PASSWORD, {"id": number, "hash": hash_}).rowcount)


def needs_first_password(connection: Connection) -> bool:
    """Whether nobody who manages accounts has a password, those of a demonstration left out."""
    return bool(connection.scalar(sql("access/first.sql")))


def remove_code(connection: Connection, number: int) -> None:
    """An account logs in without one-time code from now on."""
    for statement in _REMOVE_CODE:
        connection.execute(statement, {"id": number})


def forget_attempts_of(connection: Connection, account: str) -> None:
    """Lift the lock-out of an account."""
    connection.execute(_FORGET_ATTEMPTS_OF, {"account": account})


def end_access(connection: Connection, number: int | None) -> tuple[int, int]:
    """End every log-in and token of an account, of all for None; how many of each."""
    ended = connection.execute(_END_LOGINS, {"id": number}).rowcount
    revoked = connection.execute(_REVOKE_TOKENS, {"id": number}).rowcount
    if number is None:
        connection.execute(_FORGET_ATTEMPTS)
    return ended, revoked
