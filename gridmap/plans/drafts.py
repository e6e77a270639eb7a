"""The life of a plan: opened as a draft, submitted, sent back, brought into force on a day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func

from gridmap.access.store import record, units_of
from gridmap.areas import store as areas
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, Conflict, DataError, Forbidden
from gridmap.geo.coverage import faults
from gridmap.plans import store
from gridmap.plans.desk import (
    Desk,
    as_geojson,
    refuse_network,
    refuse_unless_editor,
    refuse_unless_open,
)
from gridmap.plans.editing import Division

LEVELS = ("community_level", "township_level", "county")


@dataclass(frozen=True)
class PlanCard:
    """A plan, its villages (code, name), and what the actor may do with it now."""

    plan: RowMapping
    villages: list[RowMapping]
    may: dict[str, bool]


def card(engine: Engine, actor: Actor, code: str) -> PlanCard:
    """A plan by its code.

    Raises:
        NotFound: there is none in sight.
    """
    with transaction(engine, actor) as connection:
        return _card(connection, code)


def _card(connection: Connection, code: str) -> PlanCard:
    plan = store.plan(connection, code)
    is_draft = plan["state"] == "draft" and plan["network"] is None
    is_submitted = plan["submitted_at"] is not None
    reviews = is_draft and is_submitted and plan["publishes"]
    may = {
        "edit": is_draft and not is_submitted and plan["edits"],
        "submit": is_draft and not is_submitted and plan["edits"],
        "withdraw": is_draft and is_submitted and plan["edits"],
        "return": reviews,
        "activate": reviews and plan["submitted_by"] != plan["actor"],
        "discard": plan["state"] == "draft" and not is_submitted and plan["edits"],
    }
    return PlanCard(plan, list(store.villages(connection, plan["id"])), may)


def open_draft(
    engine: Engine, actor: Actor, unit_code: str, name: str | None, as_of: date | None = None
) -> PlanCard:
    """A draft of the grids that are in force below a unit, or were on a day.

    Raises:
        NotFound: no such unit.
        CallError: the unit is no village, township or county.
        Forbidden: the actor does not edit plans there.
    """
    with transaction(engine, actor) as connection:
        unit = unit_to_draw(connection, unit_code)
        today = areas.today(connection)
        code = store.add_draft(
            connection,
            unit=unit,
            name=name or f"{unit['name']}网格调整 {today}",
            day=today,
            based_on=as_of or today,
        )
        record(connection, "open", "grid_plans", code=code, unit=unit_code)
        return _card(connection, code)


def unit_to_draw(connection: Connection, code: str) -> RowMapping:
    """The unit of a code: id, code, name, level; the actor edits plans there.

    Raises:
        NotFound, CallError, Forbidden: as `open_draft`.
    """
    unit = store.unit(connection, code)
    if unit["level"] not in LEVELS:
        raise CallError(
            f"{unit['name']} 不是村（社区）、乡镇或县：请选其中之一",
            f"{code} is no village, township or county: choose one",
        )
    if unit["id"] not in units_of(connection, "edit_plans"):
        raise Forbidden(
            f"您的账号不能编辑 {unit['name']} 的划分方案",
            f"your account may not edit grid plans of {code}",
        )
    return unit


def discard(engine: Engine, actor: Actor, code: str) -> None:
    """Take a draft, or the network of a department, away.

    Raises:
        NotFound, Forbidden, Conflict: no such plan, no right to edit it, or no open draft.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, code)
        if plan["network"] is None:
            refuse_unless_open(plan)
        else:
            refuse_unless_editor(plan)
        _lock(connection, plan)
        record(connection, "discard", "grid_plans", code=code)
        store.remove_draft(connection, plan["id"])


def submit(engine: Engine, actor: Actor, code: str, note: str | None) -> PlanCard:
    """Hand a draft to those who publish; it cannot be changed then.

    Raises:
        NotFound, Forbidden, Conflict: as `discard`.
        DataError: its grids do not tile its villages.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, code)
        refuse_unless_open(plan)
        _lock(connection, plan)
        _refuse_faults(connection, plan)
        store.change_plan(
            connection, plan["id"], note=note, submitted_by=actor.account, submitted_at=func.now()
        )
        record(connection, "submit", "grid_plans", note, code=code)
        return _card(connection, code)


def withdraw(engine: Engine, actor: Actor, code: str) -> PlanCard:
    """Take a submitted draft back, to change it."""
    return _reopened(engine, actor, code, "withdraw", None)


def send_back(engine: Engine, actor: Actor, code: str, note: str | None) -> PlanCard:
    """Give a submitted draft back to those who drew it, with a note."""
    return _reopened(engine, actor, code, "return", note)


def _reopened(engine: Engine, actor: Actor, code: str, act: str, note: str | None) -> PlanCard:
    with transaction(engine, actor) as connection:
        found = _card(connection, code)
        _refuse_unless_submitted(found)
        if not found.may[act]:
            raise Forbidden(
                f"您的账号不能{'撤回' if act == 'withdraw' else '退回'}这个方案",
                f"your account may not {act} this plan",
            )
        values = {} if note is None else {"note": note}
        plan_id = found.plan["id"]
        store.change_plan(connection, plan_id, submitted_by=None, submitted_at=None, **values)
        record(connection, act, "grid_plans", note, code=code)
        return _card(connection, code)


def activate(engine: Engine, actor: Actor, code: str, first_day: date | None) -> PlanCard:
    """Bring a submitted draft into force on a day, today if none is given.

    What held in its villages ends there; buildings and open incidents follow in the same
    transaction (on a later day: when it comes).

    Raises:
        NotFound: no such plan.
        Conflict: it is not submitted, or the division has changed since it was opened.
        Forbidden: the actor may not publish there, or has submitted it.
        CallError: the day is past, or not after the last change.
    """
    with transaction(engine, actor) as connection:
        found = _card(connection, code)
        _refuse_unless_submitted(found)
        if not found.may["activate"]:
            raise _may_not_activate(found.plan)
        _lock(connection, found.plan)
        day = first_day or areas.today(connection)
        _refuse_day(connection, found.plan, day)
        _refuse_faults(connection, found.plan)
        record(connection, "activate", "grid_plans", code=code, since=str(day))
        store.activate(connection, found.plan["id"], day)
        return _card(connection, code)


def settle(engine: Engine, actor: Actor) -> None:
    """Let buildings and open incidents follow the plans whose first day has come."""
    with transaction(engine, actor) as connection:
        store.settle(connection)


def _refuse_unless_submitted(found: PlanCard) -> None:
    refuse_network(found.plan)
    if found.plan["state"] != "draft" or found.plan["submitted_at"] is None:
        raise Conflict(
            f"方案 {found.plan['code']} 没有待审核：先要提交",
            f"the plan {found.plan['code']} is not submitted: that comes first",
        )


def _may_not_activate(plan: RowMapping) -> Forbidden:
    if plan["publishes"]:
        return Forbidden(
            "不能启用自己提交的方案：请由另一位有发布权限的人启用",
            "you have submitted this plan: somebody else who may publish has to activate it",
        )
    return Forbidden(
        "您的账号不能发布这里的划分方案", "your account may not publish grid plans here"
    )


def _refuse_day(connection: Connection, plan: RowMapping, day: date) -> None:
    today = areas.today(connection)
    if day < today:
        raise CallError(
            f"生效日期 {day} 已过：请选今天（{today}）或以后",
            f"the day {day} is past: choose today ({today}) or a later one",
        )
    changed = store.overtaken(connection, plan["id"])
    if changed:
        raise Conflict(
            f"草案打开以后，{'、'.join(changed)} 的划分已变：请按现行划分新建草案",
            f"since the draft was opened the division of {', '.join(changed)} has changed:"
            " open a new draft of what is in force",
        )
    last = store.last_first_day(connection, plan["id"])
    if last is not None and day <= last:
        raise CallError(
            f"这里的划分在 {last} 刚变更（或将变更）：生效日期至少为 {last + timedelta(days=1)}",
            f"the division here changes on {last}: choose {last + timedelta(days=1)} or later",
        )


def _lock(connection: Connection, plan: RowMapping) -> None:
    # In the order of their codes: no two wait for each other.
    for village in store.villages(connection, plan["id"]):
        store.lock_village(connection, village["id"])


def _refuse_faults(connection: Connection, plan: RowMapping) -> None:
    for village in store.villages(connection, plan["id"]):
        found = faults_in(Desk.read(connection, plan, village).division)
        if found:
            first = found[0]
            error = DataError(
                f"{village['name']} 的网格没有铺满本村：{len(found)} 处缝隙或重叠，"
                f"最大 {first['area_m2']:.0f} 平方米。请先改好",
                f"the grids of {village['code']} do not tile it: {len(found)} gaps or overlaps, the"
                f" largest of {first['area_m2']:.0f} m². Mend them first",
            )
            error.members |= {"rule": first["kind"], "place": first["place"]}
            raise error


def faults_in(division: Division) -> list[dict[str, Any]]:
    """Where the grids of a village do not tile it: kind, area_m2, width_m, grids, place."""
    codes = list(division.shapes)
    found = faults(list(division.shapes.values()), division.village)
    return [
        {
            "kind": fault.kind,
            "area_m2": fault.area_m2,
            "width_m": fault.width_m,
            "grids": [codes[i] for i in fault.members],
            "place": as_geojson(fault.shape),
        }
        for fault in sorted(found, key=lambda fault: -fault.area_m2)
    ]
