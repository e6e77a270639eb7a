"""Grids redrawn in another program: what is mended, what is told, and what has changed."""

from typing import Any

import numpy as np
import pytest
import shapely
from shapely import affinity

from gridmap.plans.editing import Division, Footprints
from gridmap.plans.figures import Homes
from gridmap.plans.redrawing import change_of, differences, tidied
from tests.drawing import draw, lonlat, square
from tests.plans.networks.towns import METRE, corners, digitised

GROUND = """
    AAB
    AAB
    CCB
"""
VILLAGE = square(0, 0, 3, 3)


def grids(drawing: str = GROUND) -> dict[str, Any]:
    return dict(draw(drawing))


def outline() -> Any:
    """The village, with the vertices that the grids have on its line."""
    return shapely.coverage_union_all(list(grids().values()))


def homes() -> Homes:
    """A building in each cell, with ten households."""
    at = np.array([lonlat(x + 0.5, y + 0.5) for x in range(3) for y in range(3)])
    tens = np.full(9, 10)
    shapes = np.asarray(shapely.buffer(shapely.points(at), 1e-4), dtype=object)
    return Homes(at[:, 0], at[:, 1], tens, tens * 2, Footprints(shapes, at, tens))


def assert_tiles(shapes: Any) -> None:
    members = list(shapes.values())
    assert shapely.coverage_is_valid(members)
    union = shapely.coverage_union_all(members)
    assert shapely.area(shapely.symmetric_difference(union, VILLAGE)) < 1e-14
    assert corners(outline()) <= corners(members)


def test_grids_that_tile_their_village_come_back_as_they_are() -> None:
    found = tidied("1", outline(), grids())
    assert not found.mended
    assert found.flaws == ()
    assert {code: shape.wkb for code, shape in found.shapes.items()} == {
        code: shape.wkb for code, shape in grids().items()
    }


@pytest.mark.parametrize("seed", range(8))
def test_vertices_that_are_a_hand_off_are_mended(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shaken = {code: digitised(shape, rng, 0.3) for code, shape in grids().items()}
    found = tidied("1", outline(), shaken)
    assert found.mended
    assert found.flaws == ()
    assert_tiles(found.shapes)
    for code, shape in grids().items():
        moved = shapely.area(shapely.symmetric_difference(found.shapes[code], shape))
        assert moved < 0.01 * shapely.area(shape)


def test_a_narrow_gap_and_a_narrow_overlap_are_closed() -> None:
    drawn = {**grids(), "B": affinity.translate(grids()["B"], xoff=0.4 * METRE)}
    drawn["C"] = shapely.union(drawn["C"], square(0, 0.9, 2, 0.1002))
    found = tidied("1", outline(), drawn)
    assert found.flaws == ()
    assert_tiles(found.shapes)


def test_a_border_that_was_moved_without_its_neighbour_is_told_with_its_place() -> None:
    wide = {**grids(), "A": shapely.union(grids()["A"], square(2, 1.5, 0.2, 0.5))}
    (overlap,) = tidied("1", outline(), wide).flaws
    assert (overlap.kind, overlap.grids) == ("overlap", ("A", "B"))
    assert shapely.contains(square(2, 1.5, 0.2, 0.5), shapely.Point(overlap.place))
    assert overlap.area_m2 == pytest.approx(0.1 * 868.5 * 1110.2, rel=0.01)

    narrow = {**grids(), "B": shapely.difference(grids()["B"], square(2, 0, 0.2, 1))}
    (gap,) = tidied("1", outline(), narrow).flaws
    assert (gap.kind, gap.grids) == ("gap", ())
    assert shapely.contains(square(2, 0, 0.2, 1), shapely.Point(gap.place))


def test_what_reaches_out_of_the_village_is_told_unless_it_is_a_hand_s_breadth() -> None:
    out = {**grids(), "B": shapely.union(grids()["B"], square(3, 1, 0.5, 1))}
    (beyond,) = tidied("1", outline(), out).flaws
    assert (beyond.kind, beyond.grids) == ("outside", ("B",))
    breadth = {**grids(), "B": shapely.union(grids()["B"], square(3, 1, 0.0005, 1))}
    found = tidied("1", outline(), breadth)
    assert found.flaws == ()
    assert_tiles(found.shapes)


def test_a_grid_of_which_nothing_is_left_is_told() -> None:
    drawn = {**grids(), "thread": square(0.5, 2, 1, 0.0003)}
    assert [(flaw.kind, flaw.grids) for flaw in tidied("1", outline(), drawn).flaws] == [
        ("lost", ("thread",))
    ]


def test_no_grid_at_all_is_one_gap() -> None:
    (gap,) = tidied("1", outline(), {}).flaws
    assert gap.kind == "gap"
    assert gap.shape.equals(VILLAGE)


def test_the_differences_say_what_was_created_ended_and_changed_with_ground_and_buildings() -> None:
    before = Division(outline(), grids())
    after = grids("""
        AAD
        ABB
        ABB
    """)
    change = change_of(before, after)
    assert change.ended == ("C",)
    assert change.ancestors == {"D": ("B",)}
    told = {one.code: one for one in differences(before, change, homes())}
    cell = 868.5 * 1110.2
    assert {code: one.fate for code, one in told.items()} == {
        "A": "changed",
        "B": "changed",
        "C": "ended",
        "D": "created",
    }
    assert told["A"].gained_m2 == pytest.approx(cell, rel=0.01)
    assert told["A"].lost_m2 == pytest.approx(cell, rel=0.01)
    assert (told["A"].gained, told["A"].lost) == (1, 1)
    assert (told["C"].lost, told["C"].households_before, told["C"].households_after) == (2, 20, 0)
    assert (told["D"].gained, told["D"].households_after) == (1, 10)


def test_a_ring_that_begins_elsewhere_is_no_change() -> None:
    before = Division(outline(), grids())
    turned = {
        code: shapely.multipolygons(
            [shapely.Polygon(np.roll(np.array(part.exterior.coords)[:-1], 3, axis=0))
             for part in shapely.get_parts(shape)]
        )
        for code, shape in grids().items()
    }  # fmt: skip
    change = change_of(before, turned)
    assert (change.shapes, change.ended) == ({}, ())
    assert {one.fate for one in differences(before, change, homes())} == {"same"}
