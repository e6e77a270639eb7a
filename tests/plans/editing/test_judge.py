"""The judge trusts no operation: changes that none of ours would make are refused as well."""

from itertools import pairwise

import pytest
import shapely
from shapely import MultiPolygon

from gridmap.plans.editing import Change, Division
from tests.drawing import square
from tests.plans.editing.squares import judged, refusal, village

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
    CCDD
""")


def grown(division: Division, code: str, *more: shapely.Polygon) -> MultiPolygon:
    whole = shapely.union_all([division.shapes[code], *more])
    return MultiPolygon(list(shapely.get_parts(whole)))


def shrunk(division: Division, code: str, less: shapely.Polygon) -> MultiPolygon:
    return MultiPolygon(list(shapely.get_parts(shapely.difference(division.shapes[code], less))))


def test_a_grid_that_takes_land_of_another_is_refused_with_that_land() -> None:
    change = Change({"A": grown(FOUR, "A", square(2, 2))})
    refused = refusal(FOUR, lambda: change)
    assert refused.rule == "overlap"
    assert shapely.symmetric_difference(refused.place, square(2, 2)).area < 1e-12


def test_a_grid_that_loses_land_to_nobody_is_refused_with_that_land() -> None:
    refused = refusal(FOUR, lambda: Change({"A": shrunk(FOUR, "A", square(1, 2))}))
    assert refused.rule == "gap"
    assert shapely.symmetric_difference(refused.place, square(1, 2)).area < 1e-12


def test_a_grid_that_vanishes_leaves_a_gap_though_the_rest_is_a_coverage() -> None:
    refused = refusal(FOUR, lambda: Change({}, ended=("A",)))
    assert refused.rule == "outline_moved"
    assert shapely.symmetric_difference(refused.place, FOUR.shapes["A"]).area < 1e-12


def test_a_vertex_that_only_one_neighbour_got_is_refused_with_the_border() -> None:
    ring = [*FOUR.shapes["A"].geoms[0].exterior.coords]
    corner = square(2, 2).bounds[:2]
    at = next(i for i, two in enumerate(pairwise(ring)) if corner in two and two[0][0] == two[1][0])
    middle = ((ring[at][0] + ring[at + 1][0]) / 2, (ring[at][1] + ring[at + 1][1]) / 2)
    lonely = MultiPolygon([shapely.Polygon([*ring[: at + 1], middle, *ring[at + 1 :]])])
    refused = refusal(FOUR, lambda: Change({"A": lonely}))
    assert refused.rule == "gap"
    assert shapely.intersects(refused.place, shapely.Point(middle))


def test_free_land_is_only_won_by_an_operation_made_for_it() -> None:
    whole = {"A": grown(GAPPY, "A", square(2, 2, 1, 2), square(3, 2, 1, 2))}
    assert refusal(GAPPY, lambda: Change(whole)).rule == "gap"
    assert judged(GAPPY, Change(whole, adds_land=True)).shapes == GAPPY.shapes | whole


def test_land_outside_the_village_is_not_won() -> None:
    change = Change({"A": grown(FOUR, "A", square(-1, 2))}, adds_land=True)
    refused = refusal(FOUR, lambda: change)
    assert refused.rule == "off_village"
    assert shapely.symmetric_difference(refused.place, square(-1, 2)).area < 1e-12


def test_a_grid_in_two_pieces_is_refused_with_the_smaller_one() -> None:
    shapes = {"B": grown(FOUR, "B", square(0, 0)), "C": shrunk(FOUR, "C", square(0, 0))}
    refused = refusal(FOUR, lambda: Change(shapes))
    assert refused.rule == "not_connected"
    assert shapely.symmetric_difference(refused.place, square(0, 0)).area < 1e-12


def test_a_grid_that_was_in_two_pieces_before_may_stay_so() -> None:
    split = village("""
        ABA
        ABA
    """)
    shapes = {
        "A": grown(split, "A", square(1, 0, 0.5, 2)),
        "B": shrunk(split, "B", square(1, 0, 0.5, 2)),
    }
    after = judged(split, Change(shapes))
    assert shapely.get_num_geometries(after.shapes["A"]) == 2


@pytest.mark.parametrize("width_m", [0.3, 0.9])
def test_a_grid_narrower_than_a_metre_is_refused(width_m: float) -> None:
    two = village("""
        AABB
        AABB
    """)
    share = width_m / 870
    strip = shapely.union(square(2 - share, 0, share), square(2 - share, 1, share))
    change = Change({"A": shrunk(two, "A", strip), "N": MultiPolygon([strip])})
    refused = refusal(two, lambda: change)
    assert refused.rule == "sliver"
    assert shapely.symmetric_difference(refused.place, strip).area < 1e-12


def test_a_grid_without_land_is_refused() -> None:
    shapes = {"A": grown(FOUR, "A", FOUR.shapes["B"]), "B": MultiPolygon()}
    assert refusal(FOUR, lambda: Change(shapes)).rule == "empty_grid"
