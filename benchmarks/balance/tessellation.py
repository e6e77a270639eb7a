"""`python -m benchmarks.balance.tessellation`: cells of a real town, ours and momepy's.

momepy runs in an environment of its own, which is made with one call:

    python3 -m venv build/momepy && build/momepy/bin/pip install momepy==0.11.0 pyarrow

Both get the buildings of Снежинск (OpenStreetMap, ODbL) in one rectangle; streets, railways and
waters cut it into blocks. Prints CPU seconds and which share of the footprints is covered by the
own cell, of how many cells are one polygon, and of the land that is in some cell.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.balance.snezhinsk import load
from gridmap.balancing.ground import build

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "osm_snezhinsk"
_MARGIN_M = 1e-4

PEER = """
import sys, time
import geopandas as gpd, momepy, shapely
folder, kind = sys.argv[1:]
buildings = gpd.read_parquet(f"{folder}/buildings.parquet")
land = gpd.read_parquet(f"{folder}/land.parquet")
lines = gpd.read_parquet(f"{folder}/lines.parquet")
began = time.process_time()
if kind == "morphological":
    cells = momepy.morphological_tessellation(buildings, clip=land.geometry.iloc[0])
else:
    blocks = momepy.enclosures(lines.geometry.to_frame(), limit=land)
    cells = momepy.enclosed_tessellation(buildings, blocks)
    cells = cells[cells.index >= 0]
print(time.process_time() - began)
cells = cells[["geometry"]].dissolve(by=cells.index)
cells.to_parquet(f"{folder}/cells.parquet")
"""


def main() -> None:
    """Runs all three and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", type=Path, default=ROOT / "build/momepy/bin/python")
    peer = parser.parse_args().peer
    town = _town()
    buildings, land, lines = town
    print("| method | CPU s | covers its footprint % | single polygon % | land covered % |")
    print("|---|---:|---:|---:|---:|")
    began = time.process_time()
    cells = build(buildings, land, lines, unit=None).cells
    _tell("gridmap", time.process_time() - began, cells, buildings, land)
    for kind in ("morphological", "enclosed"):
        with tempfile.TemporaryDirectory() as folder:
            for name, table in zip(("buildings", "land", "lines"), town, strict=True):
                table.to_parquet(Path(folder) / f"{name}.parquet")
            done = subprocess.run(
                [str(peer), "-c", PEER, folder, kind], check=True, capture_output=True, text=True
            )
            cells = gpd.read_parquet(Path(folder) / "cells.parquet")
        _tell(f"momepy, {kind}", float(done.stdout.split()[-1]), cells, buildings, land)


def _town() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    found = load(SHARED, villages=1)
    buildings = found.buildings[["geometry"]]
    land = gpd.GeoDataFrame(
        {"village": ["1"]}, geometry=[shapely.box(*buildings.total_bounds).buffer(50)],
        crs=buildings.crs,
    )  # fmt: skip
    lines = found.barriers.copy()
    surfaces = lines.geom_type.isin(["Polygon", "MultiPolygon"])
    lines.loc[surfaces, "geometry"] = lines.geometry[surfaces].boundary
    return buildings, land, lines


def _tell(
    name: str,
    seconds: float,
    cells: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    land: gpd.GeoDataFrame,
) -> None:
    shapes = cells.geometry.reindex(buildings.index)
    there = shapes.notna().to_numpy()
    own = np.zeros(len(buildings), dtype=bool)
    mine = np.asarray(shapely.buffer(shapes[there].to_numpy(), _MARGIN_M))
    own[there] = shapely.covers(mine, buildings.geometry[there].to_numpy())
    single = shapely.get_num_geometries(shapes[there].to_numpy()) == 1
    covered = float(shapes[there].area.sum() / land.area.sum())
    print(
        f"| {name} | {seconds:.1f} | {100 * own.mean():.2f} | {100 * single.mean():.2f} |"
        f" {100 * covered:.1f} |"
    )


if __name__ == "__main__":
    main()
