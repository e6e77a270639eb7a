"""A small town in which every link of the chain holds, and its web service."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from tests.drawing import add_home, add_incident, lonlat, settle
from tests.entering import client_of

GRIDS = """
    AAB
    AAB
    CCD
"""
VILLAGES = """
    111
    111
    222
"""
A, B = "140929100200001", "140929100200002"
C, D = "140929100201003", "140929100201004"


@pytest.fixture
def town(county: Engine, actor: Actor) -> Engine:
    """Four grids in two villages, a home in each of A, B and C, an asset, an organisation."""
    with transaction(county, actor) as connection:
        settle(connection, GRIDS, VILLAGES)
        add_home(connection, "h1", 0.5, 1.5)
        add_home(connection, "h2", 2.5, 1.5)
        add_home(connection, "h3", 0.5, 0.5)
        lon, lat = lonlat(1.5, 2.5)
        for table in ("assets", "organisations"):
            connection.execute(
                text(
                    f"INSERT INTO {table} (code, name, category, geom)"
                    " VALUES ('x1', '路灯', 'lamp', ST_SetSRID(ST_MakePoint(:lon, :lat), 4490))"
                ),
                {"lon": lon, "lat": lat},
            )
        add_incident(connection, "i1", (0.5, 1.6))
        add_incident(connection, "i2", (2.5, 0.5))
    return county


@pytest.fixture
def client(town: Engine) -> TestClient:
    """The web service of the town."""
    return client_of(town)
