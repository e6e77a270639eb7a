"""The wall: as every role × scope of two counties, nothing of the other county is there."""

import pytest
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from tests.access.counties import (
    ALL,
    HERE,
    RIGHT_OF,
    ROLES,
    THERE,
    UNITLESS,
    County,
    account_name,
    give,
    seen_by,
)  # fmt: skip

Rows = dict[str, dict[str, str]]
"""By table: rows as text, and the grid (or the county) that each belongs to."""

KNOWN = {"accounts", "mandates", "layer_versions", "logins", "tokens", "audit_entries"}
"""Of people and not of places; their own tests are beside this one."""

SCOPES = ("county", "township", "village", "grid")
NONE = {("plan_proposals", "grid")}
"""A draft is of whole villages: nobody draws in one whose scope is a grid."""

# The grid's code, or the county's, is in every planted row's own or its parent's code.
HOME = {
    "admin_units": "code", "grids": "code", "postings": "grid_code", "buildings": "code",
    "dwellings": "code", "households": "code", "residents": "code", "assets": "code",
    "organisations": "code", "incidents": "code", "grid_plans": "substr(code, 5)",
    "admin_unit_predecessors": "(SELECT code FROM admin_units u WHERE u.id = unit_id)",
    "grid_ancestors": "(SELECT code FROM grids g WHERE g.id = grid_id)",
    "plan_operations": "(SELECT code FROM admin_units u WHERE u.id = village_id)",
    "plan_villages": "(SELECT code FROM admin_units u WHERE u.id = village_id)",
    "plan_proposals": "(SELECT u.code FROM grid_plans p JOIN admin_units u ON u.id = p.unit_id"
    " WHERE p.id = plan_id)",
    "network_grids": "(SELECT u.code FROM grid_plans p JOIN admin_units u ON u.id = p.unit_id"
    " WHERE p.id = plan_id)",
    "incident_entries": "(SELECT code FROM incidents i WHERE i.id = incident_id)",
}  # fmt: skip


@pytest.fixture(scope="module")
def planted(walled_owner: Engine, readable: dict[str, str]) -> Rows:
    """Every planted row as the walled_owner sees it, with the code of where it belongs."""
    rows: Rows = {}
    with walled_owner.connect() as connection:
        for table, home in HOME.items():
            found = connection.execute(
                text(f"SELECT row({readable[table]})::text, {home} FROM gridmap.{table}")
            )
            rows[table] = {row[0]: row[1] for row in found}
            assert len(rows[table]) >= 2, table
    return rows


def rights_of(walled_owner: Engine, role: str) -> set[str]:
    with walled_owner.connect() as connection:
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
    walled_owner: Engine, walled_app: Engine, readable: dict[str, str], planted: Rows,
) -> None:  # fmt: skip
    rights = rights_of(walled_owner, role)
    seen = seen_by(walled_app, account_name(role, county, scope), readable)
    for table, rows in planted.items():
        wanted = {
            row for row, home in rows.items()
            if RIGHT_OF[table] in rights and within(table, county, scope, home)
        }  # fmt: skip
        assert seen[table] == wanted, table
        assert wanted or RIGHT_OF[table] not in rights or (table, scope) in NONE, table
    others = set(seen) - set(planted) - UNITLESS - KNOWN
    assert others == set(), "a table that this test does not know"
    managed = len(ROLES) * (2 * len(SCOPES) + 1) + 1
    assert len(seen["accounts"]) == (managed if "manage" in rights else 1)
    assert len(seen["mandates"]) == len(seen["accounts"])


@pytest.mark.parametrize("role", ROLES)
def test_everywhere_is_everything_of_the_role(
    role: str, walled_owner: Engine, walled_app: Engine, readable: dict[str, str], planted: Rows
) -> None:
    rights = rights_of(walled_owner, role)
    seen = seen_by(walled_app, account_name(role, None, ALL), readable)
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
    f"SELECT code FROM residents_of_grid('{THERE.grids[0]}', NULL, 9)",
    "SELECT code FROM residents_by_index('id_number', ARRAY['index'::bytea])",
    "SELECT split_part(name, '-', 2) FROM accounts_below('audit') name",
    f"SELECT '{THERE.code}' FROM unmask_resident('{THERE.grids[0]}P', '{{name}}', '入户走访')",
}


@pytest.mark.parametrize("statement", sorted(FUNCTIONS))
@pytest.mark.parametrize("role", ROLES)
def test_functions_answer_for_what_is_seen_only(
    role: str, statement: str, walled_app: Engine, walled_owner: Engine, walled_url: str
) -> None:
    """The same answer as in a database that holds the actor's county alone would give."""
    account = account_name(role, HERE, "county")
    with transaction(walled_app, Actor(account)) as connection:
        answers = list(connection.scalars(text(statement)))
    with walled_owner.connect() as connection:
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


def test_every_function_that_can_be_called_is_asked_or_tells_nothing(walled_owner: Engine) -> None:
    with walled_owner.connect() as connection:
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
        "hidden_room", "units_of", "published_figures", "masked_name", "may_leave_record",
        "reaches", "keys_in_use", "open_drafts", "settle", "activate_plan", "holds",
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
    walled_owner: Engine,
) -> None:
    with walled_owner.connect() as connection:
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
    walled_owner: Engine, walled_app: Engine, actor: Actor
) -> None:
    with transaction(walled_owner, actor) as connection:
        give(connection, "past", "officer", HERE.code, None, "[2020-01-01,2021-01-01)")
        give(connection, "coming", "officer", HERE.code, None, "[2999-01-01,)")
        give(connection, "now", "officer", HERE.code, None, "[2020-01-01,2999-01-01)")
        give(connection, "gone", "officer", HERE.code, None)
        connection.execute(text("UPDATE accounts SET disabled_at = now() WHERE name = 'gone'"))
    counted = text("SELECT count(*) FROM buildings")
    try:
        for account, number in (("past", 0), ("coming", 0), ("gone", 0), ("nobody", 0), ("now", 4)):
            with transaction(walled_app, Actor(account)) as connection:
                assert connection.scalar(counted) == number, account
    finally:
        with transaction(walled_owner, actor) as connection:
            here = "account_id IN (SELECT id FROM accounts WHERE name NOT LIKE '%-%')"
            keep = "account_id <> (SELECT id FROM accounts WHERE name = 'administrator')"
            connection.execute(text(f"DELETE FROM mandates WHERE {here} AND {keep}"))
            connection.execute(
                text(
                    "DELETE FROM accounts WHERE name NOT LIKE '%-%' AND name <> 'administrator'"
                )
            )  # fmt: skip


def test_a_token_has_no_right_that_it_was_not_given(walled_app: Engine) -> None:
    account = account_name("officer", HERE, "county")
    for rights, buildings, incidents in (
        (None, 4, 4), (frozenset({"premises"}), 4, 0), (frozenset[str](), 0, 0),
        (frozenset({"manage", "incidents"}), 0, 4),
    ):  # fmt: skip
        with transaction(walled_app, Actor(account, rights=rights)) as connection:
            found = connection.execute(
                text(
                    "SELECT (SELECT count(*) FROM buildings), (SELECT count(*) FROM incidents),"
                    " (SELECT count(*) FROM accounts)"
                )
            ).one()
        assert tuple(found) == (buildings, incidents, 1)
