"""The grids of a department, kept beside the division of a unit: a plan of their own, as drawn.

Such a network is history: it leaves gaps, overlaps, and knows no villages. It is looked at, merged
with others (`unifying`) and taken away, but never edited, submitted or brought into force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Connection, Engine, RowMapping

from gridmap.access.store import record
from gridmap.areas import store as areas
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, Conflict, DataError, NotFound
from gridmap.plans import network_store, store
from gridmap.plans.desk import with_shape
from gridmap.plans.drafts import unit_to_draw
from gridmap.plans.files import DrawnGrid, read_grids
from gridmap.plans.networks import NetworkGrid
from gridmap.plans.networks.survey import Survey, survey

_LONGEST_NAME = 50
_LONGEST_CODE = 64
_MOST_TOLD = 10


@dataclass(frozen=True)
class NetworkFile:
    """A department's grids: the name of the network, and its file."""

    name: str
    file: str


@dataclass(frozen=True)
class Kept:
    """A network that is kept now.

    Attributes:
        plan: the code of its plan.
        is_new: False where the newest of this department held the same grids already.
        mended: the rows of the file whose shapes were not valid, and are as `read_grids` mended
            them; every other is as in the file.
    """

    network: str
    plan: str
    grids: int
    is_new: bool
    mended: tuple[int, ...]
    survey: Survey


def keep(
    engine: Engine,
    actor: Actor,
    unit_code: str,
    files: Sequence[NetworkFile],
    *,
    crs: str | None = None,
    code: str = "code",
    layer: str | None = None,
) -> list[Kept]:
    """Keep the grids of departments in a unit: all of the files, or none.

    A department that brings other grids than before gets another plan; the older one stays, since
    plans may have been merged out of it.

    Raises:
        NotFound, Forbidden, CallError: as `drafts.open_draft`; or a name is none.
        CallError, DataError: as `read_grids`; or a grid has no code, the code of another, or lies
            outside of the unit: says which.
        Conflict: no village of the unit is drawn.
    """
    read = [
        (_named(one.name), one, read_grids(one.file, crs, layer, code, ("name",))) for one in files
    ]
    with transaction(engine, actor) as connection:
        store.lock_plan_codes(connection)
        unit = unit_to_draw(connection, unit_code)
        land = _land(connection, unit)
        return [
            _keep_one(connection, unit, land, name, Path(one.file).name, drawn)
            for name, one, drawn in read
        ]


def kept(engine: Engine, actor: Actor, unit_code: str, names: Sequence[str] = ()) -> dict[str, str]:
    """The plan that holds the newest network of each department in a unit, by its name.

    Args:
        names: only these departments, in this order; else all.

    Raises:
        NotFound: no such unit; no network is kept there, or none of a department.
    """
    with transaction(engine, actor) as connection:
        found = network_store.kept(connection, store.unit(connection, unit_code)["id"])
    absent = [name for name in names if name not in found]
    if absent or not found:
        there = "、".join(found) or "无"
        raise NotFound(
            f"{unit_code} 没有保存{'、'.join(absent) or '任何部门'}的网格（已有：{there}）："
            f"请先用 gridmap plan network {unit_code} 部门 文件 载入",
            f"{unit_code} keeps no network{' of ' + ', '.join(absent) if absent else ''} (there"
            f" are: {', '.join(found) or 'none'}): load it by"
            f" `gridmap plan network {unit_code} DEPARTMENT FILE`",
        )
    return {name: found[name] for name in names or found}


def network(engine: Engine, actor: Actor, plan_code: str) -> dict[str, Any]:
    """A network to look at, over the villages of its unit; ready to be JSON.

    Raises:
        NotFound: no such plan in sight, or it is no network.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, plan_code)
        if plan["network"] is None:
            raise NotFound(
                f"方案 {plan_code} 不是部门网格", f"the plan {plan_code} is no department's network"
            )
        villages = network_store.outlines(connection, plan["unit_id"])
        grids = network_store.shown(connection, plan["id"])
    return {
        "plan": plan_code,
        "network": plan["network"],
        "villages": [with_shape(row) for row in villages],
        "grids": [with_shape(row) for row in grids],
    }


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise CallError(
            f"部门名称应为 1 到 {_LONGEST_NAME} 个字，给出的是 {name[:80]!r}",
            f"a department's name has 1 to {_LONGEST_NAME} characters, given was {name[:80]!r}",
        )
    return name


def _land(connection: Connection, unit: RowMapping) -> Any:
    outlines = network_store.outlines(connection, unit["id"])
    if not outlines:
        raise Conflict(
            f"{unit['name']} 的村（社区）还没有边界：请先用 gridmap load villages 载入",
            f"no village of {unit['code']} has an outline: load them with `gridmap load villages`",
        )
    return shapely.union_all([shapely.from_wkb(bytes(row["wkb"])) for row in outlines])


def _keep_one(
    connection: Connection,
    unit: RowMapping,
    land: Any,
    name: str,
    file: str,
    drawn: Sequence[DrawnGrid],
) -> Kept:
    codes = _codes(file, drawn)
    grids = [
        NetworkGrid(code, grid.shape, grid.fields.get("name"))
        for code, grid in zip(codes, drawn, strict=True)
    ]
    found = survey(grids, land)
    _refuse(file, _elsewhere(codes, drawn, found))
    mended = tuple(grid.row for grid in drawn if grid.mended)
    before = network_store.kept(connection, unit["id"]).get(name)
    if before is not None and _is_same(connection, before, grids):
        return Kept(name, before, len(grids), False, mended, found)
    plan = network_store.add(
        connection, unit=unit, network=name, source=file, day=areas.today(connection), drawn=grids
    )
    record(connection, "load_network", "grid_plans", code=plan, unit=unit["code"], network=name,
           rows=len(grids), file=file)  # fmt: skip
    return Kept(name, plan, len(grids), True, mended, found)


def _is_same(connection: Connection, plan_code: str, grids: Sequence[NetworkGrid]) -> bool:
    before = network_store.grids(connection, store.plan(connection, plan_code)["id"])
    return _bytes(before) == _bytes(grids)


def _bytes(grids: Sequence[NetworkGrid]) -> Mapping[str, tuple[bytes, str | None]]:
    return {grid.code: (shapely.to_wkb(grid.shape), grid.name) for grid in grids}


Wrong = tuple[DrawnGrid, str, str]
"""A row, and what is wrong with it in Chinese and English."""


def _codes(file: str, drawn: Sequence[DrawnGrid]) -> list[str]:
    """The code of every grid: there, readable, and of no other."""
    if not drawn:
        raise DataError(f"{file} 没有网格", f"{file} has no grid")
    rows: dict[str, int] = {}
    wrong: list[Wrong] = []
    for grid in drawn:
        if grid.code is None:
            wrong.append((grid, "没有网格编码", "has no code"))
        elif len(grid.code) > _LONGEST_CODE or not grid.code.isprintable():
            wrong.append(
                (grid, f"编码应为 1 到 {_LONGEST_CODE} 个可见字符",
                 f"should have a code of 1 to {_LONGEST_CODE} characters that can be read")
            )  # fmt: skip
        elif grid.code in rows:
            first = rows[grid.code]
            wrong.append(
                (grid, f"编码 {grid.code} 与第 {first} 行相同",
                 f"bears the code {grid.code} of row {first}")
            )  # fmt: skip
        else:
            rows[grid.code] = grid.row
    _refuse(file, wrong)
    return list(rows)


def _elsewhere(codes: Sequence[str], drawn: Sequence[DrawnGrid], found: Survey) -> list[Wrong]:
    away = set(found.elsewhere)
    return [
        (grid, f"（网格 {code}）不在本辖区已有边界的村（社区）里：请核对坐标系、文件和村界",
         f"(grid {code}) lies outside the territory: check the CRS, the file and whether all"
         " villages have their outlines")
        for code, grid in zip(codes, drawn, strict=True) if code in away
    ]  # fmt: skip


def _refuse(file: str, wrong: Sequence[Wrong]) -> None:
    if not wrong:
        return
    more = len(wrong) - _MOST_TOLD
    rest = (f"；另有 {more} 行", f"; and {more} more") if more > 0 else ("", "")
    zh = "；".join(f"第 {grid.row} 行{told}" for grid, told, _ in wrong[:_MOST_TOLD])
    en = "; ".join(f"row {grid.row} {told}" for grid, _, told in wrong[:_MOST_TOLD])
    raise DataError(
        f"{file} 的网格不能采用，没有保存：{zh}{rest[0]}",
        f"{file} has grids that cannot be taken, nothing was kept: {en}{rest[1]}",
    )
