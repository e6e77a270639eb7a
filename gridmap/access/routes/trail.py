"""HTTP of the audit trail: who did what, when, why and from where."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, StringConstraints

from gridmap.access import actions
from gridmap.access.routes.shapes import Number
from gridmap.access.store import WantedLines
from gridmap.parameters import NO_NUL, Day

router = APIRouter(prefix="/api/audit", tags=["audit"])

Term = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=NO_NUL)]


class Line(BaseModel):
    """One act: `reason` as it was given, `origin` an address, or `socket` for the machine itself;
    what `detail` holds depends on the act."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    reason: str | None
    origin: str | None


class Trail(BaseModel):
    """Lines, the newest first, and what to pass as `before` for the next ones."""

    lines: list[Line]
    next: int | None


@router.get("")
def trail(
    request: Request,
    before: Annotated[Number | None, Query()] = None,
    actor: Annotated[Term | None, Query()] = None,
    action: Annotated[Term | None, Query()] = None,
    subject: Annotated[Term | None, Query()] = None,
    since: Day | None = None,
    until: Day | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Trail:
    """The audit trail; `since` and `until` are days, both inclusive. Reading it leaves a line."""
    wanted = WantedLines(before, actor, action, subject, since, until)
    state = request.app.state
    rows, older = actions.read_trail(state.engine, request.state.actor, wanted, limit)
    page = [Line.model_validate(dict(row)) for row in rows]
    return Trail(lines=page, next=page[-1].id if older else None)
