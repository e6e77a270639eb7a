"""Incidents and the entries appended to them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from gridmap.db import located, metadata, recorded


def _unit(name: str) -> Column[int]:
    return Column(name, BigInteger, ForeignKey("gridmap.admin_units.id"), index=True)


incidents = Table(
    "incidents",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("reported_at", DateTime(timezone=True), nullable=False, index=True),
    Column("channel", Text),
    Column("category", Text, nullable=False),
    Column("subcategory", Text),
    Column("status", Text, nullable=False, server_default=text("'reported'")),
    Column("closed_at", DateTime(timezone=True)),
    Column("description", Text),
    Column("address", Text),
    *located("POINT", nullable=True),
    Column("placement", Text, nullable=False),
    Column("grid_id", BigInteger, ForeignKey("gridmap.grids.id"), index=True),
    Column("assigned_on", Date),
    _unit("village_id"),
    _unit("township_id"),
    _unit("county_id"),
    Column("source", Text),
    *recorded(),
    CheckConstraint(
        "status IN ('reported', 'accepted', 'dispatched', 'resolved', 'closed', 'rejected')",
        name="status",
    ),
    CheckConstraint(
        "CASE placement WHEN 'in_grid' THEN geom IS NOT NULL AND grid_id IS NOT NULL"
        " AND village_id IS NOT NULL"
        " WHEN 'outside' THEN geom IS NOT NULL AND grid_id IS NULL"
        " WHEN 'no_location' THEN geom IS NULL AND grid_id IS NULL ELSE false END",
        name="placement",
    ),
    CheckConstraint("closed_at >= reported_at", name="closed_at"),
    Index("incidents_category_reported_at_idx", "category", "reported_at"),
    Index(
        "incidents_code_search_idx",
        "code",
        postgresql_using="gin",
        postgresql_ops={"code": "gin_trgm_ops"},
    ),
    comment="grid_id is the grid in force on the day of the report. A later plan leaves it, unless"
    " the incident is open on its first day: then assigned_on is that day.",
)

incident_entries = Table(
    "incident_entries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "incident_id", BigInteger, ForeignKey("gridmap.incidents.id"), nullable=False, index=True
    ),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("action", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("note", Text),
    Column("detail", JSONB),
    *recorded(),
    comment="Append-only: a trigger refuses update and delete.",
)
