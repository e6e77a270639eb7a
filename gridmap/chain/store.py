"""Reads that follow the whole chain. The connection comes first; nothing here commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, RowMapping

from gridmap.access import store as access
from gridmap.areas import store as areas
from gridmap.chain.ground import Outline
from gridmap.db import sql
from gridmap.incidents import store as incidents
from gridmap.premises import store as premises

Figures = dict[str, int | None]
_HOMES = ("buildings", "households", "residents")
_FIGURES = ("grids", *_HOMES, "incidents")
_NONE = dict.fromkeys(_HOMES, 0)


def units_with_figures(
    connection: Connection, as_of: date | None = None
) -> list[tuple[RowMapping, Figures]]:
    """Every admin unit with what it holds, its villages' figures summed up the tree.

    Figures: grids, buildings, households, residents, incidents. Of units that the actor does not
    see whole: what is published of them today; None for the rest.
    """
    units = areas.units(connection, as_of)
    sums = _summed(connection, units, as_of)
    homes, cases = (access.units_of(connection, right) for right in ("premises", "incidents"))
    strange = [unit["id"] for unit in units if unit["id"] not in homes & cases]
    published = access.published(connection) if strange and as_of is None else {}
    told: list[tuple[RowMapping, Figures]] = []
    for unit in units:
        figures: Figures = {**sums[unit["id"]]}
        public: Mapping[Any, Any] = published.get(unit["id"], {})
        if unit["id"] not in homes:
            figures |= {name: public.get(name) for name in _HOMES}
        if unit["id"] not in cases:
            figures["incidents"] = public.get("incidents")
        told.append((unit, figures))
    return told


def _summed(
    connection: Connection, units: Sequence[RowMapping], as_of: date | None
) -> dict[int, dict[str, int]]:
    """The figures of every unit's grids that the actor sees, by the unit's id."""
    figures = {unit["id"]: dict.fromkeys(_FIGURES, 0) for unit in units}
    homes = premises.counts(connection, as_of)
    for grid in areas.grids(connection, as_of=as_of):
        here = figures.get(grid["village_id"])
        if here is None or grid["kind"] == "micro":
            continue
        here["grids"] += 1
        for name in _HOMES:
            here[name] += homes[grid["id"]][name] if grid["id"] in homes else 0
    for village, number in incidents.counts(connection).items():
        if village in figures:
            figures[village]["incidents"] += number
    for unit in reversed(units):  # parents come before children
        above = figures.get(unit["parent_id"])
        if above is not None:
            for name in _FIGURES:
                above[name] += figures[unit["id"]][name]
    return figures


def grids_with_figures(
    connection: Connection, as_of: date | None = None
) -> list[tuple[RowMapping, Figures]]:
    """The grids in force with their buildings, households and residents.

    None where the actor may not count them.
    """
    homes = premises.counts(connection, as_of)
    seen = access.grids_of(connection, "premises")
    return [
        (
            grid,
            {name: homes.get(grid["id"], _NONE)[name] for name in _HOMES}
            if grid["id"] in seen
            else dict.fromkeys(_HOMES),
        )
        for grid in areas.grids(connection, as_of=as_of)
    ]


def search(connection: Connection, text: str, most: int) -> Sequence[RowMapping]:
    """Townships, villages, grids, buildings and incidents, the best matches first.

    Columns: type, code, name, where, lon, lat, west, south, east, north.
    """
    patterns = areas.search_patterns(text, most)
    found = [
        *areas.search(connection, patterns),
        *premises.search(connection, patterns),
        *incidents.search(connection, patterns),
    ]
    return sorted(found, key=lambda row: row["rank"])[:most]


LINKS = {
    "plan_in_force": "areas",
    "resident_household": "premises",
    "household_dwelling": "premises",
    "dwelling_building": "premises",
    "building_grid": "premises",
    "building_placement": "premises",
    "building_once": "premises",
    "building_whole": "premises",
    "asset_grid": "premises",
    "organisation_grid": "premises",
    "incident_grid": "incidents",
    "incident_outside": "incidents",
    "incident_location": "incidents",
    "grid_village": "areas",
    "village_grids": "areas",
    "unit_parent": "areas",
    "unit_drawn": "areas",
    "posting_grid": "areas",
    "grid_lead": "areas",
}


def broken(
    connection: Connection, link: str, most: int, grids: Sequence[int] = ()
) -> tuple[int, Sequence[RowMapping]]:
    """How many break a link, and the first of them: code, name, ref, amount, lon, lat.

    Args:
        grids: for building_once, the ids of grids that overlap.
    """
    statement = sql(f"{LINKS[link]}/links/{link}.sql")
    values = {"most": most, "grids": list(grids)} if link == "building_once" else {"most": most}
    rows = connection.execute(statement, values).mappings().all()
    return (rows[0]["broken"] if rows else 0), rows


def totals(connection: Connection) -> dict[str, int]:
    """How many there are of what each link is about, by link."""
    homes, reports = premises.totals(connection), incidents.totals(connection)
    land = areas.totals(connection)
    return {
        "plan_in_force": 1,
        "resident_household": homes["residents"],
        "household_dwelling": homes["households"],
        "dwelling_building": homes["dwellings"],
        **dict.fromkeys(
            ("building_grid", "building_placement", "building_once", "building_whole"),
            homes["buildings"],
        ),
        "asset_grid": homes["assets"],
        "organisation_grid": homes["organisations"],
        **dict.fromkeys(
            ("incident_grid", "incident_outside", "incident_location"), reports["incidents"]
        ),
        **dict.fromkeys(
            ("grid_village", "grid_lead", "grid_overlap", "grid_sliver", "grid_border"),
            land["grids"],
        ),
        **dict.fromkeys(("village_grids", "land_in_grid"), land["villages"]),
        "unit_parent": land["townships"] + land["villages"],
        "unit_drawn": land["counties"] + land["townships"] + land["villages"],
        "unit_tiling": land["counties"] + land["townships"],
        "posting_grid": land["postings"],
    }


def outlines(
    connection: Connection, village_id: int | None = None, as_of: date | None = None
) -> list[Outline]:
    """The outlines of grids and units in force that ought to tile, of one village or of all."""
    values = {"village": village_id, "as_of": as_of}
    rows = connection.execute(sql("areas/shapes.sql"), values).all()
    shapes = np.asarray(shapely.from_wkb([row.wkb for row in rows]), dtype=object)
    shapes[~shapely.is_valid(shapes)] = None  # told by the link unit_drawn
    return [
        Outline(row.level, row.id, row.code, row.name, row.parent_id, shape)
        for row, shape in zip(rows, shapes, strict=True)
    ]


@dataclass(frozen=True)
class GridChain:
    """One grid with all that hangs on it, as it was on a day.

    `premises` and `incidents` are None where the actor has no right to them.
    """

    grid: RowMapping
    staff: Sequence[RowMapping]
    premises: RowMapping | None
    incidents: Sequence[RowMapping] | None
    astray: int
    outlines: list[Outline]


def chain_of(connection: Connection, code: str, as_of: date | None = None) -> GridChain:
    """Everything the card of one grid tells.

    Raises:
        NotFound: no grid in force that day bears the code.
    """
    grid = areas.grid(connection, code, as_of)
    homes, cases = (
        access.reaches(connection, right, grid["id"]) for right in ("premises", "incidents")
    )
    return GridChain(
        grid=grid,
        staff=areas.postings_of(connection, code, as_of),
        premises=premises.counts_of(connection, grid["id"], as_of) if homes else None,
        incidents=incidents.counts_of_grid(connection, code) if cases else None,
        # On another day buildings are counted where they stand: none can be astray.
        astray=premises.astray(connection, grid["id"]) if as_of is None else 0,
        outlines=outlines(connection, grid["village_id"], as_of),
    )
