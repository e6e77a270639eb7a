"""Parts that fail under load: a clear answer meanwhile, and well again soon after they are.

A full disk, a disk that turned read-only, a server without free connections, a clock set back, a
line to the database that swallows everything. Real ones: a small disk of its own, a real error of
its file system, real connections, a real clock, a real line.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import Engine, text

from gridmap.access.actions import verify_trail
from gridmap.access.actors import ADMINISTRATOR
from gridmap.cluster import SUPERUSER, Cluster
from gridmap.db import engine_for, transaction
from gridmap.errors import Unavailable
from gridmap.profiles import Profile
from tests.hostile.line import Line
from tests.hostile.service import BACK_WITHIN_S, Service, Writers, answers_within, nothing_lost

ANSWERS_WITHIN_S = 6.0
BEIJING = ZoneInfo("Asia/Shanghai")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the postgres user can enter; whatever is mounted in it is taken off."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-part-"))
    folder.chmod(0o755)
    yield folder
    if (folder / "disk").is_dir():
        subprocess.run(["umount", "-l", str(folder / "disk")], capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def serve(kelan: Profile) -> Iterator[Callable[..., Service]]:
    """Serves from a data folder; all is stopped at the end."""
    made: list[Service] = []

    def serve(home: Path, **env: str) -> Service:
        made.append(Service(home, **env))
        return made[-1].settled(kelan)

    yield serve
    for service in made:
        service.kill()
        service.cluster.down()


def mount(disk: Path, *what: str) -> None:
    disk.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *what, str(disk)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    disk.chmod(0o755)


def first_refusal(service: Service, within_s: float = 30) -> dict[str, Any]:
    """Report until that is refused: what was said."""
    began = time.monotonic()
    number = 0
    while time.monotonic() - began < within_s:
        number += 1
        status, told, seconds = service.answer(f"until-{number}-{began}")
        assert seconds < ANSWERS_WITHIN_S + 1, (status, told, seconds)
        if status not in (200, 201):
            assert status == 503, (status, told)
            return told
    pytest.fail("nothing was refused")


def is_clear(told: dict[str, Any]) -> bool:
    return told["detail"] != told["detail_en"] and told["retry"] == "3" and told["status"] == 503


def well_again(service: Service, writers: Writers, what: str) -> None:
    """Acknowledges within ten seconds, and everything that was acknowledged is there."""
    waited = answers_within(service, what.replace(" ", "-"))
    assert waited <= BACK_WITHIN_S
    writers.__exit__()
    engine = engine_for(service.settings.database_url or service.cluster.url())
    nothing_lost(engine, writers)
    assert verify_trail(engine, ADMINISTRATOR).ok
    engine.dispose()
    refused = len(writers.tried) - len(writers.acknowledged)
    print(
        f"fall: {what}: {len(writers.acknowledged):,} reports acknowledged, none lost,"
        f" {refused:,} not, the slowest answer after {max(writers.waits):.1f} s,"
        f" back after {waited:.1f} s"
    )


@needs_root
def test_a_disk_that_fills_up_while_serving(folder: Path, serve: Callable[..., Service]) -> None:
    disk = folder / "disk"
    mount(disk, "-t", "tmpfs", "-o", "size=300m,mode=755", "tmpfs")
    service = serve(disk / "home")
    writers = Writers(service)
    with writers:
        time.sleep(1)
        fill(disk)
        told = first_refusal(service)
        assert is_clear(told)
        time.sleep(3)
        status, told, seconds = service.answer("still-full")
        assert (status, seconds < ANSWERS_WITHIN_S) == (503, True), told
        (disk / "filler").unlink()
        well_again(service, writers, "disk full")
    assert len(writers.acknowledged) > 10


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as handle:
        while True:
            handle.write(bytes(1 << 16))
            handle.flush()


@needs_root
def test_a_disk_that_turns_read_only_while_serving(
    folder: Path, serve: Callable[..., Service]
) -> None:
    image, disk = folder / "image", folder / "disk"
    with image.open("wb") as handle:
        handle.truncate(600 << 20)
    made = subprocess.run(["mkfs.ext4", "-q", str(image)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no file system can be made here: {made.stderr.strip()}")
    mount(disk, "-o", "loop,errors=remount-ro", str(image))
    found = subprocess.run(["findmnt", "-no", "SOURCE", str(disk)], capture_output=True, text=True)
    trigger = Path("/sys/fs/ext4") / Path(found.stdout.strip()).name / "trigger_fs_error"
    if not trigger.exists():
        pytest.skip("this kernel cannot be told to find an error in a file system")
    service = serve(disk / "home")
    writers = Writers(service)
    with writers:
        time.sleep(1)
        trigger.write_text("1")
        assert is_clear(first_refusal(service))
        time.sleep(3)
        status, told, seconds = service.answer("still-read-only")
        assert (status, seconds < ANSWERS_WITHIN_S) == (503, True), told
        # What whoever keeps the machine does: what still runs there is ended, the disk is mended.
        with suppress(FileNotFoundError):
            for pid in service.postgres():
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
        time.sleep(0.5)
        subprocess.run(["umount", str(disk)], check=True)
        subprocess.run(["e2fsck", "-fy", str(image)], capture_output=True)
        mount(disk, "-o", "loop,errors=remount-ro", str(image))
        well_again(service, writers, "disk read-only")
    assert len(writers.acknowledged) > 10


def test_a_file_that_the_database_may_not_open_is_no_missing_right_of_the_caller(
    cluster: Cluster, engine: Engine
) -> None:
    with psycopg.connect(cluster.url(SUPERUSER, str(engine.url.database))) as connection:
        connection.execute("CREATE TABLE locked (n integer)")
        connection.execute("GRANT SELECT ON locked TO PUBLIC")
        connection.execute("INSERT INTO locked VALUES (1)")
        found = connection.execute("SELECT pg_relation_filepath('locked')").fetchone()
    assert found is not None
    file = cluster.data / found[0]
    file.chmod(0)
    try:
        with (
            pytest.raises(Unavailable, match="cannot read or write its files"),
            transaction(engine, ADMINISTRATOR) as connection,
        ):
            connection.execute(text("SELECT * FROM locked"))
    finally:
        file.chmod(0o600)


def test_a_server_whose_connections_are_all_taken(
    folder: Path, serve: Callable[..., Service]
) -> None:
    service = serve(folder / "home")
    taken: list[psycopg.Connection[Any]] = []
    writers = Writers(service)
    with writers:
        time.sleep(0.5)
        with psycopg.connect(service.cluster.url(SUPERUSER), autocommit=True) as keeper:
            began = time.monotonic()
            while time.monotonic() - began < 3:
                keeper.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE usename = 'gridmap_app'"
                )
                with suppress(psycopg.OperationalError):
                    while True:
                        taken.append(psycopg.connect(service.cluster.url(SUPERUSER)))
            assert len(taken) > 50
            told = first_refusal(service)
            assert is_clear(told)
            assert "no connection free" in told["detail_en"]
            status, told, seconds = service.read("/readyz")
            assert (status, seconds < ANSWERS_WITHIN_S) == (503, True), told
            assert service.read("/healthz")[0] == 200
        for connection in taken:
            connection.close()
        well_again(service, writers, "no connection free")


# The clock


def clock_of_ours(folder: Path) -> Path:
    """`clock.c`, compiled."""
    if (compiler := shutil.which("cc")) is None:
        pytest.skip("no C compiler here to make a clock that can be set for two programs only")
    made = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"], check=True
    )
    made.chmod(0o755)
    return made


def test_a_clock_that_is_set_back_by_two_days(folder: Path, serve: Callable[..., Service]) -> None:
    clock = folder / "clock"
    clock.write_text("0")
    env = {"LD_PRELOAD": str(clock_of_ours(folder)), "GRIDMAP_CLOCK": str(clock)}
    service = serve(folder / "home", **env)
    service.kill()
    service.cluster.down()
    start_postgres(service, env)
    service.start()
    assert answers_within(service, "under-another-clock") < 30
    writers = Writers(service)
    with writers:
        time.sleep(1)
        today = service.answer(None)[1]
        before = service.read("/api/profile")[1]["version"]
        clock.write_text(str(-2 * 86400))
        time.sleep(1)
        status, back, _ = service.answer(None)
        assert status == 201
        moved = moment(today["reported_at"]) - moment(back["reported_at"])
        assert 1.9 < moved.total_seconds() / 86400 < 2.1
        assert back["code"] != today["code"] and back["code"][:8] < today["code"][:8]
        assert [service.answer(None)[0] for _ in range(3)] == [201] * 3
        assert int(service.read("/api/profile")[1]["version"]) > int(before)
        status, told, _ = service.answer("right", reported_at=datetime.now(UTC).isoformat())
        assert status == 422
        assert "lies in the future" in told["detail_en"]
        assert service.answer(today["code"], description="-")[0] == 200  # the same, sent again
        clock.write_text("0")
        time.sleep(1)
        again = service.answer(None)[1]
        day = moment(again["reported_at"]).astimezone(BEIJING)  # midnight may pass meanwhile
        assert again["code"][:8] == f"{day:%Y%m%d}" and again["code"] > today["code"]
        listed = service.read("/api/incidents?limit=1000")[1]["incidents"]
        times = [moment(row["reported_at"]) for row in listed]
        assert times == sorted(times, reverse=True)
        well_again(service, writers, "clock set back")


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def start_postgres(service: Service, env: dict[str, str]) -> None:
    """PostgreSQL of the data folder, with an environment of ours."""
    owner = service.cluster.data.stat()
    run = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    subprocess.run(
        ["/usr/lib/postgresql/15/bin/pg_ctl", "-D", str(service.cluster.data),
         "-l", str(service.cluster.log), "-w", "start"],
        check=True, cwd="/", stdout=subprocess.DEVNULL, env={**os.environ, **env}, **run,
    )  # fmt: skip


# The line


@pytest.fixture
def line(folder: Path, serve: Callable[..., Service], kelan: Profile) -> Iterator[Line]:
    """A database on TCP, behind a line that the test holds."""
    far = Service(folder / "far")
    far.cluster.up()
    line = Line()
    with psycopg.connect(far.cluster.url(SUPERUSER), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET listen_addresses = '127.0.0.1'")
        connection.execute(f"ALTER SYSTEM SET port = {line.far_port}")
        connection.execute("ALTER ROLE gridmap PASSWORD 'x'")
    rules = far.cluster.data / "pg_hba.conf"
    rules.write_text(rules.read_text() + "host all all 127.0.0.1/32 scram-sha-256\n")
    far.cluster.down()
    start_postgres(far, {})
    yield line
    line.close()
    far.cluster.down()


@pytest.mark.parametrize("how", ["swallow", "drop"])
def test_a_line_to_the_database_that_breaks(
    folder: Path, line: Line, kelan: Profile, how: str
) -> None:
    url = f"postgresql://gridmap:x@127.0.0.1:{line.near_port}/gridmap"
    service = Service(folder / "near", url).settled(kelan)
    writers = Writers(service)
    try:
        with writers:
            for number in range(2):
                time.sleep(1)
                getattr(line, how)()
                broken = time.monotonic()
                asked = 0
                while time.monotonic() - broken < 12:
                    for status, told, seconds in (
                        service.answer(f"{how}-{number}-{asked}"), service.read("/readyz"),
                    ):  # fmt: skip
                        assert status == 503, told
                        assert is_clear(told)
                        assert seconds < ANSWERS_WITHIN_S
                    asked += 1
                assert service.read("/healthz")[0] == 200
                line.mend()
                assert answers_within(service, f"mended-{number}") <= BACK_WITHIN_S
            well_again(service, writers, f"line {how}s")
        assert max(writers.waits) < ANSWERS_WITHIN_S
    finally:
        service.kill()
