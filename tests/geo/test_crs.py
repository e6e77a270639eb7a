"""Coordinate systems against published vectors, and there and back again."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import CallError
from gridmap.geo import crs

# WGS 84, GCJ-02, BD-09 of one point in each of five counties.
GOLDEN = np.array(
    [
        [100.253, 38.177, 100.2544700, 38.1773384, 100.2610945, 38.1830557],
        [111.573, 38.704, 111.5793914, 38.7044595, 111.5858322, 38.7106160],
        [108.248, 33.039, 108.2525559, 33.0370455, 108.2589953, 33.0433080],
        [102.642, 37.928, 102.6437260, 37.9282921, 102.6503088, 37.9340923],
        [109.450, 34.770, 109.4553446, 34.7690690, 109.4617531, 34.7752909],
    ]
)
WGS84, GCJ02, BD09 = (GOLDEN[:, i : i + 2] for i in (0, 2, 4))


def test_the_shifted_datums_match_the_golden_vectors_to_a_centimetre() -> None:
    gcj02 = np.column_stack(crs.gcj02_from_wgs84(WGS84[:, 0], WGS84[:, 1]))
    bd09 = np.column_stack(crs.bd09_from_gcj02(gcj02[:, 0], gcj02[:, 1]))
    assert np.abs(gcj02 - GCJ02).max() <= 1e-7
    assert np.abs(bd09 - BD09).max() <= 1e-7


@pytest.mark.parametrize(("name", "points"), [("gcj02", GCJ02), ("bd09", BD09)])
def test_a_file_in_a_shifted_datum_comes_back_to_the_golden_wgs84(
    name: str, points: np.ndarray
) -> None:
    lon, lat = crs.to_stored(points[:, 0], points[:, 1], crs.parse_crs(name))
    assert np.abs(np.column_stack([lon, lat]) - WGS84).max() <= 1.5e-7


@given(
    st.lists(st.tuples(st.floats(73.5, 135), st.floats(18, 53.5)), min_size=1, max_size=50),
    st.sampled_from(["gcj02", "bd09"]),
)
def test_there_and_back_again_ends_within_a_millimetre(
    points: list[tuple[float, float]], name: str
) -> None:
    lon, lat = np.array(points).T
    shifted = crs.gcj02_from_wgs84(lon, lat)
    if name == "bd09":
        shifted = crs.bd09_from_gcj02(*shifted)
    back = crs.to_stored(*shifted, crs.parse_crs(name))
    assert np.abs(np.array(back) - np.array([lon, lat])).max() < 1e-9


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("EPSG:4490", "EPSG:4490"),
        ("epsg:4546", "EPSG:4546"),
        ("4326", "EPSG:4326"),
        ("GCJ-02", "gcj02"),
        ("Bd09", "bd09"),
    ],
)
def test_a_crs_is_known_by_the_names_people_write(text: str, label: str) -> None:
    assert crs.parse_crs(text).label == label


@pytest.mark.parametrize(
    "text", ["", "EPSG:999999", "wgs84 maybe", "EPSG:5773", "+proj=longlat", "EPSG:"]
)
def test_an_unknown_crs_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(CallError) as refusal:
        crs.parse_crs(text)
    assert "坐标系" in refusal.value.zh
    assert "unknown CRS" in refusal.value.en


def test_a_projected_file_lands_where_the_projection_says() -> None:
    east, north = pyproj.Transformer.from_crs(4490, 4546, always_xy=True).transform(111.573, 38.704)
    lon, lat = crs.to_stored(np.array([east]), np.array([north]), crs.parse_crs("EPSG:4546"))
    assert (lon[0], lat[0]) == pytest.approx((111.573, 38.704), abs=1e-9)
    polygon = np.array([shapely.box(east, north, east + 100, north + 100), None], dtype=object)
    moved = crs.geometries_to_stored(polygon, crs.parse_crs("EPSG:4546"))
    assert moved[1] is None
    assert shapely.bounds(moved[0])[0] == pytest.approx(111.573, abs=1e-5)


def test_wgs84_and_cgcs2000_are_the_same_numbers() -> None:
    point = np.array([shapely.Point(111.573, 38.704)], dtype=object)
    assert shapely.equals(crs.geometries_to_stored(point, crs.parse_crs("4326")), point).all()


@pytest.mark.parametrize(
    ("longitude", "epsg"),
    [
        (100.253, 4542),
        (111.573, 4546),
        (108.248, 4545),
        (102.642, 4543),
        (109.45, 4545),
        (100.5, 4543),
    ],
)
def test_each_county_lies_in_its_gauss_kruger_zone(longitude: float, epsg: int) -> None:
    assert crs.gauss_kruger_epsg(longitude) == epsg


def test_outside_china_there_is_no_gauss_kruger_zone() -> None:
    with pytest.raises(CallError):
        crs.gauss_kruger_epsg(-87.6)


@pytest.mark.parametrize(
    ("named", "written", "fits"),
    [
        ("EPSG:4490", "EPSG:4326", True),
        ("EPSG:4326", "OGC:CRS84", True),
        ("EPSG:4546", "EPSG:4546", True),
        ("EPSG:4490", "EPSG:4546", False),
        ("EPSG:4546", "EPSG:4547", False),
        ("gcj02", "EPSG:4326", True),
        ("gcj02", "EPSG:4546", False),
    ],
)
def test_the_named_crs_is_held_against_the_one_in_the_file(
    named: str, written: str, fits: bool
) -> None:
    reason = crs.contradiction(crs.parse_crs(named), pyproj.CRS.from_user_input(written))
    assert (reason is None) == fits


def test_a_file_that_carries_no_crs_contradicts_nothing() -> None:
    assert crs.contradiction(crs.parse_crs("EPSG:4546"), None) is None


def test_the_crs_a_file_carries_is_read_when_it_has_a_code() -> None:
    assert crs.from_written(pyproj.CRS.from_epsg(4326)) == crs.Crs("EPSG:4490", 4490)
    assert crs.from_written(pyproj.CRS.from_epsg(4546)) == crs.Crs("EPSG:4546", 4546)
    assert crs.from_written(pyproj.CRS.from_proj4("+proj=tmerc +lat_0=12.3 +lon_0=4.56")) is None


def test_transformers_are_shared_between_threads() -> None:
    def move(_: int) -> float:
        return float(crs.transformer(4490, 4546).transform(111.0, 38.0)[0])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(move, range(200)))) == 1
