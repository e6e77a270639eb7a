"""Callers who are slow on purpose, and callers by the hundred, against the program as it is run."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas import actions as areas
from gridmap.db import engine_for, transaction
from gridmap.profiles import Profile
from tests.drawing import settle

PROGRAM = Path(sys.executable).with_name("gridmap")


@pytest.fixture(scope="module")
def port(new_database: Callable[[], str], kelan: Profile, home: Path) -> Iterator[int]:
    """`gridmap serve` on a village."""
    url = new_database()
    engine = engine_for(url)
    areas.found(engine, ADMINISTRATOR, kelan)
    with transaction(engine, ADMINISTRATOR) as connection:
        settle(connection, "AB")
    engine.dispose()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    env = {name: value for name, value in os.environ.items() if not name.startswith("GRIDMAP_")}
    env |= {"GRIDMAP_DATABASE_URL": url, "GRIDMAP_PORT": str(port), "GRIDMAP_HOME": str(home)}
    with subprocess.Popen([str(PROGRAM), "serve"], env=env, stdout=subprocess.DEVNULL) as served:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not is_well(port):
            time.sleep(0.1)
        yield port
        served.terminate()


def is_well(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def trickle(port: int, first: bytes, then: bytes, every_s: float) -> tuple[float, bytes]:
    """Send, then a little more each time: for how long that was borne, and the answer."""
    began = time.monotonic()
    got = b""
    with connect(port) as line:
        line.settimeout(every_s)
        try:
            line.sendall(first)
            while time.monotonic() - began < 50:
                try:
                    some = line.recv(65536)
                    got += some
                    if not some:
                        break
                except TimeoutError:
                    line.sendall(then)
        except OSError:
            pass
    return time.monotonic() - began, got


def test_who_is_slow_on_purpose_is_left_and_nobody_else_waits(port: int) -> None:
    post = b"POST /api/incidents HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    slow = {
        "silent": (b"", b""),
        "head": (b"GET /readyz HTTP/1.1\r\n", b"X: y\r\n"),
        "second head": (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /heal", b"t"),
        "length": (post + b"Content-Length: 1000\r\n\r\n{", b" "),
        "chunks": (post + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    }
    with ThreadPoolExecutor(60) as pool:
        waits = {
            name: [pool.submit(trickle, port, *sent, 1.0) for _ in range(10)]
            for name, sent in slow.items()
        }
        time.sleep(3)
        began = time.monotonic()
        assert all(is_well(port) for _ in range(20))
        assert time.monotonic() - began < 5
        for name in ("silent", "head", "second head"):
            assert max(wait.result()[0] for wait in waits[name]) < 16, name
        for name in ("length", "chunks"):
            for wait in waits[name]:
                seconds, got = wait.result()
                assert 18 < seconds < 26, name
                assert got.startswith(b"HTTP/1.1 408 ")
                assert b"application/problem+json" in got
    assert is_well(port)


def test_two_thousand_idle_connections_keep_nobody_out(port: int) -> None:
    idle = [connect(port) for _ in range(2000 if room_for(2200) else 500)]
    try:
        assert all(is_well(port) for _ in range(5))
    finally:
        for line in idle:
            line.close()


def room_for(files: int) -> bool:
    return os.sysconf("SC_OPEN_MAX") > files


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 1_000_000, b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 100_000, b"400"),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", b"431"),
        (b"POST /api/incidents HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n", b"413"),
        (b"POST /api/incidents HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /api/incidents HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
         b"Content-Length: 2\r\n\r\n{}", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
    ],
    ids=["endless address", "endless head", "long address", "long header", "announced", "negative",
         "two lengths", "TLS", "no host"],
)  # fmt: skip
def test_requests_that_are_none_are_refused_at_once(port: int, sent: bytes, status: bytes) -> None:
    with connect(port) as line:
        line.settimeout(5)
        with suppress(ConnectionResetError, BrokenPipeError):
            line.sendall(sent)
        assert line.recv(65536).split()[1] == status
    assert is_well(port)


def test_a_length_and_chunks_at_once_smuggle_nothing(port: int) -> None:
    hidden = b"GET /api/profile HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(port) as line:
        line.settimeout(8)
        line.sendall(
            b"POST /api/incidents HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(hidden)) + hidden
        )
        got = b""
        while some := line.recv(65536):
            got += some
    assert got.startswith(b"HTTP/1.1 400 ")
    assert got.count(b"HTTP/1.1") == 1


def test_a_caller_who_does_not_read_holds_nobody_up(port: int) -> None:
    ask = b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity\r\n\r\n"
    began = time.monotonic()
    deaf = []
    for _ in range(30):
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(10)
        line.connect(("127.0.0.1", port))
        line.sendall(ask * 20)
        deaf.append(line)
    assert all(is_well(port) for _ in range(20))
    assert time.monotonic() - began < 20
    for line in deaf:
        line.close()


def test_a_caller_who_leaves_half_way_is_forgotten(port: int) -> None:
    body = json.dumps({"channel": "hotline"}).encode()
    for cut in range(0, 200, 10):
        with connect(port) as line:
            whole = (
                b"POST /api/incidents HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 900\r\n\r\n" + body
            )
            line.sendall(whole[:cut])
    assert is_well(port)
