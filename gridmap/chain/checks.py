"""The links of the chain: what each demands, how a broken one reads, and how to mend it. Pure.

A check is a function from a row that breaks the link to the reason; its docstring is its title,
in Chinese and in English. The order here is the order of the report.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from gridmap.profiles import Message

Row: TypeAlias = Mapping[Any, Any]
Size = Literal["in", "under", "over"]
OPEN_STATUSES = frozenset({"reported", "accepted", "dispatched", "resolved"})
MOST_ITEMS = 100


@dataclass(frozen=True)
class Rule:
    """One link of the chain. A broken warning is worth a look, and leaves the chain whole."""

    link: str
    title: Message
    hint: Message
    is_warning: bool
    reason: Callable[[Row], Message]


_rules: dict[str, Rule] = {}
RULES: Mapping[str, Rule] = MappingProxyType(_rules)
"""Every link, by name."""


def size_of(households: int, lowest: int, highest: int) -> Size:
    """Whether a grid has as many households as the profile wants."""
    if households < lowest:
        return "under"
    return "over" if households > highest else "in"


def _check(
    hint: str, hint_en: str, *, is_warning: bool = False
) -> Callable[[Callable[[Row], Message]], Callable[[Row], Message]]:
    def add(reason: Callable[[Row], Message]) -> Callable[[Row], Message]:
        title, title_en = (reason.__doc__ or "").split(" / ")
        _rules[reason.__name__] = Rule(
            reason.__name__, Message(title, title_en), Message(hint, hint_en), is_warning, reason
        )
        return reason

    return add


def _lost(row: Row, zh: str, en: str) -> Message:
    """A reference that is missing, or that leads nowhere."""
    if row["ref"]:
        return Message(f"{zh} {row['ref']} 不存在", f"there is no {en} {row['ref']}")
    return Message(f"没有填{zh}", f"no {en} is given")


@_check(
    "用 gridmap load grids 载入网格；若已载入，请确认方案的启用日期不晚于今天",
    "load the grids with `gridmap load grids`, valid from today or earlier",
)
def plan_in_force(row: Row) -> Message:
    """有图：今天有现行网格 / On the map: grids are in force today"""
    return Message("今天没有任何现行网格", "no grid is in force today")


@_check(
    "补载缺少的户，或在人员表里更正户编号后重新载入人员",
    "load the missing households, or correct the household code and load the residents again",
)
def resident_household(row: Row) -> Message:
    """人进户：每个居民都有户 / People in households: every resident has a household"""
    return _lost(row, "户编号", "household")


@_check(
    "补载缺少的房屋，或在户表里更正房屋编码后重新载入户",
    "load the missing dwellings, or correct the dwelling code and load the households again",
)
def household_dwelling(row: Row) -> Message:
    """户进房：每户都有房屋 / Households in dwellings: every household has a dwelling"""
    return _lost(row, "房屋编码", "dwelling")


@_check(
    "补载缺少的楼栋，或在房屋表里更正楼栋编码后重新载入房屋",
    "load the missing buildings, or correct the building code and load the dwellings again",
)
def dwelling_building(row: Row) -> Message:
    """房进楼：每套房屋都在楼栋里 / Dwellings in buildings: every dwelling has a building"""
    return _lost(row, "楼栋编码", "building")


@_check(
    "在地图上核对楼栋位置；位置不错就把网格补画到这里",
    "check the building's position on the map; if it is right, draw a grid there",
)
def building_grid(row: Row) -> Message:
    """房进网格：每栋楼都在网格里 / Buildings in grids: every building lies in a grid"""
    return Message("不在任何现行网格内", "lies in no grid in force")


@_check(
    "重新载入网格或楼栋，载入时会重新归格",
    "load the grids or the buildings again: loading places them anew",
)
def building_placement(row: Row) -> Message:
    """房归其格：登记的网格就是所在的网格 / Buildings placed: on record where they stand"""
    if row["ref"]:
        return Message(
            f"登记在网格 {row['ref']}，实际不在其中", f"is on record in {row['ref']}, but not there"
        )
    return Message("已在网格内，但没有登记", "lies in a grid, but has none on record")


@_check(
    "消除这两个网格的重叠",
    "mend the overlap of these grids",
)
def building_once(row: Row) -> Message:
    """一房一格：没有楼栋同时在两个网格内 / Buildings once: no building lies in two grids"""
    return Message(f"同时在网格 {row['ref']} 内", f"lies in {row['ref']} at once")


@_check(
    "让网格边界绕开这栋楼，走道路或院墙",
    "lead the border around the building, along a road or a wall",
    is_warning=True,
)
def building_whole(row: Row) -> Message:
    """边界不切楼：网格边界不穿过楼栋 / Buildings whole: no border cuts a building"""
    share = round(100 * row["amount"])
    return Message(
        f"{share}% 的占地在网格 {row['ref']} 之外", f"{share} % lies outside its grid {row['ref']}"
    )


@_check(
    "核对位置；若网格是后来载入的，重新载入部件即可归格",
    "check the position; if the grids came later, load the assets again",
    is_warning=True,
)
def asset_grid(row: Row) -> Message:
    """物进网格：每个部件都在网格里 / Assets in grids: every asset lies in a grid"""
    return _misplaced(row)


@_check(
    "核对位置；若网格是后来载入的，重新载入组织即可归格",
    "check the position; if the grids came later, load the organisations again",
    is_warning=True,
)
def organisation_grid(row: Row) -> Message:
    """组织进网格：每个组织都在网格里 / Organisations in grids: every organisation lies in a grid"""
    return _misplaced(row)


def _misplaced(row: Row) -> Message:
    if row["ref"]:
        return Message(
            f"登记在网格 {row['ref']}，实际不在其中", f"is on record in {row['ref']}, but not there"
        )
    if row["lon"] is None:
        return Message("没有位置", "has no position")
    return Message("没有登记网格", "has no grid on record")


@_check(
    "重新载入网格或事件，载入时会按上报当天的方案重新归格",
    "load the grids or the incidents again: loading places them by the plan of their day",
)
def incident_grid(row: Row) -> Message:
    """事进网格：事件归入上报当天的网格 / Incidents in grids: by the plan in force on their day"""
    if row["ref"]:
        return Message(
            f"登记在网格 {row['ref']}，按当天方案不在其中",
            f"is on record in {row['ref']}, which the plan of its day contradicts",
        )
    return Message("当天方案里有网格，但没有登记", "a grid covered it, but none is on record")


@_check(
    "核对坐标和坐标系（gcj02、bd09 要在载入时写明）；确在县外的不必处理",
    "check coordinates and CRS (gcj02 and bd09 must be named on loading); outside the county: fine",
    is_warning=True,
)
def incident_outside(row: Row) -> Message:
    """事在界内：事件都落在网格内 / Incidents inside: every incident fell in a grid"""
    return Message("上报当天不在任何网格内", "fell in no grid of that day")


@_check(
    "请受理人按地址补上坐标",
    "ask intake to add the position from the address",
    is_warning=True,
)
def incident_location(row: Row) -> Message:
    """事有位置：事件都有坐标 / Incidents located: every incident has a position"""
    return Message("没有坐标", "has no position")


@_check(
    "修改网格边界使其不出村界；村已撤并的，把网格改属新村",
    "pull the border back into the village; if the village is gone, move the grid to its successor",
)
def grid_village(row: Row) -> Message:
    """格进村：网格属于现行的村且不出村界 / Grids in villages: of one in force, and inside it"""
    if row["amount"] is None:
        return Message(f"所属的村 {row['ref']} 已失效", f"its village {row['ref']} is not in force")
    return Message(
        f"有 {row['amount']:,.0f} 平方米在村 {row['ref']} 之外",
        f"{row['amount']:,.0f} m² lie outside its village {row['ref']}",
    )


@_check(
    "为这个村划出网格并载入",
    "draw the grids of this village and load them",
)
def village_grids(row: Row) -> Message:
    """村有网格：每个村（社区）都画了网格 / Villages with grids: every village has a grid drawn"""
    return Message("没有画网格", "no grid is drawn")


@_check(
    "载入上级区划，或更正上级代码后重新载入",
    "load the unit above, or correct the parent code and load again",
)
def unit_parent(row: Row) -> Message:
    """村进乡镇：区划都有现行的上级 / Villages in townships: every unit has one above it"""
    if row["ref"]:
        return Message(f"上级 {row['ref']} 已失效或级别不对", f"{row['ref']} cannot be above it")
    return Message("没有上级", "no unit is above it")


@_check(
    "载入带正确边界的区划文件",
    "load a file with the outlines of the units",
)
def unit_drawn(row: Row) -> Message:
    """区划进图：区划都有边界 / Units drawn: every unit has an outline"""
    if row["ref"]:
        return Message(f"边界自相交：{row['ref']}", f"its outline crosses itself: {row['ref']}")
    return Message("没有边界", "has no outline")


@_check(
    "把空地划入相邻网格；若是漏画网格，补画后载入",
    "add the ground to a neighbour; if a grid was left out, draw and load it",
)
def land_in_grid(row: Row) -> Message:
    """地进网格：村内没有空地 / Land in grids: no ground of a village is left out"""
    return _ground(row, "不属于任何网格", "in no grid")


@_check(
    "让两个网格共用一条边界",
    "give the two grids one common border",
)
def grid_overlap(row: Row) -> Message:
    """格不重叠：网格之间没有重叠 / No overlaps: no two grids share ground"""
    return _shared(row)


@_check(
    "把相邻网格的边界吸附成同一条线",
    "snap the borders of the neighbours to one line",
)
def grid_sliver(row: Row) -> Message:
    """边界合一：相邻网格之间没有碎片 / One border: no slivers between neighbours"""
    return Message(
        f"平均宽 {_width(row)}，面积 {row['amount']:,.2f} 平方米，在 {row['ref']} 之间",
        f"{_width(row)} wide on average, {row['amount']:,.2f} m², between {row['ref']}",
    )


@_check(
    "在邻格的长边上补一个顶点（T 形交点处）",
    "add a vertex to the neighbour's edge where the corner meets it",
    is_warning=True,
)
def grid_border(row: Row) -> Message:
    """顶点对齐：相邻网格的边界顶点一致 / Matched borders: neighbours have the same vertices"""
    return Message(
        f"与 {row['ref']} 的公共边界顶点不一致", f"its border with {row['ref']} has other vertices"
    )


@_check(
    "用同一来源、同一年份的村界、乡镇界和县界重新载入",
    "load outlines of villages, townships and county of one source and one year",
)
def unit_tiling(row: Row) -> Message:
    """区划拼合：村铺满乡镇，乡镇铺满县 / Units tile: villages fill townships and county"""
    if row["kind"] == "overlap":
        return _shared(row)
    words = {
        "gap": ("未被下级覆盖", "covered by no unit below"),
        "outside": ("超出上级边界", "outside the unit above"),
        "sliver": ("为碎片", "a sliver"),
    }
    return _ground(row, *words[row["kind"]])


@_check(
    "更正岗位表里的网格编码，或结束这条任职",
    "correct the grid code in the list of postings, or end the posting",
)
def posting_grid(row: Row) -> Message:
    """岗对网格：任职的网格都存在 / Postings on grids: every posting names a grid in force"""
    return Message(f"岗位 {row['ref']} 指向不存在的网格", f"a {row['ref']} of a grid that is not")


@_check(
    "用 gridmap load postings 载入网格长",
    "load the grid leads with `gridmap load postings`",
    is_warning=True,
)
def grid_lead(row: Row) -> Message:
    """格有网格长：每个网格都有网格长 / Grids with a lead: every grid has a grid lead"""
    return Message("没有网格长", "has no grid lead")


def _shared(row: Row) -> Message:
    return Message(
        f"与 {row['ref']} 重叠 {_area(row['amount'], ' 平方米', ' 公顷')}",
        f"shares {_area(row['amount'], ' m²', ' ha')} with {row['ref']}",
    )


def _ground(row: Row, zh: str, en: str) -> Message:
    near, near_en = (f"，邻近 {row['ref']}", f", near {row['ref']}") if row["ref"] else ("", "")
    return Message(
        f"{_area(row['amount'], ' 平方米', ' 公顷')}{zh}{near}",
        f"{_area(row['amount'], ' m²', ' ha')} {en}{near_en}",
    )


def _area(area_m2: float, square_metres: str, hectares: str) -> str:
    if area_m2 >= 10_000:
        return f"{area_m2 / 10_000:,.1f}{hectares}"
    return f"{area_m2:,.2f}{square_metres}"


def _width(row: Row) -> str:
    width: float = row["width_m"]
    return f"{1000 * width:.1f} mm" if width < 0.1 else f"{width:.2f} m"
