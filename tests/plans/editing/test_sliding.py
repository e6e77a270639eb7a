"""The end of a border slides along the village line; the line itself stays, vertex by vertex."""

import numpy as np
import pytest
import shapely
from shapely import Point

from gridmap.plans.editing import Division, move_border
from tests.plans.editing.squares import (
    cells_of,
    has,
    judged,
    places,
    refusal,
    region,
    vertices,
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
BARE = Division(shapely.box(*TWO.village.bounds), TWO.shapes)
"""Two grids whose border ends where the village line has no vertex of its own."""


def line(division: Division) -> set[tuple[float, float]]:
    return {(x, y) for x, y in shapely.get_coordinates(division.village).tolist()}


def test_an_end_goes_past_three_corners_and_each_stays_in_the_grid_that_has_it_now() -> None:
    end, to, *past = places((1, 2), (1.5, 0), (2, 2), (2, 1), (2, 0))
    change = move_border(TWO, slides=[(end, past, to)])
    after = judged(TWO, change)
    assert sorted(change.shapes) == ["A", "B"]
    assert (cells_of(after, "A"), cells_of(after, "B")) == (3.75, 0.25)
    assert vertices(after, "B") == set(places((1, 0), (1.5, 0), (1, 1)))
    assert {end, *past, to} <= vertices(after, "A")
    assert line(TWO) <= vertices(after, "A") | vertices(after, "B")


def test_an_end_does_not_go_onto_the_other_end_of_its_border_and_not_to_two_places() -> None:
    end, other, *past = places((1, 2), (1, 0), (2, 2), (2, 1), (2, 0))
    onto = refusal(TWO, lambda: move_border(TWO, slides=[(end, past, other)]))
    assert onto.rule == "self_crossing"
    one, two = places((1.5, 2), (0.5, 2))
    twice = refusal(TWO, lambda: move_border(TWO, slides=[(end, [], one), (end, [], two)]))
    assert (twice.rule, "twice" in twice.en) == ("unknown_vertex", True)


def test_it_goes_the_other_way_round_as_well() -> None:
    end, to, *past = places((1, 2), (0, 0.5), (0, 2), (0, 1))
    after = judged(TWO, move_border(TWO, slides=[(end, past, to)]))
    assert cells_of(after, "B") == 2 + 1.25
    assert not {*past} & vertices(after, "A")
    assert line(TWO) <= vertices(after, "A") | vertices(after, "B")


def test_what_it_leaves_stays_only_where_the_village_line_has_a_vertex() -> None:
    end, to, corner = places((1, 2), (2, 1.5), (2, 2))
    for division, stays in ((TWO, True), (BARE, False)):
        after = judged(division, move_border(division, slides=[(end, [corner], to)]))
        assert has(after, "A", end) is stays
        assert has(after, "A", corner)
        assert not has(after, "B", corner)


def test_an_end_at_a_corner_leaves_it_and_comes_to_another() -> None:
    end, corner, back = places((1, 2), (2, 2), (1.25, 2))
    there = judged(TWO, move_border(TWO, slides=[(end, [corner], corner)]))
    assert vertices(there, "B") == set(places((1, 0), (1, 1), (2, 2), (2, 1), (2, 0)))
    again = judged(there, move_border(there, slides=[(corner, [], back)]))
    assert has(again, "B", corner) and not has(again, "A", corner)
    assert has(again, "A", back) and has(again, "B", back)


def test_both_ends_slide_while_the_border_between_them_moves() -> None:
    moves = list(zip(places((1, 1)), places((1.8, 1)), strict=True))
    ends, corners, tos = places((1, 2), (1, 0)), places((2, 2), (2, 0)), places((2, 1.5), (2, 0.5))
    slides = [(end, [c], to) for end, c, to in zip(ends, corners, tos, strict=True)]
    after = judged(TWO, move_border(TWO, moves, slides=slides))
    assert cells_of(after, "B") == pytest.approx(0.1)
    assert line(TWO) <= vertices(after, "A") | vertices(after, "B")


def test_ends_slide_at_once_so_that_one_may_come_close_to_where_the_other_was() -> None:
    shapes = {
        "A": region((0, 1), (2, 0), (2, 2), (0, 2)),
        "B": region((0, 1), (0, 0), (2, 0)),
    }
    split = Division(region((0, 0), (2, 0), (2, 2), (0, 2)), shapes)
    west, corner, near, east, up = places((0, 1), (0, 0), (1.9, 0), (2, 0), (2, 1))
    # Had only the first end moved, nothing would be left of B.
    slides = [(west, [corner], near), (east, [], up)]
    for order in (slides, slides[::-1]):
        after = judged(split, move_border(split, slides=order))
        assert vertices(after, "B") == {near, east, up}


def test_all_grids_that_meet_in_an_end_go_along() -> None:
    shapes = {
        "A": region((0, 0), (1, 0), (2, 2), (0, 2)),
        "B": region((1, 0), (3, 0), (2, 2)),
        "C": region((3, 0), (4, 0), (4, 2), (2, 2)),
    }
    fan = Division(region((0, 0), (4, 0), (4, 2), (0, 2)), shapes)
    end, corner, to = places((2, 2), (4, 2), (4, 1))
    after = judged(fan, move_border(fan, slides=[(end, [corner], to)]))
    assert vertices(after, "B") == set(places((1, 0), (3, 0), (4, 1)))
    assert vertices(after, "C") == set(places((3, 0), (4, 0), (4, 1)))
    assert sum(cells_of(after, code) for code in "ABC") == 8


def test_an_end_does_not_go_past_another() -> None:
    end, to, *past = places((2, 4), (4, 1), (3, 4), (4, 4), (4, 3), (4, 2))
    refused = refusal(FOUR, lambda: move_border(FOUR, slides=[(end, past, to)]))
    assert refused.rule == "junction"
    assert refused.place.equals(Point(past[-1]))


@pytest.mark.parametrize(
    "past", [[(4, 4)], [(3, 4), (4, 3)], [(3, 4), (2, 3)], [(3, 3)], [(3.5, 4)]]
)
def test_what_it_passes_must_be_the_village_line_as_it_is(past: list[tuple[float, float]]) -> None:
    end, to = places((2, 4), (4, 3.5))
    refused = refusal(FOUR, lambda: move_border(FOUR, slides=[(end, places(*past), to)]))
    assert refused.rule == "unknown_vertex"


@pytest.mark.parametrize(
    ("to", "rule"),
    [((3.5, 3), "outline_moved"), ((5, 4), "off_village"), ((4, 3.5), "self_crossing")],
)
def test_it_ends_on_the_stretch_behind_what_it_passed(to: tuple[float, float], rule: str) -> None:
    end, target, passed = places((2, 4), to, (3, 4))
    refused = refusal(FOUR, lambda: move_border(FOUR, slides=[(end, [passed], target)]))
    assert refused.rule == rule


@pytest.mark.parametrize("end", [(2, 2), (0, 4), (1, 4), (0.5, 4), (2, 3)])
def test_only_an_end_on_the_village_line_slides(end: tuple[float, float]) -> None:
    place, to = places(end, (3, 4))
    refused = refusal(FOUR, lambda: move_border(FOUR, slides=[(place, [], to)]))
    assert refused.rule == "outline_moved"


def test_every_other_vertex_keeps_its_bits_and_nothing_is_changed_in_place() -> None:
    before = {code: shapely.to_wkb(shape) for code, shape in TWO.shapes.items()}
    end, to, corner = places((1, 2), (2, 1.7), (2, 2))
    change = move_border(TWO, slides=[(end, [corner], to)])
    assert {code: shapely.to_wkb(shape) for code, shape in TWO.shapes.items()} == before
    old = np.concatenate([shapely.get_coordinates(TWO.shapes[code]) for code in "AB"])
    known = {row.tobytes() for row in old} | {np.array(to).tobytes()}
    for shape in change.shapes.values():
        assert {row.tobytes() for row in shapely.get_coordinates(shape)} <= known


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    end, corner, to = places((1, 2), (2, 2), (2, 1.7))
    for slide in ((end, [(number, 38.7)], to), (end, [corner], (111.5, number))):
        assert refusal(TWO, lambda slide=slide: move_border(TWO, slides=[slide])).rule == (
            "not_finite"
        )
