"""The four criteria: the file that the editor's own arithmetic is held to tells the truth."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely.geometry import shape

from gridmap.plans.criteria import NEAR_M, criteria
from gridmap.plans.editing import Division, Footprints, Rules, judge, move_border
from gridmap.plans.figures import Homes
from gridmap.profiles import SizeLimits

FILE = Path(__file__).parent / "criteria.json"
"""A village as the editor gets it, borders that move in it, and the criteria then; the tests of the
web app read it too (web/src/plans/criteria.test.ts)."""


def judged(known: Mapping[str, Any], moves: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The criteria of a village after vertices moved."""
    shapes = {grid["code"]: shape(grid["geometry"]) for grid in known["grids"]}
    division = Division(shape(known["village"]["geometry"]), shapes)
    if moves:
        change = move_border(division, [(tuple(m["at"]), tuple(m["to"])) for m in moves])
        assert judge(division, change, Footprints.none(), Rules()) == []
        division = division.after(change)
    homes = homes_of(known["buildings"])
    found = criteria(
        {g["code"]: g["area_kind"] for g in known["grids"] if g["kind"] == "general"},
        SizeLimits(**known["size_limits"]),
        homes,
        homes.grids(division.shapes),
        known["basis"]["staff"],
        homes_of(known["basis"]["facilities"]).grids(division.shapes),
        division.stretch,
    )
    return [vars(one) for one in found]


def homes_of(table: Mapping[str, Any]) -> Homes:
    nobody = [0] * len(table["lon"])
    return Homes(
        np.array(table["lon"]),
        np.array(table["lat"]),
        np.array(table.get("households", nobody)),
        np.array(table.get("residents", nobody)),
        Footprints.none(),
    )


CASES = json.loads(FILE.read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_the_file_has_the_criteria_of_each_village(case: dict[str, Any]) -> None:
    for found, told in zip(judged(CASES["division"], case["moves"]), case["criteria"], strict=True):
        assert found == {**told, "score": pytest.approx(told["score"], abs=1e-12)}


def test_the_file_has_the_village_as_the_server_sends_it() -> None:
    division = CASES["division"]
    basis = division["basis"]
    outline = shape(division["village"]["geometry"])
    stretch = Division(outline, {}).stretch
    assert basis["near_m"] == NEAR_M
    assert basis["metres_per_degree"] == stretch.metres_per_degree.tolist()
    shapes = {grid["code"]: shape(grid["geometry"]) for grid in division["grids"]}
    for table in (division["buildings"], basis["facilities"]):
        assert homes_of(table).grids(shapes) == table["grid"]


def test_every_criterion_moves_in_some_case_but_staff_which_follows_no_border() -> None:
    scores = {
        name: {one["score"] for case in CASES["cases"] for one in case["criteria"]
               if one["name"] == name}
        for name in ("size", "distance", "staff", "facilities")
    }  # fmt: skip
    assert {name for name, found in scores.items() if len(found) > 1} == {
        "size", "distance", "facilities"
    }  # fmt: skip
