"""One village at a time: `python -m benchmarks.balance.alone FOLDER`; prints a line of JSON.

The first call of the process, import of gridmap included, on the smallest village; then the CPU
milliseconds of calls on 33 villages from the smallest to the largest.
"""

import json
import statistics
import sys
import time
from pathlib import Path

BEGUN = time.process_time()

import gridmap  # noqa: E402  # its import is measured
from benchmarks.balance.instances import layers_of  # noqa: E402


def main(folder: Path) -> None:
    """Measures."""
    imported = time.process_time() - BEGUN
    cells, _, barriers = layers_of(folder)
    groups = sorted((rows for _, rows in cells.groupby("village")), key=len)
    boxes = [rows.total_bounds for rows in groups]
    near = [barriers.cx[west:east, south:north] for west, south, east, north in boxes]
    taken = []
    for at in [0, *range(0, len(groups), max(len(groups) // 32, 1))]:
        start = time.process_time()
        gridmap.balance(groups[at], barriers=near[at], threads=1)
        taken.append((time.process_time() - start) * 1e3)
    told = {
        "first_s": imported + taken[0] / 1e3,
        "median_ms": statistics.median(taken[1:]),
        "max_ms": max(taken[1:]),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
