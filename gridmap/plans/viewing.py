"""Looking at a plan: the editor's view of a village, its checks, and what it would change."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Engine, RowMapping

from gridmap.areas import store as areas
from gridmap.db import Actor, transaction
from gridmap.plans import editing, store
from gridmap.plans.criteria import NEAR_M, criteria
from gridmap.plans.desk import (
    Desk,
    as_geojson,
    as_json,
    grids_shown,
    village_of,
    with_shape,
)
from gridmap.plans.drafts import faults_in
from gridmap.plans.editing import BOUNDING, Setting, cores
from gridmap.plans.figures import Homes, Load, loads, moves
from gridmap.plans.undoing import next_redo, next_undo


def _desk(connection: Connection, plan_code: str, village_code: str) -> Desk:
    """A village of a plan as it is now; not locked, and not only of drafts."""
    plan = store.plan(connection, plan_code)
    village = village_of(connection, plan, village_code)
    return Desk.read(connection, plan, village)


def division(engine: Engine, actor: Actor, plan_code: str, village_code: str) -> dict[str, Any]:
    """All that the editor of one village needs, ready to be JSON.

    Raises:
        NotFound: no such plan, or no such village in it.
        Conflict: the village is not drawn.
    """
    with transaction(engine, actor) as connection:
        desk = _desk(connection, plan_code, village_code)
        homes = desk.homes()
        plan_id, village_id = desk.plan["id"], desk.village["id"]
        own = store.own_operations(connection, plan_id, village_id)
        profile = areas.read_profile(connection)
        lines, around = (
            store.lines(connection, village_id),
            store.around(connection, plan_id, village_id),
        )
        basis = _basis(desk, homes)
    undo, redo = next_undo(own), next_redo(own)
    return {
        "plan": plan_code,
        "village": {**desk.village, "geometry": as_geojson(desk.division.village)},
        "grids": [as_json(grid) for grid in grids_shown(desk, homes)],
        "buildings": {
            "lon": homes.lon.tolist(),
            "lat": homes.lat.tolist(),
            "households": homes.households.tolist(),
            "residents": homes.residents.tolist(),
            "grid": homes.grids(desk.division.shapes),
        },
        "lines": [with_shape(row) for row in lines],
        "around": [with_shape(row) for row in around],
        "size_limits": profile.size_limits.model_dump(),
        "basis": basis,
        "walls": _walls(desk, homes, profile.drawing_rules.building_cut),
        "undo": undo and vars(undo),
        "redo": redo and vars(redo),
    }


def _basis(desk: Desk, homes: Homes) -> dict[str, Any]:
    """What the criteria are computed from, beside the grids and the buildings."""
    village_id = desk.village["id"]
    places = _at(homes, store.facilities(desk.connection, village_id))
    return {
        "metres_per_degree": desk.division.stretch.metres_per_degree.tolist(),
        "near_m": NEAR_M,
        "staff": store.staff(desk.connection, village_id),
        "facilities": {
            "lon": places.lon.tolist(),
            "lat": places.lat.tolist(),
            "grid": places.grids(desk.division.shapes),
        },
    }


def _walls(desk: Desk, homes: Homes, building_cut: Setting) -> dict[str, Any]:
    """What of each building a border should not meet, as rings; nothing where it may."""
    kept = homes.footprints.shapes[: 0 if building_cut == "off" else None]
    solid = desk.division.stretch.to_degrees(cores(desk.division, kept))
    rings = [
        [shapely.get_coordinates(ring).tolist() for ring in shapely.get_rings(parts)]
        for parts in map(shapely.get_parts, solid)
    ]
    return {"building_cut": building_cut, "cores": rings}


def checks(engine: Engine, actor: Actor, plan_code: str, village_code: str) -> dict[str, Any]:
    """Where a village's grids do not tile it, and the four criteria; ready to be JSON.

    Raises:
        NotFound, Conflict: as `division`.
    """
    with transaction(engine, actor) as connection:
        desk = _desk(connection, plan_code, village_code)
        homes = desk.homes()
        found = faults_in(desk.division)
        staff = store.staff(connection, desk.village["id"])
        places = store.facilities(connection, desk.village["id"])
        limits = areas.read_profile(connection).size_limits
    grids = homes.grids(desk.division.shapes)
    facilities = _at(homes, places).grids(desk.division.shapes)
    kinds = {code: row["area_kind"] for code, row in desk.rows.items() if row["kind"] == "general"}
    stretch = desk.division.stretch
    judged = criteria(kinds, limits, homes, grids, staff, facilities, stretch)
    return {"faults": found, "criteria": [vars(one) for one in judged]}


def _at(homes: Homes, places: Sequence[RowMapping]) -> Homes:
    """Places as buildings in which nobody lives."""
    lon = np.array([place["lon"] for place in places], dtype=np.float64)
    lat = np.array([place["lat"] for place in places], dtype=np.float64)
    none = np.zeros(len(lon), dtype=np.int64)
    return Homes(lon, lat, none, none, homes.footprints)


def blocks(engine: Engine, actor: Actor, plan_code: str, village_code: str) -> dict[str, Any]:
    """The street blocks of a village and who lives there, by grid; ready to be JSON.

    Raises:
        NotFound, Conflict: as `division`.
    """
    with transaction(engine, actor) as connection:
        desk = _desk(connection, plan_code, village_code)
        homes, lines = desk.homes(), desk.lines(BOUNDING)
    shapes = desk.division.shapes
    found = editing.blocks(desk.division, lines, homes.footprints)
    blocks = {f"{number:05}": shape for number, shape in enumerate(found)}
    held = loads(homes, list(zip(homes.grids(blocks), homes.grids(shapes), strict=True)))
    under = editing.grids_under(found, desk.division)
    return {
        "blocks": [
            {
                "place": _place_in(shape),
                "geometry": as_geojson(shape),
                "grids": [
                    {"code": code, **vars(held.get((number, code), Load()))}
                    for code in shapes
                    if code in codes or (number, code) in held
                ],
            }
            for (number, shape), codes in zip(blocks.items(), under, strict=True)
        ]
    }


def _place_in(shape: Any) -> tuple[float, float]:
    place = shapely.point_on_surface(shape)
    return place.x, place.y


def lines(
    engine: Engine,
    actor: Actor,
    plan_code: str,
    village_code: str,
    grids: tuple[str, str],
    within_m: float,
) -> dict[str, Any]:
    """The lines that would pull the border of two grids; ready to be JSON.

    Raises:
        NotFound, Conflict: as `division`.
        Refused: unknown_grid, not_adjacent.
    """
    with transaction(engine, actor) as connection:
        desk = _desk(connection, plan_code, village_code)
        rows = store.lines(connection, desk.village["id"])
    shapes = [shapely.from_wkb(bytes(row["wkb"])) for row in rows]
    found = editing.pulling_lines(desk.division, grids, shapes, within_m)
    # Of a lake it is the shore that pulls: a road through it is no water.
    outlines = shapely.STRtree([shapely.boundary(one) if one.area else one for one in shapes])
    named = [int(outlines.nearest(shapely.Point(at))) for _, at in found.lines]
    return {
        "any": found.is_any,
        "lines": [
            {
                "kind": rows[row]["kind"],
                "name": rows[row]["name"],
                "place": at,
                "geometry": as_geojson(line),
            }
            for (line, at), row in zip(found.lines, named, strict=True)
        ],
    }


def comparison(engine: Engine, actor: Actor, plan_code: str) -> dict[str, Any]:
    """A plan beside what is in force in its villages (or was before it), ready to be JSON.

    Raises:
        NotFound: no such plan.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, plan_code)
        villages = store.villages(connection, plan["id"])
        day = _day_before(connection, plan)
        rows = store.history(connection, plan["id"], [v["id"] for v in villages], day)
        limits = areas.read_profile(connection).size_limits
        found = [_compared(connection, village, rows) for village in villages]
    return {
        "plan": plan_code,
        "name": plan["name"],
        "before": day,
        "size_limits": limits.model_dump(),
        "grids": [grid for grids, _ in found for grid in grids],
        "moved": [move for _, moved in found for move in moved],
    }


def _day_before(connection: Connection, plan: RowMapping) -> date:
    first: date | None = plan["valid_from"]
    return areas.today(connection) if first is None else first - timedelta(days=1)


def _compared(
    connection: Connection, village: RowMapping, rows: Sequence[RowMapping]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    here = [row for row in rows if row["village_id"] == village["id"]]
    before = {row["code"]: row for row in here if not row["of_plan"]}
    after = {row["code"]: row for row in here if row["of_plan"]}
    homes = Homes.of(store.homes(connection, village["id"]))
    was, will = (homes.grids(_shapes(side)) for side in (before, after))
    loads_before, loads_after = loads(homes, was), loads(homes, will)
    grids = [
        {
            "code": code,
            "name": (after.get(code) or before[code])["name"],
            "village": village["code"],
            "fate": _fate(before.get(code), after.get(code)),
            "before": _side(before.get(code), loads_before.get(code)),
            "after": _side(after.get(code), loads_after.get(code)),
        }
        for code in sorted({*before, *after}, key=str.encode)
    ]
    moved = [
        {"from": one, "to": other, **vars(load)}
        for (one, other), load in moves(homes, was, will).items()
    ]
    return grids, moved


def _shapes(rows: Mapping[str, RowMapping]) -> dict[str, Any]:
    return {code: shapely.from_wkb(bytes(row["wkb"])) for code, row in rows.items()}


def _fate(before: RowMapping | None, after: RowMapping | None) -> str:
    """A grid that only got a vertex on its border is the same."""
    if before is None or after is None:
        return "created" if before is None else "ended"
    alike = all(before[name] == after[name] for name in ("name", "kind"))
    shapes = (shapely.from_wkb(bytes(row["wkb"])) for row in (before, after))
    return "same" if alike and shapely.equals(*shapes) else "changed"


def _side(row: RowMapping | None, load: Load | None) -> dict[str, Any] | None:
    if row is None:
        return None
    geometry = as_geojson(shapely.from_wkb(bytes(row["wkb"])))
    return {"area_m2": row["area_m2"], "geometry": geometry, **vars(load or Load())}
