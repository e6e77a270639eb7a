"""HTTP of logging in and out, by password or by an identity provider."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response, status
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from gridmap.access import entering, store
from gridmap.access.actors import NOBODY
from gridmap.access.gate import COOKIE, Call
from gridmap.access.passwords import DEMO_PASSWORD
from gridmap.access.provider import PENDING_S, Pending, Provider
from gridmap.access.routes.shapes import (
    Code,
    Me,
    Name,
    Number,
    Password,
    ScopeOf,
    login_of,
    me_of,
    scope_of,
    sealer_of,
)
from gridmap.db import Actor, transaction
from gridmap.errors import NoAccount, NotFound, NotLoggedIn, TooFast, Unavailable

router = APIRouter(prefix="/api", tags=["log-in"])

PENDING_COOKIE = "gridmap_oidc"
_CALLBACK = "/api/login/oidc/callback"
_ENTRANCE = {NoAccount: "no-account", NotLoggedIn: "refused", TooFast: "wait", Unavailable: "away"}


class NewLogin(BaseModel, extra="forbid"):
    """What somebody logs in with."""

    account: Name
    password: Password
    one_time_code: Code | None = None


class Oidc(BaseModel):
    """An identity provider, by the name it has for people."""

    title: str


class DemoAccount(BaseModel):
    """An account of the demonstration, for everybody."""

    account: str
    password: str
    role: str
    title: str
    title_en: str
    scope: ScopeOf


class Ways(BaseModel):
    """What the log-in page offers."""

    oidc: Oidc | None
    demo: list[DemoAccount]


class OpenLogin(BaseModel):
    """One of one's own log-ins; `current` is the one that asks."""

    id: int
    since: datetime
    last_seen: datetime
    origin: str | None
    via: store.Via
    current: bool


class OpenLogins(BaseModel):
    """One's own log-ins, the last used first."""

    logins: list[OpenLogin]


@router.get("/login")
def ways(request: Request) -> Ways:
    """How one can log in here; in a demonstration, as whom."""
    state = request.app.state
    with transaction(state.engine, Actor(NOBODY, request.state.origin)) as connection:
        rows = store.demo_accounts(connection)
    return Ways(
        oidc=None if state.provider is None else Oidc(title=state.settings.oidc_title),
        demo=[
            DemoAccount(
                account=row["account"],
                password=DEMO_PASSWORD,
                role=row["role"],
                title=row["title"],
                title_en=row["title_en"],
                scope=scope_of(row["unit_code"], row["grid_code"], row["scope"]),
            )
            for row in rows
        ],
    )


@router.post("/login")
def log_in(request: Request, response: Response, incoming: NewLogin) -> Me:
    """Log in; sets the cookie."""
    tried = entering.Tried(
        account=incoming.account,
        password=incoming.password,
        code=incoming.one_time_code,
        origin=request.state.origin,
    )
    cookie = entering.log_in(request.app.state.engine, sealer_of(request), tried)
    return _entered(request, response, cookie)


@router.delete("/login", status_code=status.HTTP_204_NO_CONTENT)
def log_out(request: Request, response: Response) -> None:
    """Log out: the cookie is worth nothing from now on."""
    entering.log_out(request.app.state.engine, request.state.actor, login_of(request).id)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


@router.get("/logins")
def logins(request: Request) -> OpenLogins:
    """One's own log-ins that are open."""
    with transaction(request.app.state.engine, request.state.actor) as connection:
        rows = store.open_logins(connection)
    current = login_of(request).id
    return OpenLogins(
        logins=[
            OpenLogin(
                id=row["id"],
                since=row["created_at"],
                last_seen=row["last_seen_at"],
                origin=row["origin"],
                via=row["via"],
                current=row["id"] == current,
            )
            for row in rows
        ]
    )


@router.delete("/logins/{number}", status_code=status.HTTP_204_NO_CONTENT)
def end_login(request: Request, number: Annotated[Number, Path()]) -> None:
    """End one of one's own log-ins."""
    entering.end_login(request.app.state.engine, request.state.actor, number)


@router.get("/login/oidc", response_class=RedirectResponse, status_code=status.HTTP_302_FOUND)
def to_provider(request: Request, to: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    """To the identity provider, and from there to the page `to`."""
    to = to if _is_ours(to) else "/"
    try:
        url, pending = _provider(request).begin(_callback(request), to)
    except (NotLoggedIn, Unavailable) as error:
        return _told_on_page(request, error, to)
    answer = RedirectResponse(url, status.HTTP_302_FOUND)
    sealed = sealer_of(request).seal(json.dumps(pending.as_dict()).encode(), PENDING_COOKIE)
    answer.set_cookie(
        PENDING_COOKIE,
        sealed.hex(),
        max_age=PENDING_S,
        path=_CALLBACK,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(
    "/login/oidc/callback", response_class=RedirectResponse, status_code=status.HTTP_302_FOUND
)
def from_provider(request: Request) -> Response:
    """Back from the identity provider."""
    provider, to = _provider(request), "/"
    try:
        pending = _pending(request)
        to = pending.to
        cookie = entering.enter_by_provider(
            request.app.state.engine,
            lambda: provider.finish(_callback(request), pending, request.query_params),
            request.state.origin,
        )
    except (NotLoggedIn, TooFast, Unavailable) as error:
        return _told_on_page(request, error, to)
    answer = RedirectResponse(pending.to, status.HTTP_302_FOUND)
    answer.delete_cookie(PENDING_COOKIE, path=_CALLBACK, httponly=True, samesite="lax")
    _entered(request, answer, cookie)
    return answer


def _entered(request: Request, response: Response, cookie: str) -> Me:
    """Set the cookie of a log-in just opened; one that the browser had before is ended."""
    engine, origin = request.app.state.engine, request.state.origin
    before = Call.of(request.scope).cookie
    left = entering.find_login(engine, before, origin) if before else None
    if left is not None:
        entering.log_out(engine, Actor(left.account, origin), left.id)
    login = entering.find_login(engine, cookie, origin)
    assert login is not None
    response.set_cookie(
        COOKIE,
        cookie,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return me_of(request, Actor(login.account, origin), login)


def _told_on_page(
    request: Request, error: NotLoggedIn | TooFast | Unavailable, to: str
) -> Response:
    """Back to the log-in page, which says why; a program gets the problem itself.

    Raises:
        NotLoggedIn, TooFast, Unavailable: the error, to whoever does not ask for a page.
    """
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    why = next(_ENTRANCE[kind] for kind in type(error).__mro__ if kind in _ENTRANCE)
    return RedirectResponse(f"{to}{'&' if '?' in to else '?'}entrance={why}", status.HTTP_302_FOUND)


def _provider(request: Request) -> Provider:
    provider = request.app.state.provider
    if not isinstance(provider, Provider):
        raise NotFound("没有设置统一身份认证", "no identity provider is set up")
    return provider


def _pending(request: Request) -> Pending:
    try:
        sealed = bytes.fromhex(request.cookies.get(PENDING_COOKIE, ""))
    except ValueError:
        sealed = b""
    plain = sealer_of(request).open(sealed, PENDING_COOKIE)
    if plain is None:
        raise NotLoggedIn(
            "登录没有从本页开始，或等得太久，请重新登录",
            "this log-in did not begin here, or it took too long: log in again",
        )
    return Pending(**json.loads(plain))


def _callback(request: Request) -> str:
    return str(request.base_url).rstrip("/") + _CALLBACK


def _is_ours(to: str) -> bool:
    """Whether it is a page of ours; browsers take a backslash for a slash, and drop some signs."""
    return to.startswith("/") and not to.startswith("//") and to.isprintable() and "\\" not in to
