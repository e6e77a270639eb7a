"""The web app in a real browser, on the demo county in a real database."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GRID = "140929100200001"
GRID_NAME = "东街村第一网格"
AT_GRID = "v=111.58448,38.7021,15.5"
SIZES = [(1440, 900), (1920, 1080)]
Visit = Callable[..., Visitor]


def middle_of(page: Page) -> tuple[int, int]:
    size = page.viewport_size
    assert size is not None
    return size["width"] // 2, (size["height"] + 52) // 2


def shows(url: str, lon: float, lat: float) -> bool:
    """Whether the address names a close view of a place."""
    view = re.search(r"v=([\d.]+),([\d.]+),1[67]", url)
    return bool(view and abs(float(view[1]) - lon) < 0.003 and abs(float(view[2]) - lat) < 0.003)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_county_is_drawn_with_its_land_borders_and_names(
    visit: Visit, width: int, height: int
) -> None:
    visitor = visit(width, height)
    visitor.open("/")
    look = visitor.picture()
    free = look.part(300, 60, width - 260, height - 20)
    assert free.share("map-outside") < 0.6
    assert free.share("map-land", "map-green", within=14) > 0.25
    assert free.share("map-township", "map-village", within=24) > 0.002
    assert free.share("map-township-label", within=40) > 0.001
    assert free.colours() > 40
    assert visitor.complaints == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_town_shows_buildings_streets_and_numbered_grids(
    visit: Visit, width: int, height: int
) -> None:
    visitor = visit(width, height)
    visitor.open(f"/?{AT_GRID}")
    free = visitor.picture().part(300, 60, width - 260, height - 20)
    assert free.share("map-building", within=10) > 0.04
    assert free.share("map-settlement", "map-land", within=14) > 0.3
    assert free.share("map-road") > 0.01
    assert free.share("map-grid", within=24) > 0.004
    assert free.share("map-grid-label", within=40) > 0.001
    assert visitor.complaints == []


def test_the_same_view_looks_the_same_twice(visit: Visit) -> None:
    looks = []
    for _ in range(2):
        visitor = visit()
        visitor.open(f"/?{AT_GRID}")
        looks.append(visitor.picture())
    assert looks[0].differs_from(looks[1]) < 0.001


def test_the_page_comes_with_a_strict_policy_and_asks_only_its_own_server(visitor: Visitor) -> None:
    answer = visitor.page.goto(visitor.site.address)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    for path in ("/", "/heat", "/check"):
        visitor.open(path)
    visitor.page.wait_for_timeout(500)
    assert visitor.strayed == []
    assert visitor.complaints == []


def test_a_click_on_a_grid_opens_its_card_and_the_address_keeps_it(visitor: Visitor) -> None:
    page = visitor.open(f"/?{AT_GRID}&off=incidents,finished,buildings")
    page.mouse.move(*middle_of(page))
    expect(page.get_by_role("tooltip")).to_contain_text("网格")
    page.mouse.click(*middle_of(page))
    card = page.get_by_role("region", name=re.compile("第.+网格$"))
    expect(card).to_contain_text("岚漪镇")
    expect(card).to_contain_text("人进户")
    expect(card).to_contain_text("未办结")
    code = re.search(r"grid=(\d{15})", page.url)
    assert code is not None
    page.goto(page.url)
    expect(page.get_by_text(code[1])).to_be_visible()


def test_the_card_tells_who_leads_the_grid_and_whether_its_size_fits(visitor: Visitor) -> None:
    page = visitor.go(f"/?grid={GRID}")
    card = page.get_by_role("region", name=GRID_NAME)
    for text in ("网格长", "标准 40–120 户", "人口", "楼栋", "网格队伍", "专职网格员"):
        expect(card).to_contain_text(text)
    for link in ("人进户", "户进房", "房进网格", "网格进图"):
        expect(card.get_by_role("listitem").filter(has_text=link).first).to_contain_text("完整")
    page.get_by_role("button", name="关闭").click()
    expect(card).to_be_hidden()
    assert "grid=" not in page.url


def test_an_unknown_grid_is_said_clearly(visitor: Visitor) -> None:
    page = visitor.go("/?grid=140929999999999")
    expect(page.get_by_role("alert")).to_contain_text("没有找到")
    expect(page.get_by_role("alert")).to_contain_text("140929999999999")


def test_a_grid_is_found_and_reached_by_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.open("/")
    box = page.get_by_role("combobox", name="搜索网格、楼栋、村、事件")
    box.focus()
    page.keyboard.type("东街村第二")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text(
        "东街村第二网格"
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="东街村第二网格")).to_be_visible()
    visitor.settle()
    assert re.search(r"v=111\.58\d+,38\.70\d+,1[5-7]", page.url)


def test_townships_villages_buildings_and_incidents_are_found(visitor: Visitor) -> None:
    page = visitor.go("/")
    code = page.request.get(f"{visitor.site.address}/api/incidents?limit=1").json()["incidents"][0]
    for text, kind, shown in (
        ("宋家沟镇", "乡镇", r"area=140929\d{3}&"),
        ("柳林湾村", "村社区", r"area=140929\d{6}&"),
        ("12号", "楼栋", r"building="),
        (code["code"], "事件", r"incident="),
    ):
        page.get_by_role("combobox").first.fill(text)
        page.get_by_role("listbox").get_by_role("option").filter(has_text=kind).first.click()
        page.wait_for_url(re.compile(rf"\?.*{shown}.*v=|\?.*v=.*{shown}"))
    card = page.locator("aside.right")
    expect(card).to_contain_text("办理经过")
    expect(card).to_contain_text(code["code"])
    visitor.go(f"/?incident={code['code']}")
    page.wait_for_url(lambda url: shows(url, code["lon"], code["lat"]))


def test_stepping_back_brings_the_earlier_view_back(visitor: Visitor) -> None:
    page = visitor.open(f"/?{AT_GRID}")
    before = visitor.picture().part(300, 60, 1180, 880)
    page.get_by_role("button", name=re.compile("^温泉乡")).click()
    visitor.settle()
    assert visitor.picture().part(300, 60, 1180, 880).differs_from(before) > 0.5
    page.go_back()
    visitor.settle()
    assert visitor.picture().part(300, 60, 1180, 880).differs_from(before) < 0.01


def test_nothing_found_says_what_to_try(visitor: Visitor) -> None:
    page = visitor.go("/")
    page.get_by_role("combobox").first.fill("没有这样的地方")
    expect(page.get_by_text("没有找到“没有这样的地方”")).to_be_visible()


def test_a_layer_switched_off_leaves_the_map_and_stays_off(visitor: Visitor) -> None:
    page = visitor.open(f"/?{AT_GRID}")
    window = (300, 60, 1180, 880)
    before = visitor.picture().part(*window).share("map-building", within=10)
    page.get_by_role("checkbox", name="楼栋").uncheck()
    visitor.settle()
    after = visitor.picture().part(*window).share("map-building", within=10)
    assert before > 0.04
    assert after < before / 4
    page.reload()
    visitor.settle()
    expect(page.get_by_role("checkbox", name="楼栋")).not_to_be_checked()


def test_the_tree_leads_from_county_to_village(visitor: Visitor) -> None:
    page = visitor.go("/")
    tree = page.get_by_role("tree")
    expect(tree.get_by_role("treeitem")).to_have_count(12)
    page.get_by_role("button", name="展开三井镇").click()
    tree.get_by_role("button", name=re.compile("^三井村")).click()
    visitor.settle()
    expect(page.get_by_role("treeitem", selected=True)).to_contain_text("三井村")
    assert re.search(r"area=140929101\d{3}", page.url)


def test_the_heat_plays_without_asking_for_another_tile(visitor: Visitor) -> None:
    page = visitor.open("/heat")
    slider = page.get_by_role("slider", name="时间轴")
    whole = slider.get_attribute("aria-valuetext")
    window = (300, 60, 1000, 720)
    start = visitor.picture().part(*window)
    assert start.share("heat-4", "heat-5", "heat-6", within=40) > 0.0005
    asked = visitor.tiles_asked("heat")
    assert asked > 0
    page.get_by_role("button", name="播放").click()
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="暂停").click()
    assert slider.get_attribute("aria-valuetext") != whole
    slider.focus()
    page.keyboard.press("ArrowRight")
    visitor.settle()
    assert visitor.tiles_asked("heat") == asked
    assert "frame=" in page.url
    assert visitor.picture().part(*window).differs_from(start) > 0.005
    assert visitor.complaints == []


def test_the_heat_always_says_how_many_are_not_on_the_map(visitor: Visitor) -> None:
    page = visitor.go("/heat")
    totals = page.locator("dl[aria-label='合计']")
    numbers = [
        int(text.replace(",", ""))
        for text in re.findall(r"\d[\d,]*(?![\d.,%])", totals.inner_text())
    ]
    total, located, unlocated = numbers[0], numbers[1], numbers[-1]
    assert total == located + unlocated
    page.get_by_role("checkbox", name=re.compile("^矛盾纠纷")).check()
    expect(totals).not_to_contain_text(f"{total:,}")
    assert "category=dispute" in page.url


def test_a_township_is_drilled_into_and_left_again(visitor: Visitor) -> None:
    page = visitor.open("/heat")
    page.get_by_role("button", name="宋家沟镇").click()
    visitor.settle()
    panel = page.locator("aside.right")
    expect(panel.get_by_role("heading", name="宋家沟镇")).to_be_visible()
    assert "township=140929" in page.url
    page.get_by_role("button", name="返回全县").click()
    expect(panel.get_by_role("heading", name="全县")).to_be_visible()


def test_the_check_page_shows_the_chain_and_points_to_the_map(visitor: Visitor) -> None:
    page = visitor.open("/check")
    expect(page.get_by_role("status")).to_contain_text("链条完整")
    stations = page.get_by_role("list", name="链条各环").get_by_role("listitem")
    expect(stations.first).to_contain_text("人进户")
    expect(stations.first).to_contain_text("完整")
    page.get_by_role("link", name="在图上查看").first.click()
    visitor.settle()
    assert "mark=" in page.url
    page.go_back()
    page.get_by_role("button", name="重新检查").click()
    expect(page.get_by_role("button", name="重新检查")).to_be_enabled()
    assert visitor.complaints == []


def test_english_is_one_click_away_and_remembered(visitor: Visitor) -> None:
    page = visitor.go("/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Chain check")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Chain check")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kelan County grid map")


def test_a_database_that_goes_away_is_said_and_the_page_recovers_by_itself(
    visitor: Visitor,
) -> None:
    page = visitor.open("/")
    with visitor.site.database_away():
        page.get_by_role("combobox").first.fill("东街村")
        expect(page.get_by_text("服务器暂时连接不上")).to_be_visible()
        page.goto(f"{visitor.site.address}/?grid={GRID}")
        expect(page.get_by_role("alert").first).to_contain_text("服务器暂时连接不上")
    expect(page.get_by_text("服务器暂时连接不上")).to_be_hidden()
    expect(page.get_by_role("region", name=GRID_NAME)).to_contain_text("网格长")
    visitor.settle()
    assert visitor.picture().part(300, 60, 1000, 880).share("map-building", within=10) > 0.02


def test_without_webgl_the_page_says_so_and_the_rest_works(visitor: Visitor) -> None:
    visitor.context.add_init_script(
        "HTMLCanvasElement.prototype.getContext = new Proxy("
        "HTMLCanvasElement.prototype.getContext, { apply: (get, canvas, words) =>"
        " String(words[0]).startsWith('webgl') ? null : Reflect.apply(get, canvas, words) })"
    )
    page = visitor.page
    page.goto(f"{visitor.site.address}/?grid={GRID}")
    expect(page.get_by_text("此浏览器无法显示地图")).to_be_visible()
    expect(page.get_by_role("region", name=GRID_NAME)).to_contain_text("网格长")
    expect(page.get_by_role("treeitem").first).to_contain_text("岢岚县")
    assert visitor.complaints == []
