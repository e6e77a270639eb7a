"""Accounts, roles and mandates: who may do what, where, and from when to when.

Revision ID: 0006
Revises: 0005
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
RIGHTS = (
    "'territory', 'premises', 'residents', 'incidents', 'report', 'edit_plans', 'load', 'unmask',"
    " 'export', 'audit', 'manage'"
)
FUNCTIONS = (
    "sight()",
    "grids_of(text)",
    "units_of(text)",
    "units_in_sight()",
    "sees_all(text)",
    "has_right(text)",
    "mandates_for(text)",
)


def recorded() -> list[sa.Column]:
    return [
        sa.Column(
            "recorded_by", sa.Text(), server_default=sa.text("gridmap.actor()"), nullable=False
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    ]


def upgrade() -> None:
    op.create_table(
        "roles",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        *recorded(),
        sa.PrimaryKeyConstraint("code", name=op.f("roles_pkey")),
        schema="gridmap",
    )
    op.create_table(
        "role_rights",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("right_", sa.Text(), nullable=False),
        *recorded(),
        sa.CheckConstraint(f"right_ IN ({RIGHTS})", name=op.f("role_rights_right__check")),
        sa.ForeignKeyConstraint(
            ["role"], ["gridmap.roles.code"], name=op.f("role_rights_role_fkey")
        ),
        sa.PrimaryKeyConstraint("role", "right_", name=op.f("role_rights_pkey")),
        schema="gridmap",
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        *recorded(),
        sa.CheckConstraint(
            "name ~ '^[^[:cntrl:][:space:]]{1,64}$'", name=op.f("accounts_name_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("accounts_pkey")),
        sa.UniqueConstraint("name", name=op.f("accounts_name_key")),
        schema="gridmap",
        comment="Accounts are disabled, never deleted: the trail names them.",
    )
    op.create_table(
        "mandates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column(
            "valid",
            postgresql.DATERANGE(),
            server_default=sa.text("'[2000-01-01,)'::daterange"),
            nullable=False,
        ),
        *recorded(),
        sa.CheckConstraint(
            "unit_code IS NULL OR grid_code IS NULL", name=op.f("mandates_scope_check")
        ),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f("mandates_valid_check")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["gridmap.accounts.id"], name=op.f("mandates_account_id_fkey")
        ),
        sa.ForeignKeyConstraint(["role"], ["gridmap.roles.code"], name=op.f("mandates_role_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("mandates_pkey")),
        schema="gridmap",
        comment="A role, where and while: in a grid, below a unit, or everywhere when both are null.",
    )
    op.create_index(op.f("mandates_account_id_idx"), "mandates", ["account_id"], schema="gridmap")
    op.execute((SQL / "0006_accounts.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION gridmap.{function}")
    # actor() as 0001 made it: its first statement.
    text = (SQL / "0001_before_tables.sql").read_text(encoding="utf-8")
    op.execute(text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    for table in ("mandates", "accounts", "role_rights", "roles"):
        op.drop_table(table, schema="gridmap")
