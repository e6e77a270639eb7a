"""A small town with incidents, written straight into the database."""

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

SHANGHAI = timezone(timedelta(hours=8))
CATEGORIES = ("environment", "facilities", "order", "unheard_of")
STATUSES = ("reported", "dispatched", "closed")
WEST, SOUTH = 111.5, 38.7
VILLAGES = {
    "140929100200": ("东街村", WEST),
    "140929100201": ("西街村", WEST + 0.02),
    "140929101200": ("河口村", WEST + 0.04),
}


def box(west: float, south: float, width: float, height: float) -> str:
    """A rectangle as EWKT of a multipolygon."""
    east, north = west + width, south + height
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    return f"SRID=4490;MULTIPOLYGON((({ring})))"


def add(connection: Connection, table: str, **values: Any) -> int:
    """Insert one row; its id."""
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id"
    return int(connection.execute(text(statement), values).scalar_one())


def build_town(connection: Connection) -> None:
    """A county of two townships, three villages and six grids, with premises and a base map."""
    county = add(connection, "admin_units", code="140929", level="county", name="岢岚县",
                 geom=box(WEST, SOUTH, 0.06, 0.02))  # fmt: skip
    townships = {
        code: add(connection, "admin_units", code=code, level="township_level", name=name,
                  kind="镇", parent_id=county, geom=box(west, SOUTH, width, 0.02))
        for code, name, west, width in (
            ("140929100", "岚漪镇", WEST, 0.04), ("140929101", "三井镇", WEST + 0.04, 0.02),
        )
    }  # fmt: skip
    plan = add(
        connection,
        "grid_plans",
        code="2020",
        name="首次划分",
        state="active",
        valid="[2020-01-01,)",
    )
    for code, (name, west) in VILLAGES.items():
        village = add(connection, "admin_units", code=code, level="community_level", name=name,
                      parent_id=townships[code[:9]], geom=box(west, SOUTH, 0.02, 0.02))  # fmt: skip
        for number in (1, 2):
            south = SOUTH + 0.01 * (number - 1)
            add(connection, "grids", plan_id=plan, code=f"{code}00{number}",
                name=f"{name}第{number}网格", village_id=village, valid="[2020-01-01,)",
                geom=box(west, south, 0.02, 0.01))  # fmt: skip
            add_building(connection, f"B{code}{number}", west + 0.005, south + 0.005)
    for code, kind, of_class, shape in (
        ("R1", "road", "primary", f"LINESTRING({WEST} 38.705,{WEST + 0.06} 38.705)"),
        ("R2", "road", "track", f"LINESTRING({WEST} 38.715,{WEST + 0.06} 38.716)"),
        ("W1", "river", "river", f"LINESTRING({WEST} 38.711,{WEST + 0.06} 38.712)"),
    ):
        add(connection, "base_features", code=code, kind=kind, name=code, geom=f"SRID=4490;{shape}",
            **{"class": of_class})  # fmt: skip


def add_building(connection: Connection, code: str, lon: float, lat: float) -> int:
    """A building with two dwellings, three households and one resident."""
    building = add(connection, "buildings", code=code, name=f"{code}号楼", kind="residential",
                   floors=5, geom=box(lon, lat, 0.0004, 0.0002))  # fmt: skip
    for dwelling_number, households in ((1, 1), (2, 2)):
        dwelling = add(connection, "dwellings", code=f"{code}-{dwelling_number}",
                       building_id=building)  # fmt: skip
        for number in range(households):
            household = add(connection, "households", code=f"{code}-{dwelling_number}-{number}",
                            dwelling_id=dwelling)  # fmt: skip
    add(connection, "residents", code=code, household_id=household, name="张三丰", birth_year=1980)
    return building


def add_incident(
    connection: Connection,
    code: str,
    at: datetime,
    place: tuple[float, float] | None,
    category: str = "order",
    status: str = "reported",
) -> int:
    """One incident at (lon, lat), or without a place."""
    point = None if place is None else f"SRID=4490;POINT({place[0]} {place[1]})"
    return add(connection, "incidents", code=code, reported_at=at, category=category, status=status,
               channel="patrol", description="电话 13800000000", geom=point)  # fmt: skip


def scatter_incidents(connection: Connection, count: int, days: int) -> None:
    """Incidents of 2025: most in the town, one in nine outside, one in ten without a place."""
    rng = np.random.default_rng(7)
    start = datetime(2025, 1, 1, tzinfo=SHANGHAI)
    for number in range(count):
        west = WEST + (0.2 if number % 9 == 0 else 0)
        place = (west + 0.06 * rng.random(), SOUTH + 0.02 * rng.random())
        at = start + timedelta(seconds=int(rng.integers(days * 86400)))
        add_incident(
            connection,
            f"I{number}",
            at,
            None if number % 10 == 0 else place,
            CATEGORIES[int(rng.integers(len(CATEGORIES)))],
            STATUSES[int(rng.integers(len(STATUSES)))],
        )
