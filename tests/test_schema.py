"""The schema, on a real PostGIS: it goes up and down, and the database itself keeps the rules."""

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from gridmap import schema
from gridmap.db import Actor, engine_for, transaction
from gridmap.settings import Settings

SQUARE = "SRID=4490;MULTIPOLYGON((({0} 38.7,{1} 38.7,{1} 38.8,{0} 38.8,{0} 38.7)))"


def add_village(connection: Connection) -> int:
    """A village from 111.5 to 111.6 E, under its township and county."""
    parent = None
    for code, level in (
        ("140929", "county"),
        ("140929100", "township_level"),
        ("140929100200", "community_level"),
    ):
        parent = connection.execute(
            text(
                "INSERT INTO admin_units (code, level, name, parent_id, geom)"
                " VALUES (:code, :level, :code, :parent, :geom) RETURNING id"
            ),
            {"code": code, "level": level, "parent": parent, "geom": SQUARE.format(111.5, 111.6)},
        ).scalar_one()
    assert isinstance(parent, int)
    return parent


def add_grid(connection: Connection, village: int, code: str, **values: object) -> int:
    """A grid in the plan of its start date; all of the village unless told otherwise."""
    row = {
        "code": code,
        "village": village,
        "geom": SQUARE.format(111.5, 111.6),
        "valid": "[2020-01-01,)",
        **values,
    }
    plan = connection.execute(
        text(
            "INSERT INTO grid_plans (code, name, state, valid) VALUES (:c, :c, 'active', :v)"
            " ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id"
        ),
        {"c": str(row["valid"]), "v": row["valid"]},
    ).scalar_one()
    grid = connection.execute(
        text(
            "INSERT INTO grids (plan_id, code, name, village_id, valid, geom)"
            " VALUES (:plan, :code, :code, :village, :valid, :geom) RETURNING id"
        ),
        {**row, "plan": plan},
    ).scalar_one()
    assert isinstance(grid, int)
    return grid


def test_migrations_go_up_and_down_and_match_the_tables(settings: Settings, database: str) -> None:
    with schema.alembic_at(settings, database) as config:
        command.check(config)
    with schema.alembic_at(settings, database) as config:
        command.downgrade(config, "base")
    engine = engine_for(database)
    with engine.connect() as connection:
        left = connection.execute(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'gridmap'::regnamespace"
                " AND relname NOT LIKE 'alembic_version%'"
                " UNION ALL SELECT proname FROM pg_proc"
                " WHERE pronamespace = 'gridmap'::regnamespace"
            )
        ).all()
    assert left == []
    schema.migrate(settings, database)
    assert schema.revision(engine) == "0014"
    engine.dispose()


def test_a_write_without_an_actor_is_refused(county: Engine) -> None:
    with pytest.raises(DBAPIError, match="nobody acts"), county.begin() as connection:
        connection.execute(text("INSERT INTO grid_plans (code, name) VALUES ('x', 'x')"))


def test_a_write_names_its_actor_and_leaves_a_line_in_the_audit_trail(county: Engine) -> None:
    with transaction(county, Actor("wang")) as connection:
        connection.execute(text("INSERT INTO grid_plans (code, name) VALUES ('x', 'x')"))
    with county.connect() as connection:
        assert connection.scalar(text("SELECT recorded_by FROM grid_plans")) == "wang"
        line = connection.execute(
            text("SELECT actor, action, detail FROM audit_entries WHERE subject = 'grid_plans'")
        ).one()
    assert tuple(line) == ("wang", "insert", {"rows": 1})


def test_area_is_measured_in_the_zone_of_the_county_not_in_web_mercator(
    county: Engine, actor: Actor
) -> None:
    with transaction(county, actor) as connection:
        grid = add_grid(connection, add_village(connection), "140929100200001")
        area, spheroidal, mercator = connection.execute(
            text(
                "SELECT area_m2, ST_Area(geom::geography), ST_Area(geom_3857)"
                " FROM grids WHERE id = :id"
            ),
            {"id": grid},
        ).one()
    assert area == pytest.approx(spheroidal, rel=1e-3)
    assert mercator / area > 1.6


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"code": "14092910020000"}, "does not follow"),
        ({"code": "140929100201001"}, "does not follow"),
        ({"geom": SQUARE.format(111.55, 111.65)}, "outside"),
        ({"valid": "empty"}, "valid_check"),
    ],
)
def test_the_database_refuses_a_grid_that_breaks_a_rule(
    county: Engine, actor: Actor, change: dict[str, str], constraint: str
) -> None:
    with pytest.raises(DBAPIError, match=constraint), transaction(county, actor) as connection:
        village = add_village(connection)
        add_grid(connection, village, **{"code": "140929100200001", **change})


def test_validity_ranges_of_one_grid_code_never_overlap(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        village = add_village(connection)
        add_grid(connection, village, "140929100200001", valid="[2020-01-01,2022-01-01)")
        add_grid(connection, village, "140929100200001", valid="[2022-01-01,)")
    with (
        pytest.raises(DBAPIError, match="grids_code_valid_excl"),
        transaction(county, actor) as connection,
    ):
        add_grid(connection, village, "140929100200001", valid="[2021-01-01,2021-02-01)")


def test_a_point_on_a_border_goes_to_the_smallest_code_in_force_that_day(
    county: Engine, actor: Actor
) -> None:
    with transaction(county, actor) as connection:
        village = add_village(connection)
        west = add_grid(connection, village, "140929100200002", geom=SQUARE.format(111.5, 111.55))
        east = add_grid(connection, village, "140929100200001", geom=SQUARE.format(111.55, 111.6))

        def at(lon: float, day: str) -> int | None:
            found = connection.execute(
                text("SELECT grid_at(ST_SetSRID(ST_MakePoint(:lon, 38.75), 4490), :day)"),
                {"lon": lon, "day": day},
            ).scalar_one()
            return found if found is None else int(found)

        assert at(111.52, "2021-06-01T00:00+08") == west
        assert at(111.55, "2021-06-01T00:00+08") == east
        assert at(111.50, "2021-06-01T00:00+08") == west
        assert at(111.49, "2021-06-01T00:00+08") is None
        assert at(111.52, "2019-12-31T23:59+08") is None
        # In Shanghai it is already the first day of the plan.
        assert at(111.52, "2019-12-31T16:01+00") == west


def test_an_incident_is_placed_when_it_is_inserted(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        grid = add_grid(connection, add_village(connection), "140929100200001")
        for code, point in (
            ("in", "SRID=4490;POINT(111.55 38.75)"),
            ("out", "SRID=4490;POINT(112 38.75)"),
            ("none", None),
        ):
            connection.execute(
                text(
                    "INSERT INTO incidents (code, reported_at, category, geom)"
                    " VALUES (:code, '2024-05-01', '01', :point)"
                ),
                {"code": code, "point": point},
            )
        rows = connection.execute(
            text(
                "SELECT i.code, placement, grid_id, v.code, t.code, c.code FROM incidents i"
                " LEFT JOIN admin_units v ON v.id = village_id"
                " LEFT JOIN admin_units t ON t.id = township_id"
                " LEFT JOIN admin_units c ON c.id = county_id ORDER BY i.id"
            )
        ).all()
    assert [tuple(row) for row in rows] == [
        ("in", "in_grid", grid, "140929100200", "140929100", "140929"),
        ("out", "outside", None, None, None, None),
        ("none", "no_location", None, None, None, None),
    ]


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = NULL", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["incident_entries", "audit_entries", "audit_seals"])
def test_entries_are_append_only(county: Engine, actor: Actor, table: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), transaction(county, actor) as connection:
        column = "hash" if table == "audit_seals" else "action"
        connection.execute(text(statement.format(table, column)))


def test_a_layer_version_grows_with_every_commit_and_lines_are_folded(
    county: Engine, actor: Actor
) -> None:
    query = text("SELECT version FROM layer_versions WHERE layer = 'grid_plans'")
    for number in range(450):
        with transaction(county, actor) as connection:
            connection.execute(
                text("INSERT INTO grid_plans (code, name) VALUES (:c, 'x')"), {"c": str(number)}
            )
    with county.connect() as connection:
        assert connection.scalar(query) == 450
        lines = connection.scalar(text("SELECT count(*) FROM layer_changes"))
    assert lines is not None
    assert lines < 250
