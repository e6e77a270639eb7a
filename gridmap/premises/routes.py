"""HTTP of premises: the card of a building. Counts only; nobody is named."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from gridmap.db import transaction
from gridmap.premises import store

router = APIRouter(prefix="/api", tags=["premises"])


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


@router.get("/buildings/{code}")
def building(request: Request, code: Annotated[str, Path(pattern=r"^[^\x00]*$")]) -> Building:
    """One building, with the number of its dwellings, households and residents."""
    with transaction(request.app.state.engine, request.state.actor) as connection:
        row = dict(store.building(connection, code))
    grid_code, grid_name = row.pop("grid_code"), row.pop("grid_name")
    grid = Place(code=grid_code, name=grid_name) if grid_code else None
    return Building(grid=grid, **row)
