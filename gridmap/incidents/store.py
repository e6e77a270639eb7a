"""Reads and writes of incidents. The connection comes first; nothing here commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from psycopg.sql import SQL
from sqlalchemy import Connection, RowMapping, func, insert, select

from gridmap.areas.locate import locate
from gridmap.db import sql
from gridmap.incidents.tables import incident_entries

EVERY = SQL("SELECT id, geom, reported_at AS at FROM gridmap.incidents")
_SOME = SQL(
    "SELECT id, geom, reported_at AS at FROM gridmap.incidents WHERE id = ANY(%(ids)s::bigint[])"
)

# One box around all of them: which grid each incident lies near would take longer to find out than
# its grid does.
_NEAR_WRITTEN_GRIDS = SQL(
    "SELECT i.id, i.geom, i.reported_at AS at FROM gridmap.incidents i"
    " WHERE i.reported_at >= (SELECT %(since)s::timestamp AT TIME ZONE time_zone"
    " FROM gridmap.deployment)"
    " AND i.geom OPERATOR(public.&&) (SELECT public.st_setsrid(public.st_extent(g.geom), 4490)"
    " FROM gridmap.grids g WHERE g.recorded_at = now())"
)


def place(connection: Connection, ids: Sequence[int] | None = None) -> int:
    """Give incidents the grid in force on the day of their report, and the units above it.

    Set-based, by the rule of the SQL function `grid_at`. Incidents that stand right are left
    alone, so that a second run changes nothing.

    Args:
        ids: the incidents to look at; all of them if None.

    Returns:
        How many incidents changed their place.
    """
    return _place(connection, EVERY if ids is None else _SOME, {"ids": list(ids or ())})


def place_anew(connection: Connection, since: date) -> int:
    """As `place`, for the incidents whose grid may be another after this transaction's edits.

    Those reported on the day `since` or later, the first on which other grids are in force, within
    the box around the grids that this transaction wrote.
    """
    return _place(connection, _NEAR_WRITTEN_GRIDS, {"since": since})


def _place(connection: Connection, points: SQL, values: dict[str, object]) -> int:
    locate(connection, points, values)
    return connection.execute(sql("incidents/place.sql")).rowcount


@dataclass(frozen=True)
class Wanted:
    """Which incidents to list; None means any. `since` is inclusive, `until` exclusive.

    `grid` is a grid code whatever its boundaries were; `area` a village's or township's code.
    `after_at` and `after_id` name the last incident of the page before.
    """

    since: datetime | None = None
    until: datetime | None = None
    category: str | None = None
    status: str | None = None
    placement: str | None = None
    grid: str | None = None
    area: str | None = None
    after_at: datetime | None = None
    after_id: int | None = None

    def after(self, row: RowMapping) -> "Wanted":
        """The same, from behind this row on."""
        return replace(self, after_at=row["reported_at"], after_id=row["id"])


def page(connection: Connection, wanted: Wanted, most: int) -> Sequence[RowMapping]:
    """Up to `most` incidents, the newest first; lon and lat in EPSG:4490 degrees or None."""
    values = {**vars(wanted), "most": most}
    return connection.execute(sql("incidents/list.sql"), values).mappings().all()


def find(connection: Connection, code: str) -> RowMapping | None:
    """One incident with the codes and names of its grid, village, township and county."""
    return connection.execute(sql("incidents/one.sql"), {"code": code}).mappings().one_or_none()


def entries(connection: Connection, incident_id: int) -> Sequence[RowMapping]:
    """What was done with an incident, the first thing first: at, action, status, note, actor."""
    return connection.execute(sql("incidents/entries.sql"), {"id": incident_id}).mappings().all()


def next_code(connection: Connection, day: date) -> str:
    """The next free code of a day, yyyymmdd and six digits; nobody else gets it meanwhile."""
    code = connection.scalar(select(func.gridmap.next_incident_code(day)))
    assert isinstance(code, str)
    return code


def add(connection: Connection, values: Mapping[str, Any]) -> int | None:
    """Write a report; its id, or None when its code is taken."""
    added = connection.scalar(sql("incidents/add.sql"), values)
    return None if added is None else int(added)


def add_entry(connection: Connection, incident_id: int, action: str, status: str) -> None:
    """Append a line to an incident's history."""
    row = {"incident_id": incident_id, "action": action, "status": status}
    connection.execute(insert(incident_entries).values(row))


def totals(connection: Connection) -> RowMapping:
    """incidents, outside, no_location, and the first and last day of a report."""
    return connection.execute(sql("incidents/totals.sql")).mappings().one()


def counts(connection: Connection) -> dict[int, int]:
    """How many incidents fell in each village, by its id."""
    return {row.village_id: row.n for row in connection.execute(sql("incidents/counts.sql"))}


def counts_of_grid(connection: Connection, grid_code: str) -> Sequence[RowMapping]:
    """category, status, n: the incidents that fell in a grid of this code, at any time."""
    values = {"code": grid_code}
    return connection.execute(sql("incidents/of_grid.sql"), values).mappings().all()


def search(connection: Connection, patterns: Mapping[str, str | int]) -> Sequence[RowMapping]:
    """Incidents whose code begins with the text, in the shape of `areas.store.search`."""
    return connection.execute(sql("incidents/search.sql"), patterns).mappings().all()
