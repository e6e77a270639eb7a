"""`gridmap balance`: even, connected grids, as a draft of a county or from plain files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gridmap import schema
from gridmap.access.actors import ADMINISTRATOR
from gridmap.balancing import BalancedPlan
from gridmap.errors import CallError
from gridmap.plans.balanced_files import Columns, Files, balance_files
from gridmap.plans.balancing.model import WEIGHTS, Mode, Size, Weight, Wish
from gridmap.plans.rebalancing import county_code, rebalance
from gridmap.settings import read_settings
from gridmap.terminal import bar

Text = str | None
_URBAN: Size = (300, 500)
_MOST_TOLD = 20


Column = Annotated[str, typer.Option(help="列名 · the column of the buildings")]
Beside = Annotated[Text, typer.Option(help="与楼栋一起读的文件 · a file read with the buildings")]


def balance(
    file: Annotated[
        Text, typer.Argument(help="楼栋文件；不给则均衡库里的网格 · buildings, else the database")
    ] = None,
    village: Annotated[Text, typer.Option(help="村（社区）代码 · code of a village")] = None,
    township: Annotated[Text, typer.Option(help="乡镇代码 · code of a township")] = None,
    county: Annotated[bool, typer.Option("--county", help="全县 · the whole county")] = False,
    mode: Annotated[Mode, typer.Option(help="少动、折中、沿路、均匀 · what is minded")] = "stable",
    size: Annotated[Text, typer.Option(help="下限,上限，缺省按配置 · least,most load")] = None,
    weight: Annotated[Text, typer.Option(help="列 或 列=系数,… · column=factor,…")] = None,
    lock: Annotated[list[str] | None, typer.Option(help="保持原样的网格，可重复 · kept")] = None,
    name: Annotated[Text, typer.Option(help="草案名称 · name of the draft")] = None,
    seed: Annotated[int, typer.Option(min=0, help="随机种子 · same seed, same grids")] = 0,
    prove: Annotated[float, typer.Option(min=0, help="小村精确求解的秒数 · exact search")] = 0.0,
    territory: Beside = None,
    barriers: Beside = None,
    facilities: Beside = None,
    within: Column = "village",
    unit: Column = "compound",
    current: Column = "present",
    crs: Annotated[Text, typer.Option(help="坐标系 · EPSG:xxxx, gcj02, bd09")] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="输出 · .gpkg, .parquet, .geojson")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · for machines")] = False,
) -> None:
    """均衡网格：户数相近、连成一片、沿路划界、少动 · even grids that hardly move anybody."""
    weights, limits, kept = _weights(weight), _size(size), lock or []
    unit_code = _unit(file, village, township, county, out)
    if file is None:
        wish = Wish(mode, _known(weights), frozenset(kept), seed, prove)
        told = _draft(unit_code, wish, limits, name)
    else:
        assert out is not None
        with bar("均衡 · balance") as advance:
            plan = balance_files(
                Files(file, territory, barriers, facilities, crs),
                Columns(weights, within, unit, current), out, size=limits or _URBAN, mode=mode,
                seed=seed, prove_s=prove, locked=kept, progress=advance,
            )  # fmt: skip
        told = _of_plan(plan, out)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, default=float))
    for line in () if as_json else _as_text(told):
        typer.echo(line)


def _unit(file: Text, village: Text, township: Text, county: bool, out: Path | None) -> Text:
    """The code of the unit below which grids are balanced; None: the county, or those of a file.

    Raises:
        CallError: it is not clear what is to be balanced, or where it is to go.
    """
    units = [one for one in (village, township, "" if county else None) if one is not None]
    if file is None and (len(units) != 1 or out is not None):
        raise CallError(
            "请给出 --village、--township、--county 之一（写入草案）；或给出楼栋文件和 -o",
            "give one of --village, --township, --county, for a draft; or a file of buildings"
            " and -o",
        )
    if file is not None and (units or out is None):
        raise CallError(
            "给出楼栋文件时要用 -o 写明输出，且不能有 --village、--township、--county",
            "with a file of buildings say where to with -o, and leave out --village, --township"
            " and --county",
        )
    return units[0] or None if units else None


def _draft(unit: Text, wish: Wish, size: Size | None, name: Text) -> dict[str, Any]:
    with schema.opened(read_settings()) as engine, bar("均衡 · balance") as advance:
        code = unit or county_code(engine, ADMINISTRATOR)
        found = rebalance(engine, ADMINISTRATOR, code, wish, size=size, name=name, progress=advance)
    known = ("before", "after", "villages", "ended", "moves", "exceptions", "repairs")
    grids = [{k: v for k, v in grid.items() if k != "geometry"} for grid in found.told["grids"]]
    return {"plan": found.plan, **{part: found.told[part] for part in known}, "grids": grids}


def _of_plan(plan: BalancedPlan, out: Path) -> dict[str, Any]:
    report = plan.report
    return {
        "file": str(out),
        "before": report.before,
        "after": report.total,
        "villages": report.villages.reset_index().to_dict("records"),
        "moves": plan.moves.to_dict("records"),
        "exceptions": [
            {"village": one.village, "zh": one.zh, "en": one.en} for one in report.exceptions
        ],
        "repairs": [
            {"zh": zh, "en": en} for zh, _, en in (one.partition(" / ") for one in report.repairs)
        ],
    }


def _weights(given: Text) -> dict[str, float]:
    """A column, or a sum of columns with their factors."""
    found: dict[str, float] = {}
    for part in (given or "households").split(","):
        name, equals, factor = part.partition("=")
        try:
            found[name.strip()] = float(factor) if equals else 1.0
        except ValueError:
            raise CallError(
                f"--weight 要写成 列名 或 列=系数,…，收到的是 {given}",
                f"--weight takes a column or column=factor,…, not {given}",
            ) from None
    return found


def _known(weights: Mapping[str, float]) -> dict[Weight, float]:
    """Those that a draft can be balanced by."""
    unknown = sorted(set(weights) - set(WEIGHTS))
    if unknown:
        raise CallError(
            f"草案不能按 {'、'.join(unknown)} 均衡；可用：{'、'.join(WEIGHTS)}",
            f"a draft is not balanced by {', '.join(unknown)}; there are: {', '.join(WEIGHTS)}",
        )
    return {name: weights[name] for name in WEIGHTS if name in weights}


def _size(given: Text) -> Size | None:
    if given is None:
        return None
    try:
        low, high = (float(part) for part in given.split(","))
    except ValueError:
        low, high = 1.0, 0.0
    if not 0 < low < high < float("inf"):
        raise CallError(
            f"--size 要写成 下限,上限，如 300,500，收到的是 {given}",
            f"--size takes least,most, such as 300,500, not {given}",
        )
    return low, high


_ROWS = (
    ("grids", "网格 grids", "{:,.0f}"),
    ("in_range", "户数在范围内 in range", "{:,.0f}"),
    ("possible", "算术上可达 possible", "{:,.0f}"),
    ("connected", "连成一片 connected", "{:,.0f}"),
    ("mean_deviation", "平均偏差 mean deviation", "{:.1%}"),
    ("max_deviation", "最大偏差 max deviation", "{:.1%}"),
    ("road_share", "沿路边界 borders on streets", "{:.1%}"),
    ("polsby_popper", "紧凑度 Polsby-Popper", "{:.3f}"),
    ("moved_buildings", "换网格的楼栋 buildings moved", "{:,.0f}"),
    ("moved_at_least", "至少须换 at least", "{:,.0f}"),
    ("moved_households", "换网格的住户 households moved", "{:,.0f}"),
    ("moved_households_share", "占比 share", "{:.1%}"),
)


def _as_text(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"草案 {told['plan']} · draft" if "plan" in told else f"已写入 {told['file']} · written"
    yield f"{'':34}{'现状 before':>14}{'方案 after':>14}"
    for key, title, form in _ROWS:
        sides = [_cell(told[side].get(key), form) for side in ("before", "after")]
        sides[0] = "" if key.startswith("moved") else sides[0]
        yield f"{title:34}{sides[0]:>14}{sides[1]:>14}"
    exceptions: Sequence[Mapping[str, str]] = told["exceptions"]
    for row in exceptions[:_MOST_TOLD]:
        yield f"  ! {row['village']}  {row['zh']} · {row['en']}"
    if len(exceptions) > _MOST_TOLD:
        more = len(exceptions) - _MOST_TOLD
        yield f"  ……另有 {more:,} 条 · and {more:,} more (--json)"
    for repair in told["repairs"][:_MOST_TOLD]:
        yield f"  ? {repair['zh']} · {repair['en']}"


def _cell(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
