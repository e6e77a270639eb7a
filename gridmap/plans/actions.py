"""Editing a draft: one operation, one transaction, held against everybody else in its village."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Engine, RowMapping

from gridmap.areas.codes import next_code
from gridmap.areas.store import read_profile
from gridmap.db import Actor, transaction
from gridmap.errors import Conflict, NotFound, Stale, Unconditional
from gridmap.plans import store
from gridmap.plans.desk import Desk, Grid, as_json, grids_shown
from gridmap.plans.editing import BOUNDING, Change, Notice, Refused, Rules, judge
from gridmap.plans.figures import Homes
from gridmap.plans.operations import Draw, Edit, Paint, Snap, Split, Wish, perform
from gridmap.plans.undoing import Step, next_redo, next_undo


@dataclass(frozen=True)
class Asked:
    """An operation as it was asked for.

    Attributes:
        village: the code of the village.
        key: the idempotency key: asked again under it, the operation is not done again.
        versions: the versions of the grids that it was made for, by code.
        arguments: the wish as the client wrote it, for the history.
    """

    village: str
    key: UUID
    versions: Mapping[str, int]
    wish: Wish
    kind: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What an operation has made: the grids that changed or came new, and the codes that went."""

    id: int
    operation: str
    grids: list[Grid]
    ended: list[str]
    warnings: list[dict[str, Any]] = field(default_factory=list)
    undo: Step | None = None
    redo: Step | None = None


def operate(engine: Engine, actor: Actor, plan_code: str, asked: Asked) -> Outcome:
    """Do one operation in a village of a draft: whole, checked and reversible, or not at all.

    Raises:
        NotFound, Forbidden, Conflict: as `Desk.open`; or the key was used for something else.
        Unconditional: a grid that changes is not named with its version.
        Stale: a named grid has another version by now.
        Refused: a rule of drawing speaks against it.
    """
    with transaction(engine, actor) as connection:
        desk = Desk.open(connection, plan_code, asked.village)
        homes = desk.homes()
        done = store.operation(connection, desk.plan["id"], asked.key)
        if done is not None:
            return outcome_again(desk, homes, done, asked.kind, actor)
        refuse_stale(desk, homes, asked.versions)
        change, notices = _changed(desk, homes, asked.wish)
        after = _rows_after(desk, change, asked.wish)
        before = {code: desk.as_kept(code) for code in after}
        _refuse_unnamed(desk, change, asked)
        return _written(desk, homes, asked, before, after, notices)


def _changed(desk: Desk, homes: Homes, wish: Wish) -> tuple[Change, list[Notice]]:
    profile = read_profile(desk.connection)
    new_code, lines = "", list[Any]()
    if isinstance(wish, Split | Draw):
        codes = store.codes_of(desk.connection, desk.village["id"])
        new_code = next_code(profile.grid_code.scheme, desk.village["code"], codes)
    if isinstance(wish, Snap):
        lines = desk.lines()
    if isinstance(wish, Paint):
        lines = desk.lines(BOUNDING)
    if isinstance(wish, Edit) and wish.grid not in desk.rows:
        raise Refused(
            "unknown_grid",
            f"方案里没有网格 {wish.grid}",
            f"there is no grid {wish.grid} in this plan",
        )
    change = perform(wish, desk.division, homes.footprints, new_code, lines)
    if not change.shapes and not change.ended:
        return change, []
    rules = Rules(**profile.drawing_rules.model_dump())
    return change, judge(desk.division, change, homes.footprints, rules)


def _rows_after(desk: Desk, change: Change, wish: Wish) -> dict[str, store.Row | None]:
    after: dict[str, store.Row | None] = dict.fromkeys(change.ended)
    for code, shape in change.shapes.items():
        kept = desk.as_kept(code) or _new_row(desk, change, code, wish)
        after[code] = {**kept, "geom": shapely.to_wkb(shape).hex()}
    if isinstance(wish, Edit) and (row := desk.as_kept(wish.grid)):
        after[wish.grid] = {**row, **wish.values}
    return after


def _new_row(desk: Desk, change: Change, code: str, wish: Wish) -> store.Row:
    row = desk.new_row(code, change.ancestors.get(code, ()))
    if isinstance(wish, Draw):
        row["kind"] = wish.kind
        row["name"] = wish.name or row["name"]
    return row


def refuse_stale(desk: Desk, homes: Homes, versions: Mapping[str, int]) -> None:
    """Let only those pass who know the grids as they are.

    Raises:
        Stale: a grid has another version by now, or is gone.
    """
    stale = [
        code
        for code, version in versions.items()
        if code not in desk.rows or desk.rows[code]["version"] != version
    ]
    if stale:
        raise too_late(desk, homes, stale)


def too_late(desk: Desk, homes: Homes, codes: Sequence[str]) -> Stale:
    """Who has changed these grids, how, and what they are like now."""
    present = {grid["code"]: grid for grid in grids_shown(desk, homes, codes)}
    operations = store.last_operations(desk.connection, desk.plan["id"], desk.village["id"], codes)
    changed = [
        {
            "code": code,
            "by": operations[code]["recorded_by"] if code in operations else None,
            "at": operations[code]["recorded_at"].isoformat() if code in operations else None,
            "operation": operations[code]["kind"] if code in operations else None,
            "grid": as_json(present[code]) if code in present else None,
        }
        for code in codes
    ]
    names = "、".join(codes)
    error = Stale(
        f"网格 {names} 刚被别人改过：请查看新的边界，再决定是否重做",
        f"somebody has just changed the grids {', '.join(codes)}: look at them, then do it again",
    )
    error.members["changed"] = changed
    return error


def _refuse_unnamed(desk: Desk, change: Change, asked: Asked) -> None:
    """Neighbours that only get a vertex on their border need not be named."""
    touched = [
        code
        for code, shape in change.shapes.items()
        if code in desk.rows and not shapely.equals(shape, desk.division.shapes[code])
    ]
    touched += [code for code in change.ended if code in desk.rows]
    touched += [asked.wish.grid] if isinstance(asked.wish, Edit) else []
    unnamed = [code for code in touched if code not in asked.versions]
    if unnamed:
        raise Unconditional(
            f"If-Match 里缺少网格 {'、'.join(unnamed)} 的版本：请写明操作所依据的版本",
            f"If-Match lacks the versions of the grids {', '.join(unnamed)}: name those that the"
            " operation was made for",
        )


def _written(
    desk: Desk,
    homes: Homes,
    asked: Asked,
    before: dict[str, store.Row | None],
    after: dict[str, store.Row | None],
    notices: Sequence[Notice],
) -> Outcome:
    number = store.next_operation_id(desk.connection)
    after = {code: row and {**row, "version": number} for code, row in after.items()}
    store.write(desk.connection, desk.plan["id"], desk.village["id"], after)
    warnings = [notice.as_json() for notice in notices]
    store.add_operation(
        desk.connection, number, plan_id=desk.plan["id"], village_id=desk.village["id"],
        key=asked.key, kind=asked.kind, arguments=asked.arguments, before=before, after=after,
        warnings=warnings, reverses=None,
    )  # fmt: skip
    return outcome(desk, homes, number, asked.kind, after, warnings)


def undo(engine: Engine, actor: Actor, plan_code: str, village: str, key: UUID) -> Outcome:
    """Take back the actor's own last operation in a village of a draft; the bytes are as before.

    Raises:
        NotFound: there is nothing to take back; or as `Desk.open`.
        Stale: somebody has changed its grids since.
    """
    return _reverse(engine, actor, plan_code, village, key, "undo")


def redo(engine: Engine, actor: Actor, plan_code: str, village: str, key: UUID) -> Outcome:
    """Do again what the actor took back last; as `undo`."""
    return _reverse(engine, actor, plan_code, village, key, "redo")


def _reverse(
    engine: Engine, actor: Actor, plan_code: str, village: str, key: UUID, kind: str
) -> Outcome:
    with transaction(engine, actor) as connection:
        desk = Desk.open(connection, plan_code, village)
        homes = desk.homes()
        done = store.operation(connection, desk.plan["id"], key)
        if done is not None:
            return outcome_again(desk, homes, done, kind, actor)
        own = store.own_operations(connection, desk.plan["id"], desk.village["id"])
        step = next_undo(own) if kind == "undo" else next_redo(own)
        if step is None:
            raise NotFound(
                "没有可以撤销的操作" if kind == "undo" else "没有可以重做的操作",
                f"there is nothing to {kind}",
            )
        row = store.states(connection, step.id)
        moved = [code for code, kept in row["after"].items() if desk.as_kept(code) != kept]
        if moved:
            raise too_late(desk, homes, moved)
        store.write(connection, desk.plan["id"], desk.village["id"], row["before"])
        number = store.next_operation_id(connection)
        store.add_operation(
            connection, number, plan_id=desk.plan["id"], village_id=desk.village["id"], key=key,
            kind=kind, arguments={}, before=row["after"], after=row["before"], warnings=[],
            reverses=step.id,
        )  # fmt: skip
        return outcome(desk, homes, number, step.operation, row["before"], [])


def outcome_again(desk: Desk, homes: Homes, done: RowMapping, kind: str, actor: Actor) -> Outcome:
    """What the operation that was done under a key has made.

    Raises:
        Conflict: the key was used for something else.
    """
    if done["kind"] != kind or done["recorded_by"] != actor.account:
        raise Conflict(
            "这个 Idempotency-Key 已用于另一个操作：每个操作请用新的",
            "this Idempotency-Key was used for another operation: take a new one for each",
        )
    return outcome(desk, homes, done["id"], done["kind"], done["after"], done["warnings"])


def outcome(
    desk: Desk,
    homes: Homes,
    number: int,
    kind: str,
    after: Mapping[str, store.Row | None],
    warnings: list[dict[str, Any]],
) -> Outcome:
    """What an operation has made of a desk."""
    now = Desk.read(desk.connection, desk.plan, desk.village)
    own = store.own_operations(desk.connection, desk.plan["id"], desk.village["id"])
    return Outcome(
        id=number,
        operation=kind,
        grids=grids_shown(now, homes, [code for code in after if code in now.rows]),
        ended=[code for code in after if code not in now.rows],
        warnings=warnings,
        undo=next_undo(own),
        redo=next_redo(own),
    )
