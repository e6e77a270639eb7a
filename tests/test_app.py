"""The web service: health, errors as problems, headers, a database that comes and goes."""

import shutil
import tempfile
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gridmap import schema
from gridmap.app import STATUS_OF, create_app
from gridmap.cluster import Cluster
from gridmap.errors import GridmapError
from gridmap.settings import Settings
from tests.entering import log_in


@pytest.fixture
def client(settings: Settings) -> TestClient:
    return log_in(create_app(settings))


def test_it_is_alive_and_ready_and_sends_the_headers(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["revision"]
    policy = ready.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert ready.headers["x-content-type-options"] == "nosniff"


def test_an_unknown_address_is_a_problem_in_two_languages(client: TestClient) -> None:
    answer = client.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 404
    assert "没有地址" in problem["detail"]
    assert "no address" in problem["detail_en"]


def test_a_file_outside_the_web_folder_is_never_served(
    home: Path, database: str, tmp_path: Path
) -> None:
    web = tmp_path / "dist"
    web.mkdir()
    (web / "index.html").write_text("page")
    (tmp_path / "secret.txt").write_text("secret")
    settings = Settings(home=home, database_url=database, web_dir=web)
    client = TestClient(create_app(settings))
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/a/b"):
        assert client.get(path).text == "page"


def test_every_kind_of_error_has_a_status() -> None:
    kinds = list(GridmapError.__subclasses__())
    assert kinds
    assert all(kind in STATUS_OF for kind in kinds)


def test_a_database_that_goes_away_gives_503_and_comes_back_without_a_restart() -> None:
    folder = Path(tempfile.mkdtemp(prefix="gridmap-away-"))
    folder.chmod(0o755)
    settings = Settings(home=folder / "home", database_url=None)
    cluster = Cluster(settings)
    try:
        schema.make_ready(settings)
        client = TestClient(create_app(settings), raise_server_exceptions=False)
        assert client.get("/readyz").status_code == 200
        cluster.down()
        away = client.get("/readyz")
        assert away.status_code == 503
        assert away.headers["retry-after"] == "3"
        assert "does not answer" in away.json()["detail_en"]
        assert client.get("/healthz").status_code == 200
        cluster.up()
        began = time.monotonic()
        assert [client.get("/readyz").status_code for _ in range(40)] == [200] * 40
        assert time.monotonic() - began < 5
    finally:
        cluster.down()
        shutil.rmtree(folder)
