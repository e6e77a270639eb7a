"""The gate: what is open by name is open, everything else is closed; what every answer bears."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount
from starlette.websockets import WebSocketDisconnect

from gridmap.access.gate import CLOSED, OPEN
from gridmap.app import create_app
from gridmap.settings import Settings
from tests.access.conftest import Browser

Open = Callable[..., Browser]
NOWHERE = Settings(database_url="postgresql://gridmap@127.0.0.1:1/nowhere")
HEALTH = {("GET", "/healthz"), ("GET", "/readyz")}


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """(method, path) of everything in the interface's document."""
    document: dict[str, Any] = app.openapi()
    return [(m.upper(), path) for path, calls in document["paths"].items() for m in calls]


def filled(path: str) -> str:
    """A path with something in each of its places."""
    for place in ("{z}", "{x}", "{y}", "{number}"):
        path = path.replace(place, "1")
    return path.replace("{layer}", "grids").replace("{code}", "x")


@pytest.mark.parametrize(("method", "path"), routes(create_app(NOWHERE)))
def test_every_route_is_closed_that_is_not_open_by_name(
    browser: Open, method: str, path: str
) -> None:
    answer = browser().send(method, filled(path))
    if (method, path) in OPEN | HEALTH:
        assert answer.status_code in {200, 404, 422}, answer.text
    else:
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == "/problems/log-in"
        assert problem["instance"] == filled(path)
        assert problem["detail"]
        assert problem["detail_en"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_route_lies_where_the_gate_does_not_look(app: FastAPI) -> None:
    outside = {
        path for _, path in routes(app) if not path.startswith(tuple(f"{c}/" for c in CLOSED))
    }
    assert outside == {"/healthz", "/readyz"}
    mounted = {route.path for route in app.routes if isinstance(route, Mount)}
    assert mounted <= {"/assets"}


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/openapi.json",
        "/api/nothing",
        "/api/login/",
        "/api/login/oidc/other",
        "/api/plans/",
        "/api//plans",
        "/api/login/../plans",
        "/api/login/%2e%2e/plans",
        "/%61pi/plans",
        "/tiles/grids/1/1/1.mvt",
        "/ogc",
        "/stream",
    ],
)
def test_no_way_of_writing_an_address_slips_past(browser: Open, path: str) -> None:
    assert browser().get(path).status_code == 401


@pytest.mark.parametrize(
    "path", ["//api/plans", "/API/plans", "/./api/plans", "/x/../../api/plans"]
)
def test_an_address_that_the_router_does_not_know_is_the_page_at_most(
    browser: Open, path: str
) -> None:
    answer = browser().get(path)
    assert "json" not in answer.headers["content-type"] or answer.status_code in {401, 404}


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PATCH", "PROPFIND"])
def test_no_other_method_slips_past(browser: Open, method: str) -> None:
    assert browser().send(method, "/api/plans").status_code == 401
    assert browser().send(method, "/api/login").status_code == 401


def test_a_socket_is_closed(app: FastAPI) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        TestClient(app).websocket_connect("/api/plans"),
    ):
        pass


@pytest.mark.parametrize(
    "cookie",
    ["", "gridmap_login=", "gridmap_login=x", "gridmap_login=\x80", 'gridmap_login="', "=;=;;a b"],
)
def test_a_cookie_that_is_none_is_nobody(browser: Open, cookie: str) -> None:
    answer = browser().get("/api/me", headers={"Cookie": cookie.encode("latin-1")})
    assert answer.status_code == 401


def test_no_answer_of_the_interface_is_kept_by_anybody(li: Browser, browser: Open) -> None:
    for path in ("/api/me", "/api/plans", "/api/login", "/api/logins", "/api/nothing"):
        assert li.get(path).headers["cache-control"] == "no-store", path
    assert browser().get("/api/me").headers["cache-control"] == "no-store"
    assert li.get("/tiles/grids/10/829/392.mvt").headers["cache-control"].startswith("private")


def test_browsers_are_told_to_stay_with_https_where_it_is_spoken(browser: Open) -> None:
    header = "strict-transport-security"
    assert browser(scheme="https").get("/healthz").headers[header] == "max-age=31536000"
    assert header not in browser().get("/healthz").headers


def test_while_the_database_is_away_the_gate_says_so_and_the_page_opens() -> None:
    client = TestClient(create_app(NOWHERE), raise_server_exceptions=False)
    away = client.get("/api/me", headers={"Cookie": "gridmap_login=x"})
    assert away.status_code == 503
    assert away.headers["retry-after"] == "3"
    assert client.get("/healthz").status_code == 200
