"""HTTP of logging in, `/api/login`, `/api/logins` and `/api/me`, and of the audit trail."""

from gridmap.access.routes.login import router as login_router
from gridmap.access.routes.me import router as me_router
from gridmap.access.routes.trail import router as trail_router

routers = (login_router, me_router, trail_router)
