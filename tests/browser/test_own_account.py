"""What people keep for themselves, and what they have to do first, with a real browser."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import httpx2
import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect

from gridmap.access.granting import Mandate
from tests.browser.conftest import Site, Visitor, served
from tests.browser.door import enter_demo, faults, field, log_in, log_out, menu

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COUNTY = Mandate("analyst", unit="140929", since=date(2020, 1, 1))
PASSWORD = "four quiet words"
FRESH = "几个不相干的词连在一起 2026"
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def empty(new_database: Callable[[], str], home: Path) -> Iterator[Site]:
    """A county that nobody has worked in yet."""
    with served(home, new_database()) as site:
        yield site


def change_password(within: Page | Locator, old: str, fresh: str, again: str | None = None) -> None:
    field(within, "现在的密码").fill(old)
    field(within, "新密码").fill(fresh)
    field(within, "再输入一次新密码").fill(again or fresh)
    within.get_by_role("button", name="修改密码").click()


def set_up_code(page: Page, within: Page | Locator, password: str) -> tuple[pyotp.TOTP, list[str]]:
    """Follow the page until a one-time code is in use; the authenticator and the recovery codes."""
    field(within, "现在的密码").fill(password)
    within.get_by_role("button", name="下一步").click()
    picture = within.get_by_alt_text("验证器用的二维码")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 100
    secret = within.get_by_text(re.compile(r"^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$")).inner_text()
    authenticator = pyotp.TOTP(secret.replace(" ", ""))
    field(within, "6 位数字").fill("000000")
    page.keyboard.press("Enter")
    expect(within.get_by_role("alert")).to_contain_text("验证码不正确")
    field(within, "6 位数字").fill(authenticator.now())
    page.keyboard.press("Enter")
    recovery = within.get_by_role("list", name="恢复码").get_by_role("listitem")
    expect(recovery).to_have_count(10)
    codes = recovery.all_inner_texts()
    done = within.get_by_role("button", name="完成")
    expect(done).to_be_disabled()
    within.get_by_label("我已妥善保管").check()
    done.click()
    return authenticator, codes


def test_a_password_from_somebody_else_is_changed_before_anything_else(stranger: Visitor) -> None:
    given = stranger.site.employ("zhang.wei", "张伟", COUNTY)
    page = stranger.go("/heat")
    log_in(page, "zhang.wei", given)
    expect(page.get_by_role("heading", name="请先修改密码")).to_be_visible()
    expect(page.get_by_text("知道的不止您一人")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="请先修改密码")).to_be_visible()
    assert not any("/api/profile" in url for url in stranger.asked)
    change_password(page, given, "short")
    expect(page.get_by_text("至少要 12 个字符。")).to_be_visible()
    expect(field(page, "新密码")).to_be_focused()
    change_password(page, given, FRESH, "something else 2026")
    expect(page.get_by_text("两次输入的新密码不一样。")).to_be_visible()
    change_password(page, given, "123456789012")
    expect(page.get_by_role("alert")).to_contain_text("太常见")
    change_password(page, "not the one given", FRESH)
    expect(page.get_by_text("现在的密码不正确")).to_be_visible()
    expect(field(page, "现在的密码")).to_be_focused()
    change_password(page, given, FRESH)
    expect(page.get_by_role("slider")).to_be_visible()
    assert page.url.startswith(f"{stranger.site.address}/heat")
    log_out(page)
    log_in(page, "zhang.wei", given)
    expect(page.get_by_role("alert")).to_have_text("账号或密码不正确")
    log_in(page, "zhang.wei", FRESH)
    menu(page).wait_for()
    assert faults(stranger.complaints) == []


def test_a_one_time_code_is_set_up_asked_for_and_given_up(stranger: Visitor) -> None:
    stranger.site.employ("li.na", "李娜", COUNTY)
    stranger.site.settle("li.na", PASSWORD)
    page = stranger.go("/account")
    log_in(page, "li.na", PASSWORD)
    part = page.get_by_role("region", name="一次性验证码")
    expect(part).to_contain_text("未启用")
    part.get_by_role("button", name="启用").click()
    authenticator, recovery = set_up_code(page, part, PASSWORD)
    expect(part.get_by_text("已启用", exact=True)).to_be_visible()
    log_out(page)

    log_in(page, "li.na", PASSWORD)
    code = field(page, "一次性验证码")
    expect(code).to_be_focused()
    expect(page.get_by_role("alert")).to_have_count(0)
    code.fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("一次性验证码")
    code.fill(authenticator.at(time.time() + 30))
    page.keyboard.press("Enter")
    menu(page).wait_for()
    log_out(page)

    log_in(page, "li.na", PASSWORD)
    field(page, "一次性验证码").fill(recovery[0].upper())
    page.keyboard.press("Enter")
    menu(page).wait_for()
    page.goto(f"{stranger.site.address}/account")
    part.get_by_role("button", name="停用").click()
    field(part, "现在的密码").fill(PASSWORD)
    field(part, "一次性验证码").fill(recovery[0])
    page.keyboard.press("Enter")
    expect(part.get_by_role("alert")).to_contain_text("已用过")
    field(part, "一次性验证码").fill(recovery[1])
    page.keyboard.press("Enter")
    expect(part).to_contain_text("未启用")
    assert faults(stranger.complaints) == []


def test_the_first_administrator_changes_the_password_and_sets_up_a_code(
    visit: Visit, empty: Site
) -> None:
    told = re.search(r"administrator，密码 (\S+?)（", empty.said)
    assert told is not None
    visitor = visit(account=None, site=empty)
    page = visitor.go("/account")
    expect(field(page, "账号")).to_be_focused()
    expect(page.get_by_role("region", name="示范账号")).to_have_count(0)
    log_in(page, "administrator", told[1])
    expect(page.get_by_role("heading", name="请先修改密码")).to_be_visible()
    change_password(page, told[1], FRESH)
    expect(page.get_by_role("heading", name="请先启用一次性验证码")).to_be_visible()
    expect(page.get_by_text("只凭密码不够安全")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="请先启用一次性验证码")).to_be_visible()
    assert page.evaluate("fetch('/api/profile').then(({status}) => status)") == 403
    set_up_code(page, page, FRESH)
    expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    expect(menu(page)).to_contain_text("系统管理员 · 全域")


def test_a_token_made_in_the_page_reads_until_it_is_revoked(stranger: Visitor) -> None:
    page = stranger.go("/account")
    enter_demo(page, "demo-analyst")
    part = page.get_by_role("region", name="接口令牌")
    part.get_by_role("button", name="新建令牌").click()
    field(part, "名称").fill("月报")
    make = part.get_by_role("button", name="生成令牌")
    expect(make).to_be_disabled()
    expect(part.get_by_label("管理账号")).to_have_count(0)
    part.get_by_label("查看区划与网格").check()
    part.get_by_label("有效期").select_option("7")
    make.click()
    token = part.get_by_text(re.compile("^gm_")).inner_text()
    row = part.get_by_role("row").filter(has_text="月报")
    expect(row).to_contain_text("查看区划与网格")
    expect(row).to_contain_text("未使用")

    header = {"Authorization": f"Bearer {token}"}
    profile = f"{stranger.site.address}/api/profile"
    answer = httpx2.get(profile, headers=header)
    assert answer.status_code == 200
    assert answer.json()["counts"]["grids"] > 0
    assert answer.json()["counts"]["buildings"] == 0, "the analyst may see them, the token may not"
    page.reload()
    expect(row).to_be_visible()
    assert token not in page.content(), "it is shown once"

    row.get_by_role("button", name="作废").click()
    assert httpx2.get(profile, headers=header).status_code == 200, "the first click only asks"
    row.get_by_role("button", name="确认作废").click()
    expect(part).to_contain_text("还没有令牌")
    assert httpx2.get(profile, headers=header).status_code == 401
    assert faults(stranger.complaints) == []


def test_a_log_in_elsewhere_is_ended_from_the_list(visit: Visit, site: Site) -> None:
    site.employ("wang.fang", "王芳", COUNTY)
    site.settle("wang.fang", PASSWORD)
    here, there = visit(account=None), visit(account=None)
    page, far = here.go("/account"), there.go("/check")
    for one in (page, far):
        log_in(one, "wang.fang", PASSWORD)
        menu(one).wait_for()
    page.reload()
    part = page.get_by_role("region", name="打开的登录")
    expect(part.get_by_role("row")).to_have_count(3)
    expect(part.get_by_text("当前")).to_have_count(1)
    part.get_by_role("button", name="结束来自").click()
    expect(part.get_by_role("row")).to_have_count(2)
    far.get_by_role("link", name="网格地图").click()
    expect(far.get_by_text("登录已过期")).to_be_visible()
    expect(menu(page)).to_be_visible()


def test_a_new_password_ends_the_log_ins_elsewhere(visit: Visit, site: Site) -> None:
    site.employ("zhao.min", "赵敏", COUNTY)
    site.settle("zhao.min", PASSWORD)
    here, there = visit(account=None), visit(account=None)
    page, far = here.go("/account"), there.go("/account")
    for one in (page, far):
        log_in(one, "zhao.min", PASSWORD)
        menu(one).wait_for()
    part = page.get_by_role("region", name="密码")
    change_password(part, PASSWORD, FRESH)
    expect(part).to_contain_text("密码已修改")
    expect(field(part, "新密码")).to_have_value("")
    expect(page.get_by_role("region", name="打开的登录").get_by_role("row")).to_have_count(2)
    far.reload()
    expect(field(far, "账号")).to_be_visible()


def test_a_shared_demo_account_cannot_be_closed_to_the_others(stranger: Visitor) -> None:
    page = stranger.go("/account")
    enter_demo(page, "demo-lead")
    expect(page.get_by_text("示范账号供大家共用")).to_be_visible()
    expect(field(page, "新密码")).to_have_count(0)
    expect(page.get_by_role("region", name="一次性验证码")).to_have_count(0)
