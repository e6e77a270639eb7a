"""Serving the web app until it is stopped, and its embedded database with it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import uvicorn

from gridmap.app import create_app
from gridmap.cluster import Cluster
from gridmap.errors import CallError, ClusterError
from gridmap.settings import Settings

Say = Callable[[str], None]

_LOOK_EVERY_S = 1.0


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
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=5)
    with _watched(settings, say):
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _watched(settings: Settings, say: Say) -> Iterator[None]:
    """Meanwhile, an embedded database that falls is set up again; one that was stopped stays so."""
    if settings.database_url is not None:
        yield
        return
    ended = Event()
    watch = Thread(target=_watch, args=(Cluster(settings), ended, say), daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join(timeout=5)


def _watch(cluster: Cluster, ended: Event, say: Say) -> None:
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
