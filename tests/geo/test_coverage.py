"""Do polygons tile a territory? Drawn as text, with every trap that GEOS alone falls into."""

import pytest
import shapely
from shapely import affinity

from gridmap.geo.coverage import Fault, faults, uncovered
from tests.drawing import CELL, draw, lonlat, square

DEGREE_OF_LONGITUDE_M = 86_800
MILLIMETRE = 1e-3 / DEGREE_OF_LONGITUDE_M / CELL  # in cells, eastwards
METRE = 1e3 * MILLIMETRE
VILLAGE = draw("""
    11
    11
""")["1"]


def kinds(found: list[Fault]) -> list[str]:
    return sorted({one.kind for one in found})


def test_a_clean_tiling_has_no_fault() -> None:
    grids = draw("""
        AB
        CD
    """)
    assert faults(list(grids.values()), VILLAGE) == []


def test_a_missing_grid_is_a_gap_though_the_rest_is_a_valid_coverage() -> None:
    grids = list(
        draw("""
        AB
        C.
    """).values()
    )
    assert shapely.coverage_is_valid(grids)
    (gap,) = faults(grids, VILLAGE)
    assert gap.kind == "gap"
    assert gap.shape.equals(square(1, 0))
    assert abs(gap.area_m2 / (868.5 * 1110.2) - 1) < 0.01
    assert gap.members == (0, 1, 2)


def test_a_village_without_grids_is_one_gap() -> None:
    (gap,) = faults([], VILLAGE)
    assert (gap.kind, gap.members) == ("gap", ())


def test_a_wide_gap_is_found() -> None:
    grids = [square(0, 0, 0.5), square(1, 0), square(0, 1, 2)]
    assert shapely.coverage_is_valid(grids[:2], gap_width=CELL / 10)
    found = [one for one in faults(grids, VILLAGE) if one.kind != "border"]
    assert [one.kind for one in found] == ["gap"]
    assert 300 < found[0].width_m < 320


def test_a_sliver_of_one_millimetre_is_found_between_grids() -> None:
    grids = [square(0, 0, 1 - MILLIMETRE, 2), square(1, 0, 1, 2)]
    assert shapely.coverage_is_valid(grids)
    (sliver,) = faults(grids, VILLAGE)
    assert sliver.kind == "sliver"
    assert sliver.members == (0, 1)
    assert 0.0008 < sliver.width_m < 0.0012


def test_an_overlap_of_one_millimetre_is_a_sliver_too() -> None:
    (sliver,) = faults([square(0, 0, 1 + MILLIMETRE, 2), square(1, 0, 1, 2)], VILLAGE)
    assert (sliver.kind, sliver.members) == ("sliver", (0, 1))


def test_rounding_is_no_sliver() -> None:
    nanometre = MILLIMETRE / 1e6
    grids = [square(0, 0, 1, 2), square(1, 0, 1, 2)]
    moved = affinity.translate(grids[1], xoff=nanometre * CELL)
    assert [one for one in faults([grids[0], moved], VILLAGE) if one.kind != "border"] == []


def test_a_corner_on_an_edge_without_a_vertex_is_told_and_is_no_gap() -> None:
    west, north, south = square(0, 0, 1, 2), square(1, 1), square(1, 0)
    assert kinds(faults([west, north, south], VILLAGE)) == ["border"]
    assert faults(list(draw("""
        WN
        WS
    """).values()), VILLAGE) == []  # fmt: skip


def test_a_border_that_ends_a_centimetre_from_a_corner_of_the_village_is_no_fault() -> None:
    def at(east_m: float, north_m: float) -> tuple[float, float]:
        return lonlat(1 + east_m * METRE, 1 + north_m * METRE * 868.5 / 1110.2)

    end, corner = at(0, 0), at(-0.001, 0.014)
    west = shapely.Polygon([end, at(0.365, -5), at(-5, -5), at(-5, 5.104)])
    east = shapely.Polygon([corner, end, at(-5, 5.104), at(5, 5.104), at(5, -5.1)])
    assert faults([west, east], shapely.union(west, east)) == []


@pytest.mark.parametrize("off", [1e-6, 1e-3, 0.05, 0.1, 0.15, 0.19, 0.21, 0.5, 3, 12])
def test_nothing_lies_between_rounding_and_a_gap_that_is_not_told(off: float) -> None:
    """A corner so many millimetres from the edge that it was meant to be on."""
    south = square(0, 0, 2)
    middle = lonlat(1, 1 + off * MILLIMETRE)
    west = shapely.Polygon([lonlat(0, 1), middle, lonlat(1, 2), lonlat(0, 2)])
    east = shapely.Polygon([middle, lonlat(2, 1), lonlat(2, 2), lonlat(1, 2)])
    assert kinds(faults([south, west, east], VILLAGE)) in (["border"], ["sliver"])


def test_a_long_slanting_edge_does_not_bend_into_a_gap() -> None:
    """In a Gauss-Krueger projection the corner in the middle would lie 1.5 m off the edge."""
    tilted = [
        affinity.rotate(one, 17, origin=(111.6, 38.7))
        for one in (square(0, 0, 20), square(0, 1, 10), square(10, 1, 10))
    ]
    village = affinity.rotate(square(0, 0, 20, 2), 17, origin=(111.6, 38.7))
    assert kinds(faults(tilted, village)) == ["border"]


def test_an_overlap_names_both_grids_and_its_area() -> None:
    found = faults([square(0, 0, 1.5, 2), square(1, 0, 1, 2)], VILLAGE)
    overlap = next(one for one in found if one.kind == "overlap")
    assert overlap.members == (0, 1)
    assert overlap.shape.equals(square(1, 0, 0.5, 2))


def test_a_grid_drawn_twice_and_a_grid_inside_another_overlap() -> None:
    whole = square(0, 0, 2, 2)
    assert kinds(faults([whole, whole], VILLAGE)) == ["overlap"]
    inside = faults([whole, square(0.5, 0.5, 0.5, 0.5)], VILLAGE)
    assert [(one.kind, one.members) for one in inside] == [("overlap", (0, 1))]


def test_what_reaches_out_of_the_village_is_told() -> None:
    found = uncovered([square(0, 0, 2, 2), square(2, 0)], VILLAGE)
    assert [one.kind for one in found] == ["outside"]
    assert 1 in found[0].members


def test_without_a_village_an_enclosed_hole_is_a_gap() -> None:
    ring = draw("""
        AAA
        A.A
        AAA
    """)
    (gap,) = faults(list(ring.values()))
    assert gap.kind == "gap"
    assert gap.shape.equals(square(1, 1))
