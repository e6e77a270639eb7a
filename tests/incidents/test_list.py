"""Incidents in a list: filtered, the newest first, page by page without holes."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from tests.drawing import add_incident

A, B = "140929100200001", "140929100200002"


@pytest.fixture
def listed(client: TestClient, village: Engine, actor: Actor) -> TestClient:
    """Twelve incidents: one a month of 2024, at noon of the 5th, in A, B and outside in turn."""
    places = [(0.5, 0.5), (1.5, 0.5), (5.0, 5.0), None]
    with transaction(village, actor) as connection:
        for month in range(1, 13):
            add_incident(connection, f"m{month:02}", places[month % 4], f"2024-{month:02}-05")
        connection.execute(text("UPDATE incidents SET status = 'closed' WHERE code > 'm10'"))
    return client


def codes(client: TestClient, **query: Any) -> list[str]:
    answer = client.get("/api/incidents", params=query)
    assert answer.status_code == 200, answer.text
    return [incident["code"] for incident in answer.json()["incidents"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [f"m{month:02}" for month in range(12, 0, -1)]),
        ({"since": "2024-11-05"}, ["m12", "m11"]),
        ({"until": "2024-03-05"}, ["m02", "m01"]),
        ({"since": "2024-05-05T04:00:00Z", "until": "2024-06-05T12:00:01+08:00"}, ["m06", "m05"]),
        ({"since": "2024-05-05T12:00:01", "until": "2024-07-01"}, ["m06"]),
        ({"status": "closed"}, ["m12", "m11"]),
        ({"category": "order"}, []),
        ({"grid": A}, ["m12", "m08", "m04"]),
        ({"grid": B, "since": "2024-02-01"}, ["m09", "m05"]),
        ({"village": "140929100200", "limit": 2}, ["m12", "m09"]),
        ({"village": "140929100", "status": "closed"}, ["m12"]),
        ({"placement": "outside"}, ["m10", "m06", "m02"]),
        ({"placement": "no_location"}, ["m11", "m07", "m03"]),
    ],
)
def test_the_list_is_filtered(
    listed: TestClient, query: dict[str, Any], expected: list[str]
) -> None:
    assert codes(listed, **query) == expected


def test_pages_join_without_holes_also_when_times_are_equal(
    listed: TestClient, village: Engine, actor: Actor
) -> None:
    with transaction(village, actor) as connection:
        connection.execute(text("UPDATE incidents SET reported_at = '2024-06-01T00:00+08'"))
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 5}
    while True:
        page = listed.get("/api/incidents", params=query).json()
        seen += [incident["code"] for incident in page["incidents"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == [f"m{month:02}" for month in range(12, 0, -1)]


@pytest.mark.parametrize(
    "query",
    [
        {"after": "yesterday"},
        {"limit": 0},
        {"limit": 5000},
        {"status": "lost"},
        {"since": "soon"},
        {"grid": "\0"},
        {"after": "2024-01-01T00:00:00+00:00~99999999999999999999"},
        {"after": "2024-01-01~1"},
    ],
)
def test_a_wrong_question_is_refused(listed: TestClient, query: dict[str, Any]) -> None:
    answer = listed.get("/api/incidents", params=query)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_an_unknown_incident_is_not_found(client: TestClient) -> None:
    assert client.get("/api/incidents/none").status_code == 404
