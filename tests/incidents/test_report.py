"""Reporting an incident over HTTP: placed, numbered, recorded, and never taken twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.drawing import lonlat

A, B = "140929100200001", "140929100200002"
IN_A, IN_B, ON_BORDER, OUTSIDE = lonlat(0.5, 0.5), lonlat(1.5, 0.5), lonlat(1, 0.5), lonlat(9, 9)


def report(at: tuple[float, float] | None = IN_A, **changes: Any) -> dict[str, Any]:
    place = {} if at is None else {"lon": at[0], "lat": at[1]}
    return {
        "channel": "patrol",
        "category": "safety",
        "subcategory": "fire_hazard",
        "description": "楼道堆放杂物",
        **place,
        **changes,
    }


def test_a_report_is_placed_numbered_and_begins_a_history(client: TestClient) -> None:
    answer = client.post("/api/incidents", json=report(reported_at="2024-05-01T08:30:00+08:00"))
    assert answer.status_code == 201
    incident = answer.json()
    assert incident["code"] == "20240501000001"
    assert incident["placement"] == "in_grid"
    assert incident["grid"] == {"code": A, "name": "第1网格"}
    names = [incident[level]["name"] for level in ("village", "township", "county")]
    assert names == ["1村", "岚漪镇", "岢岚县"]
    labels = [incident[f"{what}_name"] for what in ("category", "subcategory", "channel", "status")]
    assert labels == ["安全隐患", "消防隐患", "网格员巡查", "已点单"]
    (entry,) = incident["entries"]
    assert (entry["action"], entry["status"]) == ("report", "reported")
    assert entry["actor"] == "administrator"
    assert client.get("/api/incidents/20240501000001").json() == incident


@pytest.mark.parametrize(
    ("at", "placement", "grid"),
    [
        (IN_B, "in_grid", B),
        (ON_BORDER, "in_grid", A),
        (OUTSIDE, "outside", None),
        (None, "no_location", None),
    ],
)
def test_a_report_anywhere_is_kept_and_marked(
    client: TestClient, at: tuple[float, float] | None, placement: str, grid: str | None
) -> None:
    incident = client.post("/api/incidents", json=report(at)).json()
    assert incident["placement"] == placement
    assert (incident["grid"] or {}).get("code") == grid


def test_without_a_time_it_is_reported_now(client: TestClient) -> None:
    incident = client.post("/api/incidents", json=report()).json()
    age = datetime.now(UTC) - datetime.fromisoformat(incident["reported_at"])
    assert timedelta(0) <= age < timedelta(minutes=1)


def test_a_time_without_zone_is_the_countys_time(client: TestClient) -> None:
    incident = client.post("/api/incidents", json=report(reported_at="2024-05-01T00:30:00")).json()
    assert datetime.fromisoformat(incident["reported_at"]) == datetime(
        2024, 4, 30, 16, 30, tzinfo=UTC
    )
    assert incident["code"].startswith("20240501")


def test_the_same_report_sent_again_is_the_same_incident(client: TestClient) -> None:
    sent = report(code="hotline-7")
    first = client.post("/api/incidents", json=sent)
    again = client.post("/api/incidents", json=sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert len(client.get("/api/incidents").json()["incidents"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"description": "别的事"},
        {"category": "order", "subcategory": "noise"},
        {"lon": 111.501},
        {"reported_at": "2024-05-02T08:00:00+08:00"},
    ],
)
def test_another_report_under_a_taken_code_is_a_conflict(
    client: TestClient, change: dict[str, Any]
) -> None:
    client.post("/api/incidents", json=report(code="7", reported_at="2024-05-01T08:00:00+08:00"))
    answer = client.post("/api/incidents", json=report(code="7", **change))
    assert answer.status_code == 409
    assert "7 已属于另一个事件" in answer.json()["detail"]
    assert "belongs to another incident" in answer.json()["detail_en"]


@pytest.mark.parametrize(
    ("change", "zh", "en"),
    [
        ({"channel": "pigeon"}, "来源渠道 'pigeon' 不在本县字典里", "hotline"),
        ({"category": "weather"}, "大类 'weather'", "environment"),
        ({"subcategory": "noise"}, "“安全隐患”的小类 'noise'", "fire_hazard"),
        ({"description": "  "}, "请填写事件描述", "say what happened"),
        ({"lat": None}, "经度和纬度要同时填写", "both, or neither"),
        ({"lon": 38.7, "lat": 111.5}, "是否写反", "swapped"),
        ({"reported_at": "2999-01-01T00:00:00+08:00"}, "在将来", "in the future"),
        ({"reported_at": "0001-01-01T00:00:00+08:00"}, "过早", "too long ago"),
        ({"description": "a\0b"}, "description", "description"),
    ],
)
def test_a_wrong_report_is_refused_with_what_to_do(
    client: TestClient, change: dict[str, Any], zh: str, en: str
) -> None:
    answer = client.post("/api/incidents", json=report(**change))
    assert answer.status_code == 422
    assert zh in answer.json()["detail"]
    assert en in answer.json()["detail_en"]
    assert client.get("/api/incidents").json()["incidents"] == []


@pytest.mark.parametrize("body", ["{}", "[]", '{"channel": 7}', '{"nonsense": 1}', "NaN"])
def test_a_body_that_is_no_report_is_refused(client: TestClient, body: str) -> None:
    answer = client.post(
        "/api/incidents", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_reports_at_once_get_codes_of_their_own(client: TestClient) -> None:
    sent = report(reported_at="2024-05-01T08:00:00+08:00")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post("/api/incidents", json=sent), range(24)))
    assert [answer.status_code for answer in answers] == [201] * 24
    codes = sorted(answer.json()["code"] for answer in answers)
    assert codes == [f"20240501{number:06}" for number in range(1, 25)]


def test_the_audit_trail_names_who_reported(client: TestClient, village: Engine) -> None:
    client.post("/api/incidents", json=report())
    with village.connect() as connection:
        lines = connection.execute(
            text(
                "SELECT actor, action, subject FROM audit_entries"
                " WHERE subject IN ('incidents', 'incident_entries') ORDER BY id"
            )
        ).all()
    assert [tuple(line) for line in lines] == [
        ("administrator", "insert", "incidents"),
        ("administrator", "insert", "incident_entries"),
    ]
