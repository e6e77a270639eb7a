"""HTTP of premises: the card of a building, which names nobody; residents, masked."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from gridmap.db import transaction
from gridmap.errors import CallError
from gridmap.parameters import NO_NUL
from gridmap.premises import actions, store
from gridmap.sealing.key_file import KeyFile

router = APIRouter(prefix="/api", tags=["premises"])

Code = Annotated[str, Path(pattern=NO_NUL)]


class Place(BaseModel):
    """A place by its code and name."""

    code: str
    name: str


class Building(BaseModel):
    """A building; lon and lat (EPSG:4490) are its anchor, a point on the footprint."""

    code: str
    name: str | None
    address: str | None
    kind: str | None
    floors: int | None
    dwellings: int
    households: int
    residents: int
    grid: Place | None
    village: str | None
    lon: float
    lat: float


class Resident(BaseModel):
    """A resident: surname, the phone's first three and last four digits, no digit of an ID number;
    the codes of household and building."""

    code: str
    name: str
    phone: str | None
    has_id_number: bool
    household: str | None
    building: str | None


class Residents(BaseModel):
    """Residents by code, and what to pass as `after` for the next ones."""

    residents: list[Resident]
    next: str | None


class Wanted(BaseModel, extra="forbid"):
    """A whole phone number or a whole ID number, one of the two."""

    phone: str | None = Field(default=None, min_length=7, max_length=40, pattern=NO_NUL)
    id_number: str | None = Field(default=None, min_length=18, max_length=40, pattern=NO_NUL)


class Unmasking(BaseModel, extra="forbid"):
    """Which fields to show, and why: the reason goes into the audit trail."""

    reason: str = Field(min_length=4, max_length=200, pattern=NO_NUL)
    fields: set[Literal["name", "phone", "id_number"]] = Field(min_length=1)


class Unmasked(BaseModel):
    """The fields that were asked for, as they are; the others are left out."""

    code: str
    name: str | None = None
    phone: str | None = None
    id_number: str | None = None


@router.get("/buildings/{code}")
def building(request: Request, code: Code) -> Building:
    """One building, with the number of its dwellings, households and residents."""
    with transaction(request.app.state.engine, request.state.actor) as connection:
        row = dict(store.building(connection, code))
    grid_code, grid_name = row.pop("grid_code"), row.pop("grid_name")
    grid = Place(code=grid_code, name=grid_name) if grid_code else None
    return Building(grid=grid, **row)


@router.get("/grids/{code}/residents")
def residents(
    request: Request,
    response: Response,
    code: Code,
    after: Annotated[str | None, Query(max_length=64, pattern=NO_NUL)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Residents:
    """The residents of a grid, masked; nobody under 14 or of unknown age."""
    state = request.app.state
    keys = KeyFile.of(state.settings)
    found = actions.list_residents(state.engine, request.state.actor, keys, code, after, limit + 1)
    _keep_nowhere(response)
    page = [Resident(**asdict(person)) for person in found[:limit]]
    return Residents(residents=page, next=page[-1].code if len(found) > limit else None)


@router.post("/residents/find")
def find(request: Request, response: Response, wanted: Wanted) -> Residents:
    """The residents with this phone or this ID number, masked; at most 100."""
    given = {kind: value for kind, value in wanted.model_dump().items() if value is not None}
    if len(given) != 1:
        raise CallError(
            "电话和身份证号请给出一个，且只给一个", "give a phone or an ID number, one of the two"
        )
    state = request.app.state
    ((kind, value),) = given.items()
    keys = KeyFile.of(state.settings)
    found = actions.find_residents(state.engine, request.state.actor, keys, kind, value)
    _keep_nowhere(response)
    return Residents(residents=[Resident(**asdict(person)) for person in found], next=None)


@router.post("/residents/{code}/unmask", response_model_exclude_unset=True)
def unmask(request: Request, response: Response, code: Code, wanted: Unmasking) -> Unmasked:
    """Name, phone, ID number of a resident as they are; the act is in the audit trail."""
    state = request.app.state
    keys = KeyFile.of(state.settings)
    told = actions.unmask(
        state.engine, request.state.actor, keys, code, wanted.fields, wanted.reason
    )
    _keep_nowhere(response)
    return Unmasked(code=code, **told)


def _keep_nowhere(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"
