"""The web service: the only place where HTTP is wired to the capabilities."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from sqlalchemy.exc import ProgrammingError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridmap import errors, schema
from gridmap.access.gate import Gate
from gridmap.access.provider import Provider
from gridmap.access.routes import routers as login_routers
from gridmap.access.sealing import Sealer
from gridmap.areas.routes import router as areas_router
from gridmap.chain.routes import router as chain_router
from gridmap.cluster import APP, app_database_url
from gridmap.db import engine_for, is_refusal, reachable
from gridmap.heatmap.routes import router as heatmap_router
from gridmap.incidents.routes import router as incidents_router
from gridmap.limits import Limits
from gridmap.plans.routes import router as plans_router
from gridmap.premises.routes import router as premises_router
from gridmap.settings import Settings

STATUS_OF: dict[type[errors.GridmapError], HTTPStatus] = {
    errors.Unconditional: HTTPStatus.PRECONDITION_REQUIRED,
    errors.CallError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DataError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Stale: HTTPStatus.PRECONDITION_FAILED,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.NotLoggedIn: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.TooFast: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ClusterError: HTTPStatus.SERVICE_UNAVAILABLE,
}

TYPE_OF: dict[type[errors.GridmapError], str] = {
    errors.NotLoggedIn: "/problems/log-in",
    errors.CodeWanted: "/problems/one-time-code",
    errors.ForeignPage: "/problems/csrf",
    errors.WrongPassword: "/problems/password",
    errors.Unenrolled: "/problems/enroll",
    errors.OldPassword: "/problems/change-password",
}
"""What a program has to tell from others of the same status."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; worker-src 'self';"
        " connect-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self';"
        " form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Problem(BaseModel):
    """An RFC 9457 problem: what is wrong, where, and what to do, in Chinese and English.

    Some have members of their own: `rule` and `place` (GeoJSON) of an operation that is refused,
    `changed` of one that came too late.
    """

    type: str
    title: str
    status: int
    detail: str
    detail_en: str
    instance: str


_REFUSED: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem: what is wrong, where, and what to do",
        "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
    }
}


def create_app(settings: Settings) -> FastAPI:
    """The application for one database; it starts, and waits, also while the database is away."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.engine.dispose()

    app = FastAPI(
        title="gridmap",
        summary="人进户、户进房、房进网格、网格进图",
        version="0.1.0",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=_REFUSED,
    )
    app.state.settings = settings
    app.state.engine = engine_for(
        app_database_url(settings), role=APP, statement_timeout_s=settings.statement_timeout_s
    )
    app.state.sealer = Sealer(settings.home / "login.key")
    app.state.provider = _provider(settings)
    for router in (
        *login_routers,
        areas_router,
        plans_router,
        premises_router,
        incidents_router,
        chain_router,
        heatmap_router,
    ):
        app.include_router(router)
    app.add_middleware(
        Gate,
        engine=app.state.engine,
        refuse=_refusal,
        reports_per_minute=settings.reports_per_minute,
    )
    app.add_middleware(Limits, refuse=_too_much)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(_SecurityHeaders)
    _tell_errors(app)
    _tell_health(app)
    _serve_pages(app, settings.web_dir)
    return app


def _provider(settings: Settings) -> Provider | None:
    if settings.oidc_issuer is None:
        return None
    secret = settings.oidc_client_secret
    return Provider(
        settings.oidc_issuer, settings.oidc_client_id, secret.get_secret_value() if secret else None
    )


def _refusal(scope: Scope, error: errors.GridmapError) -> ASGIApp:
    """The answer to a call that the gate does not let through."""
    return _told(Request(scope), error)


def _told(request: Request, error: errors.GridmapError) -> JSONResponse:
    kinds = type(error).__mro__
    status = next(STATUS_OF[kind] for kind in kinds if kind in STATUS_OF)
    kind = next((TYPE_OF[kind] for kind in kinds if kind in TYPE_OF), "about:blank")
    answer = _problem(request, status, error.zh, error.en, kind, error.members)
    if isinstance(error, errors.TooFast):
        answer.headers["Retry-After"] = str(max(1, ceil(error.wait_s)))
    if isinstance(error, errors.NotLoggedIn):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _problem(
    request: Request,
    status: int,
    zh: str,
    en: str,
    kind: str = "about:blank",
    members: Mapping[str, object] = MappingProxyType({}),
) -> JSONResponse:
    problem = Problem(
        type=kind,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=zh,
        detail_en=en,
        instance=request.url.path,
    )
    return JSONResponse(
        {**members, **problem.model_dump()},
        status_code=status,
        media_type="application/problem+json",
        headers={"Retry-After": "3"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None,
    )


def _too_much(scope: Scope, status: HTTPStatus, zh: str, en: str) -> ASGIApp:
    return _problem(Request(scope), status, zh, en)


def _tell_errors(app: FastAPI) -> None:
    @app.exception_handler(errors.GridmapError)
    def _ours(request: Request, error: errors.GridmapError) -> Response:
        return _told(request, error)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return _problem(
            request,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"参数 {place} 不正确：{first['msg']}",
            f"{place} is wrong: {first['msg']}",
        )

    @app.exception_handler(HTTPException)
    def _refused(request: Request, error: HTTPException) -> Response:
        return _problem(
            request, error.status_code, f"请求未完成：{error.detail}", str(error.detail)
        )

    @app.exception_handler(ProgrammingError)
    def _walled(request: Request, error: ProgrammingError) -> Response:
        if not is_refusal(error):
            raise error
        return _told(
            request,
            errors.Forbidden(
                "这个账号无权在这里这样做", "this account may not do this, or not in this place"
            ),
        )

    @app.exception_handler(Exception)
    def _failed(request: Request, error: Exception) -> Response:
        return _problem(
            request,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "程序出错，操作没有完成；请把时间和地址告诉管理员，日志里有原因",
            "the program failed and nothing was done; tell the administrator the time and the"
            " address: the log has the cause",
        )


def _tell_health(app: FastAPI) -> None:
    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["health"])
    def readyz(request: Request) -> dict[str, str | None]:
        """The database answers, and has the schema's revision."""
        with reachable():
            return {"status": "ready", "revision": schema.revision(request.app.state.engine)}


class _SecurityHeaders:
    """Adds the headers to every answer; plain ASGI, so that nothing is buffered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                if scope.get("scheme") == "https":
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, with_headers)


def _serve_pages(app: FastAPI, folder: Path) -> None:
    """The built web app: hashed files for ever, the page itself asked for each time."""
    if (folder / "assets").is_dir():
        app.mount("/assets", StaticFiles(directory=folder / "assets"), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    def page(path: str) -> Response:
        if path.startswith(("api/", "tiles/", "ogc/", "stream")):
            raise errors.NotFound(f"没有地址 /{path}", f"there is no address /{path}")
        if (wanted := _inside(folder, path)) is not None:
            return FileResponse(wanted)
        if not (folder / "index.html").is_file():
            raise errors.NotFound(
                "网页还没有构建：请运行 make setup", "the web app is not built: run `make setup`"
            )
        return FileResponse(folder / "index.html", headers={"Cache-Control": "no-cache"})


def _inside(folder: Path, path: str) -> Path | None:
    """The file of that name in the folder, links followed; None where it is none or leads out."""
    try:
        wanted = (folder / path).resolve()
        return wanted if wanted.is_relative_to(folder.resolve()) and wanted.is_file() else None
    except (OSError, ValueError, RuntimeError):  # a name that no file can have, a circle of links
        return None
