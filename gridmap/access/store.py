"""Lines in the audit trail that no trigger can write: reads and acts of the command line."""

from typing import Any

from sqlalchemy import Connection, insert

from gridmap.access.tables import audit_entries


def record(connection: Connection, action: str, subject: str, **detail: Any) -> None:
    """Append one line in the name of the transaction's actor."""
    connection.execute(insert(audit_entries).values(action=action, subject=subject, detail=detail))
