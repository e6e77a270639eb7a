"""The schema's revisions: bring a database to the newest one, tell which it has."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from gridmap.db import SCHEMA, engine_for
from gridmap.settings import Settings


@contextmanager
def alembic_at(settings: Settings, url: str) -> Iterator[Config]:
    """Alembic's configuration on one connection; its transaction commits at the end.

    The connection looks names up in `public` only: Alembic takes the first schema of the search
    path for the nameless one, and would not find ours under its name.
    """
    engine = engine_for(url, statement_timeout_s=0, search_path="public")
    config = Config()
    config.set_main_option("script_location", str(settings.migrations_dir).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            yield config
    finally:
        engine.dispose()


def migrate(settings: Settings, url: str) -> None:
    """Carry the database to the newest revision, in one transaction."""
    with alembic_at(settings, url) as config:
        command.upgrade(config, "head")


def revision(engine: Engine) -> str | None:
    """The revision the database has; None before the first migration."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
        return context.get_current_revision()
