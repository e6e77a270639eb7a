"""A database of every earlier revision, with data in it, comes to the newest whole."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, make_url, text

from gridmap import schema
from gridmap.access.actions import verify_trail
from gridmap.backup import restore, seal
from gridmap.cluster import EXTENSIONS, OWNER, SUPERUSER, Cluster, find_programs
from gridmap.db import Actor, engine_for, transaction
from gridmap.sealing.key_file import KeyFile
from gridmap.settings import Settings

MIGRATIONS = Settings().migrations_dir
SCRIPTS = ScriptDirectory(str(MIGRATIONS))
EARLIER = [
    script.revision
    for script in SCRIPTS.walk_revisions()
    if script.revision != SCRIPTS.get_heads()[0]
]
SQUARE = "SRID=4490;MULTIPOLYGON(((111.5 38.7,111.6 38.7,111.6 38.8,111.5 38.8,111.5 38.7)))"
POINT = "SRID=4490;POINT(111.55 38.75)"

# In the columns that every revision has: one row of each layer, all linked.
WRITE = (
    "INSERT INTO deployment (profile_name, profile, county_code, area_srid, grid_code_scheme,"
    " time_zone) VALUES ('kelan', '{}', '140929', 4546, 'db11_2157', 'Asia/Shanghai')",
    "INSERT INTO admin_units (code, level, name, geom)"
    f" VALUES ('140929', 'county', '岢岚县', '{SQUARE}')",
    "INSERT INTO admin_units (code, level, name, parent_id, geom)"
    f" SELECT '140929100', 'township_level', '岚漪镇', id, '{SQUARE}' FROM admin_units",
    "INSERT INTO admin_units (code, level, name, parent_id, geom)"
    f" SELECT '140929100200', 'community_level', '北道坡村', id, '{SQUARE}' FROM admin_units"
    " WHERE level = 'township_level'",
    "INSERT INTO grid_plans (code, name, state, valid)"
    " VALUES ('2020', '首次划分', 'active', '[2020-01-01,)')",
    "INSERT INTO grids (plan_id, code, name, village_id, valid, geom)"
    f" SELECT p.id, '140929100200001', '第一网格', u.id, '[2020-01-01,)', '{SQUARE}'"
    " FROM grid_plans p, admin_units u WHERE u.level = 'community_level'",
    "INSERT INTO postings (grid_code, role, person_name, office_phone)"
    " VALUES ('140929100200001', 'grid_lead', '张明', '0350-4521234')",
    "INSERT INTO base_features (code, kind, name, geom)"
    f" VALUES ('w1', 'water', '岚漪河', '{SQUARE}')",
    f"INSERT INTO buildings (code, name, geom) VALUES ('b1', '一号楼', '{POINT}')",
    "INSERT INTO dwellings (code, building_ref, building_id) SELECT 'd1', code, id FROM buildings",
    "INSERT INTO households (code, dwelling_ref, dwelling_id) SELECT 'h1', code, id FROM dwellings",
    "INSERT INTO residents (code, household_ref, household_id, name, birth_year)"
    " SELECT 'r1', code, id, '欧阳静', 1961 FROM households",
    f"INSERT INTO assets (code, category, geom) VALUES ('a1', 'lamp', '{POINT}')",
    "INSERT INTO organisations (code, name, category, geom)"
    f" VALUES ('o1', '粮店', 'shop', '{POINT}')",
    "INSERT INTO incidents (code, reported_at, category, description, geom)"
    f" VALUES ('20240501000001', '2024-05-01 08:00+08', 'safety', '井盖破损', '{POINT}')",
    "INSERT INTO incident_entries (incident_id, action, status)"
    " SELECT id, 'report', 'reported' FROM incidents",
)
SEALED_SINCE = "0009"
"""From this revision on no phone is readable."""
LAYERS = [statement.split()[2] for statement in WRITE]

Row = dict[str, Any]
Rows = dict[str, list[Row]]


@pytest.fixture(params=EARLIER)
def earlier(
    request: pytest.FixtureRequest, cluster: Cluster, actor: Actor, home: Path
) -> Callable[[], tuple[str, Rows]]:
    """Makes a database of an earlier revision with a row in every layer: its address, its rows."""

    def make() -> tuple[str, Rows]:
        name = f"earlier_{request.param}"
        with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
        with psycopg.connect(cluster.url(SUPERUSER, name), autocommit=True) as connection:
            for extension in EXTENSIONS:
                connection.execute(f"CREATE EXTENSION {extension} SCHEMA public")
        url = cluster.url(database=name)
        with schema.alembic_at(Settings(home=home), url) as config:
            command.upgrade(config, request.param)
        engine = engine_for(url)
        with transaction(engine, actor) as connection:
            for statement in WRITE:
                connection.execute(text(statement))
            if request.param < SEALED_SINCE:
                connection.execute(text("UPDATE residents SET phone = '13800001234'"))
        rows = read(engine)
        engine.dispose()
        return url, rows

    return make


def read(engine: Engine) -> Rows:
    """Every row of every layer, and of the audit trail, as JSON."""
    with engine.connect() as connection:
        return {
            name: list(
                connection.scalars(text(f"SELECT to_jsonb(t) FROM gridmap.{name} t ORDER BY id"))
            )
            for name in sorted({*LAYERS, "audit_entries"})
        }


def assert_phones_are_sealed(before: list[Row], now: list[Row], keys: KeyFile) -> None:
    """No phone is lost, none is readable, and each is found by itself."""
    for old, new in zip(before, now, strict=True):
        assert "phone" not in new
        if "phone" not in old:
            continue
        keyring = keys.read()
        assert keyring is not None
        sealed, index = (bytes.fromhex(new[f"phone_{part}"][2:]) for part in ("sealed", "index"))
        assert keyring.open("phone", old["code"], sealed) == old["phone"] == "13800001234"
        assert [index] == keyring.indexes("phone", "13800001234")


def assert_whole(url: str, before: Rows, actor: Actor, keys: KeyFile) -> None:
    """All that was there is there, under the newest revision, linked, placed and sealed."""
    engine = engine_for(url)
    assert schema.revision(engine) == SCRIPTS.get_heads()[0]
    now = read(engine)
    for name, rows in before.items():
        for old, new in zip(rows, now[name], strict=False):
            told = {key: value for key, value in old.items() if key != "phone"}
            assert new | told == new, f"{name}: {old} became {new}"
        assert len(now[name]) >= len(rows), name
    assert_phones_are_sealed(before["residents"], now["residents"], keys)
    assert now["incidents"][0]["grid_id"] == now["buildings"][0]["grid_id"] == 1
    assert verify_trail(engine, actor).ok
    engine.dispose()


def test_every_layer_is_among_the_rows_that_are_carried(engine: Engine) -> None:
    with engine.connect() as connection:
        tables = set(
            connection.scalars(
                text(
                    "SELECT table_name FROM information_schema.columns"
                    " WHERE table_schema = 'gridmap' AND column_name = 'recorded_by'"
                )
            )
        )
    made_by_migrations = {"roles", "role_rights", "accounts", "mandates"}
    assert tables - set(LAYERS) - made_by_migrations == {
        "admin_unit_predecessors",
        "grid_ancestors",
        "network_grids",
        "plan_operations",
        "plan_proposals",
        "plan_villages",
    }


def test_it_is_carried_to_the_newest_revision(
    earlier: Callable[[], tuple[str, Rows]], home: Path, actor: Actor
) -> None:
    url, before = earlier()
    schema.migrate(Settings(home=home), url)
    assert_whole(url, before, actor, KeyFile.of(Settings(home=home)))


def test_its_backup_is_restored_and_carried(
    earlier: Callable[[], tuple[str, Rows]], settings: Settings, actor: Actor, tmp_path: Path
) -> None:
    url, before = earlier()
    kept = tmp_path / "earlier.backup"
    dump = [str(find_programs() / "pg_dump"), "-d", url, "-n", "gridmap", "-Fc", "-f", str(kept)]
    subprocess.run(dump, check=True)
    seal(kept)
    restore(settings, actor, kept)
    assert_whole(str(settings.database_url), before, actor, KeyFile.of(settings))
    assert make_url(url).database != make_url(str(settings.database_url)).database


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    earlier: Callable[[], tuple[str, Rows]], home: Path
) -> None:
    url, before = earlier()
    engine = engine_for(url)
    revision = schema.revision(engine)
    with engine.begin() as connection:  # fails when the last of its steps is done
        connection.execute(
            text(
                "CREATE FUNCTION gridmap.stand_in_the_way() RETURNS trigger LANGUAGE plpgsql"
                " AS $$ BEGIN RAISE EXCEPTION 'in the way'; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER stand_in_the_way BEFORE UPDATE ON gridmap.alembic_version"
                " FOR EACH ROW WHEN (NEW.version_num = :head)"
                " EXECUTE FUNCTION gridmap.stand_in_the_way()".replace(
                    ":head", f"'{SCRIPTS.get_heads()[0]}'"
                )
            )
        )
    with pytest.raises(Exception, match="in the way"):
        schema.migrate(Settings(home=home), url)
    assert schema.revision(engine) == revision
    assert read(engine) == before
    engine.dispose()
