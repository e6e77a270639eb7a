"""Reads and writes of drafts. The connection comes first; nothing here commits.

Geometries go out and come in as well-known binary in EPSG:4490, bit for bit.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, text, update

from gridmap.areas.tables import admin_units, grid_plans, grids
from gridmap.db import CRS, sql
from gridmap.errors import NotFound
from gridmap.plans.tables import plan_operations, plan_villages

GRID_FIELDS = (
    "name",
    "kind",
    "area_kind",
    "management_level",
    "responsible_body",
    "lead_name",
)
"""What a draft's grid has beside its code, shape and version."""

Row = dict[str, Any]
"""A draft's grid as an operation keeps it: GRID_FIELDS, source, version, geom (hexadecimal WKB)."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('gridmap.plans'), CAST(:village AS int))")
_NEXT = text("SELECT nextval('gridmap.plan_operations_id_seq')")
_LOCK_CODES = text("SELECT pg_advisory_xact_lock(hashtext('gridmap.areas.codes'))")


def plan(connection: Connection, code: str) -> RowMapping:
    """One plan, and whether the actor `edits` or `publishes` in its unit.

    Raises:
        NotFound: no plan in sight bears the code.
    """
    found = connection.execute(sql("plans/sql/plan.sql"), {"code": code}).mappings().one_or_none()
    if found is None:
        raise NotFound(
            f"没有编码为 {code} 的划分方案；请在方案列表中核对",
            f"no grid plan bears the code {code}: see the list of plans",
        )
    return found


def villages(connection: Connection, plan_id: int) -> Sequence[RowMapping]:
    """id, code and name of the villages that a plan divides."""
    return connection.execute(sql("plans/sql/villages.sql"), {"plan_id": plan_id}).mappings().all()


def origin(connection: Connection, plan_id: int) -> Sequence[RowMapping]:
    """The mergings that made a plan, by village: village (code), arguments and after."""
    return connection.execute(sql("plans/sql/origin.sql"), {"plan_id": plan_id}).mappings().all()


def unit(connection: Connection, code: str) -> RowMapping:
    """The unit in force of a code: id, code, name, level.

    Raises:
        NotFound: there is none in sight.
    """
    columns = admin_units.c
    query = select(columns.id, columns.code, columns.name, columns.level).where(
        columns.code == code, columns.valid.contains(func.gridmap.day_of(func.now()))
    )
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        raise NotFound(
            f"没有代码为 {code} 的区划；请核对代码", f"no unit bears the code {code}: check it"
        )
    return found


def outline(connection: Connection, village_id: int) -> bytes | None:
    """The village's outline."""
    query = select(func.public.st_asbinary(admin_units.c.geom)).where(
        admin_units.c.id == village_id
    )
    found = connection.scalar(query)
    return None if found is None else bytes(found)


def lock_plan_codes(connection: Connection) -> None:
    """Until the transaction ends nobody else opens a plan."""
    connection.execute(_LOCK_CODES)


def new_plan_code(connection: Connection, unit: str, day: date) -> str:
    """The next code of a plan that is opened in a unit on a day; nobody else gets it."""
    lock_plan_codes(connection)
    prefix = f"{unit}-{day:%Y%m%d}-"
    known = connection.scalars(
        select(grid_plans.c.code).where(grid_plans.c.code.startswith(prefix, autoescape=True))
    )
    numbers = [int(code[len(prefix) :]) for code in known if code[len(prefix) :].isdigit()]
    return f"{prefix}{max(numbers, default=0) + 1}"


def add_plan(connection: Connection, values: Mapping[str, object]) -> int:
    """A plan's row; returns its id."""
    # Without asking for the id: the policy that shows a new row looks at the row itself.
    connection.execute(insert(grid_plans).inline().values(values))
    query = select(grid_plans.c.id).where(grid_plans.c.code == values["code"])
    return int(connection.execute(query).scalar_one())


def add_draft(
    connection: Connection, *, unit: RowMapping, name: str, day: date, based_on: date
) -> str:
    """A draft of the grids that were in force on `based_on` below a unit; returns its code."""
    code = new_plan_code(connection, unit["code"], day)
    source = connection.scalar(sql("plans/sql/source.sql"), {"unit_id": unit["id"]})
    values = {
        "code": code,
        "name": name,
        "unit_id": unit["id"],
        "based_on": based_on,
        "source": source,
    }
    plan_id = add_plan(connection, values)
    bound = {"plan_id": plan_id, "unit_id": unit["id"], "day": based_on}
    connection.execute(sql("plans/sql/copy_villages.sql"), bound)
    connection.execute(sql("plans/sql/copy_grids.sql"), bound)
    return code


def change_plan(connection: Connection, plan_id: int, **values: object) -> None:
    """Change columns of a draft's row."""
    connection.execute(update(grid_plans).where(grid_plans.c.id == plan_id).values(**values))


def remove_draft(connection: Connection, plan_id: int) -> None:
    """Take a draft away, with its grids and operations."""
    connection.execute(delete(grids).where(grids.c.plan_id == plan_id))
    connection.execute(delete(grid_plans).where(grid_plans.c.id == plan_id))


def activate(connection: Connection, plan_id: int, first_day: date) -> None:
    """Bring a submitted draft into force; see the SQL function."""
    connection.execute(select(func.gridmap.activate_plan(plan_id, first_day)))


def settle(connection: Connection) -> Mapping[str, int]:
    """What stands in a grid that is over goes into the one that took its land: rows by layer."""
    rows = connection.execute(text("SELECT layer, settled FROM gridmap.settle()"))
    return {row.layer: row.settled for row in rows}


def overtaken(connection: Connection, plan_id: int) -> Sequence[str]:
    """Names of the draft's villages whose division has changed since it was opened."""
    newest = (
        select(func.max(grids.c.id))
        .where(
            grids.c.village_id == plan_villages.c.village_id,
            grids.c.kind != "micro",
            grids.c.valid.contains(func.gridmap.day_of(func.now())),
        )
        .scalar_subquery()
    )
    query = (
        select(admin_units.c.name)
        .join(plan_villages, plan_villages.c.village_id == admin_units.c.id)
        .where(
            plan_villages.c.plan_id == plan_id,
            newest.is_distinct_from(plan_villages.c.last_grid_id),
        )
        .order_by(admin_units.c.code)
    )
    return connection.scalars(query).all()


def last_first_day(connection: Connection, plan_id: int) -> date | None:
    """The latest day on which a grid came, or will come, into force in the draft's villages."""
    query = select(func.max(func.lower(grids.c.valid))).where(
        grids.c.village_id.in_(
            select(plan_villages.c.village_id).where(plan_villages.c.plan_id == plan_id)
        )
    )
    found = connection.scalar(query)
    assert found is None or isinstance(found, date)
    return found


def lock_village(connection: Connection, village_id: int) -> None:
    """Until the transaction ends nobody else changes the drafts of the village."""
    connection.execute(_LOCK, {"village": village_id})


def draft_grids(connection: Connection, plan_id: int, village_id: int) -> Sequence[RowMapping]:
    """The grids of a plan in a village: GRID_FIELDS, code, version, area_m2, wkb, lead."""
    bound = {"plan_id": plan_id, "village_id": village_id}
    return connection.execute(sql("plans/sql/grids.sql"), bound).mappings().all()


def homes(connection: Connection, village_id: int) -> Sequence[RowMapping]:
    """The buildings that stand in a village: lon, lat, wkb, households, residents."""
    bound = {"village_id": village_id}
    return connection.execute(sql("plans/sql/homes.sql"), bound).mappings().all()


def around(connection: Connection, plan_id: int, village_id: int) -> Sequence[RowMapping]:
    """The grids of the villages beside it: code, name, wkb."""
    bound = {"plan_id": plan_id, "village_id": village_id}
    return connection.execute(sql("plans/sql/around.sql"), bound).mappings().all()


def lines(connection: Connection, village_id: int) -> Sequence[RowMapping]:
    """What borders may follow in a village: kind, class, name, wkb."""
    bound = {"village_id": village_id}
    return connection.execute(sql("plans/sql/lines.sql"), bound).mappings().all()


def staff(connection: Connection, village_id: int) -> Mapping[str, int]:
    """How many people are posted today, by grid code."""
    rows = connection.execute(sql("plans/sql/staff.sql"), {"village_id": village_id})
    return {row.grid_code: row.n for row in rows}


def facilities(connection: Connection, village_id: int) -> Sequence[RowMapping]:
    """lon and lat of the organisations of a village."""
    bound = {"village_id": village_id}
    return connection.execute(sql("plans/sql/facilities.sql"), bound).mappings().all()


def history(
    connection: Connection, plan_id: int, villages: Sequence[int], day: date
) -> Sequence[RowMapping]:
    """The grids in force on a day in the villages, and those of the plan (`of_plan`)."""
    bound = {"plan_id": plan_id, "villages": list(villages), "day": day}
    return connection.execute(sql("plans/sql/history.sql"), bound).mappings().all()


def codes_of(connection: Connection, village_id: int) -> Sequence[str]:
    """The code of every grid that there is or was in a village, of whatever plan."""
    query = select(grids.c.code).where(grids.c.village_id == village_id).distinct()
    return connection.scalars(query).all()


def codes_in(connection: Connection, plan_id: int) -> Sequence[str]:
    """The codes of the grids of a plan, never micro."""
    query = select(grids.c.code).where(grids.c.plan_id == plan_id, grids.c.kind != "micro")
    return connection.scalars(query).all()


def write(
    connection: Connection, plan_id: int, village_id: int, rows: Mapping[str, Row | None]
) -> None:
    """Make the draft's grids of these codes be as the rows; None takes one away."""
    mine = (grids.c.plan_id == plan_id) & (grids.c.village_id == village_id)
    known = set(connection.scalars(select(grids.c.code).where(mine, grids.c.code.in_(rows))))
    gone = [code for code, row in rows.items() if row is None]
    if gone:
        connection.execute(delete(grids).where(mine, grids.c.code.in_(gone)))
    for code, row in rows.items():
        if row is None:
            continue
        geom = func.public.st_geomfromwkb(bytes.fromhex(row["geom"]), CRS)
        values = {**{name: row[name] for name in (*GRID_FIELDS, "version")}, "geom": geom}
        if code in known:
            connection.execute(update(grids).where(mine, grids.c.code == code).values(values))
        else:
            new = {"plan_id": plan_id, "village_id": village_id, "code": code, **values}
            new["source"] = row["source"]
            connection.execute(insert(grids).inline().values(new))


def operation(connection: Connection, plan_id: int, key: UUID) -> RowMapping | None:
    """The operation that was done under an idempotency key."""
    query = select(plan_operations).where(
        plan_operations.c.plan_id == plan_id, plan_operations.c.key == key
    )
    return connection.execute(query).mappings().one_or_none()


def last_operations(
    connection: Connection, plan_id: int, village_id: int, codes: Sequence[str]
) -> Mapping[str, RowMapping]:
    """The newest operation that changed each of the grids, by code: kind, recorded_by,
    recorded_at."""
    bound = {"plan_id": plan_id, "village_id": village_id, "codes": list(codes)}
    rows = connection.execute(sql("plans/sql/last_operations.sql"), bound).mappings()
    return {row["code"]: row for row in rows}


def next_operation_id(connection: Connection) -> int:
    """The number of the next operation, which is the version of the grids that it changes."""
    number = connection.scalar(_NEXT)
    assert isinstance(number, int)
    return number


def add_operation(connection: Connection, number: int, **values: Any) -> None:
    """Append an operation under a number of `next_operation_id`."""
    connection.execute(insert(plan_operations).inline().values(id=number, **values))


def states(connection: Connection, number: int) -> RowMapping:
    """`before` and `after` of an operation: the grids that it changed, as they were and became."""
    columns = plan_operations.c
    query = select(columns.before, columns.after).where(columns.id == number)
    return connection.execute(query).mappings().one()


def own_operations(connection: Connection, plan_id: int, village_id: int) -> Sequence[RowMapping]:
    """The actor's operations in a village of a draft, the newest first."""
    bound = {"plan_id": plan_id, "village_id": village_id}
    return connection.execute(sql("plans/sql/own_operations.sql"), bound).mappings().all()
