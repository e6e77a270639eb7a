"""Staging and merging. The connection comes first; nothing here commits.

Rows are copied into a temporary table of the transaction and go from there to their layer with a
few set-based statements, whatever the number of rows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from psycopg import Connection as Driver
from psycopg import sql as driver_sql
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Integer,
    TableClause,
    Text,
    cast,
    column,
    delete,
    false,
    func,
    literal,
    literal_column,
    null,
    select,
    table,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.ddl import CreateTableAs
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeEngine

from gridmap.areas.locate import locate
from gridmap.db import SCHEMA, sql
from gridmap.ingest.layers import LINKS
from gridmap.ingest.spec import Layer
from gridmap.profiles import Message

_TYPES: dict[str, TypeEngine[Any]] = {
    "day": Date(),
    "moment": DateTime(timezone=True),
    "integer": Integer(),
}

_STAGED_INCIDENTS = driver_sql.SQL(
    "SELECT row_number AS id, geom, reported_at AS at FROM pg_temp.staging"
)
_STAGED_PREMISES = driver_sql.SQL(
    "SELECT row_number AS id, public.st_pointonsurface(geom) AS geom, now() AS at"
    " FROM pg_temp.staging"
)
_STANDING = ("grid_id",)
PLACE_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "buildings": _STANDING,
        "assets": _STANDING,
        "organisations": _STANDING,
        "incidents": ("placement", "grid_id", "village_id", "township_id", "county_id"),
    }
)
"""What a row of each layer gets from where it lies."""


@dataclass
class Merged:
    """What a merge did: ids of the rows it wrote, counts, and rows refused by number.

    `since` is the first day on which other grids are in force, None where none are.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    ids: list[int] = field(default_factory=list)
    refused: dict[int, tuple[str, Message]] = field(default_factory=dict)
    since: date | None = None


def prepare(connection: Connection, layer: Layer) -> None:
    """Begin bulk work: no time limit, one load of a layer at a time, placing by sets."""
    connection.execute(text("SELECT set_config('statement_timeout', '0', true)"))
    connection.execute(text("SELECT set_config('gridmap.placing', 'bulk', true)"))
    lock = text("SELECT pg_advisory_xact_lock(hashtext('gridmap.ingest'), hashtext(:t))")
    connection.execute(lock, {"t": layer.table})


def create_staging(connection: Connection, layer: Layer) -> None:
    """The temporary table: the layer's own columns and types, what the merge needs, row numbers."""
    stored = [name for item in layer.fields if item.stored_in for name in item.staged_as]
    stored += list(layer.fixed)
    stored += ["geom"] if layer.geometry is not None else []
    stored += ["village_id"] if layer.merge == "grids" else []
    stored += PLACE_COLUMNS.get(layer.name, ())
    extra = [
        cast(null(), _TYPES.get(item.kind, Text())).label(item.name)
        for item in layer.fields
        if item.stored_in is None
    ]
    names = list(dict.fromkeys(stored))
    row_number = cast(null(), BigInteger).label("row_number")
    shape = select(row_number, *_table(layer.table, names).c, *extra).where(false())
    connection.execute(CreateTableAs(shape, "staging", temporary=True))


def drop_staging(connection: Connection) -> None:
    """The staging table has served; a failed load takes it away by itself."""
    connection.execute(text("DROP TABLE pg_temp.staging"))


def copy_rows(
    connection: Connection, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """COPY rows into the staging table."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, Driver)
    names = driver_sql.SQL(", ").join(driver_sql.Identifier(name) for name in columns)
    statement = driver_sql.SQL("COPY pg_temp.staging ({}) FROM STDIN").format(names)
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def merge_by_code(
    connection: Connection, layer: Layer, columns: Sequence[str], kept: Collection[str] = ()
) -> Merged:
    """Staged rows into a layer whose key is its code; rows that say the same are left alone.

    `columns` are those that the file gave; others keep their value, or their default. Where the
    file is silent on a column of `kept`, what is on record stays.
    """
    connection.execute(text("CREATE UNIQUE INDEX ON pg_temp.staging (code)"))
    # What is sealed has no order that a plan could use, and costs the most to look at.
    columns_of_use = " (code)" if layer.is_personal else ""
    connection.execute(text(f"ANALYZE pg_temp.staging{columns_of_use}"))
    there = _table(layer.table, ["id", *columns])
    here = table("staging", column("row_number"), *(column(name) for name in columns))
    compared = [name for name in columns if name not in {"source", *layer.incomparable}]
    old = tuple_(*(there.c[name] for name in compared))
    new = tuple_(
        *(func.coalesce(here.c[n], there.c[n]) if n in kept else here.c[n] for n in compared)
    )
    same = delete(here).where(there.c.code == here.c.code, old.is_not_distinct_from(new))
    unchanged = connection.execute(same).rowcount
    if "geom" in columns and layer.name in PLACE_COLUMNS:
        _place(connection, layer)
        columns = [*columns, *PLACE_COLUMNS[layer.name]]
    written = connection.execute(_upsert(layer, columns, kept)).all()
    inserted = sum(row.is_new for row in written)
    ids = [row.id for row in written]
    return Merged(inserted, len(written) - inserted, unchanged, ids)


def _upsert(
    layer: Layer, columns: Sequence[str], kept: Collection[str]
) -> ReturningInsert[int, bool]:
    """Insert the staged rows, or update those of known code; the ids, and which are new."""
    here = table("staging", column("row_number"), *(column(name) for name in columns))
    values: dict[str, ColumnElement[Any]] = {name: here.c[name] for name in columns}
    changed = [name for name in columns if name != "code"]
    if layer.name == "incidents" and "placement" not in values:
        values["placement"] = literal("no_location")
    there = _table(layer.table, ["id", *values])
    # Neighbours go in together (PostGIS sorts shapes along a curve): the indexes grow by a fifth
    # faster, and a tile finds its rows on few pages.
    order = here.c.geom if "geom" in values else here.c.row_number
    staged = select(*values.values()).select_from(here).order_by(order)
    added = insert(there).from_select(list(values), staged)
    new = added.excluded
    return added.on_conflict_do_update(
        index_elements=["code"],
        set_={n: func.coalesce(new[n], there.c[n]) if n in kept else new[n] for n in changed},
    ).returning(there.c.id, literal_column("xmax = 0", Boolean).label("is_new"))


def _place(connection: Connection, layer: Layer) -> None:
    """The staged rows get their grid: incidents that of their day, the others today's."""
    if layer.name == "incidents":
        locate(connection, _STAGED_INCIDENTS)
        connection.execute(sql("ingest/sql/place_incidents.sql"))
    else:
        locate(connection, _STAGED_PREMISES)
        connection.execute(sql("ingest/sql/place_premises.sql"))


def append_entries(connection: Connection, ids: Sequence[int]) -> None:
    """One entry for each new incident, and one for each whose status a file has changed."""
    connection.execute(sql("ingest/sql/append_entries.sql"), {"ids": list(ids)})


def merge_admin_units(connection: Connection, has_geometry: bool, has_kind: bool) -> Merged:
    """Staged units into admin_units by code and date of validity; parents found by code."""
    refused = _refuse(connection, "ingest/sql/admin_units_refuse.sql")
    merged = _merge(
        connection,
        "ingest/sql/admin_units_merge.sql",
        {"has_geometry": has_geometry, "has_kind": has_kind},
    )
    merged.refused = refused
    connection.execute(sql("ingest/sql/admin_units_parents.sql"))
    return merged


def merge_postings(connection: Connection) -> Merged:
    """Staged postings: a person, a role, a grid and a period; a known one gets its new phone."""
    refused = _refuse(connection, "ingest/sql/postings_refuse.sql")
    merged = _merge(connection, "ingest/sql/postings_merge.sql", {})
    merged.refused = refused
    return merged


def resolve_links(connection: Connection, layer: Layer) -> None:
    """Point references at their targets, whichever of the two came first."""
    for link in LINKS:
        if layer.table not in {link.table, link.target}:
            continue
        here = _table(link.table, ["id", link.ref, link.link])
        there = _table(link.target, ["id", "code"])
        joined = here.outerjoin(there, there.c.code == here.c[link.ref])
        found = (
            select(here.c.id, there.c.id.label("target"))
            .select_from(joined)
            .where(here.c[link.link].is_distinct_from(there.c.id))
            .cte("found")
        )
        connection.execute(
            update(here).values({link.link: found.c.target}).where(found.c.id == here.c.id)
        )


def county_bounds(connection: Connection) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the county in degrees, a tenth wider; None before any outline."""
    row = connection.execute(sql("ingest/sql/county_bounds.sql")).one_or_none()
    if row is None or row.west is None:
        return None
    return (row.west, row.south, row.east, row.north)


def offset_from_buildings(connection: Connection) -> float | None:
    """By how many metres the staged points seem to miss the buildings already loaded, all the
    same way; None when they do not, or too few are known to say."""
    row = connection.execute(sql("ingest/sql/constant_offset.sql")).one_or_none()
    return None if row is None or row.offset_m is None else float(row.offset_m)


def _refuse(connection: Connection, name: str) -> dict[int, tuple[str, Message]]:
    """Run a statement that deletes staged rows and returns them with what is wrong."""
    rows = connection.execute(sql(name)).all()
    return {row.row_number: (row.field, Message(row.zh, row.en)) for row in rows}


def _merge(connection: Connection, name: str, bound: dict[str, object]) -> Merged:
    row = connection.execute(sql(name), bound).one()
    return Merged(row.inserted, row.updated, row.unchanged)


def _table(name: str, columns: Sequence[str]) -> TableClause:
    return table(name, *(column(item) for item in columns), schema=SCHEMA)
