"""docs/balance.png: a village of a made town today, and two proposals for it.

    .venv/bin/python -m benchmarks.balance.picture

Drawn by matplotlib in the environment of the peers.
"""

import json
import subprocess

import geopandas as gpd
import pandas as pd

import gridmap
from benchmarks.balance.instances import KEPT, ROOT, SIZE, folder_of, layers_of
from gridmap.balancing.search import Mode

TOWN = "made_20000_11"
BUILDINGS = 220
"""A village of at least so many, and of these the one whose grids differ most today."""

TARGET = ROOT / "docs" / "balance.png"
PROPOSED: tuple[Mode, ...] = ("stable", "shape")


def main() -> None:
    """Proposes and draws."""
    cells, _, barriers = layers_of(folder_of(TOWN))
    loads = cells.groupby(["village", "present"])["households"].sum()
    count, uneven = cells.groupby("village").size(), loads.groupby("village").std()
    village = uneven[count >= BUILDINGS].idxmax()
    here = cells[cells["village"] == village].reset_index(drop=True)
    west, south, east, north = here.total_bounds
    near = barriers.cx[west:east, south:north].clip(here.union_all())
    today = here.dissolve("present", aggfunc={"households": "sum"})
    frames, titles = [today.assign(part=0)], [_title("Today", today["households"])]
    for number, mode in enumerate(PROPOSED, 1):
        plan = gridmap.balance(here, barriers=near, mode=mode, prove_s=5)
        frames.append(plan.grids[["households", "geometry"]].assign(part=number))
        moved = 100 * plan.report.total["moved_share"]
        more = f", {moved:.0f} % of buildings move"
        titles.append(_title(mode, plan.grids["households"]) + more)
    grids = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=cells.crs)
    grids.to_parquet(KEPT / "picture-grids.parquet")
    here[["geometry"]].to_parquet(KEPT / "picture-cells.parquet")
    near.to_parquet(KEPT / "picture-barriers.parquet")
    python = ROOT / "build" / "peers-balance" / "bin" / "python"
    command = [str(python), "-m", "benchmarks.balance.draw", str(KEPT), str(TARGET)]
    subprocess.run([*command, json.dumps(titles)], check=True)


def _title(name: str, households: pd.Series) -> str:
    inside = int(households.between(*SIZE).sum())
    return f"{name}: {inside} of {len(households)} grids in range"


if __name__ == "__main__":
    main()
