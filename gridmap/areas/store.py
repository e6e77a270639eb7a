"""Reads and writes of territory. The connection comes first; nothing here commits.

Boxes are the columns west, south, east, north in EPSG:4490 degrees. `as_of` is a day in the
deployment's time zone; None means today.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select

from gridmap.areas.tables import deployment, postings
from gridmap.db import sql
from gridmap.errors import NotFound
from gridmap.profiles import Profile


def read_deployment(connection: Connection) -> dict[str, Any] | None:
    """The one row that says which county this database serves; None before the first load."""
    row = connection.execute(select(deployment)).mappings().one_or_none()
    return dict(row) if row else None


def read_profile(connection: Connection) -> Profile:
    """The profile this database was made with.

    Raises:
        NotFound: the database has no county yet.
    """
    row = read_deployment(connection)
    if row is None:
        raise NotFound(
            "数据库还没有县域配置：请先运行 gridmap demo kelan，或用 gridmap load 载入数据",
            "this database has no county yet: run `gridmap demo kelan`, or `gridmap load`",
        )
    return Profile.model_validate(row["profile"])


def add_deployment(connection: Connection, values: dict[str, Any]) -> None:
    """Write the deployment's row."""
    connection.execute(insert(deployment).values(**values))


def today(connection: Connection) -> date:
    """The day it is in the deployment's time zone."""
    day = connection.scalar(select(func.gridmap.day_of(func.now())))
    assert isinstance(day, date)
    return day


def versions(connection: Connection) -> dict[str, int]:
    """The version of every layer that was ever written; each grows with every change."""
    rows = connection.execute(sql("areas/versions.sql"))
    return {row.layer: row.version for row in rows}


def units(connection: Connection, as_of: date | None = None) -> Sequence[RowMapping]:
    """The admin units in force: id, code, name, level, kind, parent_id, parent_code, box."""
    return connection.execute(sql("areas/units.sql"), {"as_of": as_of}).mappings().all()


def grids(
    connection: Connection, village: str | None = None, as_of: date | None = None
) -> Sequence[RowMapping]:
    """The grids in force, of one village (by code) or of all.

    Columns: id, code, name, kind, area_kind, area_m2, village_id, village_code, box.
    """
    values = {"village": village, "as_of": as_of}
    return connection.execute(sql("areas/grids.sql"), values).mappings().all()


def grid(connection: Connection, code: str, as_of: date | None = None) -> RowMapping:
    """One grid in force: as `grids`, and plan, validity, the units above it, GeoJSON geometry.

    Raises:
        NotFound: no grid in force that day bears the code.
    """
    found = connection.execute(sql("areas/grid.sql"), {"code": code, "as_of": as_of})
    row = found.mappings().one_or_none()
    if row is None:
        when_zh, when_en = (f"{as_of} 时", f"on {as_of}") if as_of else ("现行", "today")
        raise NotFound(
            f"{when_zh}没有编码为 {code} 的网格；请核对编码，或换一个日期查看",
            f"no grid in force {when_en} bears the code {code}; check the code or the date",
        )
    return row


def grids_between(
    connection: Connection,
    first_day: date,
    last_day: date,
    box: tuple[float, float, float, float],
) -> Sequence[RowMapping]:
    """Grids in force on any day of a period, never micro: id, code, first_day, end_day, wkb.

    `box` is west, south, east, north; a period without end has a null end_day.
    """
    sides = dict(zip(("west", "south", "east", "north"), map(float, box), strict=True))
    values = {"first_day": first_day, "last_day": last_day, **sides}
    return connection.execute(sql("areas/in_force.sql"), values).mappings().all()


def plans(connection: Connection) -> Sequence[RowMapping]:
    """Every plan: code, name, state, network, unit_code, unit_name, submitted, valid_from,
    valid_to, recorded_on, grids (their number), in_force."""
    return connection.execute(sql("areas/plans.sql")).mappings().all()


def postings_of(
    connection: Connection, grid_code: str, as_of: date | None = None
) -> Sequence[RowMapping]:
    """Who serves a grid on a day: role, person_name, office_phone."""
    day = func.gridmap.day_of(func.now()) if as_of is None else as_of
    query = (
        select(postings.c.role, postings.c.person_name, postings.c.office_phone)
        .where(postings.c.grid_code == grid_code, postings.c.valid.contains(day))
        .order_by(postings.c.id)
    )
    return connection.execute(query).mappings().all()


def search_patterns(text: str, most: int) -> dict[str, str | int]:
    """What the searches of every layer are asked with: the text, and it as LIKE patterns."""
    escaped = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return {"text": text, "prefix": f"{escaped}%", "anywhere": f"%{escaped}%", "most": most}


def search(connection: Connection, patterns: Mapping[str, str | int]) -> Sequence[RowMapping]:
    """Townships, villages and grids whose code begins with the text or whose name holds it.

    Columns: type, code, name, where, lon, lat, box, rank (0 is the best).
    """
    return connection.execute(sql("areas/search.sql"), patterns).mappings().all()


def totals(connection: Connection) -> RowMapping:
    """counties, townships, villages, grids (never micro) and postings in force today."""
    return connection.execute(sql("areas/totals.sql")).mappings().one()
