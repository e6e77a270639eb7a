"""Drafts of grid plans: their villages, every operation on them, proposals; and networks."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from gridmap.db import CRS, metadata, recorded


def _of_plan(*, is_key: bool = False) -> Column[int]:
    plan = ForeignKey("gridmap.grid_plans.id", ondelete="CASCADE")
    return Column("plan_id", BigInteger, plan, nullable=False, primary_key=is_key)


def _village(*, is_key: bool = False) -> Column[int]:
    unit = ForeignKey("gridmap.admin_units.id")
    return Column("village_id", BigInteger, unit, nullable=False, primary_key=is_key, index=True)


plan_villages = Table(
    "plan_villages",
    metadata,
    _of_plan(is_key=True),
    _village(is_key=True),
    Column("last_grid_id", BigInteger),
    *recorded(),
    comment="last_grid_id: the newest grid that was in force there when the draft was opened;"
    " another one in force on the day of activation means that the draft is out of date.",
)

plan_operations = Table(
    "plan_operations",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _of_plan(),
    _village(),
    Column("key", UUID(as_uuid=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("warnings", JSONB, nullable=False),
    Column("reverses", BigInteger, ForeignKey("gridmap.plan_operations.id"), index=True),
    *recorded(),
    UniqueConstraint("plan_id", "key"),
    Index("plan_operations_plan_id_village_id_idx", "plan_id", "village_id", "recorded_by", "id"),
    CheckConstraint("(kind IN ('undo', 'redo')) = (reverses IS NOT NULL)", name="reverses"),
    comment="Append-only. before and after hold the grids that changed, by code, as the draft had"
    " them (null: not there); reverses is the operation taken back, or the undo taken back.",
)

plan_proposals = Table(
    "plan_proposals",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _of_plan(),
    Column("asked", JSONB, nullable=False),
    Column("rights", ARRAY(Text)),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False),
    Column("reason", JSONB),
    Column("result", JSONB),
    Column("finished_at", DateTime(timezone=True)),
    *recorded(),
    Index("plan_proposals_plan_id_idx", "plan_id"),
    Index(
        "plan_proposals_open_idx",
        "id",
        postgresql_where=text("state IN ('waiting', 'running')"),
    ),
    CheckConstraint(
        "state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'ended')", name="state"
    ),
    comment="asked: villages, modes, size, weight, locked, seed. rights: those of the token that"
    " asked; null: all of the account. ended: its server stopped meanwhile.",
)

network_grids = Table(
    "network_grids",
    metadata,
    _of_plan(is_key=True),
    Column("code", Text, primary_key=True),
    Column("name", Text),
    Column("geom", Geometry("MULTIPOLYGON", CRS, spatial_index=False), nullable=False),
    *recorded(),
    CheckConstraint("public.st_isvalid(geom) AND NOT public.st_isempty(geom)", name="geom"),
    comment="The grids of a department, as it drew them: of no village, in gaps and overlaps,"
    " under its own codes. They are never in force.",
)
