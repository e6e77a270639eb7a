"""What one caller may ask: sizes, nesting, numbers that are none, time; over the application."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import text

from gridmap import limits
from gridmap.access.actors import ADMINISTRATOR
from gridmap.app import create_app
from gridmap.areas import actions as areas
from gridmap.db import engine_for, transaction
from gridmap.profiles import Profile
from gridmap.settings import Settings
from tests.drawing import lonlat, settle
from tests.entering import log_in

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def app(new_database: Callable[[], str], kelan: Profile, home: Path) -> FastAPI:
    """The interface of a village with two grids, whose queries may take a second."""
    url = new_database()
    engine = engine_for(url)
    areas.found(engine, ADMINISTRATOR, kelan)
    with transaction(engine, ADMINISTRATOR) as connection:
        settle(connection, "AB")
    engine.dispose()
    return create_app(Settings(database_url=url, home=home, statement_timeout_s=1,
                               reports_per_minute=1_000_000))  # fmt: skip


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return log_in(app)


def report(**other: Any) -> dict[str, Any]:
    lon, lat = lonlat(0.5, 0.5)
    return {"channel": "hotline", "category": "safety", "description": "x",
            "lon": lon, "lat": lat, **other}  # fmt: skip


def refused(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["detail"] and problem["detail_en"] and problem["detail"] != problem["detail_en"]
    return problem


def count(client: TestClient) -> int:
    return int(client.get("/api/profile").json()["counts"]["incidents"])


def test_a_body_of_a_mebibyte_is_read_and_a_byte_more_is_not(client: TestClient) -> None:
    body = json.dumps(report(description="x")).encode()
    fits = body + b" " * (limits.BODY_BYTES - len(body))
    before = count(client)
    assert client.post("/api/incidents", content=fits, headers=JSON).status_code == 201
    refused(client.post("/api/incidents", content=fits + b" ", headers=JSON), 413)
    assert count(client) == before + 1


def test_a_body_that_says_no_length_is_counted_as_it_comes(client: TestClient) -> None:
    sent = []

    def pieces() -> Iterator[bytes]:
        for _ in range(64):
            sent.append(1 << 16)
            yield b" " * (1 << 16)

    refused(client.post("/api/incidents", content=pieces(), headers=JSON), 413)
    small = [json.dumps(report()).encode()[i : i + 7] for i in range(0, 200, 7)]
    assert client.post("/api/incidents", content=iter(small), headers=JSON).status_code == 201


@pytest.mark.parametrize("length", ["99999999999999999999", "1048577"])
def test_a_length_that_is_only_announced_is_refused_before_a_byte_is_read(
    client: TestClient, length: str
) -> None:
    headers = {**JSON, "Content-Length": length}
    refused(client.post("/api/incidents", content=b"{}", headers=headers), 413)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nesting_without_end_is_refused(client: TestClient, opening: str) -> None:
    began = time.monotonic()
    refused(client.post("/api/incidents", content=opening * 100_000, headers=JSON), 422)
    assert time.monotonic() - began < 1
    inside = report(description="[" * 3000 + '\\"{{')  # in a text they are only letters
    assert client.post("/api/incidents", json=inside).status_code == 201


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_are_none_are_refused(client: TestClient, number: str) -> None:
    before = count(client)
    body = json.dumps(report()).replace(str(lonlat(0.5, 0.5)[0]), number)
    assert number in body
    refused(client.post("/api/incidents", content=body, headers=JSON), 422)
    assert count(client) == before
    assert client.post("/api/incidents", json=report(description="NaN")).status_code == 201


def test_a_number_of_a_hundred_thousand_digits_is_refused(client: TestClient) -> None:
    for digits in ("9" * 100_000, "0." + "1" * 100_000 + "e5"):
        body = json.dumps(report()).replace(str(lonlat(0.5, 0.5)[0]), digits)
        answer = client.post("/api/incidents", content=body, headers=JSON)
        assert 400 <= answer.status_code < 500


def numbers_of(app: FastAPI) -> list[tuple[str, str, str]]:
    """Method, path and parameter of every number in an address."""
    found = []
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                kinds = json.dumps(parameter["schema"])
                if '"integer"' in kinds or '"number"' in kinds:
                    found.append((method, path, parameter["name"]))
    return found


def test_numbers_in_addresses_are_numbers(app: FastAPI, client: TestClient) -> None:
    wanted = numbers_of(app)
    assert len(wanted) >= 5
    odd = ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "-" + "9" * 400, "0x10", "²"]
    for method, path, name in wanted:
        filled = path.replace("{layer}", "grids").replace("{code}", "x")
        for value in odd:
            place = filled.replace(f"{{{name}}}", value)
            for other in ("z", "x", "y"):
                place = place.replace(f"{{{other}}}", "0")
            query = {} if place != filled and f"{{{name}}}" in filled else {name: value, "q": "x"}
            answer = client.request(method, place, params=query)
            assert 400 <= answer.status_code < 500, (place, query, answer.text)


@pytest.mark.parametrize(
    "address",
    ["-1/0/0", "0/-1/0", "0/0/1", "23/0/0", "22/4194304/0", "1000000000/0/0",
     "31/2147483647/2147483647", "9223372036854775808/1/1", "0/" + "9" * 4000 + "/0"],
)  # fmt: skip
def test_tiles_that_are_nowhere_are_not_drawn(client: TestClient, address: str) -> None:
    began = time.monotonic()
    for layer in ("grids", "incidents", "heat", "..%2fgrids", "grids;DROP TABLE grids"):
        answer = client.get(f"/tiles/{layer}/{address}.mvt")
        assert answer.status_code in (404, 422)
    assert time.monotonic() - began < 2


def test_long_addresses_and_headers_are_refused(client: TestClient) -> None:
    refused(client.get("/api/search", params={"q": "x" * limits.ADDRESS_BYTES}), 414)
    refused(client.get("/api/profile", headers={"X": "x" * limits.HEADER_BYTES}), 431)
    many = {f"x-{n}": "x" for n in range(limits.HEADER_BYTES // 5)}
    refused(client.get("/api/profile", headers=many), 431)


def test_what_is_too_much_at_once_is_told_to_come_again(app: FastAPI) -> None:
    answers: list[int] = []

    async def slow(scope: limits.Scope, receive: limits.Receive, send: limits.Send) -> None:
        await anyio.sleep(0.5)
        answers.append(200)

    def refuse(scope: limits.Scope, status: int, zh: str, en: str) -> limits.App:
        async def answer(scope: limits.Scope, receive: limits.Receive, send: limits.Send) -> None:
            answers.append(status)

        return answer

    async def crowd() -> None:
        gate = limits.Limits(slow, refuse)
        scope = {"type": "http", "raw_path": b"/", "query_string": b"", "headers": []}
        for _ in range(2):
            async with anyio.create_task_group() as group:
                for _ in range(limits.AT_ONCE + 7):
                    group.start_soon(gate, scope, None, None)

    anyio.run(crowd)
    assert answers.count(503) == 2 * 7
    assert answers.count(200) == 2 * limits.AT_ONCE


def test_a_query_without_end_is_stopped_and_told_as_such(app: FastAPI, client: TestClient) -> None:
    def endless(request: Request) -> None:
        with transaction(request.app.state.engine, request.state.actor) as connection:
            connection.execute(text("SELECT pg_sleep(600)"))

    app.router.add_api_route("/api/endless", endless)
    app.router.routes.insert(0, app.router.routes.pop())  # before the page, which takes the rest
    began = time.monotonic()
    answer = client.get("/api/endless")
    assert 1 <= time.monotonic() - began < 3
    assert "longer than is allowed" in refused(answer, 503)["detail_en"]
    assert client.get("/api/profile").status_code == 200


def test_every_query_of_the_application_has_a_limit_of_time(app: FastAPI) -> None:
    for settings, limit in (
        (app.state.settings, "1s"),
        (Settings(home=app.state.settings.home), "1min"),
    ):
        url = app.state.settings.database_url
        engine = create_app(settings.model_copy(update={"database_url": url})).state.engine
        with transaction(engine, ADMINISTRATOR) as connection:
            assert connection.scalar(text("SHOW statement_timeout")) == limit
        engine.dispose()
