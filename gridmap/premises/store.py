"""Reads and writes of premises. The connection comes first; nothing here commits."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Literal

from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, RowMapping, Table, column, func, select, text, update
from sqlalchemy import table as sql_table

from gridmap.areas.locate import locate
from gridmap.db import SCHEMA, sql
from gridmap.errors import NotFound
from gridmap.premises.tables import assets, buildings, organisations, residents
from gridmap.sealing.keyring import ID_BYTES

PlacedLayer = Literal["buildings", "assets", "organisations"]
PLACED_LAYERS: Mapping[PlacedLayer, Table] = MappingProxyType(
    {"buildings": buildings, "assets": assets, "organisations": organisations}
)
"""The layers whose rows stand in a grid of their own."""

_LOCATED = sql_table("located", column("id"), column("grid_id"), schema="pg_temp")


def place(connection: Connection, layer: PlacedLayer, ids: Sequence[int] | None = None) -> int:
    """Give the rows of a layer the grid in force today, by the rule of the SQL function `grid_at`.

    A building goes where its anchor, a point on the footprint, lies. Rows that stand right are
    left alone, so that a second run changes nothing.

    Args:
        layer: which layer.
        ids: the rows to look at; all of them if None.

    Returns:
        How many rows changed their grid.
    """
    table = PLACED_LAYERS[layer]
    point = Identifier("anchor" if layer == "buildings" else "geom")
    points = SQL("SELECT id, {} AS geom, now() AS at FROM {}").format(
        point, Identifier(SCHEMA, layer)
    )
    if ids is not None:
        points += SQL(" WHERE id = ANY(%(ids)s::bigint[])")
    locate(connection, points, {"ids": list(ids or ())})
    placed = connection.execute(
        update(table)
        .values(grid_id=_LOCATED.c.grid_id)
        .where(table.c.id == _LOCATED.c.id, table.c.grid_id.is_distinct_from(_LOCATED.c.grid_id))
    )
    return placed.rowcount


def totals(connection: Connection) -> RowMapping:
    """How many buildings, dwellings, households, residents, assets, organisations there are.

    And `synthetic`: whether any of the buildings is made up.
    """
    return connection.execute(sql("premises/totals.sql")).mappings().one()


def counts(connection: Connection, as_of: date | None = None) -> Mapping[int, RowMapping]:
    """buildings, dwellings, households, residents of every grid (by id) that has a building.

    Args:
        as_of: None counts by the grid a building is placed in; a day counts by the grids in force
            that day, whatever the buildings' placement today.
    """
    rows = connection.execute(sql("premises/counts.sql"), {"as_of": as_of}).mappings()
    return {row["grid_id"]: row for row in rows}


def counts_of(connection: Connection, grid_id: int, as_of: date | None = None) -> RowMapping:
    """As `counts` for one grid, with assets, organisations and empty_households (no resident)."""
    values = {"grid": grid_id, "as_of": as_of}
    return connection.execute(sql("premises/grid.sql"), values).mappings().one()


def astray(connection: Connection, grid_id: int) -> int:
    """How many buildings are on record in a grid without standing there, or the other way round."""
    return int(connection.scalar(sql("premises/astray.sql"), {"grid": grid_id}) or 0)


def building(connection: Connection, code: str) -> RowMapping:
    """What a building is, where it stands, how many live there; never who.

    Raises:
        NotFound: no building bears the code.
    """
    found = connection.execute(sql("premises/building.sql"), {"code": code})
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound(
            f"没有编码为 {code} 的楼栋；请核对编码，或在搜索框里按名称、地址查找",
            f"no building bears the code {code}; check it, or search by name or address",
        )
    return row


def keys_in_use(connection: Connection) -> frozenset[bytes]:
    """The ids of all keys that a phone or an ID number is sealed with."""
    return frozenset(map(bytes, connection.scalars(text("SELECT gridmap.keys_in_use()"))))


_OF_GRID = text("SELECT * FROM gridmap.residents_of_grid(:grid, :after, :most)")
_BY_INDEX = text("SELECT * FROM gridmap.residents_by_index(:kind, CAST(:wanted AS bytea[]))")
_UNMASK = text("SELECT * FROM gridmap.unmask_resident(:code, CAST(:fields AS text[]), :reason)")


def residents_of_grid(
    connection: Connection, grid: str, after: str | None, most: int
) -> Sequence[RowMapping]:
    """Residents by code, as far as the actor reaches: code, name (masked), phone (sealed),
    has_id_number, household, building. Nobody who may be under 14."""
    values = {"grid": grid, "after": after, "most": most}
    return connection.execute(_OF_GRID, values).mappings().all()


def residents_by_index(
    connection: Connection, kind: str, wanted: Sequence[bytes]
) -> Sequence[RowMapping]:
    """As `residents_of_grid`, those whose `phone` or `id_number` has one of the indexes."""
    values = {"kind": kind, "wanted": list(wanted)}
    return connection.execute(_BY_INDEX, values).mappings().all()


def unmask(
    connection: Connection, code: str, fields: Sequence[str], reason: str
) -> RowMapping | None:
    """Name, and phone and ID number sealed, as far as asked for; a line in the audit trail with it.

    Returns:
        None when no such resident is in reach; a row with `allowed` false when the actor may not.
    """
    values = {"code": code, "fields": list(fields), "reason": reason}
    return connection.execute(_UNMASK, values).mappings().one_or_none()


def hold_residents(connection: Connection) -> None:
    """Until the transaction ends nobody else loads residents; waits for a load under way."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('gridmap.ingest'), hashtext('residents'))")
    )


def count_sealed(connection: Connection) -> int:
    """How many residents have a phone or an ID number on record."""
    either = residents.c.phone_sealed.is_not(None) | residents.c.id_number_sealed.is_not(None)
    return connection.scalar(select(func.count()).where(either)) or 0


def sealed(
    connection: Connection, after: int, most: int, but: bytes | None = None
) -> Sequence[RowMapping]:
    """id, code and the sealed columns of the residents after an id, by id.

    Args:
        but: leave out what the key with this id has sealed.
    """
    values = {"after": after, "most": most, "but": but, "length": ID_BYTES}
    return connection.execute(sql("premises/sealed.sql"), values).mappings().all()


def reseal(connection: Connection, kind: str, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
    """Write one sealed column (`phone`, `id_number`) anew: id, sealed value, index of each row."""
    ids, values, indexes = (list(column) for column in zip(*rows, strict=True))
    bound = {"kind": kind, "ids": ids, "sealed": values, "indexes": indexes}
    connection.execute(sql("premises/reseal.sql"), bound)


def search(connection: Connection, patterns: Mapping[str, str | int]) -> Sequence[RowMapping]:
    """Buildings whose code begins with the text, or whose name or address holds it.

    Columns: type, code, name, where, lon, lat, box, rank (0 is the best). `patterns` has text,
    prefix, anywhere and most, as `areas.store.search_patterns` makes them.
    """
    return connection.execute(sql("premises/search.sql"), patterns).mappings().all()
