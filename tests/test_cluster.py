"""The embedded PostGIS: private, durable, and on its feet again after every kind of fall."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from gridmap.cluster import APP, APT_LINE, Cluster, find_programs
from gridmap.errors import ClusterError
from gridmap.settings import Settings


@pytest.fixture
def own() -> Iterator[Cluster]:
    """A cluster of this test alone, running, with one committed row."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-fall-"))
    folder.chmod(0o755)
    cluster = Cluster(Settings(home=folder / "home"))
    cluster.up()
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    yield cluster
    cluster.down()
    shutil.rmtree(folder, ignore_errors=True)


def answer(cluster: Cluster) -> object:
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute("SELECT answer FROM kept").fetchone()
    assert row is not None
    return row[0]


def processes(cluster: Cluster) -> list[int]:
    here = cluster.data.resolve()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").resolve(strict=True) == here:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it went with the one before it
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}/cwd").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)


def postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split("\n")[0])


def test_it_listens_on_a_unix_socket_only_asks_who_you_are_and_is_durable(own: Cluster) -> None:
    with psycopg.connect(own.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW full_page_writes").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        methods = connection.execute("SELECT current_setting('is_superuser')").fetchone()
    assert methods == ("off",)
    rules = [
        line.split()
        for line in (own.data / "pg_hba.conf").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert rules
    assert all(rule[0] == "local" and rule[3] in ("peer", "scram-sha-256") for rule in rules)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect("host=127.0.0.1 port=5432 user=gridmap dbname=gridmap", connect_timeout=2)


def test_a_second_start_changes_nothing_and_is_quick(own: Cluster) -> None:
    first = postmaster(own)
    began = time.monotonic()
    own.up()
    assert time.monotonic() - began < 2
    assert postmaster(own) == first


def test_after_kill_9_of_every_process_it_starts_with_every_row(own: Cluster) -> None:
    kill(processes(own))
    assert own.state() == "stopped"
    own.up()
    assert answer(own) == 42


def test_after_kill_9_of_the_postmaster_alone_orphans_are_ended_first(own: Cluster) -> None:
    busy = psycopg.connect(own.url())
    busy.execute("SELECT 1")
    kill([postmaster(own)])
    own.up()
    busy.close()
    assert answer(own) == 42


def test_a_stale_pid_file_that_names_a_living_stranger_does_not_block(own: Cluster) -> None:
    pid_file = own.data / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    kill(processes(own))
    owner = pid_file.stat()
    stranger = subprocess.Popen(
        ["sleep", "60"], user=owner.st_uid if os.geteuid() == 0 else None, cwd="/"
    )
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        own.up()
        assert answer(own) == 42
    finally:
        stranger.kill()
        stranger.wait()


def test_an_interrupted_first_start_begins_anew(own: Cluster) -> None:
    own.down()
    own.data.rename(own.home / "postgres.new")
    own.up()
    with psycopg.connect(own.url()) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)


def test_two_starts_at_once_make_one_cluster() -> None:
    folder = Path(tempfile.mkdtemp(prefix="gridmap-twice-"))
    folder.chmod(0o755)
    clusters = [Cluster(Settings(home=folder / "home")) for _ in range(2)]
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(Cluster.up, clusters))
        assert [cluster.state() for cluster in clusters] == ["running", "running"]
    finally:
        clusters[0].down()
        shutil.rmtree(folder)


def test_a_data_folder_too_deep_for_a_socket_gets_a_short_one() -> None:
    folder = Path(tempfile.mkdtemp(prefix="gridmap-deep-"))
    folder.chmod(0o755)
    cluster = Cluster(Settings(home=folder / ("很深的目录" * 8) / "home"))
    try:
        cluster.up()
        assert cluster.state() == "running"
    finally:
        cluster.down()
        shutil.rmtree(cluster.socket, ignore_errors=True)
        shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_told_in_one_line_and_nothing_is_lost() -> None:
    disk = Path(tempfile.mkdtemp(prefix="gridmap-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=240m,mode=755", "tmpfs", str(disk)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    cluster = Cluster(Settings(home=disk / "home"))
    try:
        cluster.up()
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        cluster.down()
        filler = disk / "filler"
        with filler.open("wb") as handle:
            handle.truncate()
            while shutil.disk_usage(disk).free > 1 << 20:
                handle.write(bytes(1 << 20))
                handle.flush()
        with pytest.raises(ClusterError, match="is full: free some space") as told:
            cluster.up()
        assert "\n" not in told.value.en
        filler.unlink()
        cluster.up()
        assert answer(cluster) == 42
    finally:
        cluster.down()
        subprocess.run(["umount", str(disk)], check=True)
        disk.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the cluster as another user")
def test_a_folder_the_postgres_user_cannot_reach_is_named() -> None:
    closed = Path(tempfile.mkdtemp(prefix="gridmap-closed-"))
    try:
        with pytest.raises(ClusterError, match="cannot reach"):
            Cluster(Settings(home=closed / "home")).up()
    finally:
        shutil.rmtree(closed)


def test_a_missing_version_names_the_one_line_to_ask_for() -> None:
    with pytest.raises(ClusterError) as told:
        find_programs("9")
    assert APT_LINE in told.value.zh
    assert APT_LINE in told.value.en


def test_the_command_tells_the_address_and_goes_up_and_down(own: Cluster) -> None:
    program = Path(sys.executable).with_name("gridmap")
    environment = {**os.environ, "GRIDMAP_HOME": str(own.home)}
    environment.pop("GRIDMAP_DATABASE_URL", None)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *words], env=environment, capture_output=True, text=True, timeout=60
        )

    assert run("down").returncode == 0
    assert '"state": "stopped"' in run("status", "--json").stdout
    assert run("up").returncode == 0
    told = run("status", "--json").stdout
    assert '"state": "running"' in told
    assert f'"database_url": "{own.url()}"' in told


def test_one_that_was_stopped_has_not_fallen_and_one_that_was_killed_has(own: Cluster) -> None:
    assert not own.has_fallen()
    kill([postmaster(own)])
    assert own.has_fallen()
    own.up()
    assert not own.has_fallen()
    own.down()
    assert not own.has_fallen()


def test_a_running_cluster_of_an_older_gridmap_gets_the_application_s_login(own: Cluster) -> None:
    logins = own.data / "pg_ident.conf"
    older = [line for line in logins.read_text().splitlines() if not line.endswith(f" {APP}")]
    logins.write_text("\n".join(older) + "\n")
    with psycopg.connect(own.url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP ROLE {APP}")
        connection.execute("SELECT pg_reload_conf()")
    own.up()
    with psycopg.connect(own.url(APP)) as connection:
        assert connection.execute("SELECT session_user::text").fetchone() == (APP,)
