"""A real town from OpenStreetMap: 6,471 buildings, roads, lakes, a railway."""

import time
from pathlib import Path

import pytest
import shapely

from benchmarks.balance.snezhinsk import Town, load
from gridmap.balancing.ground import Ground, build
from tests.balancing.ground.tiling import assert_covered, assert_tiles


@pytest.fixture(scope="module")
def town(shared_data: Path) -> Town:
    return load(shared_data / "osm_snezhinsk")


@pytest.fixture(scope="module")
def ground(town: Town) -> Ground:
    return build(*town)


def test_the_cells_of_a_real_town_tile_its_villages(town: Town, ground: Ground) -> None:
    assert_tiles(ground, town.villages)
    assert len(ground.cells) == len(town.buildings) == 6471
    assert ground.cells["households"].sum() == town.buildings["households"].sum()


def test_every_footprint_of_a_real_town_lies_in_its_own_cell(town: Town, ground: Ground) -> None:
    homes = town.buildings
    row, other = homes.sindex.query(homes.geometry, predicate="intersects")
    common = shapely.area(
        shapely.intersection(homes.geometry.to_numpy()[row], homes.geometry.to_numpy()[other])
    )
    shared = homes.index[row[(row != other) & (common > 1e-6)]].unique()
    assert len(shared) == 4
    assert_covered(ground.cells.drop(shared), homes, town.villages)


def test_streets_are_cell_borders_and_level_crossings_bridges(town: Town, ground: Ground) -> None:
    kinds = ground.barriers["kind"].value_counts()
    assert kinds["bridge"] == 14
    drawn = town.barriers[town.barriers["kind"] == "street"].union_all()
    kept = ground.barriers[ground.barriers["kind"] == "street"]
    assert kept.length.sum() > 100_000
    assert shapely.dwithin(drawn, kept.geometry.to_numpy(), 0.001).all()


def test_a_real_town_takes_seconds_and_comes_out_the_same_again(town: Town, ground: Ground) -> None:
    begin = time.process_time()
    again = build(*town)
    assert time.process_time() - begin < 10
    assert again.cells.equals(ground.cells)
    assert again.barriers.equals(ground.barriers)
