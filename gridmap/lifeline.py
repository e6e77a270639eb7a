"""Connections that are cut when their server no longer answers.

A server that is frozen, or behind a line that swallows everything, still looks connected: its
kernel, or the box in between, goes on acknowledging. A statement would wait for ever; no time limit
of the server's can help, for it is the server that keeps it. So whenever one takes longer than a
second, the server is asked on a new connection whether it lives, and only if it does not are the
waiting connections cut. Statements may take as long as they like on a server that answers.
"""

import os
import socket
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any, Self, TypeVar

import psycopg

ASK_AFTER_S = 1.0
ASK_FOR_S = 2
"""How long the server may take to answer: the least that libpq knows."""
AWAY_FOR_S = 1.0
"""After no answer nobody asks again so long, but is told at once: else all threads would wait."""

_LOOK_EVERY_S = 0.25
_T = TypeVar("_T")


class Watched(psycopg.Connection[Any]):
    """A connection whose every wait is watched."""

    asking: tuple[Any, ...] = ()
    options: dict[str, Any] | None = None
    patience = 1

    @classmethod
    def connected(cls, patience: int, *asking: Any, **options: Any) -> Self:
        """A new connection.

        Args:
            patience: how often in a row the server may fail to answer before the cut.

        Raises:
            psycopg.OperationalError: as `psycopg.connect`; at once where another had no answer just
                now.
        """
        _WATCH.refuse_if_away(_key(asking, options))
        try:
            made = cls.connect(*asking, **options)
        except psycopg.errors.ConnectionTimeout:
            _WATCH.is_away(_key(asking, options))
            raise
        made.asking, made.options, made.patience = asking, options, patience
        return made

    def wait(self, gen: Generator[Any, Any, _T], *rest: Any, **other: Any) -> _T:
        """Wait for the server, watched."""
        if self.options is None:  # not yet connected
            return super().wait(gen, *rest, **other)
        _WATCH.begins(self)
        try:
            return super().wait(gen, *rest, **other)
        finally:
            _WATCH.ends(self)


def _key(asking: tuple[Any, ...], options: dict[str, Any] | None) -> str:
    return repr((asking, sorted((options or {}).items())))


class _Watch:
    """The waits of this process, and the thread that looks at them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waits: dict[int, tuple[Watched, float]] = {}
        self._thread: threading.Thread | None = None
        self._away_until: dict[str, float] = {}
        self._silent: dict[str, int] = {}

    def begins(self, connection: Watched) -> None:
        with self._changed:
            self._waits[id(connection)] = connection, time.monotonic()
            if self._thread is None or not self._thread.is_alive():  # as after a fork
                self._thread = threading.Thread(target=self._look, daemon=True, name="lifeline")
                self._thread.start()
            elif len(self._waits) == 1:
                self._changed.notify()

    def ends(self, connection: Watched) -> None:
        with self._changed:
            self._waits.pop(id(connection), None)

    def is_away(self, key: str) -> None:
        self._away_until[key] = time.monotonic() + AWAY_FOR_S

    def refuse_if_away(self, key: str) -> None:
        if time.monotonic() < self._away_until.get(key, 0):
            raise psycopg.OperationalError("the server gave no answer a moment ago")

    def _look(self) -> None:
        while True:
            with self._changed:
                while not self._waits:
                    self._changed.wait()
            time.sleep(_LOOK_EVERY_S)
            for key, overdue in self._overdue().items():
                if _answers(overdue[0]):
                    self._silent.pop(key, None)
                    continue
                self._silent[key] = self._silent.get(key, 0) + 1
                self.is_away(key)
                for connection in overdue:
                    if self._silent[key] >= connection.patience:
                        self._cut(connection)

    def _overdue(self) -> dict[str, list[Watched]]:
        since = time.monotonic() - ASK_AFTER_S
        found: dict[str, list[Watched]] = {}
        with self._changed:
            for connection, began in self._waits.values():
                if began <= since:
                    found.setdefault(_key(connection.asking, connection.options), []).append(
                        connection
                    )
        return found

    def _cut(self, connection: Watched) -> None:
        with self._changed, suppress(OSError, psycopg.Error):
            # One that has ended meanwhile may have given its number to another.
            if id(connection) in self._waits:
                with socket.socket(fileno=os.dup(connection.fileno())) as line:
                    line.shutdown(socket.SHUT_RDWR)


def _answers(connection: Watched) -> bool:
    """Whether anything comes back, be it a refusal: then whoever waits will be told as well."""
    options = {**(connection.options or {}), "connect_timeout": ASK_FOR_S}
    try:
        with psycopg.connect(*connection.asking, **options):
            return True
    except psycopg.errors.ConnectionTimeout:
        return False
    except psycopg.OperationalError:
        return True


_WATCH = _Watch()
