"""Backup and restore: everything comes back, and a bad file changes nothing."""

import os
import random
import subprocess
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from gridmap.access.actions import verify_trail
from gridmap.backup import back_up, restore
from gridmap.cluster import SUPERUSER, Cluster, find_programs
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, DataError
from gridmap.settings import Settings
from tests.checksums import checksums
from tests.test_schema import add_grid, add_village

FLIPS = int(os.environ.get("GRIDMAP_FLIPS", "12"))


def fill(engine: Engine, actor: Actor) -> None:
    with transaction(engine, actor) as connection:
        add_grid(connection, add_village(connection), "140929100200001")
        connection.execute(
            text(
                "INSERT INTO buildings (code, name, geom)"
                " SELECT n::text, md5(n::text),"
                " ST_SetSRID(ST_MakePoint(111.5 + n * 1e-5, 38.75), 4490)"
                " FROM generate_series(1, 5000) n"
            )
        )


def contents(engine: Engine) -> dict[str, str]:
    """A checksum of every table but the audit trail and the versions, which go on."""
    with engine.connect() as connection:
        tables = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'gridmap' ORDER BY 1")
        ).all()
        return {
            table: str(
                connection.scalar(
                    text(
                        "SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE \"C\"))"
                        f" FROM gridmap.{table} t"
                    )
                )
            )
            for table in tables
            if table not in ("audit_entries", "audit_seals", "layer_changes")
        }


def nothing(done: int, total: int | None) -> None:
    """Draws no bar."""


def test_everything_comes_back_and_the_rules_still_hold(
    county: Engine, actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    fill(county, actor)
    before = contents(county)
    steps: list[tuple[int, int | None]] = []
    back_up(settings, actor, tmp_path / "all.backup", lambda *step: steps.append(step))
    assert steps[-1][0] == steps[-1][1]
    with transaction(county, actor) as connection:
        connection.execute(text("DELETE FROM buildings"))
        version = connection.scalar(
            text("SELECT version FROM layer_versions WHERE layer = 'buildings'")
        )
    county.dispose()

    restore(settings, actor, tmp_path / "all.backup")

    assert contents(county) == before
    with county.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM buildings WHERE grid_id > 0")) == 5000
        restored = connection.scalar(
            text("SELECT version FROM layer_versions WHERE layer = 'buildings'")
        )
        acts = connection.scalars(text("SELECT action FROM audit_entries ORDER BY id")).all()
    assert version is not None
    assert restored is not None
    assert restored > version
    assert acts[-1] == "restore"
    assert verify_trail(county, actor).ok
    assert "backup" in acts
    with (
        pytest.raises(Exception, match="append-only"),
        transaction(county, actor) as connection,
    ):
        connection.execute(text("DELETE FROM audit_entries"))


def test_a_damaged_or_foreign_file_is_refused_and_changes_nothing(
    county: Engine, actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    fill(county, actor)
    whole = tmp_path / "all.backup"
    back_up(settings, actor, whole, nothing)
    before = contents(county)
    county.dispose()
    data = whole.read_bytes()
    for name, content in (
        ("text", b"not a backup"),
        ("empty", b""),
        ("cut", data[: len(data) * 2 // 3]),
        ("cut-at-the-end", data[:-200]),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(DataError, match="nothing was restored"):
            restore(settings, actor, file)
        assert contents(county) == before
    with pytest.raises(CallError):
        restore(settings, actor, tmp_path / "absent")


def test_every_table_has_the_checksum_it_had_and_the_trails_go_on(
    county: Engine, actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    fill(county, actor)
    before, trails = checksums(county), rows_of(county)
    back_up(settings, actor, tmp_path / "all.backup", nothing)
    with transaction(county, actor) as connection:
        connection.execute(text("UPDATE buildings SET name = 'other' WHERE code < '3'"))
        connection.execute(text("DELETE FROM buildings WHERE code > '5'"))
    county.dispose()
    restore(settings, actor, tmp_path / "all.backup")
    after = checksums(county)
    assert after.keys() == before.keys()
    assert {name for name in before if before[name] != after[name]} == set(trails)
    for name, now in rows_of(county).items():
        assert trails[name] < now, name


def rows_of(engine: Engine) -> dict[str, set[str]]:
    """The rows of the tables that a backup and a restore write to themselves."""
    with engine.connect() as connection:
        return {
            name: set(connection.scalars(text(f"SELECT t::text FROM gridmap.{name} t")))
            for name in ("audit_entries", "audit_seals", "layer_changes")
        }


def test_a_bit_that_flipped_anywhere_is_refused(
    county: Engine, actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    fill(county, actor)
    whole = tmp_path / "all.backup"
    back_up(settings, actor, whole, nothing)
    data = whole.read_bytes()
    before = contents(county)
    county.dispose()
    rng = random.Random(4)
    for _ in range(FLIPS):
        hurt = bytearray(data)
        hurt[rng.randrange(len(hurt))] ^= 1 << rng.randrange(8)
        whole.write_bytes(hurt)
        with pytest.raises(DataError):
            restore(settings, actor, whole)
        assert contents(county) == before
        county.dispose()


def test_bytes_too_many_or_too_few_are_refused(
    county: Engine, actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    fill(county, actor)
    whole = tmp_path / "all.backup"
    back_up(settings, actor, whole, nothing)
    data, before = whole.read_bytes(), checksums(county)
    county.dispose()
    rng = random.Random(5)
    cuts = [data[: rng.randrange(len(data) - 60)] for _ in range(20)]
    for content in (data + b"x", data + data, data[:-1], data[:1000] + data[1001:], *cuts):
        whole.write_bytes(content)
        with pytest.raises(DataError, match="nothing was restored"):
            restore(settings, actor, whole)
    assert checksums(county) == before


def test_a_backup_of_a_newer_gridmap_or_of_another_program_is_refused(
    county: Engine, actor: Actor, settings: Settings, tmp_path: Path, cluster: Cluster
) -> None:
    fill(county, actor)
    newer = tmp_path / "newer.backup"
    with county.begin() as connection:
        known = connection.scalar(text("SELECT version_num FROM gridmap.alembic_version"))
        connection.execute(text("UPDATE gridmap.alembic_version SET version_num = '9999'"))
    back_up(settings, actor, newer, nothing)
    with county.begin() as connection:
        connection.execute(
            text("UPDATE gridmap.alembic_version SET version_num = :known"), {"known": known}
        )
    before = checksums(county)
    county.dispose()
    with pytest.raises(DataError, match="newer gridmap"):
        restore(settings, actor, newer)
    assert checksums(county) == before
    for made in ("CREATE TABLE other (a int)", "CREATE SCHEMA gridmap; CREATE TABLE gridmap.x ()"):
        foreign = dump_of(cluster, made, tmp_path / "foreign.backup")
        with pytest.raises(DataError, match="nothing was restored"):
            restore(settings, actor, foreign)
        assert checksums(county) == before


def dump_of(cluster: Cluster, made: str, file: Path) -> Path:
    """A dump of another database in which this was made."""
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS foreign_one WITH (FORCE)")
        connection.execute("CREATE DATABASE foreign_one OWNER gridmap")
    url = cluster.url(database="foreign_one")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(made)
    subprocess.run(
        [str(find_programs() / "pg_dump"), "-d", url, "-Fc", "-f", str(file)], check=True
    )
    return file


def test_a_folder_that_does_not_exist_is_said(
    actor: Actor, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(CallError, match="does not exist"):
        back_up(settings, actor, tmp_path / "no" / "file", nothing)
