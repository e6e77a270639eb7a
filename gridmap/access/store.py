"""The audit trail: lines that no trigger can write, its seals. Log-ins.

The connection comes first; nothing here commits. What it writes about log-ins is the actor's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    RowMapping,
    Text,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from gridmap.access.checks import Line
from gridmap.access.tables import audit_entries, logins, tokens
from gridmap.db import sql

_AT_ONCE = 10_000
_PUBLISHED = text("SELECT * FROM gridmap.published_figures()")

Via = Literal["password", "oidc"]
About = Literal["account", "origin"]

_CREDENTIALS = text("SELECT * FROM gridmap.credentials(:account)")
_LOGIN = text("SELECT * FROM gridmap.read_login(:hash)")
_TOKEN = text("SELECT * FROM gridmap.read_token(:hash)")
_DEMO = text("SELECT * FROM gridmap.demo_accounts()")
_BEGIN = text("SELECT * FROM gridmap.begin_attempt(:about, :key, :free)")
_TAKE_BACK = text("SELECT gridmap.take_back_attempt(:about, :key, :forget)")
_OPEN = text("SELECT gridmap.open_login(:hash, :via)")
_END = text("SELECT gridmap.end_login(:login)")
_END_OTHERS = text("SELECT gridmap.end_other_logins(:kept)")
_SET_PASSWORD = text("SELECT gridmap.set_password(:hash)")
_OFFER = text("SELECT gridmap.offer_code(:sealed)")
_OFFERED = text("SELECT gridmap.offered_code()")
_CONFIRM = text("SELECT gridmap.confirm_code(:step, :recovery)").bindparams(
    bindparam("recovery", type_=ARRAY(BYTEA))
)
_USE_CODE = text("SELECT gridmap.use_code(:step)")
_USE_RECOVERY = text("SELECT gridmap.use_recovery_code(:hash)")
_REMOVE_CODE = text("SELECT gridmap.remove_code()")
_MAKE_TOKEN = text("SELECT gridmap.make_token(:hash, :name, :rights, :days)").bindparams(
    bindparam("rights", type_=ARRAY(Text))
)
_REVOKE = text("SELECT gridmap.revoke_token(:token)")
_ZONE: ColumnElement[str] = literal_column(
    "coalesce((SELECT time_zone FROM gridmap.deployment), 'UTC')"
)
_RIGHTS = text(
    "SELECT DISTINCT right_ FROM gridmap.role_rights WHERE gridmap.has_right(right_)"
    " ORDER BY right_"
)


def record(
    connection: Connection, action: str, subject: str, reason: str | None = None, **detail: Any
) -> None:
    """Append one line in the name of the transaction's actor."""
    line = {"action": action, "subject": subject, "reason": reason, "detail": detail}
    # Without asking for the line's id: most of those who write lines may read none.
    connection.execute(insert(audit_entries).inline().values(line))


def sight(connection: Connection) -> str:
    """What the actor may see, as a text to remember answers under; it changes with the mandates."""
    return str(connection.scalar(select(func.gridmap.sight())))


def grids_of(connection: Connection, right: str) -> set[int]:
    """Ids of the grids, of every plan there was, in which the actor holds a right."""
    return set(connection.scalars(select(func.gridmap.grids_of(right))))


def units_of(connection: Connection, right: str) -> set[int]:
    """Ids of the admin units that the actor sees whole with a right."""
    return set(connection.scalars(select(func.gridmap.units_of(right))))


def published(connection: Connection) -> Mapping[int, RowMapping]:
    """households, residents, incidents of the units in sight, by id, the actor's own or not.

    None where the count is small, or would tell a small one.
    """
    rows = connection.execute(_PUBLISHED).mappings()
    return {row["unit_id"]: row for row in rows}


def trail(connection: Connection) -> Iterator[Line]:
    """Every seal with its line, in the order of the commits; read in portions."""
    options = {"yield_per": _AT_ONCE}
    for row in connection.execute(sql("access/trail.sql"), execution_options=options):
        hash_ = None if row.hash is None else bytes(row.hash)
        yield Line(row.number, row.entry_id, hash_, row.text)


@dataclass(frozen=True)
class WantedLines:
    """Which lines of the trail: all that is said must hold; days are those of the deployment.

    Attributes:
        before: only lines with smaller numbers, for the next page.
        since: the first day, inclusive.
        until: the last day, inclusive.
    """

    before: int | None = None
    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    since: date | None = None
    until: date | None = None


def lines(connection: Connection, wanted: WantedLines, most: int) -> Sequence[RowMapping]:
    """Lines of the trail that the actor may read, the newest first: id, at, actor, action, subject,
    detail, reason, origin."""
    columns = audit_entries.c
    query = select(audit_entries).order_by(columns.id.desc()).limit(most)
    for name in ("actor", "action", "subject"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(columns[name] == value)
    if wanted.before is not None:
        query = query.where(columns.id < wanted.before)
    if wanted.since is not None:
        query = query.where(columns.at >= _midnight(wanted.since))
    if wanted.until is not None:
        query = query.where(columns.at < _midnight(wanted.until + timedelta(days=1)))
    return connection.execute(query).mappings().all()


def _midnight(day: date) -> ColumnElement[datetime]:
    return func.timezone(_ZONE, cast(day, DateTime(timezone=False)), type_=DateTime(timezone=True))


def holds(connection: Connection, right: str) -> bool:
    """Whether the actor holds a right anywhere."""
    return bool(connection.scalar(select(func.gridmap.has_right(right))))


def reaches(connection: Connection, right: str, grid_id: int) -> bool:
    """Whether the actor holds a right in a grid."""
    return bool(connection.scalar(select(func.gridmap.reaches(right, grid_id))))


def credentials(connection: Connection, account: str) -> RowMapping | None:
    """account, usable, hash and sealed secret (both or either None); None for no such account."""
    return connection.execute(_CREDENTIALS, {"account": account}).mappings().one_or_none()


def read_login(connection: Connection, hash_: bytes) -> RowMapping | None:
    """Whose open log-in it is: account, login_id, via, must_change, has_code, manages, in_demo."""
    return connection.execute(_LOGIN, {"hash": hash_}).mappings().one_or_none()


def read_token(connection: Connection, hash_: bytes) -> RowMapping | None:
    """Whose valid token this is: token_id, account, rights."""
    return connection.execute(_TOKEN, {"hash": hash_}).mappings().one_or_none()


def demo_accounts(connection: Connection) -> Sequence[RowMapping]:
    """The accounts of a demonstration with role, titles and scope; none in any other database."""
    return connection.execute(_DEMO).mappings().all()


def begin_attempt(connection: Connection, about: About, key: bytes, free: int) -> tuple[float, int]:
    """Count an attempt: seconds to wait before it may be made (0: now), attempts so far."""
    row = connection.execute(_BEGIN, {"about": about, "key": key, "free": free}).one()
    return float(row.wait_s), int(row.n)


def take_back_attempt(connection: Connection, about: About, key: bytes, *, forget: bool) -> None:
    """It did not fail; `forget` those before it as well."""
    connection.execute(_TAKE_BACK, {"about": about, "key": key, "forget": forget})


def open_login(connection: Connection, hash_: bytes, via: Via) -> int:
    """A log-in of the actor, for seven days at most; its number."""
    return int(connection.execute(_OPEN, {"hash": hash_, "via": via}).scalar_one())


def end_login(connection: Connection, login: int) -> bool:
    """End a log-in of the actor; False when it was none, or had ended."""
    return bool(connection.scalar(_END, {"login": login}))


def end_other_logins(connection: Connection, kept: int) -> int:
    """End all log-ins of the actor but one; how many."""
    return int(connection.scalar(_END_OTHERS, {"kept": kept}) or 0)


def open_logins(connection: Connection) -> Sequence[RowMapping]:
    """The actor's log-ins that are open: id, via, origin, created_at, last_seen_at."""
    columns = logins.c
    return (
        connection.execute(
            select(
                columns.id, columns.via, columns.origin, columns.created_at, columns.last_seen_at
            )
            .where(
                columns.account_id == text("gridmap.actor_id()"),
                columns.ended_at.is_(None),
                columns.expires_at > text("now()"),
                columns.last_seen_at > text("now() - interval '12 hours'"),
            )
            .order_by(columns.last_seen_at.desc())
        )
        .mappings()
        .all()
    )


def set_password(connection: Connection, hash_: str) -> None:
    """The actor's new password."""
    connection.execute(_SET_PASSWORD, {"hash": hash_})


def offer_code(connection: Connection, sealed: bytes) -> bool:
    """Keep a secret until it is confirmed; False when one is in use."""
    return bool(connection.scalar(_OFFER, {"sealed": sealed}))


def offered_code(connection: Connection) -> bytes | None:
    """The sealed secret that waits to be confirmed, for an hour."""
    sealed = connection.scalar(_OFFERED)
    return None if sealed is None else bytes(sealed)


def confirm_code(connection: Connection, step: int, recovery: Sequence[bytes]) -> bool:
    """Take the offered secret into use, its code of this step used up; False without an offer."""
    values = {"step": step, "recovery": list(recovery)}
    return bool(connection.scalar(_CONFIRM, values))


def use_code(connection: Connection, step: int) -> bool:
    """Use up a code and all before it; False when it was."""
    return bool(connection.scalar(_USE_CODE, {"step": step}))


def use_recovery_code(connection: Connection, hash_: bytes) -> bool:
    """Use up a recovery code; False when it is none, or was used."""
    return bool(connection.scalar(_USE_RECOVERY, {"hash": hash_}))


def remove_code(connection: Connection) -> None:
    """The actor logs in without a one-time code from now on."""
    connection.execute(_REMOVE_CODE)


def make_token(
    connection: Connection, hash_: bytes, name: str, rights: Sequence[str], days: int
) -> int:
    """A token of the actor; its number."""
    values = {"hash": hash_, "name": name, "rights": list(rights), "days": days}
    return int(connection.execute(_MAKE_TOKEN, values).scalar_one())


def revoke_token(connection: Connection, token: int) -> bool:
    """Revoke a token of the actor; False when it was none, or was revoked."""
    return bool(connection.scalar(_REVOKE, {"token": token}))


def valid_tokens(connection: Connection) -> Sequence[RowMapping]:
    """The actor's tokens that are valid: id, name, rights, created_at, expires_at, last_used_at."""
    columns = tokens.c
    return (
        connection.execute(
            select(
                columns.id,
                columns.name,
                columns.rights,
                columns.created_at,
                columns.expires_at,
                columns.last_used_at,
            )
            .where(
                columns.account_id == text("gridmap.actor_id()"),
                columns.revoked_at.is_(None),
                columns.expires_at > text("now()"),
            )
            .order_by(columns.id)
        )
        .mappings()
        .all()
    )


def rights(connection: Connection) -> list[str]:
    """The rights that the actor has anywhere today."""
    return list(connection.scalars(_RIGHTS))


def own_account(connection: Connection) -> Sequence[RowMapping]:
    """The actor's mandates of today: account, display_name, role, titles, scope; at least a row."""
    return connection.execute(sql("access/me.sql")).mappings().all()
