"""Placement of whole layers: by the plan of the day, the same rule as point by point."""

import random
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, text

from gridmap.areas import locate
from gridmap.db import Actor, transaction
from gridmap.incidents import actions, store
from gridmap.premises import actions as premises
from gridmap.premises import store as premises_store
from tests.drawing import add_home, add_incident, lonlat, settle

EVER = date(2000, 1, 1)
OLD, NEW = "AAB\nCCC", "ABB\nCBB"


def in_bulk(connection: Connection) -> None:
    connection.execute(text("SELECT set_config('gridmap.placing', 'bulk', true)"))


def scatter(connection: Connection, number: int) -> None:
    """Incidents in, around and on the very borders of the town, from 2019 to 2024, unplaced."""
    rng = random.Random(7)
    in_bulk(connection)
    for _ in range(number):
        on_lattice = rng.random() < 0.5
        column = rng.randrange(-2, 10) / 2 if on_lattice else rng.uniform(-0.5, 3.5)
        row = rng.randrange(-2, 8) / 2 if on_lattice else rng.uniform(-0.5, 2.5)
        lon, lat = lonlat(column, row)
        connection.execute(
            text(
                "INSERT INTO incidents (code, reported_at, category, geom, placement)"
                " VALUES ('i' || nextval('numbers'), :at, 'safety',"
                " ST_SetSRID(ST_MakePoint(:lon, :lat), 4490), 'outside')"
            ),
            {
                "at": f"20{rng.randint(19, 24)}-{rng.randint(1, 12):02}-15T12:00+08",
                "lon": lon,
                "lat": lat,
            },
        )


@pytest.fixture(params=["one by one", "by index"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few points are asked for one by one, many through an index; here both ways with few."""
    if request.param == "by index":
        monkeypatch.setattr(locate, "MOST_BY_ONE", 0)


@pytest.fixture
def two_plans(county: Engine, actor: Actor) -> Engine:
    """One plan in 2020 to 2022, another since 2023, and 400 incidents that no plan saw yet."""
    with transaction(county, actor) as connection:
        connection.execute(text("CREATE TEMPORARY SEQUENCE numbers"))
        scatter(connection, 400)
        settle(connection, OLD, valid="[2020-01-01,2023-01-01)", plan="old")
        settle(connection, NEW, valid="[2023-01-01,)", plan="new")
    return county


def test_incidents_get_the_grid_in_force_on_their_day(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        settle(connection, "AAB", valid="[2020-01-01,2023-01-01)", plan="old")
        settle(connection, "ABB", valid="[2023-01-01,)", plan="new")
        for code, day in (("before", "2019-12-31"), ("old", "2022-12-31"), ("new", "2023-01-01")):
            add_incident(connection, code, (1.5, 0.5), day)
        found = connection.execute(
            text(
                "SELECT i.code, g.code FROM incidents i LEFT JOIN grids g ON g.id = i.grid_id"
                " ORDER BY i.id"
            )
        ).all()
    assert [(code, grid and grid[-3:]) for code, grid in found] == [
        ("before", None), ("old", "001"), ("new", "002"),
    ]  # fmt: skip


def test_placing_a_layer_at_once_gives_what_point_by_point_gives(
    two_plans: Engine, actor: Actor
) -> None:
    changed = actions.place(two_plans, actor)
    with two_plans.connect() as connection:
        wrong = connection.execute(
            text(
                "SELECT code FROM incidents"
                " WHERE grid_id IS DISTINCT FROM grid_at(geom, reported_at)"
            )
        ).all()
        placed = connection.scalar(text("SELECT count(*) FROM incidents WHERE grid_id IS NOT NULL"))
        units = connection.scalar(
            text(
                "SELECT count(*) FROM incidents WHERE placement = 'in_grid'"
                " AND village_id IS NOT NULL AND township_id IS NOT NULL AND county_id IS NOT NULL"
            )
        )
    assert wrong == []
    assert placed is not None
    assert 100 < placed < 400
    assert changed == placed == units
    assert actions.place(two_plans, actor) == 0


def test_placing_some_leaves_the_others_alone(two_plans: Engine, actor: Actor) -> None:
    with transaction(two_plans, actor) as connection:
        ids = list(connection.scalars(text("SELECT id FROM incidents ORDER BY id LIMIT 200")))
        first = store.place(connection, ids)
        placed = connection.scalar(text("SELECT count(*) FROM incidents WHERE grid_id IS NOT NULL"))
        assert 0 < first == placed
        assert store.place(connection, []) == 0
        assert store.place(connection) > 0
        assert store.place(connection, ids) == 0


def test_after_grids_were_written_only_incidents_near_them_are_looked_at(
    two_plans: Engine, actor: Actor
) -> None:
    actions.place(two_plans, actor)
    third = (
        "SELECT FROM grids g WHERE right(g.code, 3) = '003'"
        " HAVING ST_SetSRID(ST_Extent(g.geom), 4490) && i.geom"
    )
    astray = (
        "UPDATE incidents SET grid_id = NULL, placement = 'outside' WHERE id IN (SELECT i.id"
        f" FROM incidents i WHERE i.grid_id IS NOT NULL AND {{}} EXISTS ({third}) LIMIT 5)"
    )
    with transaction(two_plans, actor) as connection:
        in_bulk(connection)
        for near in ("", "NOT"):
            assert connection.execute(text(astray.format(near))).rowcount == 5
    with transaction(two_plans, actor) as connection:
        assert store.place_anew(connection, EVER) == 0
        connection.execute(text("UPDATE grids SET name = name WHERE right(code, 3) = '003'"))
        assert store.place_anew(connection, date(2025, 1, 1)) == 0
        assert store.place_anew(connection, EVER) == 5
        assert store.place(connection) == 5


def test_a_plan_that_replaces_a_village_places_its_incidents_anew(
    two_plans: Engine, actor: Actor
) -> None:
    actions.place(two_plans, actor)
    with transaction(two_plans, actor) as connection:
        connection.execute(
            text(
                "UPDATE grids SET valid = daterange(lower(valid), '2024-01-01')"
                " WHERE upper_inf(valid)"
            )
        )
        settle(connection, OLD, valid="[2024-01-01,)", plan="newer")
        assert store.place_anew(connection, date(2024, 1, 1)) > 10
    with two_plans.connect() as connection:
        wrong = text(
            "SELECT count(*) FROM incidents WHERE grid_id IS DISTINCT FROM"
            " grid_at(geom, reported_at)"
        )
        assert connection.scalar(wrong) == 0


def test_an_incident_whose_grid_was_withdrawn_is_outside_again(
    two_plans: Engine, actor: Actor
) -> None:
    actions.place(two_plans, actor)
    with transaction(two_plans, actor) as connection:
        connection.execute(text("UPDATE grids SET valid = NULL"))
        store.place(connection)
        kinds = connection.scalars(text("SELECT DISTINCT placement FROM incidents")).all()
    assert kinds == ["outside"]


def test_micro_grids_are_never_the_answer(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        settle(connection, "AA")
        connection.execute(
            text(
                "INSERT INTO grids (plan_id, code, name, village_id, parent_id, kind, valid, geom)"
                " SELECT plan_id, '140929100200900', '微网格', village_id, id, 'micro', valid, geom"
                " FROM grids"
            )
        )
        add_incident(connection, "i", (0.5, 0.5))
        in_bulk(connection)
        connection.execute(text("UPDATE incidents SET grid_id = NULL, placement = 'outside'"))
        store.place(connection)
        kind = connection.scalar(
            text("SELECT g.kind FROM incidents i JOIN grids g ON g.id = i.grid_id")
        )
    assert kind == "general"


def test_premises_follow_the_plan_of_today(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        in_bulk(connection)
        for number, column in enumerate((0.5, 1.0, 1.5, 9.0)):
            add_home(connection, f"b{number}", column, 0.5)
        lon, lat = lonlat(1, 0.5)
        for table in ("assets", "organisations"):
            connection.execute(
                text(
                    f"INSERT INTO {table} (code, name, category, geom) VALUES"
                    " ('x', 'x', 'x', ST_SetSRID(ST_MakePoint(:lon, :lat), 4490))"
                ),
                {"lon": lon, "lat": lat},
            )
        connection.execute(
            text("INSERT INTO organisations (code, name, category) VALUES ('y', 'y', 'y')")
        )
        settle(connection, "BA", valid="[2020-01-01,2021-01-01)", plan="old")
        settle(connection, "AB", valid="[2021-01-01,)", plan="new")
    assert premises.place(county, actor) == {"buildings": 3, "assets": 1, "organisations": 1}
    assert premises.place(county, actor) == {"buildings": 0, "assets": 0, "organisations": 0}
    query = (
        "SELECT p.code, right(g.code, 3) FROM {} p LEFT JOIN grids g ON g.id = p.grid_id"
        " ORDER BY p.code"
    )
    with county.connect() as connection:
        found = {
            layer: [tuple(row) for row in connection.execute(text(query.format(layer)))]
            for layer in premises_store.PLACED_LAYERS
        }
    assert found == {
        "buildings": [("b0", "001"), ("b1", "001"), ("b2", "002"), ("b3", None)],
        "assets": [("x", "001")],
        "organisations": [("x", "001"), ("y", None)],
    }
