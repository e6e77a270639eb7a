"""Two counties in one database, every kind of row in each, an account for each role × scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Connection, Engine, text

from gridmap.db import Actor, transaction

ALL = "everywhere"
ROLES = ("officer", "lead", "coordinator", "intake_clerk", "agency", "commander", "analyst",
         "auditor", "administrator")  # fmt: skip


@dataclass(frozen=True)
class County:
    """A county: its code, a mark that stands in every text of its rows, where it lies."""

    code: str
    mark: str
    west: float

    @property
    def township(self) -> str:
        return f"{self.code}100"

    @property
    def villages(self) -> tuple[str, str]:
        return f"{self.township}200", f"{self.code}101200"

    @property
    def grids(self) -> tuple[str, ...]:
        return tuple(f"{village}{n:03}" for village in self.villages for n in (1, 2))

    def scopes(self) -> dict[str, tuple[str | None, str | None]]:
        """Unit code and grid code by kind of scope."""
        return {
            "county": (self.code, None),
            "township": (self.township, None),
            "village": (self.villages[0], None),
            "grid": (None, self.grids[0]),
        }


HERE = County("140929", "甲", 111.5)
THERE = County("140930", "乙", 112.5)


def found(engine: Engine, actor: Actor, counties: Sequence[County] = (HERE, THERE)) -> None:
    """Write the counties; the deployment is there already."""
    with transaction(engine, actor) as connection:
        for county in counties:
            _plant(connection, county)


def _box(county: County, column: float, width: float, height: float = 0.1) -> str:
    west, east = county.west + column, county.west + column + width
    ring = f"{west} 38.7,{east} 38.7,{east} {38.7 + height},{west} {38.7 + height},{west} 38.7"
    return f"SRID=4490;MULTIPOLYGON((({ring})))"


def _add(connection: Connection, table: str, **values: object) -> int:
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    made = connection.execute(
        text(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id"), values
    ).scalar_one()
    assert isinstance(made, int)
    return made


def _plant(connection: Connection, county: County) -> None:
    mark = county.mark
    top = _add(connection, "admin_units", code=county.code, level="county", name=f"{mark}县",
               geom=_box(county, 0, 0.4))  # fmt: skip
    plan = _add(connection, "grid_plans", code=f"plan{county.code}", name=f"{mark}划分",
                state="active", valid="[2020-01-01,)")  # fmt: skip
    for number, village in enumerate(county.villages):
        township = _add(connection, "admin_units", code=village[:9], level="township_level",
                        name=f"{mark}镇{number}", parent_id=top,
                        geom=_box(county, 0.2 * number, 0.2))  # fmt: skip
        below = _add(connection, "admin_units", code=village, level="community_level",
                     name=f"{mark}村{number}", parent_id=township,
                     geom=_box(county, 0.2 * number, 0.2))  # fmt: skip
        if number == 0:
            draft = _add(connection, "grid_plans", code=f"plan{county.code}draft",
                         name=f"{mark}草案", unit_id=below)  # fmt: skip
            connection.execute(
                text("INSERT INTO plan_villages (plan_id, village_id) VALUES (:plan, :village)"),
                {"plan": draft, "village": below},
            )
            _add(connection, "plan_operations", plan_id=draft, village_id=below, kind="edit",
                 key=str(uuid4()), arguments="{}", before="{}", after=f'{{"{mark}": null}}',
                 warnings="[]")  # fmt: skip
            _add(connection, "plan_proposals", plan_id=draft, total=1, state="ended",
                 asked=f'{{"{mark}": null}}')  # fmt: skip
            network = _add(connection, "grid_plans", code=f"plan{county.code}network",
                           name=f"{mark}网", unit_id=township, network=f"{mark}部门")  # fmt: skip
            connection.execute(
                text(
                    "INSERT INTO network_grids (plan_id, code, name, geom)"
                    " VALUES (:plan, 'P1', :name, :geom)"
                ),
                {"plan": network, "name": f"{mark}部门网格", "geom": _box(county, 0.05, 0.2)},
            )
            connection.execute(
                text("INSERT INTO admin_unit_predecessors VALUES (:a, :b)"),
                {"a": below, "b": township},
            )
        before = None
        for n in (1, 2):
            grid = _add(connection, "grids", plan_id=plan, code=f"{village}{n:03}",
                        name=f"{mark}网格{number}{n}", village_id=below, valid="[2020-01-01,)",
                        geom=_box(county, 0.2 * number + 0.1 * (n - 1), 0.1))  # fmt: skip
            if before is not None:
                connection.execute(
                    text("INSERT INTO grid_ancestors VALUES (:a, :b)"), {"a": grid, "b": before}
                )
            before = grid
            _furnish(connection, county, f"{village}{n:03}", 0.2 * number + 0.1 * (n - 1))


def _furnish(connection: Connection, county: County, grid: str, column: float) -> None:
    """One row of each layer in a grid; the grid's code begins every code, the mark every text."""
    mark = county.mark
    lon = county.west + column + 0.05
    point = f"SRID=4490;POINT({lon} 38.75)"
    _add(connection, "postings", grid_code=grid, role="grid_lead", person_name=f"{mark}某")
    _add(connection, "base_features", code=f"{grid}R", kind="road", name=f"{grid}路",
         geom=f"SRID=4490;LINESTRING({lon} 38.71,{lon} 38.79)")  # fmt: skip
    building = _add(connection, "buildings", code=f"{grid}B", name=f"{mark}楼",
                    address=f"{mark}街", geom=point)  # fmt: skip
    dwelling = _add(connection, "dwellings", code=f"{grid}D", building_id=building)
    household = _add(connection, "households", code=f"{grid}H", dwelling_id=dwelling)
    _add(connection, "residents", code=f"{grid}P", household_id=household, name=f"{mark}人",
         birth_year=1980, id_number_sealed=b"sealed", id_number_index=b"index")  # fmt: skip
    _add(connection, "assets", code=f"{grid}A", category="lamp", name=f"{mark}灯", geom=point)
    _add(connection, "organisations", code=f"{grid}O", category="shop", name=f"{mark}店",
         geom=point)  # fmt: skip
    incident = _add(connection, "incidents", code=f"{grid}I", category="safety",
                    reported_at="2026-05-01 08:00+08", description=f"{mark}事",
                    geom=point)  # fmt: skip
    _add(connection, "incident_entries", incident_id=incident, action="report",
         status="reported", note=f"{mark}记")  # fmt: skip


def appoint(engine: Engine, actor: Actor, counties: Sequence[County] = (HERE, THERE)) -> None:
    """An account for each role × scope of each county, and for each role everywhere."""
    with transaction(engine, actor) as connection:
        roles = list(connection.scalars(text("SELECT code FROM roles")))
        for role in roles:
            give(connection, account_name(role, None, ALL), role, None, None)
            for county in counties:
                for scope, (unit, grid) in county.scopes().items():
                    give(connection, account_name(role, county, scope), role, unit, grid)


def account_name(role: str, county: County | None, scope: str) -> str:
    """The name of the account that `appoint` makes."""
    return f"{role}-{county.code if county else ALL}-{scope}"


def give(
    connection: Connection, account: str, role: str, unit: str | None, grid: str | None,
    valid: str = "[2000-01-01,)",
) -> None:  # fmt: skip
    """A mandate, and the account where it is new."""
    connection.execute(
        text(
            "INSERT INTO accounts (name, display_name) VALUES (:name, :name)"
            " ON CONFLICT (name) DO NOTHING"
        ),
        {"name": account},
    )
    connection.execute(
        text(
            "INSERT INTO mandates (account_id, role, unit_code, grid_code, valid)"
            " SELECT id, :role, :unit, :grid, :valid FROM accounts WHERE name = :name"
        ),
        {"name": account, "role": role, "unit": unit, "grid": grid, "valid": valid},
    )


RIGHT_OF: Mapping[str, str] = {
    **dict.fromkeys(
        ("admin_units", "admin_unit_predecessors", "grids", "grid_ancestors", "grid_plans",
         "network_grids", "plan_operations", "plan_villages", "postings"),
        "territory",
    ),
    **dict.fromkeys(
        ("buildings", "dwellings", "households", "residents", "assets", "organisations"),
        "premises",
    ),
    "incidents": "incidents",
    "incident_entries": "incidents",
    "plan_proposals": "edit_plans",
}  # fmt: skip
"""Which right shows a table's rows."""

UNITLESS = frozenset(
    {"alembic_version", "deployment", "layer_changes", "roles", "role_rights", "base_features"}
)
"""Of no territory: the same for all; base_features for all who may read the territory."""


READABLE = """
    SELECT c.relname::text, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'gridmap'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
      AND a.attnum > 0 AND NOT a.attisdropped
      AND has_column_privilege('gridmap_app', c.oid, a.attnum, 'SELECT')
    GROUP BY c.relname ORDER BY c.relname
"""


def seen_by(engine: Engine, account: str, readable: dict[str, str]) -> dict[str, set[str]]:
    with transaction(engine, Actor(account)) as connection:
        return {
            table: set(
                connection.scalars(text(f"SELECT row({columns})::text FROM gridmap.{table}"))
            )
            for table, columns in readable.items()
        }
