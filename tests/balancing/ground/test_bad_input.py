"""What cannot be right is mended and told, or refused with words that help."""

import math
import time

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap.balancing.ground import build
from gridmap.errors import CallError, DataError
from tests.balancing.ground.tiling import (
    SQUARE,
    assert_covered,
    assert_tiles,
    at,
    barriers,
    buildings,
    house,
    line,
    point,
    rectangle,
    villages,
)

TERRITORY = villages(A=SQUARE)


def test_a_building_just_outside_is_attached_and_one_far_away_is_left_out() -> None:
    homes = buildings([house(50, 50), house(120, 50), house(400, 50)])
    ground = build(homes, TERRITORY, None)
    assert_tiles(ground, TERRITORY)
    assert list(ground.cells.index) == ["B0", "B1"]
    assert any("B1" in told and "归最近的村" in told for told in ground.repairs)
    assert any("B2" in told and "未编入" in told for told in ground.repairs)


def test_buildings_without_geometry_are_left_out_and_told() -> None:
    broken = shapely.Point(math.nan, 1.0)
    homes = buildings([house(50, 50), None, shapely.Polygon(), broken])
    ground = build(homes, TERRITORY, None)
    assert list(ground.cells.index) == ["B0"]
    assert any("3 栋没有图形" in told for told in ground.repairs)


def test_a_village_without_a_building_has_no_cell_and_is_told() -> None:
    two = villages(A=SQUARE, B=rectangle(100, 0, 200, 100))
    ground = build(buildings([house(50, 50)]), two, None)
    assert_tiles(ground, two)
    assert set(ground.cells["village"]) == {"A"}


def test_overlapping_footprints_each_have_a_cell_and_are_one_unit() -> None:
    homes = buildings([rectangle(20, 20, 60, 60), rectangle(50, 50, 70, 70), house(90, 10)])
    ground = build(homes, TERRITORY, None)
    assert_tiles(ground, TERRITORY)
    assert ground.cells.geometry["B1"].buffer(1e-4).covers(homes.geometry["B1"])
    assert ground.cells["compound"].tolist() == [0, 0, 1]
    assert any("2 栋与别的楼重叠" in told for told in ground.repairs)


def test_a_footprint_drawn_three_times_is_shared_by_three_cells() -> None:
    homes = buildings([house(50, 50, 20)] * 3 + [house(10, 10)])
    ground = build(homes, TERRITORY, None)
    assert_tiles(ground, TERRITORY)
    assert len(ground.cells) == 4
    assert ground.cells["compound"].tolist() == [0, 0, 0, 1]


def test_a_building_that_others_bury_gets_a_strip() -> None:
    homes = buildings([rectangle(40, 40, 60, 60), rectangle(40, 40, 50, 60),
                       rectangle(50, 40, 60, 60)])  # fmt: skip
    ground = build(homes, TERRITORY, None)
    assert_tiles(ground, TERRITORY)
    assert len(ground.cells) == 3


def test_sixty_points_on_one_spot_each_have_a_cell() -> None:
    homes = buildings([point(50, 50)] * 60 + [point(20, 20)])
    ground = build(homes, TERRITORY, None)
    assert_tiles(ground, TERRITORY)
    assert len(ground.cells) == 61


def test_points_on_the_corner_of_the_village_and_on_a_street_have_a_cell() -> None:
    homes = buildings([point(0, 0), point(50, 50), point(50, 50.05), point(100, 30)])
    ground = build(homes, TERRITORY, barriers(("street", line((50, -9), (50, 120)))))
    assert_tiles(ground, TERRITORY)
    assert len(ground.cells) == 4


def test_a_small_bow_tie_is_mended_and_told() -> None:
    bow = shapely.Polygon([*line((10, 10), (30, 30), (30, 10), (10, 30)).coords])
    ground = build(buildings([bow, house(80, 80)]), TERRITORY, None)
    assert_tiles(ground, TERRITORY)
    assert any("B0" in told and "已修复" in told for told in ground.repairs)


def test_a_footprint_without_area_is_taken_for_a_point() -> None:
    flat = shapely.Polygon([*line((10, 10), (30, 30), (20, 20)).coords])
    ground = build(buildings([flat, house(80, 80)]), TERRITORY, None)
    assert_tiles(ground, TERRITORY)
    assert len(ground.cells) == 2


def test_a_large_scribble_is_refused_at_once() -> None:
    rng = np.random.default_rng(1)
    scribble = shapely.Polygon(rng.uniform(0, 90, (300, 2)) + at(0, 0))
    begin = time.process_time()
    with pytest.raises(DataError, match="B1"):
        build(buildings([house(5, 5), scribble]), TERRITORY, None)
    assert time.process_time() - begin < 1


def test_an_index_that_repeats_is_refused_by_name() -> None:
    homes = buildings([house(20, 20), house(80, 80)])
    homes.index = ["same", "same"]
    with pytest.raises(DataError, match="same"):
        build(homes, TERRITORY, None)


@pytest.mark.parametrize("codes", [["A", "A"], ["A", None]])
def test_village_codes_that_repeat_or_are_missing_are_refused(codes: list[str | None]) -> None:
    two = villages(A=SQUARE, B=rectangle(100, 0, 200, 100))
    two["village"] = codes
    with pytest.raises(DataError, match="village"):
        build(buildings([house(50, 50)]), two, None)


def test_villages_that_overlap_are_refused_with_their_names_and_the_area() -> None:
    two = villages(A=SQUARE, B=rectangle(90, 0, 200, 100))
    with pytest.raises(DataError, match=r"A–B.*1000 m²"):
        build(buildings([house(50, 50)]), two, None)


def test_villages_a_hair_apart_or_over_each_other_are_taken() -> None:
    two = villages(A=SQUARE, B=rectangle(99.9999, 0, 200, 100), C=rectangle(200.0001, 0, 300, 100))
    homes = buildings([house(x, y) for x in (50, 97, 103, 150, 250) for y in (20, 80)])
    ground = build(homes, two, None)
    assert len(ground.cells) == 10
    assert abs(ground.cells.area.sum() - 30_000) < 0.1


def test_an_invalid_village_is_refused_by_name() -> None:
    bow = shapely.Polygon([*line((0, 0), (100, 100), (100, 0), (0, 100)).coords])
    with pytest.raises(DataError, match=r"knot.*Self-intersection"):
        build(buildings([house(50, 50)]), villages(knot=bow), None)


def test_lines_are_no_buildings() -> None:
    with pytest.raises(DataError, match="B1"):
        build(buildings([house(50, 50), line((0, 0), (9, 9))]), TERRITORY, None)


def test_nothing_in_any_village_is_refused() -> None:
    with pytest.raises(DataError, match="CRS"):
        build(buildings([house(5000, 5000)]), TERRITORY, None)


def test_an_unknown_kind_of_barrier_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="hedge"):
        build(buildings([house(50, 50)]), TERRITORY, barriers(("hedge", line((0, 0), (9, 9)))))


def test_columns_and_coordinate_systems_that_are_missing_are_asked_for() -> None:
    homes = buildings([house(50, 50)])
    with pytest.raises(CallError, match="within"):
        build(homes, TERRITORY, None, within="quarter")
    with pytest.raises(CallError, match="kind"):
        build(homes, TERRITORY, gpd.GeoDataFrame(geometry=[line((0, 0), (9, 9))], crs=4546))
    with pytest.raises(CallError, match=r"buildings.*CRS"):
        build(homes.set_crs(None, allow_override=True), TERRITORY, None)


@pytest.mark.parametrize("crs", [4490, 4326, 3857])
def test_degrees_are_projected_to_their_zone_and_it_is_told(crs: int) -> None:
    homes = buildings([house(x, 50) for x in (20, 60, 90)]).to_crs(crs)
    territory = TERRITORY.to_crs(crs)
    ground = build(homes, territory, barriers(("street", line((40, 0), (40, 100)))))
    assert ground.cells.crs.to_epsg() == 4546
    assert_tiles(ground, territory.to_crs(4546))
    assert any("投影" in told for told in ground.repairs)


def test_outside_china_degrees_become_the_utm_zone() -> None:
    town = gpd.GeoSeries([shapely.box(60.7, 56.08, 60.71, 56.09)], crs=4326)
    territory = gpd.GeoDataFrame({"village": ["A"]}, geometry=town)
    homes = gpd.GeoDataFrame(geometry=shapely.points([60.702, 60.708], [56.083, 56.086]), crs=4326)
    ground = build(homes, territory, None)
    assert ground.cells.crs.to_epsg() == 32641
    assert_tiles(ground, territory.to_crs(32641))


def test_heights_are_dropped() -> None:
    homes = buildings([shapely.force_3d(house(20, 20), 7.0), house(80, 80)])
    ground = build(homes, TERRITORY, None)
    assert_tiles(ground, TERRITORY)
    assert not ground.cells.has_z.any()


def test_covered_stays_covered_when_footprints_cross_many_lines() -> None:
    homes = buildings([rectangle(5, 45, 95, 55), house(20, 20), house(80, 20), house(50, 80)])
    streets = [("street", line((x, -5), (x, 105))) for x in (30, 50, 70)]
    ground = build(homes, TERRITORY, barriers(*streets))
    assert_tiles(ground, TERRITORY)
    assert_covered(ground.cells, homes, TERRITORY)
