"""The statements behind tiles and summary. The connection comes first; nothing here commits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from gridmap.areas.tables import deployment
from gridmap.db import sql
from gridmap.incidents.tables import incidents


@dataclass(frozen=True)
class State:
    """What the database holds now: layer versions as one text, its time zone, its day.

    `sight` is another text for each actor and each change of what the actor may see.
    """

    sight: str
    versions: str
    zone: str
    today: date


@dataclass(frozen=True)
class Count:
    """`n` incidents of one thing (`what`: placement, frame, category, township, grid).

    Frame 0 is the period before, frames 1, 2, … those of the period itself.
    """

    what: str
    code: str
    frame: int
    n: int


@dataclass(frozen=True)
class GridPlace:
    """Where a grid is: lon and lat in EPSG:4490, degrees."""

    name: str
    village: str
    lon: float
    lat: float


@dataclass(frozen=True)
class CellCount:
    """`n` incidents of one cell in one frame (0, 1, …), and the sums of their lon and lat."""

    cell: tuple[int, int]
    frame: int
    n: int
    lon: float
    lat: float


def read_state(connection: Connection, layers: Sequence[str]) -> State:
    """The exact versions of these layers, and the deployment's day.

    Also has the statements that follow in this transaction planned for their own values.
    """
    row = connection.execute(sql("heatmap/sql/state.sql"), {"layers": list(layers)}).one()
    return State(row.sight, row.versions, row.zone, row.today)


def incident_days(connection: Connection) -> tuple[date, date] | None:
    """The days of the first and of the last incident, in the deployment's time zone."""
    at = incidents.c.reported_at
    first, last = connection.execute(
        select(func.day_of(func.min(at)), func.day_of(func.max(at)))
    ).one()
    return None if first is None else (first, last)


def draw_tile(connection: Connection, statement: str, values: Mapping[str, Any]) -> bytes:
    """The vector tile that a statement of this capability makes; b"" when nothing is there."""
    tile = connection.execute(sql(f"heatmap/sql/{statement}.sql"), values).scalar_one()
    return bytes(tile or b"")


def count_incidents(
    connection: Connection,
    *,
    before: datetime,
    starts: Sequence[datetime],
    categories: Sequence[str],
    statuses: Sequence[str],
    township: str | None,
    most_grids: int,
) -> list[Count]:
    """The sums of the summary; of the grids the `most_grids` with the most incidents.

    Args:
        before: where the period of comparison begins; it ends at `starts[0]`.
        starts: the beginnings of the frames, and the end of the last.
    """
    rows = connection.execute(
        sql("heatmap/sql/summary.sql"),
        {
            "before": before,
            "until": starts[-1],
            "starts": [before, *starts[:-1]],
            "categories": list(categories) or None,
            "statuses": list(statuses) or None,
            "township": township,
            "most_grids": most_grids,
        },
    )
    return [Count(row.what, row.code, row.frame, row.n) for row in rows]


def grid_places(connection: Connection, codes: Sequence[str]) -> dict[str, GridPlace]:
    """The places of these grids, by code."""
    rows = connection.execute(sql("heatmap/sql/grid_places.sql"), {"codes": list(codes)})
    return {row.code: GridPlace(row.name, row.village, row.lon, row.lat) for row in rows}


def townships(
    connection: Connection, today: date, codes: Sequence[str], only: str | None
) -> dict[str, str]:
    """Names of the townships of today and of `codes`, by code and in its order."""
    rows = connection.execute(
        sql("heatmap/sql/townships.sql"),
        {"today": today, "codes": list(codes), "township": only},
    )
    return {row.code: row.name for row in rows}


def category_names(connection: Connection) -> dict[str, str]:
    """The categories of the deployment's profile: code → name, in the profile's order."""
    profile = connection.execute(select(deployment.c.profile)).scalar_one_or_none() or {}
    return {entry["code"]: entry["name"] for entry in profile.get("categories", ())}


def count_in_cells(
    connection: Connection,
    *,
    starts: Sequence[datetime],
    categories: Sequence[str],
    statuses: Sequence[str],
    cells_per_m: float,
) -> list[CellCount]:
    """All selected incidents that have a place, in cells of Web Mercator and in frames."""
    rows = connection.execute(
        sql("heatmap/sql/heat_cells.sql"),
        {
            "since": starts[0],
            "until": starts[-1],
            "starts": list(starts[:-1]),
            "categories": list(categories) or None,
            "statuses": list(statuses) or None,
            "cells_per_m": cells_per_m,
        },
    )
    return [CellCount((row.cell_x, row.cell_y), row.frame, row.n, row.lon, row.lat) for row in rows]


def outlines(
    connection: Connection, day: date, tolerance: float
) -> dict[str, list[dict[str, Any]]]:
    """GeoJSON features (EPSG:4490) of the layers base, townships and grids on a day.

    Args:
        tolerance: how far a line may be off, in degrees.
    """
    rows = connection.execute(sql("heatmap/sql/outlines.sql"), {"day": day, "tolerance": tolerance})
    layers: dict[str, list[dict[str, Any]]] = {"base": [], "townships": [], "grids": []}
    for row in rows:
        properties = {"kind": row.kind, "class": row[2], "name": row.name, "code": row.code}
        layers[row.layer].append(
            {"type": "Feature", "properties": properties, "geometry": json.loads(row.shape)}
        )
    return layers
