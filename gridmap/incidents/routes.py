"""HTTP of incidents: report one, list them, look at one with its history."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request, Response, status
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from gridmap.areas import store as areas
from gridmap.db import transaction
from gridmap.errors import CallError, NotFound
from gridmap.incidents import actions, store
from gridmap.incidents.checks import Report
from gridmap.parameters import NO_NUL, Day, Moment
from gridmap.profiles import Profile

router = APIRouter(prefix="/api", tags=["incidents"])

Status = Literal["reported", "accepted", "dispatched", "resolved", "closed", "rejected"]
Placement = Literal["in_grid", "outside", "no_location"]
Code = Annotated[str, Query(max_length=64, pattern=NO_NUL)]


class Place(BaseModel):
    """A place by its code and name."""

    code: str
    name: str


class NewIncident(BaseModel, extra="forbid"):
    """A report; without `code` one is given, without `reported_at` it is now. EPSG:4490 degrees."""

    code: str | None = Field(default=None, min_length=1, max_length=64, pattern=r"^[^\s\x00/]+$")
    reported_at: Moment | None = None
    channel: str
    category: str
    subcategory: str | None = None
    description: str = Field(max_length=4000, pattern=NO_NUL)
    address: str | None = Field(default=None, max_length=500, pattern=NO_NUL)
    lon: float | None = None
    lat: float | None = None


class Listed(BaseModel):
    """An incident in a list; lon and lat in EPSG:4490 degrees."""

    code: str
    reported_at: datetime
    channel: str | None
    category: str
    category_name: str
    subcategory: str | None
    status: Status
    description: str | None
    address: str | None
    lon: float | None
    lat: float | None
    placement: Placement
    grid_code: str | None


class Page(BaseModel):
    """Incidents, the newest first, and what to pass as `after` for the next ones."""

    incidents: list[Listed]
    next: str | None


class Entry(BaseModel):
    """One line of an incident's history."""

    at: datetime
    action: str
    status: Status
    note: str | None
    actor: str


class Incident(Listed):
    """One incident with the places it fell in and its history."""

    channel_name: str | None
    subcategory_name: str | None
    status_name: str
    closed_at: datetime | None
    grid: Place | None
    village: Place | None
    township: Place | None
    county: Place | None
    entries: list[Entry]


@router.post("/incidents", status_code=status.HTTP_201_CREATED)
def report(request: Request, response: Response, incoming: NewIncident) -> Incident:
    """Report an incident: 201 when it is new, 200 when the same report was taken before."""
    state = request.app.state
    row, is_new = actions.report(state.engine, request.state.actor, Report(**incoming.model_dump()))
    if not is_new:
        response.status_code = status.HTTP_200_OK
    return _read(request, row["code"])


@router.get("/incidents")
def incidents(
    request: Request,
    since: Day | Moment | None = None,
    until: Day | Moment | None = None,
    category: Code | None = None,
    status: Status | None = None,
    placement: Placement | None = None,
    grid: Code | None = None,
    village: Annotated[Code | None, Query(description="a village's or a township's code")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: str | None = None,
) -> Page:
    """Incidents, the newest first. `since` is inclusive, `until` exclusive; a date is midnight."""
    with transaction(request.app.state.engine, request.state.actor) as connection:
        profile = areas.read_profile(connection)
        after_at, after_id = _behind(after)
        wanted = store.Wanted(
            since=_moment(since, profile),
            until=_moment(until, profile),
            category=category,
            status=status,
            placement=placement,
            grid=grid,
            area=village,
            after_at=after_at,
            after_id=after_id,
        )
        rows = store.page(connection, wanted, limit + 1)
    names = {entry.code: entry.name for entry in profile.categories}
    return Page(
        incidents=[_listed(row, names) for row in rows[:limit]],
        next=_cursor(rows[limit - 1]) if len(rows) > limit else None,
    )


@router.get("/incidents/{code}")
def incident(request: Request, code: Annotated[str, Path(pattern=NO_NUL)]) -> Incident:
    """One incident with its grid, village, township, county and history."""
    return _read(request, code)


def _read(request: Request, code: str) -> Incident:
    with transaction(request.app.state.engine, request.state.actor) as connection:
        profile = areas.read_profile(connection)
        row = store.find(connection, code)
        if row is None:
            raise NotFound(
                f"没有编号为 {code} 的事件；请核对编号", f"no incident bears the code {code}"
            )
        entries = store.entries(connection, row["id"])
    names = {entry.code: entry.name for entry in profile.categories}
    return Incident(
        **_listed(row, names).model_dump(),
        **_labels(row, profile),
        closed_at=row["closed_at"],
        grid=_place(row, "grid"),
        village=_place(row, "village"),
        township=_place(row, "township"),
        county=_place(row, "county"),
        entries=[Entry.model_validate(dict(entry)) for entry in entries],
    )


def _labels(row: RowMapping, profile: Profile) -> dict[str, Any]:
    """The dictionary's names of an incident's codes; a code it does not know names itself."""
    channels = {entry.code: entry.name for entry in profile.channels}
    statuses = {entry.code: entry.name for entry in profile.statuses}
    children = {
        child.code: child.name
        for category in profile.categories
        if category.code == row["category"]
        for child in category.children
    }
    return {
        "channel_name": channels.get(row["channel"], row["channel"]),
        "subcategory_name": children.get(row["subcategory"], row["subcategory"]),
        "status_name": statuses[row["status"]],
    }


def _listed(row: RowMapping, names: dict[str, str]) -> Listed:
    category = row["category"]
    return Listed.model_validate({**row, "category_name": names.get(category, category)})


def _place(row: RowMapping, level: str) -> Place | None:
    code = row[f"{level}_code"]
    return None if code is None else Place(code=code, name=row[f"{level}_name"])


def _moment(day: date | datetime | None, profile: Profile) -> datetime | None:
    """A moment in the deployment's zone where none is said; a date is its midnight there."""
    if day is None:
        return None
    moment = day if isinstance(day, datetime) else datetime.combine(day, time())
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(profile.time_zone))


def _cursor(row: RowMapping) -> str:
    return f"{row['reported_at'].isoformat()}~{row['id']}"


def _behind(after: str | None) -> tuple[datetime | None, int | None]:
    if after is None:
        return None, None
    try:
        at, number = after.split("~")
        # A plus sign that the caller left unescaped arrives as a blank.
        moment, last_id = datetime.fromisoformat(at.replace(" ", "+")), int(number)
        if moment.tzinfo is None or not 0 <= last_id < 2**63:
            raise ValueError(after)
    except ValueError as error:
        raise CallError(
            f"翻页参数 after={after!r} 不正确：请用上一页返回的 next",
            f"after={after!r} is no place in the list: pass the `next` of the page before",
        ) from error
    return moment, last_id
