"""Serving the web app until it is stopped."""

import socket
from collections.abc import Callable

import uvicorn

from gridmap.app import create_app
from gridmap.errors import CallError
from gridmap.settings import Settings


def serve(settings: Settings, say: Callable[[str], None]) -> None:
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
    uvicorn.Server(config).run(sockets=[listener])
