"""The audit trail is sealed line by line; a line tells why and from where.

Revision ID: 0004
Revises: 0003
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
ORIGIN = (
    "coalesce(nullif(current_setting('gridmap.origin', true), ''), host(inet_client_addr()),"
    " 'socket')"
)


def upgrade() -> None:
    op.add_column("audit_entries", sa.Column("reason", sa.Text()), schema="gridmap")
    # Not as a default of the new column: lines of before came from nobody knows where.
    op.add_column("audit_entries", sa.Column("origin", sa.Text()), schema="gridmap")
    op.alter_column("audit_entries", "origin", server_default=sa.text(ORIGIN), schema="gridmap")
    op.create_table(
        "audit_seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("audit_seals_pkey")),
        sa.UniqueConstraint("entry_id", name=op.f("audit_seals_entry_id_key")),
        schema="gridmap",
        comment="The audit trail's lines in the order of their commits, each sealed with the last.",
    )
    op.execute((SQL / "0004_seals.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP TRIGGER audit_entries_seal ON gridmap.audit_entries")
    op.execute("DROP FUNCTION gridmap.seal_audit_entry")
    op.execute("DROP FUNCTION gridmap.audit_text")
    op.drop_table("audit_seals", schema="gridmap")
    op.drop_column("audit_entries", "origin", schema="gridmap")
    op.drop_column("audit_entries", "reason", schema="gridmap")
