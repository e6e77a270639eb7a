"""Tokens for programs: shown once, kept as a hash, never more than their account or their name."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, text

from gridmap.access import granting
from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.entering import secret_hash
from gridmap.access.granting import Mandate
from tests.access.conftest import Browser, change, make_person, trail

Open = Callable[..., Browser]
REPORT = {"channel": "patrol", "category": "safety", "subcategory": "fire_hazard",
          "description": "x", "lon": 111.57, "lat": 38.7}  # fmt: skip


def make(owner: Browser, *rights: str, days: int = 30) -> str:
    body = {"name": "nightly export", "rights": list(rights), "days": days}
    answer = owner.send("POST", "/api/me/tokens", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def bear(someone: Browser, token: str) -> Callable[..., httpx2.Response]:
    """Calls with this token and no cookie."""

    def call(method: str, path: str, body: Any = None) -> httpx2.Response:
        return someone.send(method, path, body, headers={"Authorization": f"Bearer {token}"})

    return call


def test_a_token_reads_and_is_known_by_its_hash_only(
    li: Browser, browser: Open, county: Engine
) -> None:
    token = make(li, "territory")
    assert token.startswith("gm_")
    call = bear(browser(), token)
    assert call("GET", "/api/plans").status_code == 200
    with county.connect() as connection:
        row, hash_ = connection.execute(text("SELECT to_jsonb(t)::text, hash FROM tokens t")).one()
        lines = connection.scalars(text("SELECT to_jsonb(e)::text FROM audit_entries e")).all()
    assert bytes(hash_) == secret_hash(token)
    assert token not in row
    assert not any(token in line for line in lines)
    assert trail(county, "tokens") == [("li", "make", "tokens")]
    shown = li.get("/api/me/tokens").json()["tokens"]
    assert [(one["name"], one["rights"]) for one in shown] == [("nightly export", ["territory"])]
    assert shown[0]["last_used"]


def test_a_token_without_report_only_reads_and_one_with_it_reports(
    browser: Open, county: Engine
) -> None:
    make_person(county, "clerk", "intake_clerk")
    clerk = browser()
    clerk.log_in("clerk")
    reading = bear(browser(), make(clerk, "territory", "incidents"))
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert reading(method, "/api/incidents", REPORT).status_code == 403
    reporting = bear(browser(), make(clerk, "territory", "incidents", "report"))
    assert reporting("POST", "/api/incidents", REPORT).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/me"),
        ("GET", "/api/me/tokens"),
        ("POST", "/api/me/tokens"),
        ("POST", "/api/me/password"),
        ("PUT", "/api/me/one-time-code"),
        ("GET", "/api/logins"),
        ("DELETE", "/api/logins/1"),
        ("DELETE", "/api/login"),
    ],
)
def test_a_stolen_token_reaches_neither_account_nor_log_ins(
    browser: Open, county: Engine, method: str, path: str
) -> None:
    make_person(county, "clerk", "intake_clerk")
    clerk = browser()
    clerk.log_in("clerk")
    answer = bear(browser(), make(clerk, "territory", "report"))(method, path, {})
    assert answer.status_code == 403, answer.text


def test_in_the_database_a_token_has_only_its_rights_of_those_of_its_account(
    li: Browser, browser: Open, county: Engine
) -> None:
    with county.begin() as connection:
        connection.execute(text("SELECT set_config('gridmap.actor', 'li', true)"))
        held = "SELECT right_ FROM role_rights WHERE role = 'analyst' AND has_right(right_)"
        assert len(connection.scalars(text(held)).all()) == 4
        connection.execute(text("SELECT set_config('gridmap.only_rights', 'territory', true)"))
        assert connection.scalars(text(held)).all() == ["territory"]
    token = make(li, "territory", "incidents")
    granting.end_mandate(county, ADMINISTRATOR, "li", Mandate("analyst"))
    granting.grant(county, ADMINISTRATOR, "li", Mandate("auditor"))
    assert bear(browser(), token)("GET", "/api/plans").status_code == 200


@pytest.mark.parametrize("rights", [["manage"], ["territory", "load"], ["report"], []])
def test_no_token_has_a_right_that_its_owner_has_not(li: Browser, rights: list[str]) -> None:
    body = {"name": "more", "rights": rights, "days": 1}
    answer = li.send("POST", "/api/me/tokens", body)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("days", [0, 367, -1])
def test_no_token_lasts_for_ever(li: Browser, days: int) -> None:
    body = {"name": "long", "rights": ["territory"], "days": days}
    assert li.send("POST", "/api/me/tokens", body).status_code == 422


@pytest.mark.parametrize("end", ["expired", "revoked", "disabled", "changed", "given"])
def test_a_token_ends(li: Browser, browser: Open, county: Engine, end: str) -> None:
    token = make(li, "territory")
    call = bear(browser(), token)
    assert call("GET", "/api/plans").status_code == 200
    number = li.get("/api/me/tokens").json()["tokens"][0]["id"]
    if end == "expired":
        change(county, "UPDATE tokens SET expires_at = now()")
    elif end == "revoked":
        assert li.send("DELETE", f"/api/me/tokens/{number}").status_code == 204
        assert li.send("DELETE", f"/api/me/tokens/{number}").status_code == 404
        assert trail(county, "tokens")[-1] == ("li", "revoke", "tokens")
    elif end == "disabled":
        granting.disable(county, ADMINISTRATOR, "li")
        granting.enable(county, ADMINISTRATOR, "li")
    elif end == "changed":
        call = bear(browser(), token[:-1] + ("A" if token[-1] != "A" else "B"))
    else:
        granting.give_password(county, ADMINISTRATOR, "li", remove_code=False)
    answer = call("GET", "/api/plans")
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/log-in")


def test_nobody_revokes_the_token_of_another(li: Browser, browser: Open) -> None:
    token = make(li, "territory")
    number = li.get("/api/me/tokens").json()["tokens"][0]["id"]
    other = browser()
    other.log_in("wang")
    assert other.get("/api/me/tokens").json()["tokens"] == []
    assert other.send("DELETE", f"/api/me/tokens/{number}").status_code == 404
    assert bear(browser(), token)("GET", "/api/plans").status_code == 200


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer gm_", "Bearer gm_x", "bearer x", "Basic bGk6eA=="]
)
def test_what_is_no_token_is_refused(browser: Open, header: str) -> None:
    answer = browser().get("/api/plans", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_wrong_token_is_not_made_good_by_the_cookie(li: Browser) -> None:
    answer = li.get("/api/plans", headers={"Authorization": "Bearer gm_wrong"})
    assert answer.status_code == 401
