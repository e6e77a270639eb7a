"""kill -9 at any moment under load: what was acknowledged is there, nothing is half there.

`GRIDMAP_KILLS` is how many times; `make torture` kills two hundred times.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gridmap import schema
from gridmap.access.actions import verify_trail
from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas import actions as areas
from gridmap.cluster import Cluster
from gridmap.db import engine_for, transaction
from gridmap.profiles import Profile
from gridmap.settings import Settings
from tests.drawing import lonlat, settle
from tests.entering import enter

KILLS = int(os.environ.get("GRIDMAP_KILLS", "6"))
WRITERS = 4
BACK_WITHIN_S = 10.0
PROGRAM = Path(sys.executable).with_name("gridmap")


class Service:
    """`gridmap serve` on a data folder of its own, started again by whoever keeps the machine."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, database_url=None)
        self.cluster = Cluster(self.settings)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        self.headers: dict[str, str] = {}

    def start(self) -> None:
        kept = {name: value for name, value in os.environ.items() if "GRIDMAP" not in name}
        env = {**kept, "GRIDMAP_HOME": str(self.settings.home), "GRIDMAP_PORT": str(self.port),
               "GRIDMAP_REPORTS_PER_MINUTE": "1000000"}  # fmt: skip
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            [str(PROGRAM), "serve"], env=env, stdout=quiet, stderr=quiet
        )

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def report(self, code: str) -> bool:
        """Report an incident; whether it was acknowledged."""
        lon, lat = lonlat(0.5, 0.5)
        body = {"code": code, "channel": "hotline", "category": "safety", "description": code,
                "lon": lon, "lat": lat}  # fmt: skip
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/incidents",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", **self.headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return answer.status in (200, 201)
        except (urllib.error.URLError, OSError):
            return False

    def postgres(self) -> list[int]:
        """Its processes, the postmaster first."""
        here, found = self.cluster.data.resolve(), []
        first = int((self.cluster.data / "postmaster.pid").read_text().split()[0])
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if (entry / "cwd").resolve(strict=True) == here:
                        found.append(int(entry.name))
                except OSError:
                    continue
        return sorted(found, key=lambda pid: (pid != first, pid))

    def fell(self, what: str, rng: random.Random) -> None:
        """Kill the application, the postmaster, one backend, all of PostgreSQL, or everything."""
        pids = self.postgres()
        doomed = {
            "application": [],
            "postmaster": pids[:1],
            "backend": [rng.choice(pids[1:])],
            "postgres": pids,
            "everything": pids,
        }[what]
        for pid in doomed:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if what in ("application", "everything"):
            self.kill()
            self.start()


@pytest.fixture
def service(kelan: Profile) -> Iterator[Service]:
    """A town of two grids, served."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-kill-"))
    folder.chmod(0o755)
    service = Service(folder / "home")
    engine = engine_for(schema.make_ready(service.settings))
    areas.found(engine, ADMINISTRATOR, kelan)
    with transaction(engine, ADMINISTRATOR) as connection:
        settle(connection, "AB")
    service.headers = enter(engine).headers
    engine.dispose()
    service.start()
    yield service
    service.kill()
    service.cluster.down()
    shutil.rmtree(folder, ignore_errors=True)


class Writers:
    """Threads that report without end, and what they were told."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.tried: list[str] = []
        self.acknowledged: list[str] = []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(n,)) for n in range(WRITERS)]

    def write(self, number: int) -> None:
        count = 0
        while not self.ended.is_set():
            code = f"w{number}-{count}"
            count += 1
            self.tried.append(code)
            if self.service.report(code):
                self.acknowledged.append(code)
            else:
                time.sleep(0.05)

    def __enter__(self) -> "Writers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()


def answers_within(service: Service, name: str) -> float:
    """Seconds until a report is acknowledged again."""
    began = time.monotonic()
    attempt = 0
    while time.monotonic() - began < 3 * BACK_WITHIN_S:
        attempt += 1
        if service.report(f"{name}-{attempt}"):
            break
        time.sleep(0.05)
    return time.monotonic() - began


def nothing_lost(engine: Engine, writers: Writers) -> None:
    with engine.connect() as connection:
        stored = set(connection.scalars(text("SELECT code FROM incidents")))
        torn = connection.scalars(
            text(
                "SELECT i.code FROM incidents i"
                " LEFT JOIN incident_entries e ON e.incident_id = i.id"
                " GROUP BY i.id HAVING count(e.id) <> 1 OR i.grid_id IS NULL"
            )
        ).all()
    assert set(writers.acknowledged) <= stored
    assert torn == []


def test_whatever_is_killed_nothing_acknowledged_is_lost_and_the_service_comes_back(
    service: Service,
) -> None:
    rng = random.Random(20261)
    kinds = ["postmaster", "backend", "application", "postgres", "everything"]
    assert answers_within(service, "first") < 3 * BACK_WITHIN_S
    waits = []
    with Writers(service) as writers:
        for number in range(KILLS):
            time.sleep(rng.uniform(0.2, 1.2))
            what = kinds[number % len(kinds)]
            service.fell(what, rng)
            waits.append((answers_within(service, f"back{number}"), what))
            assert waits[-1][0] <= BACK_WITHIN_S, waits
    engine = engine_for(service.cluster.url())
    try:
        nothing_lost(engine, writers)
        verdict = verify_trail(engine, ADMINISTRATOR)
        assert verdict.ok, verdict.faults[:5]
    finally:
        engine.dispose()
    assert len(writers.acknowledged) > KILLS
    print(
        f"{KILLS} kills, {len(writers.tried):,} reports,"
        f" {len(writers.acknowledged):,} acknowledged,"
        f" back after {max(waits)[0]:.1f} s at most ({max(waits)[1]})"
    )
