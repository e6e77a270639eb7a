"""Reads and writes of proposals. The connection comes first; nothing here commits.

The worker that computes a proposal holds an advisory lock under its number, as long as its
connection lives: one that is `running` and not locked has lost its worker.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, text, update

from gridmap.areas.tables import grid_plans
from gridmap.errors import NotFound
from gridmap.plans.tables import plan_proposals

OPEN = ("waiting", "running")

_FIELDS = ("id", "state", "done", "total", "asked", "reason", "finished_at", "recorded_by",
           "recorded_at")  # fmt: skip
_COLUMNS = [plan_proposals.c[name] for name in _FIELDS]
_HOLD = text(
    "SELECT pg_try_advisory_lock(hashtext('gridmap.plans.proposals'), CAST(:number AS int))"
)
_LET_GO = text(
    "SELECT pg_advisory_unlock(hashtext('gridmap.plans.proposals'), CAST(:number AS int))"
)


def add(connection: Connection, **values: Any) -> int:
    """A proposal that waits to be computed; returns its number."""
    query = insert(plan_proposals).values(**values).returning(plan_proposals.c.id)
    return int(connection.execute(query).scalar_one())


def listed(connection: Connection, plan_id: int) -> Sequence[RowMapping]:
    """The proposals for a plan, the newest first, without what was computed."""
    columns = plan_proposals.c
    query = select(*_COLUMNS).where(columns.plan_id == plan_id).order_by(columns.id.desc())
    return connection.execute(query).mappings().all()


def one(connection: Connection, plan_id: int, number: int) -> RowMapping:
    """A proposal for a plan, with its `result`.

    Raises:
        NotFound: the plan has none of this number.
    """
    columns = plan_proposals.c
    query = select(*_COLUMNS, columns.result).where(
        columns.plan_id == plan_id, columns.id == number
    )
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        raise NotFound(
            f"这个方案没有编号为 {number} 的均衡建议；可能已被删除，请重新计算",
            f"this plan has no proposal {number}: it may have been removed; ask for a new one",
        )
    return found


def remove(connection: Connection, numbers: Sequence[int]) -> None:
    """Take proposals away."""
    connection.execute(delete(plan_proposals).where(plan_proposals.c.id.in_(numbers)))


def oldest_waiting(connection: Connection) -> int | None:
    """The number of the proposal that has waited longest."""
    columns = plan_proposals.c
    query = select(func.min(columns.id)).where(columns.state == "waiting")
    found = connection.scalar(query)
    assert found is None or isinstance(found, int)
    return found


def begin(connection: Connection, number: int) -> RowMapping | None:
    """Make a proposal that waits `running`: plan (code), asked, rights, recorded_by; None if it
    waits no more.
    """
    columns = plan_proposals.c
    query = (
        update(plan_proposals)
        .where(columns.id == number, columns.state == "waiting", grid_plans.c.id == columns.plan_id)
        .values(state="running")
        .returning(
            columns.id, grid_plans.c.code.label("plan"), columns.asked, columns.rights,
            columns.recorded_by,
        )
    )  # fmt: skip
    return connection.execute(query).mappings().one_or_none()


def advance(connection: Connection, number: int, done: int) -> bool:
    """Note how far a proposal is; False if it does not run any more, such as one cancelled."""
    query = update(plan_proposals).where(
        plan_proposals.c.id == number, plan_proposals.c.state == "running"
    )
    return connection.execute(query.values(done=done)).rowcount == 1


def finish(
    connection: Connection,
    number: int,
    state: str,
    *,
    reason: Mapping[str, str] | None = None,
    result: Mapping[str, Any] | None = None,
) -> bool:
    """End a proposal that waits or runs; False if it has ended already."""
    query = update(plan_proposals).where(
        plan_proposals.c.id == number, plan_proposals.c.state.in_(OPEN)
    )
    values = {"state": state, "reason": reason, "result": result, "finished_at": func.now()}
    return connection.execute(query.values(values)).rowcount == 1


def running(connection: Connection) -> Sequence[int]:
    """The numbers of the proposals that are computed, it seems."""
    columns = plan_proposals.c
    return connection.scalars(select(columns.id).where(columns.state == "running")).all()


def hold(connection: Connection, number: int) -> bool:
    """Be the worker of a proposal as long as the connection lives; False if there is one."""
    return bool(connection.scalar(_HOLD, {"number": number}))


def let_go(connection: Connection, number: int) -> None:
    """Be its worker no more."""
    connection.execute(_LET_GO, {"number": number})
