"""Tiles already drawn, kept under their exact ETag. Pure."""

from collections import OrderedDict
from threading import Lock

MOST_BYTES = 64 << 20


class TileCache:
    """The tiles asked for last, up to a number of bytes; safe between threads.

    A tile is kept under the ETag of its content, so that a kept one is never stale: ten screens
    in a command room cost one drawing.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._tiles: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, account: str, etag: str) -> bytes | None:
        """The tile as this account may see it; None when it has to be drawn."""
        with self._lock:
            found = self._tiles.get((account, etag))
            if found is not None:
                self._tiles.move_to_end((account, etag))
            return found

    def put(self, account: str, etag: str, content: bytes) -> None:
        """Keep a tile; those not asked for longest make room."""
        with self._lock:
            self._bytes -= len(self._tiles.pop((account, etag), b""))
            self._tiles[account, etag] = content
            self._bytes += len(content)
            while self._bytes > self._most_bytes:
                _, dropped = self._tiles.popitem(last=False)
                self._bytes -= len(dropped)
