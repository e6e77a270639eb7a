"""Proposals over HTTP: asked for, computed in the background, taken over whole or in part."""

from threading import Event
from typing import Any
from uuid import uuid4

import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.access.actors import ADMINISTRATOR
from gridmap.db import transaction
from gridmap.plans import proposal_store, proposing
from gridmap.server import proposing as proposing_server
from tests.plans.conftest import Editor


class Asker:
    """Somebody who asks for proposals at a draft, and the server that computes them."""

    def __init__(self, editor: Editor, engine: Engine) -> None:
        self.editor = editor
        self.engine = engine
        self.path = f"/api/plans/{editor.plan}/proposals"

    def ask(self, *modes: str, **more: Any) -> Any:
        body = {"modes": modes or ["stable"], "size": [2, 4], **more}
        return self.editor.client.post(self.path, json=body)

    def asked(self, *modes: str, **more: Any) -> int:
        answer = self.ask(*modes, **more)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["id"])

    def computed(self, *modes: str, **more: Any) -> dict[str, Any]:
        number = self.asked(*modes, **more)
        assert proposing.compute_next(self.engine, Event())
        found = self.see(number)
        assert found["state"] == "done", found["reason"]
        return found

    def see(self, number: int, query: str = "") -> dict[str, Any]:
        answer = self.editor.client.get(f"{self.path}/{number}{query}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def accept(self, number: int, mode: str = "stable", key: str | None = None, **more: Any) -> Any:
        headers = {"Idempotency-Key": key or str(uuid4()), **more.pop("headers", {})}
        return self.editor.client.post(
            f"{self.path}/{number}/accept", json={"mode": mode, **more}, headers=headers
        )


@pytest.fixture
def asker(editor: Editor, county: Engine) -> Asker:
    return Asker(editor, county)


def households(grids: list[dict[str, Any]]) -> dict[str, int]:
    return {grid["code"]: grid["households"] for grid in grids if grid["households"]}


def test_a_proposal_waits_is_computed_and_shows_what_it_would_change(asker: Asker) -> None:
    number = asker.asked("stable", "even")
    waiting = asker.see(number)
    assert (waiting["state"], waiting["done"], waiting["total"]) == ("waiting", 0, 2)
    assert waiting["proposals"] == waiting["present"] == []
    assert proposing.compute_next(asker.engine, Event())
    found = asker.see(number)
    assert (found["state"], found["done"], found["by"]) == ("done", 2, "drawer")
    assert [one["mode"] for one in found["proposals"]] == ["stable", "even"]
    assert sorted(households(found["present"]).values()) == [1, 2, 3]
    for one in found["proposals"]:
        assert sorted(households(one["grids"]).values()) == [3, 3]
        assert all(grid["in_range"] for grid in one["grids"])
        assert one["after"]["in_range"] == one["after"]["grids"] == 2
        assert one["after"]["moved_buildings"] == sum(m["buildings"] for m in one["moves"]) > 0
        assert one["before"]["in_range"] == 2
        assert len(one["ended"]) == 2
    listed = asker.editor.client.get(asker.path).json()
    assert [(one["id"], "proposals" in one) for one in listed] == [(number, False)]


def test_a_proposal_is_taken_over_as_one_operation_and_undone_to_the_bit(asker: Asker) -> None:
    before = asker.editor.shapes()
    outline = shapely.geometry.shape(asker.editor.division()["village"]["geometry"])
    found = asker.computed()
    answer = asker.accept(found["id"])
    assert answer.status_code == 200, answer.text
    done = answer.json()["outcomes"]
    assert [(one["village"], one["operation"]) for one in done] == [
        (asker.editor.village, "balance")
    ]
    proposed = {grid["code"]: grid["households"] for grid in found["proposals"][0]["grids"]}
    now = asker.editor.grids()
    assert {code: grid["households"] for code, grid in now.items()} == proposed
    checks = f"/api/plans/{asker.editor.plan}/checks?village={asker.editor.village}"
    assert asker.editor.client.get(checks).json()["faults"] == []
    union = shapely.union_all([shapely.geometry.shape(one["geometry"]) for one in now.values()])
    corners = {tuple(xy) for xy in shapely.get_coordinates(outline).tolist()}
    assert corners <= {tuple(xy) for xy in shapely.get_coordinates(union).tolist()}
    undone = asker.editor.back()
    assert undone.status_code == 200, undone.text
    assert asker.editor.shapes() == before
    assert asker.editor.back("redo").status_code == 200
    assert set(asker.editor.grids()) == set(proposed)


def test_taking_over_twice_under_one_key_is_done_once(asker: Asker) -> None:
    found, key = asker.computed(), str(uuid4())
    first = asker.accept(found["id"], key=key)
    again = asker.accept(found["id"], key=key)
    assert first.status_code == again.status_code == 200
    assert first.json()["outcomes"][0]["id"] == again.json()["outcomes"][0]["id"]
    assert asker.accept(found["id"]).status_code == 412


def test_a_grid_changed_meanwhile_makes_the_proposal_stale_and_tells_which(asker: Asker) -> None:
    found = asker.computed()
    changed = found["proposals"][0]["ended"][0]["code"]
    asker.editor.done({"operation": "edit", "grid": changed, "name": "改了"})
    answer = asker.accept(found["id"])
    assert answer.status_code == 412
    assert [(one["code"], one["operation"]) for one in answer.json()["changed"]] == [
        (changed, "edit")
    ]
    assert changed in asker.editor.grids()


def test_the_versions_that_a_client_names_are_minded(asker: Asker) -> None:
    found = asker.computed()
    code = found["present"][0]["code"]
    answer = asker.accept(found["id"], headers={"If-Match": f'"{code}/99"'})
    assert answer.status_code == 412


def test_a_part_that_does_not_tile_the_village_is_refused_with_what_belongs_together(
    asker: Asker,
) -> None:
    found = asker.computed()
    proposal = found["proposals"][0]
    ended = proposal["ended"][0]["code"]
    before = asker.editor.shapes()
    answer = asker.accept(found["id"], grids=[ended])
    assert answer.status_code == 422
    told = answer.json()
    assert told["rule"] == "untiled"
    together = next(one for one in told["together"] if ended in one)
    assert len(together) > 1
    assert asker.editor.shapes() == before
    assert asker.accept(found["id"], grids=together).status_code == 200


def test_a_locked_grid_stays_as_it_is_to_the_bit(asker: Asker) -> None:
    locked = max(households(asker.computed()["present"]).items(), key=lambda pair: -pair[1])[0]
    before = asker.editor.shapes()
    found = asker.computed("even", locked=[locked], size=[1, 3])
    assert [one["locked"] for one in found["present"] if one["code"] == locked] == [True]
    kept = next(one for one in found["proposals"][0]["grids"] if one["code"] == locked)
    assert (kept["fate"], kept["households"], kept["locked"]) == ("same", 1, True)
    assert asker.accept(found["id"], "even").status_code == 200
    now = asker.editor.shapes()[locked]
    assert shapely.equals(shapely.from_wkb(now), shapely.from_wkb(before[locked]))


def test_a_special_grid_is_never_moved_and_counts_for_nothing(asker: Asker) -> None:
    special = next(code for code, grid in asker.editor.grids().items() if grid["households"] == 0)
    asker.editor.done({"operation": "edit", "grid": special, "kind": "special"})
    found = asker.computed()
    proposal = found["proposals"][0]
    kept = next(one for one in proposal["grids"] if one["code"] == special)
    assert (kept["fate"], kept["deviation"], kept["in_range"]) == ("same", None, None)
    assert proposal["before"]["grids"] == 3


def test_only_what_is_of_one_village_can_be_asked_for(asker: Asker) -> None:
    found = asker.computed()
    assert asker.see(found["id"], f"?village={asker.editor.village}") == found
    none = asker.see(found["id"], "?village=140929100999")
    assert none["present"] == none["proposals"][0]["grids"] == []
    assert none["proposals"][0]["after"] == found["proposals"][0]["after"]


def test_what_waits_is_called_off_and_what_is_over_is_taken_away(asker: Asker) -> None:
    number = asker.asked()
    path = f"{asker.path}/{number}"
    assert asker.editor.client.delete(path).status_code == 204
    assert asker.see(number)["state"] == "cancelled"
    assert not proposing.compute_next(asker.engine, Event())
    assert asker.accept(number).status_code == 409
    assert asker.editor.client.delete(path).status_code == 204
    assert asker.editor.client.get(path).status_code == 404


def test_what_is_called_off_while_it_is_computed_stops_and_stays_called_off(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = asker.asked("stable", "even", "shape")
    advance, noted = proposal_store.advance, []

    def called_off(*arguments: Any) -> bool:
        noted.append(arguments)
        if len(noted) == 1:
            assert asker.editor.client.delete(f"{asker.path}/{number}").status_code == 204
        return advance(*arguments)

    monkeypatch.setattr(proposal_store, "advance", called_off)
    proposing.compute_next(asker.engine, Event())
    found = asker.see(number)
    assert (found["state"], found["done"], found["proposals"]) == ("cancelled", 0, [])
    assert len(noted) == 1


def test_a_server_that_stops_says_that_its_proposals_ended(asker: Asker) -> None:
    number, ended = asker.asked(), Event()
    ended.set()
    proposing.compute_next(asker.engine, ended)
    found = asker.see(number)
    assert found["state"] == "ended"
    assert "重新" in found["reason"]["zh"]


def test_what_a_dead_server_left_is_ended_and_what_a_live_one_computes_is_not(
    asker: Asker,
) -> None:
    orphan, alive = asker.asked(), asker.asked()
    with transaction(asker.engine, ADMINISTRATOR) as connection:
        assert proposal_store.begin(connection, orphan)
        assert proposal_store.begin(connection, alive)
    with asker.engine.connect() as worker:
        assert proposal_store.hold(worker, alive)
        proposing.end_orphans(asker.engine)
        assert asker.see(orphan)["state"] == "ended"
        assert asker.see(alive)["state"] == "running"
    with asker.engine.connect() as worker:
        worker.connection.dbapi_connection.close()
        worker.invalidate()


def test_what_waits_survives_a_restart_and_is_computed_by_the_next_server(asker: Asker) -> None:
    number = asker.asked()
    with proposing_server(asker.engine):
        for _ in range(200):
            if asker.see(number)["state"] == "done":
                break
            Event().wait(0.1)
    assert asker.see(number)["state"] == "done"


def test_three_wait_at_most_and_ten_are_kept(asker: Asker) -> None:
    first = [asker.asked() for _ in range(3)]
    refused = asker.ask()
    assert refused.status_code == 409
    for number in first:
        asker.editor.client.delete(f"{asker.path}/{number}")
    for _ in range(9):
        asker.editor.client.delete(f"{asker.path}/{asker.asked()}")
    kept = [one["id"] for one in asker.editor.client.get(asker.path).json()]
    assert len(kept) == 10
    assert first[0] not in kept


@pytest.mark.parametrize(
    "wrong",
    [
        {"villages": ["140929100999"]},
        {"locked": ["140929100200999"]},
        {"size": [4, 2]},
        {"modes": ["stable", "stable"]},
        {"modes": []},
        {"weight": {"cats": 1}},
        {"weight": {"households": -1}},
        {"seed": -1},
    ],
)
def test_what_makes_no_sense_is_refused(asker: Asker, wrong: dict[str, Any]) -> None:
    body = {"modes": ["stable"], **wrong}
    assert asker.editor.client.post(asker.path, json=body).status_code == 422


def test_they_are_for_those_who_edit_the_draft(asker: Asker, sit_down: Any) -> None:
    number = asker.asked()
    for account in ("chief", "elsewhere"):
        client = sit_down(account).client
        answers = [
            client.post(asker.path, json={"modes": ["stable"]}),
            client.get(asker.path),
            client.get(f"{asker.path}/{number}"),
            client.delete(f"{asker.path}/{number}"),
        ]
        assert {one.status_code for one in answers} <= {403, 404}, account
    second = sit_down("second").client
    assert second.get(f"{asker.path}/{number}").status_code == 200


def test_a_submitted_draft_gets_none_and_an_active_one_keeps_none(
    asker: Asker, sit_down: Any
) -> None:
    found = asker.computed()
    submit = asker.editor.post(f"/{asker.editor.plan}/submit", {})
    assert submit.status_code == 200
    assert asker.ask().status_code == asker.accept(found["id"]).status_code == 409
    chief = sit_down("chief")
    assert chief.post(f"/{asker.editor.plan}/activate", {}).status_code == 200
    with asker.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM plan_proposals")) == 0


def test_a_draft_that_is_discarded_takes_its_proposals_along(asker: Asker) -> None:
    asker.asked()
    assert asker.editor.client.delete(f"/api/plans/{asker.editor.plan}").status_code == 204
    with asker.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM plan_proposals")) == 0


def test_a_draft_submitted_meanwhile_fails_with_the_reason(asker: Asker) -> None:
    number = asker.asked()
    assert asker.editor.post(f"/{asker.editor.plan}/submit", {}).status_code == 200
    proposing.compute_next(asker.engine, Event())
    found = asker.see(number)
    assert found["state"] == "failed"
    assert "已提交" in found["reason"]["zh"]
