"""What the application's own login may do in the database: what SECURITY.md says, and no more."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, make_url, text

from gridmap import schema
from gridmap.access.actions import verify_trail
from gridmap.access.tables import RIGHTS as RIGHTS_OF_ROLES
from gridmap.app import create_app
from gridmap.cluster import APP, Cluster
from gridmap.db import Actor, transaction
from gridmap.settings import Settings
from tests.access.conftest import make_person
from tests.entering import log_in

SECURITY = Path(__file__).parents[2] / "SECURITY.md"
RIGHTS = text(
    "SELECT c.relname AS name, p.kind,"
    " has_table_privilege(:app, c.oid, p.kind) AS whole,"
    " (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a"
    "  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    "  AND p.kind IN ('SELECT', 'INSERT', 'UPDATE')"
    "  AND has_column_privilege(:app, c.oid, a.attnum,"
    "   CASE WHEN p.kind IN ('SELECT', 'INSERT', 'UPDATE') THEN p.kind ELSE 'SELECT' END)) AS some"
    " FROM pg_class c CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE',"
    " 'REFERENCES', 'TRIGGER']) AS p(kind)"
    " WHERE c.relnamespace = 'gridmap'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f')"
    " ORDER BY c.relname, p.kind"
)

POLICIES = text(
    "SELECT tablename, cmd, coalesce(qual, with_check) AS rule FROM pg_policies"
    " WHERE schemaname = 'gridmap' ORDER BY tablename, cmd"
)


@pytest.fixture
def app_login(cluster: Cluster, database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The test's database, entered as the application enters it."""
    name = make_url(database).database
    assert name is not None
    with psycopg.connect(cluster.url(APP, name), autocommit=True) as connection:
        connection.execute("SELECT set_config('gridmap.actor', 'somebody', false)")
        yield connection


WRITES = ("SELECT", "INSERT", "UPDATE", "DELETE")
DRAFTS = {"grid_plans", "grids", "plan_proposals"}
"""The tables in which the application changes and removes rows: drafts, as the policies say."""


def read_rights(engine: Engine) -> dict[str, dict[str, str]]:
    """By table: what may be read, inserted, changed, removed; anything else must not be there."""
    told: dict[str, dict[str, str]] = {}
    with engine.connect() as connection:
        for row in connection.execute(RIGHTS, {"app": APP}):
            here = told.setdefault(row.name, dict.fromkeys(WRITES, "—"))
            if row.kind not in here or (
                row.kind in ("UPDATE", "DELETE") and row.name not in DRAFTS
            ):
                assert not row.whole, f"{APP} may {row.kind} {row.name}"
                assert row.kind != "UPDATE" or not row.some, f"{APP} may update {row.name}"
            elif row.whole:
                here[row.kind] = "all"
            elif row.some:
                here[row.kind] = ", ".join(row.some)
    return told


def needed(rule: str) -> str:
    """In the words of SECURITY.md: the right that a policy asks for."""
    if rule == "true":
        return "anybody"
    rights = re.findall(r"(?:sees_all|has_right|grids_of|units_of)\('(\w+)'", rule)
    rights += ["territory"] if "units_in_sight()" in rule else []
    rights += ["one's own"] if "actor()" in rule or "actor_id()" in rule else []
    above = re.findall(r"FROM (?:gridmap\.)?(\w+) \w+\s+WHERE", rule)
    told = ", ".join(dict.fromkeys([*rights, *(f"that of its `{table}`" for table in above)]))
    assert told, rule
    return told


def read_policies(engine: Engine) -> dict[str, dict[str, str]]:
    """By table: which right shows a row (SELECT) and lets one be added (INSERT)."""
    told: dict[str, dict[str, str]] = {}
    with engine.connect() as connection:
        for row in connection.execute(POLICIES):
            told.setdefault(row.tablename, {})[row.cmd] = needed(row.rule)
    return told


def table_of(heading: str) -> list[list[str]]:
    """The rows of the table under a heading of SECURITY.md, its head left out."""
    part = SECURITY.read_text("utf-8").split(f"{heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.mark.parametrize(
    ("heading", "kinds"),
    [
        ("## What the application's login may do", ("SELECT", "INSERT")),
        ("### Drafts", ("UPDATE", "DELETE")),
    ],
)
def test_the_rights_are_those_that_security_md_tells(
    engine: Engine, heading: str, kinds: tuple[str, ...]
) -> None:
    policies = read_policies(engine)
    there = [
        [
            f"`{name}`",
            *(rights[kind] for kind in kinds),
            *(policies.get(name, {}).get(kind, "—") for kind in kinds),
        ]
        for name, rights in read_rights(engine).items()
        if "SELECT" in kinds or name in DRAFTS
    ]
    told = "\n".join("| " + " | ".join(row) + " |" for row in there)
    assert table_of(heading) == there, f"it is now:\n{told}"


def test_the_roles_are_those_that_security_md_tells(engine: Engine) -> None:
    with engine.connect() as connection:
        pairs = set(map(tuple, connection.execute(text("SELECT role, right_ FROM role_rights"))))
        roles = list(connection.scalars(text("SELECT code FROM roles ORDER BY code")))
    there = [
        [f"`{right}`", *("x" if (role, right) in pairs else "" for role in roles)]
        for right in RIGHTS_OF_ROLES
    ]
    told = "\n".join("| " + " | ".join(row) + " |" for row in [["right", *roles], *there])
    assert [row[:1] + row[2:] for row in table_of("## Roles and rights")] == there, (
        f"it is now:\n{told}"
    )


def test_the_login_owns_nothing_and_bypasses_nothing(
    app_login: psycopg.Connection[tuple[object, ...]],
) -> None:
    found = app_login.execute(
        "SELECT session_user::text, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
        " OR rolreplication, (SELECT count(*) FROM pg_class WHERE relowner = r.oid)"
        " + (SELECT count(*) FROM pg_proc WHERE proowner = r.oid)"
        " + (SELECT count(*) FROM pg_auth_members WHERE member = r.oid)"
        " FROM pg_roles r WHERE rolname = session_user"
    ).fetchone()
    assert found == (APP, False, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT name FROM gridmap.residents",
        "SELECT birth_year FROM gridmap.residents",
        "SELECT phone_sealed, phone_index FROM gridmap.residents LIMIT 1",
        "SELECT id_number_sealed, id_number_index FROM gridmap.residents LIMIT 1",
        "SELECT r FROM gridmap.residents r",
        "COPY gridmap.residents TO STDOUT",
        "SELECT * FROM gridmap.audit_seals",
        "DELETE FROM gridmap.audit_entries",
        "INSERT INTO gridmap.audit_entries (action, subject, actor) VALUES ('a', 'b', 'other')",
        "INSERT INTO gridmap.audit_seals VALUES (1, 1, '')",
        "INSERT INTO gridmap.layer_changes (layer) VALUES ('grids')",
        "UPDATE gridmap.grids SET valid = NULL",
        "UPDATE gridmap.grids SET plan_id = 1",
        "UPDATE gridmap.grid_plans SET state = 'active'",
        "UPDATE gridmap.plan_operations SET kind = 'edit'",
        "DELETE FROM gridmap.plan_operations",
        "UPDATE gridmap.network_grids SET code = '1'",
        "DELETE FROM gridmap.network_grids",
        "UPDATE gridmap.grid_plans SET network = NULL",
        "UPDATE gridmap.plan_proposals SET plan_id = 1",
        "UPDATE gridmap.plan_proposals SET asked = '{}'",
        "UPDATE gridmap.incidents SET status = 'closed'",
        "DELETE FROM gridmap.incidents",
        "TRUNCATE gridmap.buildings",
        "DROP TABLE gridmap.incidents",
        "ALTER TABLE gridmap.incidents DISABLE TRIGGER ALL",
        "CREATE TABLE gridmap.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE FUNCTION gridmap.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE gridmap",
        "SET session_replication_role = replica",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/hostname')",
    ],
)
def test_what_is_not_granted_is_refused(
    app_login: psycopg.Connection[tuple[object, ...]], statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        app_login.execute(statement)


def test_a_line_of_the_trail_is_there_for_those_who_may_audit(
    app_login: psycopg.Connection[tuple[object, ...]], engine: Engine
) -> None:
    make_person(engine, "qian", "auditor")
    found = {}
    for account in ("somebody", "nobody", "qian"):
        app_login.execute("SELECT set_config('gridmap.actor', %s, false)", [account])
        row = app_login.execute("SELECT count(*) FROM gridmap.audit_entries").fetchone()
        assert row is not None
        found[account] = row[0]
    with engine.connect() as connection:
        lines = connection.scalar(text("SELECT count(*) FROM audit_entries"))
    assert found == {"somebody": 0, "nobody": 0, "qian": lines}
    assert lines


def test_a_table_that_comes_new_is_closed(
    app_login: psycopg.Connection[tuple[object, ...]], engine: Engine, settings: Settings
) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE gridmap.secrets (id int)"))
        connection.execute(text(f"GRANT SELECT ON gridmap.secrets TO {APP}"))
    app_login.execute("SELECT * FROM gridmap.secrets")
    schema.migrate(settings, str(settings.database_url))
    with pytest.raises(InsufficientPrivilege):
        app_login.execute("SELECT * FROM gridmap.secrets")


def test_the_web_app_reports_under_this_login_and_leaves_its_sealed_line(
    county: Engine, settings: Settings, actor: Actor
) -> None:
    app = create_app(settings)
    with app.state.engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == APP
    report = {
        "channel": "patrol",
        "category": "safety",
        "subcategory": "fire_hazard",
        "description": "路面塌陷",
        "lon": 111.57,
        "lat": 38.7,
    }
    with log_in(app) as client:
        answer = client.post("/api/incidents", json=report)
    assert answer.status_code == 201, answer.text
    with transaction(county, actor) as connection:
        lines = connection.execute(
            text("SELECT actor, action FROM audit_entries WHERE subject = 'incidents'")
        ).all()
    assert lines == [(actor.account, "insert")]
    verdict = verify_trail(county, actor)
    assert verdict.ok
    assert verdict.lines >= 2


def test_a_login_that_may_not_act_as_the_application_is_told_what_to_do(
    cluster: Cluster, database: str, home: Path
) -> None:
    name = make_url(database).database
    with psycopg.connect(cluster.url("postgres", str(name)), autocommit=True) as connection:
        connection.execute(f"REVOKE {APP} FROM gridmap")
        try:
            with pytest.raises(Exception, match="GRANT gridmap_app TO"):
                schema.migrate(Settings(home=home), database)
        finally:
            connection.execute(f"GRANT {APP} TO gridmap")
