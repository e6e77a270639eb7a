"""Somebody who edits a draft in the browser, and what the server holds of it."""

import math
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visitor

VILLAGE = "140929400001"
"""A village of the county town with ten grids."""
VIEW = (111.5669, 38.7061, 15.8)
TOP_PX = 52
"""Height of the bar above the map."""
Position = tuple[float, float]


class Desk:
    """Somebody who edits a draft of the village, and what the server holds of it."""

    def __init__(
        self, visitor: Visitor, village: str = VILLAGE, *, whole_township: bool = False
    ) -> None:
        self.village = village
        self.visitor = visitor
        self.page = visitor.page
        self.site = visitor.site
        self._hand = self.page.context.new_cdp_session(self.page)
        self._touching = False
        self.page.goto(f"{self.site.address}/plans")
        self.page.get_by_role("button", name="新建草案").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("乡镇").select_option(village[:9])
        if not whole_township:
            dialog.get_by_label("村社区").select_option(village)
        expect(dialog.get_by_label("名称")).not_to_be_empty()
        dialog.get_by_role("button", name="开始编辑").click()
        self.page.wait_for_url("**/plans/*")
        self.code = self.page.url.split("/plans/")[1].split("?")[0]
        self.look()

    def look(self) -> None:
        """Open the draft where every test looks at it."""
        lon, lat, zoom = VIEW
        self.visitor.open(f"/plans/{self.code}?v={lon},{lat},{zoom}")
        expect(self.rows).to_have_count(len(self.division()["grids"]))

    @property
    def rows(self) -> Locator:
        """The grids in the table beside the map."""
        return self.page.locator("tr[data-grid]")

    def division(self) -> dict[str, Any]:
        """What the server holds."""
        answer = self.page.context.request.get(
            f"{self.site.address}/api/plans/{self.code}/division", params={"village": self.village}
        )
        found: dict[str, Any] = answer.json()
        return found

    def criteria(self) -> list[tuple[str, str]]:
        """What the server says of the four criteria: the share in per cent, and it in words."""
        answer = self.page.context.request.get(
            f"{self.site.address}/api/plans/{self.code}/checks", params={"village": self.village}
        )
        return [(f"{one['score']:.0%}", one["zh"]) for one in answer.json()["criteria"]]

    def criteria_shown(self) -> list[tuple[str, str]]:
        """What stands of the four criteria beside the map."""
        rows = self.page.locator(".criteria li")
        expect(rows).to_have_count(4)
        return [
            (row.locator(".number").inner_text(), row.locator(".text").inner_text())
            for row in rows.all()
        ]

    def households(self) -> dict[str, int]:
        """Households by the last three digits of each grid's code."""
        return {grid["code"][-3:]: grid["households"] for grid in self.division()["grids"]}

    def ring(self, number: str) -> list[Position]:
        """The outline of a grid, its first vertex not repeated."""
        grids = self.division()["grids"]
        grid = next(one for one in grids if one["code"].endswith(number))
        return [(lon, lat) for lon, lat in grid["geometry"]["coordinates"][0][0][:-1]]

    def households_shown(self) -> dict[str, int]:
        """The same as it stands beside the map."""
        cells = {
            str(row.get_attribute("data-grid"))[-3:]: row.locator(".households").inner_text()
            for row in self.rows.all()
        }
        return {number: int(text.split()[-1].replace(",", "")) for number, text in cells.items()}

    def outline(self) -> list[Position]:
        """The village line, its first vertex not repeated."""
        shape = self.division()["village"]["geometry"]
        rings = shape["coordinates"] if shape["type"] == "Polygon" else shape["coordinates"][0]
        return [(lon, lat) for lon, lat in rings[0][:-1]]

    def border(self, one: str, other: str) -> list[Position]:
        """The vertices that two grids share."""
        there = set(self.ring(other))
        return [at for at in self.ring(one) if at in there]

    def blocks(self) -> list[dict[str, Any]]:
        """The street blocks of the village."""
        answer = self.page.context.request.get(
            f"{self.site.address}/api/plans/{self.code}/blocks", params={"village": self.village}
        )
        found: list[dict[str, Any]] = answer.json()["blocks"]
        return found

    def pixel(self, at: Position) -> Position:
        """Where on the screen a place is."""
        lon, lat, zoom = VIEW
        (x, y), (mid_x, mid_y) = _mercator(at, zoom), _mercator((lon, lat), zoom)
        return 720 + x - mid_x, TOP_PX + (900 - TOP_PX) / 2 + y - mid_y

    def click(self, at: Position) -> None:
        """Click a place on the map."""
        self.page.mouse.click(*self.pixel(at))
        self.page.wait_for_timeout(400)

    def take(self, at: Position, by: Position) -> None:
        """Press at a place and pull by so many pixels, without letting go."""
        x, y = self.pixel(at)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for step in range(1, 9):
            self.page.mouse.move(x + by[0] * step / 8, y + by[1] * step / 8)
            self.page.wait_for_timeout(20)

    def sweep(self, start: Position, end: Position) -> None:
        """Press at one place and let go at another one."""
        (x, y), (to_x, to_y) = self.pixel(start), self.pixel(end)
        self.take(start, (to_x - x, to_y - y))
        self.page.mouse.up()
        self.page.wait_for_timeout(300)

    def drag(self, at: Position, by: Position) -> None:
        """Pull and let go, and wait until the server has answered."""
        self.take(at, by)
        with self.page.expect_response("**/operations") as answer:
            self.page.mouse.up()
        assert answer.value.ok

    def tool(self, name: str) -> None:
        """Take a tool from the bar."""
        bar = self.page.get_by_role("toolbar", name="编辑工具")
        bar.get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_timeout(800)

    def write_lead(self, name: str) -> None:
        """Say who leads the first grid."""
        self.rows.first.get_by_role("button").click()
        self.page.get_by_label("网格长").fill(name)
        with self.page.expect_response("**/operations") as answer:
            self.page.get_by_role("button", name="保存").click()
        assert answer.value.ok

    def leads(self) -> list[str | None]:
        """Who leads each grid."""
        return [grid["lead"] for grid in self.division()["grids"]]

    def submit(self, note: str) -> None:
        """Hand the draft in."""
        self.page.get_by_role("button", name="提交审核").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("说明").fill(note)
        dialog.get_by_role("button", name="提交审核").click()
        expect(self.page.get_by_text("待审核")).to_be_visible()

    def discard(self) -> None:
        """Throw the draft away."""
        self.page.get_by_role("button", name="删除草案").click()
        self.page.get_by_role("dialog").get_by_role("button", name="删除草案").click()
        expect(self.page.get_by_role("heading", name="划分方案")).to_be_visible()

    def draw(self, pixels: list[Position]) -> None:
        """Click a line on the map and finish it with Enter."""
        for x, y in pixels:
            self.page.mouse.move(x, y)
            self.page.mouse.click(x, y)
            self.page.wait_for_timeout(200)
        with self.page.expect_response("**/operations"):
            self.page.keyboard.press("Enter")
        self.page.wait_for_timeout(300)

    def walk(self, stops: list[Position], *, touch: bool) -> None:
        """Press at the first place and go to each of the others, by mouse or by finger, without
        letting go."""
        (x, y), *others = map(self.pixel, stops)
        press, go = (self._touch, self._touch) if touch else (self._press, self.page.mouse.move)
        press(x, y)
        for to_x, to_y in others:
            for step in range(1, 9):
                go(x + (to_x - x) * step / 8, y + (to_y - y) * step / 8)
                self.page.wait_for_timeout(20)
            x, y = to_x, to_y

    def let_go(self, *, touch: bool) -> None:
        """Take the finger or the button up, and wait until the server has answered."""
        with self.page.expect_response("**/operations") as answer:
            if touch:
                self._send_touch("touchEnd", [])
            else:
                self.page.mouse.up()
        assert answer.value.ok

    def _press(self, x: float, y: float) -> None:
        self.page.mouse.move(x, y)
        self.page.mouse.down()

    def _touch(self, x: float, y: float) -> None:
        self._send_touch("touchMove" if self._touching else "touchStart", [{"x": x, "y": y}])

    def _send_touch(self, kind: str, points: list[dict[str, float]]) -> None:
        self._touching = bool(points)
        what = {"type": kind, "touchPoints": points}
        self._hand.send("Input.dispatchTouchEvent", what)

    def notice(self, text: str) -> Locator:
        """What the page says above the map."""
        return self.page.locator(".notices").get_by_text(text)


def _mercator(at: Position, zoom: float) -> Position:
    size = 512 * 2**zoom
    lat = math.radians(at[1])
    y = (1 - math.log(math.tan(lat) + 1 / math.cos(lat)) / math.pi) / 2
    return (at[0] + 180) / 360 * size, y * size


def middle(ring: list[Position]) -> Position:
    return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
