"""What the row policies cost: the application's own statements with and without them, in one run.

    .venv/bin/python -m benchmarks.wall [--rows 1000000] [--rounds 31]

Two counties of 324 grids each, the incidents spread evenly over both, in a PostGIS of this run
alone. Each statement is run in turn by the owner, who stands behind the wall, and through the
application's login for accounts of several scopes, all asking for places where they see every row
that the owner sees, so that the answers are the same, which is checked. `no LEAKPROOF` is the same
county account when PostGIS's `&&` is left as it is shipped: the policies then switch the spatial
index off.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import Connection, Engine, text

from gridmap import schema
from gridmap.areas import actions as areas
from gridmap.cluster import APP, LEAKPROOF, SUPERUSER, Cluster
from gridmap.db import Actor, engine_for, sql, transaction
from gridmap.heatmap.layers import CELLS, WORLD_M, tile_address
from gridmap.incidents import store
from gridmap.profiles import load_profile
from gridmap.settings import Settings

OWNER = Actor("administrator")
SIDE = 18
WESTS = {"140929": 111.3, "140930": 112.3}
SOUTH, WIDE, HIGH = 38.55, 0.5, 0.35
MIDDLE = (111.55, 38.725)

GRIDS = """
INSERT INTO grids (plan_id, code, name, village_id, valid, geom)
SELECT p.id, u.code || lpad((i * :side + j + 1)::text, 3, '0'), 'grid', u.id, '[2020-01-01,)',
    st_multi(st_makeenvelope(:west + i * :w, :south + j * :h, :west + (i + 1) * :w,
        :south + (j + 1) * :h, 4490))
FROM grid_plans p, admin_units u, generate_series(0, :side - 1) i, generate_series(0, :side - 1) j
WHERE u.code = :village
"""

INCIDENTS = """
INSERT INTO incidents (code, reported_at, channel, category, placement, grid_id, village_id, geom)
SELECT lpad(n::text, 14, '0'), timestamptz '2025-01-01 00:00+08' + n * interval '31 s', 'patrol',
    'safety', 'in_grid', g.id, g.village_id, st_setsrid(st_makepoint(lon, lat), 4490)
FROM (
    SELECT n, 0.3 + (n % 2) + random() * 0.499 AS x, random() * 0.349 AS y
    FROM generate_series(1, :rows) n
) r
CROSS JOIN LATERAL (SELECT 111 + x AS lon, 38.55 + y AS lat) p
JOIN grids g ON g.code = (CASE n % 2 WHEN 0 THEN '140929' ELSE '140930' END) || '100200'
    || lpad((floor((x - 0.3 - (n % 2)) / (0.5 / 18)) * 18 + floor(y / (0.35 / 18)) + 1)::int::text,
        3, '0')
"""

Ask = Callable[[Connection], object]


def plant(engine: Engine, rows: int) -> None:
    """Two counties, their grids, the incidents, and the accounts that ask."""
    with transaction(engine, OWNER) as connection:
        connection.execute(text("SELECT set_config('gridmap.placing', 'bulk', true)"))
        connection.execute(text("SELECT setseed(0.5)"))
        connection.execute(
            text(
                "INSERT INTO grid_plans (code, name, state, valid)"
                " VALUES ('p', 'p', 'active', '[2020-01-01,)')"
            )
        )
        for county, west in WESTS.items():
            units = ((county, "county"), (f"{county}100", "township_level"),
                     (f"{county}100200", "community_level"))  # fmt: skip
            for code, level in units:
                connection.execute(
                    text(
                        "INSERT INTO admin_units (code, level, name, geom) VALUES (:code, :level,"
                        " :code, st_multi(st_makeenvelope(:w, :s, :e, :n, 4490)))"
                    ),
                    {"code": code, "level": level, "w": west, "s": SOUTH, "e": west + WIDE,
                     "n": SOUTH + HIGH},
                )  # fmt: skip
            connection.execute(
                text(GRIDS),
                {"side": SIDE, "west": west, "south": SOUTH, "w": WIDE / SIDE, "h": HIGH / SIDE,
                 "village": f"{county}100200"},
            )  # fmt: skip
        connection.execute(text(INCIDENTS), {"rows": rows})
        for name, unit in (("everywhere", None), ("county", "140929"), ("village", "140929100200")):
            connection.execute(
                text("INSERT INTO accounts (name, display_name) VALUES (:n, :n)"), {"n": name}
            )
            connection.execute(
                text(
                    "INSERT INTO mandates (account_id, role, unit_code)"
                    " SELECT id, 'commander', :unit FROM accounts WHERE name = :n"
                ),
                {"n": name, "unit": unit},
            )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def tile(layer: str, z: int) -> Ask:
    """The tile over the middle of the first county, all incidents."""
    # Column and row by Web Mercator; the figures depend on no rounding.
    x = int((MIDDLE[0] + 180) / 360 * 2**z)
    y = {11: 784, 12: 1569, 14: 6279, 16: 25117}[z]
    address = tile_address(layer, z, x, y)
    starts = [datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]
    values = {
        "z": z, "x": x, "y": y, "unit_m": address.unit_m, "cells_per_m": address.cells_per_m,
        "world_m": WORLD_M, "cells": CELLS, "zone": "Asia/Shanghai", "since": starts[0],
        "until": starts[1], "starts": starts[:1], "categories": None, "statuses": None,
    }  # fmt: skip

    def ask(connection: Connection) -> object:
        store_sql = sql(f"heatmap/sql/{address.statement}.sql")
        connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        return bytes(connection.execute(store_sql, values).scalar_one())

    return ask


def counted(box: float) -> Ask:
    """How many incidents lie in a square of so many degrees."""
    statement = text(
        "SELECT count(*) FROM incidents WHERE geom && st_makeenvelope(:w, :s, :e, :n, 4490)"
        " AND st_intersects(geom, st_makeenvelope(:w, :s, :e, :n, 4490))"
    )
    lon, lat = MIDDLE
    values = {"w": lon, "s": lat, "e": lon + box, "n": lat + box}
    return lambda connection: connection.scalar(statement, values)


def listed(**wanted: str) -> Ask:
    """The newest hundred, as the list of incidents asks for them."""
    return lambda connection: [
        row["code"] for row in store.page(connection, store.Wanted(**wanted), 100)
    ]


QUESTIONS: dict[str, Ask] = {
    "incidents in a square of 1 km": counted(0.01),
    "incidents in a square of 5 km": counted(0.05),
    "tile of single incidents, zoom 16": tile("incidents", 16),
    "tile of single incidents, zoom 14": tile("incidents", 14),
    "heat tile, zoom 12": tile("heat", 12),
    "heat tile, zoom 11": tile("heat", 11),
    "newest 100 of a village": listed(area="140929100200"),
    "one incident by its code": lambda connection: dict(
        store.find(connection, "00000000500000") or {}
    ),
}


def measure(
    askers: dict[str, tuple[Engine, Actor]], rounds: int, *, ordered: bool
) -> Iterator[tuple[str, dict[str, list[float]]]]:
    """Milliseconds by question and asker: every round asks all, in turn.

    The answers are the same; without the index a tile's points come in another order.
    """
    for question, ask in QUESTIONS.items():
        times: dict[str, list[float]] = {name: [] for name in askers}
        answers = {}
        for number in range(rounds + 1):
            for name, (engine, actor) in askers.items():
                with transaction(engine, actor) as connection:
                    started = time.perf_counter()
                    answers[name] = ask(connection)
                    if number:  # the first fills the caches
                        times[name].append(1000 * (time.perf_counter() - started))
        same = {repr(sorted(one) if isinstance(one, list) else one) for one in answers.values()}
        assert len(same) == 1 or (question.startswith("tile") and not ordered), question
        yield question, times


@contextmanager
def without_leakproof(url: str) -> Iterator[None]:
    """PostGIS as it is shipped, for a while."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(LEAKPROOF[0].replace(" LEAKPROOF", " NOT LEAKPROOF"))
        yield
        connection.execute(LEAKPROOF[0])


def report(askers: dict[str, tuple[Engine, Actor]], rounds: int, *, ordered: bool = True) -> None:
    """One line a question: the owner's median, then each account's and its ratio to that."""
    for question, times in measure(askers, rounds, ordered=ordered):
        base = statistics.median(times["owner"])
        parts = [f"{question:36} owner {base:8.2f} ms"]
        for name, taken in times.items():
            if name != "owner":
                median = statistics.median(taken)
                parts.append(f"{name} {median:8.2f} ms {median / base:7.2f} x")
        print(" | ".join(parts), flush=True)


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.wall", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=31)
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="gridmap-wall-"))
    home.chmod(0o755)
    settings = Settings(home=home, database_url=None)
    cluster = Cluster(settings)
    try:
        url = schema.make_ready(settings)
        owner = engine_for(url, statement_timeout_s=0)
        areas.found(owner, OWNER, load_profile("kelan", settings.data_dir))
        plant(owner, options.rows)
        app = engine_for(cluster.url(APP), statement_timeout_s=0)
        names = ("everywhere", "county", "village")
        accounts = {name: (app, Actor(name)) for name in names}
        report({"owner": (owner, OWNER), **accounts}, options.rounds)
        print("\nno LEAKPROOF")
        with without_leakproof(cluster.url(SUPERUSER)):
            report({"owner": (owner, OWNER), "county": accounts["county"]}, 5, ordered=False)
        for engine in (owner, app):
            engine.dispose()
    finally:
        cluster.down()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
