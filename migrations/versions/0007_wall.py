"""The wall: what rows there are depends on who asks.

Revision ID: 0007
Revises: 0006
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
CHAIN = (("buildings", "dwellings"), ("dwellings", "households"), ("households", "residents"))


def upgrade() -> None:
    for _, below in CHAIN:
        op.add_column(below, sa.Column("grid_id", sa.BigInteger()), schema="gridmap")
    op.execute((SQL / "0007_wall.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("ALTER VIEW gridmap.layer_versions RESET (security_invoker)")
    op.execute("""
        DO $$
        DECLARE
            p record;
        BEGIN
            FOR p IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'gridmap' LOOP
                EXECUTE format('DROP POLICY %I ON gridmap.%I', p.policyname, p.tablename);
            END LOOP;
            FOR p IN SELECT relname FROM pg_class
                WHERE relnamespace = 'gridmap'::regnamespace AND relrowsecurity
            LOOP
                EXECUTE format('ALTER TABLE gridmap.%I DISABLE ROW LEVEL SECURITY', p.relname);
            END LOOP;
        END
        $$""")
    op.execute("DROP FUNCTION gridmap.next_incident_code(date)")
    for name in ("place_premises", "place_incident"):
        op.execute(f"ALTER FUNCTION gridmap.{name}() SECURITY INVOKER RESET search_path")
    for above, below in reversed(CHAIN):
        op.execute(f"DROP FUNCTION gridmap.pass_grid_to_{below}() CASCADE")
        op.execute(f"DROP FUNCTION gridmap.take_grid_of_{above}() CASCADE")
        op.drop_column(below, "grid_id", schema="gridmap")
