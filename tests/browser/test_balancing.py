"""Balancing in the boundary editor: the real solver behind it, a real mouse before it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Site, Visitor, demo_county
from tests.browser.door import faults
from tests.browser.editing import VILLAGE, Desk, middle

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEXT_VILLAGE = "140929400002"
MODES = ["稳定", "顺路", "均匀"]
SIZE = (400, 600)
"""The ten grids of the village are all too small for it: every proposal changes some."""
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def county(new_database: Callable[[], str], home: Path) -> Iterator[Site]:
    """A demo county of this file's own: its drafts change."""
    with demo_county(new_database(), home) as site:
        yield site


class Panel(Desk):
    """Somebody who balances a draft."""

    def open(self) -> None:
        self.page.get_by_role("button", name="均衡", exact=True).click()
        expect(self.page.get_by_role("heading", name="均衡")).to_be_focused()

    def wish(self, size: tuple[int, int] = SIZE) -> None:
        """Fill in what is asked for."""
        self.page.get_by_label("另定").check()
        self.page.get_by_label("最少户数").fill(str(size[0]))
        self.page.get_by_label("最多户数").fill(str(size[1]))

    def ask(self) -> None:
        self.page.get_by_role("button", name="计算建议").click()

    def balance(self) -> None:
        """Open the panel, ask, and wait for what is proposed."""
        self.open()
        self.wish()
        self.ask()
        expect(self.sheet).to_be_visible()

    @property
    def sheet(self) -> Locator:
        """The divisions side by side."""
        return self.page.get_by_role("region", name="并排比较")

    def found(self) -> dict[str, Any]:
        """What the server holds of the proposals that are shown."""
        number = self.page.url.split("balance=")[1].split("&")[0]
        answer = self.page.context.request.get(
            f"{self.site.address}/api/plans/{self.code}/proposals/{number}"
        )
        told: dict[str, Any] = answer.json()
        return told

    def on_map(self, mode: str) -> None:
        """Show a proposal on the map."""
        self.sheet.get_by_role("button", name=mode, exact=True).click()
        self.sheet.get_by_role("button", name="在地图上看").click()
        self.visitor.settle()

    def lock(self, number: str) -> Locator:
        """The lock of a grid."""
        return self.page.locator(f'li[data-row$="{number}"]').get_by_role("button")

    def tick(self, number: str) -> Locator:
        """The tick that takes a grid over without the others."""
        return self.page.locator(f'li[data-row$="{number}"]').get_by_role("checkbox")

    def accept(self, name: str = "采用这个建议") -> int:
        """Press a button that takes over; the status of the answer."""
        with self.page.expect_response("**/accept") as answer:
            self.page.get_by_role("button", name=name).click()
        return answer.value.status

    def shapes(self) -> dict[str, Any]:
        return {grid["code"]: grid["geometry"] for grid in self.division()["grids"]}


@pytest.fixture
def panel(visit: Visit, county: Site) -> Iterator[Panel]:
    """A draft of this test's own; nothing may have gone wrong in the page."""
    panel = Panel(visit(site=county))
    yield panel
    assert faults(panel.visitor.complaints) == []


def test_three_proposals_stand_beside_the_present_with_their_figures(panel: Panel) -> None:
    panel.balance()
    heads = panel.sheet.locator("thead th")
    expect(heads).to_have_count(4)
    assert [text.split("\n")[0] for text in heads.all_inner_texts()] == ["现状", *MODES]
    expect(panel.sheet.get_by_role("img")).to_have_count(4)
    found = panel.found()
    before = found["proposals"][0]["before"]
    after = [one["after"] for one in found["proposals"]]
    cells = panel.sheet.get_by_role("row", name="户数适度").get_by_role("cell").all_inner_texts()
    assert cells == [f"{one['in_range']} / {one['grids']}" for one in (before, *after)]
    assert all(one["in_range"] > before["in_range"] for one in after)
    moved = panel.sheet.get_by_role("row", name="调整楼栋").get_by_role("cell").all_inner_texts()
    assert moved[1:] == [
        f"{one['moved_buildings']:.0f} 栋调整，至少需要 {one['moved_at_least']:.0f} 栋"
        for one in after
    ]
    panel.sheet.get_by_role("img", name="稳定").locator('[data-small$="003"]').hover()
    weights = [grids[f"{VILLAGE}003"] for grids in _households(found)]
    for told, weight in zip(
        panel.sheet.locator(".readout p").all_inner_texts(), weights, strict=True
    ):
        assert told.startswith("第三网格")
        assert f"{weight} 户" in told


def _households(found: dict[str, Any]) -> list[dict[str, int]]:
    """Of each grid: at present, and in each proposal."""
    divisions = [found["present"], *(one["grids"] for one in found["proposals"])]
    return [{grid["code"]: grid["households"] for grid in grids} for grids in divisions]


def test_a_proposal_lies_on_the_map_over_the_borders_of_today(panel: Panel) -> None:
    panel.balance()
    panel.page.get_by_role("button", name="在地图上看").click()
    panel.visitor.settle()
    proposed = panel.visitor.picture().part(100, 150, 1000, 880)
    panel.page.get_by_role("button", name="现状", exact=True).click()
    panel.visitor.settle()
    today = panel.visitor.picture().part(100, 150, 1000, 880)
    assert proposed.share("accent", within=12) > 10 * today.share("accent", within=12)
    panel.page.keyboard.press("Escape")
    expect(panel.sheet).to_be_visible()


def test_locked_grids_keep_their_shape_when_it_is_asked_again(panel: Panel) -> None:
    panel.balance()
    before = panel.shapes()
    changed = {
        one["code"] for one in panel.found()["proposals"][0]["grids"] if one["fate"] != "same"
    }
    assert f"{VILLAGE}009" in changed
    panel.page.get_by_role("button", name="修改并重新计算").click()
    panel.lock("009").click()
    panel.click(middle(panel.ring("001")))
    for number in ("001", "009"):
        expect(panel.lock(number)).to_have_attribute("aria-pressed", "true")
    panel.click(middle(panel.ring("001")))
    expect(panel.lock("001")).to_have_attribute("aria-pressed", "false")
    first = panel.page.url
    panel.ask()
    expect(panel.sheet).to_be_visible()
    assert panel.page.url != first
    found = panel.found()
    assert found["asked"]["locked"] == [f"{VILLAGE}009"]
    for proposal in found["proposals"]:
        kept = next(one for one in proposal["grids"] if one["code"] == f"{VILLAGE}009")
        assert kept["fate"] == "same"
        assert _vertices(kept["geometry"]) >= _vertices(before[f"{VILLAGE}009"])
    expect(panel.sheet.locator("path.kept")).to_have_count(4)


def test_a_proposal_is_accepted_households_are_conserved_and_undo_brings_all_back(
    panel: Panel,
) -> None:
    before, households = panel.shapes(), panel.households()
    panel.balance()
    panel.on_map("稳定")
    proposed = panel.found()["proposals"][0]
    assert panel.accept() == 200
    expect(panel.page.get_by_text("已采用“稳定”")).to_be_visible()
    after = panel.households()
    assert after == {one["code"][-3:]: one["households"] for one in proposed["grids"]}
    assert sum(after.values()) == sum(households.values())
    assert len(after) < len(households)
    panel.page.get_by_role("button", name="继续编辑", exact=True).click()
    expect(panel.rows).to_have_count(len(after))
    with panel.page.expect_response("**/undo"):
        panel.page.keyboard.press("Control+z")
    expect(panel.rows).to_have_count(len(before))
    assert panel.shapes() == before


def test_a_part_that_cannot_stand_alone_is_widened_and_then_accepted(panel: Panel) -> None:
    before = panel.shapes()
    panel.balance()
    panel.on_map("稳定")
    panel.tick("006").check()
    assert panel.accept("只采用勾选的 1 格") == 422
    expect(panel.page.get_by_text("勾选的网格不能单独采用")).to_be_visible()
    assert panel.shapes() == before
    offer = panel.page.get_by_role("button", name="一起采用这")
    together = int(offer.inner_text().split()[1])
    assert together > 1
    assert panel.accept("一起采用这") == 200
    after = panel.shapes()
    changed = {code for code in {*before, *after} if before.get(code) != after.get(code)}
    assert f"{VILLAGE}006" in changed
    proposed = panel.found()["proposals"][0]
    for grid in proposed["grids"]:
        if grid["code"] in changed:
            assert _vertices(after[grid["code"]]) >= _vertices(grid["geometry"])


def _vertices(geometry: dict[str, Any]) -> set[tuple[float, float]]:
    """Wherever a ring begins; a neighbour's new junction may come on top."""
    parts: list[Any] = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        parts = [parts]
    return {(lon, lat) for rings in parts for ring in rings for lon, lat in ring}


def test_a_proposal_made_for_borders_that_others_changed_is_refused_and_asked_for_again(
    panel: Panel,
) -> None:
    panel.balance()
    address = panel.page.url
    panel.page.get_by_role("button", name="关闭均衡").click()
    panel.write_lead("李四")
    panel.visitor.go(address.removeprefix(panel.site.address))
    expect(panel.sheet).to_be_visible()
    expect(panel.page.get_by_text("计算之后有 1 个网格改动过")).to_be_visible()
    assert panel.accept() == 412
    expect(panel.page.get_by_text("计算之后，有人改了这些网格")).to_be_visible()
    panel.page.get_by_role("button", name="按原样重新计算").click()
    panel.page.wait_for_url(lambda url: url != address)
    expect(panel.sheet).to_be_visible()
    assert panel.found()["asked"]["size"] == list(SIZE)
    assert panel.accept() == 200


def test_what_is_asked_for_outlasts_a_reload_of_the_page(visit: Visit, county: Site) -> None:
    panel = Panel(visit(site=county), whole_township=True)
    page = panel.page
    panel.open()
    page.get_by_label("草案的全部 5 个村社区").check()
    panel.wish()
    bar = page.get_by_role("progressbar", name="正在计算")
    with held(county):
        panel.ask()
        expect(bar).to_be_visible()
        address = page.url
        page.reload()
        expect(page.get_by_text("0 / 15")).to_be_visible()
        expect(bar).to_be_visible()
    expect(panel.sheet).to_be_visible()
    assert page.url.split("&balance=")[1] == address.split("&balance=")[1]
    page.get_by_role("combobox", name="村社区").select_option(NEXT_VILLAGE)
    expect(panel.sheet.get_by_role("button", name="西城社区")).to_be_visible()
    assert panel.accept("采用西城社区") == 200
    assert faults(panel.visitor.complaints) == []


def test_what_is_asked_for_can_be_called_off_and_asked_for_again(
    panel: Panel, county: Site
) -> None:
    panel.open()
    panel.wish()
    with held(county):
        panel.ask()
        panel.page.get_by_role("button", name="取消计算").click()
        expect(panel.page.get_by_role("alert")).to_contain_text("已取消")
        assert panel.found()["state"] == "cancelled"
    panel.page.get_by_role("button", name="按原样重新计算").click()
    expect(panel.sheet).to_be_visible()
    assert panel.found()["asked"]["size"] == list(SIZE)


@contextmanager
def held(site: Site) -> Iterator[None]:
    """Nothing that is asked for is computed while this lasts: somebody else holds its number."""
    with psycopg.connect(site.database) as connection:
        connection.execute(
            "SELECT pg_advisory_lock(hashtext('gridmap.plans.proposals'), n::int) FROM ("
            "SELECT coalesce(max(id), 0) AS last FROM gridmap.plan_proposals) AS known,"
            " generate_series(last + 1, last + 100) AS n"
        )
        yield


def test_a_job_that_ended_with_the_server_says_so_and_is_asked_for_again(
    panel: Panel, county: Site
) -> None:
    panel.balance()
    with psycopg.connect(county.database) as connection:
        connection.execute("SELECT set_config('gridmap.actor', 'administrator', true)")
        connection.execute(
            "UPDATE gridmap.plan_proposals SET state = 'ended', result = NULL,"
            """ reason = '{"zh": "服务器重启了", "en": "the server was restarted"}'"""
        )
    address = panel.page.url
    panel.page.reload()
    told = panel.page.get_by_role("alert")
    expect(told).to_contain_text("中途停止")
    expect(told).to_contain_text("服务器重启了")
    told.get_by_role("button", name="按原样重新计算").click()
    panel.page.wait_for_url(lambda url: url != address)
    expect(panel.sheet).to_be_visible()


def test_all_of_it_is_within_reach_of_the_keyboard_and_in_english(panel: Panel) -> None:
    page = panel.page
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Balance", exact=True).press("Enter")
    page.get_by_label("My own").press("Space")
    page.get_by_label("Fewest households").fill("400")
    page.get_by_label("Most households").fill("600")
    panel.lock("009").press("Space")
    page.get_by_role("button", name="Propose (1 kept)").press("Enter")
    sheet = page.get_by_role("region", name="Side by side")
    sheet.get_by_role("button", name="Even").press("Enter")
    expect(sheet.get_by_role("button", name="Even")).to_have_attribute("aria-pressed", "true")
    panel.tick("003").focus()
    expect(sheet.locator(".readout p")).to_have_count(4)
    page.get_by_role("button", name="Accept", exact=True).press("Enter")
    expect(page.get_by_text("Even is accepted")).to_be_visible()
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="中文").click()
