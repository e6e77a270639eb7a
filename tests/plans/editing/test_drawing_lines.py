"""Split, merge, reassign, draw, fill and snap, on villages of squares."""

import time

import numpy as np
import pytest
import shapely
from shapely import LineString, Point

from gridmap.geo.coverage import conflicts
from gridmap.plans.editing import (
    Division,
    draw,
    fill,
    knit,
    merge,
    reassign,
    snap,
    split,
)
from tests.drawing import CELL, lonlat, square
from tests.plans.editing.squares import (
    NONE,
    cells_of,
    has,
    houses,
    judged,
    places,
    refusal,
    region,
    village,
)

TWO = village("""
    AABB
    AABB
""")
FOUR = village("""
    AABB
    AABB
    CCDD
    CCDD
""")
GAPPY = village("""
    AA..
    AA..
    CCDD
    CC.D
""")
METRE = 1 / 870  # of a cell, eastwards


# --- split


def test_a_line_from_border_to_border_splits_a_grid_in_two() -> None:
    change = split(FOUR, "A", places((0.5, 1.5), (0.5, 4.5)), "N", NONE)
    after = judged(FOUR, change)
    assert change.ancestors == {"N": ("A",)}
    assert (cells_of(after, "A"), cells_of(after, "N")) == (3, 1)
    assert change.ended == ()


def test_the_ends_of_a_split_become_vertices_of_the_neighbours_too() -> None:
    change = split(FOUR, "A", places((0.5, 1.5), (0.5, 4.5)), "N", NONE)
    after = judged(FOUR, change)
    assert sorted(change.shapes) == ["A", "C", "N"]
    (end,) = vertices(after, "A") & vertices(after, "N") & vertices(after, "C")
    assert np.allclose(end, lonlat(0.5, 2))
    assert not has(FOUR, "C", end)


def test_an_end_near_a_vertex_takes_the_vertex() -> None:
    line = places((1 + 0.4 * METRE, 1.9), (1 + 0.4 * METRE, 4.1))
    change = split(FOUR, "A", line, "N", NONE)
    assert sorted(change.shapes) == ["A", "N"]
    assert {lonlat(1, 2), lonlat(1, 4)} <= vertices(judged(FOUR, change), "N")


def test_a_line_that_ends_just_short_of_the_border_reaches_it() -> None:
    short = 0.3 / 1110
    change = split(FOUR, "A", places((0.5, 2 + short), (0.5, 4 - short)), "N", NONE)
    assert cells_of(judged(FOUR, change), "N") == 1


def test_the_part_with_more_households_keeps_the_code() -> None:
    line = places((0.5, 1.5), (0.5, 4.5))
    few, many = houses((0.2, 3), (1, 3), households=[5, 4]), houses((1, 3), households=[4])
    assert cells_of(judged(FOUR, split(FOUR, "A", line, "N", few), few), "A") == 1
    assert cells_of(judged(FOUR, split(FOUR, "A", line, "N", many), many), "A") == 3


def test_a_line_that_misses_or_ends_inside_is_refused() -> None:
    for line in (places((2.5, 0), (2.5, 1.5)), places((0.5, 1.5), (0.5, 3))):
        refused = refusal(FOUR, lambda line=line: split(FOUR, "A", line, "N", NONE))
        assert refused.rule == "misses"
        assert refused.place.length > 0


def test_a_line_that_cuts_off_three_pieces_is_refused() -> None:
    line = places((0.5, 1.5), (0.5, 4.5), (1.5, 4.5), (1.5, 1.5))
    refused = refusal(FOUR, lambda: split(FOUR, "A", line, "N", NONE))
    assert refused.rule == "too_many_pieces"
    assert "3" in refused.en


def test_a_line_that_crosses_itself_is_refused() -> None:
    line = places((0.5, 1.5), (0.5, 3.5), (1, 3), (0.2, 3), (0.2, 4.5))
    assert refusal(FOUR, lambda: split(FOUR, "A", line, "N", NONE)).rule == "self_crossing"


def test_a_split_through_a_grid_inside_ends_at_its_border() -> None:
    holed = judged(FOUR, draw(FOUR, square(0.5, 2.5), "S", "special"))
    after = judged(holed, split(holed, "A", places((1, 1.5), (1, 4.5)), "N", NONE))
    assert cells_of(after, "S") == 1
    assert cells_of(after, "A") == cells_of(after, "N") == 1.5


def test_a_line_of_a_hundred_thousand_vertices_is_refused_at_once() -> None:
    line = np.linspace(lonlat(0.5, 1.5), lonlat(0.5, 4.5), 100_000)
    started = time.perf_counter()
    assert refusal(FOUR, lambda: split(FOUR, "A", line, "N", NONE)).rule == "too_many_vertices"
    ring = shapely.Point(lonlat(2, 2)).buffer(CELL, quad_segs=25_000)
    assert refusal(FOUR, lambda: reassign(FOUR, ring, "A", NONE)).rule == "too_many_vertices"
    assert time.perf_counter() - started < 1


def test_a_scribble_is_refused_and_not_repaired() -> None:
    rng = np.random.default_rng(1)
    scribble = region(*rng.uniform(0, 4, (800, 2)).tolist())
    started = time.perf_counter()
    for operation in (
        lambda: reassign(FOUR, scribble, "A", NONE),
        lambda: draw(FOUR, scribble, "N", "special"),
    ):
        refused = refusal(FOUR, operation)
        assert refused.rule == "self_crossing"
        assert refused.place.geom_type == "Point"
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused_everywhere(number: float) -> None:
    line = [lonlat(0.5, 1.5), (number, 38.7)]
    broken = shapely.Polygon([*places((0, 0), (1, 0)), (number, 38.7), lonlat(0, 0)])
    for operation in (
        lambda: split(FOUR, "A", line, "N", NONE),
        lambda: reassign(FOUR, broken, "A", NONE),
        lambda: draw(FOUR, broken, "N", "general"),
        lambda: fill(FOUR, (number, 38.7), "A"),
        lambda: snap(FOUR, ("A", "B"), [LineString(line)], 5),
        lambda: snap(FOUR, ("A", "B"), [LineString(places((2, 2), (2, 4)))], number),
    ):
        assert refusal(FOUR, operation).rule == "not_finite"


# --- merge


def test_neighbours_merge_and_the_one_with_most_households_lives_on() -> None:
    change = merge(FOUR, ["A", "B"], None, houses((3, 3), households=[7]))
    after = judged(FOUR, change)
    assert change.ended == ("A",)
    assert change.ancestors == {"B": ("A",)}
    assert sorted(after.shapes) == ["B", "C", "D"]
    assert cells_of(after, "B") == 8


def test_the_code_to_keep_can_be_named() -> None:
    change = merge(FOUR, ["A", "B", "D"], "D", houses((3, 3), households=[7]))
    assert change.ended == ("A", "B")
    assert cells_of(judged(FOUR, change), "D") == 12


def test_grids_that_touch_in_a_corner_do_not_merge() -> None:
    refused = refusal(FOUR, lambda: merge(FOUR, ["A", "D"], "A", NONE))
    assert refused.rule == "not_adjacent"
    assert refused.place.equals(FOUR.shapes["D"])


@pytest.mark.parametrize(("codes", "rule"), [(["A"], "not_adjacent"), (["A", "X"], "unknown_grid")])
def test_a_merge_needs_two_grids_that_exist(codes: list[str], rule: str) -> None:
    assert refusal(FOUR, lambda: merge(FOUR, codes, None, NONE)).rule == rule


# --- reassign


def test_a_region_goes_to_the_other_grid() -> None:
    change = reassign(FOUR, region((1.5, 2.5), (3, 2.5), (3, 3.5), (1.5, 3.5)), "A", NONE)
    after = judged(FOUR, change)
    assert sorted(change.shapes) == ["A", "B"]
    assert (cells_of(after, "A"), cells_of(after, "B")) == (5, 3)


def test_a_region_over_three_grids_changes_all_of_them() -> None:
    after = judged(FOUR, reassign(FOUR, square(1.5, 1.5), "A", NONE))
    assert [cells_of(after, code) for code in "ABCD"] == [4.75, 3.75, 3.75, 3.75]


def test_a_house_goes_or_stays_as_a_whole() -> None:
    # One stands half out of the region with its anchor inside, one half in with it outside.
    buildings = houses((2.48, 3), (2.52, 2.5))
    drawn = region((2, 2.2), (2.5, 2.2), (2.5, 3.8), (2, 3.8))
    after = judged(FOUR, reassign(FOUR, drawn, "A", buildings), buildings)
    going, staying = shapely.buffer(buildings.shapes, -1e-8)
    assert after.shapes["A"].covers(going)
    assert after.shapes["B"].covers(staying)


def test_houses_wall_to_wall_part_along_the_wall() -> None:
    buildings = houses((2.45, 3), (2.55, 3))
    drawn = region((2, 2.2), (2.47, 2.2), (2.47, 3.8), (2, 3.8))
    after = judged(FOUR, reassign(FOUR, drawn, "A", buildings), buildings)
    assert after.shapes["A"].covers(shapely.buffer(buildings.shapes[0], -1e-8))
    assert after.shapes["B"].covers(shapely.buffer(buildings.shapes[1], -1e-8))


def test_a_region_that_takes_a_whole_grid_is_refused() -> None:
    refused = refusal(FOUR, lambda: reassign(FOUR, square(1.5, 1.5, 3, 3), "A", NONE))
    assert refused.rule == "empty_grid"
    assert refused.place.equals(FOUR.shapes["B"])


def test_a_region_that_cuts_a_grid_in_pieces_is_refused_with_the_place() -> None:
    refused = refusal(FOUR, lambda: reassign(FOUR, square(1.5, 2.5, 3, 1), "A", NONE))
    assert refused.rule == "not_connected"
    assert refused.place.area > 0
    assert FOUR.shapes["B"].covers(refused.place)


def test_a_region_away_from_the_grid_is_refused() -> None:
    refused = refusal(FOUR, lambda: reassign(FOUR, square(2.5, 0.5), "A", NONE))
    assert refused.rule == "not_adjacent"
    assert refusal(FOUR, lambda: reassign(FOUR, square(0.5, 2.5), "A", NONE)).rule == "misses"


# --- draw and fill


def test_a_special_grid_is_cut_out_of_its_surroundings() -> None:
    change = draw(FOUR, square(1.5, 1.5), "S", "special")
    after = judged(FOUR, change)
    assert change.ancestors == {"S": ("A", "B", "C", "D")}
    assert [cells_of(after, code) for code in "ABCDS"] == [3.75, 3.75, 3.75, 3.75, 1]


def test_a_special_grid_may_lie_inside_another() -> None:
    after = judged(FOUR, draw(FOUR, square(0.5, 2.5), "S", "special"))
    assert len(after.shapes["A"].geoms[0].interiors) == 1


def test_a_special_grid_over_the_village_line_is_refused_with_what_is_outside() -> None:
    refused = refusal(FOUR, lambda: draw(FOUR, square(-0.5, 1.5), "S", "special"))
    assert refused.rule == "off_village"
    assert not refused.place.intersects(FOUR.village.buffer(-1e-9))


def test_a_special_grid_does_not_swallow_a_grid() -> None:
    small = judged(FOUR, draw(FOUR, square(0.5, 2.5), "S", "special"))
    refused = refusal(small, lambda: draw(small, square(0.3, 2.3, 1.5, 1.5), "T", "special"))
    assert refused.rule == "empty_grid"


def test_a_general_grid_is_clipped_to_the_land_in_no_grid() -> None:
    change = draw(GAPPY, square(1.5, 1.5, 4, 4), "N", "general")
    after = judged(GAPPY, change)
    assert cells_of(after, "N") == 4
    assert change.ancestors == {}
    assert list(change.shapes) == ["N"]


def test_a_general_grid_on_part_of_a_gap_gives_its_ends_to_the_neighbours() -> None:
    after = judged(GAPPY, draw(GAPPY, square(1.5, 2.5, 4, 4), "N", "general"))
    assert cells_of(after, "N") == 3
    assert any(np.allclose(vertex, lonlat(2, 2.5)) for vertex in vertices(after, "A"))


def test_a_general_grid_where_every_place_is_taken_is_refused() -> None:
    refused = refusal(FOUR, lambda: draw(FOUR, square(1.5, 1.5), "N", "general"))
    assert refused.rule == "no_gap"


def test_a_general_grid_over_two_gaps_is_refused() -> None:
    refused = refusal(GAPPY, lambda: draw(GAPPY, square(2.2, 0.5, 0.6, 3), "N", "general"))
    assert refused.rule == "too_many_pieces"


def test_a_gap_is_filled_by_a_neighbour() -> None:
    change = fill(GAPPY, lonlat(3, 3), "D")
    assert list(change.shapes) == ["D"]
    assert cells_of(judged(GAPPY, change), "D") == 7


def test_a_gap_is_not_given_to_a_grid_that_only_touches_it_in_a_corner() -> None:
    refused = refusal(GAPPY, lambda: fill(GAPPY, lonlat(3, 3), "C"))
    assert refused.rule == "not_adjacent"
    assert refused.place.area > 0


def test_there_is_no_gap_inside_a_grid_or_outside_the_village() -> None:
    for place in (lonlat(1, 3), lonlat(9, 9)):
        refused = refusal(GAPPY, lambda place=place: fill(GAPPY, place, "A"))
        assert refused.rule == "no_gap"
        assert refused.place.equals(Point(place))


# --- snap


def test_a_border_is_pulled_onto_a_road_and_its_ends_stay() -> None:
    road = LineString(places((2.01, -1), (2.02, 0.5), (2.01, 1), (2.03, 1.5), (2.01, 3)))
    change = snap(TWO, ("A", "B"), [road], 50)
    after = judged(TWO, change)
    assert sorted(change.shapes) == ["A", "B"]
    shared = vertices(after, "A") & vertices(after, "B")
    assert {lonlat(2, 0), lonlat(2, 2), *places((2.02, 0.5), (2.01, 1), (2.03, 1.5))} <= shared
    assert not has(after, "A", lonlat(2, 1))


def test_only_what_is_near_the_road_is_pulled() -> None:
    road = LineString(places((2.02, -1), (2.02, 0.9), (3, 1.1)))
    after = judged(TWO, snap(TWO, ("A", "B"), [road], 50))
    assert has(after, "A", lonlat(2.02, 0.9))
    assert has(after, "A", lonlat(2, 2))
    assert shapely.covers(after.shapes["A"], square(0, 1.3, 2, 0.7))


def test_a_border_already_on_its_road_is_left_alone() -> None:
    road = LineString(places((2, -1), (2, 3)))
    assert refusal(TWO, lambda: snap(TWO, ("A", "B"), [road], 50)).rule == "no_line_near"


def test_a_road_too_far_away_pulls_nothing() -> None:
    road = LineString(places((2.1, -1), (2.1, 3)))
    refused = refusal(TWO, lambda: snap(TWO, ("A", "B"), [road], 50))
    assert refused.rule == "no_line_near"
    assert refused.place.length > 0


def test_the_wall_of_a_compound_pulls_too() -> None:
    compound = square(2.02, 0.3, 1, 1.4)
    after = judged(TWO, snap(TWO, ("A", "B"), [compound], 50))
    assert has(after, "A", lonlat(2.02, 0.3)) and has(after, "B", lonlat(2.02, 1.7))


def test_grids_without_a_common_border_are_not_snapped() -> None:
    road = LineString(places((2, -1), (2, 3)))
    assert refusal(FOUR, lambda: snap(FOUR, ("A", "D"), [road], 50)).rule == "not_adjacent"


# --- knit


def test_the_grid_beyond_the_village_line_takes_the_vertex_of_a_split_that_ends_there() -> None:
    drawn = village("""
        CDD
        CDD
        AAB
    """)
    halves = (("A", "B"), ("C", "D"))
    south, north = (
        Division(shapely.coverage_union_all(list(shapes.values())), shapes)
        for shapes in ({code: drawn.shapes[code] for code in codes} for codes in halves)
    )
    line = places((2.3, 0.5), (2.3, 4))
    after = judged(north, split(north, "D", line, "N", NONE))
    together = [*after.shapes.values(), *south.shapes.values()]
    assert [fault.kind for fault in conflicts(together)] == ["border"] * 3
    knitted = knit(after, south.shapes)
    assert list(knitted) == ["B"]
    assert conflicts([*after.shapes.values(), south.shapes["A"], knitted["B"]]) == []
    assert knit(after, {**south.shapes, **knitted}) == {}


def vertices(division: Division, code: str) -> set[tuple[float, float]]:
    return set(map(tuple, shapely.get_coordinates(division.shapes[code]).tolist()))
