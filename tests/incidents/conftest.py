"""A village of two grids that its web service takes reports for."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from gridmap.app import create_app
from gridmap.db import Actor, transaction
from gridmap.settings import Settings
from tests.drawing import settle


@pytest.fixture
def village(county: Engine, actor: Actor) -> Engine:
    """Grid A west of grid B, in force since 2020."""
    with transaction(county, actor) as connection:
        settle(connection, "AB")
    return county


@pytest.fixture
def client(village: Engine) -> TestClient:
    """The web service of the village."""
    url = village.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return TestClient(create_app(Settings(database_url=url)), raise_server_exceptions=False)
