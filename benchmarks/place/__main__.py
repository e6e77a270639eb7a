"""Placing a million incidents: through the index, beside the SQL join by PostGIS, in one run.

    .venv/bin/python -m benchmarks.place [--rows 1000000] [--rounds 5]

1,459 grids of 120 vertices in a PostGIS of this run alone. Measured by the wall clock, database
and client together:

- finding the grid of every incident, through `GridIndex` (read, look up, write the answers) and by
  the SQL function `incident_grids` (each grid asks for its points), rounds interleaved;
- a new plan, what `gridmap load grids` runs after the grids are in: one of all grids from today on,
  where incidents of before keep their grid; one of a village's grids and one of all, backdated, so
  that incidents change it;
- one report: the insert with the trigger that finds its grid, and without.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

import numpy as np
import psycopg
import shapely
from sqlalchemy import Connection, create_engine, text

from benchmarks.assign.territory import make_points, make_territory
from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas.actions import found
from gridmap.areas.locate import locate
from gridmap.cluster import Cluster
from gridmap.db import engine_for, transaction
from gridmap.incidents import store
from gridmap.profiles import load_profile
from gridmap.schema import migrate
from gridmap.settings import Settings

GRIDS, VERTICES, PER_VILLAGE = 1_459, 120, 14
JOIN = "SELECT count(*) FROM gridmap.incidents i LEFT JOIN gridmap.incident_grids() h USING (id)"
REPORT = (
    "INSERT INTO gridmap.incidents (code, reported_at, category, placement, geom) VALUES"
    " (%s, now(), 'safety', 'outside', ST_SetSRID(ST_MakePoint(%s, %s), 4490))"
)


def settle(connection: Connection, rows: int) -> None:
    """A county whose villages have PER_VILLAGE grids each, a plan since 2020, and incidents."""
    made = make_territory(GRIDS, VERTICES)
    add_unit(connection, "140929", "county", None)
    add_unit(connection, "140929100", "township_level", "140929")
    villages = [f"140929100{200 + n // PER_VILLAGE:03}" for n in range(GRIDS)]
    for code in sorted(set(villages)):
        add_unit(connection, code, "community_level", "140929100")
    add_plan(connection, "old", "2020-01-01")
    shapes = shapely.to_wkb(shapely.set_srid(made.polygons, 4490), hex=True, include_srid=True)
    connection.execute(
        text(
            "INSERT INTO gridmap.grids (plan_id, code, name, village_id, valid, geom)"
            " SELECT p.id, :code, :code, u.id, p.valid, ST_Multi(CAST(:geom AS geometry))"
            " FROM gridmap.grid_plans p, gridmap.admin_units u"
            " WHERE p.code = 'old' AND u.code = :village"
        ),
        [
            {"code": f"{village}{n % PER_VILLAGE + 1:03}", "village": village, "geom": shape}
            for n, (village, shape) in enumerate(zip(villages, shapes.tolist(), strict=True))
        ],
    )
    connection.execute(text("SELECT set_config('gridmap.placing', 'bulk', true)"))
    lon, lat = make_points(made, rows)
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    columns = "(code, reported_at, category, placement, geom)"
    with driver.cursor().copy(f"COPY gridmap.incidents {columns} FROM STDIN") as copy:
        for n, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
            at = f"2025-{n % 12 + 1:02}-15 12:00+08"
            copy.write_row((f"i{n:08}", at, "safety", "outside", f"SRID=4490;POINT({x!r} {y!r})"))


def add_unit(connection: Connection, code: str, level: str, parent: str | None) -> None:
    """An admin unit without outline."""
    connection.execute(
        text(
            "INSERT INTO gridmap.admin_units (code, level, name, parent_id) VALUES"
            " (:code, :level, :code, (SELECT id FROM gridmap.admin_units WHERE code = :parent))"
        ),
        {"code": code, "level": level, "parent": parent},
    )


def add_plan(connection: Connection, code: str, day: str) -> None:
    """A plan in force from a day on."""
    connection.execute(
        text(
            "INSERT INTO gridmap.grid_plans (code, name, state, valid)"
            " VALUES (:code, :code, 'active', daterange(CAST(:day AS date), NULL))"
        ),
        {"code": code, "day": day},
    )


def redraw(connection: Connection, code: str, day: str, villages: int) -> int:
    """A plan that ends the grids of some villages and draws them again; how many."""
    add_plan(connection, code, day)
    ended = (
        "UPDATE gridmap.grids g SET valid = daterange(lower(valid), CAST(:day AS date))"
        " WHERE upper_inf(valid) AND village_id IN (SELECT id FROM gridmap.admin_units"
        " WHERE level = 'community_level' ORDER BY code LIMIT :villages) RETURNING g.id"
    )
    values = {"day": day, "villages": villages}
    ids = list(connection.scalars(text(ended), values))
    connection.execute(
        text(
            "INSERT INTO gridmap.grids (plan_id, code, name, village_id, valid, geom)"
            " SELECT p.id, g.code, g.name, g.village_id, p.valid, g.geom"
            " FROM gridmap.grids g, gridmap.grid_plans p"
            " WHERE g.id = ANY(:ids) AND p.code = :code"
        ),
        {"ids": ids, "code": code},
    )
    return len(ids)


def timed(act: Callable[..., int], *given: object) -> tuple[float, int]:
    """Wall seconds of an act, and what it returned."""
    began = time.perf_counter()
    done = act(*given)
    return time.perf_counter() - began, done


def spread(times: list[float]) -> str:
    return f"{median(times):.2f} ({min(times):.2f} to {max(times):.2f})"


def print_finding(url: str, rounds: int) -> None:
    """Finding every incident's grid, both ways in turn; nothing is written to the layer."""
    ours, peer = [], []
    engine = engine_for(url, statement_timeout_s=0)
    for _ in range(rounds):
        with transaction(engine, ADMINISTRATOR) as connection:
            ours.append(timed(locate, connection, store.EVERY)[0])
        with transaction(engine, ADMINISTRATOR) as connection:
            peer.append(timed(lambda: connection.execute(text(JOIN)).scalar_one())[0])
    print(f"| finding every grid, through GridIndex | {spread(ours)} | |")
    print(
        f"| finding every grid, SQL join in PostGIS | {spread(peer)} "
        f"| {median(peer) / median(ours):.1f} × |"
    )


def print_plans(url: str) -> None:
    """The first placing of all, then plans of one village and of all, backdated to 2025."""
    engine = engine_for(url, statement_timeout_s=0)
    with transaction(engine, ADMINISTRATOR) as connection:
        took, moved = timed(store.place, connection)
        print(f"| all placed for the first time, {moved:,} rows written | {took:.1f} | |")
    for name, day, villages in (
        ("village", "2025-02-01", 1),
        ("backdated", "2025-03-01", 10_000),
        ("today", f"{datetime.now(UTC).date()}", 10_000),
    ):
        with transaction(engine, ADMINISTRATOR) as connection:
            drawn, since = redraw(connection, name, day, villages), date.fromisoformat(day)
            took, moved = timed(store.place_anew, connection, since)
        print(
            f"| a plan of {drawn:,} grids from {day} on, {moved:,} rows written | {took:.1f} | |",
            flush=True,
        )


def print_report(url: str, reports: int = 500) -> None:
    """One report in its own transaction, with the trigger and without, in turn."""
    lon, lat = make_points(make_territory(GRIDS, VERTICES), reports, seed=5)
    times: dict[str, list[float]] = {"": [], "bulk": []}
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('gridmap.actor', 'benchmark', false)")
        connection.execute("SET synchronous_commit = off")
        for n, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
            for way, taken in times.items():
                connection.execute("SELECT set_config('gridmap.placing', %s, true)", (way,))
                began = time.perf_counter()
                connection.execute(REPORT, (f"r{way}{n:06}", x, y))
                taken.append(time.perf_counter() - began)
                connection.commit()
    with_ms, without_ms = (np.array(times[way]) * 1e3 for way in ("", "bulk"))
    print(
        f"| one report, ms: with its grid found / without | {np.median(with_ms):.2f} / "
        f"{np.median(without_ms):.2f} | added {np.median(with_ms - without_ms):.2f} ms "
        f"(p99 {np.percentile(with_ms - without_ms, 99):.2f}) |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.place", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="gridmap-bench-"))
    folder.chmod(0o755)
    settings = Settings(home=folder / "home")
    cluster = Cluster(settings)
    try:
        cluster.up()
        url = cluster.url()
        migrate(settings, url)
        engine = engine_for(url, statement_timeout_s=0)
        found(engine, ADMINISTRATOR, load_profile("kelan", settings.data_dir))
        with transaction(engine, ADMINISTRATOR) as connection:
            settle(connection, wanted.rows)
        with create_engine(engine.url, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        print(f"{wanted.rows:,} incidents, {GRIDS:,} grids, {VERTICES} vertices each\n")
        print("| | s, median (min to max) | ratio |\n|---|---:|---:|", flush=True)
        print_finding(url, wanted.rounds)
        print_plans(url)
        print_report(url)
    finally:
        cluster.down()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
