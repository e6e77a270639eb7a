"""Tiles and the heat summary over HTTP."""

import gzip
from datetime import date
from typing import Annotated, Literal
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from gridmap.heatmap import actions
from gridmap.heatmap.cache import TileCache
from gridmap.heatmap.frames import Step
from gridmap.heatmap.layers import tile_address
from gridmap.heatmap.selection import Selection
from gridmap.heatmap.summary import Summary, Trend
from gridmap.parameters import NO_NUL, Day

router = APIRouter()

MVT = "application/vnd.mapbox-vector-tile"
_WORTH_COMPRESSING = 1000
_caches: WeakKeyDictionary[Engine, TileCache] = WeakKeyDictionary()

Status = Literal["reported", "accepted", "dispatched", "resolved", "closed", "rejected"]


class SelectionQuery(BaseModel):
    """Which incidents; both days included, a missing one is that of the first or last incident."""

    model_config = ConfigDict(extra="ignore")

    since: Day | None = None
    until: Day | None = None
    step: Step = "week"
    category: list[Annotated[str, Field(min_length=1, max_length=64, pattern=NO_NUL)]] = Field(
        default=[], max_length=100, description="大类代码，可重复"
    )
    status: list[Status] = Field(default=[], description="状态，可重复")

    def selection(self, township: str | None = None) -> Selection:
        """The same without HTTP."""
        return Selection(
            self.since,
            self.until,
            self.step,
            tuple(self.category),
            tuple(self.status),
            township,
        )


class SummaryQuery(SelectionQuery):
    """The selection, and the township to look into."""

    township: Annotated[str | None, Field(max_length=64, pattern=NO_NUL)] = None


class FrameOut(BaseModel):
    """`from` and `to` are both in the frame; the last frame's `to` is the period's."""

    model_config = ConfigDict(populate_by_name=True)

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    count: int


class TrendOut(BaseModel):
    """previous: the count of the period of equal length just before; trend: one count a frame."""

    code: str
    name: str
    count: int
    previous: int
    trend: list[int]


class GridTrendOut(TrendOut):
    """lon, lat: a point in the grid, EPSG:4490."""

    village: str
    lon: float
    lat: float


class CategoryOut(BaseModel):
    """A category of the profile, or one that only the data knows, under its code."""

    code: str
    name: str
    count: int


class SummaryOut(BaseModel):
    """total = located + unlocated; outside is the part of located that lies in no grid."""

    since: date | None
    until: date | None
    step: Step
    total: int
    located: int
    unlocated: int
    outside: int
    frames: list[FrameOut]
    townships: list[TrendOut]
    grids: list[GridTrendOut]
    categories: list[CategoryOut]


@router.get(
    "/tiles/{layer}/{z}/{x}/{y}.mvt",
    response_class=Response,
    responses={200: {"content": {MVT: {}}}, 304: {"description": "unchanged"}},
)
def tile(
    request: Request,
    layer: str,
    z: int,
    x: int,
    y: int,
    query: Annotated[SelectionQuery, Query()],
    as_of: Day | None = None,
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """One vector tile, drawn from the database as it stands; unchanged ones cost a 304."""
    engine = request.app.state.engine
    found = actions.tile(
        engine,
        request.state.actor,
        tile_address(layer, z, x, y),
        selection=query.selection(),
        as_of=as_of,
        known=if_none_match,
        cache=_caches.setdefault(engine, TileCache()),
    )
    headers = {"ETag": found.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if found.content is None:
        return Response(status_code=304, headers=headers)
    content = found.content
    if len(content) >= _WORTH_COMPRESSING and "gzip" in accept_encoding:
        headers["Content-Encoding"] = "gzip"
        content = gzip.compress(content, compresslevel=3, mtime=0)
    return Response(content, media_type=MVT, headers=headers)


@router.get("/api/heat/summary")
def heat_summary(request: Request, query: Annotated[SummaryQuery, Query()]) -> SummaryOut:
    """Totals, frames, the trend of every township and of the 50 busiest grids."""
    selection = query.selection(query.township)
    return _summary_out(actions.summary(request.app.state.engine, request.state.actor, selection))


def _summary_out(summary: Summary) -> SummaryOut:
    period = summary.period
    return SummaryOut(
        since=period.since if period else summary.selection.since,
        until=period.until if period else summary.selection.until,
        step=summary.selection.step,
        total=summary.total,
        located=summary.located,
        unlocated=summary.unlocated,
        outside=summary.outside,
        frames=[
            FrameOut(first=frame.first, last=frame.last, count=count)
            for frame, count in summary.frames
        ],
        townships=[_trend_out(trend) for trend in summary.townships],
        grids=[
            GridTrendOut(
                **_trend_out(grid.trend).model_dump(),
                village=grid.village,
                lon=grid.lon,
                lat=grid.lat,
            )
            for grid in summary.grids
        ],
        categories=[
            CategoryOut(code=code, name=name, count=count)
            for code, name, count in summary.categories
        ],
    )


def _trend_out(trend: Trend) -> TrendOut:
    return TrendOut(
        code=trend.code,
        name=trend.name,
        count=trend.count,
        previous=trend.previous,
        trend=trend.trend,
    )
