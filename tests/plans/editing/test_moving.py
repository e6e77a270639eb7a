"""A border moves in every grid that has it, or not at all."""

import math

import numpy as np
import pytest
import shapely
from shapely import Point

from gridmap.plans.editing import Rules, draw, move_border
from tests.drawing import lonlat, square
from tests.plans.editing.squares import (
    cells_of,
    has,
    houses,
    judged,
    places,
    refusal,
    region,
    said,
    village,
)

TWO = village("""
    AB
    AB
""")
FOUR = village("""
    AABB
    AABB
    CCDD
    CCDD
""")
THREE = village("""
    AAB
    AAB
    CCC
""")


def test_both_grids_of_a_shared_vertex_move() -> None:
    at, to = places((1, 1), (1.25, 1.1))
    change = move_border(TWO, [(at, to)])
    after = judged(TWO, change)
    assert sorted(change.shapes) == ["A", "B"]
    assert has(after, "A", to) and has(after, "B", to)
    assert not has(after, "A", at) and not has(after, "B", at)
    assert (cells_of(after, "A"), cells_of(after, "B")) == (2.25, 1.75)


def test_every_other_vertex_keeps_its_bits() -> None:
    at, to = places((1, 1), (1.25, 1.1))
    change = move_border(TWO, [(at, to)])
    for code, shape in change.shapes.items():
        before = shapely.get_coordinates(TWO.shapes[code])
        expected = np.where((before == at).all(axis=1, keepdims=True), to, before)
        assert shapely.get_coordinates(shape).tobytes() == expected.tobytes()


def test_a_junction_of_three_moves_as_a_whole() -> None:
    at, to = places((2, 1), (2.2, 1.3))
    change = move_border(THREE, [(at, to)])
    assert sorted(change.shapes) == ["A", "B", "C"]
    assert all(has(judged(THREE, change), code, to) for code in "ABC")


def test_a_whole_border_moves_in_one_operation() -> None:
    froms = places((2, 1), (2, 2), (2, 3))
    moves = list(zip(froms, places((1.5, 1), (1.5, 2), (1.5, 3)), strict=True))
    after = judged(THREE, move_border(THREE, moves))
    assert [cells_of(after, code) for code in "ABC"] == [3, 3, 3]


def test_a_vertex_added_to_a_border_is_in_both_grids_and_can_move_at_once() -> None:
    one, other, new, to = places((1, 1), (1, 2), (1, 1.5), (1.3, 1.5))
    after = judged(TWO, move_border(TWO, [(new, to)], [((other, one), new)]))
    assert has(after, "A", to) and has(after, "B", to)
    assert cells_of(after, "A") == 2.15


def test_two_vertices_can_be_added_to_one_edge_in_any_order() -> None:
    one, other, near, far = places((1, 1), (1, 2), (1, 1.25), (1, 1.75))
    apart = move_border(TWO, inserts=[((one, other), far), ((one, other), near)])
    chained = move_border(TWO, inserts=[((one, other), far), ((one, far), near)])
    assert apart == chained
    assert all(has(judged(TWO, apart), code, vertex) for code in "AB" for vertex in (near, far))


def test_a_vertex_on_a_straight_border_costs_no_land() -> None:
    one, other = places((1, 1), (1, 2))
    third = (one[0] + (other[0] - one[0]) / 3, one[1] + (other[1] - one[1]) / 3)
    judged(TWO, move_border(TWO, inserts=[((one, other), third)]))


def test_a_vertex_between_two_grids_can_be_removed() -> None:
    (vertex,) = places((1, 1))
    after = judged(TWO, move_border(TWO, removes=[vertex]))
    assert not has(after, "A", vertex) and not has(after, "B", vertex)


def test_a_vertex_where_three_grids_meet_cannot_be_removed() -> None:
    (vertex,) = places((2, 1))
    refused = refusal(THREE, lambda: move_border(THREE, removes=[vertex]))
    assert refused.rule == "junction"
    assert refused.place.equals(Point(vertex))


def test_a_vertex_nobody_has_is_refused_with_its_place() -> None:
    nowhere, to = places((1.5, 1.5), (1.6, 1.6))
    refused = refusal(TWO, lambda: move_border(TWO, [(nowhere, to)]))
    assert refused.rule == "unknown_vertex"
    assert refused.place.equals(Point(nowhere))


def test_an_edge_nobody_has_is_refused_with_its_place() -> None:
    one, other, new = places((1, 0), (1, 2), (1, 0.5))
    refused = refusal(TWO, lambda: move_border(TWO, inserts=[((one, other), new)]))
    assert refused.rule == "unknown_vertex"
    assert refused.place.length > 0


def test_a_border_that_would_cross_itself_is_refused_with_the_place() -> None:
    low, high = places((1, 1.25), (1, 1.5))
    edge, rest = places((1, 1), (1, 2)), places((1, 1.25), (1, 2))
    moves = list(zip((low, high), places((0.5, 1.7), (0.5, 1.2)), strict=True))
    refused = refusal(TWO, lambda: move_border(TWO, moves, [(edge, low), (rest, high)]))
    assert refused.rule == "self_crossing"
    assert refused.place.geom_type == "Point"
    assert shapely.dwithin(refused.place, square(0.5, 1.2, 0.5, 0.5), 1e-9)


def test_a_vertex_dropped_on_a_third_grid_is_refused_with_the_line_over_it() -> None:
    at, to = places((2, 3), (1.5, 1.5))
    refused = refusal(FOUR, lambda: move_border(FOUR, [(at, to)]))
    assert refused.rule == "overlap"
    assert "C" in refused.zh and "C" in refused.en
    assert refused.place.length > 0
    assert shapely.covers(FOUR.shapes["C"], refused.place)


def test_a_border_that_steps_over_a_grid_inside_another_is_refused() -> None:
    inside = draw(FOUR, region((1.2, 2.8), (1.5, 2.8), (1.5, 3.2), (1.2, 3.2)), "S", "special")
    after = judged(FOUR, inside)
    moves = list(zip(places((2, 2), (2, 3)), places((0.5, 2), (0.5, 3)), strict=True))
    inserts = [(places((2, 3), (2, 4)), lonlat(2, 3.9))]
    refused = refusal(
        after, lambda: move_border(after, [*moves, (lonlat(2, 3.9), lonlat(0.5, 3.9))], inserts)
    )
    assert refused.rule in {"overlap", "self_crossing"}
    assert refused.place is not None


def test_a_vertex_on_the_village_line_only_slides_along_it() -> None:
    at, inwards, along = places((2, 4), (2, 3.5), (1.5, 4))
    refused = refusal(FOUR, lambda: move_border(FOUR, [(at, inwards)]))
    assert refused.rule == "outline_moved"
    assert refused.place.equals(Point(inwards))
    after = judged(FOUR, move_border(FOUR, [(at, along)]))
    assert has(after, "A", along) and has(after, "B", along)


def test_a_corner_of_the_village_cannot_be_cut_off() -> None:
    at, along = places((0, 4), (0.5, 4))
    refused = refusal(FOUR, lambda: move_border(FOUR, [(at, along)]))
    assert refused.rule == "outline_moved"
    assert refused.place.area > 0


def test_a_vertex_on_the_village_line_cannot_be_removed() -> None:
    (vertex,) = places((2, 4))
    refused = refusal(FOUR, lambda: move_border(FOUR, removes=[vertex]))
    assert refused.rule == "outline_moved"
    assert refused.place.equals(Point(vertex))


def test_the_village_line_gets_no_vertex_beside_it() -> None:
    one, other, beside = places((0, 4), (1, 4), (0.5, 3.9))
    refused = refusal(FOUR, lambda: move_border(FOUR, inserts=[((one, other), beside)]))
    assert refused.rule == "outline_moved"


def test_a_place_outside_the_village_is_refused() -> None:
    at, to = places((2, 2), (2, 9))
    refused = refusal(FOUR, lambda: move_border(FOUR, [(at, to)]))
    assert refused.rule == "off_village"
    assert refused.place.equals(Point(to))


def test_the_border_of_a_gap_does_not_move_over_it() -> None:
    gappy = village("""
        AA.
        AA.
        AAB
    """)
    at, into, back = places((2, 2), (2.5, 2), (1.5, 2))
    assert refusal(gappy, lambda: move_border(gappy, [(at, into)])).rule == "gap"
    assert refusal(gappy, lambda: move_border(gappy, [(at, back)])).rule == "gap"


def test_a_neck_of_less_than_a_metre_is_refused() -> None:
    half_a_metre = 0.5 / 870
    at, to = places((1, 1), (half_a_metre, 1))
    refused = refusal(TWO, lambda: move_border(TWO, [(at, to)]))
    assert refused.rule == "sliver"
    assert shapely.distance(refused.place, Point(to)) < 1e-4


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(number: float) -> None:
    at = lonlat(1, 1)
    refused = refusal(TWO, lambda: move_border(TWO, [(at, (number, at[1]))]))
    assert refused.rule == "not_finite"


def test_an_empty_operation_is_refused() -> None:
    assert refusal(TWO, lambda: move_border(TWO)).rule == "unknown_vertex"


def test_a_border_through_a_house_is_blocked_told_or_let_be() -> None:
    house = houses((1.2, 1))
    at, to = places((1, 1), (1.4, 1))
    change = move_border(TWO, [(at, to)])
    past = move_border(TWO, [(at, lonlat(1.2, 1))])
    assert said(TWO, change, house) == []
    assert [one.rule for one in said(TWO, past, house, Rules(building_cut="warn"))] == [
        "building_cut"
    ]
    assert said(TWO, past, house, Rules(building_cut="off")) == []
    refused = refusal(TWO, lambda: past, house)
    assert refused.rule == "building_cut"
    assert shapely.covers(house.shapes[0], refused.place)


def test_a_house_that_was_cut_before_is_not_blamed_on_the_move() -> None:
    house = houses((1, 1))
    at, to = places((1, 1), (1.02, 1.02))
    assert said(TWO, move_border(TWO, [(at, to)]), house) == []


def test_a_border_along_a_wall_does_not_cut_the_house() -> None:
    moves = list(
        zip(places((1, 0), (1, 1), (1, 2)), places(*[(1.15, y) for y in range(3)]), strict=True)
    )
    change = move_border(TWO, moves)
    assert said(TWO, change, houses((1.2, 1), (1.1, 0.5))) == []


def test_a_fault_of_old_elsewhere_is_not_blamed_on_the_move() -> None:
    shapes = dict(FOUR.shapes)
    shapes["D"] = shapely.union(shapes["D"], square(1.8, 0.5, 0.4, 0.4))
    faulty = type(FOUR)(FOUR.village, shapes)
    at, to = places((2, 3), (2.2, 3))
    assert said(faulty, move_border(faulty, [(at, to)])) == []


def test_an_operation_changes_nothing_in_place() -> None:
    before = {code: shape.wkb for code, shape in FOUR.shapes.items()}
    move_border(FOUR, [(lonlat(2, 2), lonlat(2.2, 2.1))])
    assert {code: shape.wkb for code, shape in FOUR.shapes.items()} == before
