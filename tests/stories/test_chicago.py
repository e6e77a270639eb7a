"""156,385 real incidents against the labels the city itself wrote.

Points lie on the centre lines of boundary streets, so that up to a metre is forgiven.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import text

from tests.stories.conftest import Station

ILLINOIS_EAST = 26971
COUNTY, TOWNSHIP, VILLAGE = "170310", "170310001", "170310001001"
WARDS_CHANGED = "2015-05-18"

PROFILE = """\
name = "chicago"
title = "Chicago"
title_en = "Chicago"
county_code = "{county}"
time_zone = "America/Chicago"
area_srid = {srid}
levels = [
  {{ level = "county", label = "县", label_en = "county" }},
  {{ level = "township_level", label = "乡", label_en = "township" }},
  {{ level = "community_level", label = "村", label_en = "village" }},
  {{ level = "grid", label = "网格", label_en = "grid" }},
]
grid_code = {{ scheme = "text" }}
size_limits = {{ urban = [300, 500], rural = [60, 120] }}
statuses = [
  {{ code = "reported", name = "已上报", name_en = "reported" }},
  {{ code = "accepted", name = "已受理", name_en = "accepted" }},
  {{ code = "dispatched", name = "已派单", name_en = "dispatched" }},
  {{ code = "resolved", name = "已处置", name_en = "resolved" }},
  {{ code = "closed", name = "已结案", name_en = "closed" }},
  {{ code = "rejected", name = "不予受理", name_en = "rejected" }},
]
channels = [{{ code = "police", name = "报警", name_en = "police" }}]
roles = [
  {{ code = "grid_lead", name = "网格长", name_en = "lead" }},
  {{ code = "grid_officer", name = "网格员", name_en = "officer" }},
]
"""


@pytest.fixture
def crimes(shared_data: Path) -> pd.DataFrame:
    frame = pd.read_parquet(shared_data / "incidents_chicago/crimes_2018.parquet")
    return frame.assign(code=[f"c{n:06}" for n in range(len(frame))])


@pytest.fixture
def city(station: Station, shared_data: Path, crimes: pd.DataFrame) -> Station:
    """A station whose one village is the whole city, with every year's boundary inside it."""
    profile = station.home / "chicago.toml"
    lines = [PROFILE.format(county=COUNTY, srid=ILLINOIS_EAST)]
    for number, name in enumerate(sorted(crimes.PrimaryType.unique())):
        entry = f'code = "c{number}"\nname = {json.dumps(name)}\nname_en = {json.dumps(name)}\n'
        lines.append(f"[[categories]]\n{entry}[[categories.children]]\n{entry}")
    profile.write_text("\n".join(lines), encoding="utf-8")
    station = Station(station.home, str(profile))
    folder = shared_data / "incidents_chicago"
    files = ("community_areas", "wards_2003_2015", "wards_2015")
    ground = shapely.union_all(
        [shapely.union_all(gpd.read_parquet(folder / f"{f}.parquet").geometry) for f in files]
    )
    units = gpd.GeoDataFrame(
        {
            "code": [COUNTY, TOWNSHIP, VILLAGE],
            "name": ["Chicago"] * 3,
            "level": ["county", "township_level", "community_level"],
            "parent_code": [None, COUNTY, TOWNSHIP],
        },
        geometry=[shapely.multipolygons([ground]) if ground.geom_type == "Polygon" else ground] * 3,
        crs=4326,
    )
    units.to_parquet(station.home / "units.parquet")
    station.run("load", "admin_units", "units.parquet", "--crs", "EPSG:4326")
    return station


def load_grids(city: Station, file: Path, code: str, name: str, plan: str, since: str) -> str:
    """Load one file of areas as a grid plan of the whole city."""
    return city.run(
        "load", "grids", file, "--crs", "EPSG:4326", "--column", f"code={code}",
        "--column", f"name={name}", "--plan", plan, "--valid-from", since,
    ).stdout  # fmt: skip


def load_incidents(city: Station, crimes: pd.DataFrame, date: Iterable[object]) -> None:
    """Load the incidents as if they had been reported at `date`."""
    crimes.assign(Date=date).to_parquet(city.home / "crimes.parquet")
    city.run(
        "load", "incidents", "crimes.parquet", "--crs", "EPSG:4326", "--lon", "Longitude",
        "--lat", "Latitude", "--column", "reported_at=Date", "--column", "category=PrimaryType",
        "--column", "description=Description", "--column", "address=Block",
    )  # fmt: skip


def our_grids(city: Station, under: str | None = None) -> "pd.Series[str]":
    """code of the incident → code of its grid; with a day, of the grid in force on that day."""
    engine = city.engine()
    grid = "i.grid_id" if under is None else f"gridmap.grid_at(i.geom, '{under}')"
    with engine.connect() as connection:
        rows = connection.execute(
            text(f"SELECT i.code, g.code FROM incidents i LEFT JOIN grids g ON g.id = {grid}")
        ).all()
    engine.dispose()
    return pd.Series(dict(tuple(row) for row in rows), name="grid")


def agreement(
    crimes: pd.DataFrame, labels: "pd.Series[str]", areas: gpd.GeoDataFrame, ours: "pd.Series[str]"
) -> float:
    """Share of incidents whose grid is the city's label, or that lie ≤ 1 m from that area."""
    points = gpd.GeoSeries.from_xy(crimes.Longitude, crimes.Latitude, crs=4326)
    metric = areas.to_crs(ILLINOIS_EAST)
    labelled = metric.geometry.reindex(labels).to_numpy()
    near = shapely.distance(points.to_crs(ILLINOIS_EAST).to_numpy(), labelled) <= 1
    same = ours.reindex(crimes.code).to_numpy() == labels.to_numpy()
    return float(np.mean(same | near))


def number(values: "pd.Series[float]") -> "pd.Series[str]":
    return values.astype(float).astype(int).astype(str)


def by_ward(file: Path) -> gpd.GeoDataFrame:
    areas = gpd.read_parquet(file)
    return areas.set_axis(number(areas.ward), axis="index")


def test_our_grid_is_the_community_area_that_the_city_wrote(
    city: Station, crimes: pd.DataFrame, shared_data: Path
) -> None:
    file = shared_data / "incidents_chicago/community_areas.parquet"
    load_grids(city, file, "community_area", "name", "areas", "2001-01-01")
    load_incidents(city, crimes, crimes.Date)
    ours = our_grids(city)
    assert len(ours) == 156_385
    areas = gpd.read_parquet(file)
    areas.index = number(areas.community_area)
    assert agreement(crimes, number(crimes.CommunityArea), areas, ours) >= 0.996
    # Not by the metre alone: the grid itself agrees for nearly all.
    assert np.mean(ours.reindex(crimes.code).to_numpy() == number(crimes.CommunityArea)) > 0.97


def test_a_plan_has_dates_and_the_label_tells_which_was_in_force(
    city: Station, crimes: pd.DataFrame, shared_data: Path
) -> None:
    folder = shared_data / "incidents_chicago"
    old, new = folder / "wards_2003_2015.parquet", folder / "wards_2015.parquet"
    load_grids(city, old, "ward", "ward", "wards-2003", "2003-01-01")
    load_grids(city, new, "ward", "ward", "wards-2015", WARDS_CHANGED)
    labels = number(crimes.Ward)

    load_incidents(city, crimes, crimes.Date)
    in_force = agreement(crimes, labels, by_ward(new), our_grids(city))
    reread = agreement(crimes, labels, by_ward(old), our_grids(city, "2014-06-01"))

    # The labels of 2018 still follow the old wards: only the plan of 2003 agrees with them.
    assert reread >= 0.998
    assert 0.76 < in_force < 0.80
