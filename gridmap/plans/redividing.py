"""A village of a draft read for the balancing, and written as it was balanced: one operation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import shapely

from gridmap.areas.codes import next_code
from gridmap.areas.store import read_profile
from gridmap.errors import DataError
from gridmap.plans import store
from gridmap.plans.balancing.model import Line, Size, Village
from gridmap.plans.desk import Desk
from gridmap.plans.drafts import faults_in
from gridmap.plans.editing import Change, Notice, Rules, judge
from gridmap.plans.redrawing import change_of

KIND = "balance"


def read_village(desk: Desk, size: Size | None) -> Village:
    """A village as the balancing wants it.

    Args:
        size: limits of a grid's load; None takes those of the profile, by kind of area.

    Raises:
        DataError: its grids do not tile it.
    """
    if desk.rows and faults_in(desk.division):
        raise DataError(
            f"{desk.village['name']} 的网格没有铺满本村（有缝隙或重叠）：请先改好再均衡",
            f"the grids of {desk.village['code']} do not tile it: mend that first, then balance",
        )
    rows = desk.rows
    lines = store.lines(desk.connection, desk.village["id"])
    limits = read_profile(desk.connection).size_limits
    urban = [row["area_kind"] for row in rows.values()].count("urban")
    return Village(
        desk.village["code"],
        desk.village["name"],
        desk.division,
        {code: row["kind"] for code, row in rows.items()},
        {code: row["area_kind"] for code, row in rows.items()},
        {code: row["version"] for code, row in rows.items()},
        {code: row["name"] for code, row in rows.items()},
        size or (limits.urban if 2 * urban > len(rows) else limits.rural),
        desk.homes(),
        [Line(row["kind"], row["class"], shapely.from_wkb(bytes(row["wkb"]))) for row in lines],
    )


def recoded(desk: Desk, shapes: Mapping[str, Any]) -> dict[str, Any]:
    """The same shapes; a grid that is new under a code that was given away meanwhile gets another.

    Raises:
        CallError: there is no code left.
    """
    scheme = read_profile(desk.connection).grid_code.scheme
    taken = [*store.codes_of(desk.connection, desk.village["id"])]
    known = set(desk.rows)
    made: dict[str, Any] = {}
    for code, shape in shapes.items():
        is_gone = code not in known and code in taken
        free = next_code(scheme, desk.village["code"], [*taken, *made]) if is_gone else code
        made[free] = shape
    return made


def write_village(
    desk: Desk, shapes: Mapping[str, Any], arguments: Mapping[str, Any], key: UUID
) -> tuple[int, dict[str, store.Row | None], list[Notice]] | None:
    """Make the grids of a village be as balanced; None where that changes nothing.

    Args:
        shapes: all its grids, by code, EPSG:4490 degrees.
        arguments: what is told of the operation.
        key: its idempotency key.

    Returns:
        The operation's number, the rows that it made (None: a grid that went), and what was done
        though a rule that only warns speaks against it.

    Raises:
        Refused: they would not tile the village, or a grid would not hang together.
    """
    change = change_of(desk.division, shapes)
    if not change.shapes and not change.ended:
        return None
    notices = judge(desk.division, change, desk.homes().footprints, Rules())
    after = _rows(desk, change)
    number = store.next_operation_id(desk.connection)
    before = {code: desk.as_kept(code) for code in after}
    written = {code: row and {**row, "version": number} for code, row in after.items()}
    store.write(desk.connection, desk.plan["id"], desk.village["id"], written)
    store.add_operation(
        desk.connection, number, plan_id=desk.plan["id"], village_id=desk.village["id"], key=key,
        kind=KIND, arguments=dict(arguments), before=before, after=written,
        warnings=[notice.as_json() for notice in notices], reverses=None,
    )  # fmt: skip
    return number, written, notices


def _rows(desk: Desk, change: Change) -> dict[str, store.Row | None]:
    after: dict[str, store.Row | None] = dict.fromkeys(change.ended)
    for code, shape in change.shapes.items():
        row = desk.as_kept(code) or desk.new_row(code, change.ancestors.get(code, ()))
        after[code] = {**row, "geom": shapely.to_wkb(shape).hex()}
    return after
