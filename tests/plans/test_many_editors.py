"""Many editors in one draft, and the service killed under them: nothing lost, nothing done twice.

`GRIDMAP_EDITS` is how many operations all 32 ask for together; `make torture` asks for 2,000.
"""

import json
import os
import random
import shutil
import string
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap import schema
from gridmap.access.actions import verify_trail
from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas import actions as areas
from gridmap.db import Actor, engine_for, transaction
from gridmap.geo.coverage import faults
from gridmap.plans.drafts import open_draft
from gridmap.profiles import Profile
from tests.access.counties import give
from tests.drawing import CELL, settle
from tests.entering import Pass, enter
from tests.hostile.service import Service, answers_within

EDITORS = 32
VILLAGE = "140929100200"
EDITS = int(os.environ.get("GRIDMAP_EDITS", "96"))
KILLS = max(3, EDITS // 100)
SIDE = 7
LETTERS = string.ascii_letters[: SIDE * SIDE]
GROUND = "\n".join(
    "".join(letter * 2 for letter in LETTERS[row * SIDE : (row + 1) * SIDE])
    for row in range(SIDE)
    for _ in range(2)
)


@dataclass
class Tally:
    """What the editors saw."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    too_late: int = 0
    refused: int = 0
    unanswered: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture
def service(kelan: Profile) -> Iterator[Service]:
    """A village of 49 grids, served; its 32 coordinators."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-edit-"))
    folder.chmod(0o755)
    service = Service(folder / "home")
    engine = engine_for(schema.make_ready(service.settings))
    areas.found(engine, ADMINISTRATOR, kelan)
    with transaction(engine, ADMINISTRATOR) as connection:
        settle(connection, GROUND)
        for number in range(EDITORS):
            give(connection, f"editor{number}", "coordinator", "140929", None)
    service.headers = enter(engine).headers
    service.start()
    assert answers_within(service, "first") < 60
    yield service
    service.kill()
    service.cluster.down()
    engine.dispose()
    shutil.rmtree(folder, ignore_errors=True)


class Editor(threading.Thread):
    """One coordinator who drags vertices about; asks again after a fall, under the same key."""

    def __init__(self, service: Service, plan: str, login: Pass, seed: int, tally: Tally) -> None:
        super().__init__(daemon=True)
        self.service, self.plan, self.login, self.tally = service, plan, login, tally
        self.rng = random.Random(seed)
        self.failure: str | None = None
        self.known: dict[str, Any] = {}

    def run(self) -> None:
        try:
            self.known = self.grids()
            for _ in range(EDITS // EDITORS):
                self.edit()
        except (AssertionError, OSError, ValueError, KeyError) as error:
            self.failure = repr(error)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.service.port}/api/plans/{self.plan}{path}"
        data = None if body is None else json.dumps(body).encode()
        all_headers = {"Content-Type": "application/json", **self.login.headers, **headers}
        request = urllib.request.Request(url, data, all_headers, method=method)
        with suppress(OSError, HTTPException):
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return answer.status, json.loads(answer.read())
            except urllib.error.HTTPError as error:
                return error.code, json.loads(error.read())
        return 0, None

    def grids(self) -> dict[str, Any]:
        while True:
            status, told = self.ask("GET", f"/division?village={VILLAGE}")
            if status == 200:
                return {grid["code"]: grid for grid in told["grids"]}
            time.sleep(0.1)

    def edit(self) -> None:
        """One operation until it is done or refused; whoever is late looks and tries again."""
        while True:
            body, codes = self.drag(self.known)
            versions = ", ".join(f'"{code}/{self.known[code]["version"]}"' for code in codes)
            key = str(uuid4())
            status, told = self.ask_until_answered(body, versions, key)
            with self.tally.lock:
                if status == 200:
                    self.tally.acknowledged[key] = told["id"]
                self.tally.too_late += status == 412
                self.tally.refused += status == 422
            if status == 200:
                self.known |= {grid["code"]: grid for grid in told["grids"]}
            if status == 412:
                self.known = self.grids()
            else:
                assert status in (200, 422), told
                return

    def ask_until_answered(self, body: Any, versions: str, key: str) -> tuple[int, Any]:
        headers = {"Idempotency-Key": key, "If-Match": versions}
        self.tally.tried.add(key)
        while True:
            status, told = self.ask("POST", "/operations", body, **headers)
            if status not in (0, 503):
                return status, told
            with self.tally.lock:
                self.tally.unanswered += 1
            time.sleep(0.1)

    def drag(self, grids: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """A vertex inside the village, up to a third of a cell to some side."""
        whole = shapely.box(*shapely.total_bounds([_shape(grid) for grid in grids.values()]))
        edge = shapely.buffer(shapely.boundary(whole), CELL / 100)
        code = self.rng.choice(sorted(grids))
        ring = [xy for xy in _ring(grids[code]) if not edge.intersects(shapely.Point(xy))]
        if not ring:
            return self.drag(grids)
        x, y = self.rng.choice(ring)
        to = [x + self.rng.uniform(-CELL, CELL) / 3, y + self.rng.uniform(-CELL, CELL) / 3]
        codes = [code for code, grid in grids.items() if [x, y] in _ring(grid)]
        moves = [{"at": [x, y], "to": to}]
        return {"village": VILLAGE, "operation": "move_border", "moves": moves}, codes


def _shape(grid: dict[str, Any]) -> Any:
    return shapely.geometry.shape(grid["geometry"])


def _ring(grid: dict[str, Any]) -> list[list[float]]:
    return [list(xy) for xy in grid["geometry"]["coordinates"][0][0][:-1]]


def _fall_again_and_again(service: Service, editors: list[Editor], rng: random.Random) -> int:
    """Kills while the editors are at work; how many."""
    kinds = ["backend", "application", "postmaster", "everything"]
    killed = 0
    while killed < KILLS and any(editor.is_alive() for editor in editors):
        time.sleep(rng.uniform(1, 3))
        service.fell(kinds[killed % len(kinds)], rng)
        answers_within(service, f"back{killed}")
        killed += 1
    return killed


def _nothing_lost(engine: Engine, tally: Tally) -> None:
    with engine.connect() as connection:
        done = connection.execute(
            text("SELECT id, key::text, before, after FROM plan_operations ORDER BY id")
        ).all()
        rows = connection.execute(
            text("SELECT code, version, geom FROM (SELECT code, version, encode(ST_AsBinary(geom),"
                 " 'hex') AS geom FROM grids WHERE valid IS NULL) g")
        ).all()  # fmt: skip
        outline = connection.scalar(
            text("SELECT ST_AsBinary(geom) FROM admin_units WHERE code = :code"), {"code": VILLAGE}
        )
    by_key = {row.key: row.id for row in done}
    assert len(by_key) == len(done)
    assert tally.acknowledged.items() <= by_key.items()
    assert set(by_key) <= tally.tried
    # Each began with what the one before it had left: no change was overwritten unseen.
    left: dict[str, Any] = {}
    for row in done:
        for code, before in row.before.items():
            assert left.get(code, before) == before, (row.id, code)
        left |= row.after
    assert {row.code: (row.version, row.geom) for row in rows if row.code in left} == {
        code: (kept["version"], kept["geom"]) for code, kept in left.items()
    }
    shapes = [shapely.from_wkb(row.geom) for row in rows]
    assert len(shapes) == SIDE * SIDE
    assert faults(shapes, shapely.from_wkb(bytes(outline))) == []
    assert verify_trail(engine, ADMINISTRATOR).ok


@pytest.mark.slow
def test_nothing_is_lost_doubled_or_torn_whatever_is_killed(service: Service) -> None:
    engine = engine_for(service.cluster.url())
    logins = [enter(engine, f"editor{number}") for number in range(EDITORS)]
    tally = Tally()
    plan = open_draft(engine, Actor("editor0"), VILLAGE, None).plan["code"]
    editors = [Editor(service, plan, login, n, tally) for n, login in enumerate(logins)]
    for editor in editors:
        editor.start()
    killed = _fall_again_and_again(service, editors, random.Random(5))
    for editor in editors:
        editor.join(timeout=1200)
    assert [editor.failure for editor in editors if editor.failure] == []
    _nothing_lost(engine, tally)
    assert killed >= 3
    print(
        f"{EDITORS} editors, {len(tally.tried):,} operations tried, {len(tally.acknowledged):,}"
        f" acknowledged, {tally.refused} refused, {tally.too_late} too late, {tally.unanswered}"
        f" times without an answer in {killed} falls; none lost, none double, 0 gaps, 0 overlaps"
    )
    engine.dispose()
