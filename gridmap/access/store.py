"""The audit trail: lines that no trigger can write (reads, acts of the command line), its seals."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, text

from gridmap.access.checks import Line
from gridmap.access.tables import audit_entries
from gridmap.db import sql

_AT_ONCE = 10_000
_PUBLISHED = text("SELECT * FROM gridmap.published_figures()")


def record(
    connection: Connection, action: str, subject: str, reason: str | None = None, **detail: Any
) -> None:
    """Append one line in the name of the transaction's actor."""
    line = {"action": action, "subject": subject, "reason": reason, "detail": detail}
    # Without asking for the line's id: the application's login may write lines, and read none.
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
