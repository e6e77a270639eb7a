"""Drawn territories: who gets which land."""

import numpy as np
import pytest
import shapely

from gridmap.balancing.ground import build
from tests.balancing.ground.tiling import (
    SQUARE,
    assert_covered,
    assert_tiles,
    at,
    barriers,
    buildings,
    cells_of,
    house,
    line,
    point,
    rectangle,
    villages,
)

TERRITORY = {"A": SQUARE}


def test_a_lonely_building_gets_the_whole_village() -> None:
    assert cells_of([house(30, 40)], TERRITORY)["B0"].equals(SQUARE)


def test_the_border_runs_half_way_between_two_buildings() -> None:
    cells = cells_of([house(25, 50), house(65, 50)], TERRITORY)
    assert shapely.hausdorff_distance(cells["B0"], rectangle(0, 0, 45, 100)) < 0.5


def test_the_border_between_two_blocks_is_the_street() -> None:
    street = line((30, 0), (30, 100))
    cells = cells_of([house(10, 50), house(90, 50)], TERRITORY, ("street", street))
    assert cells["B0"].equals(rectangle(0, 0, 30, 100))


def test_a_building_across_a_street_keeps_its_footprint_and_the_block_beyond_loses_it() -> None:
    street = line((50, 0), (50, 100))
    hall = rectangle(30, 40, 60, 60)
    cells = cells_of([hall, house(80, 20)], TERRITORY, ("street", street))
    assert shapely.symmetric_difference(
        cells["B0"], shapely.union(rectangle(0, 0, 50, 100), hall)
    ).area == pytest.approx(0, abs=0.01)


def test_buildings_that_are_points_have_the_land_that_is_nearest_to_them() -> None:
    rng = np.random.default_rng(4)
    homes = [point(*place) for place in rng.uniform(3, 97, (20, 2))]
    cells = cells_of(homes, TERRITORY)
    land = shapely.points(rng.uniform(0, 100, (500, 2)) + at(0, 0))
    nearest = shapely.STRtree(homes).nearest(land)
    own = np.array([cells[f"B{number}"] for number in nearest])
    assert shapely.dwithin(own, land, 0.001).all()


def test_an_empty_block_joins_the_one_from_which_the_least_divides_it() -> None:
    lines = [("street", line((0, 40), (100, 40))), ("arterial", line((0, 60), (100, 60)))]
    cells = cells_of([house(50, 20), house(50, 80)], TERRITORY, *lines)
    assert cells["B0"].equals(rectangle(0, 0, 100, 60))
    lines = [("river", line((0, 40), (100, 40))), ("arterial", line((0, 60), (100, 60)))]
    cells = cells_of([house(50, 20), house(50, 80)], TERRITORY, *lines)
    assert cells["B1"].equals(rectangle(0, 40, 100, 100))


def test_a_chain_of_empty_blocks_is_shared_out_to_the_last() -> None:
    lines = [("street", line((0, y), (100, y))) for y in (20, 40, 60, 80)]
    cells = cells_of([house(20, 10), house(80, 10)], TERRITORY, *lines)
    assert sum(cell.area for cell in cells.values()) == pytest.approx(10_000)
    assert shapely.covers(cells["B0"], rectangle(1, 21, 40, 99))


def test_a_lake_belongs_to_a_shore_and_its_shore_is_a_river() -> None:
    lake = shapely.Point(at(50, 50)).buffer(15)
    ground = build(
        buildings([house(50, 15), house(50, 85)]), villages(**TERRITORY), barriers(("river", lake))
    )
    assert_tiles(ground, villages(**TERRITORY))
    assert [cell.covers(shapely.buffer(lake, -1)) for cell in ground.cells.geometry].count(
        True
    ) <= 1
    assert (ground.cells.distance(lake) == 0).all()


def test_a_street_that_ends_a_little_short_of_the_next_still_divides() -> None:
    street = line((30, 4), (30, 95))
    cells = cells_of([house(10, 50), house(90, 50)], TERRITORY, ("street", street))
    assert shapely.hausdorff_distance(cells["B0"], rectangle(0, 0, 30, 100)) < 0.01


def test_a_dead_end_divides_nothing() -> None:
    street = line((30, 0), (30, 60))
    cells = cells_of([house(10, 50), house(90, 50)], TERRITORY, ("street", street))
    assert shapely.hausdorff_distance(cells["B0"], rectangle(0, 0, 50, 100)) < 0.5


def test_streets_cut_in_pieces_or_crossing_without_a_vertex_make_the_same_blocks() -> None:
    homes = [house(x, y) for x in (20, 80) for y in (20, 80)]
    whole = cells_of(
        homes, TERRITORY, ("street", line((50, 0), (50, 100))), ("street", line((0, 50), (100, 50)))
    )
    pieces = [("street", line((50, y), (50, y + 25))) for y in (0, 25, 50, 75)]
    cut = cells_of(homes, TERRITORY, *pieces, ("street", line((0, 50), (100, 50))))
    assert all(whole[name].equals(cut[name]) for name in whole)


def test_neighbouring_villages_share_the_vertices_where_their_cells_meet() -> None:
    territory = {"A": rectangle(0, 0, 100, 100), "B": rectangle(100, 0, 200, 100)}
    homes = [house(80, y) for y in (20, 50, 80)] + [house(120, y) for y in (10, 40, 70, 90)]
    ground = build(buildings(homes), villages(**territory), None)
    assert_tiles(ground, villages(**territory))
    assert list(ground.cells["village"]) == ["A"] * 3 + ["B"] * 4


def test_no_cell_leaves_its_village_and_a_house_across_the_line_is_cut_there() -> None:
    territory = {"A": rectangle(0, 0, 100, 100), "B": rectangle(100, 0, 200, 100)}
    homes = [rectangle(70, 40, 105, 60), house(150, 50)]
    ground = build(buildings(homes), villages(**territory), None)
    assert_tiles(ground, villages(**territory))
    assert ground.cells.geometry.iloc[0].equals(territory["A"])
    assert any("跨村界" in line and "B0" in line for line in ground.repairs)


def test_a_building_on_the_line_goes_where_it_says_it_belongs() -> None:
    territory = {"A": rectangle(0, 0, 100, 100), "B": rectangle(100, 0, 200, 100)}
    homes = buildings([rectangle(70, 40, 105, 60), house(150, 50), house(20, 20)])
    homes["village"] = ["B", "B", "B"]
    ground = build(homes, villages(**territory), None)
    assert list(ground.cells["village"]) == ["B", "B", "A"]


def test_the_parts_of_a_building_have_one_cell_where_they_touch() -> None:
    twin = shapely.union(house(20, 50), house(50, 50))
    ground = build(buildings([twin, house(85, 50)]), villages(**TERRITORY), None)
    assert_tiles(ground, villages(**TERRITORY))
    assert ground.cells.geometry.iloc[0].covers(twin)


def test_parts_that_stand_apart_have_a_cell_of_several_pieces_and_it_is_told() -> None:
    twin = shapely.union(house(10, 50), house(90, 50))
    ground = build(buildings([twin, house(50, 50)]), villages(**TERRITORY), None)
    assert_tiles(ground, villages(**TERRITORY), single=False)
    assert list(ground.cells.geom_type) == ["MultiPolygon", "Polygon"]
    assert any("B0" in line and "几块" in line for line in ground.repairs)


def test_an_empty_island_belongs_to_the_nearest_cell() -> None:
    island = shapely.union(rectangle(0, 0, 100, 100), rectangle(150, 0, 170, 20))
    ground = build(buildings([house(20, 20), house(80, 20)]), villages(A=island), None)
    assert_tiles(ground, villages(A=island), single=False)
    assert list(ground.cells.geom_type) == ["Polygon", "MultiPolygon"]


def test_a_village_with_a_hole_is_tiled_round_it() -> None:
    ring = shapely.difference(SQUARE, house(50, 50, 30))
    ground = build(
        buildings([house(x, y) for x in (15, 50, 85) for y in (15, 85)]), villages(A=ring), None
    )
    assert_tiles(ground, villages(A=ring))


def test_a_house_in_the_courtyard_of_another_has_its_own_cell() -> None:
    court = shapely.difference(house(50, 50, 60), house(50, 50, 40))
    homes = buildings([court, house(50, 50)])
    ground = build(homes, villages(**TERRITORY), None)
    assert_tiles(ground, villages(**TERRITORY))
    assert_covered(ground.cells, homes, villages(**TERRITORY))


def test_row_houses_with_walls_in_common_are_divided_at_the_wall() -> None:
    row = [rectangle(10 * n, 40, 10 * n + 10, 60) for n in range(1, 9)]
    homes = buildings(row)
    ground = build(homes, villages(**TERRITORY), None)
    assert_tiles(ground, villages(**TERRITORY))
    assert_covered(ground.cells, homes, villages(**TERRITORY))
    middle = ground.cells.geometry.iloc[1:-1]
    assert np.allclose(middle.area, 1000, rtol=0.03)


def test_a_far_hamlet_is_bounded_by_its_village_only() -> None:
    mountain = {"A": rectangle(0, 0, 9000, 7000)}
    homes = [house(4000 + 30 * n, 3000 + 17 * (n % 3)) for n in range(12)]
    ground = build(buildings(homes), villages(**mountain), None)
    assert_tiles(ground, villages(**mountain))
    assert ground.cells.area.max() > 5e6


def test_the_village_line_keeps_every_bit_of_its_vertices() -> None:
    crooked = shapely.transform(
        shapely.segmentize(shapely.Point(at(1 / 3, 1 / 7)).buffer(100), 2.0),
        lambda xy: xy * (1 + 1e-13) + np.sin(xy),
    )
    homes = [house(x, y) for x in (-40, 0, 40) for y in (-40, 0, 40)]
    ground = build(buildings(homes), villages(A=crooked), None)
    assert_tiles(ground, villages(A=crooked))
