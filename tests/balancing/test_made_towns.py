"""The towns that balancing is measured on, and the measure that judges every method."""

import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from benchmarks.balance.instances import LAYERS, Instance
from benchmarks.balance.town import Town, make_town


@pytest.fixture(scope="module")
def town() -> Town:
    return make_town(1_500, 5)


@pytest.fixture(scope="module")
def instance(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Instance:
    folder = tmp_path_factory.mktemp("town")
    for layer in LAYERS:
        getattr(town, layer).to_parquet(folder / f"{layer}.parquet")
    return Instance("made", folder)


def test_the_cells_of_a_made_town_tile_its_villages(town: Town) -> None:
    assert shapely.coverage_is_valid(town.cells.geometry.to_numpy())
    covered = town.cells.dissolve("village").geometry.area
    land = town.villages.set_index("village").geometry.area
    assert np.allclose(covered, land.loc[covered.index], rtol=1e-9)


def test_no_compound_and_no_grid_of_a_made_town_lies_in_two_villages(town: Town) -> None:
    for kept in ("compound", "present"):
        assert (town.cells.groupby(kept)["village"].nunique() == 1).all()
    assert (town.cells.groupby("compound").size() > 1).any()


def test_the_same_seed_makes_the_same_town_and_another_seed_another(town: Town) -> None:
    again, other = make_town(1_500, 5), make_town(1_500, 6)
    for layer in LAYERS:
        assert_geodataframe_equal(getattr(town, layer), getattr(again, layer))
    assert town.cells["households"].sum() != other.cells["households"].sum()


def test_todays_grids_of_a_made_town_are_connected_and_have_drifted(instance: Instance) -> None:
    figures = instance.present()
    assert figures["connected"] == figures["grids"]
    assert figures["split_units"] == figures["moved_buildings"] == 0
    assert 0.5 < figures["in_range_share"] < 1


def test_a_cut_compound_a_stray_piece_and_moves_are_seen(instance: Instance) -> None:
    cells = instance.cells
    label = cells.present.astype(np.int64)
    compound = np.bincount(cells.unit).argmax()
    moved = np.flatnonzero(cells.unit == compound)[0]
    village = cells.village == cells.village[moved]
    far = np.flatnonzero(village & (cells.present != cells.present[moved]))
    label[moved] = label[far[-1]]
    figures = instance.judged(label)
    assert figures["split_units"] == figures["moved_buildings"] == 1
    assert figures["connected"] < figures["grids"]
