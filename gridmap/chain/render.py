"""What the chain shows: its report as data, text and JSON, and the card of one grid."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from gridmap.chain.checks import MOST_ITEMS, OPEN_STATUSES, RULES, Row, size_of
from gridmap.chain.ground import ground_faults
from gridmap.chain.store import GridChain
from gridmap.profiles import Entry, Message, Profile

_SHOWN = 10


@dataclass(frozen=True)
class Item:
    """One broken link: what, why, and where (EPSG:4490 degrees, None where it is nowhere)."""

    code: str
    name: str | None
    detail: str
    detail_en: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class LinkReport:
    """One link: how many there are, how many are broken, the first of them, how to mend them."""

    link: str
    title: str
    title_en: str
    total: int
    broken: int
    ok: bool
    warning: bool
    hint: str
    hint_en: str
    items: list[Item]
    truncated: bool


@dataclass(frozen=True)
class ChainReport:
    """The whole chain. `ok` is false when a link is broken that is not just a warning."""

    ok: bool
    checked_at: datetime
    seconds: float
    links: list[LinkReport]


def report_of(link: str, total: int, broken: int, rows: Sequence[Row]) -> LinkReport:
    """What the report says of a link; rows have code, name, ref, amount, lon and lat."""
    rule = RULES[link]
    shown = rows[:MOST_ITEMS]
    reasons = [rule.reason(row) for row in shown]
    return LinkReport(
        link=link,
        title=rule.title.zh,
        title_en=rule.title.en,
        total=total,
        broken=broken,
        ok=broken == 0,
        warning=rule.is_warning,
        hint=rule.hint.zh,
        hint_en=rule.hint.en,
        items=[
            Item(row["code"], row["name"], reason.zh, reason.en, row["lon"], row["lat"])
            for row, reason in zip(shown, reasons, strict=True)
        ],
        truncated=broken > len(shown),
    )


def as_text(report: ChainReport, shown: int = _SHOWN) -> str:
    """The report as plain lines, Chinese and English: each link, then what is broken in it."""
    lines: list[str] = []
    for one in report.links:
        mark = "✓" if one.ok else "!" if one.warning else "✗"
        lines.append(f"{mark} {one.title} · {one.title_en}")
        lines.append(f"    {one.total - one.broken:,} / {one.total:,}" + _broken(one))
        for item in one.items[:shown]:
            name = f" {item.name}" if item.name else ""
            lines.append(f"    - {item.code}{name}：{item.detail} · {item.detail_en}")
        if one.broken > shown and one.items:
            rest = one.broken - min(shown, len(one.items))
            lines.append(f"    … 另有 {rest:,} 个 · and {rest:,} more")
        if not one.ok:
            lines.append(f"    → {one.hint} · {one.hint_en}")
    lines.append(_verdict(report))
    return "\n".join(lines)


def as_dict(report: ChainReport) -> dict[str, Any]:
    """The report as JSON takes it: times ISO 8601 with their offset."""
    return {**asdict(report), "checked_at": report.checked_at.isoformat()}


def _broken(one: LinkReport) -> str:
    if one.ok:
        return ""
    word, word_en = ("需留意", "to look at") if one.warning else ("断开", "broken")
    return f"，{one.broken:,} 个{word} · {one.broken:,} {word_en}"


def _verdict(report: ChainReport) -> str:
    broken = [one for one in report.links if not one.ok and not one.warning]
    warned = sum(not one.ok and one.warning for one in report.links)
    also, also_en = (f"，{warned} 项提醒", f", {warned} to look at") if warned else ("", "")
    if not broken:
        return f"链条完整{also} · the chain is whole{also_en}（{report.seconds:.1f} s）"
    return (
        f"链条有 {len(broken)} 环断开{also} · "
        f"links broken: {len(broken)}{also_en}（{report.seconds:.1f} s）"
    )


@dataclass(frozen=True)
class GridLink:
    """One link of the chain, seen from one grid."""

    link: str
    ok: bool
    total: int
    broken: int
    title: str
    title_en: str
    hint: str
    hint_en: str


def grid_card(chain: GridChain, profile: Profile) -> dict[str, Any]:
    """All about one grid, in the shape of `GET /api/grids/{code}` without its box."""
    grid = chain.grid
    homes = chain.premises
    lowest, highest = getattr(profile.size_limits, grid["area_kind"])
    leads = [one for one in chain.staff if one["role"] == "grid_lead"]
    return {
        **grid,
        **(dict.fromkeys(_HOMES) if homes is None else homes),
        **{level: _place(grid, level) for level in ("village", "township", "county")},
        "lead": _person(leads[0]) if leads else None,
        "postings": _postings(chain.staff, profile),
        "size_limit": (lowest, highest),
        "size": None if homes is None else size_of(homes["households"], lowest, highest),
        "incidents": None if chain.incidents is None else _incidents(chain.incidents, profile),
        "chain": [asdict(link) for link in grid_links(chain)],
    }


def grid_links(chain: GridChain) -> list[GridLink]:
    """The links of one grid: people, homes, buildings as far as they may be seen; map, lead."""
    leads = [one for one in chain.staff if one["role"] == "grid_lead"]
    faults = [
        row
        for link, rows in ground_faults(chain.outlines).items()
        for row in rows
        if link != "grid_border" and chain.grid["id"] in row["members"]
    ]
    return [
        *(_home_links(chain.premises, chain.astray) if chain.premises is not None else ()),
        replace(
            _grid_link("land_in_grid", 1, len(faults), _UNEVEN),
            title="网格进图",
            title_en="Grid on the map",
        ),
        _grid_link("grid_lead", 1, 0 if leads else 1),
    ]


def _home_links(homes: Row, astray: int) -> list[GridLink]:
    return [
        _grid_link("resident_household", homes["households"], homes["empty_households"], _EMPTY),
        _grid_link("household_dwelling", homes["households"], 0),
        _grid_link("building_grid", homes["buildings"], astray, _ASTRAY),
    ]


_HOMES = ("households", "residents", "buildings", "dwellings", "assets", "organisations")
_EMPTY = Message(
    "这些户没有登记人员：补载人员，或确认是空户",
    "these households have no resident on record: load them, or confirm that nobody lives there",
)
_ASTRAY = Message(
    "这些楼栋的登记网格与位置不符：重新载入网格或楼栋即可归格",
    "these buildings are on record elsewhere than they stand: load grids or buildings again",
)
_UNEVEN = Message(
    "与邻格之间有缝隙、重叠或碎片：把边界吸附成一条线",
    "gaps, overlaps or slivers towards its neighbours: snap the borders to one line",
)


def _grid_link(link: str, total: int, broken: int, hint: Message | None = None) -> GridLink:
    title, title_en = (
        text.split(sign)[0] for text, sign in zip(RULES[link].title, "：:", strict=True)
    )
    told = hint or RULES[link].hint
    return GridLink(link, broken == 0, total, broken, title, title_en, told.zh, told.en)


def _place(grid: Row, level: str) -> dict[str, str] | None:
    code = grid[f"{level}_code"]
    return None if code is None else {"code": code, "name": grid[f"{level}_name"]}


def _person(posting: Row) -> dict[str, Any]:
    return {"name": posting["person_name"], "phone": posting["office_phone"]}


def _postings(staff: Sequence[Row], profile: Profile) -> list[dict[str, Any]]:
    """Who serves, in the order of the profile's roles; a role it does not know comes last."""
    names = {role.code: role.name for role in profile.roles}
    order = list(names)
    return [
        {"role": one["role"], "role_name": names.get(one["role"], one["role"]), **_person(one)}
        for one in sorted(staff, key=lambda one: [*order, one["role"]].index(one["role"]))
    ]


def _incidents(rows: Sequence[Row], profile: Profile) -> dict[str, Any]:
    by_category = _counted(rows, "category", profile.categories)
    return {
        "total": sum(row["n"] for row in rows),
        "open": sum(row["n"] for row in rows if row["status"] in OPEN_STATUSES),
        "by_category": sorted(by_category, key=lambda one: -int(one["count"])),
        "by_status": _counted(rows, "status", profile.statuses),
    }


def _counted(rows: Sequence[Row], what: str, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Sums by code, in the dictionary's order; codes it does not know come last."""
    names = {entry.code: entry.name for entry in entries}
    codes = [*names, *sorted({row[what] for row in rows} - set(names))]
    sums = {code: sum(row["n"] for row in rows if row[what] == code) for code in codes}
    return [
        {"code": code, "name": names.get(code, code), "count": number}
        for code, number in sums.items()
        if number
    ]
