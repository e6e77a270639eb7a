"""How GridIndex alone grows: with grids, with vertices, with threads; and what one call costs."""

import gc
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.assign.territory import Made, make_points, make_territory
from gridmap import GridIndex

POINTS = 1_000_000
SIZES = [
    *((grids, 120) for grids in (329, 1_459, 10_000, 100_000)),
    *((1_459, vertices) for vertices in (33, 1_000, 8_000)),
    (700_000, 78),
]


def build(made: Made) -> tuple[GridIndex, float, float]:
    """The index, the CPU seconds it took, and the most memory (GiB) in use meanwhile, grids too."""
    gc.collect()
    own = Path("/proc/self")
    (own / "clear_refs").write_text("5")  # the peak starts anew
    start = time.process_time()
    index = GridIndex(made.polygons, made.codes, compiled=True)
    seconds = time.process_time() - start
    peak = re.search(r"VmHWM:\s+(\d+) kB", (own / "status").read_text())
    return index, seconds, int(peak.group(1)) / 2**20 if peak else float("nan")


def assign_ns(index: GridIndex, made: Made, rounds: int) -> float:
    """Median CPU nanoseconds a point."""
    lon, lat = make_points(made, POINTS)
    times = []
    for _ in range(rounds + 1):
        start = time.process_time()
        index.assign(lon, lat)
        times.append((time.process_time() - start) / POINTS * 1e9)
    return median(times[1:])


def print_growth(rounds: int) -> None:
    """A row for each size of territory."""
    print(f"\n## Growth: {POINTS:,} points\n")
    print(
        "| grids | vertices each | ns a point | build, µs a vertex | bytes a vertex | peak, GiB |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    for grids, vertices in SIZES:
        made = make_territory(grids, vertices)
        index, seconds, peak = build(made)
        row = (
            f"{assign_ns(index, made, rounds):.1f}",
            f"{seconds / made.vertices * 1e6:.2f}",
            f"{index.nbytes / made.vertices:.0f}",
            f"{peak:.1f}",
        )
        print(f"| {grids:,} | {vertices:,} | {' | '.join(row)} |", flush=True)
        del made, index
        gc.collect()


def print_single_calls() -> None:
    """`.locate` one by one, the first call after import, and two threads against one."""
    made = make_territory(1_459, 120)
    index, _, _ = build(made)
    lon, lat = make_points(made, 50_000)
    times = []
    for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
        start = time.perf_counter_ns()
        index.locate(x, y)
        times.append((time.perf_counter_ns() - start) / 1e3)
    print(f"\n`.locate`: median {median(times):.2f} µs, p99 {np.percentile(times, 99):.2f} µs")
    code = (
        "import time; import gridmap.geo.index as i; import shapely; s = time.perf_counter();"
        "g = i.GridIndex([shapely.box(0, 0, 1, 1)], ['a']); g.locate(.5, .5);"
        "print(f'{(time.perf_counter() - s) * 1e3:.1f}')"
    )
    first = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"First index and first call after import: {first.stdout.strip()} ms")
    lon, lat = make_points(made, 20_000_000)
    walls = {threads: [] for threads in (1, 2)}
    for _ in range(5):
        for threads, wall in walls.items():
            start = time.perf_counter()
            index.assign(lon, lat, threads=threads)
            wall.append(time.perf_counter() - start)
    gain = median(walls[1]) / median(walls[2])
    print(f"Two threads against one, wall clock, 20M points: {gain:.2f} ×")


def main(rounds: int = 5) -> None:
    """Prints growth, build and single calls."""
    print_growth(rounds)
    print_single_calls()
