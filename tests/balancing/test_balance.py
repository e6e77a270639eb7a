"""Whatever the territory: connected, whole, complete, disjoint, the same again, locks kept."""

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import gridmap
from gridmap.balancing import BalancedPlan, Cancelled, Mode
from tests.balancing.lattice import CRS, Town, town

SIZE = (250, 450)
MODES: list[Mode] = ["stable", "mixed", "shape", "even"]
towns = st.builds(
    town,
    seed=st.integers(0, 10_000),
    columns=st.integers(4, 14),
    rows=st.integers(3, 10),
    villages=st.integers(1, 3),
    compounds=st.booleans(),
    present=st.booleans(),
)


def divided(there: Town, **more: Any) -> BalancedPlan:
    return gridmap.balance(
        there.cells, there.villages, barriers=there.streets, **{"size": SIZE, **more}
    )


def assert_sound(there: Town, plan: BalancedPlan) -> None:
    """The grids tile the villages, each in one piece, and every building is in exactly one."""
    cells, grids = there.cells, plan.grids
    shapes = np.asarray(grids.geometry)
    assert shapely.coverage_is_valid(shapes)
    assert set(shapely.get_type_id(shapes)) == {3}, "a grid is not one piece"
    assert grids["code"].is_unique
    for village, land in there.villages.set_index("village").geometry.items():
        mine = shapely.coverage_union_all(shapes[(grids["village"] == village).to_numpy()])
        assert shapely.equals(mine, land)
    assert list(plan.assignment.index) == list(cells.index)
    home = grids.set_index("code")
    assert (home.loc[plan.assignment, "village"].to_numpy() == cells["village"].to_numpy()).all()
    within = shapely.covers(
        home.geometry.loc[plan.assignment].to_numpy(), cells.representative_point().to_numpy()
    )
    assert within.all()
    summed = cells.groupby(plan.assignment.to_numpy())["households"].sum()
    assert (summed.loc[grids["code"]].to_numpy() == grids["households"].to_numpy()).all()
    if "compound" in cells:
        together = plan.assignment.groupby([cells["village"], cells["compound"]]).nunique()
        assert (together == 1).all(), "a compound is cut"


@settings(max_examples=40, deadline=None)
@given(towns, st.sampled_from(MODES), st.integers(0, 99))
def test_grids_tile_their_villages_and_are_whole(there: Town, mode: Mode, seed: int) -> None:
    plan = divided(there, mode=mode, seed=seed)
    assert_sound(there, plan)
    total = plan.report.total
    assert total["grids"] == total["connected"] == len(plan.grids)
    assert total["split_units"] == 0


@settings(max_examples=15, deadline=None)
@given(towns, st.sampled_from(MODES))
def test_the_same_seed_gives_the_same_grids_on_any_number_of_threads(
    there: Town, mode: Mode
) -> None:
    one, many = (divided(there, mode=mode, seed=7, threads=threads) for threads in (1, 3))
    assert one.assignment.equals(many.assignment)
    assert one.grids.geometry.geom_equals_exact(many.grids.geometry, 0).all()
    assert one.report.total == many.report.total


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(MODES), st.data())
def test_a_locked_grid_stays_as_it_is(seed: int, mode: Mode, data: st.DataObject) -> None:
    there = town(seed, compounds=False)
    codes = sorted(there.cells["present"].unique())
    locked = data.draw(st.sets(st.sampled_from(codes), min_size=1, max_size=3))
    plan = divided(there, mode=mode, locked=locked)
    assert_sound_but_for_islands(there, plan, locked)
    for code in locked:
        before = there.cells.index[there.cells["present"] == code]
        assert set(before) == set(plan.assignment.index[plan.assignment == code])


def assert_sound_but_for_islands(there: Town, plan: BalancedPlan, locked: set[str]) -> None:
    """Locked grids may cut a village in two; what is left is still connected grids that tile it."""
    assert_sound(there, plan)
    assert locked <= set(plan.grids["code"])


@settings(max_examples=15, deadline=None)
@given(towns)
def test_moves_are_what_differs_from_today(there: Town) -> None:
    plan = divided(there)
    if "present" not in there.cells:
        assert plan.moves.empty
        assert plan.report.total["moved_buildings"] == 0
        return
    now = there.cells["present"]
    differs = now.index[now.to_numpy() != plan.assignment.to_numpy()]
    assert sorted(plan.moves["building"]) == sorted(differs)
    assert plan.report.total["moved_buildings"] == len(differs)
    assert plan.report.total["moved_at_least"] <= len(differs) or plan.report.exceptions


def test_a_bound_on_moves_holds_for_compounds_that_lie_in_several_grids_today() -> None:
    for seed in range(55, 63):
        there = town(seed, 4, 11, 1)
        plan = divided(there)
        total = plan.report.total
        assert plan.report.exceptions or total["moved_at_least"] <= total["moved_buildings"]


def test_a_division_that_is_good_stays_as_it_is() -> None:
    there = town(3, compounds=False)
    first = divided(there, mode="even")
    there.cells["present"] = first.assignment
    again = divided(there, mode="stable")
    assert again.report.total["moved_share"] < 0.03
    assert set(again.grids["code"]) == set(first.grids["code"])


def test_each_mode_is_best_at_what_it_is_named_for() -> None:
    there = town(11, 30, 24, 4)
    of = {mode: divided(there, mode=mode).report.total for mode in MODES}
    assert of["stable"]["moved_share"] == min(one["moved_share"] for one in of.values())
    assert of["shape"]["border_cost_m"] == min(one["border_cost_m"] for one in of.values())
    assert of["even"]["mean_deviation"] == min(one["mean_deviation"] for one in of.values())


def test_new_grids_get_the_next_free_numbers_of_their_village() -> None:
    there = town(5, villages=1)
    village = there.villages["village"][0]
    there.cells["present"] = f"{village}007"
    plan = divided(there)
    numbers = sorted(int(code[-3:]) for code in plan.grids["code"])
    assert numbers == list(range(7, 7 + len(plan.grids)))
    assert all(code.startswith(village) and len(code) == 15 for code in plan.grids["code"])


def test_a_first_division_is_numbered_row_by_row_from_the_north_west() -> None:
    plan = divided(town(5, villages=1, present=False))
    middle = plan.grids.sort_values("code").geometry.centroid
    assert middle.y.iloc[0] > middle.y.mean() > middle.y.iloc[-1]
    assert list(plan.grids["code"].str[-3:].sort_values()) == [
        f"{number:03d}" for number in range(1, len(plan.grids) + 1)
    ]


def test_weights_are_a_column_or_a_sum_of_columns() -> None:
    there = town(8, 20, 12, 1)
    rng = np.random.default_rng(1)
    there.cells["visits"] = rng.integers(0, 40, len(there.cells))
    total = 2 * there.cells["households"] + 3 * there.cells["visits"]
    size = (float(total.sum()) / 10, float(total.sum()) / 6)
    plan = divided(there, weight={"households": 2, "visits": 3}, size=size, mode="even")
    by_grid = total.groupby(plan.assignment).sum()
    assert (by_grid.loc[plan.grids["code"]].to_numpy() == plan.grids["weight"].to_numpy()).all()
    assert plan.report.total["mean_deviation"] < 0.05
    walk = divided(there, weight={"travel_m": 1}, size=(800, 2500))
    area = there.cells.geometry.area.sum()
    assert walk.grids["weight"].sum() == pytest.approx(
        0.7124 * np.sqrt(there.cells.geometry.area).sum()
    )
    assert walk.grids["area_m2"].sum() == pytest.approx(area)


def test_two_officers_carry_twice_as_much() -> None:
    there = town(21, 18, 12, 1)
    codes = sorted(there.cells["present"].unique())
    staff = {code: 2 if code == codes[0] else 1 for code in codes}
    plan = divided(there, staff=staff, mode="even", size=(200, 500), grids=len(codes))
    weight = plan.grids.set_index("code")["weight"]
    others = weight.drop(codes[0])
    assert weight[codes[0]] == pytest.approx(2 * others.mean(), rel=0.1)
    assert plan.report.criteria["staff"]["score"] == 1
    assert_sound(there, plan)


def test_every_grid_gets_one_of_the_facilities_where_it_can() -> None:
    there = town(33, 18, 12, 1)
    spots = there.cells.representative_point().sample(26, random_state=3)
    posts = gpd.GeoDataFrame({"kind": ["clinic"] * len(spots)}, geometry=list(spots), crs=CRS)
    with_posts = divided(there, facilities=posts, mode="mixed")
    without = divided(there, mode="mixed")
    tree = shapely.STRtree(np.asarray(posts.geometry))

    def served(plan: BalancedPlan) -> float:
        grid, _ = tree.query(np.asarray(plan.grids.geometry), predicate="contains")
        return len(set(grid)) / len(plan.grids)

    assert served(with_posts) == with_posts.report.criteria["facilities"]["score"]
    assert served(with_posts) == 1 > served(without)


def test_village_groups_and_compounds_stay_whole_together() -> None:
    there = town(13, 15, 12, 1)
    there.cells["group"] = [f"g{at // 6}" for at in range(len(there.cells))]
    plan = divided(there, unit=["compound", "group"])
    assert (plan.assignment.groupby(there.cells["group"]).nunique() == 1).all()
    assert (plan.assignment.groupby(there.cells["compound"]).nunique() == 1).all()


def test_a_river_is_crossed_only_at_its_bridges() -> None:
    there = town(2, 12, 9, 1, compounds=False, present=False)
    middle = there.cells.total_bounds[[0, 2]].mean()
    corners = shapely.get_coordinates(there.cells.geometry)
    xs = sorted({tuple(point) for point in corners}, key=lambda point: abs(point[0] - middle))
    river = sorted(xs[:10], key=lambda point: point[1])
    bank = gpd.GeoDataFrame({"kind": ["river"]}, geometry=[shapely.linestrings(river)], crs=CRS)
    bridge = gpd.GeoDataFrame({"kind": ["bridge"]}, geometry=[shapely.points(river[4])], crs=CRS)
    both = gpd.GeoDataFrame(
        {"kind": [*bank["kind"], *bridge["kind"]]},
        geometry=[*bank.geometry, *bridge.geometry],
        crs=CRS,
    )
    plan = gridmap.balance(there.cells, there.villages, barriers=both, size=SIZE, mode="shape")
    across = [
        shape for shape in plan.grids.geometry
        if shape.crosses(bank.geometry[0]) or (shape.intersection(bank.geometry[0]).length > 1
        and shape.buffer(-1).intersects(bank.geometry[0]))
    ]  # fmt: skip
    assert all(shape.distance(bridge.geometry[0]) < 30 for shape in across)


def test_no_grid_hangs_together_by_a_neck() -> None:
    """Two light cells touch along half a metre; only together they would be in range."""
    corners = [(0, 0, 60, 60), (60, 59.5, 120, 119.5), (60, -60.5, 120, 59.5), (0, 60, 60, 119.5)]
    lines = shapely.union_all([shapely.box(*one).boundary for one in corners])
    faces = shapely.polygonize(list(shapely.node(lines).geoms)).geoms
    shapes = [shapely.transform(one, lambda xy: xy + np.array([5e5, 4.28e6])) for one in faces]
    middles = [shapely.centroid(one) for one in faces]
    light = [(middle.x < 60) == (middle.y < 60) for middle in middles]
    homes = {"households": np.where(light, 300, 600), "village": "v"}
    cells = gpd.GeoDataFrame(homes, geometry=shapes, crs=CRS)
    plan = gridmap.balance(cells, size=(500, 700), grids=3)
    assert plan.report.total["in_range"] < 3
    for shape in plan.grids.geometry:
        assert shape.buffer(-0.5).geom_type == "Polygon"


def test_how_far_it_is_can_be_told_and_stopped() -> None:
    there = town(4, villages=3)
    told: list[tuple[int, int]] = []
    divided(there, progress=lambda done, count: told.append((done, count)), threads=1)
    assert told == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(Cancelled):
        divided(there, cancelled=lambda: True)


def test_degrees_come_back_as_degrees() -> None:
    there = town(6)
    lonlat = gridmap.balance(
        there.cells.to_crs(4490), there.villages.to_crs(4490),
        barriers=there.streets.to_crs(4490), size=SIZE,
    )  # fmt: skip
    assert lonlat.grids.crs.to_epsg() == 4490
    assert lonlat.grids.total_bounds[0] == pytest.approx(there.cells.to_crs(4490).total_bounds[0])
    assert len(lonlat.grids) == len(divided(there).grids)
