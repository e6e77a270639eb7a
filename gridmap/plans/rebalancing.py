"""The villages below a unit balanced into a new draft, from the shell: one operation in each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine

from gridmap.access.store import record
from gridmap.areas.store import read_profile
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, DataError
from gridmap.plans import drafts, store
from gridmap.plans.balancing import telling
from gridmap.plans.balancing.model import Size, Village, Wish
from gridmap.plans.balancing.solving import Balanced, Balancer
from gridmap.plans.balancing.telling import Told
from gridmap.plans.desk import Desk
from gridmap.plans.redividing import KIND, read_village, write_village


@dataclass(frozen=True)
class Rebalanced:
    """The draft, and its proposal as `telling.together` tells it."""

    plan: str
    told: Told


def county_code(engine: Engine, actor: Actor) -> str:
    """The code of the county that is looked after here.

    Raises:
        NotFound: there is none yet.
    """
    with transaction(engine, actor) as connection:
        return read_profile(connection).county_code


def rebalance(
    engine: Engine,
    actor: Actor,
    unit: str,
    wish: Wish,
    *,
    size: Size | None = None,
    name: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Rebalanced:
    """A new draft below a unit, balanced; nothing is left on failure.

    A village that cannot be balanced stays as it is, and is told of in the exceptions.

    Args:
        size: the least and the most load of a grid; None takes the profile's, by kind of area.
        progress: told how many villages are done, and how many there are.

    Raises:
        NotFound, Forbidden, CallError: as `drafts.open_draft`; or a locked grid is not there.
    """
    plan = str(drafts.open_draft(engine, actor, unit, name).plan["code"])
    try:
        with transaction(engine, actor) as connection:
            villages = _villages(connection, plan, wish)
        told: list[tuple[Village, Told]] = []
        today: list[Told] = []
        troubles: list[Told] = []
        for number, code in enumerate(villages):
            progress(number, len(villages))
            try:
                village, balanced = _balanced(engine, actor, plan, code, wish, size)
            except DataError as error:
                troubles.append({"village": code, "zh": error.zh, "en": error.en})
                continue
            told.append((village, telling.proposed(village, balanced, wish.weights, wish.locked)))
            today += telling.present(village, wish.weights, wish.locked)
        progress(len(villages), len(villages))
        with transaction(engine, actor) as connection:
            record(connection, KIND, "grid_plans", code=plan, mode=wish.mode)
    except BaseException:
        drafts.discard(engine, actor, plan)
        raise
    whole = telling.together(wish.mode, told, today)
    whole["exceptions"] += troubles
    return Rebalanced(plan, whole)


def _villages(connection: Connection, plan_code: str, wish: Wish) -> list[str]:
    plan = store.plan(connection, plan_code)
    missing = sorted(wish.locked - set(store.codes_in(connection, plan["id"])))
    if missing:
        raise CallError(
            f"这里没有要锁定的网格 {'、'.join(missing)}",
            f"there is no grid {', '.join(missing)} here that could be locked",
        )
    return [str(one["code"]) for one in store.villages(connection, plan["id"])]


def _balanced(
    engine: Engine, actor: Actor, plan: str, code: str, wish: Wish, size: Size | None
) -> tuple[Village, Balanced]:
    """One village balanced, and written into the draft."""
    with transaction(engine, actor) as connection:
        desk = Desk.open(connection, plan, code)
        village = read_village(desk, size)
        taken = store.codes_of(connection, desk.village["id"])
        scheme = read_profile(connection).grid_code.scheme
    balanced = Balancer(village, wish.locked).balanced(wish, scheme, taken)
    with transaction(engine, actor) as connection:
        desk = Desk.open(connection, plan, code)
        write_village(desk, balanced.shapes, _arguments(village, wish, balanced), uuid4())
    return village, balanced


def _arguments(village: Village, wish: Wish, balanced: Balanced) -> Mapping[str, Any]:
    return {
        "mode": wish.mode,
        "weight": dict(wish.weights),
        "size": list(village.size),
        "locked": sorted(wish.locked),
        "seed": wish.seed,
        "before": balanced.before,
        "after": balanced.after,
        "exceptions": _pairs(balanced.exceptions),
    }


def _pairs(exceptions: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"zh": zh, "en": en} for zh, en in exceptions]
