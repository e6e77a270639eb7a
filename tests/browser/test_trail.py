"""The audit trail as its readers see it, with a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from gridmap.access.store import record
from gridmap.db import Actor, engine_for, transaction
from tests.browser.conftest import Site, Visitor
from tests.browser.door import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REASON = "核对矛盾纠纷当事人"
Visit = Callable[..., Visitor]


def act(site: Site, actor: str, n: int) -> None:
    """So many lines of somebody who checks."""
    engine = engine_for(site.database)
    with transaction(engine, Actor(actor)) as connection:
        for number in range(n):
            record(connection, "check", "chain", number=number)
    engine.dispose()


def lines(page: Page) -> Locator:
    """The lines of the table; its head is none."""
    return page.get_by_role("table").locator("tbody > tr")


def unmask(visit: Visit, site: Site) -> None:
    """A lead unmasks somebody of the own grid, through the page's own log-in."""
    ((grid, code),) = site.asks(
        "SELECT g.code, min(r.code) FROM gridmap.residents r JOIN gridmap.grids g"
        " ON g.id = r.grid_id JOIN gridmap.mandates m ON m.grid_code = g.code"
        " JOIN gridmap.accounts a ON a.id = m.account_id WHERE a.name = 'demo-lead'"
        " AND gridmap.may_leave_record(r.birth_year) GROUP BY g.code"
    )
    page = visit(account="demo-lead").go(f"/?grid={grid}")
    part = page.get_by_role("region", name="人员", exact=True)
    part.get_by_role("button", name="人员").click()
    part.get_by_role("button", name=re.compile(f"，{code}$")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("姓名").check()
    dialog.get_by_label("理由").fill(REASON)
    dialog.get_by_role("button", name="查看并记录").click()
    expect(dialog.get_by_role("timer")).to_be_visible()


def test_an_auditor_sees_who_unmasked_whom_when_why_and_from_where(
    visit: Visit, site: Site
) -> None:
    unmask(visit, site)
    visitor = visit(account="demo-auditor")
    page = visitor.go("/")
    page.get_by_role("link", name="审计").click()
    line = lines(page).filter(has_text=REASON).first
    for told in ("demo-lead", "查看完整信息", "居民", "姓名", "127.0.0.1"):
        expect(line).to_contain_text(told)
    expect(line).to_contain_text(re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d"))
    line.get_by_role("button", name="详情").click()
    details = page.get_by_role("row").filter(has_text="记录号")
    expect(details).to_contain_text("unmask residents")
    page.get_by_role("button", name="刷新").click()
    expect(lines(page).first).to_contain_text("查阅")
    expect(lines(page).first).to_contain_text("demo-auditor")
    expect(page.get_by_text("gridmap audit verify")).to_be_visible()
    assert faults(visitor.complaints) == []


def test_lines_are_filtered_by_account_act_and_day_and_the_address_keeps_it(
    visit: Visit, site: Site
) -> None:
    act(site, "zhao.lu", 3)
    visitor = visit(account="demo-auditor")
    page = visitor.go("/audit")
    page.get_by_role("textbox", name="账号").fill("zhao.lu")
    page.keyboard.press("Enter")
    expect(lines(page)).to_have_count(3)
    assert page.url.endswith("/audit?actor=zhao.lu")
    page.get_by_role("combobox", name="行为").select_option("check")
    expect(page).to_have_url(re.compile(r"actor=zhao\.lu&action=check$"))
    expect(lines(page)).to_have_count(3)
    page.reload()
    expect(lines(page)).to_have_count(3)
    page.get_by_label("到", exact=True).fill("2020-01-01")
    expect(page.get_by_text("没有符合条件的记录")).to_be_visible()
    page.go_back()
    expect(lines(page)).to_have_count(3)
    page.get_by_role("button", name="清除筛选").click()
    expect(lines(page).nth(3)).to_be_visible()
    expect(page.get_by_role("textbox", name="账号")).to_have_value("")
    page.get_by_role("button", name="zhao.lu").first.click()
    expect(lines(page)).to_have_count(3)
    assert faults(visitor.complaints) == []


def test_older_lines_are_a_page_further_and_stay_there_while_lines_are_added(
    visit: Visit, site: Site
) -> None:
    act(site, "qian.qi", 130)
    visitor = visit(account="demo-auditor")
    page = visitor.go("/audit?actor=qian.qi")
    expect(lines(page)).to_have_count(100)
    expect(lines(page).first).to_contain_text("number 129")
    act(site, "qian.qi", 5)
    page.get_by_role("button", name="更早的记录").click()
    expect(lines(page)).to_have_count(30)
    expect(lines(page).first).to_contain_text("number 29")
    expect(page.get_by_text("没有更早的记录")).to_be_visible()
    page.get_by_role("button", name="回到最新").click()
    expect(lines(page).first).to_contain_text("number 4")
    assert faults(visitor.complaints) == []


def test_the_trail_is_told_in_english(visit: Visit) -> None:
    page = visit(account="demo-auditor").go("/audit")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Audit trail")).to_be_visible()
    expect(page.get_by_role("columnheader", name="From where")).to_be_visible()
    expect(lines(page).first).to_contain_text("Log-in")
