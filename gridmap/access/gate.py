"""The gate before every route: who calls, by cookie or token, and whether the call may go on.

Plain ASGI. Behind it `request.state.actor` is the actor and `request.state.login` the log-in (None
for a token). Whatever is not named open here is closed.
"""

import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from anyio import to_thread
from sqlalchemy import Engine

from gridmap.access.entering import TOKEN_MARK, Login, find_login, find_token
from gridmap.access.keeping import unenrolled
from gridmap.db import Actor
from gridmap.errors import (
    Forbidden,
    ForeignPage,
    GridmapError,
    NotLoggedIn,
    OldPassword,
    TooFast,
)

COOKIE = "gridmap_login"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CLOSED = ("/api", "/tiles", "/ogc", "/stream")
"""Below these all is closed that is not open by name; what is not below them are files of the page,
and health. A route elsewhere would find no actor, and fail."""

OPEN = frozenset(
    {
        ("GET", "/api/login"),
        ("POST", "/api/login"),
        ("GET", "/api/login/oidc"),
        ("GET", "/api/login/oidc/callback"),
    }
)
_OWN = ("/api/me", "/api/login", "/api/logins")
"""What a log-in reaches before its password is changed and its code set up, and no token ever."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refuse = Callable[[Scope, GridmapError], App]


@dataclass(frozen=True)
class Call:
    """What the gate looks at."""

    method: str
    path: str
    headers: Mapping[str, str]
    origin: str | None

    @classmethod
    def of(cls, scope: Scope) -> "Call":
        """The call of an ASGI scope."""
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        client = scope.get("client")
        return cls(scope["method"], scope["path"], headers, client[0] if client else None)

    @property
    def is_closed(self) -> bool:
        """Whether it takes a log-in or a token."""
        return self.is_below(CLOSED) and (self.method, self.path) not in OPEN

    def is_below(self, places: tuple[str, ...]) -> bool:
        """Whether its path is one of these, or lies below one."""
        return any(self.path == place or self.path.startswith(place + "/") for place in places)

    @property
    def cookie(self) -> str | None:
        """The value of the log-in's cookie."""
        try:
            found = SimpleCookie(self.headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return None
        return found.value if found and found.value else None

    @property
    def bearer(self) -> str | None:
        """The token of the Authorization header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None


class Gate:
    """The middleware."""

    def __init__(self, app: App, engine: Engine, refuse: Refuse, reports_per_minute: int) -> None:
        self._app = app
        self._engine = engine
        self._refuse = refuse
        self._reports = Pace(reports_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = Call.of(scope)
        state = scope.setdefault("state", {})
        state["origin"] = call.origin
        try:
            if call.method not in SAFE:
                refuse_foreign(call)
            if call.is_closed:
                who, login = await to_thread.run_sync(partial(self.admit, call))
                state["actor"], state["login"] = who, login
        except GridmapError as error:
            await self._refuse(scope, error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def admit(self, call: Call) -> tuple[Actor, Login | None]:
        """Who makes this call.

        Raises:
            NotLoggedIn: nobody does.
            Forbidden: it may not be made by whoever does.
            TooFast: it is made too often.
            Unavailable: the database does not answer.
        """
        if call.bearer is not None:
            actor, login = self._by_token(call, call.bearer), None
        else:
            actor, login = self._by_cookie(call)
        if (call.method, call.path) == ("POST", "/api/incidents"):
            self._reports.step(actor.account)
        return actor, login

    def _by_token(self, call: Call, bearer: str) -> Actor:
        token = None
        if bearer.startswith(TOKEN_MARK):
            token = find_token(self._engine, bearer, call.origin)
        if token is None:
            raise NotLoggedIn(
                "令牌无效：不存在、已到期或已作废",
                "the token is not valid: unknown, expired or revoked",
            )
        if call.is_below(_OWN):
            raise Forbidden(
                "令牌不能用来管理账号与登录", "a token reaches neither account nor log-ins"
            )
        if call.method not in SAFE and "report" not in token.rights:
            raise Forbidden("这个令牌只能读取", "this token may only read")
        return Actor(token.account, call.origin, token.rights)

    def _by_cookie(self, call: Call) -> tuple[Actor, Login]:
        login = find_login(self._engine, call.cookie, call.origin) if call.cookie else None
        if login is None:
            raise NotLoggedIn("请先登录", "log in first")
        if call.method not in SAFE and not compare_digest(
            call.headers.get("x-csrf-token", "").encode(), login.csrf.encode()
        ):
            raise ForeignPage(
                "请求缺少页面令牌 X-CSRF-Token，请刷新页面后再试",
                "the call lacks the page's token X-CSRF-Token: reload the page and try again",
            )
        if not call.is_below(_OWN):
            if login.must_change:
                raise OldPassword(
                    "请先修改初始密码", "change the password that you were given first"
                )
            if login.must_enroll:
                raise unenrolled()
        return Actor(login.account, call.origin), login


def refuse_foreign(call: Call) -> None:
    """Raise for an unsafe call that another site's page makes in the visitor's browser.

    Raises:
        ForeignPage: the browser says so, by Sec-Fetch-Site or by Origin.
    """
    site, origin = call.headers.get("sec-fetch-site"), call.headers.get("origin")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        ours = origin is None or urlsplit(origin).netloc == call.headers.get("host")
    if not ours:
        raise ForeignPage(
            "请求来自别的网站，已拒绝", "the call comes from another site, and was refused"
        )


class Pace:
    """So many steps a minute for each name; kept in memory, for this process."""

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._steps: dict[str, deque[float]] = {}
        self._lock = Lock()

    def step(self, name: str) -> None:
        """Count a step.

        Raises:
            TooFast: there were as many in the last minute.
        """
        now = time.monotonic()
        with self._lock:
            steps = self._steps.setdefault(name, deque())
            while steps and steps[0] <= now - 60:
                steps.popleft()
            if len(steps) >= self._most:
                wait_s = math.ceil(steps[0] + 60 - now)
                raise TooFast(
                    f"上报太频繁，请在 {wait_s} 秒后再试",
                    f"too many reports: try again in {wait_s} seconds",
                    wait_s,
                )
            steps.append(now)
