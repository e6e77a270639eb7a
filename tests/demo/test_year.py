"""A year of incidents that behaves as real ones do, and a build that is the same every time."""

import subprocess
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridmap.demo.actions import FIRST_DAY, LAST_DAY, STEPS, build_town
from gridmap.demo.census import birth_years, household_sizes
from gridmap.demo.register import chinese_number
from gridmap.demo.territory import Territory, short_name
from gridmap.demo.town import LAYERS, Town
from gridmap.errors import CallError
from gridmap.profiles import Profile, load_profile

METRES = 4546
DATA_DIR = Path(__file__).parent.parent.parent / "data"


pytestmark = pytest.mark.usefixtures("second_build")  # it builds while the others are checked


def located(town: Town) -> gpd.GeoDataFrame:
    incidents = gpd.GeoDataFrame(town["incidents"])
    return incidents[incidents.geometry.notna()]


def test_there_is_a_year_of_incidents_in_order_of_time(town: Town, profile: Profile) -> None:
    incidents = town["incidents"]
    assert len(incidents) == 14_000 and incidents["code"].is_unique
    when = incidents["reported_at"]
    assert when.is_monotonic_increasing
    assert when.min().date() == pd.Timestamp(FIRST_DAY).date()
    assert when.max().date() == pd.Timestamp(LAST_DAY).date()
    assert str(when.dt.tz) == profile.time_zone


def test_words_come_from_the_dictionaries_of_the_profile(town: Town, profile: Profile) -> None:
    incidents = town["incidents"]
    assert set(incidents["channel"]) <= {channel.code for channel in profile.channels}
    children = {(c.code, s.code) for c in profile.categories for s in c.children}
    pairs = set(zip(incidents["category"], incidents["subcategory"], strict=True))
    assert pairs == children, "every subcategory occurs"
    assert set(incidents["status"]) == {status.code for status in profile.statuses}


def test_most_are_closed_and_no_closing_precedes_its_report(town: Town) -> None:
    incidents = town["incidents"]
    over = incidents["status"].isin(["closed", "rejected"])
    assert (incidents["closed_at"].notna() == over).all()
    assert (incidents.loc[over, "closed_at"] >= incidents.loc[over, "reported_at"]).all()
    assert (incidents["status"] == "closed").mean() > 0.9


def test_some_have_no_place_and_a_handful_lies_outside(town: Town, territory: Territory) -> None:
    incidents = gpd.GeoDataFrame(town["incidents"])
    assert 0.005 < incidents.geometry.isna().mean() < 0.02
    assert incidents["address"].notna().all()
    outside = (~located(town).within(territory.outline)).sum()
    assert 3 <= outside <= 12


def test_incidents_cluster_far_more_than_chance(town: Town) -> None:
    """Clark and Evans (1954): mean nearest-neighbour distance over the one of random points."""
    base = gpd.GeoDataFrame(town["base_features"])
    built_up = base[base["class"] == "town"].to_crs(METRES).geometry.iloc[0]
    points = located(town).to_crs(METRES).geometry
    points = points[points.within(built_up)].to_numpy()
    tree = shapely.STRtree(points)
    _, distance = tree.query_nearest(
        points, exclusive=True, return_distance=True, all_matches=False
    )
    expected = 0.5 / np.sqrt(points.size / built_up.area)
    assert distance.mean() / expected < 0.6


def test_few_addresses_draw_many_incidents(town: Town) -> None:
    counts = town["incidents"]["address"].value_counts().to_numpy()
    houses = len(town["buildings"])
    assert counts[: houses // 20].sum() / counts.sum() > 0.35, "5 % of places, a third of incidents"


def test_the_same_trouble_returns_nearby_and_soon(town: Town) -> None:
    """Knox: close pairs in space are close in time more often than after shuffling the days."""
    points = located(town).to_crs(METRES)
    tree = shapely.STRtree(points.geometry.to_numpy())
    left, right = tree.query(points.geometry.to_numpy(), predicate="dwithin", distance=60.0)
    left, right = left[left < right], right[left < right]
    day = (
        points["reported_at"].dt.day_of_year.to_numpy()
        + 366 * points["reported_at"].dt.year.to_numpy()
    )
    soon = (np.abs(day[left] - day[right]) <= 7).mean()
    shuffled = np.random.default_rng(1).permutation(day)
    assert soon > 1.15 * (np.abs(shuffled[left] - shuffled[right]) <= 7).mean()


def test_hours_weeks_and_seasons_have_their_rhythm(town: Town) -> None:
    incidents = town["incidents"]
    hour = incidents["reported_at"].dt.hour
    assert hour.between(8, 19).mean() > 0.7
    weekday = incidents["reported_at"].dt.day_of_week
    service = incidents["category"] == "livelihood"
    assert (
        (weekday[service] >= 5).mean()
        < 0.2
        < (weekday[incidents["category"] == "order"] >= 5).mean()
    )
    heating = incidents[incidents["subcategory"] == "heating"]["reported_at"].dt.month
    assert heating.isin([11, 12, 1, 2, 3]).mean() > 0.9


def test_the_same_seed_gives_the_same_bytes(
    files: dict[str, Path], second_build: tuple[subprocess.Popen[bytes], Path]
) -> None:
    process, folder = second_build
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()
    assert set(files) == set(LAYERS)
    for layer, file in files.items():
        assert file.read_bytes() == (folder / file.name).read_bytes(), layer


def test_progress_is_told_step_by_step(town: Town, steps: list[tuple[str, int, int]]) -> None:
    done = [count for _, count, _ in steps]
    assert done == sorted(done) and done[0] == 0 and done[-1] == len(STEPS)
    assert {total for _, _, total in steps} == {len(STEPS)}
    assert {name for name, _, _ in steps} == set(STEPS)


def test_a_county_without_demo_inputs_says_so() -> None:
    with pytest.raises(CallError) as caught:
        build_town(load_profile("qilian", DATA_DIR), DATA_DIR)
    assert "kelan" in caught.value.zh and "territory.toml" in caught.value.en


def test_names_of_committees_become_names_of_places() -> None:
    assert short_name("东街村委会") == "东街村"
    assert short_name("燕家村村委会") == "燕家村"
    assert short_name("东城社区居委会") == "东城社区"


def test_numbers_are_read_in_chinese() -> None:
    assert [chinese_number(n) for n in (1, 10, 11, 20, 35)] == [
        "一",
        "十",
        "十一",
        "二十",
        "三十五",
    ]


def test_household_sizes_and_birth_years_hit_their_sums() -> None:
    rng = np.random.default_rng(3)
    sizes = household_sizes(100, 230, 30, rng)
    assert (len(sizes), sizes.sum(), (sizes == 1).sum()) == (100, 230, 30)
    years = birth_years({"男_0岁": 10.0, "女_30到34岁": 20.0, "男_85岁以上": 10.0}, 80, rng)
    assert len(years) == 80 and (np.diff(years) >= 0).all()
    assert ((years >= 1986) & (years <= 1990)).sum() == 40
