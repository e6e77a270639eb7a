"""GridIndex on real areas: a city's own, a country's counties, and some drawn carelessly."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridmap.geo.index import GridIndex
from tests.geo.reference import Reference, awkward_points

AREAS = [
    ("incidents_chicago/community_areas", "community_area"),
    ("incidents_chicago/wards_2003_2015", "ward"),
    ("incidents_chicago/police_beats_2012", "beat_code"),
    ("incidents_city_of_london/lsoa_2011", "LSOA11CD"),
    ("china_admin/counties_5prefectures_wgs84_amap", "district_adcode"),
]


@pytest.mark.parametrize(("name", "code"), AREAS, ids=[name for name, _ in AREAS])
def test_real_areas_answer_exactly(shared_data: Path, name: str, code: str) -> None:
    areas = gpd.read_parquet(shared_data / f"{name}.parquet")
    index = GridIndex(areas, code)
    polygons = list(areas.geometry)
    reference = Reference(polygons, [str(c) for c in areas[code]])
    rng = np.random.default_rng(4)
    lon, lat = awkward_points(rng, polygons, 1_000)
    assert (index.assign(lon, lat) == reference.assign_exactly(lon, lat)).all()


def test_crimes_lie_in_the_wards_where_geos_finds_them(shared_data: Path) -> None:
    crimes = pd.read_parquet(
        shared_data / "incidents_chicago/crimes_2018.parquet", columns=["Longitude", "Latitude"]
    )
    wards = gpd.read_parquet(shared_data / "incidents_chicago/wards_2003_2015.parquet")
    index = GridIndex(wards, "ward")
    lon, lat = crimes["Longitude"].to_numpy(), crimes["Latitude"].to_numpy()
    expected = Reference(list(wards.geometry), [str(w) for w in wards["ward"]]).assign(lon, lat)
    assert (index.assign(lon, lat) == expected).all()
    assert (expected >= 0).sum() > 150_000


def test_overlapping_wards_are_reported_where_they_overlap(shared_data: Path) -> None:
    wards = gpd.read_parquet(shared_data / "incidents_chicago/wards_2003_2015.parquet")
    report = GridIndex(wards, "ward").report
    assert len(report.overlaps) == 18
    geometry = wards.set_index("ward").geometry
    for overlap in report.overlaps:
        place = shapely.Point(overlap.lon, overlap.lat)
        assert all(geometry[ward].distance(place) < 1e-9 for ward in overlap.codes)
