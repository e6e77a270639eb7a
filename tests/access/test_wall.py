"""The wall: as every role × scope of two counties, nothing of the other county is there."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, make_url, text

from gridmap.areas import actions as areas
from gridmap.cluster import APP, SUPERUSER, Cluster
from gridmap.db import Actor, engine_for, transaction
from gridmap.profiles import Profile
from tests.access.counties import (
    ALL,
    HERE,
    RIGHT_OF,
    THERE,
    UNITLESS,
    County,
    account_name,
    appoint,
    found,
    give,
)  # fmt: skip

Rows = dict[str, dict[str, str]]
"""By table: rows as text, and the grid (or the county) that each belongs to."""

KNOWN = {"accounts", "mandates", "layer_versions", "logins", "tokens"}
"""Of people and not of places; their own tests are beside this one."""

SCOPES = ("county", "township", "village", "grid")
ROLES = ("officer", "lead", "coordinator", "intake_clerk", "agency", "commander", "analyst",
         "auditor", "administrator")  # fmt: skip

READABLE = """
    SELECT c.relname::text, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'gridmap'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
      AND a.attnum > 0 AND NOT a.attisdropped
      AND has_column_privilege('gridmap_app', c.oid, a.attnum, 'SELECT')
    GROUP BY c.relname ORDER BY c.relname
"""
# The grid's code, or the county's, is in every planted row's own or its parent's code.
HOME = {
    "admin_units": "code", "grids": "code", "postings": "grid_code", "buildings": "code",
    "dwellings": "code", "households": "code", "residents": "code", "assets": "code",
    "organisations": "code", "incidents": "code", "grid_plans": "substr(code, 5)",
    "admin_unit_predecessors": "(SELECT code FROM admin_units u WHERE u.id = unit_id)",
    "grid_ancestors": "(SELECT code FROM grids g WHERE g.id = grid_id)",
    "incident_entries": "(SELECT code FROM incidents i WHERE i.id = incident_id)",
}  # fmt: skip


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str], kelan: Profile, actor: Actor) -> str:
    """A database with two counties and all accounts; the tests of this file only read it."""
    address = new_database()
    engine = engine_for(address)
    areas.found(engine, actor, kelan)
    found(engine, actor)
    appoint(engine, actor)
    engine.dispose()
    return address


@pytest.fixture(scope="module")
def owner(url: str) -> Iterator[Engine]:
    engine = engine_for(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def app_engine(url: str) -> Iterator[Engine]:
    """The database as the application enters it."""
    engine = engine_for(url, role=APP)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def readable(owner: Engine) -> dict[str, str]:
    """By table and view: the columns the application may read."""
    with owner.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text(READABLE))}


@pytest.fixture(scope="module")
def planted(owner: Engine, readable: dict[str, str]) -> Rows:
    """Every planted row as the owner sees it, with the code of where it belongs."""
    rows: Rows = {}
    with owner.connect() as connection:
        for table, home in HOME.items():
            found = connection.execute(
                text(f"SELECT row({readable[table]})::text, {home} FROM gridmap.{table}")
            )
            rows[table] = {row[0]: row[1] for row in found}
            assert len(rows[table]) >= 2, table
    return rows


def seen_by(engine: Engine, account: str, readable: dict[str, str]) -> dict[str, set[str]]:
    with transaction(engine, Actor(account)) as connection:
        return {
            table: set(
                connection.scalars(text(f"SELECT row({columns})::text FROM gridmap.{table}"))
            )
            for table, columns in readable.items()
        }


def rights_of(owner: Engine, role: str) -> set[str]:
    with owner.connect() as connection:
        query = text("SELECT right_ FROM role_rights WHERE role = :role")
        return set(connection.scalars(query, {"role": role}))


def within(table: str, county: County, scope: str, home: str) -> bool:
    """Whether a row that belongs to `home` is for somebody with this scope."""
    if RIGHT_OF[table] == "territory":
        return home.startswith(county.code)
    unit, grid = county.scopes()[scope]
    return home[:15] == grid if grid else home.startswith(str(unit))


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("county", [HERE, THERE], ids=["here", "there"])
@pytest.mark.parametrize("role", ROLES)
def test_what_rows_there_are(
    role: str, county: County, scope: str,
    owner: Engine, app_engine: Engine, readable: dict[str, str], planted: Rows,
) -> None:  # fmt: skip
    rights = rights_of(owner, role)
    seen = seen_by(app_engine, account_name(role, county, scope), readable)
    for table, rows in planted.items():
        wanted = {
            row for row, home in rows.items()
            if RIGHT_OF[table] in rights and within(table, county, scope, home)
        }  # fmt: skip
        assert seen[table] == wanted, table
        assert wanted or RIGHT_OF[table] not in rights, table
    others = set(seen) - set(planted) - UNITLESS - KNOWN
    assert others == set(), "a table that this test does not know"
    managed = len(ROLES) * (2 * len(SCOPES) + 1) + 1
    assert len(seen["accounts"]) == (managed if "manage" in rights else 1)
    assert len(seen["mandates"]) == len(seen["accounts"])


@pytest.mark.parametrize("role", ROLES)
def test_everywhere_is_everything_of_the_role(
    role: str, owner: Engine, app_engine: Engine, readable: dict[str, str], planted: Rows
) -> None:
    rights = rights_of(owner, role)
    seen = seen_by(app_engine, account_name(role, None, ALL), readable)
    for table, rows in planted.items():
        assert seen[table] == (set(rows) if RIGHT_OF[table] in rights else set()), table


FUNCTIONS = {
    "SELECT code FROM grids WHERE id IN (SELECT grids_of('premises'))",
    "SELECT code FROM admin_units WHERE id IN (SELECT units_in_sight())",
    "SELECT i.code FROM incident_grids() f JOIN incidents i USING (id)",
    "SELECT id::text FROM incident_grids()",
    "SELECT id::text FROM building_grids(NULL)",
    "SELECT id::text FROM asset_grids(NULL)",
    "SELECT id::text FROM organisation_grids(NULL)",
    f"SELECT grid_at(st_setsrid(st_makepoint({THERE.west + 0.05}, 38.75), 4490), now())::text",
    "SELECT area_m2::text FROM grids ORDER BY geom <-> st_setsrid(st_makepoint(112.5, 38.7), 4490)",
    "SELECT coalesce(m.unit_code, m.grid_code) FROM mandates_for('territory') m",
}


@pytest.mark.parametrize("statement", sorted(FUNCTIONS))
@pytest.mark.parametrize("role", ROLES)
def test_functions_answer_for_what_is_seen_only(
    role: str, statement: str, app_engine: Engine, owner: Engine, url: str
) -> None:
    """The same answer as in a database that holds the actor's county alone would give."""
    account = account_name(role, HERE, "county")
    with transaction(app_engine, Actor(account)) as connection:
        answers = list(connection.scalars(text(statement)))
    with owner.connect() as connection:
        theirs = {
            str(value)
            for table in ("incidents", "buildings", "assets", "organisations")
            for value in connection.scalars(
                text(f"SELECT id FROM {table} WHERE code LIKE '{THERE.code}%'")
            )
        } if "id::text" in statement else set()  # fmt: skip
    assert not {answer for answer in answers if answer in theirs}
    assert not [answer for answer in answers if str(answer).startswith(THERE.code)]
    if "grid_at" in statement:
        assert answers == [None]


def test_every_function_that_can_be_called_is_asked_or_tells_nothing(owner: Engine) -> None:
    with owner.connect() as connection:
        names = set(
            connection.scalars(
                text(
                    "SELECT proname FROM pg_proc WHERE pronamespace = 'gridmap'::regnamespace"
                    " AND prorettype <> 'trigger'::regtype"
                    " AND has_function_privilege('gridmap_app', oid, 'EXECUTE')"
                )
            )
        )
    asked = {name for name in names if any(f"{name}(" in statement for statement in FUNCTIONS)}
    # Of the actor alone, of the arguments alone, of the deployment, or small counts hidden.
    telling_nothing = {
        "actor", "has_right", "sees_all", "sight", "day_of", "area_m2", "whole", "covers_point",
        "covers_exactly", "audit_text", "note_layer_change", "next_incident_code", "hide_small",
        "hidden_room", "units_of", "published_figures",
    }  # fmt: skip
    # Of whoever brings a name, a cookie or a token; see test_login.py, test_accounts.py.
    telling_nothing |= {
        "actor_id", "credentials", "read_login", "read_token", "demo_accounts", "begin_attempt",
        "take_back_attempt", "open_login", "end_login", "end_other_logins", "set_password",
        "offer_code", "offered_code", "confirm_code", "use_code", "use_recovery_code",
        "remove_code", "make_token", "revoke_token",
    }  # fmt: skip
    assert names - asked - telling_nothing == set()


def test_every_table_has_a_policy_every_view_asks_as_its_reader_every_definer_is_closed(
    owner: Engine,
) -> None:
    with owner.connect() as connection:
        open_tables = list(
            connection.scalars(
                text(
                    "SELECT relname FROM pg_class c WHERE relnamespace = 'gridmap'::regnamespace"
                    " AND relkind IN ('r', 'p') AND (NOT relrowsecurity OR NOT EXISTS"
                    " (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))"
                )
            )
        )
        open_views = list(
            connection.scalars(
                text(
                    "SELECT relname FROM pg_class WHERE relnamespace = 'gridmap'::regnamespace"
                    " AND (relkind = 'm' OR relkind = 'v'"
                    " AND NOT coalesce('security_invoker=true' = ANY (reloptions), false))"
                )
            )
        )
        open_definers = list(
            connection.scalars(
                text(
                    "SELECT proname FROM pg_proc WHERE pronamespace = 'gridmap'::regnamespace"
                    " AND prosecdef AND NOT coalesce(array_to_string(proconfig, ',')"
                    " LIKE 'search_path=pg_catalog, gridmap, public, pg_temp%', false)"
                )
            )
        )
    assert (open_tables, open_views, open_definers) == ([], [], [])


def test_a_mandate_holds_on_its_days_only_and_a_disabled_account_has_none(
    owner: Engine, app_engine: Engine, actor: Actor
) -> None:
    with transaction(owner, actor) as connection:
        give(connection, "past", "officer", HERE.code, None, "[2020-01-01,2021-01-01)")
        give(connection, "coming", "officer", HERE.code, None, "[2999-01-01,)")
        give(connection, "now", "officer", HERE.code, None, "[2020-01-01,2999-01-01)")
        give(connection, "gone", "officer", HERE.code, None)
        connection.execute(text("UPDATE accounts SET disabled_at = now() WHERE name = 'gone'"))
    counted = text("SELECT count(*) FROM buildings")
    try:
        for account, number in (("past", 0), ("coming", 0), ("gone", 0), ("nobody", 0), ("now", 4)):
            with transaction(app_engine, Actor(account)) as connection:
                assert connection.scalar(counted) == number, account
    finally:
        with transaction(owner, actor) as connection:
            here = "account_id IN (SELECT id FROM accounts WHERE name NOT LIKE '%-%')"
            keep = "account_id <> (SELECT id FROM accounts WHERE name = 'administrator')"
            connection.execute(text(f"DELETE FROM mandates WHERE {here} AND {keep}"))
            connection.execute(
                text(
                    "DELETE FROM accounts WHERE name NOT LIKE '%-%' AND name <> 'administrator'"
                )
            )  # fmt: skip


def test_a_token_has_no_right_that_it_was_not_given(app_engine: Engine) -> None:
    account = account_name("officer", HERE, "county")
    for rights, buildings, incidents in (
        (None, 4, 4), (frozenset({"premises"}), 4, 0), (frozenset[str](), 0, 0),
        (frozenset({"manage", "incidents"}), 0, 4),
    ):  # fmt: skip
        with transaction(app_engine, Actor(account, rights=rights)) as connection:
            found = connection.execute(
                text(
                    "SELECT (SELECT count(*) FROM buildings), (SELECT count(*) FROM incidents),"
                    " (SELECT count(*) FROM accounts)"
                )
            ).one()
        assert tuple(found) == (buildings, incidents, 1)


def test_nobody_reads_without_saying_who(app_engine: Engine) -> None:
    with pytest.raises(Exception, match="nobody acts"), app_engine.begin() as connection:
        connection.execute(text("SELECT * FROM grids"))


@contextmanager
def own_login(cluster: Cluster, url: str, name: str) -> Iterator[psycopg.Connection[Any]]:
    """A login of a person's own; here the superuser steps into it, for want of a password."""
    database = str(make_url(url).database)
    with psycopg.connect(cluster.url(SUPERUSER, database), autocommit=True) as connection:
        connection.execute(f'CREATE ROLE "{name}" LOGIN IN ROLE gridmap_reader')
        try:
            connection.execute(f'SET SESSION AUTHORIZATION "{name}"')
            yield connection
        finally:
            connection.execute("RESET SESSION AUTHORIZATION")
            connection.execute(f'DROP ROLE "{name}"')


def test_a_login_of_ones_own_acts_under_its_name_whatever_it_says(
    cluster: Cluster, url: str, readable: dict[str, str], app_engine: Engine
) -> None:
    name = account_name("analyst", HERE, "township")
    wanted = seen_by(app_engine, name, readable)
    with own_login(cluster, url, name) as connection:
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
    statement: str, app_engine: Engine
) -> None:
    told: list[str] = []
    with (
        transaction(app_engine, Actor(account_name("analyst", HERE, "county"))) as connection,
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
    app_engine: Engine, owner: Engine
) -> None:
    account = Actor(account_name("officer", HERE, "grid"))
    lon = HERE.west + 0.35
    insert = text(
        "INSERT INTO incidents (code, reported_at, category, geom) VALUES (next_incident_code("
        "current_date), now(), 'safety', st_setsrid(st_makepoint(:lon, 38.75), 4490))"
        " RETURNING placement, (SELECT g.code FROM grids g WHERE g.id = grid_id)"
    )
    with transaction(app_engine, account) as connection:
        assert tuple(connection.execute(insert, {"lon": lon}).one()) == ("in_grid", HERE.grids[3])
        assert connection.scalar(text("SELECT count(*) FROM incidents")) == 2
        connection.rollback()
    with (
        pytest.raises(Exception, match="row-level security"),
        transaction(app_engine, account) as connection,
    ):
        connection.execute(insert, {"lon": THERE.west + 0.05})
    with (
        pytest.raises(Exception, match="row-level security"),
        transaction(app_engine, Actor(account_name("agency", HERE, "county"))) as connection,
    ):
        connection.execute(insert, {"lon": lon})


def test_the_grid_of_a_home_follows_its_building(owner: Engine, actor: Actor) -> None:
    chain = text(
        "SELECT b.grid_id, d.grid_id, h.grid_id, r.grid_id FROM buildings b"
        " JOIN dwellings d ON d.building_id = b.id JOIN households h ON h.dwelling_id = d.id"
        " JOIN residents r ON r.household_id = h.id WHERE b.code = :code"
    )
    code = {"code": f"{HERE.grids[0]}B"}
    with transaction(owner, actor) as connection:
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


def test_json_of_a_row_is_no_way_round(app_engine: Engine) -> None:
    for statement in (
        "SELECT to_jsonb(r) FROM residents r",
        "SELECT query_to_xml('SELECT name FROM gridmap.residents', true, false, '')",
        "SELECT table_to_xml('gridmap.audit_entries', true, false, '')",
    ):
        with (
            pytest.raises(Exception, match="permission denied"),
            transaction(app_engine, Actor(account_name("analyst", HERE, "county"))) as connection,
        ):
            print(json.dumps(list(connection.scalars(text(statement)))))
