"""Reads and writes of territory. The connection comes first; nothing here commits."""

from typing import Any

from sqlalchemy import Connection, insert, select

from gridmap.areas.tables import deployment


def read_deployment(connection: Connection) -> dict[str, Any] | None:
    """The one row that says which county this database serves; None before the first load."""
    row = connection.execute(select(deployment)).mappings().one_or_none()
    return dict(row) if row else None


def add_deployment(connection: Connection, values: dict[str, Any]) -> None:
    """Write the deployment's row."""
    connection.execute(insert(deployment).values(**values))
