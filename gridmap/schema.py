"""A database ready for work: started where it is ours, at the schema's newest revision."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Engine, text

from gridmap.cluster import APP, EXTENSIONS, Cluster, database_url
from gridmap.db import SCHEMA, engine_for, reachable, sql
from gridmap.errors import DataError, Unavailable
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.phones import PhoneSealer, scour
from gridmap.settings import Settings

_PRESENT = text("SELECT extname FROM pg_extension")
_IS_MEMBER = text("SELECT pg_has_role(rolname, 'MEMBER') FROM pg_roles WHERE rolname = :role")


@contextmanager
def alembic_at(settings: Settings, url: str) -> Iterator[Config]:
    """Alembic's configuration on one connection; its transaction commits at the end.

    The connection looks names up in `public` only: Alembic takes the first schema of the search
    path for the nameless one, and would not find ours under its name.
    """
    engine = engine_for(url, statement_timeout_s=0, search_path="public")
    config = Config()
    config.attributes["seal_phones"] = PhoneSealer(KeyFile.of(settings))
    config.set_main_option("script_location", str(settings.migrations_dir).replace("%", "%%"))
    try:
        with reachable(), engine.begin() as connection:
            config.attributes["connection"] = connection
            yield config
    finally:
        engine.dispose()


def migrate(settings: Settings, url: str) -> None:
    """Carry the database to the newest revision and renew the application's rights, at one go.

    Raises:
        DataError: the database lacks PostGIS or the application's role, or was made by a newer
            gridmap.
        Unavailable: phones of before have to be sealed, and the key file cannot be used.
    """
    with alembic_at(settings, url) as config:
        connection = config.attributes["connection"]
        missing = sorted(set(EXTENSIONS) - set(connection.scalars(_PRESENT)))
        if missing:
            lines = "; ".join(f"CREATE EXTENSION {name}" for name in missing)
            raise DataError(
                f"数据库缺少扩展，请管理员在其中执行：{lines}",
                f"the database lacks extensions; ask its administrator to run there: {lines}",
            )
        if not connection.scalar(_IS_MEMBER, {"role": APP}):
            raise _without_role(connection.scalar(text("SELECT current_user")))
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise DataError(
                f"数据库结构比本程序新（{error}），请升级 gridmap",
                f"the database was made by a newer gridmap ({error}): upgrade gridmap",
            ) from error
        connection.execute(sql("access/grants.sql"))
    if config.attributes["seal_phones"].count:
        scour(url)


def _without_role(owner: str) -> DataError:
    lines = f'CREATE ROLE {APP}; GRANT {APP} TO "{owner}"'
    return DataError(
        f"数据库服务器缺少应用程序的角色，请管理员执行：{lines}",
        f"the server lacks the application's role; ask its administrator to run: {lines}",
    )


def known_revisions(settings: Settings) -> list[str]:
    """Every revision this gridmap can carry to the newest, the newest first."""
    scripts = ScriptDirectory(str(settings.migrations_dir))
    return [script.revision for script in scripts.walk_revisions()]


def revision(engine: Engine) -> str | None:
    """The revision the database has; None before the first migration."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
        return context.get_current_revision()


def make_ready(settings: Settings) -> str:
    """Start the embedded cluster if it is the one in use, migrate, and give the address.

    Raises:
        ClusterError: the embedded cluster cannot start.
        Unavailable: the user's own server does not answer.
        DataError: the database lacks an extension, or was made by a newer gridmap.
    """
    if settings.database_url is None:
        Cluster(settings).up()
    url = database_url(settings)
    migrate(settings, url)
    return url


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """The database in use, ready, with no limit on how long a bulk statement takes.

    Raises:
        ClusterError, Unavailable, DataError: as `make_ready`.
    """
    engine = engine_for(make_ready(settings), statement_timeout_s=0)
    try:
        yield engine
    finally:
        engine.dispose()


@dataclass(frozen=True)
class State:
    """What `gridmap status` tells. state is running, stopped, absent or away."""

    state: str
    mode: str
    database_url: str
    home: str
    postgres: str | None
    postgis: str | None
    revision: str | None
    profile: str | None
    log: str | None


_LOOK = text(
    "SELECT current_setting('server_version'),"
    " (SELECT extversion FROM pg_extension WHERE extname = 'postgis')"
)
_PROFILE = text("SELECT profile_name FROM deployment")


def look(settings: Settings) -> State:
    """The state of the database in use; starts and changes nothing."""
    cluster = Cluster(settings) if settings.database_url is None else None
    url = database_url(settings)
    state = cluster.state() if cluster else "running"
    postgres = postgis = at = profile = None
    if state == "running":
        engine = engine_for(url)
        try:
            with reachable(), engine.connect() as connection:
                postgres, postgis = connection.execute(_LOOK).one()
                at = revision(engine)
                profile = connection.scalar(_PROFILE) if at else None
        except Unavailable:
            state = "away"
        finally:
            engine.dispose()
    return State(
        state=state,
        mode="embedded" if cluster else "external",
        database_url=url,
        home=str(settings.home),
        postgres=postgres,
        postgis=postgis,
        revision=at,
        profile=profile,
        log=str(cluster.log) if cluster else None,
    )
