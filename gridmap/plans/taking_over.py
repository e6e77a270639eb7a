"""A proposal drawn into its draft, whole or in part."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import shapely
from sqlalchemy import Engine, RowMapping

from gridmap.db import Actor, transaction
from gridmap.errors import CallError, Conflict
from gridmap.plans import proposal_store, store
from gridmap.plans.actions import Outcome, outcome, outcome_again, refuse_stale, too_late
from gridmap.plans.balancing.model import Mode
from gridmap.plans.balancing.parting import groups
from gridmap.plans.balancing.telling import Told, of_village
from gridmap.plans.desk import Desk, refuse_unless_open
from gridmap.plans.editing import Division, Refused, knit
from gridmap.plans.redividing import KIND, recoded, write_village


@dataclass(frozen=True)
class Choice:
    """What of a proposal is taken over.

    Attributes:
        villages: their codes; None for all.
        grids: codes of grids that change, come or go; None for all. The others stay.
        versions: those that the grids must have by now, as far as the client names them.
    """

    mode: Mode
    villages: Sequence[str] | None
    grids: Sequence[str] | None
    versions: Mapping[str, int]
    key: UUID


def accept(
    engine: Engine, actor: Actor, plan_code: str, number: int, choice: Choice
) -> list[tuple[str, Outcome]]:
    """Draw a proposal into the draft, whole or in part: one operation in each village, or none.

    Returns:
        What was made in each village, by its code; villages in which nothing changes are left out.

    Raises:
        NotFound, Forbidden, Conflict: as `Desk.open`; no such proposal, or it is not done; or the
            key was used for something else.
        CallError: the proposal has no such mode, village or grid.
        Stale: a grid that would change has been changed since it was computed.
        Refused: the chosen grids would not tile their village without the others.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, plan_code)
        refuse_unless_open(plan)
        row = proposal_store.one(connection, plan["id"], number)
        told = _proposal(row, choice)
        report = {
            "proposal": number,
            "mode": choice.mode,
            **_but(row["asked"], "villages", "modes"),
        }
        made = []
        for village in told["villages"]:
            if choice.villages is None or village["code"] in choice.villages:
                figures = {"before": village["before"], "after": village["after"]}
                desk = Desk.open(connection, plan_code, village["code"])
                done = _taken_over(desk, row, told, choice, {**report, **figures}, actor)
                made += [] if done is None else [(village["code"], done)]
        return made


def _but(asked: Told, *names: str) -> Told:
    return {name: value for name, value in asked.items() if name not in names}


def _proposal(row: RowMapping, choice: Choice) -> Told:
    """The proposal of the mode that is chosen."""
    if row["state"] != "done":
        raise Conflict(
            "这个均衡建议还没有算完（或没有算成），不能采用",
            "this proposal is not done, or came to nothing: it cannot be taken over",
        )
    found = [one for one in row["result"]["proposals"] if one["mode"] == choice.mode]
    if not found:
        raise CallError(
            f"没有计算过 {choice.mode} 模式", f"the mode {choice.mode} was not asked for"
        )
    told: Told = found[0]
    villages = {one["code"] for one in told["villages"]}
    grids = {one["code"] for one in (*told["grids"], *told["ended"])}
    missing = sorted({*(choice.villages or ())} - villages | {*(choice.grids or ())} - grids)
    if missing:
        raise CallError(
            f"建议里没有 {'、'.join(missing)}", f"the proposal has no {', '.join(missing)}"
        )
    return told


def _taken_over(
    desk: Desk, row: RowMapping, told: Told, choice: Choice, report: Told, actor: Actor
) -> Outcome | None:
    """One village of a proposal drawn; None where nothing of it is chosen, or nothing changes."""
    code = desk.village["code"]
    key = uuid5(choice.key, code)
    homes = desk.homes()
    done = store.operation(desk.connection, desk.plan["id"], key)
    if done is not None:
        return outcome_again(desk, homes, done, KIND, actor)
    shapes = {
        one["code"]: shapely.geometry.shape(one["geometry"])
        for one in of_village(code, told["grids"])
        if one["fate"] != "same"
    }
    ended = [one["code"] for one in of_village(code, told["ended"])]
    chosen = {*shapes, *ended}
    if choice.grids is not None:
        chosen &= {*choice.grids}
    if not chosen:
        return None
    known = {one["code"]: one["version"] for one in of_village(code, row["result"]["present"])}
    refuse_stale(desk, homes, {one: v for one, v in choice.versions.items() if one in known})
    late = [one for one in sorted(chosen & {*known}) if _version(desk, one) != known[one]]
    if late:
        raise too_late(desk, homes, late)
    after = _after(desk, {one: shape for one, shape in shapes.items() if one in chosen}, chosen)
    try:
        written = write_village(desk, recoded(desk, after), report, key)
    except Refused as error:
        raise _untiled(desk, shapes, ended, error) from error
    if written is None:
        return None
    number, rows, notices = written
    return outcome(desk, homes, number, KIND, rows, [notice.as_json() for notice in notices])


def _version(desk: Desk, code: str) -> int | None:
    return desk.rows[code]["version"] if code in desk.rows else None


def _after(desk: Desk, new: Mapping[str, Any], chosen: Collection[str]) -> dict[str, Any]:
    """The grids of a village with the chosen ones as proposed; the others get their vertices."""
    rest = {code: shape for code, shape in desk.division.shapes.items() if code not in chosen}
    beside = knit(Division(desk.division.village, new), rest) if new and rest else {}
    return {**rest, **beside, **new}


def _untiled(
    desk: Desk, shapes: Mapping[str, Any], ended: Sequence[str], error: Refused
) -> Refused:
    """The refusal of a part, and which grids can only be taken together."""
    sets = groups(desk.division, shapes, ended)
    told = "；".join("、".join(one) for one in sets)
    refused = Refused(
        "untiled",
        f"只采用这些网格，{desk.village['name']} 就铺不满或会重叠（{error.zh}）。"
        f"要一起采用的网格：{told}",
        f"these grids alone would not tile {desk.village['code']} ({error.en})."
        f" Grids that belong together: {told}",
        error.place,
    )
    refused.members["together"] = sets
    return refused
