"""The boundary editor in a real browser: real mouse, real keys, a real server behind it."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from gridmap.access.granting import Mandate
from tests.browser.conftest import Site, Visitor, demo_county
from tests.browser.door import faults
from tests.browser.editing import VILLAGE, Desk, middle

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEXT_VILLAGE = "140929400002"
"""The one beside it, for what takes more than one plan: one a day may come into force."""
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def county(new_database: Callable[[], str], home: Path) -> Iterator[Site]:
    """A demo county of this file's own: its grids change."""
    with demo_county(new_database(), home) as site:
        yield site


@pytest.fixture
def desk(visit: Visit, county: Site) -> Iterator[Desk]:
    """A draft of this test's own; nothing may have gone wrong in the page."""
    desk = Desk(visit(site=county))
    yield desk
    assert faults(desk.visitor.complaints) == []


def test_a_shared_border_moves_for_both_grids_and_the_counts_follow_live(desk: Desk) -> None:
    before = desk.households()
    desk.click(middle(desk.ring("003")))
    border = desk.border("003", "005")
    at = middle(border[:2])
    desk.take(at, (75, 12))
    moving = desk.page.locator("tr.moving")
    expect(moving).to_have_count(2)
    live = desk.page.locator('tr[data-grid$="003"] .households').inner_text()
    assert desk.households() == before
    with desk.page.expect_response("**/operations"):
        desk.page.mouse.up()
    expect(moving).to_have_count(0)
    after = desk.households()
    assert after["003"] > before["003"]
    assert after["003"] + after["005"] == before["003"] + before["005"]
    assert live.split()[-1] == str(after["003"])
    assert len(set(desk.ring("003")) & set(desk.ring("005"))) == len(border) + 1


def test_the_four_criteria_follow_a_border_and_the_server_says_the_same_after_it(
    desk: Desk,
) -> None:
    before = desk.criteria()
    assert desk.criteria_shown() == before
    desk.click(middle(desk.ring("003")))
    expect(desk.page.locator(".criteria li").last).to_be_in_viewport()
    desk.take(middle(desk.border("003", "005")[:2]), (75, 12))
    desk.page.wait_for_timeout(200)
    live = desk.criteria_shown()
    assert desk.criteria() == before
    assert live != before
    with desk.page.expect_response("**/operations") as answer:
        desk.page.mouse.up()
    assert answer.value.ok
    expect(desk.page.locator("tr.moving")).to_have_count(0)
    assert desk.criteria() == live
    assert desk.criteria_shown() == live


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "finger"])
def test_the_end_of_a_border_goes_along_the_village_line_past_two_corners(
    desk: Desk, touch: bool
) -> None:
    grids, before = desk.division()["grids"], desk.households()
    line = desk.outline()
    desk.click(middle(desk.ring("001")))
    start = next(n for n, at in enumerate(line) if at in desk.border("001", "006"))
    end, *corners, beyond = [line[(start + n) % len(line)] for n in range(4)]
    desk.walk([end, *corners, middle([corners[1], beyond])], touch=touch)
    desk.page.wait_for_timeout(200)
    expect(desk.page.locator("tr.moving")).to_have_count(2)
    shown, criteria = desk.households_shown(), desk.criteria_shown()
    cut = desk.notice("边界会穿过").inner_text()
    desk.let_go(touch=touch)
    expect(desk.page.locator("tr.moving")).to_have_count(0)
    after = desk.households()
    assert after["006"] > before["006"]
    assert after["001"] + after["006"] == before["001"] + before["006"]
    assert (shown, criteria) == (after, desk.criteria())
    expect(desk.notice("已保存")).to_be_visible()
    expect(desk.notice("边界会穿过")).to_have_text(cut)
    assert {end, *corners} <= set(desk.ring("006"))
    assert not {end, *corners} & set(desk.ring("001"))
    assert set(line) <= {at for number in before for at in desk.ring(number)}
    with desk.page.expect_response("**/undo"):
        desk.page.keyboard.press("Control+z")
    geometries = [[one["geometry"] for one in held] for held in (grids, desk.division()["grids"])]
    assert geometries[0] == geometries[1]


def test_an_illegal_place_is_shown_and_cannot_be_dropped_on(desk: Desk) -> None:
    before = desk.division()["grids"]
    desk.click(middle(desk.ring("004")))
    junction = next(at for at in desk.border("004", "008") if at in desk.ring("007"))
    desk.take(junction, (480, 20))
    expect(desk.notice("不能放在这里")).to_be_visible()
    assert desk.visitor.picture().part(420, 420, 700, 560).share("bad", within=90) > 0.3
    desk.page.mouse.up()
    expect(desk.notice("已退回原处")).to_be_visible()
    expect(desk.notice("边界会越出村界")).to_be_visible()
    assert desk.division()["grids"] == before


def test_escape_lets_go_of_a_border_and_delete_takes_a_vertex_out(desk: Desk) -> None:
    before = desk.division()["grids"]
    desk.click(middle(desk.ring("004")))
    at = middle(desk.border("004", "008")[:2])
    desk.take(at, (16, 3))
    desk.page.keyboard.press("Escape")
    desk.page.mouse.up()
    assert desk.division()["grids"] == before
    desk.drag(at, (16, 3))
    rings = [tuple(at) for grid in desk.division()["grids"] for at in _exterior(grid)]
    fresh = set(rings) - {tuple(at) for grid in before for at in _exterior(grid)}
    (vertex,) = fresh
    assert Counter(rings)[vertex] == 2
    desk.click(vertex)
    with desk.page.expect_response("**/operations"):
        desk.page.keyboard.press("Delete")
    assert [_exterior(one) for one in desk.division()["grids"]] == [
        _exterior(one) for one in before
    ]


def _exterior(grid: dict[str, Any]) -> list[Any]:
    ring: list[Any] = grid["geometry"]["coordinates"][0][0][:-1]
    return ring


def test_undo_is_still_there_after_a_reload_and_restores_the_very_coordinates(desk: Desk) -> None:
    before = [one["geometry"] for one in desk.division()["grids"]]
    desk.click(middle(desk.ring("004")))
    desk.drag(desk.border("004", "008")[0], (14, 9))
    moved = [one["geometry"] for one in desk.division()["grids"]]
    assert moved != before
    desk.look()
    for keys, expected in (("Control+z", before), ("Control+y", moved)):
        with desk.page.expect_response("**/*do"):
            desk.page.keyboard.press(keys)
        assert [one["geometry"] for one in desk.division()["grids"]] == expected


def test_a_grid_is_split_by_a_line_and_two_are_merged_again(desk: Desk) -> None:
    before = desk.households()
    x, y = desk.pixel(middle(desk.ring("006")))
    desk.tool("拆分")
    desk.draw([(x - 10, y - 140), (x - 5, y + 130)])
    split = desk.households()
    (fresh,) = set(split) - set(before)
    assert split["006"] + split[fresh] == before["006"]
    assert min(split["006"], split[fresh]) > 0
    desk.tool("合并")
    desk.click(middle(desk.ring("006")))
    desk.click(middle(desk.ring(fresh)))
    with desk.page.expect_response("**/operations"):
        desk.page.get_by_role("button", name="合并 2 个网格").click()
    assert sorted(desk.households().values()) == sorted(before.values())


def test_a_line_that_misses_is_refused_with_the_reason_and_nothing_changes(desk: Desk) -> None:
    before = desk.division()["grids"]
    x, y = desk.pixel(middle(desk.ring("003")))
    desk.tool("拆分")
    desk.draw([(x - 20, y - 10), (x + 20, y + 20)])
    expect(desk.notice("没有保存")).to_be_visible()
    expect(desk.notice("从边界画到边界")).to_be_visible()
    assert desk.division()["grids"] == before


def test_buildings_in_a_lasso_go_to_the_chosen_grid(desk: Desk) -> None:
    before = desk.households()
    x, y = desk.pixel(middle(desk.ring("003")))
    desk.tool("圈划")
    desk.page.get_by_label("归入").select_option(f"{VILLAGE}005")
    start = (x + 55, y - 95)
    desk.page.mouse.move(*start)
    desk.page.mouse.down()
    for dx, dy in [(-60, 0), (-70, 60), (-60, 130), (0, 130), (60, 120), (60, 60), (30, 0), (2, 1)]:
        desk.page.mouse.move(start[0] + dx, start[1] + dy, steps=4)
    with desk.page.expect_response("**/operations") as answer:
        desk.page.mouse.up()
    assert answer.value.ok
    after = desk.households()
    assert after["005"] > before["005"]
    assert after["003"] + after["005"] == before["003"] + before["005"]
    assert {**after, "003": 0, "005": 0} == {**before, "003": 0, "005": 0}


def test_who_comes_second_sees_what_the_first_did_and_applies_anew(
    desk: Desk, visit: Visit, county: Site
) -> None:
    desk.click(middle(desk.ring("004")))
    first, second = desk.border("004", "008")
    other = visit(site=county)
    other.open(desk.page.url.removeprefix(county.address))
    other.page.mouse.click(*desk.pixel(middle(desk.ring("004"))))
    other.page.wait_for_timeout(400)
    x, y = desk.pixel(first)
    other.page.mouse.move(x, y)
    other.page.mouse.down()
    other.page.mouse.move(x + 6, y + 6)
    other.page.mouse.move(x + 9, y + 7)
    with other.page.expect_response("**/operations") as answer:
        other.page.mouse.up()
    assert answer.value.ok
    theirs = set(desk.ring("004"))
    desk.take(second, (-10, 8))
    with desk.page.expect_response("**/operations") as late:
        desk.page.mouse.up()
    assert late.value.status == 412
    expect(desk.notice("有人先改了这里")).to_be_visible()
    with desk.page.expect_response("**/operations") as again:
        desk.page.get_by_role("button", name="重新应用").click()
    assert again.value.ok
    now = set(desk.ring("004"))
    assert first not in now
    assert second not in now
    assert len(theirs - now) == 1


def test_a_draft_is_submitted_compared_and_activated_and_open_incidents_follow(
    desk: Desk, visit: Visit, county: Site
) -> None:
    in_grid = (
        "SELECT g.code, count(*) FILTER (WHERE i.status IN ('closed', 'rejected')),"
        " count(*) FROM gridmap.incidents i JOIN gridmap.grids g ON g.id = i.grid_id"
        f" WHERE g.code IN ('{VILLAGE}009', '{VILLAGE}010') GROUP BY g.code ORDER BY g.code"
    )
    before = county.asks(in_grid)
    desk.tool("合并")
    for number in ("009", "010"):
        desk.click(middle(desk.ring(number)))
    with desk.page.expect_response("**/operations"):
        desk.page.get_by_role("button", name="合并 2 个网格").click()
    (gone,) = {"009", "010"} - set(desk.households())
    desk.submit("合并两个网格")
    expect(desk.page.get_by_role("toolbar", name="编辑工具")).to_have_count(0)

    password = county.employ("wang.fa", "王发", Mandate("commander"))
    county.settle("wang.fa", password)
    reviewer = visit(account="wang.fa", site=county)
    page = reviewer.open(f"/plans/{desk.code}")
    page.get_by_role("button", name="与现行对比").click()
    expect(page.get_by_role("heading", name="前后对比")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=f"{VILLAGE}{gone}")
    expect(row).to_contain_text("撤销")
    expect(page.get_by_role("region", name="户数划转")).to_contain_text("网格")
    page.get_by_role("button", name="返回编辑").click()
    _activate(page)
    _incidents_followed(before, county.asks(in_grid), f"{VILLAGE}{gone}")
    assert faults(reviewer.complaints) == []


def _activate(page: Page) -> None:
    page.get_by_role("button", name="启用", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="启用").click()
    expect(page.get_by_text("现行", exact=True)).to_be_visible()


def _incidents_followed(before: list[Any], after: list[Any], gone: str) -> None:
    """Closed ones keep the grid they had; open ones of the grid that is gone went on."""
    was = {code: (closed, every) for code, closed, every in before}
    now = {code: (closed, every) for code, closed, every in after}
    assert was[gone][1] > was[gone][0]
    assert now[gone] == (was[gone][0], was[gone][0])
    assert sum(every for _, every in now.values()) == sum(every for _, every in was.values())


def test_whoever_may_not_edit_sees_the_draft_without_tools(
    desk: Desk, visit: Visit, county: Site
) -> None:
    password = county.employ("kan.kan", "看看", Mandate("commander"))
    county.settle("kan.kan", password)
    page = visit(account="kan.kan", site=county).open(f"/plans/{desk.code}")
    expect(page.locator("tr[data-grid]")).to_have_count(len(desk.households()))
    expect(page.get_by_role("toolbar", name="编辑工具")).to_have_count(0)
    expect(page.get_by_role("button", name="提交审核")).to_have_count(0)


def test_handles_and_labels_are_drawn_on_the_selected_border(desk: Desk) -> None:
    plain = desk.visitor.picture()
    desk.click(middle(desk.ring("004")))
    desk.visitor.settle()
    chosen = desk.visitor.picture()
    for at in desk.ring("004"):
        x, y = map(round, desk.pixel(at))
        dot = (x - 4, y - 4, x + 4, y + 4)
        assert chosen.part(*dot).share("accent") > 0.7
        assert plain.part(*dot).share("accent") < 0.1


def test_the_page_of_plans_lists_drafts_and_what_is_in_force(desk: Desk) -> None:
    page: Page = desk.visitor.go("/plans")
    drafts = page.get_by_role("region", name="草案")
    expect(drafts.get_by_text(desk.code)).to_be_visible()
    expect(page.get_by_role("region", name="现行方案").get_by_text("全县")).to_be_visible()
    drafts.get_by_role("row").filter(has_text=desk.code).get_by_role("link").click()
    desk.discard()
    expect(page.get_by_text(desk.code)).to_have_count(0)


def test_a_past_division_comes_back_as_a_new_draft(visit: Visit, county: Site) -> None:
    desk = Desk(visit(site=county), NEXT_VILLAGE)
    password = county.employ("zhao.hui", "赵回", Mandate("commander"))
    county.settle("zhao.hui", password)
    reviewer = visit(account="zhao.hui", site=county)
    desk.write_lead("从前的人")
    was = desk.leads()
    desk.submit("第一次")
    _activate(reviewer.open(f"/plans/{desk.code}"))
    first = _ten_days_older(county, desk.code)
    later = Desk(desk.visitor, NEXT_VILLAGE)
    later.write_lead("后来的人")
    later.submit("第二次")
    _activate(reviewer.open(f"/plans/{later.code}"))

    page = desk.visitor.go("/plans")
    past = page.get_by_role("region", name="历史方案").get_by_role("row").filter(has_text=desk.code)
    expect(past).to_contain_text("已停用")
    past.get_by_role("button", name="以此新建草案").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("村社区")).to_have_value(NEXT_VILLAGE)
    expect(dialog.get_by_label("底稿日期")).to_have_value(first)
    expect(dialog.get_by_label("名称")).to_have_value(f"西城社区网格恢复 {first}")
    dialog.get_by_role("button", name="开始编辑").click()
    page.wait_for_url(f"**/plans/{NEXT_VILLAGE}-*")
    expect(desk.rows).to_have_count(len(was))
    desk.code = page.url.split("/plans/")[1].split("?")[0]
    assert desk.leads() == was
    assert was != later.leads()
    assert faults(desk.visitor.complaints) == []


def _ten_days_older(county: Site, code: str) -> str:
    """As if a plan had come into force ten days ago; the day on which it then did."""
    plan = "(SELECT id FROM gridmap.grid_plans WHERE code = %(code)s)"
    first = "(SELECT lower(valid) FROM gridmap.grid_plans WHERE code = %(code)s)"
    values = {"code": code, "village": f"{NEXT_VILLAGE}%"}
    with psycopg.connect(county.database) as connection:
        connection.execute("SELECT set_config('gridmap.actor', 'administrator', true)")
        connection.execute(
            "UPDATE gridmap.grids SET valid = daterange(lower(valid), upper(valid) - 10)"
            f" WHERE code LIKE %(village)s AND upper(valid) = {first}",
            values,
        )
        for table, key in (("grids", "plan_id"), ("grid_plans", "id")):
            moved = connection.execute(
                f"UPDATE gridmap.{table} SET valid = daterange(lower(valid) - 10, upper(valid))"
                f" WHERE {key} = {plan} RETURNING lower(valid)::text",
                values,
            ).fetchone()
    assert moved is not None
    return str(moved[0])
