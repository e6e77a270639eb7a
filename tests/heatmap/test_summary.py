"""The commander's summary over HTTP, against sums made another way."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from tests.heatmap.town import CATEGORIES, SHANGHAI, SOUTH, WEST, add_incident


def summary(client: TestClient, **query: Any) -> dict[str, Any]:
    answer = client.get("/api/heat/summary", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_without_a_selection_it_covers_all_incidents(client: TestClient) -> None:
    whole = summary(client)
    assert (whole["total"], whole["unlocated"]) == (600, 60)
    assert whole["located"] == 540
    assert whole["outside"] == 60
    assert whole["step"] == "week"
    assert sum(frame["count"] for frame in whole["frames"]) == 600
    assert whole["since"] == whole["frames"][0]["from"]
    assert whole["until"] == whole["frames"][-1]["to"]


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_every_incident_is_in_one_township_or_outside_or_without_a_place(
    client: TestClient, step: str
) -> None:
    found = summary(client, step=step, since="2025-02-01", until="2025-03-31", status="closed")
    in_townships = sum(township["count"] for township in found["townships"])
    assert in_townships + found["outside"] + found["unlocated"] == found["total"]
    for one in [*found["townships"], *found["grids"]]:
        assert sum(one["trend"]) == one["count"]
        assert len(one["trend"]) == len(found["frames"])
    assert sum(category["count"] for category in found["categories"]) == found["total"]
    assert sum(grid["count"] for grid in found["grids"]) == in_townships


def test_frames_count_the_days_of_the_county(client: TestClient, town: Engine) -> None:
    found = summary(client, step="day", since="2025-02-01", until="2025-02-10")
    with town.connect() as connection:
        expected = dict(
            connection.execute(
                text("SELECT (reported_at AT TIME ZONE 'Asia/Shanghai')::date::text, count(*)"
                     " FROM incidents GROUP BY 1")
            ).all()
        )  # fmt: skip
    assert len(found["frames"]) == 10
    for frame in found["frames"]:
        assert frame["from"] == frame["to"]
        assert frame["count"] == expected.get(frame["from"], 0)


def test_a_trend_is_told_against_the_period_of_equal_length_before(client: TestClient) -> None:
    march = summary(client, since="2025-03-03", until="2025-03-16")
    before = summary(client, since="2025-02-17", until="2025-03-02")
    assert {t["code"]: t["previous"] for t in march["townships"]} == {
        t["code"]: t["count"] for t in before["townships"]
    }
    counts = {grid["code"]: grid["count"] for grid in before["grids"]}
    assert {grid["code"]: grid["previous"] for grid in march["grids"]} == {
        grid["code"]: counts.get(grid["code"], 0) for grid in march["grids"]
    }


def test_townships_have_names_and_stay_when_nothing_happened(client: TestClient) -> None:
    quiet = summary(client, since="2030-01-01", until="2030-01-31")
    assert quiet["total"] == 0
    assert quiet["grids"] == []
    assert [(t["code"], t["name"], t["count"]) for t in quiet["townships"]] == [
        ("140929100", "岚漪镇", 0),
        ("140929101", "三井镇", 0),
    ]


def test_categories_bear_the_names_of_the_profile_and_unknown_ones_their_code(
    client: TestClient,
) -> None:
    names = {one["code"]: one["name"] for one in summary(client)["categories"]}
    assert names["environment"] == "环境卫生"
    assert names["unheard_of"] == "unheard_of"
    assert set(CATEGORIES) <= set(names)


def test_a_township_can_be_looked_into(client: TestClient) -> None:
    whole = summary(client)
    inside = summary(client, township="140929101")
    (township,) = inside["townships"]
    assert township["name"] == "三井镇"
    assert inside["total"] == township["count"]
    assert {"140929101"} == {grid["code"][:9] for grid in inside["grids"]}
    assert township in whole["townships"]


def test_an_unknown_township_is_not_found(client: TestClient) -> None:
    assert client.get("/api/heat/summary?township=999").status_code == 404


def test_grids_come_busiest_first_with_their_village_and_a_place_inside(
    client: TestClient,
) -> None:
    grids = summary(client)["grids"]
    assert len(grids) == 6
    counts = [grid["count"] for grid in grids]
    assert counts == sorted(counts, reverse=True)
    for grid in grids:
        assert WEST < grid["lon"] < WEST + 0.06
        assert SOUTH < grid["lat"] < SOUTH + 0.02
        assert grid["name"].startswith(grid["village"])


def test_an_incident_at_midnight_belongs_to_the_day_that_begins(
    small_client: TestClient, small_town: Engine, actor: Actor
) -> None:
    midnight = datetime(2025, 3, 1, tzinfo=SHANGHAI)
    with transaction(small_town, actor) as connection:
        add_incident(connection, "at", midnight, None)
        add_incident(connection, "just before", midnight - timedelta(microseconds=1), None)
    frames = summary(small_client, step="month")["frames"]
    assert frames == [
        {"from": "2025-02-28", "to": "2025-02-28", "count": 1},
        {"from": "2025-03-01", "to": "2025-03-01", "count": 1},
    ]


def test_a_county_without_incidents_has_no_frames(small_client: TestClient) -> None:
    empty = summary(small_client)
    assert empty["frames"] == []
    assert empty["total"] == 0
    assert empty["since"] is None
    assert len(empty["townships"]) == 2
    asked = summary(small_client, since=str(date(2025, 1, 1)), until=str(date(2025, 1, 2)))
    assert len(asked["frames"]) == 1
