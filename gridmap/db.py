"""The way to the database: engines, transactions that name their actor, SQL files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    Column,
    Computed,
    Connection,
    DateTime,
    Engine,
    MetaData,
    Text,
    TextClause,
    create_engine,
    make_url,
    text,
)
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gridmap.errors import Unavailable

SCHEMA = "gridmap"

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    },
)
"""The tables of every capability register here, so that Alembic sees one schema."""

CRS = 4490
"""CGCS2000 longitude and latitude: what is stored."""

TILE_CRS = 3857
"""Web Mercator: the stored copy that tiles are cut from. Never for areas."""

_FOLDER = Path(__file__).parent


def recorded() -> list[Column[Any]]:
    """The two columns of every table: who wrote the row, in whose transaction, and when."""
    return [
        Column("recorded_by", Text, nullable=False, server_default=text("gridmap.actor()")),
        Column(
            "recorded_at", DateTime(timezone=True), nullable=False, server_default=text("now()")
        ),
    ]


def located(kind: str, *, nullable: bool = False) -> list[Column[Any]]:
    """A geometry in EPSG:4490 and its stored copy in EPSG:3857 for tiles, both indexed."""
    return [
        Column("geom", Geometry(kind, CRS), nullable=nullable),
        Column(
            "geom_3857",
            Geometry(kind, TILE_CRS),
            Computed("st_transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
    ]


@dataclass(frozen=True)
class Actor:
    """Who acts. Every transaction has one, and every row it writes bears the account.

    Attributes:
        account: the account's name; what it may read and do stands in the database.
        origin: from where, for the audit trail, such as an address; None for this machine.
        rights: the only rights to use of those that the account has, for a token; None for all.
    """

    account: str
    origin: str | None = None
    rights: frozenset[str] | None = None


def engine_for(
    url: str,
    *,
    statement_timeout_s: int = 60,
    pool_size: int = 8,
    search_path: str = f"{SCHEMA},public",
    role: str | None = None,
) -> Engine:
    """An engine that notices a database which went away, froze or came back.

    Args:
        url: a libpq address, `postgresql://…`.
        statement_timeout_s: how long one statement may take; 0 for no limit (bulk work).
        search_path: where unqualified names are looked up.
        role: the role whose rights every statement has; those of the login itself if None.
    """
    options = f"-c search_path={search_path} -c statement_timeout={statement_timeout_s}s -c jit=off"
    if role is not None:
        options += f" -c role={role}"
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=pool_size,
        pool_timeout=5,
        connect_args={
            "connect_timeout": 3,
            "options": options,
            "application_name": "gridmap",
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "tcp_user_timeout": 5000,
        },
    )


@contextmanager
def transaction(engine: Engine, actor: Actor) -> Iterator[Connection]:
    """One transaction in the actor's name: committed at the end, rolled back on an error.

    Raises:
        Unavailable: the database cannot be reached, or went away meanwhile.
    """
    with reachable(), engine.begin() as connection:
        connection.execute(
            text(
                "SELECT set_config('gridmap.actor', :account, true),"
                " set_config('gridmap.origin', :origin, true),"
                " set_config('gridmap.only_rights', :rights, true)"
            ),
            {
                "account": actor.account,
                "origin": actor.origin or "",
                # An empty setting means every right: a token without any has none that exists.
                "rights": "" if actor.rights is None else ",".join(sorted(actor.rights)) or "none",
            },
        )
        yield connection


@contextmanager
def reachable() -> Iterator[None]:
    """Tell a database that is away from a statement that failed on a living one.

    Raises:
        Unavailable: the database cannot be reached, or went away meanwhile.
    """
    try:
        yield
    except PoolTimeout as error:
        raise _unavailable("连接数已满", "all connections are busy") from error
    except OperationalError as error:
        if not _is_away(error):
            raise
        raise _unavailable("数据库没有应答", "the database does not answer") from error


def is_refusal(error: ProgrammingError) -> bool:
    """Whether the database refused a statement for want of a right; else the statement is wrong."""
    return getattr(error.orig, "sqlstate", None) == "42501"


def _is_away(error: OperationalError) -> bool:
    """Whether the server is gone, as against a statement that failed on a living one."""
    state = getattr(error.orig, "sqlstate", None)
    return (
        error.connection_invalidated
        or state is None
        or state[:2] in {"08", "53"}
        or state[:4] == "57P0"
    )


def _unavailable(zh: str, en: str) -> Unavailable:
    return Unavailable(
        f"{zh}。稍后会自动恢复；若持续，请运行 gridmap status 查看",
        f"{en}. It recovers by itself; if it lasts, run `gridmap status`",
    )


@cache
def sql(name: str) -> TextClause:
    """The statement in the file `gridmap/NAME`, with `:bound` parameters."""
    return text((_FOLDER / name).read_text(encoding="utf-8"))
