"""Search by a part of a name, and placement of a whole layer at once.

Revision ID: 0002
Revises: 0001
"""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
SEARCHED = (("buildings", "code"), ("buildings", "name"), ("buildings", "address"),
            ("incidents", "code"))  # fmt: skip
FUNCTIONS = ("incident_grids", "building_grids", "asset_grids", "organisation_grids")


def upgrade() -> None:
    for table, column in SEARCHED:
        op.create_index(
            f"{table}_{column}_search_idx",
            table,
            [column],
            schema="gridmap",
            postgresql_using="gin",
            postgresql_ops={column: "gin_trgm_ops"},
        )
    op.execute((SQL / "0002_placement.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION gridmap.{function}")
    for table, column in reversed(SEARCHED):
        op.drop_index(f"{table}_{column}_search_idx", table_name=table, schema="gridmap")
