"""Networks drawn as text, merged: the grids, where the old ones went, and where they disagreed."""

from typing import Any

import numpy as np
import pytest
import shapely

from gridmap.plans.networks import Buildings, NetworkGrid, merge_networks
from tests.drawing import CELL, draw, lonlat, square
from tests.plans.networks.towns import (
    METRE,
    VILLAGE,
    as_wide_as,
    assert_sums,
    assert_tiles,
    corners,
    digitised,
    homes,
    merged,
    network,
    outline_of,
    shares,
)

PARTY = """
    AAB
    AAB
    CCB
"""
CITY = """
    DDD
    EEF
    EEF
"""


def test_networks_that_agree_stay_as_they_are() -> None:
    found = merged({"party": network(PARTY), "city": network(PARTY)}, homes(PARTY))
    shapes = draw(PARTY)
    assert [grid.code for grid in found.grids] == [f"{VILLAGE}00{n}" for n in (1, 2, 3)]
    for grid, letter in zip(found.grids, "ACB", strict=True):
        assert grid.shape.equals(shapely.get_parts(shapes[letter])[0])
        assert dict(grid.main) == {"party": letter, "city": letter}
        assert grid.reason is None
    assert {row.area_share for row in found.crosswalk} == {1.0}
    assert found.conflicts == ()
    assert [(v.pieces, v.slivers, v.grids, v.in_range) for v in found.villages] == [(3, 0, 3, 3)]


def test_the_crosswalk_tells_where_every_old_grid_went_by_area_and_by_households() -> None:
    found = merged({"party": network(PARTY), "city": network(CITY)}, homes(PARTY), size=(100, 200))
    assert_tiles(found, {VILLAGE: outline_of(network(PARTY))})
    assert_sums(found)
    by_code = {grid.code[-1]: dict(grid.main) for grid in found.grids}
    for name, code in (("party", "A"), ("city", "D")):
        told = shares(found, name, code)
        assert sum(told.values()) == pytest.approx(1, abs=1e-3)
        for new, share in told.items():
            assert new is not None
            row = next(
                row
                for row in found.crosswalk
                if row.old_code == code and row.new_code == f"{VILLAGE}00{new}"
            )
            # The cells are alike in area to a thousandth, and each has 100 households.
            assert row.household_share == pytest.approx(share, abs=1e-3)
            assert row.residents == row.households * 5 // 2
    assert len(by_code) == len(found.grids)


def test_grids_that_split_one_another_are_conflicts_with_place_and_households() -> None:
    found = merged({"party": network(PARTY), "city": network(CITY)}, homes(PARTY))
    told = {(row.grids[0][1], row.grids[1][1]): row for row in found.conflicts}
    # C lies whole in E, and F whole in B: no conflict.
    assert set(told) == {("D", "A"), ("E", "A"), ("D", "B")}
    assert told["D", "A"].households == 200
    assert told["D", "B"].households == 100
    assert told["D", "B"].shape.equals(square(2, 2))
    assert shapely.contains(square(2, 2), shapely.Point(told["D", "B"].place))
    assert told["D", "A"].area_m2 == pytest.approx(2 * 868.5 * 1110.2, rel=0.01)


def test_a_border_that_was_digitised_twice_is_one_line_of_the_heavier_network() -> None:
    rng = np.random.default_rng(7)
    exact = draw(PARTY)
    unsteady = {letter: digitised(shape, rng, 2) for letter, shape in exact.items()}
    networks = {"a light one": network(unsteady), "heavy": network(exact)}
    outline = outline_of(networks["heavy"])
    found = merged(networks, homes(PARTY), outline=outline, weights={"heavy": 2})
    assert len(found.grids) == 3
    for grid, letter in zip(found.grids, "ACB", strict=True):
        assert grid.shape.equals(shapely.get_parts(exact[letter])[0])
        assert corners(grid.shape) <= corners(list(exact.values()))
    assert found.conflicts == ()
    assert_sums(found)


def test_a_border_that_weaves_around_another_leaves_no_sliver() -> None:
    """Far enough to leave the tolerance here and there, so that lenses of some width arise."""
    rng = np.random.default_rng(3)
    fine = {k: shapely.segmentize(s, CELL / 20) for k, s in draw(PARTY).items()}
    unsteady = {letter: digitised(shape, rng, 8) for letter, shape in fine.items()}
    networks = {"heavy": network(PARTY), "light": network(unsteady)}
    found = merged(networks, homes(PARTY), weights={"heavy": 2})
    assert found.villages[0].slivers > 3
    assert_tiles(found, {VILLAGE: outline_of(networks["heavy"])})
    assert [grid.households for grid in found.grids] == [400, 200, 300]


def test_gaps_and_overlaps_of_a_network_do_not_reach_the_result() -> None:
    holed = network("""
        AAB
        A.B
        ..B
    """)
    lapping = [NetworkGrid("W", square(0, 0, 2, 3)), NetworkGrid("E", square(1, 0, 2, 3))]
    outline = outline_of(network(PARTY))
    found = merged({"holed": holed, "lapping": lapping}, homes(PARTY), outline=outline)
    assert_tiles(found, {VILLAGE: outline})
    assert_sums(found)
    assert sum(grid.households for grid in found.grids) == 900
    assert sum(shares(found, "lapping", "W").values()) == pytest.approx(1, abs=1e-3)


def test_grids_that_cross_the_line_between_villages_are_divided_by_it() -> None:
    ground = draw("""
        1122
        1122
    """)
    villages = {"140929100201": ground["1"], "140929100202": ground["2"]}
    crossing = network("""
        AAAB
        CCCB
    """)
    found = merge_networks(
        {"city": crossing}, villages, homes("AAAB\nCCCB"), (100, 200)
    )  # fmt: skip
    assert_tiles(found, villages)
    assert_sums(found)
    assert {
        row.new_code and row.new_code[:12] for row in found.crosswalk if row.old_code == "A"
    } == {
        "140929100201",
        "140929100202",
    }
    assert sum(grid.households for grid in found.grids) == 800


def test_a_border_ends_on_the_line_of_a_village_with_a_vertex_in_the_village_beyond() -> None:
    villages = {"140929100201": square(0, 0, 1, 2), "140929100202": square(1, 0, 1, 2)}
    short = 0.997  # the border ends 2.6 m before the line of the village
    west = [
        NetworkGrid("N", square(0, 0.7, short, 1.3)),
        NetworkGrid("S", square(0, 0, short, 0.7)),
    ]
    east = [NetworkGrid("E", square(1, 0, 1, 2))]
    at = Buildings(
        np.array([lonlat(0.5, 1.5), lonlat(0.5, 0.2), lonlat(1.5, 1)]),
        np.array([50, 50, 50]),
        np.array([90, 90, 90]),
    )
    found = merge_networks({"city": west + east}, villages, at, (10, 60))
    assert len(found.grids) == 3
    assert_tiles(found, villages)


def test_no_building_is_cut_the_border_goes_around_it() -> None:
    halves = [NetworkGrid("W", square(0, 0, 1.5, 3)), NetworkGrid("E", square(1.5, 0, 1.5, 3))]
    houses = np.array(
        [square(1.48, 0.5, 0.06, 0.04), square(1.44, 1.5, 0.08, 0.04), square(0.2, 0.2, 0.1, 0.1),
         square(1.49, 2, 0.03, 0.03), square(1.51, 2.01, 0.03, 0.05), square(1.2, 2, 0.3, 0.1)],
        dtype=object,
    )  # fmt: skip
    anchors = shapely.get_coordinates(shapely.centroid(houses))
    counts = np.full(len(houses), 60)
    found = merged(
        {"city": halves},
        Buildings(anchors, counts, counts, houses),
        outline=square(0, 0, 3, 3),
        size=(100, 300),
    )
    assert found.villages[0].bent == 5  # the last two only overlap with one that is crossed
    assert len(found.grids) == 2
    for house in houses:
        cut = [g for g in found.grids if shapely.area(g.shape & house) > 1e-9 * house.area]
        assert len(cut) == 1
    assert_tiles(found, {VILLAGE: square(0, 0, 3, 3)})


def test_what_lies_outside_of_the_territory_has_its_own_row() -> None:
    wide = [NetworkGrid("A", square(0, 0, 4, 3))]
    found = merged(
        {"city": wide}, homes("AAAA\nAAAA\nAAAA"), outline=square(0, 0, 3, 3), size=(100, 900)
    )
    inside, outside = found.crosswalk
    assert outside.new_code is None
    assert outside.area_share == pytest.approx(0.25, abs=1e-6)
    assert outside.household_share == pytest.approx(0.25)
    assert inside.area_share + outside.area_share == pytest.approx(1)
    assert (found.homeless, found.grids[0].households) == (3, 900)


def test_an_old_grid_where_nobody_lives_has_no_share_of_households() -> None:
    found = merged({"party": network(PARTY)}, homes(PARTY, letters="AB"))
    (row,) = [row for row in found.crosswalk if row.old_code == "C"]
    assert (row.area_share, row.household_share, row.resident_share) == (1.0, None, None)


def test_pieces_are_grouped_along_the_borders_that_most_networks_share() -> None:
    """Every cell is a piece; two of three networks divide the town into columns."""
    columns = "ABC\nABC\nABC"
    rows = "DDD\nEEE\nFFF"
    networks = {"one": network(columns), "two": network(columns), "three": network(rows)}
    found = merged(networks, homes(columns), size=(300, 300))
    assert [grid.main["one"] for grid in found.grids] == ["A", "B", "C"]
    assert [grid.pieces for grid in found.grids] == [3, 3, 3]
    heavier = merged(networks, homes(columns), size=(300, 300), weights={"three": 3})
    assert [grid.main["three"] for grid in heavier.grids] == ["D", "E", "F"]


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((1000, 1200), "the village has no more"),
        ((50, 100), "no network divides this piece"),
        ((500, 700), "with any neighbour it would be above"),
        ((850, 890), "divided, the rest would be far below"),
    ],
)
def test_a_grid_that_is_not_within_the_limits_says_why(size: Any, said: str) -> None:
    found = merged({"party": network(PARTY)}, homes(PARTY), size=size)
    reasons = [grid.reason.en for grid in found.grids if grid.reason is not None]
    assert reasons
    assert all(said in reason for reason in reasons), reasons
    assert found.villages[0].in_range == len(found.grids) - len(reasons)


def test_an_exclave_is_a_grid_of_its_own_however_few_live_there() -> None:
    village = shapely.MultiPolygon([square(0, 0, 2, 2), square(4, 0, 1, 1)])
    drawn = [NetworkGrid("A", square(0, 0, 2, 2)), NetworkGrid("B", square(4, 0, 1, 1))]
    at = Buildings(
        np.array([lonlat(1, 1), lonlat(4.5, 0.5)]), np.array([200, 5]), np.array([500, 9])
    )
    found = merged({"city": drawn}, at, outline=village, size=(100, 300))
    assert [grid.households for grid in found.grids] == [200, 5]
    assert found.grids[1].reason is not None
    assert "not connected" in found.grids[1].reason.en


def test_the_order_of_the_input_does_not_matter() -> None:
    rng = np.random.default_rng(11)
    noisy = [NetworkGrid(grid.code, digitised(grid.shape, rng, 3)) for grid in network(CITY)]
    one = merged({"party": network(PARTY), "city": noisy}, homes(PARTY))
    outline = outline_of(network(PARTY))
    other = merged(
        {"city": noisy[::-1], "party": network(PARTY)[::-1]}, homes(PARTY), outline=outline
    )
    assert [shapely.to_wkb(g.shape) for g in one.grids] == [
        shapely.to_wkb(g.shape) for g in other.grids
    ]
    assert set(map(str, one.crosswalk)) == set(map(str, other.crosswalk))


def test_codes_that_are_taken_are_passed_over() -> None:
    taken = {f"{VILLAGE}001", f"{VILLAGE}003"}
    found = merged({"party": network(PARTY)}, homes(PARTY), taken=taken)
    assert [grid.code[-3:] for grid in found.grids] == ["002", "004", "005"]


def test_a_strip_between_borders_that_nearly_run_together_does_not_hang_on_a_grid() -> None:
    """The second line leaves the first one at an angle of half a degree: a needle."""
    (west, south), (east, north) = lonlat(0, 0), lonlat(3, 3)
    middle = west + 1.5 * CELL
    slanting = shapely.Polygon(
        [(west, south), (middle + 3 * METRE, south), (middle + 30 * METRE, north), (west, north)]
    )
    networks = {
        "straight": [
            NetworkGrid("W", shapely.box(west, south, middle, north)),
            NetworkGrid("E", shapely.box(middle, south, east, north)),
        ],
        "slanting": [NetworkGrid("S", slanting)],
    }
    found = merged(networks, homes(PARTY), outline=square(0, 0, 3, 3))
    assert_tiles(found, {VILLAGE: square(0, 0, 3, 3)})
    for grid in found.grids:
        assert as_wide_as(0.8, grid.shape)


def test_a_line_beside_a_heavier_one_gives_way_as_far_as_it_runs_beside_it() -> None:
    """Northwards along the straight border, unsteadily, and then off to the east."""
    (west, south), (east, north) = lonlat(0, 0), lonlat(3, 3)
    middle, turn = west + 1.5 * CELL, south + 1.5 * CELL
    rng = np.random.default_rng(5)
    ys = np.linspace(south, turn, 40)
    along = np.column_stack([middle + rng.uniform(-3, 3, len(ys)) * METRE, ys])
    networks = {
        "heavy": [
            NetworkGrid("W", shapely.box(west, south, middle, north)),
            NetworkGrid("E", shapely.box(middle, south, east, north)),
        ],
        "light": [NetworkGrid("L", shapely.Polygon([*along, (east, turn), (east, south)]))],
    }
    found = merged(
        networks, homes(PARTY), outline=square(0, 0, 3, 3), size=(50, 450), weights={"heavy": 2}
    )
    assert found.villages[0].pieces == 3
    xy = np.array(sorted({xy for grid in found.grids for xy in corners(grid.shape)}))
    near = (np.abs(xy[:, 0] - middle) < 4 * METRE) & (xy[:, 1] < turn - 20 * METRE)
    assert near.any()
    assert (xy[near, 0] == middle).all()


def test_no_inlet_is_left_behind_a_building_that_stands_beside_a_border() -> None:
    """A house in the shape of an L crosses the border and runs back along it, half a metre off."""
    (west, south), (east, north) = lonlat(0, 0), lonlat(3, 3)
    middle = west + 1.5 * CELL
    stem = shapely.box(middle - 20 * METRE, south + 0.01, middle + 80 * METRE, south + 0.0105)
    wing = shapely.box(middle - 20 * METRE, south + 0.01, middle - METRE / 2, south + 0.0108)
    house = shapely.union(stem, wing)
    networks = {
        "city": [
            NetworkGrid("W", shapely.box(west, south, middle, north)),
            NetworkGrid("E", shapely.box(middle, south, east, north)),
        ]
    }
    town = homes(PARTY)
    anchors = np.vstack([town.anchors, shapely.get_coordinates(shapely.centroid(house))])
    counts = np.append(town.households, 1)
    known = np.array([None] * 9 + [house], dtype=object)
    found = merged(
        networks, Buildings(anchors, counts, counts, known), outline=square(0, 0, 3, 3),
        size=(200, 700),
    )  # fmt: skip
    assert found.villages[0].bent == 1
    assert len(found.grids) == 2
    assert any(shapely.covers(shapely.buffer(g.shape, 1e-12), house) for g in found.grids)
    for grid in found.grids:
        assert as_wide_as(0.8, grid.shape)
