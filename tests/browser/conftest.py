"""The real app: the demo county in a real database, `gridmap serve`, a real chromium."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
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
    sync_playwright,
)

from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.gate import COOKIE
from gridmap.db import engine_for
from gridmap.settings import Settings
from tests.browser.picture import Picture
from tests.entering import enter

PROGRAM = Path(sys.executable).with_name("gridmap")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
SETTLED = "document.querySelector('.map')?.dataset.drawn === 'true'"
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


class Site:
    """`gridmap serve` on the demo county."""

    def __init__(self, address: str, database: str) -> None:
        self.address = address
        self.database = database

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


@pytest.fixture(scope="module")
def site(new_database: Callable[[], str], home: Path) -> Iterator[Site]:
    """The demo county, served; the tests only look at it."""
    if not (Settings().web_dir / "index.html").is_file():
        pytest.fail("the web app is not built: run `make setup`")
    database = new_database()
    kept = {name: value for name, value in os.environ.items() if "GRIDMAP" not in name}
    ours = {"GRIDMAP_HOME": str(home), "GRIDMAP_DATABASE_URL": database, "GRIDMAP_PORT": "0"}
    subprocess.run([PROGRAM, "demo", "kelan"], env={**kept, **ours}, check=True, timeout=600)
    log = home / "serve.log"
    with log.open("w") as notes:
        served = subprocess.Popen([PROGRAM, "serve"], env={**kept, **ours}, stderr=notes)
    try:
        yield Site(_address_in(log), database)
    finally:
        served.terminate()
        served.wait(timeout=20)


def _address_in(log: Path) -> str:
    for _ in range(300):
        if found := re.search(r"http://\S+", log.read_text(encoding="utf-8")):
            return found[0]
        time.sleep(0.1)
    pytest.fail(f"the server never said where it is: {log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's chromium, without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


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
    """Opens the app in a window of a size; afterwards nothing may have left the site."""
    visitors: list[Visitor] = []

    def visit(width: int = 1440, height: int = 900) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", reduced_motion="reduce"
        )
        site.enter(context)
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
