"""Premises: buildings, dwellings, households, residents, and what else stands in a grid.

`*_ref` is the reference as the file gave it, `*_id` the link it resolved to; a null link is a
broken one, kept and listed by the chain check, never dropped. Triggers pass a building's `grid_id`
down to its dwellings, households and residents.
"""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)

from gridmap.db import CRS, located, metadata, recorded


def _key() -> list[Column[int] | Column[str]]:
    return [
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("code", Text, nullable=False, unique=True),
    ]


def _grid_link() -> Column[int]:
    return Column("grid_id", BigInteger, ForeignKey("gridmap.grids.id"), index=True)


def _searched(table: str, column: str) -> Index:
    return Index(
        f"{table}_{column}_search_idx",
        column,
        postgresql_using="gin",
        postgresql_ops={column: "gin_trgm_ops"},
    )


def _sealed(name: str) -> list[Column[bytes] | Index | CheckConstraint]:
    """A value encrypted before it gets here, and what a row is found by."""
    return [
        Column(f"{name}_sealed", LargeBinary),
        Column(f"{name}_index", LargeBinary),
        Index(
            f"residents_{name}_index_idx",
            f"{name}_index",
            postgresql_where=text(f"{name}_index IS NOT NULL"),
        ),
        CheckConstraint(f"({name}_sealed IS NULL) = ({name}_index IS NULL)", name=name),
    ]


buildings = Table(
    "buildings",
    metadata,
    *_key(),
    Column("name", Text),
    Column("address", Text),
    Column("kind", Text),
    Column("floors", SmallInteger),
    _grid_link(),
    *located("GEOMETRY"),
    Column(
        "anchor",
        Geometry("POINT", CRS),
        Computed("st_pointonsurface(geom)", persisted=True),
        nullable=True,
    ),
    Column("source", Text),
    *recorded(),
    *[_searched("buildings", column) for column in ("code", "name", "address")],
    CheckConstraint("floors BETWEEN -9 AND 200", name="floors"),
    CheckConstraint(
        "public.geometrytype(geom) IN ('POINT', 'POLYGON', 'MULTIPOLYGON')", name="geom"
    ),
    comment="The anchor, a point on the footprint, decides the grid.",
)

dwellings = Table(
    "dwellings",
    metadata,
    *_key(),
    Column("building_ref", Text, index=True),
    Column("building_id", BigInteger, ForeignKey("gridmap.buildings.id"), index=True),
    Column("unit", Text),
    Column("floor", SmallInteger),
    Column("room", Text),
    Column("grid_id", BigInteger),
    Column("source", Text),
    *recorded(),
)

households = Table(
    "households",
    metadata,
    *_key(),
    Column("dwelling_ref", Text, index=True),
    Column("dwelling_id", BigInteger, ForeignKey("gridmap.dwellings.id"), index=True),
    Column("kind", Text),
    Column("grid_id", BigInteger),
    Column("source", Text),
    *recorded(),
)

residents = Table(
    "residents",
    metadata,
    *_key(),
    Column("household_ref", Text, index=True),
    Column("household_id", BigInteger, ForeignKey("gridmap.households.id"), index=True),
    Column("name", Text, nullable=False),
    Column("birth_year", Integer),
    Column("grid_id", BigInteger),
    *_sealed("phone"),
    *_sealed("id_number"),
    Column("source", Text),
    *recorded(),
    CheckConstraint("birth_year BETWEEN 1890 AND 2100", name="birth_year"),
    comment="What a service needs and no more: no health, no tracks. *_sealed is opened outside.",
)

assets = Table(
    "assets",
    metadata,
    *_key(),
    Column("name", Text),
    Column("category", Text, nullable=False),
    _grid_link(),
    *located("POINT"),
    Column("source", Text),
    *recorded(),
)

organisations = Table(
    "organisations",
    metadata,
    *_key(),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("address", Text),
    _grid_link(),
    *located("POINT", nullable=True),
    Column("source", Text),
    *recorded(),
)
