"""A small county loaded through the public path: two villages side by side, a grid in each."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.areas import actions as areas
from gridmap.cluster import OWNER, SUPERUSER, Cluster
from gridmap.db import Actor, engine_for
from gridmap.ingest.actions import LoadOptions, load
from gridmap.ingest.report import LoadReport
from gridmap.profiles import Profile
from gridmap.sealing.key_file import KeyFile

COUNTY, TOWNSHIP = "140929", "140929100"
WEST, EAST = "140929100001", "140929100201"
WEST_GRID, EAST_GRID = f"{WEST}001", f"{EAST}001"
MIDDLE = 111.5
CATEGORY, SUBCATEGORY = "environment", "litter"

Load = Callable[..., LoadReport]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a test."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _taker(engine: Engine, actor: Actor, profile: Profile, folder: Path) -> Load:
    def take(layer: str, what: object, **options: Any) -> LoadReport:
        path = what
        if isinstance(what, pd.DataFrame):
            path = folder / f"{layer}.parquet"
            what.to_parquet(path)
        options.setdefault("keys", KeyFile(folder / "personal.key"))
        report = load(engine, actor, profile, layer, str(path), LoadOptions(**options))
        assert report.adds_up
        return report

    return take


@pytest.fixture
def take(county: Engine, actor: Actor, kelan: Profile, folder: Path) -> Load:
    """Loads a file, or a table written to a Parquet file first; the report must add up."""
    return _taker(county, actor, kelan, folder)


@pytest.fixture
def ask(engine: Engine) -> Callable[[str], list[Any]]:
    """Runs a query; rows as tuples."""

    def ask(query: str) -> list[Any]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    return ask


@pytest.fixture(scope="session")
def town_template(
    new_database: Callable[[], str],
    actor: Actor,
    kelan: Profile,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """The name of a database with the county, its villages and grids, to be copied."""
    engine = engine_for(new_database())
    areas.found(engine, actor, kelan)
    take = _taker(engine, actor, kelan, tmp_path_factory.mktemp("town"))
    assert take("admin_units", units()).is_clean
    assert take("grids", grids()).is_clean
    engine.dispose()
    return str(engine.url.database)


@pytest.fixture
def town_database(cluster: Cluster, town_template: str) -> Iterator[str]:
    """The address of a fresh copy of the town."""
    name = f"town_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {town_template} OWNER {OWNER}")
        yield cluster.url(database=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """A test that wants the town gets a copy of it, others an empty database."""
    wanted = "town_database" if "town" in request.fixturenames else "new_database"
    found = request.getfixturevalue(wanted)
    return str(found if wanted == "town_database" else found())


@pytest.fixture
def town(engine: Engine, actor: Actor, kelan: Profile, folder: Path) -> Load:
    """The county with its villages and grids; returns the loader."""
    return _taker(engine, actor, kelan, folder)


def shapes(columns: dict[str, Any], geometry: Any, crs: int | None = 4490) -> gpd.GeoDataFrame:
    """A table with geometry."""
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=crs)


def units() -> gpd.GeoDataFrame:
    """County, township and two villages that share the line at MIDDLE."""
    whole = shapely.box(111, 38, 112, 39)
    return shapes(
        {
            "code": [COUNTY, TOWNSHIP, WEST, EAST],
            "name": ["岢岚县", "岚漪镇", "西街社区", "东村"],
            "level": ["county", "township_level", "community_level", "community_level"],
        },
        [whole, whole, shapely.box(111, 38, MIDDLE, 39), shapely.box(MIDDLE, 38, 112, 39)],
    )


def grids(west: float = 111.0, east: float = 112.0) -> gpd.GeoDataFrame:
    """One grid for each village, from `west` to `east`."""
    return shapes(
        {"code": [WEST_GRID, EAST_GRID], "name": ["西一", "东一"]},
        [shapely.box(west, 38, MIDDLE, 39), shapely.box(MIDDLE, 38, east, 39)],
    )


def buildings(n: int = 3, east: float = 0.0) -> gpd.GeoDataFrame:
    """Buildings B0, B1, … in the western village, moved to the east by degrees."""
    lon = [111.1 + i * 0.001 + east for i in range(n)]
    return shapes(
        {
            "code": [f"B{i}" for i in range(n)],
            "name": [f"{i} 号楼" for i in range(n)],
            "address": "岚漪镇西街",
            "kind": "住宅",
            "floors": 3,
        },
        [shapely.box(x, 38.1, x + 0.0005, 38.1005) for x in lon],
    )


def incidents() -> gpd.GeoDataFrame:
    """One in each village, one on their common line, one abroad, one without a place."""
    places = [(111.2, 38.5), (111.7, 38.5), (MIDDLE, 38.5), (115.0, 38.5)]
    n = len(places) + 1
    return shapes(
        {
            "code": [f"I{i}" for i in range(n)],
            "reported_at": pd.date_range("2026-01-01 08:00", periods=n, freq="h"),
            "category": CATEGORY,
            "subcategory": SUBCATEGORY,
            "description": "堆放垃圾",
        },
        [*(shapely.Point(place) for place in places), None],
    )
