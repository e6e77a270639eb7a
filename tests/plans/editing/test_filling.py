"""Draw, fill, snap and knit, on villages of squares."""

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
    pulling_lines,
    snap,
    split,
)
from tests.drawing import lonlat, square
from tests.plans.editing.squares import (
    NONE,
    cells_of,
    has,
    judged,
    places,
    refusal,
    vertices,
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


def test_a_village_without_grids_gets_its_first_one() -> None:
    empty = Division(FOUR.village, {})
    after = judged(empty, draw(empty, square(-1, -1, 6, 3), "N", "general"))
    assert cells_of(after, "N") == 8
    rest = judged(after, draw(after, square(-1, -1, 6, 6), "M", "general"))
    assert cells_of(rest, "M") == 8


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


WEST, EAST = (LineString(places((x, -1), (x, 3))) for x in (1.97, 2.02))
ACROSS = LineString(places((-1, 1), (5, 1)))


def test_of_two_roads_the_one_that_is_pointed_at_pulls() -> None:
    lines = [WEST, EAST, ACROSS]
    for place, x in (((1.97, 0.5), 1.97), ((2.021, 1.4), 2.02)):
        after = judged(TWO, snap(TWO, ("A", "B"), lines, 50, lonlat(*place)))
        shared = vertices(after, "A") & vertices(after, "B")
        east = [lon for lon, _ in shared]
        assert min(east) == pytest.approx(min(lonlat(x, 0)[0], lonlat(2, 0)[0]))
        assert max(east) == pytest.approx(max(lonlat(x, 0)[0], lonlat(2, 0)[0]))


def test_a_road_in_pieces_is_pointed_at_as_a_whole() -> None:
    pieces = [LineString(places((1.97, y), (1.97, y + 1))) for y in (-1, 0, 1, 2)]
    one = snap(TWO, ("A", "B"), [*pieces, EAST], 50, lonlat(1.97, 2.5))
    whole = snap(TWO, ("A", "B"), [WEST], 50)
    assert cells_of(TWO.after(one), "A") == cells_of(TWO.after(whole), "A") < 4


def test_where_no_line_is_nothing_can_be_pointed_at() -> None:
    away = lonlat(3.5, 0.5)
    refused = refusal(TWO, lambda: snap(TWO, ("A", "B"), [WEST, EAST], 50, away))
    assert refused.rule == "no_line_here"
    assert refused.place.equals(Point(away))
    bare = refusal(TWO, lambda: snap(TWO, ("A", "B"), [], 50, lonlat(2, 1)))
    assert bare.rule == "no_line_here"


def test_a_line_out_of_reach_is_refused_though_another_one_is_near() -> None:
    far = LineString(places((3, -1), (3, 3)))
    refused = refusal(TWO, lambda: snap(TWO, ("A", "B"), [EAST, far], 50, lonlat(3, 1)))
    assert refused.rule == "no_line_near"
    assert "所选的线" in refused.zh and "chosen line" in refused.en
    assert refused.place.length > 0


def test_the_lines_to_follow_are_told_each_with_a_place_that_means_it() -> None:
    slanting, far = (
        LineString(places(*ends)) for ends in (((1, 0), (3, 1.8)), ((2.5, -1), (2.5, 3)))
    )
    assert snap(TWO, ("A", "B"), [slanting], 50).shapes
    lines = [ACROSS, slanting, WEST, EAST, far]
    told = pulling_lines(TWO, ("A", "B"), lines, 50)
    found = told.lines
    assert told.is_any
    assert [line.equals(known) for (line, _), known in zip(found, (EAST, WEST), strict=True)] == [
        True, True
    ]  # fmt: skip
    for (line, place), x in zip(found, (2.02, 1.97), strict=True):
        assert Point(place).distance(line) < 1e-9 < Point(place).distance(ACROSS)
        pulled = snap(TWO, ("A", "B"), lines, 50, place)
        assert cells_of(TWO.after(pulled), "A") == pytest.approx(2 * x, abs=0.05)
        assert (cells_of(TWO.after(pulled), "A") > 4) == (x > 2)
    bare = pulling_lines(TWO, ("A", "B"), [], 50)
    assert (bare.lines, bare.is_any) == ([], False)
    assert pulling_lines(TWO, ("A", "B"), lines, 1).lines == []


def test_a_border_that_is_on_the_nearest_line_moves_only_to_one_that_is_chosen() -> None:
    on = LineString(places((2, -1), (2, 3)))
    told = pulling_lines(TWO, ("A", "B"), [on, EAST], 50)
    assert [line.equals(EAST) for line, _ in told.lines] == [True]
    assert not told.is_any
    assert refusal(TWO, lambda: snap(TWO, ("A", "B"), [on, EAST], 50)).rule == "no_line_near"
    assert snap(TWO, ("A", "B"), [on, EAST], 50, told.lines[0][1]).shapes


def test_a_reach_longer_than_the_border_still_finds_the_line_beside_it() -> None:
    small = village("AB")
    beside = LineString(places((1.02, -1), (1.02, 2)))
    length_m = 1110
    for within_m in (20, 50, 200, length_m, 4 * length_m):
        told = pulling_lines(small, ("A", "B"), [beside], within_m)
        assert len(told.lines) == 1, within_m


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
