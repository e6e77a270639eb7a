"""A town and its web service: one to look at for all tests of a file, one to change."""

import math
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser
from sqlalchemy import Engine

from gridmap.areas import actions as areas
from gridmap.db import Actor, engine_for, transaction
from gridmap.profiles import Profile
from tests.chromium import Offline, open_offline
from tests.entering import client_of
from tests.heatmap.town import build_town, scatter_incidents

INCIDENTS, DAYS = 600, 120


@pytest.fixture(scope="module")
def town(new_database: Callable[[], str], actor: Actor, kelan: Profile) -> Iterator[Engine]:
    """A town with 600 incidents from 1 January to 30 April 2025; the tests only look at it."""
    engine = engine_for(new_database())
    areas.found(engine, actor, kelan)
    with transaction(engine, actor) as connection:
        build_town(connection)
        scatter_incidents(connection, INCIDENTS, DAYS)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def client(town: Engine) -> TestClient:
    """The web service of the town."""
    return client_of(town)


@pytest.fixture
def small_town(county: Engine, actor: Actor) -> Engine:
    """A town of a test's own, without incidents."""
    with transaction(county, actor) as connection:
        build_town(connection)
    return county


@pytest.fixture
def small_client(small_town: Engine) -> TestClient:
    """The web service of the small town."""
    return client_of(small_town)


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Column and row of the tile that holds a place."""
    across = (lon + 180) / 360
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int(across * (1 << z)), int(down * (1 << z))


def tiles_over(west: float, south: float, east: float, north: float, z: int) -> list[str]:
    """The addresses `z/x/y` of all tiles that touch the box."""
    first_x, first_y = tile_of(west, north, z)
    last_x, last_y = tile_of(east, south, z)
    return [f"{z}/{x}/{y}" for x in range(first_x, last_x + 1) for y in range(first_y, last_y + 1)]


@pytest.fixture
def offline(chromium: Browser) -> Iterator[Offline]:
    """A page without a network."""
    with open_offline(chromium) as view:
        yield view
