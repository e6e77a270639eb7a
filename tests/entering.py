"""Being logged in, for tests of everything else: as an identity provider lets an account in."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.entering import enter_by_provider, find_login
from gridmap.access.gate import COOKIE
from gridmap.app import create_app
from gridmap.settings import Settings


@dataclass(frozen=True)
class Pass:
    """What a browser of somebody who is logged in sends along."""

    cookie: str
    csrf: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.cookie}", "X-CSRF-Token": self.csrf}


def enter(engine: Engine, account: str = ADMINISTRATOR.account) -> Pass:
    """Open a log-in."""
    cookie = enter_by_provider(engine, lambda: account, "test")
    login = find_login(engine, cookie, "test")
    assert login is not None
    return Pass(cookie, login.csrf)


def log_in(app: FastAPI, account: str = ADMINISTRATOR.account) -> TestClient:
    """A browser in which this account is logged in."""
    found = enter(app.state.engine, account)
    client = TestClient(app, raise_server_exceptions=False)
    client.cookies.set(COOKIE, found.cookie)
    client.headers["X-CSRF-Token"] = found.csrf
    return client


def client_of(engine: Engine, account: str = ADMINISTRATOR.account) -> TestClient:
    """As `log_in`, at a web service of this database."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return log_in(create_app(Settings(database_url=url)), account)
