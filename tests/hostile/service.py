"""`gridmap serve` under load, as whoever keeps the machine runs it, and what was acknowledged."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from gridmap import schema
from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas import actions as areas
from gridmap.cluster import Cluster
from gridmap.db import engine_for, transaction
from gridmap.profiles import Profile
from gridmap.settings import Settings
from tests.drawing import lonlat, settle
from tests.entering import enter

WRITERS = 4
BACK_WITHIN_S = 10.0
PROGRAM = Path(sys.executable).with_name("gridmap")


class Service:
    """`gridmap serve` on a data folder of its own, started again by whoever keeps the machine."""

    def __init__(self, home: Path, database_url: str | None = None, **env: str) -> None:
        self.settings = Settings(home=home, database_url=database_url)
        self.cluster = Cluster(self.settings)
        self.env = env
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.headers: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def settled(self, profile: Profile) -> "Service":
        """A village of two grids in its database, and served."""
        engine = engine_for(schema.make_ready(self.settings))
        areas.found(engine, ADMINISTRATOR, profile)
        with transaction(engine, ADMINISTRATOR) as connection:
            settle(connection, "AB")
        self.headers = enter(engine).headers
        engine.dispose()
        self.start()
        assert answers_within(self, "first") < 3 * BACK_WITHIN_S
        return self

    def start(self) -> None:
        kept = {name: value for name, value in os.environ.items() if "GRIDMAP" not in name}
        env = {**kept, "GRIDMAP_HOME": str(self.settings.home), "GRIDMAP_PORT": str(self.port),
               "GRIDMAP_REPORTS_PER_MINUTE": "1000000"}  # fmt: skip
        env |= self.env
        if self.settings.database_url is not None:
            env["GRIDMAP_DATABASE_URL"] = self.settings.database_url
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
        return self.answer(code)[0] in (200, 201)

    def answer(self, code: str | None, **other: Any) -> tuple[int, dict[str, Any], float]:
        """Report an incident: the status (0 without answer), what was said, after how long."""
        lon, lat = lonlat(0.5, 0.5)
        body = {"channel": "hotline", "category": "safety", "description": code or "-",
                "lon": lon, "lat": lat, **other}  # fmt: skip
        if code is not None:
            body["code"] = code
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/incidents",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", **self.headers},
        )
        return self._asked(request)

    def read(self, path: str) -> tuple[int, dict[str, Any], float]:
        """As `answer`, for something that is only read."""
        address = f"http://127.0.0.1:{self.port}{path}"
        return self._asked(urllib.request.Request(address, headers=self.headers))

    def _asked(self, request: urllib.request.Request) -> tuple[int, dict[str, Any], float]:
        began = time.monotonic()
        status, told = 0, {}
        # An answer that breaks off is none: whoever was killed may have been in the middle of it.
        with suppress(OSError, HTTPException):
            try:
                with urllib.request.urlopen(request, timeout=15) as answer:
                    told = json.loads(answer.read())
                    status = answer.status
            except urllib.error.HTTPError as error:
                told = json.loads(error.read()) | {"retry": error.headers.get("Retry-After")}
                status = error.code
        return status, told, time.monotonic() - began

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


class Writers:
    """Threads that report without end, and what they were told."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.tried: list[str] = []
        self.acknowledged: list[str] = []
        self.waits: list[float] = []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(n,)) for n in range(WRITERS)]

    def write(self, number: int) -> None:
        count = 0
        while not self.ended.is_set():
            code = f"w{number}-{count}"
            count += 1
            self.tried.append(code)
            status, _, seconds = self.service.answer(code)
            self.waits.append(seconds)
            if status in (200, 201):
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
