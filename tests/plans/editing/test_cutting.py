"""Split, merge and reassign, on villages of squares."""

import time

import numpy as np
import pytest
import shapely
from shapely import LineString

from gridmap.plans.editing import (
    draw,
    fill,
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
    vertices,
    village,
)

FOUR = village("""
    AABB
    AABB
    CCDD
    CCDD
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


def test_what_is_drawn_on_a_single_vertex_of_a_border_is_refused() -> None:
    near = 0.3 / 870
    (corner,) = places((2, 4))
    line = places((2, 4), (2 - near, 4 - near))
    spot = region((2, 4), (2 - near, 4), (2 - near, 4 - near), (2, 4 - near))
    assert corner in vertices(FOUR, "A")
    assert refusal(FOUR, lambda: split(FOUR, "A", line, "N", NONE)).rule == "misses"
    assert refusal(FOUR, lambda: reassign(FOUR, spot, "B", NONE)).rule == "misses"
    assert refusal(FOUR, lambda: draw(FOUR, spot, "N", "special")).rule == "misses"


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
    with np.errstate(invalid="ignore"):
        road = LineString(line)
        broken = shapely.Polygon([*places((0, 0), (1, 0)), (number, 38.7), lonlat(0, 0)])
    for operation in (
        lambda: split(FOUR, "A", line, "N", NONE),
        lambda: reassign(FOUR, broken, "A", NONE),
        lambda: draw(FOUR, broken, "N", "general"),
        lambda: fill(FOUR, (number, 38.7), "A"),
        lambda: snap(FOUR, ("A", "B"), [road], 5),
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
