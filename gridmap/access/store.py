"""The audit trail: lines that no trigger can write (reads, acts of the command line), its seals."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, insert, select

from gridmap.access.checks import Line
from gridmap.access.tables import audit_entries
from gridmap.db import sql

_AT_ONCE = 10_000


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


def trail(connection: Connection) -> Iterator[Line]:
    """Every seal with its line, in the order of the commits; read in portions."""
    options = {"yield_per": _AT_ONCE}
    for row in connection.execute(sql("access/trail.sql"), execution_options=options):
        hash_ = None if row.hash is None else bytes(row.hash)
        yield Line(row.number, row.entry_id, hash_, row.text)
