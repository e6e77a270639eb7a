"""Networks of departments become a draft; where everything went is kept with it."""

import csv
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from gridmap.errors import CallError, DataError, Forbidden, NotFound
from gridmap.plans.files import crosswalk_writer
from gridmap.plans.keeping import NetworkFile, keep, kept
from gridmap.plans.origin import origin
from gridmap.plans.unifying import propose
from tests.drawing import Town, draw
from tests.plans.conftest import Department, Editor, merge

PARTY = """
    XXYY
    XXYY
    XXYY
    XXYY
"""
CITY = """
    PPPP
    PPPP
    QQQR
    QQQR
"""


def test_two_networks_become_a_draft_that_tiles_the_village_and_can_be_submitted(
    county: Engine, editor: Editor, town: Town, department: Department
) -> None:
    files = [department("party", PARTY), department("city", CITY)]
    found = merge(county, Actor("drawer"), town.villages["1"], files, size=(1, 4))
    editor.plan = found.plan
    division = editor.division()
    shapes = [shapely.geometry.shape(grid["geometry"]) for grid in division["grids"]]
    assert shapely.coverage_is_valid(shapes)
    whole = shapely.geometry.shape(division["village"]["geometry"])
    assert shapely.coverage_union_all(shapes).normalize().equals(whole.normalize())
    assert sum(grid["households"] for grid in division["grids"]) == 6
    assert {grid["code"] for grid in division["grids"]}.isdisjoint(
        set(town.grids.values()) - {grid.code for grid in found.merged.grids}
    )
    assert editor.post(f"/{found.plan}/submit", {"note": None}).status_code == 200


def test_the_crosswalk_and_the_conflicts_are_kept_with_the_plan_though_it_is_edited_later(
    county: Engine, editor: Editor, town: Town, department: Department
) -> None:
    actor = Actor("drawer")
    files = [department("party", PARTY), department("city", CITY)]
    found = merge(county, actor, town.villages["1"], files, weights={"party": 2}, size=(1, 4))
    editor.plan = found.plan
    code = found.merged.grids[0].code
    assert editor.operate({"operation": "edit", "grid": code, "name": "改名"}).status_code == 200
    told = origin(county, actor, found.plan)
    assert [(one["name"], one["weight"]) for one in told["networks"]] == [("party", 2), ("city", 1)]
    total: dict[tuple[str, str], float] = {}
    for row in told["crosswalk"]:
        old = (row["network"], row["old_code"])
        total[old] = total.get(old, 0) + row["area_share"]
    assert total == pytest.approx(dict.fromkeys(total, 1))
    assert set(total) == {
        ("party", "X"),
        ("party", "Y"),
        ("city", "P"),
        ("city", "Q"),
        ("city", "R"),
    }
    pairs = {tuple(grid["code"] for grid in row["grids"]) for row in told["conflicts"]}
    assert pairs == {("X", "P"), ("X", "Q"), ("Y", "P"), ("Y", "Q")}
    assert all(row["geometry"]["type"] for row in told["conflicts"])
    assert told["report"][0]["grids"] == len(found.merged.grids)


def test_the_origin_is_read_in_the_county_and_by_nobody_of_another(
    county: Engine,
    sit_down: Callable[[str], Editor],
    town: Town,
    department: Department,
) -> None:
    drawer, elsewhere = sit_down("drawer"), sit_down("elsewhere")
    files = [department("party", PARTY), department("city", CITY)]
    actor, unit = Actor("drawer"), town.villages["1"]
    found = merge(county, actor, unit, files, weights={"party": 2}, size=(1, 4))
    party, city = kept(county, actor, unit, ["party", "city"]).values()
    path = f"/api/plans/{found.plan}"
    assert drawer.client.get(path).json()["merged"] is True
    told = drawer.client.get(f"{path}/origin").json()
    assert told["networks"] == [
        {"name": "party", "file": "party.gpkg", "weight": 2.0, "plan": party},
        {"name": "city", "file": "city.gpkg", "weight": 1.0, "plan": city},
    ]
    assert {grid["code"] for grid in told["grids"]} == {grid.code for grid in found.merged.grids}
    whole = shapely.union_all([shapely.geometry.shape(grid["geometry"]) for grid in told["grids"]])
    for row in told["conflicts"]:
        assert row["village"] == town.villages["1"]
        assert shapely.geometry.shape(row["geometry"]).covers(shapely.Point(row["place"]))
        assert whole.covers(shapely.Point(row["place"]))
    assert len(told["conflicts"]) == 4
    shares = [row["area_share"] for row in told["crosswalk"] if row["old_code"] == "X"]
    assert sum(shares) == pytest.approx(1)
    # The crosswalk outlives the network that it is about.
    assert drawer.client.delete(f"/api/plans/{party}").status_code == 204
    later = drawer.client.get(f"{path}/origin").json()
    assert [one["plan"] for one in later["networks"]] == [None, city]
    assert later["crosswalk"] == told["crosswalk"]
    assert elsewhere.client.get(f"{path}/origin").status_code == 404


def test_a_plan_that_was_not_merged_has_no_origin(editor: Editor) -> None:
    path = f"/api/plans/{editor.plan}"
    assert editor.client.get(path).json()["merged"] is False
    answer = editor.client.get(f"{path}/origin")
    assert answer.status_code == 404
    assert "was not merged out of networks" in answer.text


def test_a_network_that_is_the_present_one_changes_nothing(
    county: Engine, editor: Editor, town: Town, department: Department
) -> None:
    before = editor.shapes()
    same = department("civil", "AABB\nAABB\nCCDD\nCCDD")
    found = merge(county, Actor("drawer"), town.villages["1"], [same], size=(1, 3))
    assert {grid.code for grid in found.merged.grids} >= {town.grids["A"], town.grids["B"]}
    editor.plan = found.plan
    after = editor.shapes()
    assert {code: after[code] for code in after if code in before} == {
        code: before[code] for code in after if code in before
    }


def test_a_merge_is_taken_back_to_the_byte(
    county: Engine, editor: Editor, town: Town, department: Department
) -> None:
    before = editor.shapes()
    found = merge(
        county, Actor("drawer"), town.villages["1"], [department("party", PARTY)], size=(1, 9)
    )
    editor.plan = found.plan
    assert editor.shapes() != before
    path = f"/api/plans/{found.plan}"
    told = editor.client.get(f"{path}/origin").json()
    assert editor.back().status_code == 200
    assert editor.shapes() == before
    # Of what was taken back nothing is told, until it is done again.
    assert editor.client.get(path).json()["merged"] is False
    assert editor.client.get(f"{path}/origin").status_code == 404
    assert editor.back("redo").status_code == 200
    assert editor.client.get(path).json()["merged"] is True
    assert editor.client.get(f"{path}/origin").json() == told
    assert editor.back().status_code == 200
    assert editor.client.get(path).json()["merged"] is False


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda table: table.rename(columns={"code": "id"}), "no column code"),
        (lambda table: table.assign(code=None), "row 1 has no code"),
        (lambda table: table.set_crs(4546, allow_override=True), "lies outside the territory"),
    ],
)
def test_a_bad_network_leaves_no_draft_behind(
    county: Engine,
    actor: Actor,
    town: Town,
    tmp_path: Path,
    spoil: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame],
    said: str,
) -> None:
    table = gpd.GeoDataFrame({"code": list("XY")}, geometry=list(draw(PARTY).values()), crs=4490)
    file = tmp_path / "bad.gpkg"
    spoil(table).to_file(file, driver="GPKG")
    with pytest.raises(DataError) as caught:
        merge(county, actor, town.villages["1"], [NetworkFile("bad", str(file))])
    assert said in caught.value.en
    with transaction(county, actor) as connection:
        assert connection.scalar(text("SELECT count(*) FROM grid_plans WHERE state = 'draft'")) == 0


def test_what_cannot_be_merged_leaves_the_networks_and_no_draft(
    county: Engine, actor: Actor, town: Town, department: Department
) -> None:
    with pytest.raises(CallError, match="weight"):
        merge(county, actor, town.villages["1"], [department("party", PARTY)],
              weights={"party": -1})  # fmt: skip
    with transaction(county, actor) as connection:
        drafts = connection.scalars(text("SELECT network FROM grid_plans WHERE state = 'draft'"))
        assert list(drafts) == ["party"]


def test_only_networks_are_merged_and_none_twice(
    county: Engine, actor: Actor, editor: Editor, department: Department
) -> None:
    (party,) = keep(county, actor, editor.village, [department("party", PARTY)])
    for plans in ([editor.plan], [party.plan, party.plan]):
        with pytest.raises(CallError, match=f"{plans[-1]} is no department's network"):
            propose(county, actor, editor.village, plans)


def test_who_does_not_edit_there_gets_no_draft(
    county: Engine, town: Town, department: Department
) -> None:
    file = department("party", PARTY)
    with pytest.raises((Forbidden, NotFound)):
        merge(county, Actor("elsewhere"), town.villages["1"], [file])


def test_the_crosswalk_is_a_table_that_excel_opens(
    county: Engine, actor: Actor, town: Town, tmp_path: Path,
    department: Department,
) -> None:  # fmt: skip
    found = merge(county, actor, town.villages["1"], [department("party", PARTY)], size=(1, 9))
    out = tmp_path / "crosswalk.csv"
    crosswalk_writer(out)(found.merged.crosswalk)
    rows = list(csv.DictReader(out.open(encoding="utf-8-sig")))
    assert len(rows) == len(found.merged.crosswalk)
    assert {row["old_code"] for row in rows} == {"X", "Y"}
    assert {row["network"] for row in rows} == {"party"}
    for wrong in ("crosswalk.doc", "no/such/crosswalk.csv"):
        with pytest.raises(CallError):
            crosswalk_writer(tmp_path / wrong)
