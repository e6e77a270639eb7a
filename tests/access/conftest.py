"""People with passwords, browsers at the web app, and a database of two counties."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gridmap.access import granting, roll
from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.gate import COOKIE
from gridmap.access.granting import Mandate
from gridmap.access.passwords import hashed
from gridmap.app import create_app
from gridmap.areas import actions as areas
from gridmap.cluster import APP
from gridmap.db import Actor, engine_for, transaction
from gridmap.profiles import Profile
from gridmap.settings import Settings
from tests.access.counties import READABLE, appoint, found

PASSWORD = "correct horse battery"


@cache
def known_hash() -> str:
    return hashed(PASSWORD)


def make_person(engine: Engine, name: str, role: str = "analyst", **options: Any) -> None:
    """An account with a mandate everywhere and the password of these tests."""
    granting.add_account(
        engine, ADMINISTRATOR, name, name, Mandate(role, **options), with_password=False
    )
    give_known(engine, name)


def give_known(engine: Engine, name: str) -> None:
    """The password of these tests, not to be changed."""
    with transaction(engine, ADMINISTRATOR) as connection:
        found = roll.find(connection, name)
        assert found is not None
        roll.set_password(connection, found["id"], known_hash(), must_change=False)


class Browser:
    """One browser: it keeps its cookie, and sends the page's token along."""

    def __init__(self, app: FastAPI, address: str = "10.0.0.1", scheme: str = "http") -> None:
        self.client = TestClient(
            app,
            base_url=f"{scheme}://grid.county.example",
            client=(address, 50000),
            raise_server_exceptions=False,
            follow_redirects=False,
        )

    def log_in(
        self, account: str, password: str = PASSWORD, code: str | None = None
    ) -> httpx2.Response:
        body = {"account": account, "password": password}
        answer = self.client.post(
            "/api/login", json=body if code is None else {**body, "one_time_code": code}
        )
        if answer.status_code == 200:
            self.client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return answer

    @property
    def cookie(self) -> str | None:
        return self.client.cookies.get(COOKIE)

    def get(self, path: str, **options: Any) -> httpx2.Response:
        return self.client.get(path, **options)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        return self.client.request(method, path, json=body, **options)


@pytest.fixture
def app(county: Engine, settings: Settings) -> FastAPI:
    """The web app of a county without rows; li (analyst) and wang (officer) have accounts."""
    make_person(county, "li")
    make_person(county, "wang", "officer")
    return create_app(settings)


@pytest.fixture
def browser(app: FastAPI) -> Callable[..., Browser]:
    """Opens a browser."""

    def browser(**options: str) -> Browser:
        return Browser(app, **options)

    return browser


@pytest.fixture
def li(browser: Callable[..., Browser]) -> Browser:
    """A browser in which li is logged in."""
    opened = browser()
    answer = opened.log_in("li")
    assert answer.status_code == 200, answer.text
    return opened


def trail(engine: Engine, *subjects: str) -> list[tuple[str, str, str]]:
    """The audit lines about these subjects: actor, action, subject, in their order."""
    query = text(
        "SELECT actor, action, subject FROM audit_entries WHERE subject = ANY(:s) ORDER BY id"
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query, {"s": list(subjects)})]


def change(engine: Engine, statement: str, **values: Any) -> int:
    """What time, or whoever keeps the machine, does to the database."""
    with transaction(engine, ADMINISTRATOR) as connection:
        return connection.execute(text(statement), values).rowcount


def kind(answer: httpx2.Response) -> tuple[int, str]:
    """Status and type of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"]


NOT_LOGGED_IN = (401, "/problems/log-in")


@pytest.fixture(scope="module")
def walled_url(new_database: Callable[[], str], kelan: Profile, actor: Actor) -> str:
    """A database with two counties and all accounts; the tests of this file only read it."""
    address = new_database()
    engine = engine_for(address)
    areas.found(engine, actor, kelan)
    found(engine, actor)
    appoint(engine, actor)
    engine.dispose()
    return address


@pytest.fixture(scope="module")
def walled_owner(walled_url: str) -> Iterator[Engine]:
    engine = engine_for(walled_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def walled_app(walled_url: str) -> Iterator[Engine]:
    """The database as the application enters it."""
    engine = engine_for(walled_url, role=APP)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def readable(walled_owner: Engine) -> dict[str, str]:
    """By table and view: the columns the application may read."""
    with walled_owner.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text(READABLE))}
