"""Which grids the points of a whole layer are in: bulk work, through `GridIndex`.

One rule with the SQL function `grid_at`: the grids in force on the point's day, border included,
never micro ones, and of several the smallest code. Both are compared in the tests.
"""

from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import Connection as Driver
from psycopg.sql import SQL, Composable
from sqlalchemy import Connection

from gridmap.areas import store
from gridmap.geo.index import GridIndex

MOST_BY_ONE = 2000
"""Up to so many points are asked for one by one: an index of the grids would take longer."""

# PostgreSQL's binary COPY: a header, rows of (number of fields, then length and value of each) and
# an end mark; its days are counted from 2000-01-01.
_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_POINT = np.dtype(
    [
        ("fields", ">i2"),
        *(("id_bytes", ">i4"), ("id", ">i8")),
        *(("lon_bytes", ">i4"), ("lon", ">f8")),
        *(("lat_bytes", ">i4"), ("lat", ">f8")),
        *(("day_bytes", ">i4"), ("day", ">i4")),
    ]
)
_NO_ANSWER = np.dtype(
    [("fields", ">i2"), ("id_bytes", ">i4"), ("id", ">i8"), ("grid_bytes", ">i4")]
)
_ANSWER = np.dtype([*_NO_ANSWER.descr, ("grid", ">i8")])
_NULL = -1  # the length that stands for it
_DAY_0 = date(2000, 1, 1).toordinal()
_FOR_EVER = date.max.toordinal() + 1


def locate(
    connection: Connection, points: Composable, values: dict[str, object] | None = None
) -> int:
    """Find the grid of many points; the answers are left in the table `pg_temp.located`.

    Args:
        points: a query of id, geom (a point in EPSG:4490 or null) and at (the moment that decides
            which grids are in force), with `%(name)s` for what is in `values`.
        values: the parameters of the query.

    Returns:
        How many points were asked for. `pg_temp.located (id, grid_id)` has a row for each, with
        null where there is no grid; it goes with the transaction. Memory: 42 bytes a point.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, Driver)
    driver.execute("DROP TABLE IF EXISTS pg_temp.located")
    driver.execute("CREATE TEMPORARY TABLE located (id bigint, grid_id bigint) ON COMMIT DROP")
    few = SQL("SELECT count(*) FROM (SELECT FROM ({}) p LIMIT {}) q").format(
        points, MOST_BY_ONE + 1
    )
    counted = driver.execute(few, values).fetchone()
    assert counted is not None
    number = int(counted[0])
    if number <= MOST_BY_ONE:
        one_by_one = SQL(
            "INSERT INTO pg_temp.located SELECT id, gridmap.grid_at(geom, at) FROM ({}) p"
        )
        driver.execute(one_by_one.format(points), values)
    else:
        asked = _read_points(driver, points, values)
        _write_answers(driver, asked["id"], _grids_of(connection, asked))
        number = len(asked)
    driver.execute("ANALYZE pg_temp.located")
    return number


def _read_points(
    driver: Driver[object], points: Composable, values: dict[str, object] | None
) -> NDArray[np.void]:
    query = SQL(
        "COPY (SELECT p.id::bigint, coalesce(public.st_x(p.geom), 'NaN'),"
        " coalesce(public.st_y(p.geom), 'NaN'), (p.at AT TIME ZONE d.time_zone)::date"
        " FROM ({}) p CROSS JOIN gridmap.deployment d) TO STDOUT (FORMAT binary)"
    ).format(points)
    with driver.cursor() as cursor, cursor.copy(query, values) as copy:
        data = b"".join(bytes(part) for part in copy)
    return np.frombuffer(data[len(_HEADER) : -len(_END)], dtype=_POINT)


def _grids_of(connection: Connection, asked: NDArray[np.void]) -> NDArray[np.int64]:
    """The id of each point's grid, -1 for none."""
    answer = np.full(len(asked), -1, dtype=np.int64)
    lon, lat = asked["lon"].astype(float), asked["lat"].astype(float)
    day = asked["day"].astype(np.int64) + _DAY_0
    here = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not len(here):
        return answer
    grids = store.grids_between(
        connection,
        date.fromordinal(int(day[here].min())),
        date.fromordinal(int(day[here].max())),
        (lon[here].min(), lat[here].min(), lon[here].max(), lat[here].max()),
    )
    first = np.array([_ordinal(grid["first_day"], 0) for grid in grids], dtype=np.int64)
    end = np.array([_ordinal(grid["end_day"], _FOR_EVER) for grid in grids], dtype=np.int64)
    codes = [grid["code"] for grid in grids]
    ids = np.array([grid["id"] for grid in grids], dtype=np.int64)
    shapes = shapely.from_wkb([bytes(grid["wkb"]) for grid in grids])
    # Between two days on which any grid begins or ends the same grids are in force.
    turns = np.unique(np.concatenate([first, end]))
    period = np.searchsorted(turns, day, side="right")
    for this in np.unique(period[here]).tolist():
        asked_now = here[period[here] == this]
        today = day[asked_now[0]]
        live = np.flatnonzero((first <= today) & (today < end))
        index = GridIndex(list(shapes[live]), [codes[i] for i in live.tolist()])
        position = index.assign(lon[asked_now], lat[asked_now])
        answer[asked_now] = np.append(ids[live], -1)[position]
    return answer


def _ordinal(day: date | None, unbounded: int) -> int:
    return unbounded if day is None else day.toordinal()


def _write_answers(
    driver: Driver[object], ids: NDArray[np.int64], grids: NDArray[np.int64]
) -> None:
    found = grids >= 0
    inside = np.empty(np.count_nonzero(found), dtype=_ANSWER)
    inside["fields"], inside["id_bytes"], inside["grid_bytes"] = 2, 8, 8
    inside["id"], inside["grid"] = ids[found], grids[found]
    outside = np.empty(len(ids) - len(inside), dtype=_NO_ANSWER)
    outside["fields"], outside["id_bytes"], outside["grid_bytes"] = 2, 8, _NULL
    outside["id"] = ids[~found]
    with (
        driver.cursor() as cursor,
        cursor.copy("COPY pg_temp.located FROM STDIN (FORMAT binary)") as copy,
    ):
        for part in (_HEADER, inside.tobytes(), outside.tobytes(), _END):
            copy.write(part)
