"""HTTP of the whole chain: the profile with its figures, areas, grids, search."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel

from gridmap.areas import store as areas
from gridmap.chain import actions, store
from gridmap.chain.render import ChainReport, grid_card
from gridmap.db import transaction
from gridmap.incidents import store as incidents
from gridmap.parameters import NO_NUL, Day
from gridmap.premises import store as premises
from gridmap.profiles import AreaKind, Category, Entry, Level, SizeLimits

router = APIRouter(prefix="/api", tags=["chain"])

Box = tuple[float, float, float, float]
_FROM_PROFILE = (
    "name", "title", "title_en", "county_code", "time_zone",
    "levels", "channels", "categories", "statuses", "roles", "size_limits",
)  # fmt: skip


class Counts(BaseModel):
    """What the county holds today."""

    townships: int
    villages: int
    grids: int
    buildings: int
    households: int
    residents: int
    incidents: int
    outside: int


class PlanInForce(BaseModel):
    """The division of the territory that holds today."""

    code: str
    name: str
    valid_from: date | None


class ProfileCard(BaseModel):
    """The deployment: dictionaries of the profile, and figures of the database.

    `bounds` is [west, south, east, north] in EPSG:4490 degrees; `version` changes whenever any
    layer does.
    """

    name: str
    title: str
    title_en: str
    county_code: str
    time_zone: str
    levels: tuple[Level, ...]
    channels: tuple[Entry, ...]
    categories: tuple[Category, ...]
    statuses: tuple[Entry, ...]
    roles: tuple[Entry, ...]
    size_limits: SizeLimits
    bounds: Box | None
    synthetic: bool
    counts: Counts
    plan: PlanInForce | None
    first_incident: date | None
    last_incident: date | None
    version: str


class Area(BaseModel):
    """A county, township or village with what it holds; bbox in EPSG:4490 degrees.

    Figures of what lies outside one's scope are published ones: null where they are small.
    """

    code: str
    name: str
    level: str
    kind: str | None
    parent_code: str | None
    grids: int
    buildings: int | None
    households: int | None
    residents: int | None
    incidents: int | None
    bbox: Box | None


class Areas(BaseModel):
    """Parents before children."""

    areas: list[Area]


class GridRow(BaseModel):
    """A grid in a list; bbox in EPSG:4490 degrees. Figures are null outside one's scope."""

    code: str
    name: str
    village_code: str
    kind: str
    area_kind: AreaKind
    area_m2: float
    households: int | None
    residents: int | None
    buildings: int | None
    bbox: Box


class Grids(BaseModel):
    """The grids in force, by code."""

    grids: list[GridRow]


class Place(BaseModel):
    """A place by its code and name."""

    code: str
    name: str


class Lead(BaseModel):
    """Who leads a grid."""

    name: str
    phone: str | None


class Posting(BaseModel):
    """Who serves in a grid, and as what."""

    role: str
    role_name: str
    name: str
    phone: str | None


class Counted(Place):
    """How many there are of one code of a dictionary."""

    count: int


class GridIncidents(BaseModel):
    """Incidents that fell in grids of this code; open ones are not closed or rejected."""

    total: int
    open: int
    by_category: list[Counted]
    by_status: list[Counted]


class GridLink(BaseModel):
    """One link of the chain, seen from one grid."""

    link: str
    ok: bool
    total: int
    broken: int
    title: str
    title_en: str
    hint: str
    hint_en: str


class GridCard(BaseModel):
    """All about one grid; geometry is GeoJSON in EPSG:4490 degrees, valid_to is exclusive.

    Figures are null where the grid lies outside one's scope.
    """

    code: str
    name: str
    kind: str
    area_kind: AreaKind
    area_m2: float
    valid_from: date | None
    valid_to: date | None
    plan: str
    village: Place
    township: Place | None
    county: Place | None
    lead: Lead | None
    postings: list[Posting]
    households: int | None
    residents: int | None
    buildings: int | None
    dwellings: int | None
    assets: int | None
    organisations: int | None
    size_limit: tuple[int, int]
    size: Literal["in", "under", "over"] | None
    incidents: GridIncidents | None
    chain: list[GridLink]
    bbox: Box
    geometry: dict[str, Any]


class Found(BaseModel):
    """One result of a search; lon, lat and bbox in EPSG:4490 degrees."""

    type: Literal["township", "village", "grid", "building", "incident"]
    code: str
    name: str
    where: str
    lon: float | None
    lat: float | None
    bbox: Box | None


class Results(BaseModel):
    """The best matches first."""

    results: list[Found]


@router.get("/profile")
def profile(request: Request) -> ProfileCard:
    """Which county this is, its dictionaries, and what the database holds."""
    with transaction(request.app.state.engine, request.state.actor) as connection:
        read = areas.read_profile(connection)
        units = areas.units(connection)
        homes, reports = premises.totals(connection), incidents.totals(connection)
        in_force = next((plan for plan in areas.plans(connection) if plan["in_force"]), None)
        grids = areas.grids(connection)
        versions = areas.versions(connection)
    levels = [unit["level"] for unit in units]
    return ProfileCard(
        **{name: getattr(read, name) for name in _FROM_PROFILE},
        bounds=_around([*units, *grids]),
        synthetic=homes["synthetic"],
        counts=Counts(
            townships=levels.count("township_level"),
            villages=levels.count("community_level"),
            grids=sum(grid["kind"] != "micro" for grid in grids),
            buildings=homes["buildings"],
            households=homes["households"],
            residents=homes["residents"],
            incidents=reports["incidents"],
            outside=reports["outside"],
        ),
        plan=PlanInForce.model_validate(dict(in_force)) if in_force else None,
        first_incident=reports["first_day"],
        last_incident=reports["last_day"],
        version=str(sum(versions.values())),
    )


@router.get("/areas")
def areas_with_figures(request: Request, as_of: Day | None = None) -> Areas:
    """County, townships and villages in force, each with the sums of what lies in it."""
    state = request.app.state
    rows = actions.units_with_figures(state.engine, request.state.actor, as_of)
    return Areas(
        areas=[Area.model_validate({**unit, **sums, "bbox": _box(unit)}) for unit, sums in rows]
    )


@router.get("/grids")
def grids(
    request: Request,
    village: Annotated[str | None, Query(pattern=NO_NUL)] = None,
    as_of: Day | None = None,
) -> Grids:
    """The grids in force, of one village or of all."""
    state = request.app.state
    rows = actions.grids_with_figures(state.engine, request.state.actor, village, as_of)
    return Grids(
        grids=[GridRow.model_validate({**grid, **sums, "bbox": _box(grid)}) for grid, sums in rows]
    )


@router.get("/grids/{code}")
def grid(
    request: Request, code: Annotated[str, Path(pattern=NO_NUL)], as_of: Day | None = None
) -> GridCard:
    """One grid: its units, its people in charge, its figures, and the links of its chain."""
    with transaction(request.app.state.engine, request.state.actor) as connection:
        read = areas.read_profile(connection)
        chain = store.chain_of(connection, code, as_of)
    return GridCard.model_validate({**grid_card(chain, read), "bbox": _box(chain.grid)})


@router.get("/search")
def search(
    request: Request,
    q: Annotated[str, Query(max_length=100, pattern=NO_NUL)],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Results:
    """Townships, villages, grids and buildings by name, code or address; incidents by code."""
    if not (text := q.strip()):
        return Results(results=[])
    with transaction(request.app.state.engine, request.state.actor) as connection:
        rows = store.search(connection, text, limit)
    return Results(results=[Found.model_validate({**row, "bbox": _box(row)}) for row in rows])


def _box(row: Mapping[Any, Any]) -> Box | None:
    west, south, east, north = (row[side] for side in ("west", "south", "east", "north"))
    return None if west is None else (west, south, east, north)


def _around(rows: Iterable[Mapping[Any, Any]]) -> Box | None:
    boxes = [box for row in rows if (box := _box(row))]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


@router.get("/check")
def check(request: Request, fresh: bool = False) -> ChainReport:
    """The report of every broken link; taken anew when a layer has changed, or when asked to."""
    state = request.app.state
    return actions.checked(state.engine, request.state.actor, fresh=fresh)
