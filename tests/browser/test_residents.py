"""Residents in the grid's card: masked, found by number, unmasked with a reason; a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site, Visitor
from tests.browser.door import faults, field

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OTHER_GRID = "140929100200001"
REASON = "核实入户走访登记"
HIDE = "document.dispatchEvent(new Event('visibilitychange'))"
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def grid(site: Site) -> str:
    """The grid of the demonstration's lead and officer."""
    ((code,),) = site.asks(
        "SELECT m.grid_code FROM gridmap.mandates m JOIN gridmap.accounts a ON a.id = m.account_id"
        " WHERE a.name = 'demo-lead'"
    )
    return str(code)


def unfold(page: Page) -> Locator:
    """The section of residents, unfolded."""
    part = page.get_by_role("region", name="人员", exact=True)
    part.get_by_role("button", name="人员").click()
    return part


def with_phone(part: Locator) -> Locator:
    """The first resident that has one."""
    return part.get_by_role("listitem").filter(has_text="****").first


def ask_for(dialog: Locator, *fields: str, reason: str = REASON) -> None:
    for name in fields:
        dialog.get_by_label(name, exact=True).check()
    dialog.get_by_label("理由").fill(reason)
    dialog.get_by_role("button", name="查看并记录").click()


def kept(page: Page) -> str:
    """All that the browser keeps of the page beyond what is drawn."""
    return str(
        page.evaluate(
            "JSON.stringify([location.href, history.state, {...localStorage}, {...sessionStorage}])"
        )
    )


def unmask_phone(part: Locator, page: Page) -> str:
    """The phone of the first who has one; its dialog stays open."""
    with_phone(part).get_by_role("button", name="查看").click()
    dialog = page.get_by_role("dialog")
    ask_for(dialog, "电话")
    expect(dialog.get_by_role("timer")).to_contain_text("秒后自动隐去")
    return dialog.get_by_role("definition").inner_text()


def test_a_lead_lists_the_own_grid_masked_and_page_by_page(visit: Visit, grid: str) -> None:
    visitor = visit(account="demo-lead")
    page = visitor.go(f"/?grid={grid}")
    part = page.get_by_role("region", name="人员", exact=True)
    expect(part).to_contain_text("遮盖显示")
    assert not any("/residents" in url for url in visitor.asked), "folded, it asks for nobody"
    unfold(page)
    rows = part.get_by_role("listitem")
    expect(rows).to_have_count(50)
    expect(part.get_by_role("heading")).to_be_in_viewport()
    expect(rows.nth(5)).to_be_in_viewport()
    names = part.locator("strong").all_inner_texts()
    assert all(name.endswith("*") for name in names)
    expect(with_phone(part)).to_contain_text("身份证 无")
    part.get_by_role("button", name="更多").click()
    expect(rows).to_have_count(100)
    codes = part.get_by_role("button", name="查看").evaluate_all(
        "all => all.map(one => one.ariaLabel)"
    )
    assert len(set(codes)) == 100
    rows.first.get_by_role("button", name="楼栋").click()
    expect(page.get_by_role("region").filter(has_text="层数")).to_be_visible()
    assert "building=" in page.url
    assert faults(visitor.complaints) == []


def test_somebody_is_unmasked_with_a_reason_and_found_by_number_and_nothing_is_kept(
    visit: Visit, site: Site, grid: str
) -> None:
    visitor = visit(account="demo-lead")
    page = visitor.go(f"/?grid={grid}")
    part = unfold(page)
    with_phone(part).get_by_role("button", name="查看").click()
    dialog = page.get_by_role("dialog")
    show = dialog.get_by_role("button", name="查看并记录")
    expect(dialog).to_contain_text("会记入审计")
    expect(dialog.get_by_label("身份证号")).to_be_disabled()
    dialog.get_by_label("电话").check()
    dialog.get_by_label("理由").fill(" 走访 ")
    expect(show).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    phone = unmask_phone(part, page)
    assert phone.isdigit()
    assert "*" not in phone
    ((line,),) = site.asks(
        "SELECT row(actor, detail ->> 'fields', reason)::text FROM gridmap.audit_entries"
        " WHERE action = 'unmask' ORDER BY id DESC LIMIT 1"
    )
    assert all(told in line for told in ("demo-lead", "phone", REASON))
    dialog.get_by_role("button", name="看完了").click()
    assert phone not in page.content()

    page.get_by_role("button", name="找人").click()
    number = field(dialog, "完整的电话或身份证号")
    expect(number).to_be_focused()
    number.fill(f"{phone[:3]} {phone[3:7]}-{phone[7:]}")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("listitem").first).to_contain_text(f"{phone[:3]}****{phone[-4:]}")
    number.fill("13000000000")
    expect(dialog.get_by_role("listitem")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("您的职责范围内没有找到")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert phone not in kept(page) + page.content()
    assert not any(phone in url or "13000000000" in url for url in visitor.asked)
    assert faults(visitor.complaints) == []


def test_what_was_unmasked_is_hidden_after_a_minute_and_when_nobody_looks(
    visit: Visit, grid: str
) -> None:
    visitor = visit(account="demo-lead")
    visitor.page.clock.install()
    page = visitor.go(f"/?grid={grid}")
    part = unfold(page)
    phone = unmask_phone(part, page)
    dialog = page.get_by_role("dialog")
    page.clock.fast_forward(40_000)
    expect(dialog.get_by_role("definition")).to_have_text(phone)
    page.clock.fast_forward(25_000)
    expect(dialog.get_by_role("status")).to_contain_text("请重新说明理由")
    assert phone not in page.content()
    expect(dialog.get_by_label("理由")).to_have_value("")
    ask_for(dialog, "电话")
    expect(dialog.get_by_role("definition")).to_have_text(phone)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.evaluate(HIDE)
    expect(dialog.get_by_role("definition")).to_have_count(0)
    assert phone not in page.content()


def test_a_log_in_that_ended_closes_the_dialog_before_the_log_in_page(
    visit: Visit, site: Site, grid: str
) -> None:
    visitor = visit(account="demo-lead")
    page = visitor.open(f"/?grid={grid}")
    with_phone(unfold(page)).get_by_role("button", name="查看").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("姓名").check()
    dialog.get_by_label("理由").fill(REASON)
    visitor.settle()  # or a tile notices first
    site.end_logins()
    dialog.get_by_role("button", name="查看并记录").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("登录已过期")).to_be_visible()
    expect(field(page, "密码")).to_be_focused()


def test_an_officer_reads_masked_and_is_offered_no_unmasking(visit: Visit, grid: str) -> None:
    page = visit(account="demo-officer").go(f"/?grid={grid}")
    part = unfold(page)
    expect(part.get_by_role("listitem")).to_have_count(50)
    expect(part.get_by_role("button", name="查看")).to_have_count(0)
    page.goto(page.url.replace(grid, OTHER_GRID))
    part = unfold(page)
    expect(part.get_by_role("alert")).to_contain_text("您的账号无权查看这个网格的居民")
    expect(part.get_by_role("button", name="重试")).to_have_count(0)


def test_a_commander_is_offered_neither_residents_nor_the_trail(visit: Visit, grid: str) -> None:
    visitor = visit(account="demo-commander")
    page = visitor.go(f"/?grid={grid}")
    expect(page.get_by_role("heading", name="网格队伍")).to_be_visible()
    expect(page.get_by_role("region", name="人员", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="找人")).to_have_count(0)
    expect(page.get_by_role("link", name="审计")).to_have_count(0)
    for path in (f"/api/grids/{grid}/residents", "/api/audit"):
        assert page.evaluate(f"fetch('{path}').then(({{status}}) => status)") == 403
    page.goto(f"{visitor.site.address}/audit")
    expect(page.get_by_text("没有查看“审计”的权限")).to_be_visible()


def test_residents_are_told_in_english(visit: Visit, grid: str) -> None:
    page = visit(account="demo-lead").go(f"/?grid={grid}")
    page.get_by_role("button", name="English").click()
    part = page.get_by_role("region", name="Residents", exact=True)
    part.get_by_role("button", name="Residents").click()
    expect(part.get_by_role("listitem")).to_have_count(50)
    part.get_by_role("button", name="Unmask").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This goes into the audit trail")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Find a person").click()
    expect(dialog).to_contain_text("The number appears in no address")
