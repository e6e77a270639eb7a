"""Serving the web app until it is stopped, and its embedded database with it."""

import asyncio
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from threading import Event, Thread
from typing import TypeVar

import h11
import uvicorn
from sqlalchemy import Engine
from uvicorn.protocols.http.h11_impl import H11Protocol

from gridmap.access.actors import ADMINISTRATOR
from gridmap.app import create_app
from gridmap.cluster import Cluster
from gridmap.errors import CallError, ClusterError, Unavailable
from gridmap.plans.drafts import settle
from gridmap.plans.proposing import work
from gridmap.settings import Settings

Say = Callable[[str], None]
Subject = TypeVar("Subject")

_LOOK_EVERY_S = 1.0
_SETTLE_EVERY_S = 300.0
_HEAD_S = 10.0
_UNREAD_S = 30.0
_HEAD_BYTES = 64 << 10
_CONNECTIONS = 4000
_FILES_KEPT_FREE = 200


def serve(settings: Settings, say: Say) -> None:
    """Serve at the settings' host and port; says the address once it is taken.

    Raises:
        CallError: the port is taken, or the host is none of this machine's.
    """
    try:
        listener = socket.create_server((settings.host, settings.port), backlog=128)
    except OSError as error:
        raise CallError(
            f"{settings.host}:{settings.port} 不能使用（{error.strerror}），"
            "请用 GRIDMAP_PORT 或 GRIDMAP_HOST 另选",
            f"{settings.host}:{settings.port} cannot be used ({error.strerror}): "
            "choose another GRIDMAP_PORT or GRIDMAP_HOST",
        ) from error
    app = create_app(settings)
    host, port = listener.getsockname()[:2]
    say(f"gridmap 已就绪 · ready at  http://{host}:{port}")
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
        http=_Impatient,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        limit_concurrency=_connections(),
        timeout_keep_alive=5,
        server_header=False,
    )
    with _watched(settings, say), settling(app.state.engine), proposing(app.state.engine):
        uvicorn.Server(config).run(sockets=[listener])


class _Impatient(H11Protocol):
    """HTTP to callers who neither let a request's head wait nor an answer lie unread.

    uvicorn itself has a limit of time between two requests only: a head that comes byte by byte
    would hold its connection for ever.
    """

    _waiting: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._waiting = self.loop.call_later(_HEAD_S, transport.abort)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            _cancel(self._waiting)
            self._waiting = None
        elif self._waiting is None:
            self._waiting = self.loop.call_later(_HEAD_S, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(_UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        _cancel(self._unread)

    def connection_lost(self, exc: Exception | None) -> None:
        _cancel(self._waiting)
        _cancel(self._unread)
        super().connection_lost(exc)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def _connections() -> int:
    """How many connections may be open; the process is given as many files as that takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + _FILES_KEPT_FREE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return soft - _FILES_KEPT_FREE
    return _CONNECTIONS


def settling(engine: Engine) -> AbstractContextManager[None]:
    """Meanwhile, at once and every few minutes, a plan whose first day has come is followed."""
    return _beside(_settle, engine)


@contextmanager
def _beside(task: Callable[[Subject, Event], None], subject: Subject) -> Iterator[None]:
    """Meanwhile a task goes on in a thread of its own, until its event is set."""
    ended = Event()
    thread = Thread(target=task, args=(subject, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=5)


def _settle(engine: Engine, ended: Event) -> None:
    while True:
        with suppress(Unavailable):  # the next time will do
            settle(engine, ADMINISTRATOR)
        if ended.wait(_SETTLE_EVERY_S):
            return


def proposing(engine: Engine) -> AbstractContextManager[None]:
    """Meanwhile the proposals that are asked for are computed, one at a time."""
    return _beside(work, engine)


@contextmanager
def _watched(settings: Settings, say: Say) -> Iterator[None]:
    """Meanwhile, an embedded database that falls is set up again; one that was stopped stays so."""
    if settings.database_url is not None:
        yield
        return
    with _beside(partial(_watch, say=say), Cluster(settings)):
        yield


def _watch(cluster: Cluster, ended: Event, *, say: Say) -> None:
    told = ""
    while not ended.wait(_LOOK_EVERY_S):
        try:
            if cluster.has_fallen():
                cluster.up()
                say("内嵌数据库异常终止，已重新启动 · the embedded database fell and is up again")
                told = ""
        except ClusterError as error:
            if str(error) != told:  # once, not every second
                say(told := str(error))
