"""A draft goes out as a file and comes back edited: one operation in each village, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import shapely
from sqlalchemy import Connection, Engine, RowMapping

from gridmap.access.store import record
from gridmap.areas.codes import next_code
from gridmap.areas.store import read_profile
from gridmap.db import Actor, transaction
from gridmap.errors import DataError
from gridmap.plans import network_store, store
from gridmap.plans.desk import Desk, refuse_unless_open
from gridmap.plans.editing import Change, Notice, Refused, Rules, judge
from gridmap.plans.figures import Homes
from gridmap.plans.files import DrawnGrid, read_grids, write_grids
from gridmap.plans.redrawing import Difference, Flaw, change_of, differences, restored, tidied

_COLUMNS = ("code", *store.GRID_FIELDS)
_GRID_KINDS = ("general", "special")


@dataclass(frozen=True)
class VillageImport:
    """What an import makes, or would make, of a village.

    Attributes:
        mended: whether narrow faults were mended.
        flaws: what could not be mended; refusal: why the rules of drawing refuse it. With either,
            nothing of the file is taken.
        differences: what becomes of its grids.
        notices: what was done though a rule that only warns speaks against it.
    """

    village: str
    name: str
    mended: bool
    flaws: Sequence[Flaw]
    refusal: Refused | None
    differences: Sequence[Difference]
    notices: Sequence[Notice]

    @property
    def is_clean(self) -> bool:
        """Whether it can be taken."""
        return not self.flaws and self.refusal is None


@dataclass(frozen=True)
class _Redrawn:
    """A village on the desk as the file wants it."""

    desk: Desk
    homes: Homes
    grids: Mapping[str, DrawnGrid]
    change: Change
    told: VillageImport


def export_draft(engine: Engine, actor: Actor, plan_code: str, out: Path) -> int:
    """The grids of a plan, or of a department's network, into a GeoPackage or GeoJSON.

    Returns how many.

    Raises:
        NotFound: no such plan.
        CallError: another kind of file, or no such folder.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, plan_code)
        if plan["network"] is None:
            rows = _rows(connection, plan)
        else:
            rows = [dict(row) for row in network_store.shown(connection, plan["id"])]
        count = write_grids(rows, out)
        record(connection, "export", "grid_plans", code=plan_code, rows=count, file=out.name)
    return count


def _rows(connection: Connection, plan: RowMapping) -> list[store.Row]:
    return [
        {**{name: row[name] for name in _COLUMNS}, "village_code": village["code"],
         "village": village["name"], "area_m2": row["area_m2"], "wkb": row["wkb"]}
        for village in store.villages(connection, plan["id"])
        for row in store.draft_grids(connection, plan["id"], village["id"])
    ]  # fmt: skip


def import_draft(
    engine: Engine,
    actor: Actor,
    plan_code: str,
    file: str,
    *,
    crs: str | None = None,
    layer: str | None = None,
    dry_run: bool = False,
) -> list[VillageImport]:
    """The grids of an edited file into an open draft: all of them, or none.

    A grid keeps its code; one without code is new; of several with the same code the one with most
    households keeps it. A village of which the file has no grid stays as it is. Each village gets
    one operation, which can be undone.

    Args:
        dry_run: only tell what would be done.

    Raises:
        NotFound, Forbidden, Conflict: no such plan, no right to edit it, no open draft.
        CallError, DataError: as `read_grids`; or a grid lies in no village of the plan, or bears a
            code that the plan does not have.
    """
    drawn = read_grids(file, crs, layer)
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, plan_code)
        refuse_unless_open(plan)
        villages = store.villages(connection, plan["id"])
        desks = [Desk.open(connection, plan_code, one["code"]) for one in villages]
        redrawn = [_redrawn(desk, grids) for desk, grids in _by_village(desks, drawn) if grids]
        told = [one.told for one in redrawn]
        if dry_run or not all(one.is_clean for one in told):
            return told
        for one in redrawn:
            _write(connection, one, Path(file).name)
        record(connection, "import", "grid_plans", code=plan_code, file=Path(file).name)
    return told


def _by_village(
    desks: Sequence[Desk], drawn: Sequence[DrawnGrid]
) -> list[tuple[Desk, list[DrawnGrid]]]:
    """The drawn grids of each village: by their code, new ones by where they lie."""
    home = {code: at for at, desk in enumerate(desks) for code in desk.rows}
    found: list[list[DrawnGrid]] = [[] for _ in desks]
    for grid in drawn:
        if grid.code is not None and grid.code not in home:
            raise DataError(
                f"第 {grid.row} 行的网格编码 {grid.code} 不在方案中：新网格请把编码留空",
                f"row {grid.row}: the plan has no grid {grid.code}; leave the code of a new grid"
                " empty",
            )
        at = home[grid.code] if grid.code is not None else _village_at(desks, grid)
        found[at].append(grid)
    return list(zip(desks, found, strict=True))


def _village_at(desks: Sequence[Desk], grid: DrawnGrid) -> int:
    inner = shapely.point_on_surface(grid.shape)
    for at, desk in enumerate(desks):
        if shapely.intersects(desk.division.village, inner):
            return at
    raise DataError(
        f"第 {grid.row} 行的新网格不在方案的任何村（社区）内：请核对坐标系和图形",
        f"row {grid.row}: the new grid lies in no village of the plan: check the CRS and the shape",
    )


def _redrawn(desk: Desk, drawn: Sequence[DrawnGrid]) -> _Redrawn:
    homes = desk.homes()
    grids = _coded(desk, homes, drawn)
    shapes = restored(desk.division, {code: grid.shape for code, grid in grids.items()})
    tidy = tidied(desk.village["code"], desk.division.village, shapes)
    change, notices, refusal = Change({}), [], None
    if not tidy.flaws:
        change = change_of(desk.division, tidy.shapes)
    if change.shapes or change.ended:
        try:
            notices = judge(desk.division, change, homes.footprints, Rules())
        except Refused as error:
            refusal = error
    told = VillageImport(
        desk.village["code"], desk.village["name"], tidy.mended, tidy.flaws, refusal,
        [] if tidy.flaws else differences(desk.division, change, homes), notices,
    )  # fmt: skip
    return _Redrawn(desk, homes, grids, change, told)


def _coded(desk: Desk, homes: Homes, drawn: Sequence[DrawnGrid]) -> dict[str, DrawnGrid]:
    """The drawn grids by code: those that keep theirs first, then those that get one."""
    claims: dict[str | None, list[DrawnGrid]] = {}
    for grid in drawn:
        claims.setdefault(grid.code, []).append(grid)
    new = claims.pop(None, [])
    kept: dict[str, DrawnGrid] = {}
    for code, rivals in claims.items():
        assert code is not None
        kept[code] = max(rivals, key=lambda grid: _weight(homes, grid))
        new += [grid for grid in rivals if grid is not kept[code]]
    scheme = read_profile(desk.connection).grid_code.scheme
    taken = list(store.codes_of(desk.connection, desk.village["id"]))
    for grid in sorted(new, key=lambda grid: grid.row):
        code = next_code(scheme, desk.village["code"], taken)
        taken.append(code)
        kept[code] = grid
    return kept


def _weight(homes: Homes, grid: DrawnGrid) -> tuple[int, float, int]:
    area = float(shapely.area(grid.shape))
    return homes.footprints.households_in(grid.shape), area, -grid.row


def _write(connection: Connection, one: _Redrawn, file: str) -> None:
    """One operation: the shapes that changed, and what was written beside them."""
    desk = one.desk
    after: dict[str, store.Row | None] = dict.fromkeys(one.change.ended)
    for code, grid in one.grids.items():
        shape, old = one.change.shapes.get(code), desk.as_kept(code)
        row = _row(desk, code, grid, old, one.change)
        if shape is not None:
            row["geom"] = shapely.to_wkb(shape).hex()
        if row != old:
            after[code] = row
    if not after:
        return
    before = {code: desk.as_kept(code) for code in after}
    number = store.next_operation_id(connection)
    written = {code: row and {**row, "version": number} for code, row in after.items()}
    store.write(connection, desk.plan["id"], desk.village["id"], written)
    store.add_operation(
        connection, number, plan_id=desk.plan["id"], village_id=desk.village["id"], key=uuid4(),
        kind="import", arguments={"file": file}, before=before, after=written,
        warnings=[notice.as_json() for notice in one.told.notices], reverses=None,
    )  # fmt: skip


def _row(
    desk: Desk, code: str, grid: DrawnGrid, old: store.Row | None, change: Change
) -> store.Row:
    """A grid's row: as it was, or after the one it descends from; the file's words over it."""
    fields = {name: value for name, value in grid.fields.items() if value is not None}
    kind = fields.get("kind")
    if kind is not None and kind not in _GRID_KINDS:
        raise DataError(
            f"第 {grid.row} 行的 kind 是“{kind}”，应为 {'、'.join(_GRID_KINDS)}",
            f"row {grid.row}: kind is {kind!r}, it must be {' or '.join(_GRID_KINDS)}",
        )
    if old is not None:
        return {**old, **fields}
    if fields.get("name") in {row["name"] for row in desk.rows.values()}:
        del fields["name"]
    return {**desk.new_row(code, change.ancestors.get(code, ())), **fields}
