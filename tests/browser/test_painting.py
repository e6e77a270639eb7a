"""Street blocks painted, and a border pulled onto one line, with a real mouse and a finger."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Visitor
from tests.browser.door import faults
from tests.browser.editing import VILLAGE, Desk, Position, middle

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def desk(visit: Callable[..., Visitor], site: Site) -> Iterator[Desk]:
    """A draft of this test's own, thrown away again; nothing may have gone wrong in the page."""
    desk = Desk(visit(site=site))
    yield desk
    desk.discard()
    assert faults(desk.visitor.complaints) == []


def block_of(desk: Desk, number: str, other: str | None = None) -> dict[str, Any]:
    """The block that lies in one grid alone, of several the one nearest to another grid."""
    found = [b for b in desk.blocks() if [g["code"][-3:] for g in b["grids"]] == [number]]
    goal = middle(desk.ring(other or number))
    return min(found, key=lambda block: _square(block["place"], goal))


def _square(one: Position, other: Position) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def households_in(*blocks: dict[str, Any]) -> int:
    return sum(grid["households"] for block in blocks for grid in block["grids"])


def test_two_blocks_under_one_stroke_go_to_the_chosen_grid_and_undo_brings_them_back(
    desk: Desk,
) -> None:
    before, shapes = desk.households(), [one["geometry"] for one in desk.division()["grids"]]
    near, far = block_of(desk, "005", "004"), block_of(desk, "004", "005")
    both = households_in(near, far)
    desk.tool("涂划")
    desk.page.get_by_label("归入").select_option(f"{VILLAGE}003")
    figures = desk.page.locator(".figures")
    expect(figures).to_contain_text("尚未涂选")
    desk.sweep(near["place"], far["place"])
    expect(figures).to_contain_text("2 个街区")
    expect(figures).to_contain_text(f"{both} 户")
    expect(figures).to_contain_text(f"划入后 {before['003'] + both} 户")
    assert desk.households() == before
    x, y = map(round, desk.pixel(far["place"]))
    tinted = desk.visitor.picture()
    assert tinted.part(x - 40, y - 30, x + 40, y + 30).share("load-far-over", within=40) > 0.3
    x, y = map(round, desk.pixel(middle(desk.ring("008"))))
    assert tinted.part(x - 40, y - 30, x + 40, y + 30).share("load-far-over", within=40) < 0.02
    with desk.page.expect_response("**/operations") as answer:
        desk.page.keyboard.press("Enter")
    assert answer.value.ok
    after = desk.households()
    assert after["003"] == before["003"] + both
    assert before["005"] - after["005"] == households_in(near)
    assert sum(after.values()) == sum(before.values())
    expect(figures).to_contain_text("尚未涂选")
    expect(desk.page.locator('tr[data-grid$="003"] .households')).to_have_text(str(after["003"]))
    with desk.page.expect_response("**/undo"):
        desk.page.keyboard.press("Control+z")
    assert [one["geometry"] for one in desk.division()["grids"]] == shapes


def test_a_stroke_from_paint_takes_it_off_and_escape_takes_all(desk: Desk) -> None:
    near, far = block_of(desk, "005", "004"), block_of(desk, "004", "005")
    desk.tool("涂划")
    figures = desk.page.locator(".figures")
    desk.sweep(near["place"], far["place"])
    expect(figures).to_contain_text("2 个街区")
    desk.click(near["place"])
    expect(figures).to_contain_text("1 个街区")
    desk.page.keyboard.press("Control+z")
    expect(figures).to_contain_text("2 个街区")
    desk.click(near["place"])
    expect(figures).to_contain_text("1 个街区")
    desk.sweep(far["place"], near["place"])
    expect(figures).to_contain_text("尚未涂选")
    expect(desk.page.get_by_role("button", name="划入")).to_be_disabled()
    desk.click(far["place"])
    desk.page.keyboard.press("Escape")
    expect(figures).to_contain_text("尚未涂选")
    bar = desk.page.get_by_role("toolbar", name="编辑工具")
    expect(bar.get_by_role("button", name="涂划")).to_have_attribute("aria-pressed", "true")


def test_what_is_not_beside_the_grid_is_refused_and_stays_painted(desk: Desk) -> None:
    before = desk.division()["grids"]
    desk.tool("涂划")
    desk.page.get_by_label("归入").select_option(f"{VILLAGE}003")
    desk.click(block_of(desk, "008")["place"])
    with desk.page.expect_response("**/operations") as answer:
        desk.page.get_by_role("button", name="划入").click()
    assert answer.value.status == 422
    expect(desk.notice("没有公共边界")).to_be_visible()
    expect(desk.page.locator(".figures")).to_contain_text("1 个街区")
    assert desk.division()["grids"] == before


def test_a_finger_paints_and_two_fingers_leave_the_paint_as_it_was(desk: Desk) -> None:
    near, far = block_of(desk, "005", "004"), block_of(desk, "004", "005")
    desk.tool("涂划")
    figures = desk.page.locator(".figures")
    touch = desk.page.context.new_cdp_session(desk.page)

    def fingers(kind: str, *places: Position) -> None:
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        desk.page.wait_for_timeout(60)

    start, end = desk.pixel(near["place"]), desk.pixel(far["place"])
    half = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    fingers("touchStart", start)
    for place in (half, end):
        fingers("touchMove", place)
    fingers("touchEnd")
    expect(figures).to_contain_text("2 个街区")
    other = desk.pixel(block_of(desk, "010")["place"])
    fingers("touchStart", other)
    expect(figures).to_contain_text("3 个街区")
    fingers("touchStart", other, (other[0] + 60, other[1]))
    fingers("touchEnd")
    expect(figures).to_contain_text("2 个街区")


def test_a_border_is_pulled_onto_the_line_that_is_clicked(desk: Desk) -> None:
    border = desk.border("003", "005")
    desk.tool("贴合")
    desk.click(middle(border[:2]))
    select = desk.page.get_by_label("贴到")
    expect(select).to_have_value("-1")
    names = select.locator("option").all_inner_texts()
    # The border is on its street: which other line is meant has to be said.
    assert names[0] == "已在最近的线上，请选一条" and len(names) > 2, names
    expect(desk.page.get_by_role("button", name="贴合边界")).to_be_disabled()
    answer = desk.page.context.request.get(
        f"{desk.site.address}/api/plans/{desk.code}/lines",
        params={"village": VILLAGE, "one": f"{VILLAGE}003", "other": f"{VILLAGE}005",
                "within_m": 15},
    )  # fmt: skip
    second = answer.json()["lines"][1]
    desk.click(second["place"])
    expect(select).to_have_value("1")
    desk.click(second["place"])
    expect(select).to_have_value("-1")
    desk.click(second["place"])
    with desk.page.expect_response("**/operations") as done:
        desk.page.get_by_role("button", name="贴合边界").click()
    assert done.value.ok
    line = {tuple(at) for at in second["geometry"]["coordinates"]}
    assert not line & set(border)
    assert line & set(desk.border("003", "005"))
