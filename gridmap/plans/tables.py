"""Drafts of grid plans: the villages that they divide, and every operation on them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from gridmap.db import metadata, recorded


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
