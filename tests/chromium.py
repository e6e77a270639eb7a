"""A real browser for the tests, and a page with the network unplugged."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Frame, Page, sync_playwright

_HOT_PIXELS = """() => {
    const canvas = document.querySelector(".leaflet-heatmap-layer");
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let hot = 0;
    for (let i = 3; i < pixels.length; i += 4) hot += pixels[i] > 40;
    return hot;
}"""

# What a browser fetches by itself: sources, links, pictures of styles, imports, calls.
_FETCHED = re.compile(
    r"""(?:\b(?:src|href)\s*=\s*|url\(\s*|@import\s+|\bimport\(\s*|\bfetch\(\s*)"""
    r"""["'`]?((?:https?:)?//[^\s"'`)]+)"""
)


def links_to_elsewhere(page: str) -> list[str]:
    """The addresses in a page's text that a browser would fetch from another machine."""
    return _FETCHED.findall(page)


def hot_pixels(page: Page | Frame, at_least: int = 0) -> int:
    """The visible pixels of a page's heat layer; waits a while until there are so many."""
    for _ in range(50):
        found = int(page.evaluate(_HOT_PIXELS))
        if found >= at_least:
            break
        page.wait_for_timeout(100)
    return found


@contextmanager
def launch_chromium() -> Iterator[Browser]:
    """Debian's chromium, without a screen; draws maps in software."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--use-angle=swiftshader",
                "--enable-unsafe-swiftshader",
            ],
        )
        yield browser
        browser.close()


class Offline:
    """A page with the network unplugged; keeps what it asked for and what failed in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.failed: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.failed.append(str(error)))

    def open(self, file: Path) -> Page:
        """Open a file of this machine."""
        self.page.goto(file.as_uri())
        return self.page

    @property
    def fetched(self) -> list[str]:
        """Addresses asked for that are neither in the page nor the page itself."""
        return [url for url in self.asked if not url.startswith(("data:", "file:", "blob:"))]


@contextmanager
def open_offline(browser: Browser) -> Iterator[Offline]:
    """A page of 1440×900 without a network."""
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
    yield Offline(context.new_page())
    context.close()
