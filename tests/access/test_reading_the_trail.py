"""The audit trail over HTTP: who may read which lines, filters, pages, and that it was read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gridmap.access.actions import verify_trail
from gridmap.access.store import record
from gridmap.app import create_app
from gridmap.db import Actor, transaction
from gridmap.settings import Settings
from tests.access.conftest import Browser, change, kind, make_person
from tests.access.counties import HERE, THERE, account_name
from tests.entering import log_in

Lines = list[dict[str, Any]]


@pytest.fixture
def auditor(browser: Callable[..., Browser], county: Engine) -> Browser:
    """qian, who audits the whole, logged in."""
    make_person(county, "qian", "auditor")
    opened = browser()
    assert opened.log_in("qian").status_code == 200
    return opened


def act(engine: Engine, actor: str, number: int, **options: Any) -> None:
    with transaction(engine, Actor(actor, "10.9.8.7")) as connection:
        record(connection, "look", "buildings", number=number, **options)


def read(browser: Browser, query: str = "") -> Lines:
    answer = browser.get(f"/api/audit{query}")
    assert answer.status_code == 200, answer.text
    lines = answer.json()["lines"]
    assert isinstance(lines, list)
    return lines


def test_an_auditor_reads_who_did_what_when_why_and_from_where(
    auditor: Browser, county: Engine
) -> None:
    act(county, "wang", 1, reason="居民来电")
    answer = auditor.get("/api/audit?limit=1")
    assert answer.headers["cache-control"] == "no-store"
    ((line),) = answer.json()["lines"]
    assert isinstance(line.pop("id"), int)
    assert line.pop("at").startswith("20")
    assert line == {
        "actor": "wang", "action": "look", "subject": "buildings", "detail": {"number": 1},
        "reason": "居民来电", "origin": "10.9.8.7",
    }  # fmt: skip


def test_that_it_was_read_stands_in_the_trail_with_what_was_asked_for_and_no_number(
    auditor: Browser, county: Engine
) -> None:
    read(auditor, "?actor=11010519491231002X&since=2026-01-01&limit=7")
    (line, *_) = read(auditor)
    assert (line["actor"], line["action"], line["subject"]) == ("qian", "read", "audit_entries")
    assert line["detail"] == {"lines": 0, "asked": {"actor": "****", "since": "2026-01-01"}}
    assert line["origin"] == "10.0.0.1"
    assert verify_trail(county, Actor("qian")).ok


def test_nobody_else_reads_it_and_the_attempt_shows_no_line(
    browser: Callable[..., Browser], li: Browser, county: Engine
) -> None:
    officer = browser()
    officer.log_in("wang")
    for other in (li, officer):
        assert kind(other.get("/api/audit")) == (403, "about:blank")
    assert browser().get("/api/audit").status_code == 401
    with county.connect() as connection:
        assert not connection.scalar(
            text("SELECT count(*) FROM audit_entries WHERE action = 'read'")
        )


def test_an_auditor_without_mandate_today_reads_nothing_any_more(
    auditor: Browser, county: Engine
) -> None:
    assert read(auditor)
    change(
        county,
        "UPDATE mandates SET valid = '[2000-01-01,2020-01-01)'"
        " WHERE account_id = (SELECT id FROM accounts WHERE name = 'qian')",
    )
    assert auditor.get("/api/audit").status_code == 403


def test_lines_are_found_by_account_act_and_subject(auditor: Browser, county: Engine) -> None:
    for number in range(3):
        act(county, "wang", number)
    act(county, "zhao", 9)
    with transaction(county, Actor("zhao")) as connection:
        record(connection, "look", "grids")
        record(connection, "count", "grids")

    def found(query: str) -> list[tuple[str, str, str]]:
        return [(line["actor"], line["action"], line["subject"]) for line in read(auditor, query)]

    assert found("?actor=wang&action=look") == [("wang", "look", "buildings")] * 3
    assert found("?actor=zhao") == [
        ("zhao", "count", "grids"), ("zhao", "look", "grids"), ("zhao", "look", "buildings"),
    ]  # fmt: skip
    assert found("?subject=grids&action=look") == [("zhao", "look", "grids")]
    assert found("?actor=ZHAO") == found("?actor=zh%25") == found("?actor='--") == []


def test_days_are_those_of_the_deployment_and_both_are_inclusive(
    auditor: Browser, county: Engine
) -> None:
    with county.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        connection.execute(text("SELECT set_config('gridmap.actor', 'wang', true)"))
        for number, at in enumerate(
            ("04-30 15:59:59", "04-30 16:00", "05-01 15:59:59", "05-01 16:00")
        ):
            connection.execute(
                text(
                    "INSERT INTO audit_entries (at, action, subject, detail) VALUES"
                    " (CAST(:at AS timestamptz), 'look', 'grids', jsonb_build_object('n', :n))"
                ),
                {"at": f"2025-{at}+00", "n": number},
            )  # fmt: skip
        connection.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER USER"))

    def found(query: str) -> list[int]:
        return [line["detail"]["n"] for line in read(auditor, f"?action=look&{query}")]

    assert found("until=2025-12-31") == [3, 2, 1, 0]
    assert found("since=2025-05-01&until=2025-05-01") == [2, 1]
    assert found("since=2025-05-02&until=2025-12-31") == [3]
    assert found("until=2025-04-30") == [0]


def test_pages_hold_each_line_once_while_lines_are_added(auditor: Browser, county: Engine) -> None:
    for number in range(25):
        act(county, "wang", number)
    seen: list[int] = []
    before = ""
    while True:
        answer = auditor.get(f"/api/audit?actor=wang&action=look&limit=10{before}").json()
        seen += [line["detail"]["number"] for line in answer["lines"]]
        act(county, "wang", 100 + len(seen))
        if answer["next"] is None:
            break
        before = f"&before={answer['next']}"
    assert seen == list(range(24, -1, -1))


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "before=0", "before=x", "since=20260701", "actor=", "actor=%00"],
)
def test_what_is_no_question_is_refused(auditor: Browser, query: str) -> None:
    assert auditor.get(f"/api/audit?{query}").status_code == 422


@pytest.fixture(scope="module")
def client_as(walled_url: str, home: Path) -> Iterator[Callable[[str], TestClient]]:
    app = create_app(Settings(home=home, database_url=walled_url))
    yield lambda account: log_in(app, account)
    app.state.engine.dispose()


def test_a_countys_auditor_reads_the_lines_of_those_who_work_nowhere_else(
    client_as: Callable[[str], TestClient], walled_owner: Engine
) -> None:
    grid = account_name("officer", HERE, "grid")
    village = account_name("lead", HERE, "village")
    county = account_name("agency", HERE, "county")
    abroad, all_over = (
        account_name("lead", THERE, "village"),
        account_name("agency", None, "everywhere"),
    )
    both = account_name("analyst", HERE, "grid")
    with transaction(walled_owner, Actor("administrator")) as connection:
        connection.execute(
            text(
                "INSERT INTO mandates (account_id, role, unit_code, valid) SELECT id, 'analyst',"
                " :unit, '[2020-01-01,2021-01-01)' FROM accounts WHERE name = :name"
            ),
            {"unit": THERE.code, "name": both},
        )
    everybody = {grid, village, county, abroad, all_over, both}
    for account in everybody:
        with transaction(walled_owner, Actor(account)) as connection:
            record(connection, "look", "grids")

    def told(scope: str) -> set[str]:
        client = client_as(account_name("auditor", HERE if scope != "everywhere" else None, scope))
        lines = client.get("/api/audit?action=look").json()["lines"]
        return {line["actor"] for line in lines}

    assert told("everywhere") == everybody
    assert told("county") == {grid, village, county}
    assert told("village") == {grid, village}
    assert told("grid") == {grid}
