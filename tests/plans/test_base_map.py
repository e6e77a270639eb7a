"""Drawing with the base map over HTTP: street blocks painted, a border pulled onto one line."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from tests.drawing import Town, ewkt, lonlat
from tests.plans.conftest import Editor

XY = tuple[float, float]


def point(column: float, row: float) -> list[float]:
    return list(lonlat(column, row))


@pytest.fixture
def lay(county: Engine, actor: Actor) -> Callable[..., None]:
    """Lays a line of the base map through places of the lattice; a closed one is an area."""

    def lay(kind: str, name: str, *cells: XY) -> None:
        places = [lonlat(*cell) for cell in cells]
        closed = cells[0] == cells[-1]
        shape = shapely.Polygon(places) if closed else shapely.LineString(places)
        with transaction(county, actor) as connection:
            connection.execute(
                text(
                    "INSERT INTO base_features (code, kind, name, geom)"
                    " VALUES (:name, :kind, :name, CAST(:geom AS geometry))"
                ),
                {"kind": kind, "name": name, "geom": ewkt(shape)},
            )

    return lay


@pytest.fixture
def streets(lay: Callable[..., None]) -> None:
    """A road and a river that cross in A, and a wall that parts nothing."""
    lay("road", "西街", (1, -1), (1, 5))
    lay("river", "岚漪河", (-1, 3), (5, 3))
    lay("wall", "大院", (3, -1), (3, 5))


def blocks(editor: Editor) -> list[dict[str, Any]]:
    answer = editor.client.get(f"/api/plans/{editor.plan}/blocks?village={editor.village}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["blocks"])


def paint(to: str, *places: list[float]) -> dict[str, Any]:
    return {"operation": "reassign", "blocks": list(places), "to": to}


def households(editor: Editor, town: Town) -> list[int]:
    grids = editor.grids()
    return [grids[town.grids[letter]]["households"] for letter in "ABCD"]


@pytest.mark.usefixtures("streets")
def test_the_blocks_of_a_village_tell_who_lives_there_by_grid(editor: Editor, town: Town) -> None:
    letters = {code: letter for letter, code in town.grids.items()}
    told = {
        tuple(sorted((letters[one["code"]], one["households"]) for one in block["grids"]))
        for block in blocks(editor)
    }
    assert told == {
        (("A", 1),),
        (("A", 0), ("B", 2)),
        (("A", 1), ("C", 1)),
        (("A", 1), ("B", 0), ("C", 0), ("D", 0)),
    }
    for block in blocks(editor):
        shape = shapely.geometry.shape(block["geometry"])
        assert shape.contains(shapely.Point(block["place"]))


def test_without_roads_there_are_no_blocks_and_painting_says_so(editor: Editor, town: Town) -> None:
    assert blocks(editor) == []
    answer = editor.operate(paint(town.grids["A"], point(3, 3)))
    assert answer.status_code == 422
    assert answer.json()["rule"] == "no_blocks"
    assert "圈划" in answer.json()["detail"] and "lasso" in answer.json()["detail_en"]


@pytest.mark.usefixtures("streets")
def test_painted_blocks_go_over_whole_and_come_back_to_the_byte(editor: Editor, town: Town) -> None:
    before = editor.shapes()
    assert households(editor, town) == [3, 2, 1, 0]
    east = next(one["place"] for one in blocks(editor) if one["grids"][-1]["households"] == 2)
    done = editor.done(paint(town.grids["A"], east))
    assert (done["operation"], done["warnings"]) == ("reassign", [])
    assert {grid["code"] for grid in done["grids"]} == {town.grids["A"], town.grids["B"]}
    assert households(editor, town) == [5, 0, 1, 0]
    after = editor.shapes()
    second = editor.done(paint(town.grids["C"], point(0.5, 1)))
    assert second["undo"]["operation"] == "reassign"
    assert households(editor, town) == [4, 0, 2, 0]
    assert editor.back().status_code == 200
    assert editor.shapes() == after
    assert editor.back().status_code == 200
    assert editor.shapes() == before
    assert editor.back("redo").status_code == 200
    assert editor.shapes() == after


@pytest.mark.usefixtures("streets")
def test_painting_holds_versions_and_key_as_every_operation(
    editor: Editor, town: Town, sit_down: Callable[[str], Editor]
) -> None:
    a, b = town.grids["A"], town.grids["B"]
    wish = paint(a, point(3, 3.5))
    assert editor.operate(wish, editor.versions(a)).status_code == 428
    versions, key = editor.versions(a, b), str(uuid4())
    first = editor.operate(wish, versions, key)
    again = editor.operate(wish, versions, key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    second = sit_down("second")
    second.plan = editor.plan
    late = second.operate(paint(b, point(0.5, 3.5)), versions)
    assert late.status_code == 412
    assert [one["operation"] for one in late.json()["changed"]] == ["reassign", "reassign"]


@pytest.mark.usefixtures("streets")
def test_a_painting_that_cannot_be_is_refused_and_changes_nothing(
    editor: Editor, town: Town
) -> None:
    before = editor.shapes()
    a, place = town.grids["A"], point(3, 3.5)
    region = {"type": "Polygon", "coordinates": [[point(2, 2), point(3, 2), point(3, 3),
                                                  point(2, 2)]]}  # fmt: skip
    wrong: list[tuple[dict[str, Any], str | None]] = [
        (paint(a, point(9, 9)), "no_block"),
        (paint(a, place, point(9, 9)), "no_block"),
        (paint(a, point(0.5, 3.5)), "misses"),
        (paint(town.grids["D"], place), "not_adjacent"),
        (paint("nowhere", place), "unknown_grid"),
        (paint(a), None),
        (paint(a, *[place] * 1_001), None),
        (paint(a, [181, 38.7]), None),
        ({"operation": "reassign", "to": a}, None),
        ({**paint(a, place), "region": region}, None),
    ]
    for body, rule in wrong:
        answer = editor.operate(body)
        assert answer.status_code == 422, (body, answer.text)
        assert answer.json().get("rule") == rule, body
        assert answer.json()["detail"]
    assert editor.shapes() == before


def test_where_the_base_map_has_no_line_none_is_offered(editor: Editor, town: Town) -> None:
    grids = f"one={town.grids['A']}&other={town.grids['B']}&within_m=50"
    answer = editor.client.get(f"/api/plans/{editor.plan}/lines?village={editor.village}&{grids}")
    assert (answer.status_code, answer.json()) == (200, {"any": False, "lines": []})


def test_a_road_through_a_lake_is_offered_as_the_road(
    editor: Editor, town: Town, lay: Callable[..., None]
) -> None:
    lay("water", "小湖", (1.9, 2.5), (2.2, 2.5), (2.2, 4.5), (1.9, 4.5), (1.9, 2.5))
    lay("road", "湖中路", (2.01, -1), (2.01, 5))
    grids = f"one={town.grids['A']}&other={town.grids['B']}&within_m=50"
    answer = editor.client.get(f"/api/plans/{editor.plan}/lines?village={editor.village}&{grids}")
    assert [one["name"] for one in answer.json()["lines"]] == ["湖中路"]


def test_a_border_is_pulled_onto_the_road_that_is_meant(
    editor: Editor, town: Town, lay: Callable[..., None]
) -> None:
    lay("road", "近路", (2.01, -1), (2.01, 5))
    lay("river", "远河", (1.98, -1), (1.98, 5))
    lay("road", "横街", (-1, 3), (5, 3))
    a, b = town.grids["A"], town.grids["B"]
    path = f"/api/plans/{editor.plan}/lines?village={editor.village}&one={a}"
    told = editor.client.get(f"{path}&other={b}&within_m=50").json()["lines"]
    assert [(one["kind"], one["name"]) for one in told] == [("road", "近路"), ("river", "远河")]
    snap = {"operation": "snap", "grids": [a, b], "within_m": 50}
    areas = []
    for line in (None, *(one["place"] for one in told)):
        editor.done({**snap, "line": line})
        areas.append(editor.grids()[a]["area_m2"])
        editor.back()
    anyhow, road, river = areas
    assert river < editor.grids()[a]["area_m2"] < road
    assert anyhow == pytest.approx(road, rel=1e-4)
    assert editor.client.get(f"{path}&other={b}&within_m=5").json() == {"any": False, "lines": []}
    assert editor.client.get(f"{path}&other={a}&within_m=50").status_code == 422
    apart = editor.client.get(f"{path}&other={town.grids['D']}&within_m=50")
    assert (apart.status_code, apart.json()["rule"]) == (422, "not_adjacent")
    for line, rule in ((point(3.5, 3.7), "no_line_here"), (point(3.5, 3), "no_line_near")):
        answer = editor.operate({**snap, "line": line})
        assert (answer.status_code, answer.json()["rule"]) == (422, rule)
