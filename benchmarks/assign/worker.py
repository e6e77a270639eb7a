"""One engine in a process of its own: `python -m benchmarks.assign.worker ENGINE GRIDS VERTICES N`.

Prints a line of JSON when it is ready, then one for each line it reads: the CPU seconds of a round
over all its threads (for PostGIS: of its backend), the wall seconds, and the points found.
"""

import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.assign.engines import ENGINES
from benchmarks.assign.territory import make_points, make_territory


def cpu_seconds(pid: int | None) -> float:
    """CPU seconds of this process, or of another by its number."""
    if pid is None:
        return time.process_time()
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say(**told: Any) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main(name: str, grids: int, vertices: int, points: int) -> None:
    """Prepares one engine and runs a round for every line on standard input."""
    kind = ENGINES[name]
    made = make_territory(grids, vertices)
    lon, lat = make_points(made, min(points, getattr(kind, "points_at_most", points)))
    try:
        engine = kind(made, lon, lat)
    except Exception as error:  # noqa: BLE001  # any reason to skip a peer is told, none stops the run
        say(skipped=f"{type(error).__name__}: {str(error).splitlines()[0]}")
        return
    say(points=len(lon))
    pid = getattr(engine, "pid", None)
    for _ in sys.stdin:
        gc.collect()
        wall, cpu = time.perf_counter(), cpu_seconds(pid)
        found = engine.round()
        say(cpu=cpu_seconds(pid) - cpu, wall=time.perf_counter() - wall, found=found)
    getattr(engine, "close", lambda: None)()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
