"""From draft to division in force: submitted, reviewed, activated on a day, reversed by another."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gridmap.chain.actions import check
from gridmap.cluster import APP
from gridmap.db import Actor, engine_for, transaction
from gridmap.server import settling
from tests.access.counties import give
from tests.drawing import Town, add_incident, settle
from tests.entering import client_of
from tests.plans.conftest import Editor
from tests.plans.test_editing import MIDDLE_EAST, move, point

SitDown = Callable[[str], Editor]
TODAY = "SELECT gridmap.day_of(now())"


@pytest.fixture
def chief(sit_down: SitDown, editor: Editor) -> Editor:
    """The commander at the coordinator's draft."""
    chief = sit_down("chief")
    chief.plan = editor.plan
    return chief


def state(editor: Editor) -> str:
    return str(editor.client.get(f"/api/plans/{editor.plan}").json()["state"])


def submit(editor: Editor) -> None:
    answer = editor.post(f"/{editor.plan}/submit", {"note": "河东并入"})
    assert answer.status_code == 200, answer.text


def activate(chief: Editor, day: date | None = None) -> Any:
    return chief.post(f"/{chief.plan}/activate", {"valid_from": day and str(day)})


def ask(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_plan_goes_its_way(
    editor: Editor, chief: Editor, engine: Engine, actor: Actor, town: Town
) -> None:
    a, b = town.grids["A"], town.grids["B"]
    with transaction(engine, actor) as connection:
        add_incident(connection, "open", (2.2, 3.5))
        add_incident(connection, "done", (2.2, 3.6))
        connection.execute(text("UPDATE incidents SET status = 'closed' WHERE code = 'done'"))
    editor.done(MIDDLE_EAST)
    editor.done(move((2, 4), (2.7, 4)))
    split = editor.done({"operation": "split", "grid": b, "line": [point(3.3, 1), point(3.3, 5)]})
    (new,) = {grid["code"] for grid in split["grids"]} - set(town.grids.values())
    editor.done({"operation": "edit", "grid": new, "lead": "李桂兰"})
    assert editor.grids()[new]["lead"] == "李桂兰"
    assert activate(chief).status_code == 409, "not submitted yet"
    submit(editor)
    assert state(editor) == "submitted"
    assert editor.operate(MIDDLE_EAST).status_code == 409
    assert activate(editor).status_code == 403
    answer = activate(chief)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "active"

    today = ask(engine, TODAY)[0][0]
    old = ask(engine, "SELECT g.code, upper(g.valid) FROM grids g JOIN grid_plans p ON p.id ="
                      " plan_id WHERE p.code = 'plan' ORDER BY 1")  # fmt: skip
    assert old == [(code, today) for code in sorted(town.grids.values())]
    assert ask(engine, "SELECT state, upper(valid) FROM grid_plans WHERE code = 'plan'") == [
        ("retired", today)
    ]
    homes = dict(ask(engine, "SELECT b.code, g.code FROM buildings b JOIN grids g ON g.id ="
                             " b.grid_id WHERE g.valid @> gridmap.day_of(now())"))  # fmt: skip
    assert len(homes) == 6
    assert homes["H3"] == a, "its home is on the other side of the border now"
    people = ask(engine, "SELECT count(*) FROM residents r JOIN buildings b ON b.code = r.code"
                         " WHERE r.grid_id IS DISTINCT FROM b.grid_id")  # fmt: skip
    assert people == [(0,)]
    cases = ask(
        engine,
        "SELECT i.code, g.code, upper(g.valid) IS NULL, i.recorded_by FROM incidents i"
        " JOIN grids g ON g.id = i.grid_id ORDER BY 1",
    )
    assert cases == [("done", b, False, actor.account), ("open", a, True, actor.account)]
    assert ask(engine, "SELECT action, detail ->> 'grid' FROM incident_entries") == [("assign", a)]
    ancestors = ask(engine, "SELECT n.code, o.code FROM grid_ancestors x JOIN grids n ON n.id ="
                            " grid_id JOIN grids o ON o.id = ancestor_id")  # fmt: skip
    assert (new, b) in ancestors and (a, b) in ancestors and (a, a) in ancestors
    leads = dict(ask(engine, "SELECT grid_code, person_name FROM postings WHERE valid @>"
                             " gridmap.day_of(now()) AND role = 'grid_lead'"))  # fmt: skip
    assert (leads[new], leads[a]) == ("李桂兰", "某某")
    report = check(engine, actor)
    assert [link.link for link in report.links if not link.ok and not link.warning] == []


def test_a_review_sends_back_and_a_drawer_takes_back(editor: Editor, chief: Editor) -> None:
    submit(editor)
    returned = chief.post(f"/{editor.plan}/return", {"note": "请补一处"})
    assert (returned.status_code, returned.json()["state"]) == (200, "draft")
    assert returned.json()["note"] == "请补一处"
    assert chief.post(f"/{editor.plan}/return", {}).status_code == 409
    submit(editor)
    assert chief.post(f"/{editor.plan}/withdraw", {}).status_code == 403
    assert editor.post(f"/{editor.plan}/withdraw", {}).json()["state"] == "draft"
    editor.done(MIDDLE_EAST)
    assert chief.client.delete(f"/api/plans/{editor.plan}").status_code == 403
    assert editor.client.delete(f"/api/plans/{editor.plan}").status_code == 204
    assert editor.client.get(f"/api/plans/{editor.plan}").status_code == 404


def test_nobody_activates_what_they_submitted(sit_down: SitDown, county: Engine) -> None:
    both = sit_down("administrator")
    both.open()
    submit(both)
    answer = activate(both)
    assert answer.status_code == 403
    assert "另一位" in answer.json()["detail"]


def test_it_comes_into_force_on_its_day_and_only_then(
    editor: Editor, chief: Editor, engine: Engine, town: Town
) -> None:
    today = ask(engine, TODAY)[0][0]
    editor.done(MIDDLE_EAST)
    editor.done(move((2, 4), (2.7, 4)))
    submit(editor)
    assert activate(chief, today - timedelta(days=1)).status_code == 422
    answer = activate(chief, today + timedelta(days=30))
    assert answer.status_code == 200, answer.text
    at = "SELECT count(*) FROM grids WHERE valid @> gridmap.day_of(now()) + {}"
    assert ask(engine, at.format(0)) == ask(engine, at.format(30)) == [(4,)]
    h3 = "SELECT g.code FROM buildings b JOIN grids g ON g.id = b.grid_id WHERE b.code = 'H3'"
    assert ask(engine, h3) == [(town.grids["B"],)]
    with engine.begin() as connection:  # the day comes
        connection.execute(text("SELECT set_config('gridmap.actor', 'gridmap', true)"))
        connection.execute(
            text("UPDATE grids SET valid = daterange(lower(valid), upper(valid) - 30)"
                 " WHERE upper(valid) > gridmap.day_of(now())")
        )  # fmt: skip
        connection.execute(
            text("UPDATE grids SET valid = daterange(lower(valid) - 30, NULL)"
                 " WHERE lower(valid) > gridmap.day_of(now())")
        )  # fmt: skip
    app = engine_for(editor.client.app.state.engine.url.render_as_string(False), role=APP)
    with settling(app):
        deadline = time.monotonic() + 10
        while ask(engine, h3) != [(town.grids["A"],)] and time.monotonic() < deadline:
            time.sleep(0.05)
    app.dispose()
    assert ask(engine, h3) == [(town.grids["A"],)]


def test_two_drafts_of_one_village_do_not_overwrite_each_other(
    editor: Editor, chief: Editor, sit_down: SitDown, engine: Engine
) -> None:
    second = sit_down("second")
    second.open()
    second.done(move((2, 1), (2.4, 1)))
    editor.done(MIDDLE_EAST)
    submit(editor)
    submit(second)
    assert activate(chief).status_code == 200
    chief.plan = second.plan
    late = activate(chief, ask(engine, TODAY)[0][0] + timedelta(days=1))
    assert late.status_code == 409
    assert "新建草案" in late.json()["detail"]


def test_going_back_is_activating_what_was(
    editor: Editor, chief: Editor, engine: Engine, town: Town
) -> None:
    today = ask(engine, TODAY)[0][0]
    before = editor.shapes()
    editor.done(MIDDLE_EAST)
    submit(editor)
    assert activate(chief).status_code == 200
    body = {"unit": editor.village, "as_of": str(today - timedelta(days=1))}
    editor.plan = editor.post("", body).json()["code"]
    assert editor.shapes() == before
    submit(editor)
    chief.plan = editor.plan
    assert activate(chief).status_code == 422, "twice on one day"
    assert activate(chief, today + timedelta(days=1)).status_code == 200


def test_what_does_not_tile_is_not_submitted(editor: Editor, engine: Engine, town: Town) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('gridmap.actor', 'gridmap', true)"))
        connection.execute(
            text("DELETE FROM grids WHERE valid IS NULL AND code = :d"), {"d": town.grids["D"]}
        )
    answer = editor.post(f"/{editor.plan}/submit", {})
    assert answer.status_code == 422
    assert answer.json()["rule"] == "gap"
    filled = editor.done({"operation": "fill", "at": point(3, 1), "to": town.grids["B"]})
    assert [grid["code"] for grid in filled["grids"]] == [town.grids["B"]]
    submit(editor)


def test_the_comparison_tells_who_moves_where(editor: Editor, town: Town) -> None:
    editor.done(MIDDLE_EAST)
    editor.done(move((2, 4), (2.7, 4)))
    editor.done({"operation": "merge", "grids": [town.grids["C"], town.grids["D"]]})
    told = editor.client.get(f"/api/plans/{editor.plan}/comparison").json()
    fates = {grid["code"]: grid["fate"] for grid in told["grids"]}
    a, b, c, d = (town.grids[letter] for letter in "ABCD")
    assert fates == {a: "changed", b: "changed", c: "changed", d: "ended"}
    assert told["moved"] == [{"from": b, "to": a, "buildings": 1, "households": 1, "residents": 1}]
    sides = {grid["code"]: grid for grid in told["grids"]}
    assert (sides[b]["before"]["households"], sides[b]["after"]["households"]) == (2, 1)
    assert sides[d]["after"] is None


def test_the_application_changes_no_grid_but_those_of_open_drafts(
    editor: Editor, engine: Engine, town: Town
) -> None:
    app = engine_for(engine.url.render_as_string(False), role=APP)

    def rename(account: str) -> int:
        with transaction(app, Actor(account)) as connection:
            return connection.execute(text("UPDATE grids SET name = 'mine'")).rowcount

    assert {who: rename(who) for who in ("drawer", "elsewhere", "chief")} == {
        "drawer": 4, "elsewhere": 0, "chief": 0
    }  # fmt: skip
    submit(editor)
    assert rename("drawer") == 0
    in_force = "SELECT count(*) FROM grids WHERE name = 'mine' AND valid IS NOT NULL"
    assert ask(engine, in_force) == [(0,)]
    with transaction(app, Actor("drawer")) as connection:
        removed = connection.execute(text("DELETE FROM grids")).rowcount
        removed += connection.execute(text("DELETE FROM grid_plans WHERE code = 'plan'")).rowcount
    app.dispose()
    assert removed == 0


def test_a_border_that_ends_on_the_village_line_is_no_fault_of_the_next_village(
    county: Engine, actor: Actor
) -> None:
    with transaction(county, actor) as connection:
        town = settle(connection, "AABB\nAABB", "1122\n1122")
        give(connection, "drawer", "coordinator", "140929", None)
        give(connection, "chief", "commander", "140929", None)
    editor = Editor(client_of(county, "drawer"), town.villages["1"])
    editor.open()
    line = [point(-1, 1.3), point(2, 1.3)]
    editor.done({"operation": "split", "grid": town.grids["A"], "line": line})
    submit(editor)
    chief = Editor(client_of(county, "chief"), editor.village, editor.plan)
    assert activate(chief).status_code == 200
    report = check(county, actor)
    ground = {"grid_border", "grid_overlap", "grid_sliver", "grid_village", "land_in_grid"}
    assert [link.link for link in report.links if link.broken and link.link in ground] == []
