"""Loading 200,000 buildings: `gridmap load` beside geopandas `to_postgis`, in one run.

    .venv/bin/python -m benchmarks.load [--rows 200000] [--rounds 3]

Both read the same GeoParquet file into a PostGIS of this run alone. The peer reads the whole file,
makes point-on-surface anchors, joins the grids with `sjoin` and writes a table with a GiST index;
it checks nothing, keeps no history and cannot load twice. What is compared: wall seconds of the
whole process, its peak memory, and how both grow with the rows.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from numpy.random import default_rng

from gridmap.cluster import Cluster
from gridmap.settings import Settings

WEST, SOUTH, EAST, NORTH = 111.3, 38.55, 111.8, 38.9
SIDE = 18
COUNTY, TOWNSHIP, VILLAGE = "140929", "140929100", "140929100200"

PEER = """
import sys
import geopandas as gpd
from sqlalchemy import create_engine
buildings, grids, url = sys.argv[1:]
frame = gpd.read_parquet(buildings).to_crs(4490)
cells = gpd.read_parquet(grids)[["code", "geometry"]].rename(columns={"code": "grid_code"})
anchors = gpd.GeoDataFrame(frame[["code"]], geometry=frame.representative_point(), crs=frame.crs)
placed = anchors.sjoin(cells, predicate="within", how="left").drop_duplicates("code")
frame["grid_code"] = placed.set_index("code").grid_code.reindex(frame.code).to_numpy()
frame.to_postgis("peer_buildings", create_engine(url), if_exists="replace", chunksize=10_000)
"""


def grids() -> gpd.GeoDataFrame:
    """SIDE × SIDE grids that tile one village."""
    lon, lat = np.linspace(WEST, EAST, SIDE + 1), np.linspace(SOUTH, NORTH, SIDE + 1)
    boxes = [
        shapely.box(lon[i], lat[j], lon[i + 1], lat[j + 1])
        for j in reversed(range(SIDE))
        for i in range(SIDE)
    ]
    codes = [f"{VILLAGE}{n + 1:03}" for n in range(len(boxes))]
    return gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=boxes, crs=4490)


def buildings(rows: int) -> gpd.GeoDataFrame:
    """Seeded rectangles, turned at random, anywhere in the village."""
    rng = default_rng(7)
    lon = rng.uniform(WEST + 0.001, EAST - 0.001, rows)
    lat = rng.uniform(SOUTH + 0.001, NORTH - 0.001, rows)
    turn, half = rng.uniform(0, np.pi, rows), rng.uniform(4e-5, 2e-4, (2, rows))
    corners = np.array([[1, 1], [1, -1], [-1, -1], [-1, 1], [1, 1]])
    x, y = corners[:, 0, None] * half[0], corners[:, 1, None] * half[1]
    ring = np.stack(
        [lon + x * np.cos(turn) - y * np.sin(turn), lat + x * np.sin(turn) + y * np.cos(turn)]
    )
    return gpd.GeoDataFrame(
        {
            "code": [f"b{n:07}" for n in range(rows)],
            "address": [f"东街{n}号" for n in range(rows)],
            "floors": rng.integers(1, 30, rows),
        },
        geometry=shapely.polygons(np.moveaxis(ring, (0, 1, 2), (2, 1, 0))),
        crs=4490,
    )


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall seconds of a command, and its peak memory in MiB."""
    began = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{command[:3]} failed")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def territory() -> gpd.GeoDataFrame:
    """The county, township and village that the grids lie in."""
    ground = shapely.box(WEST, SOUTH, EAST, NORTH)
    return gpd.GeoDataFrame(
        {
            "code": [COUNTY, TOWNSHIP, VILLAGE],
            "name": ["岢岚县", "岚漪镇", "东街村"],
            "level": ["county", "township_level", "community_level"],
            "parent_code": [None, COUNTY, TOWNSHIP],
        },
        geometry=[ground] * 3,
        crs=4490,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="gridmap-bench-"))
    folder.chmod(0o755)
    cluster = Cluster(Settings(home=folder / "home"))
    environment = {**os.environ, "GRIDMAP_HOME": str(cluster.home), "GRIDMAP_PROFILE": "kelan"}
    program = str(Path(sys.executable).with_name("gridmap"))
    frames = {"units": territory(), "grids": grids(), "buildings": buildings(wanted.rows)}
    files = {name: str(folder / f"{name}.parquet") for name in frames}
    for name, frame in frames.items():
        frame.to_parquet(files[name], row_group_size=20_000)
    try:
        cluster.up()
        timed([program, "load", "admin_units", files["units"]], environment)
        timed([program, "load", "grids", files["grids"]], environment)
        url = cluster.url().replace("postgresql:", "postgresql+psycopg:")
        ours, again, peer = [], [], []
        for _ in range(wanted.rounds):
            with psycopg.connect(cluster.url(), autocommit=True) as connection:
                connection.execute("SELECT set_config('gridmap.actor', 'benchmark', false)")
                connection.execute("DELETE FROM gridmap.buildings")
                connection.execute("VACUUM gridmap.buildings")
            ours.append(timed([program, "load", "buildings", files["buildings"]], environment))
            again.append(timed([program, "load", "buildings", files["buildings"]], environment))
            command = [sys.executable, "-c", PEER, files["buildings"], files["grids"], url]
            peer.append(timed(command, environment))
        report(wanted.rows, ours, again, peer)
    finally:
        cluster.down()
        shutil.rmtree(folder, ignore_errors=True)


def report(rows: int, *results: list[tuple[float, float]]) -> None:
    """Print minimum, median and maximum seconds, the peak memory and the ratio to the peer."""
    names = ("gridmap load", "gridmap load, the same file again", "geopandas to_postgis + sjoin")
    base = statistics.median(seconds for seconds, _ in results[-1])
    print(
        f"{rows:,} buildings · peak memory of this script's own process "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB"
    )
    print("| | s, min / median / max | rows/s | peak MiB | time ÷ peer |")
    print("|---|---:|---:|---:|---:|")
    for name, runs in zip(names, results, strict=True):
        times = sorted(seconds for seconds, _ in runs)
        median = statistics.median(times)
        print(
            f"| {name} | {times[0]:.1f} / {median:.1f} / {times[-1]:.1f} | {rows / median:,.0f} "
            f"| {max(memory for _, memory in runs):,.0f} | {median / base:.2f} |"
        )


if __name__ == "__main__":
    main()
