"""Buildings and people of the demo county: the sums of the census, and nobody real."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridmap.demo.census import CENSUS_YEAR
from gridmap.demo.territory import Territory
from gridmap.demo.town import Town
from gridmap.profiles import Profile

METRES = 4546


def test_households_and_people_are_those_of_the_census(town: Town, territory: Territory) -> None:
    census = territory.census
    sizes = town["residents"].groupby("household_code").size()
    assert len(town["households"]) == len(sizes) == census["家庭户数"] == 29_095
    assert sizes.sum() == census["家庭户人口数"] == 63_115
    assert (sizes == 1).sum() == census["一人户数"] == 9_334
    assert sizes.max() <= 8


def test_ages_follow_the_bands_of_the_census(town: Town, territory: Territory) -> None:
    age = CENSUS_YEAR - town["residents"]["birth_year"]
    share = {
        "under 20": (age < 20).mean(),
        "60 and over": (age >= 60).mean(),
    }
    census = territory.census
    total = census["人口数_合计"]
    young = sum(
        census[f"{sex}_{band}岁"]
        for sex in "男女"
        for band in ("0", "1到4", "5到9", "10到14", "15到19")
    )
    old_bands = ("60到64", "65到69", "70到74", "75到79", "80到84")
    old = sum(census[f"{sex}_{band}岁"] for sex in "男女" for band in old_bands)
    old += census["男_85岁以上"] + census["女_85岁以上"]
    assert share["under 20"] == pytest.approx(young / total, abs=0.002)
    assert share["60 and over"] == pytest.approx(old / total, abs=0.002)


def test_no_child_lives_alone(town: Town) -> None:
    people = town["residents"]
    oldest = CENSUS_YEAR - people.groupby("household_code")["birth_year"].min()
    assert (oldest >= 18).all()


def test_more_than_half_lives_in_the_county_town_as_the_census_counts(
    town: Town, grids: gpd.GeoDataFrame, territory: Territory
) -> None:
    base = gpd.GeoDataFrame(town["base_features"])
    built_up = base[base["class"] == "town"].geometry.iloc[0]
    inside = grids[grids.geometry.representative_point().within(built_up)]
    urban = territory.census["城镇人口"] / territory.census["人口数_合计"]
    assert inside["households"].sum() / grids["households"].sum() == pytest.approx(urban, abs=0.06)


def test_households_per_grid_are_within_the_limits_of_the_profile(
    grids: gpd.GeoDataFrame, profile: Profile
) -> None:
    general = grids[grids["kind"] == "general"]
    limits = {"urban": profile.size_limits.urban, "rural": profile.size_limits.rural}
    low = general["area_kind"].map(lambda kind: limits[kind][0])
    high = general["area_kind"].map(lambda kind: limits[kind][1])
    assert general["households"].between(low, high).mean() >= 0.85
    assert grids["households"].mean() == pytest.approx(88.4, abs=0.1)


def test_every_link_of_the_chain_holds(town: Town) -> None:
    assert town["residents"]["household_code"].isin(town["households"]["code"]).all()
    assert town["households"]["dwelling_code"].isin(town["dwellings"]["code"]).all()
    assert town["households"]["dwelling_code"].is_unique
    assert town["dwellings"]["building_code"].isin(town["buildings"]["code"]).all()
    assert town["postings"]["grid_code"].isin(town["grids"]["code"]).all()
    for layer in ("buildings", "dwellings", "households", "residents", "assets", "organisations"):
        assert town[layer]["code"].is_unique, layer


def test_every_building_stands_whole_in_exactly_one_grid(town: Town) -> None:
    buildings, grids = gpd.GeoDataFrame(town["buildings"]), gpd.GeoDataFrame(town["grids"])
    building, _ = shapely.STRtree(grids.geometry).query(buildings.geometry, predicate="within")
    assert (np.bincount(building, minlength=len(buildings)) == 1).all()
    assert 9_000 <= len(buildings) <= 12_500
    assert buildings.geometry.is_valid.all()


def test_no_building_touches_another_a_road_or_water(town: Town) -> None:
    houses = gpd.GeoDataFrame(town["buildings"]).to_crs(METRES).geometry.to_numpy()
    left, right = shapely.STRtree(houses).query(houses, predicate="intersects")
    assert (left == right).all(), "no two buildings touch"
    base = gpd.GeoDataFrame(town["base_features"]).to_crs(METRES)
    ways = base[base["kind"].isin(["road", "river", "water"])].geometry.to_numpy()
    hit, _ = shapely.STRtree(ways).query(houses, predicate="intersects")
    assert hit.size == 0


def test_people_are_visibly_invented(town: Town) -> None:
    people = town["residents"]
    assert list(people.columns) == ["code", "household_code", "name", "birth_year", "phone"]
    assert people["name"].str.fullmatch(r".某{1,2}").all()
    phones = people["phone"].dropna()
    assert phones.str.fullmatch(r"1380000\d{4}").all()
    assert (CENSUS_YEAR - people.loc[phones.index, "birth_year"]).min() >= 14
    assert town["postings"]["office_phone"].str.fullmatch(r"0350-000\d{4}").all()


def test_every_grid_has_a_lead_an_officer_and_its_contacts(town: Town, profile: Profile) -> None:
    roles = town["postings"].groupby("grid_code")["role"].agg(set)
    assert set(roles.index) == set(town["grids"]["code"])
    needed = {role.code for role in profile.roles} - {"volunteer"}
    assert roles.map(lambda held: needed <= held).all()


def test_every_village_has_a_party_branch_and_the_town_its_institutions(town: Town) -> None:
    groups = town["organisations"]
    branches = groups[groups["category"] == "party_branch"]
    assert len(branches) == 104
    assert {"school", "clinic", "hospital", "market", "shop"} <= set(groups["category"])
    assets: pd.DataFrame = town["assets"]
    assert (assets["category"] == "street_lamp").sum() > 500
