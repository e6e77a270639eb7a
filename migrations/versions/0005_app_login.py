"""The application's own login may write no audit line and no version itself: its triggers do.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TRIGGERS = ("note_change", "seal_audit_entry")


def upgrade() -> None:
    for name in TRIGGERS:
        # Temporary tables last: nobody slips one of the same name under the owner's rights.
        op.execute(
            f"ALTER FUNCTION gridmap.{name}() SECURITY DEFINER"
            " SET search_path = pg_catalog, gridmap, public, pg_temp"
        )


def downgrade() -> None:
    for name in TRIGGERS:
        op.execute(f"ALTER FUNCTION gridmap.{name}() SECURITY INVOKER RESET search_path")
