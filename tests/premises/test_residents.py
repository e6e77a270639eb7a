"""Residents over HTTP: masked lists, finding by number, unmasking with a reason and a trace."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.errors import CheckViolation, InsufficientPrivilege
from sqlalchemy import Engine, make_url, text

from gridmap.access.actions import verify_trail
from gridmap.app import create_app
from gridmap.areas import actions as areas
from gridmap.cluster import APP, Cluster
from gridmap.db import Actor, engine_for, transaction
from gridmap.profiles import Profile
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.keyring import Key, Keyring
from gridmap.settings import Settings
from tests.access.counties import HERE, THERE, account_name, appoint, found
from tests.entering import log_in

GRID, OTHER = HERE.grids[0], HERE.grids[2]
ADULT, CHILD, AGELESS, BARE = f"{GRID}P", f"{GRID}P2", f"{GRID}P3", f"{GRID}P4"
FAR, ABROAD, ASTRAY = f"{OTHER}P", f"{THERE.grids[0]}P", "astray"
PHONE, NUMBER, CHILD_PHONE = "13800001234", "11010519491231002X", "13900005678"
LEAD = account_name("lead", HERE, "village")
OFFICER = account_name("officer", HERE, "grid")
EVERYWHERE = account_name("coordinator", None, "everywhere")
MASKED = {
    "code": ADULT, "name": "欧阳*", "phone": "138****1234", "has_id_number": True,
    "household": f"{GRID}H", "building": f"{GRID}B",
}  # fmt: skip

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFile:
    return KeyFile(tmp_path_factory.mktemp("keys") / "personal.key")


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str], kelan: Profile, actor: Actor, keys: KeyFile) -> str:
    """Two counties; in one grid an adult, a child, one without age, one without numbers."""
    address = new_database()
    engine = engine_for(address)
    areas.found(engine, actor, kelan)
    found(engine, actor)
    appoint(engine, actor)
    key = keys.sealing(()).current
    with transaction(engine, actor) as connection:
        for code in (CHILD, AGELESS, BARE):
            connection.execute(
                text(
                    "INSERT INTO residents (code, household_id, name)"
                    " SELECT :code, id, '张三' FROM households WHERE code = :household"
                ),
                {"code": code, "household": f"{GRID}H"},
            )
        connection.execute(text("INSERT INTO residents (code, name) VALUES ('astray', '张三')"))
        connection.execute(
            text(
                "UPDATE residents SET birth_year = 1949, id_number_sealed = NULL,"
                " id_number_index = NULL"
            )
        )
        connection.execute(
            text("UPDATE residents SET name = '欧阳静' WHERE code = :code"), {"code": ADULT}
        )
        for code, year in ((CHILD, 2020), (AGELESS, None)):
            connection.execute(
                text("UPDATE residents SET birth_year = :year WHERE code = :code"),
                {"code": code, "year": year},
            )
        sealed = [(code, PHONE) for code in (ADULT, FAR, ABROAD, ASTRAY)]
        for code, phone in [*sealed, (CHILD, CHILD_PHONE), (AGELESS, CHILD_PHONE)]:
            for column, value in (("phone", phone), ("id_number", NUMBER)):
                connection.execute(
                    text(
                        f"UPDATE residents SET {column}_sealed = :sealed, {column}_index = :index"
                        " WHERE code = :code"
                    ),
                    {
                        "code": code,
                        "sealed": key.seal(column, code, value),
                        "index": key.index(column, value),
                    },
                )
    engine.dispose()
    return address


@pytest.fixture(scope="module")
def ask(url: str, keys: KeyFile, home: Path) -> Iterator[Ask]:
    """Calls the interface in an account's name."""
    app = create_app(Settings(home=home, database_url=url, key_file=keys.path))
    clients: dict[str, TestClient] = {}

    def call(account: str, method: str, path: str, **more: Any) -> Any:
        if account not in clients:
            clients[account] = log_in(app, account)
        return clients[account].request(method, path, **more)

    yield call
    app.state.engine.dispose()


@pytest.fixture
def owner(url: str) -> Iterator[Engine]:
    engine = engine_for(url)
    yield engine
    engine.dispose()


@pytest.fixture
def app_login(cluster: Cluster, url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    name = make_url(url).database
    assert name is not None
    with psycopg.connect(cluster.url(APP, name), autocommit=True) as connection:
        yield connection


def trail(owner: Engine, action: str) -> list[Any]:
    with owner.connect() as connection:
        query = text(
            "SELECT actor, subject, detail, reason FROM audit_entries WHERE action = :a ORDER BY id"
        )
        return [tuple(row) for row in connection.execute(query, {"a": action})]


def test_the_residents_of_a_grid_are_listed_masked_and_nobody_who_may_be_a_child(ask: Ask) -> None:
    answer = ask(OFFICER, "GET", f"/api/grids/{GRID}/residents")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    bare = {**MASKED, "code": BARE, "name": "张*", "phone": None, "has_id_number": False}
    assert answer.json() == {"residents": [MASKED, bare], "next": None}


def test_who_read_a_list_is_in_the_trail(ask: Ask, owner: Engine) -> None:
    for grid in (GRID, OTHER):  # the second is out of reach
        ask(OFFICER, "GET", f"/api/grids/{grid}/residents")
    assert trail(owner, "read")[-1] == (OFFICER, "residents", {"grid": GRID, "found": 2}, None)


def test_pages_follow_each_other(ask: Ask) -> None:
    first = ask(LEAD, "GET", f"/api/grids/{GRID}/residents?limit=1").json()
    assert [one["code"] for one in first["residents"]] == [ADULT]
    assert first["next"] == ADULT
    path = f"/api/grids/{GRID}/residents?limit=1&after={first['next']}"
    second = ask(LEAD, "GET", path).json()
    assert [one["code"] for one in second["residents"]] == [BARE]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("account", "grid", "status"),
    [
        (OFFICER, OTHER, 403),
        (account_name("commander", HERE, "county"), GRID, 403),
        (account_name("auditor", None, "everywhere"), GRID, 403),
        (LEAD, THERE.grids[0], 404),
        (LEAD, "nowhere", 404),
    ],
)
def test_a_grid_out_of_reach_lists_nobody(ask: Ask, account: str, grid: str, status: int) -> None:
    answer = ask(account, "GET", f"/api/grids/{grid}/residents")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "张" not in answer.text and "欧阳" not in answer.text


@pytest.mark.parametrize(
    "wanted",
    [{"phone": "138 0000 1234"}, {"phone": "+8613800001234"}, {"id_number": NUMBER.lower()}],
)
@pytest.mark.parametrize(
    ("account", "codes"),
    [
        (OFFICER, [ADULT]),
        (LEAD, [ADULT]),
        (account_name("officer", HERE, "county"), [ADULT, FAR]),
        (account_name("officer", THERE, "county"), [ABROAD]),
        (EVERYWHERE, [ADULT, FAR, ABROAD, ASTRAY]),
    ],
)
def test_residents_are_found_by_their_number_in_reach_and_masked(
    ask: Ask, wanted: dict[str, str], account: str, codes: list[str]
) -> None:
    answer = ask(account, "POST", "/api/residents/find", json=wanted)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()["residents"]
    assert [one["code"] for one in told] == codes
    assert not told or told[0]["phone"] == "138****1234"
    assert PHONE not in answer.text and "11010519" not in answer.text


def test_nobody_finds_a_child(ask: Ask) -> None:
    answer = ask(EVERYWHERE, "POST", "/api/residents/find", json={"phone": CHILD_PHONE})
    assert answer.json() == {"residents": [], "next": None}


def test_who_looked_is_in_the_trail_and_what_for_is_not(ask: Ask, owner: Engine) -> None:
    ask(OFFICER, "POST", "/api/residents/find", json={"phone": PHONE})
    assert trail(owner, "find")[-1] == (OFFICER, "residents", {"by": "phone", "found": 1}, None)
    with owner.connect() as connection:
        lines = connection.scalars(text("SELECT e::text FROM audit_entries e")).all()
    assert not [line for line in lines if PHONE in line or NUMBER in line]


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({}, 422),
        ({"phone": PHONE, "id_number": NUMBER}, 422),
        ({"phone": "13800001234567"}, 422),
        ({"id_number": "110105194912310021"}, 422),
        ({"phone": PHONE, "name": "欧阳静"}, 422),
        ({"phone": 13800001234}, 422),
    ],
)
def test_a_wrong_question_is_refused_and_not_repeated(
    ask: Ask, wanted: dict[str, Any], status: int
) -> None:
    answer = ask(LEAD, "POST", "/api/residents/find", json=wanted)
    assert answer.status_code == status
    assert not [value for value in wanted.values() if str(value) in answer.text]


def test_finding_takes_the_right(ask: Ask) -> None:
    account = account_name("commander", None, "everywhere")
    assert ask(account, "POST", "/api/residents/find", json={"phone": PHONE}).status_code == 403


def test_unmasking_tells_what_was_asked_for_and_leaves_a_line(ask: Ask, owner: Engine) -> None:
    answer = ask(
        LEAD, "POST", f"/api/residents/{ADULT}/unmask",
        json={"reason": "入户走访联系，来电 13911112222", "fields": ["phone", "name"]},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"code": ADULT, "name": "欧阳静", "phone": PHONE}
    detail = {"code": ADULT, "fields": ["name", "phone"]}
    assert trail(owner, "unmask")[-1] == (LEAD, "residents", detail, "入户走访联系,来电 ****")
    answer = ask(
        LEAD, "POST", f"/api/residents/{ADULT}/unmask",
        json={"reason": "补办证件", "fields": ["id_number"]},
    )  # fmt: skip
    assert answer.json() == {"code": ADULT, "id_number": NUMBER}
    assert verify_trail(owner, Actor("administrator")).ok


@pytest.mark.parametrize(
    ("account", "code", "status"),
    [
        (OFFICER, ADULT, 403),
        (account_name("officer", None, "everywhere"), ADULT, 403),
        (account_name("administrator", None, "everywhere"), ADULT, 403),
        (account_name("commander", None, "everywhere"), ADULT, 404),
        (LEAD, FAR, 404),
        (LEAD, ABROAD, 404),
        (LEAD, ASTRAY, 404),
        (LEAD, "nobody", 404),
        (EVERYWHERE, CHILD, 404),
        (EVERYWHERE, AGELESS, 404),
    ],
)
def test_who_may_not_unmask_learns_nothing_and_leaves_no_line_of_it(
    ask: Ask, owner: Engine, account: str, code: str, status: int
) -> None:
    before = trail(owner, "unmask")
    body = {"reason": "入户走访", "fields": ["name", "phone", "id_number"]}
    answer = ask(account, "POST", f"/api/residents/{code}/unmask", json=body)
    assert answer.status_code == status
    if status == 404:  # out of reach is told as absent is
        absent = ask(account, "POST", "/api/residents/absent/unmask", json=body).text
        assert answer.text.replace(code, "absent") == absent
    assert not [secret for secret in ("欧阳", "张三", PHONE, NUMBER) if secret in answer.text]
    assert trail(owner, "unmask") == before


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "看看", "fields": ["name"]},
        {"reason": "      ", "fields": ["name"]},
        {"reason": "入户走访", "fields": []},
        {"reason": "入户走访", "fields": ["birth_year"]},
        {"fields": ["name"]},
    ],
)
def test_unmasking_takes_a_reason_and_known_fields(ask: Ask, body: dict[str, Any]) -> None:
    answer = ask(LEAD, "POST", f"/api/residents/{ADULT}/unmask", json=body)
    assert answer.status_code == 422
    assert "欧阳" not in answer.text


def test_what_goes_wrong_after_the_line_is_written_is_not_told_and_not_counted(
    ask: Ask, owner: Engine, keys: KeyFile
) -> None:
    kept = keys.read()
    assert kept is not None
    keys.replace(Keyring([Key.made()]))
    before = trail(owner, "unmask")
    try:
        body = {"reason": "入户走访", "fields": ["phone"]}
        for method, path, sent in (
            ("POST", f"/api/residents/{ADULT}/unmask", body),
            ("POST", "/api/residents/find", {"phone": PHONE}),
            ("GET", f"/api/grids/{GRID}/residents", None),
        ):
            answer = ask(LEAD, method, path, json=sent)
            assert answer.status_code == 503, path
            assert "does not hold it" in answer.json()["detail_en"]
    finally:
        keys.replace(kept)
    assert trail(owner, "unmask") == before


def test_a_sealed_value_put_into_another_row_shows_nothing(
    ask: Ask, owner: Engine, actor: Actor
) -> None:
    swap = text(
        "UPDATE residents t SET phone_sealed = s.phone_sealed, phone_index = s.phone_index"
        " FROM residents s WHERE t.code = :to AND s.code = :source"
    )
    with transaction(owner, actor) as connection:
        connection.execute(swap, {"to": BARE, "source": ADULT})
    try:
        listed = ask(LEAD, "GET", f"/api/grids/{GRID}/residents").json()["residents"]
        assert {one["code"]: one["phone"] for one in listed}[BARE] == "****"
        body = {"reason": "入户走访", "fields": ["phone"]}
        answer = ask(LEAD, "POST", f"/api/residents/{BARE}/unmask", json=body)
        assert answer.status_code == 422
        assert "another row" in answer.json()["detail_en"]
    finally:
        with transaction(owner, actor) as connection:
            clear = "UPDATE residents SET phone_sealed = NULL, phone_index = NULL WHERE code = :c"
            connection.execute(text(clear), {"c": BARE})


@pytest.mark.parametrize(
    "column",
    ["name", "birth_year", "phone_sealed", "phone_index", "id_number_sealed", "id_number_index",
     "source", "*"],
)  # fmt: skip
def test_the_application_itself_reads_no_personal_column(
    app_login: psycopg.Connection[tuple[Any, ...]], column: str
) -> None:
    app_login.execute("SELECT set_config('gridmap.actor', 'administrator', false)")
    with pytest.raises(InsufficientPrivilege):
        app_login.execute(f"SELECT {column} FROM gridmap.residents")


def test_the_functions_themselves_ask_for_the_rights(
    app_login: psycopg.Connection[tuple[Any, ...]], keys: KeyFile
) -> None:
    keyring = keys.read()
    assert keyring is not None
    wanted = keyring.indexes("phone", PHONE)
    for account, count in ((account_name("commander", None, "everywhere"), 0), (LEAD, 1)):
        app_login.execute("SELECT set_config('gridmap.actor', %s, false)", [account])
        found = app_login.execute("SELECT * FROM gridmap.residents_by_index('phone', %s)", [wanted])
        assert len(found.fetchall()) == count
        listed = app_login.execute("SELECT * FROM gridmap.residents_of_grid(%s, NULL, 9)", [GRID])
        assert len(listed.fetchall()) == 2 * count
    app_login.execute("SELECT set_config('gridmap.only_rights', 'territory', false)")
    for call in ("residents_by_index('phone', %s)", "residents_of_grid('%s', NULL, 9)"):
        bound = [wanted] if "index" in call else None
        query = f"SELECT * FROM gridmap.{call if bound else call % GRID}"
        assert app_login.execute(query, bound).fetchall() == []
    unmask = "SELECT * FROM gridmap.unmask_resident(%s, '{name}', '入户走访')"
    assert app_login.execute(unmask, [ADULT]).fetchall() == []


def test_no_reason_no_answer_also_past_the_application(
    app_login: psycopg.Connection[tuple[Any, ...]],
) -> None:
    app_login.execute("SELECT set_config('gridmap.actor', %s, false)", [LEAD])
    for fields, why in (
        ("{name}", "看"),
        ("{name}", None),
        ("{}", "入户走访"),
        ("{birth_year}", "入户走访"),
    ):
        with pytest.raises(CheckViolation):
            app_login.execute("SELECT gridmap.unmask_resident(%s, %s, %s)", [ADULT, fields, why])


def test_the_document_of_the_interface_takes_no_number_in_an_address(ask: Ask) -> None:
    document = json.loads(ask(LEAD, "GET", "/api/openapi.json").text)
    for path, methods in document["paths"].items():
        for method in methods.values():
            names = {item["name"] for item in method.get("parameters", [])}
            assert not names & {"phone", "id_number", "name", "reason"}, path
