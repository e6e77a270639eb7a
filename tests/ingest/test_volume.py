"""A county's worth of rows: bounded memory, and real files."""

import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.db import Actor
from gridmap.ingest.actions import LoadOptions, load
from gridmap.profiles import Profile
from tests.ingest.conftest import Load

PROGRAM = """
import sys
from gridmap.access.actors import ADMINISTRATOR
from gridmap.db import engine_for
from gridmap.ingest.actions import load
from gridmap.profiles import load_profile
from gridmap.settings import Settings

profile = load_profile("kelan", Settings().data_dir)
report = load(engine_for(sys.argv[1]), ADMINISTRATOR, profile, "buildings", sys.argv[2])
status = open("/proc/self/status").read()
peak_kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
print(report.inserted, report.rejected, peak_kib)
"""


@pytest.mark.slow
def test_two_hundred_thousand_buildings_need_less_than_a_gibibyte(
    town: Load, database: str, folder: Path
) -> None:
    n = 200_000
    lon = 111.01 + np.arange(n) / n * 0.9
    table = gpd.GeoDataFrame(
        {"code": [f"B{i}" for i in range(n)], "name": "楼", "address": "西街", "floors": 3},
        geometry=shapely.box(lon, 38.1, lon + 4e-6, 38.1001),
        crs=4490,
    )
    table.to_parquet("x.parquet")
    made = subprocess.run(
        [sys.executable, "-c", PROGRAM, database, "x.parquet"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    inserted, rejected, peak_kib = (int(number) for number in made.stdout.split())
    assert (inserted, rejected) == (n, 0)
    assert peak_kib < 1 << 20


@pytest.mark.parametrize("adcode", ["140929", "632222"])
def test_outlines_in_gcj02_come_to_lie_on_those_in_wgs84(
    county: Engine, actor: Actor, kelan: Profile, shared_data: Path, folder: Path, adcode: str
) -> None:
    """The same outline from two sources: off by 569 m and 104 m before, by less than 1 m after."""
    shifted = shared_data / "china_admin" / "counties_5prefectures_GCJ02_amap.parquet"
    columns = {"code": "adcode", "name": "adcode"}
    report = load(
        county, actor, kelan, "admin_units", shifted, LoadOptions(crs="gcj02", columns=columns)
    )
    assert (report.read, report.rejected) == (44, 0)
    with county.connect() as connection:
        wkb = connection.execute(
            text("SELECT st_asbinary(geom) FROM gridmap.admin_units WHERE code = :code"),
            {"code": adcode},
        ).scalar_one()
    plain = gpd.read_parquet(
        shared_data / "china_admin" / "counties_5prefectures_wgs84_amap.parquet"
    )
    wanted = plain[plain["district_adcode"] == int(adcode)].geometry
    both = gpd.GeoSeries([shapely.from_wkb(bytes(wkb)), wanted.iloc[0]], crs=4490).to_crs(4546)
    ours, theirs = both
    assert ours.centroid.distance(theirs.centroid) < 1
    assert ours.intersection(theirs).area / ours.union(theirs).area >= 0.9999
