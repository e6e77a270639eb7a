"""Phones and ID numbers are sealed by the application; residents are read through functions.

Revision ID: 0009
Revises: 0008
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import context, op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
SEALED = ("phone", "id_number")
FUNCTIONS = (
    "unmask_resident(text, text[], text)",
    "residents_by_index(text, bytea[])",
    "residents_of_grid(text, text, integer)",
    "keys_in_use()",
    "reaches(text, bigint)",
    "may_leave_record(integer)",
    "masked_name(text)",
)
COMMENT = "What a service needs and no more: no health, no tracks. *_sealed is opened outside."
COMMENT_BEFORE = "What a service needs and no more: no ID number, no health, no tracks."


def upgrade() -> None:
    connection = op.get_bind()
    connection.execute(sa.text("SELECT set_config('gridmap.actor', 'gridmap', true)"))
    # Who wrote a row, and when, outlasts its sealing.
    op.execute("DROP TRIGGER residents_stamp ON gridmap.residents")
    op.execute("DROP TRIGGER residents_updated ON gridmap.residents")
    for name in SEALED:
        op.add_column("residents", sa.Column(f"{name}_sealed", sa.LargeBinary()), schema="gridmap")
        op.add_column("residents", sa.Column(f"{name}_index", sa.LargeBinary()), schema="gridmap")
        op.create_index(
            f"residents_{name}_index_idx",
            "residents",
            [f"{name}_index"],
            schema="gridmap",
            postgresql_where=sa.text(f"{name}_index IS NOT NULL"),
        )
        op.create_check_constraint(
            op.f(f"residents_{name}_check"),
            "residents",
            f"({name}_sealed IS NULL) = ({name}_index IS NULL)",
            schema="gridmap",
        )
    seal_phones = context.config.attributes["seal_phones"]  # no way past it, or phones are lost
    seal_phones(connection)
    unsealed = (
        "SELECT count(*) FROM gridmap.residents WHERE phone IS NOT NULL AND phone_sealed IS NULL"
    )
    if connection.execute(sa.text(unsealed)).scalar_one():
        raise RuntimeError("phones are left that nobody sealed")
    op.drop_column("residents", "phone", schema="gridmap")
    op.create_table_comment("residents", COMMENT, existing_comment=COMMENT_BEFORE, schema="gridmap")
    op.execute(
        "CREATE TRIGGER residents_updated AFTER UPDATE ON gridmap.residents"
        " REFERENCING NEW TABLE AS changed"
        " FOR EACH STATEMENT EXECUTE FUNCTION gridmap.note_change()"
    )
    op.execute((SQL / "0009_personal.sql").read_text(encoding="utf-8"))
    connection.execute(sa.text("SELECT set_config('gridmap.actor', '', true)"))


def downgrade() -> None:
    sealed = "SELECT count(*) FROM gridmap.residents WHERE num_nonnulls(phone_sealed, id_number_sealed) > 0"
    if op.get_bind().execute(sa.text(sealed)).scalar_one():
        raise RuntimeError("sealed values would be lost: restore a backup of before instead")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION gridmap.{function}")
    op.execute(
        "DROP TRIGGER residents_stamp ON gridmap.residents;"
        "DROP TRIGGER residents_stamp_update ON gridmap.residents;"
        "CREATE TRIGGER residents_stamp BEFORE INSERT OR UPDATE ON gridmap.residents"
        " FOR EACH ROW EXECUTE FUNCTION gridmap.stamp()"
    )
    op.create_table_comment("residents", COMMENT_BEFORE, existing_comment=COMMENT, schema="gridmap")
    op.add_column("residents", sa.Column("phone", sa.Text()), schema="gridmap")
    for name in SEALED:
        op.drop_constraint(op.f(f"residents_{name}_check"), "residents", schema="gridmap")
        op.drop_column("residents", f"{name}_index", schema="gridmap")
        op.drop_column("residents", f"{name}_sealed", schema="gridmap")
