"""Alembic's entry: runs on the connection it is given."""

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

import gridmap.access.tables
import gridmap.areas.tables
import gridmap.incidents.tables
import gridmap.plans.tables
import gridmap.premises.tables  # noqa: F401  (each import registers its tables)
from gridmap.db import SCHEMA, metadata


def _ours(name: str | None, kind: str, parents: Any) -> bool:
    return name == SCHEMA if kind == "schema" else True


def _include(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    if kind == "table" and name == "alembic_version":
        return False
    return bool(alembic_helpers.include_object(thing, name, kind, reflected, other))


connection = context.config.attributes["connection"]
connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
    include_name=_ours,
    include_object=_include,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
