"""What lies on the borders of cells, and where people get across a river."""

import shapely

from gridmap.balancing.ground import Ground, build
from tests.balancing.ground.tiling import (
    SQUARE,
    Shape,
    at,
    barriers,
    buildings,
    house,
    line,
    point,
    villages,
)

TERRITORY = villages(A=SQUARE)
HOMES = buildings([house(x, y) for x in (20, 80) for y in (20, 80)])
RIVER = ("river", line((0, 50), (100, 50)))


def ground_with(*rows: tuple[str, Shape]) -> Ground:
    return build(HOMES, TERRITORY, barriers(*rows))


def bridges(ground: Ground) -> list[tuple[float, float]]:
    """Where the bridges are, in metres from the corner of the village."""
    rows = ground.barriers[ground.barriers["kind"] == "bridge"]
    west, south = at(0, 0)
    return sorted((round(p.x - west, 3), round(p.y - south, 3)) for p in rows.geometry if p)


def test_barriers_lie_on_cell_borders_to_the_vertex() -> None:
    ground = ground_with(RIVER, ("street", line((50, 0), (50, 100))))
    edges = shapely.union_all(shapely.boundary(ground.cells.geometry.to_numpy()))
    rows = ground.barriers[ground.barriers["kind"] != "bridge"]
    assert shapely.covers(edges, rows.geometry.to_numpy()).all()
    assert rows.groupby("kind").apply(lambda own: round(own.length.sum())).to_dict() == {
        "river": 100,
        "street": 100,
    }


def test_what_lies_on_no_border_of_two_cells_is_left_out() -> None:
    ground = ground_with(
        ("street", line((20, 0), (20, 14))), ("arterial", line((0, 90), (100, 90)))
    )
    assert not (ground.barriers["kind"] == "street").any()
    assert not (ground.barriers["kind"] == "arterial").any()


def test_where_two_barriers_lie_on_each_other_the_stronger_counts() -> None:
    ground = ground_with(("street", RIVER[1]), RIVER)
    assert set(ground.barriers["kind"]) == {"river", "bridge"}


def test_a_street_across_a_river_is_a_bridge() -> None:
    assert bridges(ground_with(RIVER, ("street", line((30, 10), (30, 90))))) == [(30, 50)]


def test_streets_that_only_reach_the_bank_are_no_bridge() -> None:
    ends = [("street", line((30, 10), (30, 50))), ("arterial", line((60, 50), (60, 90)))]
    ground = ground_with(RIVER, *ends)
    assert bridges(ground) == []
    told = ground.barriers[ground.barriers["kind"] == "bridge"]
    assert len(told) == 1 and told.geometry.is_empty.all()


def test_a_street_along_the_river_is_no_bridge() -> None:
    bank = ("street", line((0, 20), (30, 50), (60, 20)))
    assert bridges(ground_with(RIVER, bank)) == []


def test_streets_that_meet_on_the_river_are_a_bridge() -> None:
    halves = [("street", line((30, 10), (30, 50))), ("street", line((30, 50), (40, 90)))]
    assert bridges(ground_with(RIVER, *halves)) == [(30, 50)]
    cut = [("river", line((0, 50), (30, 50))), ("river", line((30, 50), (100, 50)))]
    assert bridges(ground_with(*cut, ("street", line((30, 10), (30, 90))))) == [(30, 50)]


def test_a_street_through_a_lake_has_a_bridge_on_either_shore() -> None:
    lake = ("river", house(50, 50, 20))
    ground = ground_with(lake, ("arterial", line((50, 0), (50, 100))))
    assert bridges(ground) == [(50, 40), (50, 60)]


def test_bridges_that_are_given_count_too() -> None:
    ground = ground_with(RIVER, ("bridge", point(70, 50)))
    assert bridges(ground) == [(70, 50)]


def test_without_rivers_there_is_no_word_of_bridges() -> None:
    assert "bridge" not in set(ground_with(("street", line((50, 0), (50, 100)))).barriers["kind"])
