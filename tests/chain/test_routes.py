"""The chain over HTTP: profile, areas, grids, one grid's card, search, check."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from tests.chain.conftest import A, B, C
from tests.drawing import add_home, settle
from tests.entering import client_of

SOUTH = "140929100201"


def get(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    return body


def test_the_profile_tells_the_dictionaries_and_what_the_database_holds(
    client: TestClient,
) -> None:
    profile = get(client, "/api/profile")
    assert (profile["title"], profile["county_code"]) == ("岢岚县", "140929")
    assert profile["counts"] == {
        "townships": 1, "villages": 2, "grids": 4, "buildings": 3,
        "households": 3, "residents": 3, "incidents": 2, "outside": 0,
    }  # fmt: skip
    assert profile["bounds"] == pytest.approx([111.50, 38.70, 111.53, 38.73])
    assert profile["plan"] == {"code": "plan", "name": "plan", "valid_from": "2020-01-01"}
    assert (profile["first_incident"], profile["last_incident"]) == ("2024-05-01", "2024-05-01")
    assert profile["size_limits"] == {"urban": [300, 500], "rural": [40, 120]}
    assert profile["categories"][0]["children"][0]["name_en"]
    assert profile["synthetic"] is False


def test_the_profile_of_an_empty_county_is_empty_and_no_error(county: Engine) -> None:
    profile = get(client_of(county), "/api/profile")
    assert profile["counts"]["grids"] == 0
    assert profile["bounds"] is None
    assert profile["plan"] is None
    assert profile["first_incident"] is None


def test_a_database_without_county_says_what_to_do(engine: Engine) -> None:
    answer = client_of(engine).get("/api/profile")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "gridmap demo" in answer.json()["detail"]


def test_figures_roll_up_from_grids_to_village_township_and_county(client: TestClient) -> None:
    areas = {area["code"]: area for area in get(client, "/api/areas")["areas"]}
    names = ("grids", "buildings", "households", "residents", "incidents")
    assert [areas["140929100200"][name] for name in names] == [2, 2, 2, 2, 1]
    assert [areas[SOUTH][name] for name in names] == [2, 1, 1, 1, 1]
    for above in ("140929100", "140929"):
        assert [areas[above][name] for name in names] == [4, 3, 3, 3, 2]
    assert areas[SOUTH]["parent_code"] == "140929100"
    assert areas[SOUTH]["bbox"] == pytest.approx([111.50, 38.70, 111.53, 38.71])


def test_grids_are_listed_with_their_homes(client: TestClient) -> None:
    grids = {grid["code"]: grid for grid in get(client, "/api/grids")["grids"]}
    assert list(grids) == sorted(grids)
    assert len(grids) == 4
    assert [grids[B][name] for name in ("buildings", "households", "residents")] == [1, 1, 1]
    assert grids[A]["area_m2"] == pytest.approx(4 * 868 * 1110, rel=0.01)
    south = get(client, "/api/grids", village=SOUTH)["grids"]
    assert {grid["village_code"] for grid in south} == {SOUTH}


def test_the_card_of_a_grid_tells_its_chain(client: TestClient) -> None:
    card = get(client, f"/api/grids/{A}")
    assert [card[level]["name"] for level in ("village", "township", "county")] == [
        "1村", "岚漪镇", "岢岚县",
    ]  # fmt: skip
    assert card["lead"] == {"name": "某某", "phone": None}
    assert card["postings"][0]["role_name"] == "网格长"
    names = ("buildings", "dwellings", "households", "residents", "assets", "organisations")
    assert [card[name] for name in names] == [1, 1, 1, 1, 1, 1]
    assert (card["size_limit"], card["size"]) == ([40, 120], "under")
    assert card["incidents"] == {
        "total": 1,
        "open": 1,
        "by_category": [{"code": "safety", "name": "安全隐患", "count": 1}],
        "by_status": [{"code": "reported", "name": "已点单", "count": 1}],
    }
    assert [link["title"] for link in card["chain"]] == [
        "人进户", "户进房", "房进网格", "网格进图", "格有网格长",
    ]  # fmt: skip
    assert all(link["ok"] for link in card["chain"])
    assert card["geometry"]["type"] == "MultiPolygon"
    assert (card["valid_from"], card["valid_to"]) == ("2020-01-01", None)


def test_the_card_shows_which_link_of_this_grid_is_broken(
    client: TestClient, town: Engine, actor: Actor
) -> None:
    with transaction(town, actor) as connection:
        connection.execute(text("UPDATE buildings SET grid_id = NULL WHERE code = 'h1'"))
        connection.execute(text("DELETE FROM residents WHERE code = 'h2'"))
        connection.execute(text("DELETE FROM postings"))
        connection.execute(
            text(f"UPDATE grids SET valid = '[2020-01-01,2021-01-01)' WHERE code = '{C}'")
        )
    broken = {
        code: [
            link["link"] for link in get(client, f"/api/grids/{code}")["chain"] if not link["ok"]
        ]
        for code in (A, B, "140929100201004")
    }
    assert broken == {
        A: ["building_grid", "grid_lead"],
        B: ["resident_household", "grid_lead"],
        "140929100201004": ["land_in_grid", "grid_lead"],
    }


def test_an_unknown_grid_is_not_found_in_both_languages(client: TestClient) -> None:
    answer = client.get("/api/grids/999")
    assert answer.status_code == 404
    assert "没有编码为 999 的网格" in answer.json()["detail"]
    assert "no grid in force today bears the code 999" in answer.json()["detail_en"]


def test_as_of_shows_the_division_of_that_day(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        settle(connection, "AAB", valid="[2020-01-01,2023-01-01)", plan="old")
        settle(connection, "ABB", valid="[2023-01-01,)", plan="new")
        add_home(connection, "h1", 1.5, 0.5)
    client = client_of(county)
    for as_of, plan, homes in (("2022-12-31", "old", {A: 1, B: 0}), (None, "new", {A: 0, B: 1})):
        query = {} if as_of is None else {"as_of": as_of}
        rows = get(client, "/api/grids", **query)["grids"]
        assert {row["code"]: row["buildings"] for row in rows} == homes
        cards = {code: get(client, f"/api/grids/{code}", **query) for code in (A, B)}
        assert {code: card["buildings"] for code, card in cards.items()} == homes
        assert {card["plan"] for card in cards.values()} == {plan}
    assert get(client, "/api/grids", as_of="2019-12-31")["grids"] == []
    assert client.get(f"/api/grids/{A}", params={"as_of": "2019-12-31"}).status_code == 404


def test_the_card_of_a_building_counts_and_names_nobody(client: TestClient) -> None:
    answer = client.get("/api/buildings/h2")
    assert answer.json() == {
        "code": "h2", "name": "h2号楼", "address": "东街 8 号", "kind": "residential", "floors": 3,
        "dwellings": 1, "households": 1, "residents": 1,
        "grid": {"code": B, "name": "第2网格"}, "village": "1村",
        "lon": pytest.approx(111.525), "lat": pytest.approx(38.715),
    }  # fmt: skip
    assert "某某" not in answer.text
    assert client.get("/api/buildings/none").status_code == 404


@pytest.mark.parametrize(
    ("text_", "first"),
    [
        ("岚漪", ("township", "140929100")),
        ("2村", ("village", SOUTH)),
        ("第2网", ("grid", B)),
        (B, ("grid", B)),
        ("h3号楼", ("building", "h3")),
        ("东街 8", ("building", "h1")),
        ("i2", ("incident", "i2")),
    ],
)
def test_search_finds_places_by_name_code_and_address(
    client: TestClient, text_: str, first: tuple[str, str]
) -> None:
    found = get(client, "/api/search", q=text_)["results"][0]
    assert (found["type"], found["code"]) == first
    west, south, east, north = found["bbox"]
    assert west <= found["lon"] <= east
    assert south <= found["lat"] <= north


@pytest.mark.parametrize("text_", ["", "   ", "%", "_", "\\", "' OR 1=1 --", "没有这个地方"])
def test_search_takes_any_text_literally(client: TestClient, text_: str) -> None:
    assert get(client, "/api/search", q=text_)["results"] == []


def test_search_gives_no_more_than_asked_for(client: TestClient) -> None:
    assert len(get(client, "/api/search", q="网格", limit=3)["results"]) == 3
    assert client.get("/api/search", params={"q": "x", "limit": 0}).status_code == 422


def test_the_check_is_taken_anew_only_when_something_changed(
    client: TestClient, town: Engine, actor: Actor
) -> None:
    first = get(client, "/api/check")
    assert first["ok"] is True
    assert get(client, "/api/check")["checked_at"] == first["checked_at"]
    assert get(client, "/api/check", fresh=1)["checked_at"] > first["checked_at"]
    with transaction(town, actor) as connection:
        connection.execute(text("UPDATE residents SET household_id = NULL WHERE code = 'h1'"))
    later = get(client, "/api/check")
    assert later["ok"] is False
    (link,) = (one for one in later["links"] if not one["ok"])
    assert link["link"] == "resident_household"
    assert set(link["items"][0]) == {"code", "name", "detail", "detail_en", "lon", "lat"}
    assert re.match(r"\d{4}-\d\d-\d\dT.*(Z|\+\d\d:\d\d)$", later["checked_at"])


def test_no_answer_names_a_resident(client: TestClient, town: Engine, actor: Actor) -> None:
    with transaction(town, actor) as connection:
        connection.execute(text("UPDATE residents SET name = '张三', household_id = NULL"))
    for path in (
        "/api/profile", "/api/areas", "/api/grids", f"/api/grids/{A}", "/api/check",
        "/api/buildings/h1", "/api/search?q=张三",
    ):  # fmt: skip
        assert "张三" not in client.get(path).text


def test_plans_are_listed_the_newest_first(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        settle(connection, "AAB", valid="[2020-01-01,2023-01-01)", plan="old")
        settle(connection, "ABB", valid="[2023-01-01,)", plan="new")
        connection.execute(text("INSERT INTO grid_plans (code, name) VALUES ('next', '草案')"))
    plans = get(client_of(county), "/api/plans")["plans"]
    assert [(plan["code"], plan["state"], plan["in_force"], plan["grids"]) for plan in plans] == [
        ("next", "draft", False, 0),
        ("new", "active", True, 2),
        ("old", "active", False, 2),
    ]
