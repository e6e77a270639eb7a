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
from sqlalchemy.event import listens_for
from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gridmap.errors import Unavailable
from gridmap.lifeline import Watched

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
_PATIENCE_OF_PAGES = 1
_PATIENCE_OF_LOADS = 5  # hours of work are not given up for a machine that is busy


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
    """An engine that notices a database which went away, froze or came back (see `lifeline`).

    Args:
        url: a libpq address, `postgresql://…`.
        statement_timeout_s: how long one statement may take; 0 for no limit (bulk work).
        search_path: where unqualified names are looked up.
        role: the role whose rights every statement has; those of the login itself if None.
    """
    options = f"-c search_path={search_path} -c statement_timeout={statement_timeout_s}s -c jit=off"
    if role is not None:
        options += f" -c role={role}"
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=pool_size,
        pool_timeout=5,
        hide_parameters=True,  # an error, and whatever logs it, tells no value
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
    patience = _PATIENCE_OF_PAGES if statement_timeout_s else _PATIENCE_OF_LOADS

    @listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, asking: tuple[Any, ...], options: Any) -> Watched:
        return Watched.connected(patience, *asking, **options)

    return engine


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
    """Tell a database that cannot work now from a statement that is wrong.

    Raises:
        Unavailable: the database cannot be reached, went away meanwhile, is full or read-only, or
            took longer than is allowed.
    """
    try:
        yield
    except PoolTimeout as error:
        raise _unavailable("连接数已满", "all connections are busy") from error
    except (OperationalError, InternalError) as error:
        told = _told(error)
        if told is None:
            raise
        raise _unavailable(*told) from error
    except ProgrammingError as error:
        if not _is_of_a_file(error):
            raise
        raise _unavailable(*_NO_FILES) from error


def is_refusal(error: ProgrammingError) -> bool:
    """Whether the database refused a statement for want of a right; else the statement is wrong."""
    return getattr(error.orig, "sqlstate", None) == _NO_RIGHT


_NO_RIGHT = "42501"
_TOLD = {
    "57014": ("查询超过时限，已中止", "the query took longer than is allowed and was stopped"),
    "53100": ("数据库的磁盘已满，没有写入", "the database's disk is full: nothing was written"),
    "53300": ("数据库的连接数已满", "the database has no connection free"),
    "25006": ("数据库现在只读，没有写入", "the database is read-only now: nothing was written"),
}
_NO_FILES = (
    "数据库不能读写它的文件，没有写入",
    "the database cannot read or write its files: nothing was written",
)
# The parts of PostgreSQL that open files: on a disk that turned read-only they tell "insufficient
# privilege", the state of a caller who lacks a right (errcode_for_file_access in elog.c).
_OPENING_FILES = {
    *("fd.c", "md.c", "smgr.c", "bufmgr.c", "buffile.c", "fileset.c", "sharedfileset.c"),
    *("xlog.c", "xlogutils.c", "slru.c", "clog.c", "copydir.c", "relmapper.c", "relcache.c"),
    *("snapmgr.c", "dsm_impl.c", "pgstat.c"),
}
_NO_CONNECTION_FREE = ("too many clients", "connection slots are reserved", "too many connections")
_AWAY = ("数据库没有应答", "the database does not answer")


def _told(error: OperationalError | InternalError) -> tuple[str, str] | None:
    """What to tell of a server that cannot work now; None of a statement that is wrong."""
    state = getattr(error.orig, "sqlstate", None)
    if state is None and any(words in str(error.orig) for words in _NO_CONNECTION_FREE):
        state = "53300"  # libpq gives no state of a connection that was refused
    if state in _TOLD:
        return _TOLD[state]
    away = (
        error.connection_invalidated
        or state is None
        or state[:2] in {"08", "53", "58"}
        or state[:4] == "57P0"
    )
    return _AWAY if away else None


def _is_of_a_file(error: ProgrammingError) -> bool:
    said = getattr(error.orig, "diag", None)
    return said is not None and said.sqlstate == _NO_RIGHT and said.source_file in _OPENING_FILES


def _unavailable(zh: str, en: str) -> Unavailable:
    return Unavailable(
        f"{zh}。稍后会自动恢复；若持续，请运行 gridmap status 查看",
        f"{en}. It recovers by itself; if it lasts, run `gridmap status`",
    )


@cache
def sql(name: str) -> TextClause:
    """The statement in the file `gridmap/NAME`, with `:bound` parameters."""
    return text((_FOLDER / name).read_text(encoding="utf-8"))
