"""Real parts for every test: an embedded PostGIS in a temporary folder, a fresh database each."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from gridmap import schema
from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas import actions as areas
from gridmap.cluster import OWNER, SUPERUSER, Cluster
from gridmap.db import Actor, engine_for
from gridmap.profiles import Profile, load_profile
from gridmap.settings import Settings
from tests.chromium import launch_chromium

ROOT = Path(__file__).parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; a stranger's clone has none."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real data at {SHARED_DATA.relative_to(ROOT.parent)} beside the checkout")
    return SHARED_DATA


# Not for the whole run: while a Playwright is open, no other one starts in its process, and no
# other event loop either.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's chromium, without a screen."""
    with launch_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A short folder that the postgres user can enter, as pytest's own cannot be."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(home: Path) -> Iterator[Cluster]:
    """One embedded PostGIS for the whole run."""
    cluster = Cluster(Settings(home=home, database_url=None))
    cluster.up()
    # Each of some hundred databases is dropped with a checkpoint: not waiting for the disk, here
    # where nothing must last, saves minutes. test_cluster.py tests one that is left as made.
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield cluster
    cluster.down()


@pytest.fixture(scope="session")
def template(cluster: Cluster, home: Path) -> str:
    """The name of a migrated, empty database, to be copied."""
    schema.migrate(Settings(home=home), cluster.url())
    return "gridmap"


@pytest.fixture(scope="session")
def new_database(cluster: Cluster, template: str) -> Iterator[Callable[[], str]]:
    """Makes a fresh migrated database at each call; returns its address."""
    numbers = count(1)
    made: list[str] = []

    def make() -> str:
        name = f"test_{next(numbers)}"
        with psycopg.connect(cluster.url(database="postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}")
        made.append(name)
        return cluster.url(database=name)

    yield make
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """The address of a fresh migrated database."""
    return new_database()


@pytest.fixture
def settings(home: Path, database: str) -> Settings:
    """Settings that point at the test's own database."""
    return Settings(home=home, database_url=database)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """An engine on the test's own database."""
    engine = engine_for(database)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def actor() -> Actor:
    """Who acts in the tests."""
    return ADMINISTRATOR


@pytest.fixture(scope="session")
def kelan() -> Profile:
    """The profile of 岢岚."""
    return load_profile("kelan", Settings().data_dir)


@pytest.fixture
def county(engine: Engine, actor: Actor, kelan: Profile) -> Engine:
    """A database that knows its county and holds nothing else."""
    areas.found(engine, actor, kelan)
    return engine
