"""What the base map offers to those who draw: street blocks, and lines that pull a border."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from gridmap.parameters import NO_NUL
from gridmap.plans import viewing
from gridmap.plans.routes.asked import Reach
from gridmap.plans.routes.parts import Code, Village
from gridmap.plans.routes.shapes import GeoJson, Line

router = APIRouter()

Grid = Annotated[str, Query(max_length=64, pattern=NO_NUL)]


class Held(BaseModel):
    """What a grid has in a street block."""

    code: str
    households: int
    residents: int
    buildings: int


class Block(BaseModel):
    """A street block: a polygon, a (lon, lat) inside by which it is named, the grids it lies in."""

    place: tuple[float, float]
    grids: list[Held]
    geometry: GeoJson


class Blocks(BaseModel):
    """The street blocks of a village, which tile it; none where no road or river parts it."""

    blocks: list[Block]


class PullingLine(Line):
    """A line that would pull a border, with a (lon, lat) on it by which it is meant."""

    place: tuple[float, float]


class PullingLines(BaseModel):
    """What would pull a border; `any` is false where it has to be told which line is meant."""

    any: bool
    lines: list[PullingLine]


@router.get("/{code}/blocks")
def blocks(request: Request, code: Code, village: Village) -> Blocks:
    """The street blocks of a village: what roads, rivers, railways and its line enclose."""
    found = viewing.blocks(request.app.state.engine, request.state.actor, code, village)
    return Blocks.model_validate(found)


@router.get("/{code}/lines")
def lines(
    request: Request, code: Code, village: Village, one: Grid, other: Grid, within_m: Reach
) -> PullingLines:
    """The roads, rivers and walls that would pull the border of two grids, when it is snapped."""
    engine, actor = request.app.state.engine, request.state.actor
    found = viewing.lines(engine, actor, code, village, (one, other), within_m)
    return PullingLines.model_validate(found)
