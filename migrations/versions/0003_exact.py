"""A point on or beside a border gets the same grid from SQL as from everywhere else.

Revision ID: 0003
Revises: 0002
"""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
BULK = ("incident_grids()", "building_grids(date)", "asset_grids(date)", "organisation_grids(date)")
EXACT = ("covers_point", "covers_exactly", "whole")
INEXACT, RULE = "public.st_intersects(g.geom, {})", "gridmap.covers_point(g.geom, {})"


def upgrade() -> None:
    op.execute((SQL / "0003_exact.sql").read_text(encoding="utf-8"))
    for function in ("grid_at(public.geometry, timestamptz)", *BULK):
        rewrite(function, INEXACT, RULE)


def downgrade() -> None:
    for function in ("grid_at(public.geometry, timestamptz)", *BULK):
        rewrite(function, RULE, INEXACT)
    for function in EXACT:
        op.execute(f"DROP FUNCTION gridmap.{function}")


def rewrite(function: str, old: str, new: str) -> None:
    """Put one predicate for another in a function that is there, whatever point it asks for."""
    read = f"SELECT pg_get_functiondef('gridmap.{function}'::regprocedure)"
    text = op.get_bind().exec_driver_sql(read).scalar_one()
    for point in ("point", "i.geom", "b.geom", "b.anchor"):
        text = text.replace(old.format(point), new.format(point))
    op.get_bind().exec_driver_sql(text.replace("%", "%%"))
