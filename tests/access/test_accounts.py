"""Accounts and mandates from the command line, the first password, a demonstration's accounts."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, make_url, text

from gridmap.access import granting
from gridmap.access.actors import ADMINISTRATOR
from gridmap.access.granting import DemoScopes, Mandate
from gridmap.access.passwords import DEMO_PASSWORD
from gridmap.app import create_app
from gridmap.backup import back_up, restore
from gridmap.cluster import APP, Cluster
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, Conflict, NotFound
from gridmap.settings import Settings
from tests.access.conftest import PASSWORD, Browser, change, make_person, trail
from tests.drawing import settle

PROGRAM = Path(sys.executable).with_name("gridmap")
UNIT, GRID = "140929100", "140929100200001"


@pytest.fixture
def town(county: Engine) -> Engine:
    """Two grids of one village."""
    with transaction(county, ADMINISTRATOR) as connection:
        settle(connection, "AB")
    return county


@pytest.fixture
def type_in(database: str, home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Types `gridmap …` for the test's database."""
    kept = {name: value for name, value in os.environ.items() if "GRIDMAP" not in name}
    env = {**kept, "GRIDMAP_HOME": str(home), "GRIDMAP_DATABASE_URL": database}

    def type_in(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PROGRAM), *words], env=env, capture_output=True, text=True, timeout=120
        )

    return type_in


def shown(said: str) -> str:
    """The password in what was printed."""
    found = re.search(r"\b([a-z0-9]{4}(?:-[a-z0-9]{4}){3})\b", said)
    assert found, said
    return found[1]


def test_from_the_command_line_to_a_log_in_and_out_again(
    town: Engine, settings: Settings, type_in: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    added = type_in("account", "add", "chen", "--display", "陈", "--role", "officer",
                    "--grid", GRID, "--from", "2026-01-01", "--until", "2199-12-31")  # fmt: skip
    assert added.returncode == 0, added.stderr
    chen = Browser(create_app(settings))
    me = chen.log_in("chen", shown(added.stdout)).json()
    assert me["must_change_password"]
    assert me["display_name"] == "陈"
    scope = me["roles"][0]["scope"]
    assert (scope["kind"], scope["code"]) == ("grid", GRID)

    listed = json.loads(type_in("account", "list", "--json").stdout)
    row = next(row for row in listed if row["name"] == "chen")
    assert (row["first_day"], row["last_day"]) == ("2026-01-01", "2199-12-31")
    assert not any("hash" in name or "secret" in name for name in row)

    again = type_in("account", "password", "chen")
    assert chen.get("/api/me").status_code == 401
    assert chen.log_in("chen", shown(again.stdout)).status_code == 200
    assert type_in("account", "disable", "chen").returncode == 0
    assert chen.get("/api/me").status_code == 401


def test_roles_are_given_and_ended_from_the_command_line(
    town: Engine, type_in: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    added = type_in("account", "add", "lin", "--role", "analyst", "--no-password")
    assert added.returncode == 0, added.stderr
    assert "密码" not in added.stdout
    role = ["lin", "--role", "coordinator", "--unit", UNIT]
    assert type_in("account", "mandate", "add", *role).returncode == 0
    assert "coordinator" in type_in("account", "list").stdout
    assert type_in("account", "mandate", "end", *role).returncode == 0
    again = type_in("account", "mandate", "end", *role)
    assert again.returncode == 1
    assert "no such mandate" in again.stderr
    assert ("administrator", "grant", "mandates") in trail(town, "mandates")
    assert ("administrator", "end", "mandates") in trail(town, "mandates")


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (["--role", "king"], "没有角色", "there is no role king"),
        (["--role", "officer", "--unit", "999999999"], "没有区划", "no admin unit 999999999"),
        (["--role", "officer", "--grid", "none"], "没有网格", "there is no grid none"),
        (["--role", "officer", "--grid", GRID, "--unit", UNIT], "只能给一个", "not both"),
        (["--role", "officer", "--from", "2026-02-01", "--until", "2026-01-01"], "早于", "before"),
    ],
)
def test_what_does_not_exist_is_refused_in_both_languages(
    town: Engine,
    type_in: Callable[..., subprocess.CompletedProcess[str]],
    words: list[str],
    zh: str,
    en: str,
) -> None:
    done = type_in("account", "add", "chen", *words)
    assert done.returncode == 2
    assert zh in done.stderr
    assert en in done.stderr
    assert "chen" not in type_in("account", "list").stdout


@pytest.mark.parametrize("name", ["nobody", "gridmap", "postgres", "", " x", "a b", "-x", "x" * 65])
def test_a_name_that_misleads_is_refused(town: Engine, name: str) -> None:
    with pytest.raises(CallError):
        granting.add_account(town, ADMINISTRATOR, name, "x", Mandate("analyst"))


def test_a_name_is_given_once_and_an_unknown_one_is_said_to_be(town: Engine) -> None:
    granting.add_account(town, ADMINISTRATOR, "欧阳静", "x", Mandate("analyst"))
    with pytest.raises(Conflict):
        granting.add_account(town, ADMINISTRATOR, "欧阳静", "x", Mandate("analyst"))
    for act in (granting.disable, granting.enable):
        with pytest.raises(NotFound):
            act(town, ADMINISTRATOR, "none")


def test_a_mandate_holds_from_its_first_day_to_its_last(town: Engine, settings: Settings) -> None:
    today = date.today()  # noqa: DTZ011
    day = timedelta(days=1)
    make_person(town, "past", since=today - 9 * day, until=today - 2 * day)
    make_person(town, "coming", since=today + 2 * day)
    make_person(town, "now", since=today - day, until=today + day)
    app = create_app(settings)
    rights = {
        name: bool(Browser(app).log_in(name).json()["rights"]) for name in ("past", "coming", "now")
    }
    assert rights == {"past": False, "coming": False, "now": True}


def test_the_first_start_tells_a_password_once(
    county: Engine,
    settings: Settings,
    type_in: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    first = type_in("up")
    assert first.returncode == 0, first.stderr
    password = shown(first.stderr)
    assert password not in first.stdout
    second = type_in("up")
    assert "administrator" not in second.stderr
    chief = Browser(create_app(settings))
    me = chief.log_in("administrator", password).json()
    assert me["must_change_password"]
    assert me["must_enroll"]


def test_two_first_starts_at_once_tell_one_password(county: Engine) -> None:
    told = [granting.first_password(county, ADMINISTRATOR) for _ in range(2)]
    assert told[0] is not None
    assert told[1] is None


def test_no_password_is_made_where_an_administrator_has_one(county: Engine) -> None:
    make_person(county, "chief", "administrator")
    assert granting.first_password(county, ADMINISTRATOR) is None
    granting.disable(county, ADMINISTRATOR, "chief")
    assert granting.first_password(county, ADMINISTRATOR) is not None


# A demonstration ----------------------------------------------------------------------------------


@pytest.fixture
def demo(county: Engine) -> Engine:
    """A town whose every row bears the demonstration's mark, and its accounts."""
    with transaction(county, ADMINISTRATOR) as connection:
        settle(connection, "AB")
        for table in ("admin_units", "grids", "postings"):
            connection.execute(text(f"UPDATE {table} SET source = 'synthetic'"))
        granting.add_demo_accounts(connection, DemoScopes(GRID, UNIT, "140929"))
    return county


def test_a_demonstration_says_its_accounts_and_each_logs_in(
    demo: Engine, settings: Settings
) -> None:
    app = create_app(settings)
    offered = Browser(app).get("/api/login").json()["demo"]
    assert {one["role"] for one in offered} == {
        "officer", "lead", "coordinator", "intake_clerk", "agency", "commander", "analyst",
        "auditor", "administrator",
    }  # fmt: skip
    scopes = {one["role"]: (one["scope"]["kind"], one["scope"]["code"]) for one in offered}
    assert scopes["officer"] == scopes["lead"] == ("grid", GRID)
    assert scopes["coordinator"] == ("unit", UNIT)
    assert scopes["commander"] == ("unit", "140929")
    for one in offered:
        assert one["password"] == DEMO_PASSWORD
        someone = Browser(app)
        me = someone.log_in(one["account"], one["password"]).json()
        assert me["roles"][0]["role"] == one["role"]
        assert not me["must_enroll"]
        assert someone.get("/api/plans").status_code == 200


def test_no_visitor_of_a_demonstration_locks_the_next_one_out(
    demo: Engine, settings: Settings
) -> None:
    app = create_app(settings)
    visitor = Browser(app)
    visitor.log_in("demo-analyst", DEMO_PASSWORD)
    change = {"old": DEMO_PASSWORD, "new": "a quite other pass phrase"}
    answer = visitor.client.post("/api/me/password", json=change)
    assert (answer.status_code, "示范账号" in answer.json()["detail"]) == (403, True)
    answer = visitor.client.post("/api/me/one-time-code", json={"password": DEMO_PASSWORD})
    assert (answer.status_code, "示范账号" in answer.json()["detail"]) == (403, True)
    assert Browser(app).log_in("demo-analyst", DEMO_PASSWORD).status_code == 200


@pytest.mark.parametrize(
    "real",
    [
        "INSERT INTO buildings (code, geom, source)"
        " VALUES ('r', 'SRID=4490;POINT(111.505 38.705)', 'our-own.csv')",
        "INSERT INTO buildings (code, geom) VALUES ('r', 'SRID=4490;POINT(111.505 38.705)')",
        "INSERT INTO residents (code, name, source) VALUES ('r', '欧阳静', 'register.xlsx')",
        "INSERT INTO incidents (code, reported_at, category, source)"
        " VALUES ('r', now(), 'safety', 'hotline.csv')",
        "UPDATE admin_units SET source = 'census' WHERE code = '140929100'",
    ],
)
def test_the_first_row_of_anybodys_own_ends_the_demonstration(
    demo: Engine, settings: Settings, real: str
) -> None:
    app = create_app(settings)
    visitor = Browser(app)
    assert visitor.log_in("demo-commander", DEMO_PASSWORD).status_code == 200
    change(demo, real)
    assert visitor.get("/api/me").status_code == 401
    assert Browser(app).log_in("demo-commander", DEMO_PASSWORD).status_code == 401
    assert Browser(app).get("/api/login").json()["demo"] == []
    with demo.connect() as connection:
        open_ = connection.scalars(
            text("SELECT name FROM accounts WHERE disabled_at IS NULL")
        ).all()
    assert open_ == ["administrator"]


def test_what_visitors_report_does_not_end_it(demo: Engine, settings: Settings) -> None:
    app = create_app(settings)
    visitor = Browser(app)
    visitor.log_in("demo-intake-clerk", DEMO_PASSWORD)
    report = {"channel": "patrol", "category": "safety", "subcategory": "fire_hazard",
              "description": "x", "lon": 111.505, "lat": 38.705}  # fmt: skip
    assert visitor.send("POST", "/api/incidents", report).status_code == 201
    assert len(visitor.get("/api/login").json()["demo"]) == 9


def test_where_somebody_keeps_accounts_there_are_none_of_a_demonstration(town: Engine) -> None:
    make_person(town, "li")
    with transaction(town, ADMINISTRATOR) as connection:
        assert granting.add_demo_accounts(connection, DemoScopes(GRID, UNIT, "140929")) == 0


def test_a_demonstration_account_that_somebody_is_given_is_his_own_and_told_no_more(
    demo: Engine, settings: Settings
) -> None:
    given = granting.give_password(demo, ADMINISTRATOR, "demo-analyst", remove_code=False)
    someone = Browser(create_app(settings))
    assert "analyst" not in {one["role"] for one in someone.get("/api/login").json()["demo"]}
    assert someone.log_in("demo-analyst", given).status_code == 200
    body = {"old": given, "new": "known to me alone"}
    assert someone.send("POST", "/api/me/password", body).status_code == 204


# The wall -----------------------------------------------------------------------------------------


def test_the_application_as_one_account_sees_nothing_of_another_and_no_hash(
    county: Engine, settings: Settings, cluster: Cluster, database: str
) -> None:
    make_person(county, "li")
    make_person(county, "wang")
    app = create_app(settings)
    for name in ("li", "wang"):
        someone = Browser(app)
        someone.log_in(name)
        body = {"name": name, "rights": ["territory"], "days": 1}
        assert someone.send("POST", "/api/me/tokens", body).status_code == 201
    name = str(make_url(database).database)
    with psycopg.connect(cluster.url(APP, name), autocommit=True) as login:
        login.execute("SELECT set_config('gridmap.actor', 'li', false)")
        mine = login.execute("SELECT id FROM gridmap.accounts WHERE name = 'li'").fetchone()
        for table in ("logins", "tokens"):
            assert login.execute(f"SELECT DISTINCT account_id FROM gridmap.{table}").fetchall() == [
                mine
            ]
            with pytest.raises(InsufficientPrivilege):
                login.execute(f"SELECT hash FROM gridmap.{table}")
        for table in ("passwords", "one_time_codes", "recovery_codes", "failed_attempts"):
            with pytest.raises(InsufficientPrivilege):
                login.execute(f"SELECT 1 FROM gridmap.{table}")
        theirs = "(SELECT max(id) FROM gridmap.logins)"
        login.execute("SELECT set_config('gridmap.actor', 'wang', false)")
        row = login.execute(f"SELECT {theirs}").fetchone()
        login.execute("SELECT set_config('gridmap.actor', 'li', false)")
        assert row is not None
        assert login.execute("SELECT gridmap.end_login(%s)", row).fetchone() == (False,)


def test_every_table_of_log_ins_has_row_level_security_and_a_policy(county: Engine) -> None:
    query = text(
        "SELECT c.relname, c.relrowsecurity, count(p.polname) FROM pg_class c"
        " LEFT JOIN pg_policy p ON p.polrelid = c.oid"
        " WHERE c.relnamespace = 'gridmap'::regnamespace AND c.relname = ANY(:t)"
        " GROUP BY 1, 2 ORDER BY 1"
    )
    tables = [
        "failed_attempts",
        "logins",
        "one_time_codes",
        "passwords",
        "recovery_codes",
        "tokens",
    ]
    with county.connect() as connection:
        rows = [tuple(row) for row in connection.execute(query, {"t": tables})]
    assert rows == [(table, True, 1) for table in tables]


def test_no_other_login_of_the_database_may_call_what_the_application_calls(
    county: Engine,
) -> None:
    query = text(
        "SELECT p.proname FROM pg_proc p,"
        " aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
        " WHERE p.pronamespace = 'gridmap'::regnamespace AND p.prosecdef AND a.grantee = 0"
    )
    with county.connect() as connection:
        for_all = set(connection.scalars(query))
    closed = {"credentials", "read_login", "read_token", "open_login", "set_password",
              "begin_attempt", "take_back_attempt", "demo_accounts", "make_token"}  # fmt: skip
    assert not closed & for_all


# Backups ------------------------------------------------------------------------------------------


def test_after_a_restore_nobody_is_logged_in_and_no_token_opens(
    county: Engine, settings: Settings, actor: Actor, tmp_path: Path
) -> None:
    make_person(county, "li")
    app = create_app(settings)
    someone = Browser(app)
    someone.log_in("li")
    body = {"name": "n", "rights": ["territory"], "days": 1}
    token = someone.send("POST", "/api/me/tokens", body).json()["token"]
    back_up(settings, actor, tmp_path / "all.backup", lambda done, total: None)
    assert someone.send("DELETE", "/api/login").status_code == 204
    other = Browser(app)
    other.log_in("li")
    app.state.engine.dispose()
    restore(settings, actor, tmp_path / "all.backup")
    with county.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM logins")) == 1
        assert connection.scalar(text("SELECT count(*) FROM logins WHERE ended_at IS NULL")) == 0
    assert other.get("/api/me").status_code == 401
    bearer = {"Authorization": f"Bearer {token}"}
    assert Browser(app).get("/api/plans", headers=bearer).status_code == 401
    assert Browser(app).log_in("li", PASSWORD).status_code == 200
