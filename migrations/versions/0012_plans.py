"""Grid plans are drafted, edited, submitted and activated; open incidents follow the new grids.

Revision ID: 0012
Revises: 0011
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
OLD_RIGHTS = ("territory", "premises", "residents", "incidents", "report", "edit_plans", "load",
              "unmask", "export", "audit", "manage")  # fmt: skip
COLUMNS = ("unit_id", "network", "based_on", "note", "submitted_by", "submitted_at")


def upgrade() -> None:
    # An earlier step of the same upgrade may have left lines whose seals are still to be set.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("SET CONSTRAINTS ALL DEFERRED")
    _allow_rights((*OLD_RIGHTS[:6], "publish_plans", *OLD_RIGHTS[6:]))
    for column in (
        sa.Column("unit_id", sa.BigInteger(), sa.ForeignKey("gridmap.admin_units.id")),
        sa.Column("network", sa.Text()),
        sa.Column("based_on", sa.Date()),
        sa.Column("note", sa.Text()),
        sa.Column("submitted_by", sa.Text()),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("grid_plans", column, schema="gridmap")
    op.create_index("grid_plans_unit_id_idx", "grid_plans", ["unit_id"], schema="gridmap")
    op.create_check_constraint(
        op.f("grid_plans_submitted_check"), "grid_plans",
        "(submitted_by IS NULL) = (submitted_at IS NULL)", schema="gridmap",
    )  # fmt: skip
    op.create_check_constraint(
        op.f("grid_plans_network_check"), "grid_plans", "network IS NULL OR state = 'draft'",
        schema="gridmap",
    )  # fmt: skip
    op.create_table_comment(
        "grid_plans",
        "unit_id: the village or township that a draft divides; network: the department whose"
        " grids these are, which never come into force by themselves.",
        schema="gridmap",
    )
    op.add_column("grids", sa.Column("lead_name", sa.Text()), schema="gridmap")
    op.create_table_comment(
        "grids",
        "valid is null while the plan is a draft. Closed rows stay: this is the history."
        " lead_name: who is to lead it from the first day of its plan, if another than today.",
        schema="gridmap",
    )
    op.add_column("incidents", sa.Column("assigned_on", sa.Date()), schema="gridmap")
    op.create_table_comment(
        "incidents",
        "grid_id is the grid in force on the day of the report. A later plan leaves it, unless the"
        " incident is open on its first day: then assigned_on is that day.",
        schema="gridmap",
    )
    _create_tables()
    op.execute((SQL / "0012_plans.sql").read_text(encoding="utf-8"))


def _allow_rights(rights: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("role_rights_right__check"), "role_rights", schema="gridmap")
    allowed = ", ".join(f"'{right}'" for right in rights)
    op.create_check_constraint(
        op.f("role_rights_right__check"), "role_rights", f"right_ IN ({allowed})", schema="gridmap"
    )


def _recorded() -> list[sa.Column]:
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


def _link(name: str, to: str, **options: bool) -> sa.Column:
    gone = "CASCADE" if to == "grid_plans" else None
    key = sa.ForeignKey(f"gridmap.{to}.id", ondelete=gone)
    return sa.Column(name, sa.BigInteger(), key, nullable=False, **options)


def _create_tables() -> None:
    op.create_table(
        "plan_villages",
        _link("plan_id", "grid_plans", primary_key=True),
        _link("village_id", "admin_units", primary_key=True),
        sa.Column("last_grid_id", sa.BigInteger()),
        *_recorded(),
        schema="gridmap",
        comment="last_grid_id: the newest grid that was in force there when the draft was opened;"
        " another one in force on the day of activation means that the draft is out of date.",
    )
    op.create_index(
        "plan_villages_village_id_idx", "plan_villages", ["village_id"], schema="gridmap"
    )
    op.create_table(
        "plan_operations",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        _link("plan_id", "grid_plans"),
        _link("village_id", "admin_units"),
        sa.Column("key", postgresql.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *(
            sa.Column(name, postgresql.JSONB(), nullable=False)
            for name in ("arguments", "before", "after", "warnings")
        ),
        sa.Column("reverses", sa.BigInteger(), sa.ForeignKey("gridmap.plan_operations.id")),
        *_recorded(),
        sa.UniqueConstraint("plan_id", "key", name="plan_operations_plan_id_key_key"),
        sa.CheckConstraint(
            "(kind IN ('undo', 'redo')) = (reverses IS NOT NULL)",
            name=op.f("plan_operations_reverses_check"),
        ),
        schema="gridmap",
        comment="Append-only. before and after hold the grids that changed, by code, as the draft"
        " had them (null: not there); reverses is the operation taken back, or the undo taken back.",
    )
    op.create_index(
        "plan_operations_plan_id_village_id_idx", "plan_operations",
        ["plan_id", "village_id", "recorded_by", "id"], schema="gridmap",
    )  # fmt: skip
    for column in ("village_id", "reverses"):
        op.create_index(
            f"plan_operations_{column}_idx", "plan_operations", [column], schema="gridmap"
        )


def downgrade() -> None:
    op.execute((SQL / "0012_drop.sql").read_text(encoding="utf-8"))
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("SET CONSTRAINTS ALL DEFERRED")
    op.drop_table("plan_operations", schema="gridmap")
    op.drop_table("plan_villages", schema="gridmap")
    op.drop_column("grids", "lead_name", schema="gridmap")
    op.create_table_comment(
        "grids",
        "valid is null while the plan is a draft. Closed rows stay: this is the history.",
        schema="gridmap",
    )
    op.drop_column("incidents", "assigned_on", schema="gridmap")
    op.create_table_comment(
        "incidents",
        "grid_id is the grid in force on the day of the report; a later plan leaves it.",
        schema="gridmap",
    )
    op.drop_table_comment("grid_plans", schema="gridmap")
    for name in ("network", "submitted"):
        op.drop_constraint(op.f(f"grid_plans_{name}_check"), "grid_plans", schema="gridmap")
    op.drop_index("grid_plans_unit_id_idx", "grid_plans", schema="gridmap")
    for column in COLUMNS:
        op.drop_column("grid_plans", column, schema="gridmap")
    _allow_rights(OLD_RIGHTS)
