"""The buildings of the demo county as cells: mountains, scattered hamlets and the county town."""

import geopandas as gpd
import pandas as pd
import pytest

from gridmap.balancing.ground import build
from gridmap.demo.town import Town
from tests.balancing.ground.tiling import assert_covered, assert_tiles

METRES = 4546
KIND_OF = {"street": "street", "lane": "street", "village": "street", "main": "arterial",
           "county": "arterial", "provincial": "arterial", "national": "arterial"}  # fmt: skip


def barriers_of(town: Town) -> gpd.GeoDataFrame:
    features = town["base_features"]
    roads = features[features["kind"] == "road"]
    water = features[features["kind"].isin(["river", "water"])]
    rows = [roads.assign(kind=roads["class"].map(KIND_OF)), water.assign(kind="river")]
    return gpd.GeoDataFrame(pd.concat(rows)[["kind", "geometry"]], crs=features.crs)


@pytest.mark.parametrize("township", ["140929100", "140929207"])
def test_the_villages_of_a_township_are_tiled_by_one_polygon_for_each_building(
    town: Town, township: str
) -> None:
    units = gpd.GeoDataFrame(town["admin_units"])
    villages = units[(units["level"] == "community_level") & units["code"].str.startswith(township)]
    villages = villages.rename(columns={"code": "village"})
    buildings = gpd.GeoDataFrame(town["buildings"])
    ground = build(buildings, villages, barriers_of(town))
    assert_tiles(ground, villages.to_crs(METRES))
    assert_covered(ground.cells, buildings.to_crs(METRES), villages.to_crs(METRES))
    inside = buildings.geometry.intersects(villages.union_all())
    assert len(ground.cells) >= inside.sum() > 500
    assert {"street", "arterial", "river", "bridge"} <= set(ground.barriers["kind"])
