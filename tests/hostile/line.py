"""A line between an application and its database that can be held, cut and mended."""

import socket
import threading
from contextlib import suppress


class Line:
    """Carries bytes both ways between `near_port` and `far_port`.

    While it swallows, both ends stay connected and nothing comes through; while it is dropped,
    what was connected is cut and what asks is refused.
    """

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.far_port = int(free.getsockname()[1])
        self._flows = threading.Event()
        self._flows.set()
        self._ends: list[socket.socket] = []
        self._listen(0)

    def _listen(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.near_port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                self._ends.append(near)
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        self._flows.wait()
        try:
            far = socket.create_connection(("127.0.0.1", self.far_port))
        except OSError:
            near.close()
            return
        self._ends.append(far)
        threading.Thread(target=self._carry, args=(near, far), daemon=True).start()
        self._carry(far, near)

    def _carry(self, out_of: socket.socket, into: socket.socket) -> None:
        with suppress(OSError):
            while some := out_of.recv(65536):
                self._flows.wait()
                into.sendall(some)
        for end in (out_of, into):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def swallow(self) -> None:
        """From now on nothing comes through, and nobody is told."""
        self._flows.clear()

    def drop(self) -> None:
        """From now on everybody is cut off and refused."""
        self._listener.close()
        # A thread that accepts keeps a closed listener alive: one more call ends it.
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.near_port), timeout=1).close()
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def mend(self) -> None:
        """From now on all comes through again, what was swallowed first."""
        self._flows.set()
        if self._listener.fileno() < 0:
            self._listen(self.near_port)

    def close(self) -> None:
        self.mend()
        self.drop()
