"""Grids go into a plan. A boundary in force is never overwritten: a later plan ends the earlier.

The connection comes first; nothing here commits.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text
from sqlalchemy.engine import Row

from gridmap.db import sql
from gridmap.errors import CallError, Conflict
from gridmap.ingest.store import Merged
from gridmap.profiles import Message

INITIAL = "initial"
_FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class PlanChoice:
    """The plan a file of grids belongs to: its code, its first day, the day after its last."""

    code: str = INITIAL
    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise CallError(
                "--valid-to 要晚于 --valid-from", "--valid-to must be later than --valid-from"
            )


def merge_grids(connection: Connection, choice: PlanChoice, source: str) -> Merged:
    """Staged grids into their plan, ending earlier plans in the villages that it covers.

    Raises:
        Conflict: the plan exists with other dates, or a plan of the same or a later day covers
            these villages already.
    """
    plan = _plan(connection, choice, source)
    bound = {"plan_id": plan.id, "first_day": plan.first_day, "end_day": plan.end_day}
    connection.execute(sql("ingest/sql/grids_village.sql"), {"first_day": plan.first_day})
    rows = connection.execute(sql("ingest/sql/grids_refuse.sql"), bound).all()
    merged = Merged(since=plan.first_day)
    merged.refused = {row.row_number: (row.field, Message(row.zh, row.en)) for row in rows}
    unchanged = connection.execute(sql("ingest/sql/grids_unchanged.sql"), bound)
    merged.unchanged = unchanged.rowcount
    merged.updated = connection.execute(sql("ingest/sql/grids_update.sql"), bound).rowcount
    if plan.first_day is not None:
        _refuse_later_plans(connection, bound)
        connection.execute(sql("ingest/sql/grids_close.sql"), bound)
    for micro in (False, True):
        added = connection.execute(sql("ingest/sql/grids_insert.sql"), {**bound, "micro": micro})
        merged.inserted += added.rowcount
    connection.execute(sql("ingest/sql/grid_ancestors.sql"), bound)
    connection.execute(sql("ingest/sql/grid_plans_end.sql"), bound)
    return merged


def _plan(connection: Connection, choice: PlanChoice, source: str) -> Row[tuple[int, date, date]]:
    """The plan's id, first_day and end_day (None: open; both None: a draft); made when new."""
    read = text(
        "SELECT id, lower(valid) AS first_day, upper(valid) AS end_day"
        " FROM gridmap.grid_plans WHERE code = :code FOR UPDATE"
    )
    plan = connection.execute(read, {"code": choice.code}).one_or_none()
    if plan is None:
        connection.execute(
            text(
                "INSERT INTO gridmap.grid_plans (code, name, state, valid, source) VALUES"
                " (:code, :name, 'active', daterange(:first_day, :end_day), :source)"
            ),
            {
                "code": choice.code,
                "name": "初始划分" if choice.code == INITIAL else choice.code,
                "first_day": choice.valid_from or _FIRST_DAY,
                "end_day": choice.valid_to,
                "source": source,
            },
        )
        return connection.execute(read, {"code": choice.code}).one()
    if choice.valid_from not in (None, plan.first_day):
        raise Conflict(
            f"划分方案 {choice.code} 已存在，从 {plan.first_day or '（草案）'} 起生效，"
            f"不能改为 {choice.valid_from}：请去掉 --valid-from，或换一个 --plan",
            f"the plan {choice.code} exists and is valid from {plan.first_day or '(draft)'}, not"
            f" {choice.valid_from}: leave out --valid-from, or choose another --plan",
        )
    return plan


def _refuse_later_plans(connection: Connection, bound: dict[str, object]) -> None:
    later = connection.execute(sql("ingest/sql/grids_later.sql"), bound).one_or_none()
    if later is None:
        return
    raise Conflict(
        f"方案 {later.plan} 从 {later.first_day} 起已覆盖网格 {later.code} 所在的村："
        "新方案要从更晚的日期生效（--valid-from），"
        f"或在那天之前结束（--valid-to {later.first_day}）",
        f"the plan {later.plan} covers the village of grid {later.code} from {later.first_day} on:"
        " let the new plan begin later (--valid-from),"
        f" or end by then (--valid-to {later.first_day})",
    )
