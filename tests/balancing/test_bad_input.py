"""Whatever is wrong with the input: a clear refusal in two languages, or a repair that is told."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

import gridmap
from gridmap.errors import CallError, DataError
from tests.balancing.lattice import CRS, Town, town

SIZE = (250, 450)


@pytest.fixture
def there() -> Town:
    return town(1, compounds=False)


def divided(there: Town, **more: Any) -> gridmap.BalancedPlan:
    return gridmap.balance(there.cells, there.villages, **{"size": SIZE, **more})


def set_value(column: str, row: int, value: Any) -> Callable[[Town], None]:
    def change(there: Town) -> None:
        there.cells[column] = there.cells[column].astype(object)
        there.cells.loc[row, column] = value

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (set_value("households", 5, -1), "households .* rows: 5"),
        (set_value("households", 5, None), "households .* rows: 5"),
        (set_value("households", 5, "many"), "households .* rows: 5"),
        (set_value("households", 5, float("inf")), "households .* rows: 5"),
        (set_value("village", 7, None), "village is missing in rows 7"),
        (set_value("village", 7, "nowhere"), "no village nowhere in the territory"),
        (set_value("geometry", 9, None), "missing, empty or invalid: rows 9"),
    ],
)
def test_a_wrong_value_is_named_with_its_row(
    there: Town, change: Callable[[Town], None], told: str
) -> None:
    if told.startswith("missing, empty"):
        there.cells.loc[9, "geometry"] = shapely.Polygon()
    else:
        change(there)
    with pytest.raises(DataError, match=told) as refusal:
        divided(there)
    assert refusal.value.zh and refusal.value.zh != refusal.value.en


def test_an_index_that_repeats_is_refused(there: Town) -> None:
    there.cells.index = [0, 0, *range(2, len(there.cells))]
    with pytest.raises(DataError, match="the index of buildings repeats 0"):
        divided(there)


def test_cells_that_overlap_are_refused_or_mended(there: Town) -> None:
    narrow, wide = there.cells.copy(), there.cells.copy()
    narrow.loc[20, "geometry"] = narrow.geometry[20].buffer(0.2, join_style="mitre")
    plan = gridmap.balance(narrow, there.villages, size=SIZE)
    assert "mended" in plan.report.repairs[0]
    assert shapely.coverage_is_valid(np.asarray(plan.grids.geometry))
    wide.loc[20, "geometry"] = wide.geometry[20].buffer(25, join_style="mitre")
    with pytest.raises(DataError, match="cells overlap"):
        gridmap.balance(wide, there.villages, size=SIZE)


def test_a_cell_that_is_missing_is_told_with_its_village(there: Town) -> None:
    with pytest.raises(DataError, match=r"14092910\d{4} have [\d,]+ m², the village"):
        gridmap.balance(there.cells.drop(index=30), there.villages, size=SIZE)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"weight": "people"}, "no column 'people'; it has: building, households"),
        ({"weight": {}}, "weight is empty"),
        ({"weight": {"households": -1}}, "the factor of households in weight is -1"),
        ({"unit": "yard"}, "no column 'yard'"),
        ({"current": "today"}, "no column 'today'"),
        ({"size": (500, 300)}, "least below most"),
        ({"size": {"140929100000": (1, 2)}}, "size says nothing of"),
        ({"grids": 5}, "there are 2 villages"),
        ({"grids": {"nowhere": 3}}, "names no village of these"),
        ({"grids": {"140929100000": 0}}, "or fewer than one"),
        ({"grids": {"140929100000": 999}}, "can have 1 to 54"),
        ({"locked": ["P99"]}, "no grids P99 to lock"),
        ({"mode": "nice"}, "no mode 'nice'; known: stable, mixed, shape, even"),
        ({"seed": -1}, "seed is 0 or more"),
        ({"size": "300,500"}, "least below most"),
        ({"staff": {"P99": 1}}, "staff: no such grid"),
    ],
)
def test_a_wrong_argument_is_refused_with_what_would_be_right(
    there: Town, asked: dict[str, Any], told: str
) -> None:
    with pytest.raises(CallError, match=told) as refusal:
        divided(there, **asked)
    assert refusal.value.zh and refusal.value.zh != refusal.value.en


def test_a_barrier_of_an_unknown_kind_is_refused(there: Town) -> None:
    wall = there.streets.assign(kind="wall")
    with pytest.raises(DataError, match="unknown kind in barriers: wall; write one of street"):
        divided(there, barriers=wall)
    with pytest.raises(CallError, match="barriers has no column 'kind'"):
        divided(there, barriers=there.streets.drop(columns="kind"))


def test_too_many_kinds_of_facilities_are_refused(there: Town) -> None:
    spots = list(there.cells.representative_point().iloc[:9])
    kinds = gpd.GeoDataFrame({"kind": [f"k{at}" for at in range(9)]}, geometry=spots, crs=CRS)
    with pytest.raises(CallError, match="9 kinds of facilities, at most 8"):
        divided(there, facilities=kinds)


def test_no_buildings_and_no_crs_are_refused(there: Town) -> None:
    with pytest.raises(CallError, match="GeoDataFrame with rows"):
        gridmap.balance(there.cells.iloc[:0], there.villages)
    with pytest.raises(CallError, match="buildings has no CRS"):
        gridmap.balance(there.cells.set_crs(None, allow_override=True), there.villages)
    spots = there.cells.set_geometry(there.cells.representative_point())
    for name, table in (("barriers", there.streets), ("facilities", spots[["geometry"]])):
        with pytest.raises(CallError, match=f"{name} has no CRS"):
            divided(there, **{name: table.set_crs(None, allow_override=True)})


def test_more_grids_than_the_weight_allows_are_made_and_told(there: Town) -> None:
    village = there.villages["village"][0]
    plan = divided(there, grids={village: 20})
    assert (plan.grids["village"] == village).sum() == 20
    told = [one for one in plan.report.exceptions if one.village == village]
    assert told[0].kind == "arithmetic"


def test_a_village_in_two_parts_gets_a_grid_for_each() -> None:
    there = town(1, 12, 6, 1, compounds=False, present=False)
    strip = there.cells.index[24:36]
    cells = there.cells.drop(index=strip)
    land = gpd.GeoDataFrame(
        {"village": there.villages["village"]},
        geometry=[shapely.coverage_union_all(np.asarray(cells.geometry))], crs=CRS,
    )  # fmt: skip
    plan = gridmap.balance(cells, land, size=SIZE)
    assert set(shapely.get_type_id(np.asarray(plan.grids.geometry))) == {3}
    assert plan.report.total["connected"] == len(plan.grids) >= 2


def test_a_grid_in_two_villages_keeps_its_code_in_one(there: Town) -> None:
    there.cells["present"] = "P01"
    plan = divided(there)
    assert plan.grids["code"].is_unique
    assert (plan.grids["code"] == "P01").sum() == 1
    assert "lies in two villages" in plan.report.repairs[0]


def test_locked_grids_that_are_out_of_range_are_told(there: Town) -> None:
    plan = divided(there, locked=set(there.cells["present"]))
    assert plan.moves.empty
    assert plan.report.total["in_range"] < len(plan.grids)
    assert {one.village for one in plan.report.exceptions} == set(there.villages["village"])
    assert all(one.kind == "arithmetic" for one in plan.report.exceptions)


def test_a_locked_grid_out_of_range_is_told_and_the_rest_is_in_range(there: Town) -> None:
    there.cells.loc[there.cells["present"] == "P000000", "households"] = 1
    plan = divided(there, locked=["P000000"])
    (told,) = plan.report.exceptions
    assert "P000000" in told.zh
    assert "P000000" in told.en
    rest = plan.grids[plan.grids["code"] != "P000000"]
    assert rest["weight"].between(*SIZE).all()


def test_a_range_may_begin_at_nothing(there: Town) -> None:
    plan = divided(there, size=(0, 400))
    assert plan.report.total["in_range"] == len(plan.grids)


def test_a_tower_that_is_too_large_is_told_and_the_rest_is_in_range(there: Town) -> None:
    there.cells.loc[10, "households"] = 900
    plan = divided(there)
    village = there.cells.loc[10, "village"]
    (told,) = [one for one in plan.report.exceptions if one.village == village]
    assert told.kind == "arithmetic"
    assert "900" in told.zh
    assert "900" in told.en
    mine = plan.grids[plan.grids["village"] == village]
    assert (~mine["weight"].between(*SIZE)).sum() <= 2


def test_a_village_without_a_building_is_one_grid(there: Town) -> None:
    west, east = there.villages["village"]
    cells = there.cells[there.cells["village"] == west]
    plan = gridmap.balance(cells, there.villages, size=SIZE)
    bare = plan.grids[plan.grids["village"] == east]
    assert len(bare) == 1
    assert bare["households"].item() == 0
    assert shapely.coverage_is_valid(np.asarray(plan.grids.geometry))
