"""One mode in a process of its own: `python -m benchmarks.balance.ours MODE FOLDER LABELS`.

Writes the grid of every building. Prints a line of JSON: CPU seconds over all threads of the whole
call (from tables to tables: reading, searching, dissolving, codes, report), of the search alone,
the peak memory, and whether the proposed grids are a coverage that tiles the villages.
"""

import json
import sys
import time
from pathlib import Path
from typing import get_args

import geopandas as gpd
import numpy as np
import shapely

import gridmap
from benchmarks.balance.instances import Instance, layers_of
from benchmarks.balance.memory import peak_mib
from gridmap.balancing.outcome import BalancedPlan
from gridmap.balancing.search import Mode, divide


def main(mode: Mode, folder: Path, target: Path) -> None:
    """Runs one mode."""
    cells, villages, barriers = layers_of(folder)
    small = cells["village"] == cells["village"].value_counts().index[-1]
    gridmap.balance(cells[small], barriers=barriers, mode=mode)  # warm
    start = time.process_time()
    plan = gridmap.balance(cells, villages, barriers=barriers, mode=mode)
    seconds, peak = time.process_time() - start, peak_mib()
    label = np.unique(plan.assignment.to_numpy(str), return_inverse=True)[1]
    np.savez(target, label=label)
    told = {"cpu": seconds, "search": _search_s(folder, mode), "peak": peak}
    print(json.dumps(told | _tiles(plan, villages)))


def _search_s(folder: Path, mode: Mode) -> float:
    """CPU seconds of the search of all villages, one after the other."""
    problems = Instance("", folder).problems
    start = time.process_time()
    for problem in problems:
        divide(problem, mode, 0)
    return time.process_time() - start


def _tiles(plan: BalancedPlan, villages: gpd.GeoDataFrame) -> dict[str, bool | int]:
    grids = plan.grids.geometry.to_numpy()
    whole = plan.grids.dissolve("village").area.sort_index().to_numpy()
    land = villages.set_index("village").area.sort_index().to_numpy()
    return {
        "valid": bool(shapely.coverage_is_valid(grids)),
        "tiles": bool(np.allclose(whole, land, rtol=1e-9)),
        "enclosing": int((shapely.get_num_interior_rings(grids) > 0).sum()),
    }


if __name__ == "__main__":
    assert sys.argv[1] in get_args(Mode)
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))  # type: ignore[arg-type]
