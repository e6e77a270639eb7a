"""A village to load into, a measured process that loads, and a look whether anything changed."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas import actions as areas
from gridmap.db import engine_for, transaction
from gridmap.profiles import Profile
from tests.checksums import checksums
from tests.drawing import settle
from tests.hostile.feeding import Feeder


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str], kelan: Profile) -> str:
    """A village with two grids and nothing in them."""
    url = new_database()
    engine: Engine = engine_for(url)
    areas.found(engine, ADMINISTRATOR, kelan)
    with transaction(engine, ADMINISTRATOR) as connection:
        settle(connection, "AB")
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def feeder(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feeder]:
    feeder = Feeder(url, tmp_path_factory.mktemp("rejects"))
    yield feeder
    feeder.stop()


@pytest.fixture
def unchanged(url: str) -> Iterator[None]:
    """Afterwards every table holds what it held."""
    engine = engine_for(url)
    before = checksums(engine)
    yield
    assert checksums(engine) == before
    engine.dispose()


@pytest.fixture
def no_buildings(url: str) -> Iterator[None]:
    """Afterwards the buildings are taken out again."""
    yield
    engine = engine_for(url)
    with transaction(engine, ADMINISTRATOR) as connection:
        connection.exec_driver_sql("DELETE FROM buildings")
    engine.dispose()
