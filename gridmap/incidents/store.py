"""Reads and writes of incidents. The connection comes first; nothing here commits."""

from collections.abc import Sequence

from sqlalchemy import Connection

from gridmap.db import sql


def place(connection: Connection, ids: Sequence[int] | None = None) -> int:
    """Give incidents the grid in force on the day of their report, and the units above it.

    Set-based, by the rule of the SQL function `grid_at`. Incidents that stand right are left
    alone, so that a second run changes nothing.

    Args:
        ids: the incidents to look at; all of them if None.

    Returns:
        How many incidents changed their place.
    """
    placed = connection.execute(
        sql("incidents/place.sql"), {"ids": None if ids is None else list(ids)}
    )
    return placed.rowcount
