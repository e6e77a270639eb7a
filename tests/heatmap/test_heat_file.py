"""The heat map in one file: complete, without a network, with every incident in it."""

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from gridmap.errors import CallError
from gridmap.heatmap.actions import heat_file
from gridmap.heatmap.summary import Summary
from tests.chromium import Offline, hot_pixels, links_to_elsewhere
from tests.heatmap.town import CATEGORIES, SHANGHAI, SOUTH, WEST, add_incident


def write(
    engine: Engine, actor: Actor, out: Path, since: date | None = None, **options: Any
) -> Summary:
    wanted: dict[str, Any] = {"until": None, "category": [], "status": [], **options}
    return heat_file(engine, actor, since=since, out=out, **wanted)


def data_of(page: str) -> dict[str, Any]:
    """What the page's player was given."""
    (found,) = re.findall(r"gridmapHeat\(\w+, \.\.\.(\[.*\])\);", page)
    return dict(json.loads(found)[0])


def test_every_located_incident_is_in_the_page_once(
    town: Engine, actor: Actor, tmp_path: Path
) -> None:
    out = tmp_path / "heat.html"
    found = write(town, actor, out)
    assert (found.total, found.located) == (600, 540)
    data = data_of(out.read_text(encoding="utf-8"))
    assert sum(data["whole"]["cells"][1::2]) == 540
    assert sum(sum(frame["cells"][1::2]) for frame in data["frames"]) == 540
    assert sum(frame["count"] for frame in data["frames"]) == 600
    for lat, lon in data["cells"]:
        assert SOUTH <= lat <= SOUTH + 0.02
        assert WEST <= lon <= WEST + 0.26


def test_it_holds_the_selection_and_nothing_else(
    town: Engine, actor: Actor, tmp_path: Path
) -> None:
    out = tmp_path / "heat.html"
    found = write(
        town, actor, out, date(2025, 2, 3), until=date(2025, 2, 9), step="day",
        category=["order", "facilities"], status=["closed"],
    )  # fmt: skip
    with town.connect() as connection:
        expected = connection.scalar(
            text("SELECT count(*) FROM incidents WHERE category IN ('order', 'facilities')"
                 " AND status = 'closed' AND reported_at >= '2025-02-03T00:00+08'"
                 " AND reported_at < '2025-02-10T00:00+08'")
        )  # fmt: skip
    assert found.total == expected
    data = data_of(out.read_text(encoding="utf-8"))
    assert len(data["frames"]) == 7
    assert "公共秩序" in data["note"]


def test_the_page_links_to_nothing(town: Engine, actor: Actor, tmp_path: Path) -> None:
    out = tmp_path / "heat.html"
    write(town, actor, out)
    page = out.read_text(encoding="utf-8")
    assert links_to_elsewhere(page) == []
    assert "http://" not in page
    assert "https://" not in page
    assert b"13800000000" not in out.read_bytes()


@pytest.mark.browser
def test_it_plays_in_a_browser_with_the_network_unplugged(
    town: Engine, actor: Actor, tmp_path: Path, offline: Offline
) -> None:
    out = tmp_path / "heat.html"
    write(town, actor, out)
    page = offline.open(out)
    page.wait_for_selector(".heat-player output")
    whole = hot_pixels(page, at_least=2000)
    assert whole >= 2000
    assert page.inner_text(".heat-player output") == "2025-01-01 – 2025-04-30 · 600 件"
    panel = page.inner_text(".heat-panel")
    assert all(word in panel for word in ("600", "540", "岚漪镇", "三井镇"))
    before = page.screenshot()
    page.click(".heat-play")
    page.wait_for_timeout(1800)
    assert int(page.input_value(".heat-player input")) >= 2
    assert 0 < hot_pixels(page) < whole
    assert page.screenshot() != before
    page.click(".heat-play")
    stopped = page.input_value(".heat-player input")
    page.wait_for_timeout(1000)
    assert page.input_value(".heat-player input") == stopped
    assert offline.fetched == []
    assert offline.failed == []


@pytest.mark.browser
def test_a_hostile_name_stays_a_name(
    small_town: Engine, actor: Actor, tmp_path: Path, offline: Offline
) -> None:
    hostile = "</script><img src=x onerror=document.title='taken'>"
    with transaction(small_town, actor) as connection:
        for table in ("grids", "admin_units", "base_features"):
            connection.execute(text(f"UPDATE {table} SET name = :name"), {"name": hostile})
        at = datetime(2025, 1, 1, tzinfo=SHANGHAI)
        add_incident(connection, "1", at, (WEST + 0.03, SOUTH + 0.015), category=CATEGORIES[-1])
    out = tmp_path / "heat.html"
    write(small_town, actor, out)
    page = offline.open(out)
    page.wait_for_selector(".heat-player output")
    page.mouse.move(720, 400)
    page.wait_for_selector(".leaflet-tooltip")
    assert "onerror" in page.inner_text(".leaflet-tooltip")
    assert page.title() == "事件热力图 Incident heat map"
    assert page.locator("img[src=x]").count() == 0
    assert offline.fetched == []


@pytest.mark.browser
def test_a_county_without_incidents_gives_a_page_that_says_so(
    small_town: Engine, actor: Actor, tmp_path: Path, offline: Offline
) -> None:
    out = tmp_path / "heat.html"
    assert write(small_town, actor, out).total == 0
    page = offline.open(out)
    page.wait_for_selector(".heat-panel")
    assert "没有事件" in page.inner_text(".heat-panel")
    assert offline.failed == []


def test_a_page_appears_whole_or_not_at_all(town: Engine, actor: Actor, tmp_path: Path) -> None:
    out = tmp_path / "heat.html"
    out.write_text("older")

    def interrupt(done: int, total: int | None) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(town, actor, out, progress=interrupt)
    assert out.read_text() == "older"
    with pytest.raises(CallError, match="cannot write"):
        write(town, actor, tmp_path / "missing" / "heat.html")
    write(town, actor, out)
    assert out.read_text() != "older"
    assert [path.name for path in tmp_path.iterdir()] == ["heat.html"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"status": ["lost"]}, "known: reported"),
        ({"category": ["litter"]}, "known: environment"),
        ({"until": date(2020, 1, 1), "since": date(2021, 1, 1)}, "swap"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(
    town: Engine, actor: Actor, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(CallError, match=words):
        write(town, actor, tmp_path / "heat.html", **options)
