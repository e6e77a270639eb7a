"""What can be asked of the heat map: a tile, the commander's summary."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, Engine

from gridmap.db import Actor, transaction
from gridmap.errors import NotFound
from gridmap.heatmap import store
from gridmap.heatmap.frames import midnight, previous_start
from gridmap.heatmap.layers import CELLS, WORLD_M, TileAddress
from gridmap.heatmap.selection import Period, Selection, period_of
from gridmap.heatmap.summary import Summary, summarise

MOST_GRIDS = 50


@dataclass(frozen=True)
class Tile:
    """A vector tile and the ETag of exactly this content; content None when it is known."""

    etag: str
    content: bytes | None


def tile(
    engine: Engine,
    actor: Actor,
    address: TileAddress,
    *,
    selection: Selection | None = None,
    as_of: date | None = None,
    known: str | None = None,
) -> Tile:
    """The tile as the database stands, or its ETag alone when `known` names it.

    The versions are read before the tile is drawn: a change in between gives a newer tile under
    an older ETag, and is drawn again at the next look. A tile is never older than its ETag.

    Args:
        selection: which incidents; for the layers incidents and heat.
        as_of: the day whose territory is shown; today when None.
        known: an If-None-Match header.
    """
    source = address.source
    with transaction(engine, actor) as connection:
        state = store.read_state(connection, [*source.depends, "deployment"])
        day = (as_of or state.today) if source.dated else None
        asked = selection or Selection()
        period = None
        if source.selects:
            period = period_of(asked, store.incident_days(connection), state.zone)
        etag = _etag(address, state, day, asked if source.selects else None, period)
        if known is not None and etag in (part.strip() for part in known.split(",")):
            return Tile(etag, None)
        if address.z < source.first_zoom or (source.selects and period is None):
            return Tile(etag, b"")
        values = _tile_values(address, state, day, asked, period)
        return Tile(etag, store.draw_tile(connection, address.statement, values))


def summary(engine: Engine, actor: Actor, selection: Selection) -> Summary:
    """Totals, frames, townships and the busiest grids of a selection.

    Raises:
        CallError: the period is empty or has too many frames.
        NotFound: there is no such township.
    """
    with transaction(engine, actor) as connection:
        return summary_in(connection, selection)


def summary_in(connection: Connection, selection: Selection) -> Summary:
    """The same, in a transaction that reads more."""
    state = store.read_state(connection, ["incidents"])
    period = period_of(selection, store.incident_days(connection), state.zone)
    counts: list[store.Count] = []
    if period is not None:
        counts = store.count_incidents(
            connection,
            before=midnight(previous_start(period.since, period.until), state.zone),
            starts=period.starts,
            categories=selection.categories,
            statuses=selection.statuses,
            township=selection.township,
            most_grids=MOST_GRIDS,
        )
    named = {count.code for count in counts if count.what == "township"}
    townships = store.townships(connection, state.today, sorted(named), selection.township)
    if selection.township is not None and not townships:
        raise NotFound(
            f"没有代码为 {selection.township} 的乡镇街道",
            f"there is no township with the code {selection.township}",
        )
    busiest = sorted({count.code for count in counts if count.what == "grid"})
    return summarise(
        selection,
        period,
        counts,
        townships=townships,
        grids=store.grid_places(connection, busiest),
        categories=store.category_names(connection),
    )


def _tile_values(
    address: TileAddress,
    state: store.State,
    day: date | None,
    selection: Selection,
    period: Period | None,
) -> dict[str, Any]:
    """What the tile's statement is bound to; each takes those it names."""
    values: dict[str, Any] = {
        "layer": address.layer,
        "z": address.z,
        "x": address.x,
        "y": address.y,
        "unit_m": address.unit_m,
        "level": address.source.level,
        "day": day,
        "today": state.today,
    }
    if period is not None:
        values |= {
            "world_m": WORLD_M,
            "cells": CELLS,
            "cells_per_m": address.cells_per_m,
            "zone": state.zone,
            "since": period.starts[0],
            "until": period.starts[-1],
            "starts": list(period.starts[:-1]),
            "categories": list(selection.categories) or None,
            "statuses": list(selection.statuses) or None,
        }
    return values


def _etag(
    address: TileAddress,
    state: store.State,
    day: date | None,
    selection: Selection | None,
    period: Period | None,
) -> str:
    """Weak, because the bytes may travel compressed: same statement, data, day, selection."""
    parts = (
        address,
        _statement_text(address.statement),
        state.versions,
        state.zone,
        day,
        selection and (sorted(selection.categories), sorted(selection.statuses), selection.step),
        period and (period.since, period.until),
    )
    return f'W/"{blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'


@cache
def _statement_text(statement: str) -> str:
    return (files("gridmap.heatmap") / "sql" / f"{statement}.sql").read_text(encoding="utf-8")
