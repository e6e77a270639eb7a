"""The networks of departments are kept as plans of their own.

Revision ID: 0014
Revises: 0013
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    op.create_table(
        "network_grids",
        sa.Column(
            "plan_id",
            sa.BigInteger(),
            sa.ForeignKey("gridmap.grid_plans.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text()),
        sa.Column("geom", Geometry("MULTIPOLYGON", 4490, spatial_index=False), nullable=False),
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "public.st_isvalid(geom) AND NOT public.st_isempty(geom)",
            name=op.f("network_grids_geom_check"),
        ),
        schema="gridmap",
        comment="The grids of a department, as it drew them: of no village, in gaps and overlaps,"
        " under its own codes. They are never in force.",
    )
    op.execute((SQL / "0014_networks.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("SET CONSTRAINTS ALL DEFERRED")
    op.execute("DROP FUNCTION gridmap.holds(bigint)")
    op.drop_table("network_grids", schema="gridmap")
