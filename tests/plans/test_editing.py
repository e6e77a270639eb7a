"""Operations on a draft over HTTP: done whole, checked, versioned, once, and taken back."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.access.actions import verify_trail
from gridmap.db import Actor
from tests.drawing import Town, lonlat
from tests.plans.conftest import Editor


def point(column: float, row: float) -> list[float]:
    return list(lonlat(column, row))


def polygon(*corners: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[point(*at) for at in (*corners, corners[0])]]}


def move(at: tuple[float, float], to: tuple[float, float]) -> dict[str, Any]:
    return {"operation": "move_border", "moves": [{"at": point(*at), "to": point(*to)}]}


MIDDLE_EAST = move((2, 3), (2.7, 3))
"""The border of A and B, its vertex at half height, to the east: over one home of B."""


def test_a_draft_is_what_is_in_force(editor: Editor, town: Town) -> None:
    grids = editor.grids()
    assert {code: grid["households"] for code, grid in grids.items()} == {
        town.grids["A"]: 3, town.grids["B"]: 2, town.grids["C"]: 1, town.grids["D"]: 0
    }  # fmt: skip
    for letter, shape in town.shapes.items():
        drawn = shapely.geometry.shape(grids[town.grids[letter]]["geometry"])
        assert shapely.to_wkb(drawn) == shapely.to_wkb(shape)


def test_a_shared_border_moves_on_both_sides_and_the_counts_follow(
    editor: Editor, town: Town
) -> None:
    before = editor.grids()
    done = editor.done(MIDDLE_EAST)
    a, b = town.grids["A"], town.grids["B"]
    assert {grid["code"]: grid["households"] for grid in done["grids"]} == {a: 3, b: 2}
    after = editor.grids()
    assert after[a]["area_m2"] > before[a]["area_m2"]
    both = [sum(grids[code]["area_m2"] for code in (a, b)) for grids in (before, after)]
    assert both[0] == pytest.approx(both[1], rel=1e-9)
    done = editor.done(move((2, 4), (2.7, 4)))
    assert {grid["code"]: grid["households"] for grid in done["grids"]} == {a: 4, b: 1}
    assert done["undo"] == {"id": done["id"], "operation": "move_border"}


def test_the_end_of_a_border_slides_past_a_corner_of_the_village_and_back(
    editor: Editor, town: Town
) -> None:
    before = editor.shapes()
    past = [point(3, 4), point(4, 4)]
    slide = {"at": point(2, 4), "past": past, "to": point(4, 3.5)}
    done = editor.done({"operation": "move_border", "slides": [slide]})
    a, b = town.grids["A"], town.grids["B"]
    assert {grid["code"]: grid["households"] for grid in done["grids"]} == {a: 4, b: 1}
    corners = {
        code: [list(at) for at in shapely.get_coordinates(shapely.from_wkb(wkb)).tolist()]
        for code, wkb in editor.shapes().items()
    }
    assert all(corner in corners[a] and corner not in corners[b] for corner in past)
    checks = editor.client.get(f"/api/plans/{editor.plan}/checks?village={editor.village}").json()
    assert checks["faults"] == []
    assert editor.back().status_code == 200
    assert editor.shapes() == before


def test_a_refusal_says_why_and_where_and_changes_nothing(editor: Editor) -> None:
    before = editor.division()
    answer = editor.operate(move((2, 3), (9, 3)))
    assert answer.status_code == 422
    told = answer.json()
    assert told["rule"] == "off_village"
    assert told["place"]["type"] and told["detail"] and told["detail_en"]
    assert editor.division() == before


def test_undo_and_redo_restore_the_bytes_also_for_another_log_in(
    editor: Editor, sit_down: Callable[[str], Editor]
) -> None:
    first = editor.shapes()
    editor.done(MIDDLE_EAST)
    second = editor.shapes()
    editor.done({"operation": "split", "grid": max(first), "line": [point(3, -1), point(3, 3)]})
    third = editor.shapes()
    assert len(third) == 5
    again = sit_down("drawer")
    again.plan = editor.plan
    assert again.back().json()["undo"]["operation"] == "move_border"
    assert again.shapes() == second
    assert again.back().json()["undo"] is None
    assert again.shapes() == first
    assert again.back().status_code == 404
    assert again.back("redo").status_code == 200
    assert again.back("redo").json()["redo"] is None
    assert again.shapes() == third
    assert again.back("redo").status_code == 404
    editor.back()
    editor.done({"operation": "edit", "grid": max(first), "name": "新名"})
    assert editor.back("redo").status_code == 404


def test_the_same_key_does_nothing_twice(editor: Editor, engine: Engine) -> None:
    key, versions = str(uuid4()), editor.versions()
    first = editor.operate(MIDDLE_EAST, versions, key)
    again = editor.operate(MIDDLE_EAST, versions, key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    other = editor.operate({"operation": "merge", "grids": sorted(editor.grids())[:2]}, None, key)
    assert other.status_code == 409
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM plan_operations")) == 1


def test_who_does_not_name_the_versions_is_told_to(editor: Editor, town: Town) -> None:
    path, body = f"/{editor.plan}/operations", {"village": editor.village, **MIDDLE_EAST}
    bare = editor.post(path, body, **{"Idempotency-Key": str(uuid4())})
    assert bare.status_code == 428
    keyless = editor.post(path, body, **{"If-Match": editor.versions()})
    assert keyless.status_code == 428
    some = editor.operate(MIDDLE_EAST, editor.versions(town.grids["A"]))
    assert some.status_code == 428
    assert town.grids["B"] in some.json()["detail"]
    forged = editor.operate(MIDDLE_EAST, "W/nonsense")
    assert forged.status_code == 422
    assert len(editor.division()["grids"]) == 4
    assert editor.division()["undo"] is None


def test_who_comes_too_late_sees_who_was_faster(
    editor: Editor, sit_down: Callable[[str], Editor], town: Town
) -> None:
    other = sit_down("second")
    other.plan = editor.plan
    stale = other.versions(town.grids["A"], town.grids["B"])
    editor.done(MIDDLE_EAST)
    answer = other.operate(move((2, 4), (2.2, 4)), stale)
    assert answer.status_code == 412
    changed = {one["code"]: one for one in answer.json()["changed"]}
    assert set(changed) == {town.grids["A"], town.grids["B"]}
    one = changed[town.grids["A"]]
    assert (one["by"], one["operation"]) == ("drawer", "move_border")
    assert one["grid"] == editor.grids()[town.grids["A"]]
    assert other.operate(move((2, 4), (2.2, 4))).status_code == 200
    mine = editor.back()
    assert mine.status_code == 412, "the other one has moved that border since"


def test_two_in_different_corners_never_conflict(
    editor: Editor, sit_down: Callable[[str], Editor], town: Town
) -> None:
    other = sit_down("second")
    other.plan = editor.plan
    a, b, c, d = (town.grids[letter] for letter in "ABCD")
    north, south = editor.versions(a, b), other.versions(c, d)
    assert editor.operate(MIDDLE_EAST, north).status_code == 200
    assert other.operate(move((2, 1), (2.4, 1)), south).status_code == 200
    assert editor.back().status_code == 200


@pytest.mark.parametrize(
    ("account", "status"), [("elsewhere", 404), ("chief", 403), ("second", 200)]
)
def test_only_those_who_edit_there_may(
    editor: Editor, sit_down: Callable[[str], Editor], account: str, status: int
) -> None:
    other = sit_down(account)
    other.plan = editor.plan
    before = editor.shapes()
    answer = other.operate(MIDDLE_EAST, editor.versions())
    assert answer.status_code == status, answer.text
    assert (editor.shapes() == before) == (status != 200)


def test_each_kind_of_operation_works(editor: Editor, town: Town) -> None:
    a, b, c, d = (town.grids[letter] for letter in "ABCD")
    split = editor.done({"operation": "split", "grid": a, "line": [point(1, 1), point(1, 5)]})
    (new,) = {grid["code"] for grid in split["grids"]} - {a, b, c, d}
    assert new == f"{editor.village}005"
    merged = editor.done({"operation": "merge", "grids": [a, new], "keep": None})
    assert merged["ended"] == [new]
    region = polygon((2, 3.2), (2.9, 3.2), (2.9, 3.9), (2, 3.9))
    lasso = editor.done({"operation": "reassign", "region": region, "to": a})
    assert {g["code"]: g["households"] for g in lasso["grids"]} == {a: 4, b: 1}
    land = polygon((3.2, 0.2), (3.8, 0.2), (3.8, 0.8), (3.2, 0.8))
    drawn = editor.done({"operation": "draw", "kind": "special", "name": "学校", "shape": land})
    (school,) = (grid for grid in drawn["grids"] if grid["kind"] == "special")
    assert school["name"] == "学校"
    named = editor.done(
        {"operation": "edit", "grid": c, "name": "河西", "responsible_body": "村委会"}
    )
    assert named["grids"][0]["name"] == "河西"
    checks = editor.client.get(f"/api/plans/{editor.plan}/checks?village={editor.village}").json()
    assert checks["faults"] == []
    assert [one["name"] for one in checks["criteria"]] == [
        "size",
        "distance",
        "staff",
        "facilities",
    ]
    for _ in range(5):
        assert editor.back().status_code == 200
    assert {c: shapely.from_wkb(w).wkb for c, w in editor.shapes().items()} == {
        town.grids[letter]: shapely.to_wkb(shape) for letter, shape in town.shapes.items()
    }


def test_every_operation_leaves_a_line_in_the_trail(
    editor: Editor, engine: Engine, actor: Actor
) -> None:
    done = editor.done(MIDDLE_EAST)
    editor.back()
    with engine.connect() as connection:
        lines = connection.execute(
            text("SELECT actor, action, detail FROM audit_entries WHERE subject = 'grid_plans'"
                 " AND detail ? 'operation' ORDER BY id")
        ).all()  # fmt: skip
    assert [line[:2] for line in lines] == [("drawer", "move_border"), ("drawer", "undo")]
    assert lines[0].detail == {
        "code": editor.plan, "unit": editor.village, "operation": done["id"]
    }  # fmt: skip
    assert verify_trail(engine, actor).ok


def test_drawing_makes_no_map_anew(editor: Editor, engine: Engine) -> None:
    def versions() -> dict[str, int]:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT layer, version FROM layer_versions"))
            return {row.layer: row.version for row in rows}

    before = versions()
    editor.done(MIDDLE_EAST)
    changed = {layer for layer, version in versions().items() if before.get(layer) != version}
    assert changed == {"grid_drafts"}


NAN = (
    '{"village": "%s", "operation": "move_border",'
    ' "moves": [{"at": [NaN, 38.7], "to": [111.5, 38.7]}]}'
)


def test_bad_input_is_refused_and_changes_nothing(editor: Editor, town: Town) -> None:
    before = editor.division()
    a = town.grids["A"]
    wrong: list[dict[str, Any]] = [
        {"operation": "split", "grid": a, "line": [point(8, 8), point(9, 9)]},
        {"operation": "split", "grid": "nowhere", "line": [point(1, 1), point(1, 5)]},
        {"operation": "split", "grid": a, "line": [point(1, 1)] * 10_001},
        {"operation": "reassign", "region": polygon((0, 0), (2, 2), (2, 0), (0, 2)), "to": a},
        {"operation": "merge", "grids": [a, town.grids["D"]]},
        {"operation": "move_border"},
        {"operation": "move_border", "removes": [point(2, 2)]},
        {
            "operation": "move_border",
            "slides": [{"at": point(2, 4), "past": [point(9, 9)], "to": point(3, 4)}],
        },
        {"operation": "move_border", "slides": [{"at": point(2, 4), "to": point(3, 4)}] * 101},
        {"operation": "fill", "at": point(1, 1), "to": a},
        {"operation": "snap", "grids": [a, town.grids["B"]], "within_m": 30},
        {"operation": "edit", "grid": a, "name": None},
        {"operation": "edit", "grid": "nowhere", "name": "x"},
        {"operation": "fly"},
    ]
    for body in wrong:
        answer = editor.operate(body)
        assert answer.status_code == 422, (body, answer.text)
        assert answer.json()["detail"]
    headers = {"If-Match": editor.versions(), "Idempotency-Key": str(uuid4()),
               "Content-Type": "application/json"}  # fmt: skip
    path = f"/api/plans/{editor.plan}/operations"
    nan = editor.client.post(path, content=NAN % editor.village, headers=headers)
    assert nan.status_code == 422
    assert editor.division() == before


@pytest.mark.parametrize(
    ("setting", "status", "warned"), [("block", 422, None), ("warn", 200, 1), ("off", 200, 0)]
)
def test_the_county_decides_what_a_border_through_a_building_means(
    editor: Editor, engine: Engine, setting: str, status: int, warned: int | None
) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('gridmap.actor', 'gridmap', true)"))
        connection.execute(
            text(
                "UPDATE deployment SET profile = jsonb_set(profile, '{drawing_rules}',"
                " jsonb_build_object('building_cut', CAST(:setting AS text)))"
            ),
            {"setting": setting},
        )
    division = editor.division()
    assert division["walls"]["building_cut"] == setting
    solid = len(division["buildings"]["lon"]) if setting != "off" else 0
    assert len(division["walls"]["cores"]) == solid
    line = [point(1.5, 1), point(1.5, 5)]  # through H2
    answer = editor.operate({"operation": "split", "grid": min(editor.grids()), "line": line})
    assert answer.status_code == status, answer.text
    told = answer.json()
    if warned is None:
        assert told["rule"] == "building_cut"
    else:
        assert [one["rule"] for one in told["warnings"]] == ["building_cut"] * warned
