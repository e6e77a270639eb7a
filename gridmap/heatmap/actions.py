"""What can be asked of the heat map: a tile, the commander's summary, the map in one file."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine

from gridmap.db import Actor, transaction
from gridmap.errors import CallError, NotFound
from gridmap.heatmap import render, store
from gridmap.heatmap.cache import TileCache
from gridmap.heatmap.frames import Step, midnight, previous_start
from gridmap.heatmap.layers import CELLS, WORLD_M, TileAddress
from gridmap.heatmap.selection import Period, Selection, period_of
from gridmap.heatmap.summary import Summary, summarise

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with the steps done and their number, if known."""

MOST_GRIDS = 50
FILE_ZOOM = 13
"""Heat in a file is counted in the cells of this zoom: some 60 m a side in China."""

FILE_TOLERANCE = 0.00005
"""Degrees, some 5 m: how far an outline in a file may be off."""


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
    cache: TileCache | None = None,
) -> Tile:
    """The tile as the database stands, or its ETag alone when `known` names it.

    The versions are read before the tile is drawn: a change in between gives a newer tile under
    an older ETag, and is drawn again at the next look. A tile is never older than its ETag.

    Args:
        selection: which incidents; for the layers incidents and heat.
        as_of: the day whose territory is shown; today when None.
        known: an If-None-Match header.
        cache: tiles drawn before from this database.
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
        content = cache.get(actor.account, etag) if cache else None
        if content is None:
            values = _tile_values(address, state, day, asked, period)
            content = store.draw_tile(connection, address.statement, values)
            if cache:
                cache.put(actor.account, etag, content)
        return Tile(etag, content)


def summary(engine: Engine, actor: Actor, selection: Selection) -> Summary:
    """Totals, frames, townships and the busiest grids of a selection.

    Raises:
        CallError: the period is empty or has too many frames.
        NotFound: there is no such township.
    """
    with transaction(engine, actor) as connection:
        return summary_in(connection, selection)


def heat_file(
    engine: Engine,
    actor: Actor,
    *,
    since: date | None,
    until: date | None,
    category: Sequence[str],
    status: Sequence[str],
    out: Path,
    step: Step = "week",
    progress: Progress = lambda done, total: None,
) -> Summary:
    """Write the heat map with its player as one HTML file that needs no network.

    The file appears when it is whole; an interrupted run leaves none, or the older one.

    Args:
        since, until: both days included; None for the day of the first, or the last, incident.
        category, status: codes; none select all.

    Raises:
        CallError: the period is empty, a code is unknown, or `out` cannot be written.
    """
    selection = Selection(since, until, step, tuple(category), tuple(status))
    with transaction(engine, actor) as connection:
        progress(0, 4)
        found = summary_in(connection, selection)
        _refuse_unknown(category, store.category_names(connection), found)
        progress(1, 4)
        cells: list[store.CellCount] = []
        if found.period is not None:
            cells = store.count_in_cells(
                connection,
                starts=found.period.starts,
                categories=selection.categories,
                statuses=selection.statuses,
                cells_per_m=(CELLS << FILE_ZOOM) / WORLD_M,
            )
        progress(2, 4)
        day = store.read_state(connection, []).today
        backdrop = render.Backdrop(**store.outlines(connection, day, FILE_TOLERANCE))
    page = render.heat_page(found, found.period, cells, backdrop)
    progress(3, 4)
    _write_whole(out, page)
    progress(4, 4)
    return found


def _refuse_unknown(asked: Sequence[str], named: Mapping[str, str], found: Summary) -> None:
    """A code that neither the profile nor an incident bears is a slip, not an empty map."""
    borne = {code for code, _, count in found.categories if count}
    for code in asked:
        if code not in named and code not in borne:
            raise CallError(
                f"没有大类 {code}；可用的有：{', '.join(named)}",
                f"there is no category {code}; known: {', '.join(named)}",
            )


def _write_whole(out: Path, page: str) -> None:
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=out.parent, prefix=f".{out.name}.", delete=False
        ) as part:
            try:
                part.write(page)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).chmod(0o644)
                Path(part.name).replace(out)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise CallError(
            f"写不了 {out}：{error.strerror}。请换一个位置",
            f"cannot write {out}: {error.strerror}. Choose another place",
        ) from error


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
        state.sight,
        state.versions,
        state.zone,
        # A grid's households are found another way on days that are not today.
        day and (day, state.today),
        selection and (sorted(selection.categories), sorted(selection.statuses), selection.step),
        period and (period.since, period.until),
    )
    return f'W/"{blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'


@cache
def _statement_text(statement: str) -> str:
    return (files("gridmap.heatmap") / "sql" / f"{statement}.sql").read_text(encoding="utf-8")
