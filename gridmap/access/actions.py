"""What can be done with the audit trail: one function, one intent, one transaction."""

from sqlalchemy import Engine, text

from gridmap.access import checks, store
from gridmap.db import Actor, transaction


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
