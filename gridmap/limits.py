"""How much one caller may ask of the web service: sizes, nesting and time. Plain ASGI.

What goes beyond is refused before any route, and any library's parser, has seen it.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refuse = Callable[[Scope, HTTPStatus, str, str], App]
"""Makes the answer that refuses: status, and what to tell in Chinese and in English."""

BODY_BYTES = 1 << 20
BODY_S = 20.0
"""A whole body must have come within this time, however steadily it trickles."""
ADDRESS_BYTES = 16 << 10
HEADER_BYTES = 32 << 10
NESTING = 32
AT_ONCE = 1000
"""Requests under way at one time; far more than wait for a page, far fewer than fill the memory."""

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[{\]}]|NaN|Infinity', re.DOTALL)


class Limits:
    """Refuses what is too large, too deep, too slow or too much; passes on the rest unchanged."""

    def __init__(self, app: App, refuse: Refuse) -> None:
        self.app = app
        self._refuse = refuse
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._under_way >= AT_ONCE:
            await self._refuse(scope, *_BUSY)(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._within(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _within(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            _check_head(scope)
            body = await _body(scope, receive)
        except _Refused as refused:
            answer = self._refuse(scope, refused.status, refused.zh, refused.en)
            await answer(scope, receive, _closing(send))
            return
        if body is not None:
            await self.app(scope, _replayed(body, receive), send)


@dataclass
class _Refused(Exception):
    status: HTTPStatus
    zh: str
    en: str


_BUSY = (
    HTTPStatus.SERVICE_UNAVAILABLE,
    "正在处理的请求太多，请稍后再试",
    "too many requests are under way: try again soon",
)
_TOO_LARGE = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    f"请求内容超过 {BODY_BYTES:,} 字节，没有处理：请分几次提交",
    f"the request has over {BODY_BYTES:,} bytes and was not read: send it in parts",
)


def _check_head(scope: Scope) -> None:
    address = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if address > ADDRESS_BYTES:
        raise _Refused(
            HTTPStatus.REQUEST_URI_TOO_LONG,
            f"网址超过 {ADDRESS_BYTES:,} 字节，请缩短查询条件",
            f"the address has over {ADDRESS_BYTES:,} bytes: ask for less at once",
        )
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
        raise _Refused(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"请求头超过 {HEADER_BYTES:,} 字节",
            f"the headers have over {HEADER_BYTES:,} bytes",
        )


_TWO_LENGTHS = (
    HTTPStatus.BAD_REQUEST,
    "请求同时写明长度和分块传输，无法判断到哪里为止",
    "the request gives a length and comes in chunks: where it ends is not certain",
)


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body; None when the caller has gone."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if b"transfer-encoding" not in headers and length == b"0":
        return b""
    if b"transfer-encoding" in headers and b"content-length" in headers:
        raise _Refused(*_TWO_LENGTHS)
    if len(length) > 12 or (length.isdigit() and int(length) > BODY_BYTES):
        raise _Refused(*_TOO_LARGE)
    try:
        async with asyncio.timeout(BODY_S):
            body = await _gathered(receive)
    except TimeoutError:
        raise _Refused(
            HTTPStatus.REQUEST_TIMEOUT,
            f"请求内容在 {BODY_S:.0f} 秒内没有传完，请检查网络后再试",
            f"the request did not arrive within {BODY_S:.0f} s: check the line and try again",
        ) from None
    if body and b"json" in headers.get(b"content-type", b"json").lower():
        _check_json(body)
    return body


async def _gathered(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > BODY_BYTES:
            raise _Refused(*_TOO_LARGE)
        if not message.get("more_body", False):
            return bytes(body)


def _check_json(body: bytes) -> None:
    """Refuse what parsers differ about: numbers that are none, and nesting without end."""
    depth = 0
    for token in _TOKENS.finditer(body):
        mark = token[0]
        if mark in (b"NaN", b"Infinity"):
            raise _Refused(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                f"{mark.decode()} 不是数，JSON 里不能这样写",
                f"{mark.decode()} is no number and no JSON",
            )
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > NESTING:
            raise _Refused(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                f"JSON 嵌套超过 {NESTING} 层",
                f"the JSON is nested more than {NESTING} deep",
            )


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once, then whatever else comes, which is the end of the connection."""
    waiting = [body]

    async def next_message() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return next_message


def _closing(send: Send) -> Send:
    """Ends the connection after the answer: what is still to come was not read."""

    async def with_end(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        await send(message)

    return with_end
