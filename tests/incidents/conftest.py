"""A village of two grids that its web service takes reports for."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from gridmap.db import Actor, transaction
from tests.drawing import settle
from tests.entering import client_of


@pytest.fixture
def village(county: Engine, actor: Actor) -> Engine:
    """Grid A west of grid B, in force since 2020."""
    with transaction(county, actor) as connection:
        settle(connection, "AB")
    return county


@pytest.fixture
def client(village: Engine) -> TestClient:
    """The web service of the village."""
    return client_of(village)
