"""The pure rules beside the map: codes, undo, loads, the four criteria."""

from typing import Any

import numpy as np
import pytest
import shapely

from gridmap.areas.codes import next_code
from gridmap.errors import CallError
from gridmap.geo.coverage import Stretch
from gridmap.plans.criteria import criteria
from gridmap.plans.editing import Footprints
from gridmap.plans.figures import Homes, Load, loads, moves
from gridmap.plans.undoing import Step, next_redo, next_undo
from gridmap.profiles import SizeLimits
from tests.drawing import draw, lonlat

VILLAGE = "140929100200"


@pytest.mark.parametrize(
    ("scheme", "taken", "code"),
    [
        ("db11_2157", [], f"{VILLAGE}001"),
        ("db11_2157", [f"{VILLAGE}001", f"{VILLAGE}007", "999999999999999"], f"{VILLAGE}008"),
        ("cjt349", ["14092910020000000003"], "14092910020000000004"),
        ("text", ["东-09", "西-3"], "东-10"),
        ("text", ["东"], f"{VILLAGE}-1"),
    ],
)
def test_a_new_grid_gets_the_next_number_and_never_an_old_one(
    scheme: Any, taken: list[str], code: str
) -> None:
    assert next_code(scheme, VILLAGE, taken) == code


def test_a_village_with_999_grids_gets_no_more() -> None:
    with pytest.raises(CallError, match="used up"):
        next_code("db11_2157", VILLAGE, [f"{VILLAGE}999"])


def rows(*kinds: str) -> list[dict[str, Any]]:
    """Operations from words, the oldest first: a kind, or `undo 1` for one that reverses it."""
    made: list[dict[str, Any]] = []
    for number, words in enumerate(kinds, start=1):
        kind, *of = words.split()
        made.append({"id": number, "kind": kind, "reverses": int(of[0]) if of else None})
    reversed_ = {row["reverses"] for row in made}
    return [{**row, "reversed": row["id"] in reversed_} for row in reversed(made)]


@pytest.mark.parametrize(
    ("kinds", "undo", "redo"),
    [
        ([], None, None),
        (["split"], Step(1, "split"), None),
        (["split", "undo 1"], None, Step(2, "split")),
        (["split", "merge", "undo 2", "undo 1"], None, Step(4, "split")),
        (["split", "merge", "undo 2", "undo 1", "redo 4"], Step(5, "split"), Step(3, "merge")),
        (["split", "undo 1", "draw"], Step(3, "draw"), None),
        (["split", "undo 1", "redo 2", "undo 3"], None, Step(4, "split")),
    ],
)
def test_what_is_taken_back_and_done_again_next(
    kinds: list[str], undo: Step | None, redo: Step | None
) -> None:
    assert next_undo(rows(*kinds)) == undo
    assert next_redo(rows(*kinds)) == redo


def homes(*places: tuple[float, float, int]) -> Homes:
    at = np.array([lonlat(column, row) for column, row, _ in places]).reshape(-1, 2)
    number = np.array([n for *_, n in places], dtype=np.int64)
    shapes = np.array([shapely.Point(xy).buffer(1e-5) for xy in at], dtype=object)
    return Homes(at[:, 0], at[:, 1], number, number * 2, Footprints(shapes, at, number))


def test_loads_and_moves_add_up() -> None:
    there = homes((0.5, 0.5, 10), (1.5, 0.5, 20), (5, 5, 1))
    before, after = there.grids(draw("AB")), there.grids(draw("AA"))
    assert loads(there, before) == {"A": Load(1, 10, 20), "B": Load(1, 20, 40), None: Load(1, 1, 2)}
    assert moves(there, before, after) == {("B", "A"): Load(1, 20, 40)}
    assert moves(there, before, before) == {}


def test_a_home_on_the_border_is_in_the_grid_with_the_smaller_code() -> None:
    assert homes((1, 0.5, 1)).grids(draw("AB")) == ["A"]


def test_the_four_criteria_are_shares_of_grids_and_of_homes() -> None:
    there = homes((0.5, 0.5, 350), (1.1, 0.5, 300), (1.9, 0.5, 300))
    shapes = draw("AB")
    grids, stretch = there.grids(shapes), Stretch.around(shapes.values())
    kinds = {"A": "urban", "B": "urban"}
    limits = SizeLimits(urban=(300, 500), rural=(30, 300))
    found = criteria(kinds, limits, there, grids, {"A": 1}, ["B", "B", None], stretch)
    told = {one.name: one.score for one in found}
    # B is 600 homes, too many; its two houses are 350 m from their middle, within 500 m.
    assert told == {"size": 0.5, "distance": 1.0, "staff": 0.5, "facilities": 0.5}
    far = homes((0.5, 0.5, 1), (1.01, 0.5, 3), (1.99, 0.5, 1))
    wide = criteria(kinds, limits, far, far.grids(shapes), {}, [], stretch)
    assert wide[1].score == pytest.approx(4 / 5), "one home in five is over 500 m away"
    assert [one.score for one in (wide[0], *wide[2:])] == [0, 0, 0]
