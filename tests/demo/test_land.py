"""The land of the demo county: real outline, codes and names; grids that tile it; no chessboard."""

import geopandas as gpd
import numpy as np
import shapely

from gridmap.demo.territory import Territory
from gridmap.demo.town import Town
from gridmap.profiles import Profile, grid_code_problem

METRES = 4546


def level(town: Town, name: str) -> gpd.GeoDataFrame:
    units = gpd.GeoDataFrame(town["admin_units"])
    return units[units["level"] == name]


def test_it_has_the_real_units_with_their_codes_and_names(town: Town) -> None:
    townships, villages = level(town, "township_level"), level(town, "community_level")
    assert (len(townships), len(villages), len(town["grids"])) == (11, 104, 329)
    assert "岚漪镇" in set(townships["name"]) and "东街村" in set(villages["name"])
    assert villages["code"].str.fullmatch(r"140929\d{6}").all()
    assert (villages["code"].str[:9] == villages["parent_code"]).all()
    assert not villages["name"].str.contains("委会").any()


def test_grids_villages_and_townships_each_tile_the_county_exactly(
    town: Town, territory: Territory
) -> None:
    for table in (town["grids"], level(town, "community_level"), level(town, "township_level")):
        shapes = gpd.GeoDataFrame(table).geometry.to_numpy()
        assert set(shapely.get_type_id(shapes)) == {3}, "every area is one polygon"
        assert shapely.coverage_is_valid(shapes, gap_width=1e-7)
        left_over = shapely.symmetric_difference(shapely.union_all(shapes), territory.outline)
        assert left_over.area < 1e-9, "less than 10 m² along 230 km of border"


def test_every_unit_is_the_union_of_its_grids(town: Town) -> None:
    grids = gpd.GeoDataFrame(town["grids"])
    merged = grids.dissolve("village_code").geometry
    villages = level(town, "community_level").set_index("code").geometry
    assert merged.index.equals(villages.sort_index().index)
    assert shapely.symmetric_difference(merged, villages.sort_index()).area.max() < 1e-14


def test_grid_codes_are_well_formed_and_run_from_west_to_east(town: Town) -> None:
    grids = gpd.GeoDataFrame(town["grids"])
    for code, village in zip(grids["code"], grids["village_code"], strict=True):
        assert grid_code_problem(code, "db11_2157", village) is None
    assert grids["code"].is_unique
    inner = grids.geometry.representative_point()
    for _, own in inner.groupby(grids["village_code"].to_numpy()):
        x, y = own.x.round(4).to_numpy(), own.y.to_numpy()
        order = np.lexsort((-y, x))
        assert (order == np.arange(len(own))).all(), "west to east, then north to south"
    numbers = grids["code"].str[12:].astype(int).groupby(grids["village_code"])
    assert (numbers.max() == numbers.size()).all(), "no number left out"


def test_grid_names_count_in_chinese_and_special_grids_name_their_use(town: Town) -> None:
    grids = town["grids"]
    assert "东街村第一网格" in set(grids["name"])
    assert grids["name"].is_unique
    special = grids[grids["kind"] == "special"]
    assert 5 <= len(special) <= 12
    assert {"医院", "中学", "市场"} <= {
        word for word in ("医院", "中学", "市场") if special["name"].str.contains(word).any()
    }


def test_borders_wind_like_drawn_ones(town: Town) -> None:
    """A Voronoi edge or a raster step is straight for long; a ridge or a ditch is not."""
    villages = level(town, "community_level").to_crs(METRES)
    rural = villages[villages.area > 2e6]
    edges = np.concatenate(
        [np.hypot(*np.diff(shapely.get_coordinates(g.exterior), axis=0).T) for g in rural.geometry]
    )
    turns = []
    for shape in rural.geometry:
        steps = np.diff(shapely.get_coordinates(shape.exterior), axis=0)
        turns.append(np.degrees(np.arctan2(steps[:, 1], steps[:, 0])))
    heading = np.concatenate(turns)
    on_axis = np.abs((heading + 22.5) % 45.0 - 22.5) < 2.0
    assert np.median(edges) < 150.0
    assert edges[on_axis].sum() / edges.sum() < 0.25, (
        "borders do not follow eight raster directions"
    )


def test_the_base_map_has_roads_rivers_woods_and_built_up_land(town: Town) -> None:
    base = town["base_features"]
    assert {"road", "river", "water", "green", "settlement", "wall"} <= set(base["kind"])
    assert {"national", "provincial", "county", "village", "main", "street"} <= set(base["class"])
    assert (base.loc[base["class"] == "national", "name"].dropna().str.match(r"G\d+")).all()


def test_settlements_lie_on_roads(town: Town) -> None:
    base = gpd.GeoDataFrame(town["base_features"]).to_crs(METRES)
    roads = base[base["kind"] == "road"].geometry.to_numpy()
    houses = gpd.GeoDataFrame(town["buildings"]).to_crs(METRES).centroid
    _, distance = shapely.STRtree(roads).query_nearest(
        houses.to_numpy(), return_distance=True, all_matches=False
    )
    assert np.quantile(distance, 0.95) < 120.0


def test_it_marks_towns_as_urban_and_villages_as_rural(town: Town, profile: Profile) -> None:
    grids = town["grids"]
    assert set(grids["area_kind"]) == {"urban", "rural"}
    assert (grids.loc[grids["area_kind"] == "urban", "name"].str.contains("社区")).all()
    assert profile.area_srid == METRES
