"""How long a saved step takes: a border dragged over HTTP, beside the bare update of its rows.

    .venv/bin/python -m benchmarks.edit [--steps 60]

The demonstration county is served by `gridmap serve` in a folder of this run alone; a coordinator
opens a draft of a village of the county town (10 grids, 132 buildings) and moves vertices inside
it, one request after another: parsing, the wall, the lock, the rules, the checks, the write, the
trail, the commit to disk and the answer with new figures. The peer in the same run is what an
editor without any of this does: one psycopg connection that writes the same two or three polygons
with UPDATE and commits.
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import shapely

from gridmap.cluster import Cluster
from gridmap.settings import Settings

VILLAGE = "140929400001"
SHIFT = 2e-5
PROGRAM = Path(sys.executable).with_name("gridmap")
GEOM = "SELECT geom FROM gridmap.grids WHERE valid IS NULL AND code = %s"
UPDATE = "UPDATE gridmap.grids SET geom = %s WHERE valid IS NULL AND code = %s"


class Client:
    """A coordinator's browser."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(jar)
        self.headers = {"Content-Type": "application/json"}
        account = {"account": "demo-coordinator", "password": "gridmap-demo-2026"}
        self.headers["X-CSRF-Token"] = self.ask("POST", "/api/login", account)["csrf"]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        all_headers = {**self.headers, **headers}
        request = urllib.request.Request(  # noqa: S310  (our own server)
            self.address + path, data, all_headers, method=method
        )
        with self.opener.open(request) as answer:
            return json.loads(answer.read())


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The demonstration county, served; its address."""
    log = home / "serve.log"
    env = {**os.environ, "GRIDMAP_HOME": str(home / "data"), "GRIDMAP_PORT": "0"}
    with log.open("w") as notes:
        process = subprocess.Popen(
            [PROGRAM, "serve", "--demo", "kelan"], env=env, stdout=notes, stderr=notes
        )
    try:
        while not (found := re.search(r"http://\S+", log.read_text(encoding="utf-8"))):
            if process.poll() is not None:
                raise SystemExit(log.read_text(encoding="utf-8"))
            time.sleep(0.2)
        yield found[0]
    finally:
        process.terminate()
        process.wait(timeout=30)


def inner_vertices(grids: dict[str, Any]) -> list[list[float]]:
    """The vertices that are not on the line around all grids."""
    shapes = [shapely.geometry.shape(grid["geometry"]) for grid in grids.values()]
    line = shapely.buffer(shapely.boundary(shapely.coverage_union_all(shapes)), 1e-5)
    found = {tuple(xy) for shape in shapes for xy in shapely.get_coordinates(shape).tolist()}
    return [list(xy) for xy in sorted(found) if not line.intersects(shapely.Point(xy))]


def holders(grids: dict[str, Any], vertex: list[float]) -> list[str]:
    """The grids that have a vertex."""
    return [
        code
        for code, grid in grids.items()
        if any(vertex in [list(xy) for xy in ring]
               for part in grid["geometry"]["coordinates"] for ring in part)
    ]  # fmt: skip


def drag(client: Client, plan: str, grids: dict[str, Any], at: list[float]) -> tuple[float, Any]:
    """Seconds for one saved step, and its outcome."""
    codes = holders(grids, at)
    body = {
        "village": VILLAGE,
        "operation": "move_border",
        "moves": [{"at": at, "to": [at[0] + SHIFT, at[1] + SHIFT]}],
    }
    versions = ", ".join(f'"{code}/{grids[code]["version"]}"' for code in codes)
    headers = {"Idempotency-Key": str(uuid4()), "If-Match": versions}
    began = time.perf_counter()
    outcome = client.ask("POST", f"/api/plans/{plan}/operations", body, **headers)
    return time.perf_counter() - began, outcome


def bare(connection: psycopg.Connection[Any], codes: list[str]) -> float:
    """Seconds to write the same grids, as they are, and commit."""
    shapes = [connection.execute(GEOM, [code]).fetchone() for code in codes]
    connection.commit()
    began = time.perf_counter()
    for code, row in zip(codes, shapes, strict=True):
        assert row is not None
        connection.execute(UPDATE, [row[0], code])
    connection.commit()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=60)
    steps: int = parser.parse_args().steps
    home = Path(tempfile.mkdtemp(prefix="gridmap-edit-"))
    home.chmod(0o755)
    try:
        with served(home) as address:
            report(address, Settings(home=home / "data"), steps)
    finally:
        Cluster(Settings(home=home / "data")).down()
        shutil.rmtree(home, ignore_errors=True)


def report(address: str, settings: Settings, steps: int) -> None:
    """Measure and print."""
    client = Client(address)
    plan = client.ask("POST", "/api/plans", {"unit": VILLAGE})["code"]
    found = client.ask("GET", f"/api/plans/{plan}/division?village={VILLAGE}")
    grids = {grid["code"]: grid for grid in found["grids"]}
    rng = random.Random(7)
    ours, floor, undone = [], [], []
    with psycopg.connect(Cluster(settings).url()) as connection:
        connection.execute("SELECT set_config('gridmap.actor', 'administrator', false)")
        for _ in range(steps):
            at = rng.choice(inner_vertices(grids))
            seconds, outcome = drag(client, plan, grids, at)
            ours.append(seconds)
            grids |= {grid["code"]: grid for grid in outcome["grids"]}
            floor.append(bare(connection, [grid["code"] for grid in outcome["grids"]]))
        for _ in range(steps // 2):
            began = time.perf_counter()
            headers = {"Idempotency-Key": str(uuid4())}
            client.ask("POST", f"/api/plans/{plan}/undo", {"village": VILLAGE}, **headers)
            undone.append(time.perf_counter() - began)
    print(f"{len(grids)} grids, {len(found['buildings']['lon'])} buildings, {steps} steps")
    for name, times in (("saved step", ours), ("undo", undone), ("bare update", floor)):
        low, middle, high = min(times), statistics.median(times), sorted(times)[-len(times) // 20]
        ratio = middle / statistics.median(floor)
        print(f"{name:12} ms: min {low * 1e3:6.1f}  median {middle * 1e3:6.1f}"
              f"  p95 {high * 1e3:6.1f}  {ratio:5.1f} x")  # fmt: skip


if __name__ == "__main__":
    main()
