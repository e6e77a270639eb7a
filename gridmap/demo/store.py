"""What the demo asks of the database before it fills it. The connection comes first."""

from sqlalchemy import Connection, text

SOURCE = "synthetic"
"""The mark on every row of a demo county."""

_FOREIGN = text(
    "SELECT EXISTS (SELECT FROM admin_units WHERE source IS DISTINCT FROM :source)"
    " OR EXISTS (SELECT FROM buildings WHERE source IS DISTINCT FROM :source)"
    " OR EXISTS (SELECT FROM incidents WHERE source IS DISTINCT FROM :source)"
)
_LAST_ACT = text("SELECT action FROM audit_entries WHERE subject = 'demo' ORDER BY id DESC LIMIT 1")


def holds_other_data(connection: Connection) -> bool:
    """Whether the database holds rows that no demo wrote."""
    return bool(connection.scalar(_FOREIGN, {"source": SOURCE}))


def was_finished(connection: Connection) -> bool:
    """Whether a demo has been loaded to its end; an interrupted one is taken up again."""
    return bool(connection.scalar(_LAST_ACT) == "finish")
