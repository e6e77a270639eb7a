"""Which buildings no border may part: compounds by column, by land use, by distance."""

import geopandas as gpd
import pytest

from gridmap.balancing.ground import build
from tests.balancing.ground.tiling import (
    CRS,
    SQUARE,
    barriers,
    buildings,
    house,
    line,
    rectangle,
    villages,
)

TWO = villages(A=SQUARE, B=rectangle(100, 0, 200, 100))
HOMES = [house(20, 20), house(35, 20), house(80, 80), house(120, 80), house(180, 20)]


def areas(*shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=CRS)


def test_without_a_rule_every_building_is_its_own_unit() -> None:
    ground = build(buildings(HOMES), TWO, None)
    assert ground.cells["compound"].tolist() == [0, 1, 2, 3, 4]
    assert "compound" not in build(buildings(HOMES), TWO, None, unit=None).cells


def test_a_column_that_is_complete_stays_as_it_is() -> None:
    homes = buildings(HOMES, compound=[7, 7, 9, 11, 12])
    assert build(homes, TWO, None).cells["compound"].tolist() == [7, 7, 9, 11, 12]


def test_buildings_without_a_compound_are_units_of_their_own() -> None:
    homes = buildings(HOMES, compound=["东苑", "东苑", None, None, "西苑"])
    units = build(homes, TWO, None).cells["compound"].tolist()
    assert units == ["东苑", "东苑", "楼 B2", "楼 B3", "西苑"]


def test_a_compound_in_two_villages_is_two_units_and_it_is_told() -> None:
    homes = buildings(HOMES, compound=["C", "C", "D", "D", "E"])
    ground = build(homes, TWO, None)
    assert ground.cells["compound"].tolist() == ["C", "C", "D@A", "D@B", "E"]
    assert any("1 个小区跨村" in told for told in ground.repairs)


def test_buildings_on_one_compound_area_are_one_unit_but_not_across_the_village_line() -> None:
    land = areas(rectangle(10, 10, 50, 30), rectangle(70, 70, 130, 90))
    ground = build(buildings(HOMES), TWO, None, landuse=land)
    assert ground.cells["compound"].tolist() == [0, 0, 1, 2, 3]


def test_of_areas_inside_each_other_the_smaller_counts() -> None:
    land = areas(rectangle(0, 0, 100, 100), rectangle(10, 10, 50, 30), None)
    ground = build(buildings([*HOMES[:3], house(50, 80)]), TWO, None, landuse=land)
    assert ground.cells["compound"].tolist() == [0, 0, 1, 1]


def test_buildings_closer_than_the_distance_are_one_unit_unless_a_barrier_is_between() -> None:
    near = build(buildings(HOMES), TWO, None, compound_distance_m=6)
    assert near.cells["compound"].tolist() == [0, 0, 1, 2, 3]
    street = barriers(("street", line((28, 0), (28, 60))))
    barred = build(buildings(HOMES), TWO, street, compound_distance_m=6)
    assert barred.cells["compound"].tolist() == [0, 1, 2, 3, 4]


def test_the_distance_rule_does_not_join_compounds_that_have_a_name() -> None:
    homes = buildings(HOMES[:3], compound=["C", "D", None])
    ground = build(homes, TWO, None, compound_distance_m=60)
    assert ground.cells["compound"].tolist()[:2] == ["C", "D"]


@pytest.mark.parametrize("unit", ["compound", "小区"])
def test_the_column_may_have_any_name(unit: str) -> None:
    assert unit in build(buildings(HOMES), TWO, None, unit=unit).cells
