"""Texts that would be SQL, CQL, paths or programs elsewhere are here texts that match nothing."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from gridmap.access.actors import ADMINISTRATOR
from gridmap.app import create_app
from gridmap.areas import actions as areas
from gridmap.db import engine_for, transaction
from gridmap.profiles import Profile
from gridmap.settings import Settings
from tests.checksums import checksums
from tests.drawing import add_home, add_incident, settle
from tests.entering import log_in

INJECTIONS = [
    "' OR '1'='1",
    "' OR 1=1 --",
    "1 OR 1=1",
    "'; DROP TABLE gridmap.incidents; --",
    "x'); DELETE FROM gridmap.grids; COMMIT; --",
    "' UNION SELECT name, phone, NULL FROM gridmap.residents --",
    "'||(SELECT pg_sleep(5))||'",
    "'; SELECT pg_sleep(5); --",
    "\\'; SELECT pg_sleep(5); --",
    "$$; SELECT pg_sleep(5); $$",
    "'::int",
    "%' AND 1=CAST((SELECT version()) AS int) AND '%'='",
    "%",
    "_",
    "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
    "\\",
    "%(code)s",
    ":code",
    "{0.__class__}",
    "{{7*7}}",
    "${jndi:ldap://127.0.0.1/x}",
    "code = 'x' OR 1=1",
    "INTERSECTS(geom, POLYGON((0 0, 0 1, 1 1, 0 0)))",
    'code LIKE \'%\' AND "gridmap"."residents"."phone" IS NOT NULL',
    "CASEI(name) = CASEI('x') OR strToLower(code) = 'b0'",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\u202e",
    "\U0001f600",
    "ﬀＤＲＯＰ　ＴＡＢＬＥ",
    "\r\nSet-Cookie: a=b\r\n\r\n",
    "A" * 3000,
]


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str], kelan: Profile) -> str:
    """A town whose every code, name and text is plain."""
    url = new_database()
    engine: Engine = engine_for(url)
    areas.found(engine, ADMINISTRATOR, kelan)
    with transaction(engine, ADMINISTRATOR) as connection:
        settle(connection, "AAB\nCCC", "111\n222")
        for number in range(4):
            add_home(connection, f"b{number}", 0.5 + 0.5 * number, 1.5)
            add_incident(connection, f"i{number}", (0.5 + 0.5 * number, 0.5))
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def app(url: str, home: Path) -> FastAPI:
    return create_app(Settings(database_url=url, home=home, reports_per_minute=1_000_000))


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return log_in(app)


def texts_of(app: FastAPI) -> list[tuple[str, str, str]]:
    """Path, place (path, query or header) and name of every text that a reading call takes."""
    return [
        (path, parameter["in"], parameter["name"])
        for path, operations in app.openapi()["paths"].items()
        for parameter in operations.get("get", {}).get("parameters", [])
        if '"string"' in json.dumps(parameter["schema"])
    ]


def ask(client: TestClient, path: str, where: str, name: str, value: str) -> Any:
    """Call with the value in its place, and plain ones in the others."""
    filled = path if where != "path" else path.replace(f"{{{name}}}", quote(value, safe=""))
    for other, plain in (("layer", "grids"), ("code", "x"), ("z", "0"), ("x", "0"), ("y", "0")):
        filled = filled.replace(f"{{{other}}}", plain)
    query = {"q": "x"} if path == "/api/search" else {}
    if where == "query":
        query[name] = value
    headers = {name: value} if where == "header" and value.isascii() and value.isprintable() else {}
    return client.get(filled, params=query, headers=headers)


def rows_in(answer: Any) -> int:
    """How many rows an answer lists."""
    if answer.status_code != 200 or "json" not in answer.headers["content-type"]:
        return 0
    told = answer.json()
    lists = ("incidents", "results", "grids") if "step" not in told else ()
    return sum(len(told.get(name, [])) for name in lists)


@pytest.fixture
def unchanged(url: str) -> Iterator[None]:
    """Afterwards every table holds what it held, but the trail: reading it leaves a line."""
    engine = engine_for(url)
    trail = ("audit_entries", "audit_seals")
    before = {name: sum_ for name, sum_ in checksums(engine).items() if name not in trail}
    yield
    after = checksums(engine)
    assert {name: after[name] for name in before} == before
    engine.dispose()


@pytest.mark.parametrize("value", INJECTIONS, ids=range(len(INJECTIONS)))
def test_a_text_is_compared_and_never_run(
    app: FastAPI, client: TestClient, unchanged: None, value: str
) -> None:
    wanted = texts_of(app)
    assert len(wanted) > 15
    for path, where, name in wanted:
        nothing = ask(client, path, where, name, "nothing-bears-this")
        began = time.monotonic()
        answer = ask(client, path, where, name, value)
        assert answer.status_code < 500, (path, name, answer.text)
        assert time.monotonic() - began < 2, (path, name)
        assert "set-cookie" not in answer.headers
        if where != "header":
            assert rows_in(answer) <= rows_in(nothing), (path, name, answer.text)


@pytest.mark.parametrize("field", ["code", "channel", "category", "subcategory", "description",
                                   "address", "reported_at"])  # fmt: skip
def test_a_report_full_of_programs_is_stored_as_text_or_refused(
    client: TestClient, url: str, field: str
) -> None:
    engine = engine_for(url)
    before = checksums(engine)
    taken = 0
    for value in INJECTIONS:
        body = {"channel": "hotline", "category": "safety", "description": "x", field: value}
        answer = client.post("/api/incidents", json=body)
        assert answer.status_code in (201, 200, 409, 422), answer.text
        if answer.status_code == 201:
            taken += 1
            stored = client.get(f"/api/incidents/{quote(answer.json()['code'], safe='')}")
            assert stored.status_code == 200
            assert stored.json()[field] == value
    after = checksums(engine)
    grown = {"incidents", "incident_entries", "layer_versions", "audit_entries", "audit_seals",
             "layer_changes"}  # fmt: skip
    assert {name for name in before if before[name] != after[name]} <= grown
    assert before.keys() == after.keys()
    assert taken == 0 or field in ("code", "description", "address")
    engine.dispose()


# Paths


@pytest.fixture
def pages(url: str, home: Path, tmp_path: Path) -> TestClient:
    """The page, with a secret beside its folder and links that lead out of it."""
    web = tmp_path / "dist"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("page")
    (web / "assets" / "a.js").write_text("script")
    (web / "logo.svg").write_text("logo")
    (tmp_path / "secret.txt").write_text("WHAT NOBODY MAY READ")
    (tmp_path / "dist-secret").mkdir()
    (tmp_path / "dist-secret" / "x").write_text("WHAT NOBODY MAY READ")
    (web / "link").symlink_to(tmp_path / "secret.txt")
    (web / "assets" / "link.js").symlink_to(tmp_path / "secret.txt")
    (web / "folder").symlink_to(tmp_path)
    (web / "assets" / "folder").symlink_to("/etc")
    (web / "loop").symlink_to("loop")
    settings = Settings(database_url=url, home=home, web_dir=web)
    return TestClient(create_app(settings), raise_server_exceptions=False)


OUTWARDS = [
    "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "%2e%2e%2fsecret.txt",
    "..%5csecret.txt", "..\\secret.txt", "....//secret.txt", "..;/secret.txt",
    "%252e%252e/secret.txt", "%c0%ae%c0%ae/secret.txt", "%u002e%u002e/secret.txt",
    "..%00/secret.txt", "index.html%00.js", "%00", "../dist-secret/x", "..%2fdist-secret/x",
    "link", "folder/secret.txt", "folder/dist/../secret.txt", "loop", "loop/x",
    "link.js", "folder/passwd", "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd",
    "proc/self/environ", "C:%5cWindows", "a" * 300, "a/" * 2000, "%ff%fe", "file:%2f%2f/etc/passwd",
    ".git/config", "./././../secret.txt",
]  # fmt: skip


@pytest.mark.parametrize("under", ["/", "/assets/", "/x/../", "/assets/../"])
@pytest.mark.parametrize("path", OUTWARDS, ids=range(len(OUTWARDS)))
def test_no_address_leads_out_of_the_web_folder(pages: TestClient, path: str, under: str) -> None:
    answer = pages.get(under + path)
    assert answer.status_code in (200, 400, 404), answer.text
    assert "NOBODY MAY READ" not in answer.text
    assert "root:" not in answer.text
    assert answer.text == "page" or answer.status_code != 200


def test_the_files_of_the_page_are_served(pages: TestClient) -> None:
    assert pages.get("/logo.svg").text == "logo"
    assert pages.get("/assets/a.js").text == "script"
    assert pages.get("/").text == "page"
