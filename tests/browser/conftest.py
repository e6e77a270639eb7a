"""The real app: the demo county in a real database, `gridmap serve`, a real chromium."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    expect,
)

from gridmap.access import roll
from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.gate import COOKIE
from gridmap.access.granting import Mandate, add_account
from gridmap.access.passwords import hashed
from gridmap.db import engine_for, transaction
from gridmap.settings import Settings
from tests.browser.picture import Picture
from tests.entering import enter

PROGRAM = Path(sys.executable).with_name("gridmap")
SETTLED = "document.querySelector('.map')?.dataset.drawn === 'true'"
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


class Site:
    """`gridmap serve` on a database; `said` is what it told when it started."""

    def __init__(self, address: str, database: str, said: str) -> None:
        self.address = address
        self.database = database
        self.said = said

    def employ(self, name: str, display_name: str, mandate: Mandate) -> str:
        """Make an account; the password that whoever made it gives to its owner."""
        engine = engine_for(self.database)
        password = add_account(engine, ADMINISTRATOR, name, display_name, mandate)
        engine.dispose()
        assert password is not None
        return password

    def settle(self, name: str, password: str) -> None:
        """The owner of an account has given it a password of their own."""
        engine = engine_for(self.database)
        fresh = hashed(password)
        with transaction(engine, ADMINISTRATOR) as connection:
            found = roll.find(connection, name)
            assert found is not None
            roll.set_password(connection, found["id"], fresh, must_change=False)
        engine.dispose()

    def asks(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds, seen by its owner."""
        with psycopg.connect(self.database) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def end_logins(self) -> None:
        """Every log-in there is ends on the server."""
        with psycopg.connect(self.database) as connection:
            connection.execute("SELECT set_config('gridmap.actor', 'administrator', true)")
            connection.execute("UPDATE gridmap.logins SET ended_at = now() WHERE ended_at IS NULL")

    def enter(self, context: BrowserContext, account: str = ADMINISTRATOR.account) -> None:
        """Log an account in, in this window."""
        engine = engine_for(self.database)
        cookie = enter(engine, account).cookie
        engine.dispose()
        context.add_cookies([{"name": COOKIE, "value": cookie, "url": self.address}])

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """Nobody can reach the database while this lasts."""
        address = urlsplit(self.database)
        name = address.path.lstrip("/")
        admin = address._replace(path="/postgres").geturl()
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            try:
                yield
            finally:
                connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.fixture(scope="session")
def site(new_database: Callable[[], str], home: Path) -> Iterator[Site]:
    """The demo county, served; the tests leave its rows as they are, and add accounts only."""
    with demo_county(new_database(), home) as site:
        yield site


@contextmanager
def demo_county(database: str, home: Path) -> Iterator[Site]:
    """The demo county put into an empty database, and served while this lasts."""
    env = _environment(home, database)
    subprocess.run([PROGRAM, "demo", "kelan"], env=env, check=True, timeout=600)
    with served(home, database) as site:
        yield site


def _environment(home: Path, database: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "GRIDMAP" not in name}
    ours = {"GRIDMAP_HOME": str(home), "GRIDMAP_DATABASE_URL": database, "GRIDMAP_PORT": "0"}
    return {**kept, **ours}


@contextmanager
def served(home: Path, database: str) -> Iterator[Site]:
    """`gridmap serve` on this database while it lasts."""
    if not (Settings().web_dir / "index.html").is_file():
        pytest.fail("the web app is not built: run `make setup`")
    log = home / f"serve-{urlsplit(database).path.lstrip('/')}.log"
    with log.open("w") as notes:
        process = subprocess.Popen(
            [PROGRAM, "serve"], env=_environment(home, database), stdout=notes, stderr=notes
        )
    try:
        address = _address_in(log)
        yield Site(address, database, log.read_text(encoding="utf-8"))
    finally:
        process.terminate()
        process.wait(timeout=20)


def _address_in(log: Path) -> str:
    for _ in range(300):
        if found := re.search(r"http://\S+", log.read_text(encoding="utf-8")):
            return found[0]
        time.sleep(0.1)
    pytest.fail(f"the server never said where it is: {log.read_text(encoding='utf-8')}")


class Visitor:
    """Somebody at the app. Whatever would leave the site is blocked and remembered."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.site = site
        self.context = context
        self.strayed: list[str] = []
        self.complaints: list[str] = []
        self.asked: list[str] = []
        context.route("**/*", self._let_through)
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def go(self, path: str) -> Page:
        """Open a page without waiting for its map."""
        self.page.goto(self.site.address + path)
        return self.page

    def open(self, path: str) -> Page:
        """Open a page and wait until its map has nothing left to draw, or its report is there."""
        self.go(path)
        if path.startswith("/check"):
            self.page.get_by_role("status").filter(has_text="链条").wait_for()
        else:
            self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the map stood still for a second."""
        still = 0
        for _ in range(PATIENCE_MS // 200):
            still = still + 1 if self.page.evaluate(SETTLED) else 0
            if still == 5:
                return
            self.page.wait_for_timeout(200)
        pytest.fail("the map is never finished")

    def picture(self) -> Picture:
        """The page as it looks now."""
        return Picture.of(self.page)

    def tiles_asked(self, layer: str) -> int:
        """How often tiles of a layer were asked for so far."""
        return sum(f"/tiles/{layer}/" in url for url in self.asked)

    def _let_through(self, route: Route) -> None:
        url = route.request.url
        if url.startswith((self.site.address, "data:", "blob:")):
            route.continue_()
        else:
            self.strayed.append(url)
            route.abort()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Opens the app in a window of a size, logged in unless `account` is None; afterwards nothing
    may have left the site."""
    visitors: list[Visitor] = []

    def visit(
        width: int = 1440,
        height: int = 900,
        account: str | None = ADMINISTRATOR.account,
        site: Site = site,
    ) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", reduced_motion="reduce"
        )
        if account:
            site.enter(context, account)
        visitors.append(Visitor(context, site))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.context.close()
        assert visitor.strayed == []


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    """Somebody at a 1440 × 900 screen."""
    return visit()


@pytest.fixture
def stranger(visit: Callable[..., Visitor]) -> Visitor:
    """Somebody who is not logged in."""
    return visit(account=None)
