"""Street blocks, and what is painted with them, on villages of squares."""

from typing import Any

import numpy as np
import pytest
import shapely
from shapely import LineString, Polygon

from gridmap.plans.editing import Division, Footprints, blocks, grids_under, paint
from gridmap.plans.editing.blocks import chosen
from tests.drawing import CELL, lonlat, square
from tests.plans.editing.squares import (
    NONE,
    XY,
    cells_of,
    houses,
    judged,
    places,
    refusal,
    village,
)

FOUR = village("""
    AABB
    AABB
    CCDD
    CCDD
""")
TALL = village("""
    BBBB
    AAAA
    AAAA
    CCCC
    CCCC
""")
METRE = 1 / 870  # of a cell, eastwards


def line(*cells: XY) -> LineString:
    return LineString(places(*cells))


NORTH = line((1, -1), (1, 5))
EAST = line((-1, 3), (5, 3))
CROSS = [line((-1, 2), (5, 2)), line((2, -1), (2, 5))]
"""Along the borders of the four grids."""


def sizes(lines: list[Any], buildings: Footprints = NONE) -> list[float]:
    return sorted(round(block.area / CELL**2, 3) for block in blocks(FOUR, lines, buildings))


# --- which blocks there are


def test_the_blocks_are_the_faces_between_lines_and_the_village_line() -> None:
    found = blocks(FOUR, [NORTH, EAST], NONE)
    assert sizes([NORTH, EAST]) == [1, 3, 3, 9]
    covered = shapely.union_all(found)
    assert shapely.symmetric_difference(covered, FOUR.village).area < 1e-5 * CELL**2


def test_a_line_that_ends_inside_parts_nothing_and_swallows_nothing() -> None:
    stub = line((1, 1), (2.5, 1.5))
    assert sizes([NORTH, EAST, stub]) == [1, 3, 3, 9]
    assert sizes([stub]) == []


def test_a_line_that_stops_some_metres_short_is_led_on_to_what_is_ahead() -> None:
    short = 10 * METRE
    assert sizes([line((1, short), (1, 4 - short))]) == [4, 12]
    assert sizes([NORTH, line((1 + short, 3), (4 - short, 3))]) == [3, 4, 9]
    assert sizes([NORTH, line((1 + 3 * short, 3), (4, 3))]) == [4, 12]


def test_a_short_dead_end_is_not_led_back_to_the_road_it_leaves() -> None:
    bend = line((1, 2), (1 + 4 * METRE, 2), (1 + 4 * METRE, 2 + 5 * METRE))
    beside = houses((1 + 2 * METRE, 2 + 2 * METRE), size=METRE)
    assert sizes([NORTH, bend], beside) == [4, 12]


def test_lines_that_cross_without_a_common_vertex_part_all_the_same() -> None:
    assert sizes([line((-1, 0), (5, 4.5)), line((-1, 4.5), (5, 0))]) == sizes(
        [line((-1, 0), (2, 2.25)), line((2, 2.25), (5, 4.5)), line((-1, 4.5), (5, 0))]
    )
    assert len(sizes([line((-1, 0), (5, 4.5)), line((-1, 4.5), (5, 0))])) == 4


def test_the_banks_of_a_river_drawn_as_an_area_bound_blocks() -> None:
    river = square(1, -1, 0.2, 6)
    assert sizes([river]) == [0.8, 4, 11.2]


def test_the_strip_between_two_carriageways_is_no_block_unless_somebody_lives_there() -> None:
    other = line((1 + 20 * METRE, -1), (1 + 20 * METRE, 5))
    assert len(sizes([NORTH, other])) == 2
    between = houses((1 + 10 * METRE, 2), size=8 * METRE)
    assert len(sizes([NORTH, other], between)) == 3


def test_the_sliver_between_a_road_and_the_village_line_goes_with_the_block_beside_it() -> None:
    beside = line((-1, 10 * METRE), (5, 12 * METRE))
    assert sizes([NORTH, EAST, beside]) == [1, 3, 3, 9]


def test_a_block_knows_the_grids_in_which_it_lies_and_not_those_beside() -> None:
    found = blocks(FOUR, [NORTH, EAST], NONE)
    corner = found.index(min(found, key=shapely.area))
    large = found.index(max(found, key=shapely.area))
    under = grids_under(found, FOUR)
    assert under[corner] == ["A"]
    assert sorted(under[large]) == ["A", "B", "C", "D"]
    along = blocks(FOUR, CROSS, NONE)
    assert sorted(grids_under(along, FOUR)) == [["A"], ["B"], ["C"], ["D"]]


# --- painting


def test_a_painted_block_goes_to_the_grid_with_all_its_land() -> None:
    change = paint(FOUR, places((1.2, 3.5)), "B", [NORTH, EAST], NONE)
    after = judged(FOUR, change)
    assert sorted(change.shapes) == ["A", "B"]
    assert [cells_of(after, code) for code in "ABCD"] == [3, 5, 4, 4]


def test_several_blocks_go_at_once_and_each_is_named_by_any_place_inside() -> None:
    lines = [NORTH, EAST, *CROSS]
    named = places((1.5, 3.5), (1.01, 2.01), (1.9, 2.9))
    after = judged(FOUR, paint(FOUR, named, "B", lines, NONE))
    assert [cells_of(after, code) for code in "ABCD"] == [2, 6, 4, 4]


def test_a_block_over_the_target_itself_gives_what_others_have_of_it() -> None:
    after = judged(FOUR, paint(FOUR, places((3, 3.5)), "B", [NORTH, EAST], NONE))
    assert [cells_of(after, code) for code in "AB"] == [3, 5]


def test_a_house_across_the_border_of_a_block_goes_or_stays_as_a_whole() -> None:
    buildings = houses((1.02, 3.5), (0.98, 3.2))
    change = paint(FOUR, places((1.5, 3.5), (1.5, 2.5)), "B", [NORTH, EAST, *CROSS], buildings)
    after = judged(FOUR, change, buildings)
    going, staying = shapely.buffer(buildings.shapes, -1e-8)
    assert after.shapes["B"].covers(going)
    assert after.shapes["A"].covers(staying)


BESIDE = 2 + 15 * METRE
"""Nineteen metres north of the border between A and C."""


def test_a_strip_left_between_the_road_and_the_old_border_goes_along() -> None:
    road = line((-1, BESIDE), (5, BESIDE))
    after = judged(FOUR, paint(FOUR, places((1.5, 3)), "B", [NORTH, road], NONE))
    left = [cells_of(after, code) for code in "ABCD"]
    assert left == pytest.approx([2, 6, 4, 4], abs=1e-5)


def test_a_strip_where_somebody_lives_stays() -> None:
    road = line((-1, BESIDE), (5, BESIDE))
    home = houses((1.5, 2 + 7 * METRE), size=6 * METRE)
    change = paint(FOUR, places((1.5, 3)), "B", [NORTH, road], home)
    after = judged(FOUR, change, home)
    assert after.shapes["A"].covers(home.shapes[0])
    assert cells_of(after, "B") == pytest.approx(6 - 15 * METRE, abs=1e-5)


def test_a_neck_that_holds_a_grid_together_stays() -> None:
    # All of A but for nineteen metres in the south, which join what is west and east of it.
    road = line((-1, BESIDE), (5, BESIDE))
    around = [road, line((0.5, -1), (0.5, 5)), line((1.5, -1), (1.5, 5))]
    after = judged(TALL, paint(TALL, places((1, 3.5)), "B", around, NONE))
    assert cells_of(after, "A") == pytest.approx(6 + 15 * METRE, abs=1e-5)


@pytest.mark.parametrize(
    ("named", "to", "lines", "rule"),
    [
        (places((1.5, 3), (9, 9)), "B", [NORTH, EAST], "no_block"),
        (places((1.5, 3)), "B", [], "no_blocks"),
        (places((1.5, 3)), "B", [line((0.5, 0.5), (0.7, 3))], "no_blocks"),
        (places((0.5, 0.5)), "B", CROSS, "not_adjacent"),
        (places((3, 3)), "B", CROSS, "misses"),
        (places((1, 3)), "B", CROSS, "empty_grid"),
        (places((0.5, 3.5)), "X", [NORTH, EAST], "unknown_grid"),
        ([(np.nan, 38.7)], "B", [NORTH, EAST], "not_finite"),
        ([lonlat(1, 1)] * 10_001, "B", [NORTH, EAST], "too_many_vertices"),
    ],
)
def test_what_cannot_be_painted_is_refused_with_the_reason(
    named: list[XY], to: str, lines: list[LineString], rule: str
) -> None:
    refused = refusal(FOUR, lambda: paint(FOUR, named, to, lines, NONE))
    assert refused.rule == rule
    assert refused.zh and refused.en


def test_a_place_on_the_village_line_or_between_blocks_means_a_block_beside_it() -> None:
    after = judged(FOUR, paint(FOUR, places((1.5, 3)), "B", [NORTH, EAST, *CROSS], NONE))
    assert cells_of(after, "B") == 5
    for size in (2, 3, 4, 5):
        found = blocks(Division(square(0, 0, size, size), {}), [NORTH], NONE)
        for place in ((0, 0.7), (size, 0.7), (0.7, 0), (0.7, size), (size, size)):
            assert chosen(found, places(place)).area > 0


def test_a_place_in_no_block_is_shown() -> None:
    refused = refusal(FOUR, lambda: paint(FOUR, places((1.5, 3), (9, 9)), "B", CROSS, NONE))
    assert refused.place.equals(shapely.Point(lonlat(9, 9)))


def test_a_village_in_two_parts_has_the_blocks_of_both() -> None:
    halves = shapely.MultiPolygon([square(0, 0, 1, 4), square(2, 0, 2, 4)])
    division = Division(halves, {})
    found = blocks(division, [line((-1, 1), (5, 1))], NONE)
    assert sorted(round(block.area / CELL**2, 3) for block in found) == [1, 2, 3, 6]
    assert blocks(division, [line((1.5, -1), (1.5, 5))], NONE) == []


def test_a_lake_in_the_village_outline_is_in_no_block() -> None:
    lake = Polygon(square(0, 0, 4, 4).exterior, [square(2.5, 0.5, 0.5, 0.5).exterior])
    found = blocks(Division(lake, {}), [NORTH], NONE)
    assert grids_under(found, Division(lake, {})) == [[], []]
    assert sorted(round(block.area / CELL**2, 3) for block in found) == [4, 11.75]
