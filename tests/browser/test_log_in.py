"""Logging in and out with a real browser."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import expect

from gridmap.access.granting import Mandate
from tests.browser.conftest import Site, Visitor
from tests.browser.door import enter_demo, faults, field, log_in, log_out, menu

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GRID = "140929100200001"
GRID_NAME = "东街村第一网格"
Visit = Callable[..., Visitor]


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080)])
def test_whoever_is_not_logged_in_sees_the_log_in_page_and_nothing_else(
    visit: Visit, width: int, height: int
) -> None:
    visitor = visit(width, height, account=None)
    page = visitor.go(f"/?grid={GRID}")
    expect(field(page, "账号")).to_be_focused()
    expect(page.get_by_role("region", name="示范账号")).to_contain_text("不含任何真实个人信息")
    expect(page.get_by_role("heading", name="登录", exact=True)).to_be_in_viewport()
    expect(page.get_by_role("button", name="demo-administrator")).to_be_in_viewport()
    page.wait_for_timeout(500)
    asked = {url.removeprefix(visitor.site.address) for url in visitor.asked}
    assert {path for path in asked if path.startswith(("/api", "/tiles"))} == {
        "/api/me",
        "/api/login",
    }
    assert faults(visitor.complaints) == []


def test_a_click_on_a_demo_account_logs_in_and_shows_the_page_that_was_asked_for(
    stranger: Visitor,
) -> None:
    page = stranger.go(f"/?grid={GRID}")
    enter_demo(page, "demo-coordinator")
    expect(page.get_by_role("region", name=GRID_NAME)).to_contain_text("网格长")
    assert page.url.startswith(f"{stranger.site.address}/?grid={GRID}")
    expect(menu(page)).to_contain_text("网格管理员 · 岢岚县居民办事处")
    assert faults(stranger.complaints) == []


def test_a_wrong_password_is_told_and_nobody_is_in(stranger: Visitor) -> None:
    page = stranger.go("/")
    log_in(page, "demo-agency", "not the password")
    expect(page.get_by_role("alert")).to_have_text("账号或密码不正确")
    expect(field(page, "密码")).to_have_value("not the password")
    assert stranger.context.cookies() == []
    log_in(page, "nobody-of-that-name", "not the password")
    expect(page.get_by_role("alert")).to_have_text("账号或密码不正确")
    expect(menu(page)).to_have_count(0)


def test_what_the_identity_provider_refused_is_told_once(stranger: Visitor) -> None:
    page = stranger.go("/plans?state=draft&entrance=no-account")
    expect(page.get_by_role("alert")).to_have_text(
        "统一身份认证已通过，但这里没有对应的账号。请联系本单位的系统管理员开通。"
    )
    expect(page).to_have_url(f"{stranger.site.address}/plans?state=draft")
    page.reload()
    expect(field(page, "账号")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    stranger.go("/?entrance=%3Cb%3E")
    expect(field(page, "账号")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert faults(stranger.complaints) == []


def test_a_password_can_be_looked_at_and_caps_lock_is_told(stranger: Visitor) -> None:
    page = stranger.go("/")
    secret = field(page, "密码")
    secret.fill("Secret")
    expect(secret).to_have_attribute("type", "password")
    page.get_by_role("button", name="显示密码").click()
    expect(secret).to_have_attribute("type", "text")
    page.get_by_role("button", name="隐藏密码").click()
    expect(secret).to_have_attribute("type", "password")
    for on, shown in ((True, 1), (False, 0)):
        secret.evaluate(
            "(e, on) => e.dispatchEvent(new KeyboardEvent('keydown', {modifierCapsLock: on}))", on
        )
        expect(page.get_by_text("大写锁定已打开")).to_have_count(shown)


def test_keys_alone_lead_in_through_the_menu_and_out_again(stranger: Visitor) -> None:
    page = stranger.go("/account")
    expect(field(page, "账号")).to_be_focused()
    page.keyboard.type("demo-analyst")
    page.keyboard.press("Tab")
    page.keyboard.type("gridmap-demo-2026")
    page.keyboard.press("Enter")
    menu(page).wait_for()
    menu(page).focus()
    page.keyboard.press("Enter")
    account = page.get_by_role("link", name="我的账号")
    expect(account).to_be_focused()
    expect(account).to_have_css("outline-style", "solid")
    page.keyboard.press("Escape")
    expect(account).to_have_count(0)
    expect(menu(page)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="退出登录")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已退出登录。")).to_be_visible()
    expect(field(page, "账号")).to_be_focused()


def test_too_many_wrong_passwords_close_the_door_for_as_long_as_the_page_counts(
    stranger: Visitor,
) -> None:
    stranger.site.employ("locked", "陈锁", Mandate("analyst", since=date(2020, 1, 1)))
    stranger.site.settle("locked", "four quiet words")
    page = stranger.go("/check")
    button = page.get_by_role("button", name="登录", exact=True)
    for attempt in range(6):
        field(page, "账号").fill("locked")
        field(page, "密码").fill(f"wrong {attempt}")
        with page.expect_response("**/api/login"):
            button.click()
    expect(page.get_by_role("alert")).to_contain_text("尝试次数太多")
    expect(button).to_be_disabled()
    timer = page.get_by_role("timer")
    first = re.search(r"0:(\d\d)", timer.inner_text())
    assert first is not None
    assert 20 <= int(first[1]) <= 30
    page.wait_for_timeout(2000)
    later = re.search(r"0:(\d\d)", timer.inner_text())
    assert later is not None
    assert int(later[1]) < int(first[1])
    expect(button).to_be_enabled(timeout=40_000)
    expect(timer).to_have_count(0)
    log_in(page, "locked", "four quiet words")
    menu(page).wait_for()


def test_after_logging_out_the_back_button_shows_nothing(stranger: Visitor) -> None:
    page = stranger.go(f"/?grid={GRID}")
    enter_demo(page, "demo-coordinator")
    expect(page.get_by_role("region", name=GRID_NAME)).to_be_visible()
    page.get_by_role("link", name="链条检查").click()
    cookies = stranger.context.cookies()
    log_out(page)
    expect(page.get_by_text("已退出登录。")).to_be_visible()
    assert page.url == f"{stranger.site.address}/"
    page.go_back()
    page.go_back()
    expect(field(page, "账号")).to_be_visible()
    assert GRID_NAME not in page.content()
    expect(page.get_by_role("region", name="全县概况")).to_have_count(0)
    assert stranger.context.cookies() == []
    stranger.context.add_cookies(cookies)
    page.reload()
    expect(field(page, "账号")).to_be_visible()


def test_a_log_in_that_expires_is_said_and_the_page_waits_as_it_was(stranger: Visitor) -> None:
    page = stranger.go(f"/?grid={GRID}&off=finished,incidents")
    enter_demo(page, "demo-coordinator")
    card = page.get_by_role("region", name=GRID_NAME)
    expect(card).to_be_visible()
    page.get_by_placeholder("筛选乡镇、村").fill("东街")
    page.evaluate("window.stillTheSame = true")
    stranger.site.end_logins()
    page.get_by_role("combobox", name="搜索网格、楼栋、村、事件").fill("东街")
    expect(page.get_by_text("登录已过期")).to_be_visible()
    expect(card).to_be_hidden()
    expect(field(page, "密码")).to_be_focused()
    expect(field(page, "账号")).to_have_value("demo-coordinator")
    page.keyboard.type("gridmap-demo-2026")
    page.keyboard.press("Enter")
    expect(card).to_be_visible()
    expect(page.get_by_placeholder("筛选乡镇、村")).to_have_value("东街")
    assert page.evaluate("window.stillTheSame")
    assert f"grid={GRID}" in page.url
    assert "off=finished,incidents" in page.url
    assert faults(stranger.complaints) == []


def test_another_account_after_an_expired_log_in_finds_nothing_of_the_first(
    stranger: Visitor,
) -> None:
    page = stranger.go(f"/?grid={GRID}")
    enter_demo(page, "demo-coordinator")
    page.get_by_placeholder("筛选乡镇、村").fill("东街")
    stranger.site.end_logins()
    page.get_by_role("combobox", name="搜索网格、楼栋、村、事件").fill("东街")
    expect(page.get_by_text("登录已过期")).to_be_visible()
    enter_demo(page, "demo-officer")
    expect(page.get_by_placeholder("筛选乡镇、村")).to_have_value("")
    expect(menu(page)).to_contain_text("示范网格员")


def test_logging_out_in_one_tab_closes_the_others(stranger: Visitor) -> None:
    page = stranger.go(f"/?grid={GRID}")
    enter_demo(page, "demo-coordinator")
    other = stranger.context.new_page()
    other.goto(f"{stranger.site.address}/?grid={GRID}")
    expect(other.get_by_role("region", name=GRID_NAME)).to_be_visible()
    log_out(page)
    expect(field(other, "账号")).to_be_visible()
    assert GRID_NAME not in other.content()


def test_an_officer_finds_the_figures_of_the_own_grid_alone(stranger: Visitor, site: Site) -> None:
    ((grid, code),) = site.asks(
        "SELECT g.id, g.code FROM gridmap.mandates m JOIN gridmap.accounts a ON a.id = m.account_id"
        " JOIN gridmap.grids g ON g.code = m.grid_code WHERE a.name = 'demo-officer'"
    )
    ((buildings, all_buildings),) = site.asks(
        f"SELECT count(*) FILTER (WHERE grid_id = {grid}), count(*) FROM gridmap.buildings"
    )
    assert 0 < buildings < all_buildings
    page = stranger.go(f"/?grid={code}")
    enter_demo(page, "demo-officer")
    overview = page.get_by_role("region", name="全县概况")
    expect(overview).to_contain_text("只计 北道坡社区第二网格")
    told = overview.locator("dl > div").filter(has_text="楼栋").locator("dd")
    expect(told).to_have_text(f"{buildings:,}")
    log_out(page)
    enter_demo(page, "demo-commander")
    expect(told).to_have_text(f"{all_buildings:,}")
    expect(overview).not_to_contain_text("只计")


def test_pages_are_offered_by_right_and_one_without_it_says_so(stranger: Visitor) -> None:
    page = stranger.go("/check")
    enter_demo(page, "demo-auditor")
    expect(page.get_by_text("没有查看“链条检查”的权限")).to_be_visible()
    expect(page.get_by_text("查看楼栋与住户")).to_be_visible()
    offered = page.get_by_role("navigation", name="主导航").get_by_role("link")
    expect(offered).to_have_text(["网格地图", "审计"])
    assert not any("/api/check" in url for url in stranger.asked)
    page.get_by_role("button", name="前往“网格地图”").click()
    expect(page.get_by_role("region", name="图层与图例")).not_to_contain_text("事件")
    log_out(page)
    enter_demo(page, "demo-commander")
    expect(offered).to_have_text(["网格地图", "态势热力", "链条检查", "划分方案"])


def test_an_account_without_a_mandate_today_is_told_whom_to_ask(stranger: Visitor) -> None:
    over = Mandate("officer", grid=GRID, since=date(2020, 1, 1), until=date(2020, 12, 31))
    stranger.site.employ("over", "王过期", over)
    stranger.site.settle("over", "four quiet words")
    page = stranger.go("/heat")
    log_in(page, "over", "four quiet words")
    expect(page.get_by_text("账号今天没有任何任命")).to_be_visible()
    expect(page.get_by_text("系统管理员，由其任命")).to_be_visible()
    expect(page.get_by_role("navigation", name="主导航").get_by_role("link")).to_have_count(0)
    expect(menu(page)).to_contain_text("今天没有任何任命")
    page.goto(f"{stranger.site.address}/account")
    expect(page.get_by_role("heading", name="我的账号")).to_be_visible()


def test_the_log_in_page_speaks_english(stranger: Visitor) -> None:
    page = stranger.go("/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Demo accounts")).to_contain_text("nobody in it is real")
    page.get_by_role("textbox", name="Account").fill("demo-lead")
    page.get_by_role("textbox", name="Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("the account or the password is wrong")
    page.get_by_role("button", name="demo-lead").click()
    expect(page.get_by_role("button", name="Account menu")).to_contain_text("Grid lead")
