"""Ways round the wall: logins of one's own, conditions that tell, forged names, moved homes."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from gridmap.cluster import SUPERUSER, Cluster
from gridmap.db import Actor, transaction
from tests.access.counties import (
    HERE,
    THERE,
    County,
    account_name,
    seen_by,
)  # fmt: skip


def test_nobody_reads_without_saying_who(walled_app: Engine) -> None:
    with pytest.raises(Exception, match="nobody acts"), walled_app.begin() as connection:
        connection.execute(text("SELECT * FROM grids"))


@contextmanager
def own_login(cluster: Cluster, walled_url: str, name: str) -> Iterator[psycopg.Connection[Any]]:
    """A login of a person's own; here the superuser steps into it, for want of a password."""
    database = str(make_url(walled_url).database)
    with psycopg.connect(cluster.url(SUPERUSER, database), autocommit=True) as connection:
        connection.execute(f'CREATE ROLE "{name}" LOGIN IN ROLE gridmap_reader')
        try:
            connection.execute(f'SET SESSION AUTHORIZATION "{name}"')
            yield connection
        finally:
            connection.execute("RESET SESSION AUTHORIZATION")
            connection.execute(f'DROP ROLE "{name}"')


def test_a_login_of_ones_own_acts_under_its_name_whatever_it_says(
    cluster: Cluster, walled_url: str, readable: dict[str, str], walled_app: Engine
) -> None:
    name = account_name("analyst", HERE, "township")
    wanted = seen_by(walled_app, name, readable)
    with own_login(cluster, walled_url, name) as connection:
        connection.execute("SELECT set_config('gridmap.actor', 'administrator', false)")
        for table, columns in readable.items():
            rows = connection.execute(f"SELECT row({columns})::text FROM gridmap.{table}")
            assert {row[0] for row in rows} == wanted[table], table
        for statement in (
            "SELECT name FROM gridmap.residents",
            "SET ROLE gridmap_app",
            "SET ROLE gridmap",
            "INSERT INTO gridmap.incidents (code, reported_at, category) VALUES ('x', now(), 'y')",
            "UPDATE gridmap.mandates SET unit_code = NULL",
            "SET row_security = off; SELECT * FROM gridmap.buildings",
        ):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement)


LEAKS = (
    # A function that tells what it is given runs behind the wall, not before it.
    "SELECT count(*) FROM buildings WHERE tell(code)",
    "SELECT count(*) FROM buildings WHERE tell(name)",
    "SELECT count(*) FROM incidents WHERE tell(description)",
    "SELECT count(*) FROM buildings WHERE tell(code)"
    " AND geom && st_makeenvelope(99, 30, 120, 40, 4490)",
    "SELECT count(*) FROM incidents i JOIN buildings b ON tell(b.code) AND tell(i.code)",
)


@pytest.mark.parametrize("statement", LEAKS)
def test_a_condition_that_tells_what_it_sees_sees_nothing_of_the_others(
    statement: str, walled_app: Engine
) -> None:
    told: list[str] = []
    with (
        transaction(walled_app, Actor(account_name("analyst", HERE, "county"))) as connection,
        closing(connection.connection.cursor()),
    ):
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        driver.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
        connection.execute(
            text(
                "CREATE FUNCTION pg_temp.tell(it text) RETURNS boolean LANGUAGE plpgsql COST 0.0001"
                " AS $$ BEGIN RAISE NOTICE '%', it; RETURN true; END $$"
            )
        )
        connection.execute(text(statement.replace("tell(", "pg_temp.tell(")))
        connection.rollback()
    assert told
    assert not [line for line in told if THERE.code in line or THERE.mark in line]


def test_a_report_is_placed_wherever_it_lies_and_seen_by_its_writer(
    walled_app: Engine, walled_owner: Engine
) -> None:
    account = Actor(account_name("officer", HERE, "grid"))
    lon = HERE.west + 0.35
    insert = text(
        "INSERT INTO incidents (code, reported_at, category, geom) VALUES (next_incident_code("
        "current_date), now(), 'safety', st_setsrid(st_makepoint(:lon, 38.75), 4490))"
        " RETURNING placement, (SELECT g.code FROM grids g WHERE g.id = grid_id)"
    )
    with transaction(walled_app, account) as connection:
        assert tuple(connection.execute(insert, {"lon": lon}).one()) == ("in_grid", HERE.grids[3])
        assert connection.scalar(text("SELECT count(*) FROM incidents")) == 2
        connection.rollback()
    with (
        pytest.raises(Exception, match="row-level security"),
        transaction(walled_app, account) as connection,
    ):
        connection.execute(insert, {"lon": THERE.west + 0.05})
    with (
        pytest.raises(Exception, match="row-level security"),
        transaction(walled_app, Actor(account_name("agency", HERE, "county"))) as connection,
    ):
        connection.execute(insert, {"lon": lon})


def test_the_grid_of_a_home_follows_its_building(walled_owner: Engine, actor: Actor) -> None:
    chain = text(
        "SELECT b.grid_id, d.grid_id, h.grid_id, r.grid_id FROM buildings b"
        " JOIN dwellings d ON d.building_id = b.id JOIN households h ON h.dwelling_id = d.id"
        " JOIN residents r ON r.household_id = h.id WHERE b.code = :code"
    )
    code = {"code": f"{HERE.grids[0]}B"}
    with transaction(walled_owner, actor) as connection:
        first = connection.execute(chain, code).one()
        assert len(set(first)) == 1
        connection.execute(
            text(
                "UPDATE buildings SET geom = st_setsrid(st_makepoint(:lon, 38.75), 4490)"
                " WHERE code = :code"
            ),
            {**code, "lon": HERE.west + 0.15},
        )
        second = connection.execute(chain, code).one()
        assert len(set(second)) == 1 and second[0] != first[0] and second[0] is not None
        connection.execute(
            text("UPDATE households SET dwelling_id = NULL WHERE code LIKE :h"),
            {"h": f"{HERE.grids[0]}%"},
        )
        left = connection.execute(
            text("SELECT grid_id FROM residents WHERE code = :p"), {"p": f"{HERE.grids[0]}P"}
        ).scalar_one()
        assert left is None
        connection.rollback()


def test_json_of_a_row_is_no_way_round(walled_app: Engine) -> None:
    for statement in (
        "SELECT to_jsonb(r) FROM residents r",
        "SELECT query_to_xml('SELECT name FROM gridmap.residents', true, false, '')",
        "SELECT table_to_xml('gridmap.passwords', true, false, '')",
    ):
        with (
            pytest.raises(Exception, match="permission denied"),
            transaction(walled_app, Actor(account_name("analyst", HERE, "county"))) as connection,
        ):
            print(json.dumps(list(connection.scalars(text(statement)))))


@pytest.mark.parametrize(
    ("role", "county", "scope", "plan", "may"),
    [
        ("coordinator", HERE, "township", "network", True),
        ("coordinator", HERE, "county", "network", True),
        ("coordinator", HERE, "village", "network", False),
        ("coordinator", HERE, "county", "draft", False),
        ("coordinator", THERE, "county", "network", False),
        ("commander", HERE, "county", "network", False),
    ],
)
def test_grids_come_into_a_network_only_by_those_who_edit_plans_of_its_whole_unit(
    walled_owner: Engine,
    walled_app: Engine,
    role: str,
    county: County,
    scope: str,
    plan: str,
    may: bool,
) -> None:
    insert = text(
        "INSERT INTO network_grids (plan_id, code, geom) VALUES (:plan, 'new',"
        " 'SRID=4490;MULTIPOLYGON(((111.5 38.7,111.6 38.7,111.6 38.8,111.5 38.7)))')"
    )
    with walled_owner.connect() as connection:
        found = text("SELECT id FROM grid_plans WHERE code = :code")
        number = connection.scalar(found, {"code": f"plan{HERE.code}{plan}"})
    with walled_app.connect() as connection:
        actor = text("SELECT set_config('gridmap.actor', :name, true)")
        connection.execute(actor, {"name": account_name(role, county, scope)})
        if may:
            connection.execute(insert, {"plan": number})
        else:
            with pytest.raises(ProgrammingError, match="row-level security"):
                connection.execute(insert, {"plan": number})
        connection.rollback()
