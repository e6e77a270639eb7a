"""Proposals for a draft: balanced divisions that were asked for, and what became of them.

Revision ID: 0013
Revises: 0012
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    op.create_table(
        "plan_proposals",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "plan_id",
            sa.BigInteger(),
            sa.ForeignKey("gridmap.grid_plans.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("rights", postgresql.ARRAY(sa.Text())),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("reason", postgresql.JSONB()),
        sa.Column("result", postgresql.JSONB()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
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
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'ended')",
            name=op.f("plan_proposals_state_check"),
        ),
        schema="gridmap",
        comment="asked: villages, modes, size, weight, locked, seed. rights: those of the token that"
        " asked; null: all of the account. ended: its server stopped meanwhile.",
    )
    op.create_index("plan_proposals_plan_id_idx", "plan_proposals", ["plan_id"], schema="gridmap")
    op.create_index(
        "plan_proposals_open_idx", "plan_proposals", ["id"], schema="gridmap",
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )  # fmt: skip
    op.execute((SQL / "0013_proposals.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("SET CONSTRAINTS ALL DEFERRED")
    op.execute("DROP TRIGGER grid_plans_activated ON gridmap.grid_plans")
    op.execute("DROP FUNCTION gridmap.forget_proposals()")
    op.drop_table("plan_proposals", schema="gridmap")
