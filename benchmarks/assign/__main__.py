"""`python -m benchmarks.assign`: CPU time a point, medians of interleaved rounds, as Markdown.

Peers that gridmap does not depend on (DuckDB, SedonaDB) run in an environment of their own:

    python3 -m venv build/peers
    build/peers/bin/pip install --require-hashes -r benchmarks/assign/peers.lock
    .venv/bin/python -m benchmarks.assign --peers build/peers/bin/python
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.assign import growth
from benchmarks.assign.engines import ENGINES

ELSEWHERE = {"duckdb", "sedonadb"}


@dataclass
class Worker:
    """One engine in its process, and what its rounds took in nanoseconds of CPU a point."""

    name: str
    process: subprocess.Popen[str]
    points: int = 0
    found: set[int] = field(default_factory=set)
    rounds: list[float] = field(default_factory=list)

    def listen(self) -> dict[str, Any]:
        """The next line the worker says; a silent death is a reason to skip it."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return dict(json.loads(line)) if line else {"skipped": "it died"}

    def run_round(self, *, counts: bool) -> None:
        """One round; the first of all only warms up."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        told = self.listen()
        if "cpu" in told and counts:
            self.rounds.append(told["cpu"] / self.points * 1e9)
            self.found.add(told["found"])


def start(name: str, size: tuple[int, int, int], peers: Path) -> Worker:
    python = str(peers) if name in ELSEWHERE and peers.exists() else sys.executable
    process = subprocess.Popen(
        [python, "-m", "benchmarks.assign.worker", name, *map(str, size)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return Worker(name, process)


def measure(names: list[str], size: tuple[int, int, int], rounds: int, peers: Path) -> None:
    """Prints one table: every engine on the same grids and points."""
    grids, vertices, points = size
    print(f"\n## {grids:,} grids of {vertices} vertices, {points:,} points\n", flush=True)
    workers, skipped = [], []
    for name in names:
        worker = start(name, size, peers)
        told = worker.listen()
        worker.points = told.get("points", 0)
        if worker.points:
            workers.append(worker)
        else:
            skipped.append(f"{name}: {told.get('skipped')}")
    for number in range(rounds + 1):
        for worker in workers:
            worker.run_round(counts=number > 0)
    print("| engine | ns a point: median | min to max | gridmap is faster by | points found |")
    print("|---|---:|---:|---:|---:|")
    ours = next((median(w.rounds) for w in workers if w.name == "gridmap"), float("nan"))
    for worker in workers:
        assert worker.process.stdin is not None
        worker.process.stdin.close()
        worker.process.wait()
        middle, low, high = median(worker.rounds), min(worker.rounds), max(worker.rounds)
        found = ", ".join(f"{n:,} of {worker.points:,}" for n in worker.found if n >= 0)
        print(f"| {worker.name} | {middle:,.1f} | {low:,.1f} to {high:,.1f} ", end="")
        print(f"| {middle / ours:,.1f} × | {found} |", flush=True)
    for line in skipped:
        print(f"\nSkipped: {line}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.assign", description=__doc__)
    parser.add_argument("--grids", type=int, nargs="+", default=[1_459, 100_000])
    parser.add_argument("--vertices", type=int, default=120)
    parser.add_argument("--points", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES))
    parser.add_argument("--peers", type=Path, default=Path("build/peers/bin/python"))
    parser.add_argument("--no-growth", action="store_true", help="leave out growth and build")
    asked = parser.parse_args()
    for grids in asked.grids:
        for points in asked.points:
            measure(asked.engines, (grids, asked.vertices, points), asked.rounds, asked.peers)
    if not asked.no_growth:
        growth.main(asked.rounds)


if __name__ == "__main__":
    main()
