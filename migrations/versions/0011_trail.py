"""The audit trail is read page by page, and by those whose scope holds its actor.

Revision ID: 0011
Revises: 0010
"""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    # An earlier step of the same upgrade may have left lines whose seals are still to be set.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("SET CONSTRAINTS ALL DEFERRED")
    op.create_index("audit_entries_at_idx", "audit_entries", ["at"], schema="gridmap")
    op.create_index(
        "audit_entries_actor_id_idx", "audit_entries", ["actor", "id"], schema="gridmap"
    )
    op.execute((SQL / "0011_trail.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for table in ("audit_entries", "audit_seals"):
        op.execute(
            f"ALTER POLICY seen ON gridmap.{table} USING ((SELECT gridmap.has_right('audit')))"
        )
    op.execute("DROP FUNCTION gridmap.accounts_below(text)")
    op.drop_index("audit_entries_actor_id_idx", "audit_entries", schema="gridmap")
    op.drop_index("audit_entries_at_idx", "audit_entries", schema="gridmap")
