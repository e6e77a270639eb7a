"""What people do at the log-in page, in Chinese as it is at first."""

from playwright.sync_api import Locator, Page

EXPECTED = "Failed to load resource: the server responded with a status of 4"
"""What a browser itself notes when it is refused; not a fault of the page."""


def field(page: Page | Locator, name: str) -> Locator:
    """The field of this label."""
    return page.get_by_role("textbox", name=name, exact=True)


def log_in(page: Page, account: str, password: str) -> None:
    """Type account and password, and Enter."""
    field(page, "账号").fill(account)
    field(page, "密码").fill(password)
    page.keyboard.press("Enter")


def enter_demo(page: Page, account: str) -> None:
    """Click a demo account, and wait until it is in."""
    page.get_by_role("region", name="示范账号").get_by_role("button", name=account).click()
    menu(page).wait_for()


def menu(page: Page) -> Locator:
    """The button of the user menu: there when somebody is logged in, and nothing is in the way."""
    return page.get_by_role("button", name="账号菜单")


def log_out(page: Page) -> None:
    """By the user menu."""
    menu(page).click()
    page.get_by_role("button", name="退出登录").click()


def faults(complaints: list[str]) -> list[str]:
    """What a page complained of, without what the browser notes of every refusal."""
    return [one for one in complaints if not one.startswith(EXPECTED)]
