"""Proposals for a draft: asked for, looked at, called off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, RowMapping

from gridmap.access.store import record
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, Conflict
from gridmap.plans import proposal_store, store
from gridmap.plans.balancing.model import Mode, Size, Weight
from gridmap.plans.balancing.telling import Told, of_village
from gridmap.plans.desk import refuse_unless_editor, refuse_unless_open

MOST_KEPT = 10
MOST_OPEN = 3


@dataclass(frozen=True)
class Wanted:
    """What a proposal is asked for.

    Attributes:
        villages: their codes; None for all of the draft.
        modes: one proposal for each.
        size: the least and the most load of a grid; None for the profile's limits.
        weights: how much each household, resident and building counts.
        locked: codes of grids that stay as they are.
    """

    villages: Sequence[str] | None
    modes: Sequence[Mode]
    size: Size | None = None
    weights: Mapping[Weight, float] = field(default_factory=lambda: {"households": 1.0})
    locked: Sequence[str] = ()
    seed: int = 0


def ask(engine: Engine, actor: Actor, plan_code: str, wanted: Wanted) -> Told:
    """Ask for proposals; they are computed one after the other, by the server.

    Raises:
        NotFound, Forbidden, Conflict: no such plan, no right to edit it, no open draft; or three
            are waiting already.
        CallError: a village or a grid is none of the draft.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, plan_code)
        refuse_unless_open(plan)
        villages = _villages(connection, plan, wanted.villages)
        _refuse_unknown(connection, plan, wanted.locked)
        _make_room(connection, plan)
        asked = {
            "villages": villages,
            "modes": list(wanted.modes),
            "size": wanted.size and list(wanted.size),
            "weight": dict(wanted.weights),
            "locked": list(wanted.locked),
            "seed": wanted.seed,
        }
        number = proposal_store.add(
            connection, plan_id=plan["id"], asked=asked, total=len(villages) * len(wanted.modes),
            rights=None if actor.rights is None else sorted(actor.rights),
        )  # fmt: skip
        record(connection, "propose", "grid_plans", code=plan_code, proposal=number)
        return _told(plan_code, proposal_store.one(connection, plan["id"], number))


def _villages(connection: Connection, plan: RowMapping, wanted: Sequence[str] | None) -> list[str]:
    known = [str(one["code"]) for one in store.villages(connection, plan["id"])]
    missing = sorted(set(wanted or ()) - set(known))
    if missing:
        raise CallError(
            f"方案 {plan['code']} 里没有村（社区）{'、'.join(missing)}",
            f"the plan {plan['code']} has no village {', '.join(missing)}",
        )
    return known if wanted is None else [code for code in known if code in wanted]


def _refuse_unknown(connection: Connection, plan: RowMapping, locked: Sequence[str]) -> None:
    missing = sorted(set(locked) - set(store.codes_in(connection, plan["id"])))
    if missing:
        raise CallError(
            f"方案里没有要锁定的网格 {'、'.join(missing)}",
            f"the plan has no grid {', '.join(missing)} that could be locked",
        )


def _make_room(connection: Connection, plan: RowMapping) -> None:
    """At most three are under way, and ten are kept with a draft."""
    rows = proposal_store.listed(connection, plan["id"])
    under_way = [row for row in rows if row["state"] in proposal_store.OPEN]
    if len(under_way) >= MOST_OPEN:
        raise Conflict(
            f"已有 {len(under_way)} 个均衡计算在等待或进行：请等它们完成，或先取消",
            f"{len(under_way)} proposals are waiting or computed: let them end, or cancel one",
        )
    over = [row["id"] for row in rows if row["state"] not in proposal_store.OPEN]
    proposal_store.remove(connection, over[MOST_KEPT - 1 - len(under_way) :])


def listed(engine: Engine, actor: Actor, plan_code: str) -> list[Told]:
    """The proposals for a draft, the newest first, without their grids.

    Raises:
        NotFound, Forbidden: no such plan, or no right to edit it.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, plan_code)
        refuse_unless_editor(plan)
        return [_told(plan_code, row) for row in proposal_store.listed(connection, plan["id"])]


def proposal(
    engine: Engine, actor: Actor, plan_code: str, number: int, village: str | None = None
) -> Told:
    """One of them with what was computed: the grids of today, and of each mode.

    Args:
        village: leave only what is of one village; the sums stay those of all.

    Raises:
        NotFound, Forbidden: no such plan or proposal, or no right to edit it.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, plan_code)
        refuse_unless_editor(plan)
        row = proposal_store.one(connection, plan["id"], number)
    result = row["result"] or {"present": [], "proposals": []}
    if village is not None:
        result = {
            "present": of_village(village, result["present"]),
            "proposals": [
                {name: of_village(village, part) if isinstance(part, list) else part
                 for name, part in one.items()}
                for one in result["proposals"]
            ],
        }  # fmt: skip
    return {**_told(plan_code, row), **result}


def _told(plan_code: str, row: RowMapping) -> Told:
    names = ("id", "state", "done", "total", "asked", "reason", "finished_at")
    return {
        **{name: row[name] for name in names},
        "plan": plan_code,
        "by": row["recorded_by"],
        "at": row["recorded_at"],
    }


def cancel(engine: Engine, actor: Actor, plan_code: str, number: int) -> None:
    """Call off a proposal that waits or is computed; take away one that is over.

    Raises:
        NotFound, Forbidden: no such plan or proposal, or no right to edit it.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, plan_code)
        refuse_unless_editor(plan)
        row = proposal_store.one(connection, plan["id"], number)
        if not proposal_store.finish(connection, number, "cancelled"):
            proposal_store.remove(connection, [row["id"]])
        record(connection, "cancel", "grid_plans", code=plan_code, proposal=number)
