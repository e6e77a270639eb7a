"""What can be done with the audit trail: one function, one intent, one transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine, RowMapping, text

from gridmap.access import checks, store
from gridmap.db import Actor, transaction
from gridmap.errors import Forbidden
from gridmap.sealing.checks import scrubbed


def read_trail(
    engine: Engine, actor: Actor, wanted: store.WantedLines, most: int
) -> tuple[Sequence[RowMapping], bool]:
    """At most so many lines of the trail that the actor may read, the newest first, and whether
    there are older ones; that they were read is a line itself.

    Raises:
        Forbidden: the actor may read no trail.
    """
    with transaction(engine, actor) as connection:
        if not store.holds(connection, "audit"):
            raise Forbidden("您的账号无权查阅审计记录", "your account may not read the audit trail")
        found = store.lines(connection, wanted, most + 1)
        rows = found[:most]
        store.record(connection, "read", "audit_entries", lines=len(rows), asked=_asked(wanted))
    return rows, len(found) > most


def _asked(wanted: store.WantedLines) -> dict[str, Any]:
    """What was asked for; a number of a person's that somebody typed is not kept."""
    given = {name: value for name, value in asdict(wanted).items() if value is not None}
    return {
        name: value if isinstance(value, int) else scrubbed(str(value))
        for name, value in given.items()
    }


def verify_trail(engine: Engine, actor: Actor, known: str | None = None) -> checks.Verdict:
    """Check every seal of the audit trail as it stands at this moment, and record that it was.

    Args:
        known: the last seal as an earlier check told it; must still be in the chain.
    """
    with transaction(engine, actor) as connection:
        connection.execute(text("SELECT set_config('statement_timeout', '0', true)"))
        verdict = checks.verify(store.trail(connection), known)
        store.record(connection, "verify", "audit_entries", faults=len(verdict.faults))
    return verdict
