"""`gridmap merge-networks`: networks of departments become one network, as a draft."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from gridmap import schema
from gridmap.access.actors import ADMINISTRATOR
from gridmap.commands.plan import network_told
from gridmap.errors import CallError
from gridmap.plans.files import crosswalk_writer
from gridmap.plans.keeping import NetworkFile, keep, kept
from gridmap.plans.networks.merge import TOLERANCE_M
from gridmap.plans.unifying import Proposal, propose
from gridmap.settings import read_settings
from gridmap.terminal import say

Text = str | None
_MOST_TOLD = 10


def merge_networks(
    unit: Annotated[str, typer.Argument(help="村、乡镇或县代码 · village, township or county")],
    of: Annotated[
        list[str] | None,
        typer.Option(help="已保存的部门网格，可重复；缺省全部 · a department kept there, else all"),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="先载入 部门=文件，可重复 · load department=file first, repeatable"),
    ] = None,
    weight: Annotated[
        list[str] | None, typer.Option(help="部门=权重，缺省 1 · department=weight, else 1")
    ] = None,
    code_column: Annotated[str, typer.Option(help="编码列 · column of the codes")] = "code",
    crs: Annotated[Text, typer.Option(help="坐标系 · EPSG:xxxx, gcj02, bd09")] = None,
    size: Annotated[
        Text, typer.Option(help="每网格户数 下限-上限，缺省按配置 · households, else the profile's")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="多近算同一条线（米）· metres within which two lines are one")
    ] = TOLERANCE_M,
    name: Annotated[Text, typer.Option(help="方案名称 · name of the plan")] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="新旧对照表 · the crosswalk: .csv, .xlsx, .parquet"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 · for machines")] = False,
) -> None:
    """多网合一：各部门的网格并成一张网，存为草案 · networks merged into one, kept as a draft."""
    write = None if out is None else crosswalk_writer(out)
    limits, weights, files = _size(size), _weights(weight or []), _files(network or [])
    names = [*(of or []), *(one.name for one in files)]
    with schema.opened(read_settings()) as engine:
        _refuse_unknown(weights, names or kept(engine, ADMINISTRATOR, unit))
        for told in keep(engine, ADMINISTRATOR, unit, files, crs=crs, code=code_column):
            say("\n".join(network_told(told)))
        plans = kept(engine, ADMINISTRATOR, unit, names)
        say(f"正在合并 {'、'.join(plans)} · merging")
        found = propose(
            engine, ADMINISTRATOR, unit, list(plans.values()),
            weights=weights, name=name, size=limits, tolerance_m=tolerance,
        )  # fmt: skip
    if write is not None:
        write(found.merged.crosswalk)
    if as_json:
        typer.echo(json.dumps(_as_json(found), ensure_ascii=False))
    for line in () if as_json else _as_text(found):
        typer.echo(line)


def _files(networks: Sequence[str]) -> list[NetworkFile]:
    named = dict(_pair("--network", one) for one in networks)
    if len(named) < len(networks):
        raise CallError(
            "--network 里有同名的部门", "--network names the same department more than once"
        )
    return [NetworkFile(name, file) for name, file in named.items()]


def _weights(given: Sequence[str]) -> dict[str, float]:
    return {name: _number(value) for name, value in (_pair("--weight", one) for one in given)}


def _refuse_unknown(weights: Mapping[str, float], names: Collection[str]) -> None:
    unknown = sorted(set(weights) - set(names))
    if unknown:
        raise CallError(
            f"--weight 里的 {'、'.join(unknown)} 不在要合并的部门（{'、'.join(names)}）里",
            f"--weight names {', '.join(unknown)}, but what is merged is {', '.join(names)}",
        )


def _pair(option: str, given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not (name.strip() and equals and value.strip()):
        raise CallError(
            f"{option} 要写成 部门=…，收到的是 {given}", f"{option} takes department=…, not {given}"
        )
    return name.strip(), value.strip()


def _number(given: str) -> float:
    try:
        return float(given)
    except ValueError:
        raise CallError(
            f"--weight 的权重应为数，收到的是 {given}", f"--weight takes a number, not {given}"
        ) from None


def _size(given: str | None) -> tuple[int, int] | None:
    if given is None:
        return None
    low, dash, high = given.partition("-")
    if not (dash and low.strip().isdecimal() and high.strip().isdecimal()):
        raise CallError(
            f"--size 要写成 下限-上限，如 300-500，收到的是 {given}",
            f"--size takes lowest-highest, such as 300-500, not {given}",
        )
    return int(low), int(high)


def _as_text(found: Proposal) -> Iterator[str]:
    merged = found.merged
    fit = sum(grid.reason is None for grid in merged.grids)
    slivers = sum(village.slivers for village in merged.villages)
    bent = sum(village.bent for village in merged.villages)
    yield f"草案 {found.plan} · draft"
    yield (
        f"{len(merged.villages)} 个村（社区），{len(merged.grids)} 个网格，其中 {fit} 个户数合适"
        f" · {len(merged.villages)} villages, {len(merged.grids)} grids, {fit} within the limits"
    )
    yield (
        f"吸收碎片 {slivers} 处，绕开建筑 {bent} 栋，部门间冲突 {len(merged.conflicts)} 处"
        f" · {slivers} slivers absorbed, {bent} buildings gone around,"
        f" {len(merged.conflicts)} conflicts"
    )
    for grid in merged.grids:
        if grid.reason is not None:
            yield f"  {grid.code}  {grid.reason.zh} · {grid.reason.en}"
    for row in merged.conflicts[:_MOST_TOLD]:
        (one, a), (other, b) = row.grids
        yield (
            f"  {one} {a} × {other} {b}  {row.area_m2:,.0f} m²  {row.households} 户 households"
            f"  {row.place[0]:.6f},{row.place[1]:.6f}"
        )
    more = len(merged.conflicts) - _MOST_TOLD
    if more > 0:
        yield f"  ……另有 {more:,} 处冲突 · and {more:,} more conflicts"


def _as_json(found: Proposal) -> dict[str, Any]:
    merged = found.merged
    return {
        "plan": found.plan,
        "grids": [
            {
                "code": grid.code,
                "village": grid.village,
                "households": grid.households,
                "residents": grid.residents,
                "pieces": grid.pieces,
                "main": dict(grid.main),
                "reason": grid.reason and grid.reason.en,
            }
            for grid in merged.grids
        ],
        "crosswalk": [asdict(row) for row in merged.crosswalk],
        "conflicts": [
            {"grids": row.grids, "area_m2": row.area_m2, "households": row.households,
             "place": row.place, "village": row.village}
            for row in merged.conflicts
        ],
        "villages": [asdict(row) for row in merged.villages],
        "homeless": merged.homeless,
    }  # fmt: skip
