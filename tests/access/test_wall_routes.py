"""The wall over HTTP: no route and no tile tells anything of the other county."""

import math
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gridmap.app import create_app
from gridmap.heatmap.layers import LAYERS
from gridmap.settings import Settings
from tests.access.counties import HERE, ROLES, THERE, County, account_name
from tests.entering import log_in

CODES = (
    THERE.code, THERE.township, THERE.villages[0], THERE.grids[0], f"{THERE.grids[0]}B",
    f"{THERE.grids[0]}I", f"{THERE.grids[0]}P", THERE.mark,
)  # fmt: skip


@pytest.fixture(scope="module")
def client_as(walled_url: str, home: Path) -> Iterator[Callable[[str], TestClient]]:
    """The web app as an account sees it; one app for all, so that they share its caches."""
    app = create_app(Settings(home=home, database_url=walled_url))
    yield lambda account: log_in(app, account)
    app.state.engine.dispose()


def calls(client: TestClient) -> list[str]:
    """Every GET of the interface, asked with the other county's codes wherever it takes one."""
    document = client.app.openapi()  # type: ignore[attr-defined]
    made: list[str] = []
    for path, methods in document["paths"].items():
        if "get" not in methods or path.startswith("/tiles/"):
            continue
        taken = [
            item["name"]
            for item in methods["get"].get("parameters", [])
            if item["in"] == "query" and item["name"] in {"village", "township", "grid", "q"}
        ]
        addresses = [path.replace("{code}", code) for code in CODES] if "{" in path else [path]
        for address in addresses:
            made.append(address)
            made += [f"{address}?{name}={code}" for name, code in product(taken, CODES)]
    return made


def tiles(county: County) -> list[str]:
    """Every layer at a far, a middle and a near zoom over a grid of the county."""
    made = []
    for layer, z in product(LAYERS, (8, 12, 16)):
        lon, lat = math.radians(county.west + 0.05), math.radians(38.75)
        x = int((lon / math.pi + 1) / 2 * 2**z)
        y = int((1 - math.asinh(math.tan(lat)) / math.pi) / 2 * 2**z)
        made.append(f"/tiles/{layer}/{z}/{x}/{y}.mvt")
    return made


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scope", ["county", "grid"])
def test_no_route_tells_of_the_other_county(
    role: str, scope: str, client_as: Callable[[str], TestClient]
) -> None:
    warm = client_as(account_name(role, THERE, "county"))
    asked = calls(warm)
    assert len(asked) > 50
    for address in asked:  # the caches hold the other county's answers
        warm.get(address)
    client = client_as(account_name(role, HERE, scope))
    for address in asked:
        answer = client.get(address)
        assert answer.status_code < 500, (address, answer.text)
        # A refusal repeats what was asked for.
        asked_for = [code for code in CODES if code in address]
        told = answer.text
        for code in sorted(asked_for, key=len, reverse=True):
            told = told.replace(code, "")
        assert THERE.mark not in told, address
        assert THERE.code not in told, address


@pytest.mark.parametrize("role", ROLES)
def test_no_tile_shows_the_other_county(role: str, client_as: Callable[[str], TestClient]) -> None:
    shown = 0
    for address in tiles(THERE):
        theirs = client_as(account_name(role, THERE, "county")).get(address)
        ours = client_as(account_name(role, HERE, "county")).get(
            address, headers={"If-None-Match": theirs.headers["etag"]}
        )
        assert ours.status_code == 200, "a cached tile of somebody else was taken for ours"
        base = "/base/" in address
        assert THERE.mark.encode() not in ours.content, address
        assert base or THERE.code.encode() not in ours.content, address
        if "/heat/" in address and "/8/" not in address:
            assert ours.content == b"", address
        shown += THERE.mark.encode() in theirs.content
    assert shown >= 2, "the other county's own people see it"


def test_the_figures_of_a_village_are_those_of_ones_scope(
    client_as: Callable[[str], TestClient],
) -> None:
    def households(account: str) -> dict[str, int | None]:
        answer = client_as(account).get("/api/areas").json()["areas"]
        return {area["code"]: area["households"] for area in answer}

    everywhere = households("administrator")
    assert everywhere[HERE.code] == everywhere[THERE.code] == 4
    county = households(account_name("commander", HERE, "county"))
    assert county[HERE.code] == 4
    assert THERE.code not in county
    # What lies outside one's scope is told as it is published, and here all is too small for that.
    grid = households(account_name("officer", HERE, "grid"))
    assert set(grid.values()) == {None}
    village = households(account_name("officer", HERE, "village"))
    assert village[HERE.villages[0]] == 2
    assert village[HERE.villages[1]] is None


def test_a_grid_outside_ones_scope_shows_its_lead_and_no_figure(
    client_as: Callable[[str], TestClient],
) -> None:
    client = client_as(account_name("officer", HERE, "grid"))
    own = client.get(f"/api/grids/{HERE.grids[0]}").json()
    other = client.get(f"/api/grids/{HERE.grids[1]}").json()
    assert own["households"] == own["incidents"]["total"] == 1
    assert own["size"] == "under"
    assert other["lead"]["name"] == f"{HERE.mark}某"
    assert [other[name] for name in ("households", "residents", "buildings", "size")] == [None] * 4
    assert other["incidents"] is None
    assert {link["link"] for link in other["chain"]} == {"land_in_grid", "grid_lead"}
    rows = {row["code"]: row for row in client.get("/api/grids").json()["grids"]}
    assert rows[HERE.grids[0]]["households"] == 1
    assert rows[HERE.grids[1]]["households"] is None
