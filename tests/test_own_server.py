"""A server of the user's own: GRIDMAP_DATABASE_URL, TCP, a password, and nothing else changes."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gridmap.cluster import APP, EXTENSIONS, Cluster
from gridmap.settings import Settings
from tests.stories.conftest import PROGRAM

PASSWORD = secrets.token_urlsafe(12)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL that listens on TCP and wants a password; returns its libpq address."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-own-"))
    folder.chmod(0o755)
    cluster = Cluster(Settings(home=folder / "home"))
    cluster.up()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET listen_addresses = '127.0.0.1'")
        connection.execute(f"ALTER SYSTEM SET port = {port}")
        connection.execute(f"CREATE ROLE clerk LOGIN PASSWORD '{PASSWORD}'")
        connection.execute(f"CREATE ROLE stranger LOGIN PASSWORD '{PASSWORD}'")
        connection.execute(f"GRANT {APP} TO clerk")
        connection.execute("CREATE DATABASE county OWNER clerk")
        connection.execute("CREATE DATABASE strange OWNER stranger")
        connection.execute("CREATE DATABASE bare OWNER clerk")
    for database in ("county", "strange"):
        with psycopg.connect(cluster.url("postgres", database), autocommit=True) as connection:
            for extension in EXTENSIONS:
                connection.execute(f"CREATE EXTENSION {extension}")
    rules = cluster.data / "pg_hba.conf"
    rules.write_text(rules.read_text() + "host all all 127.0.0.1/32 scram-sha-256\n")
    cluster.down()
    programs = Path("/usr/lib/postgresql/15/bin")
    owner = cluster.data.stat()
    run = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    subprocess.run(
        [programs / "pg_ctl", "-D", cluster.data, "-l", cluster.log, "-w", "start"],
        check=True, cwd="/", stdout=subprocess.DEVNULL, **run,
    )  # fmt: skip
    yield f"postgresql://clerk:{PASSWORD}@127.0.0.1:{port}/county"
    cluster.down()
    shutil.rmtree(folder, ignore_errors=True)


def run(url: str, *words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(PROGRAM), *map(str, words)],
        env={**os.environ, "GRIDMAP_DATABASE_URL": url, "GRIDMAP_HOME": "/nonexistent"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_up_load_check_backup_and_restore_work_on_it(server: str, tmp_path: Path) -> None:
    told = run(server, "up").stdout
    assert "external" in told
    assert PASSWORD not in told
    units = tmp_path / "units.csv"
    units.write_text("code,name,level\n140929,岢岚县,county\n", encoding="utf-8")
    told = run(server, "load", "admin_units", units).stdout
    assert "inserted 1" in told
    kept = tmp_path / "county.backup"
    run(server, "backup", kept)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT set_config('gridmap.actor', 'test', false)")
        connection.execute("DELETE FROM gridmap.admin_units")
        run(server, "restore", kept)
        names = connection.execute("SELECT name FROM gridmap.admin_units").fetchall()
    assert names == [("岢岚县",)]


def test_a_database_without_postgis_is_told_what_its_administrator_has_to_run(
    server: str,
) -> None:
    told = run(server.replace("/county", "/bare"), "up", code=1).stderr
    assert "CREATE EXTENSION postgis" in told


def test_an_owner_who_may_not_take_the_application_s_role_is_told_what_to_run(server: str) -> None:
    url = server.replace("clerk:", "stranger:").replace("/county", "/strange")
    told = run(url, "up", code=1).stderr
    assert f'GRANT {APP} TO "stranger"' in told


def test_a_server_that_is_away_is_said_at_once(server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = run(f"postgresql://clerk@127.0.0.1:{port}/county", "up", code=1).stderr
    assert "does not answer" in told
