"""多网合一: a draft whose grids are those of several departments, merged into one network.

Each village gets one operation, which can be undone. What is to survive stands in its arguments:
the networks, where every old grid went, and where the departments disagreed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import uuid4

import numpy as np
import shapely
from sqlalchemy import Connection, Engine

from gridmap.access.store import record
from gridmap.areas.codes import next_code
from gridmap.areas.store import read_profile
from gridmap.db import Actor, transaction
from gridmap.errors import CallError
from gridmap.plans import drafts, network_store, store
from gridmap.plans.desk import Desk, as_geojson
from gridmap.plans.figures import Homes
from gridmap.plans.networks import (
    Buildings,
    Conflict,
    Merged,
    MergedGrid,
    Share,
    merge_networks,
)
from gridmap.plans.networks.merge import TOLERANCE_M
from gridmap.profiles import GridCodeScheme

KIND = "merge_networks"
Size = tuple[int, int]


@dataclass(frozen=True)
class Proposal:
    """The draft that holds the one network, and how it came about."""

    plan: str
    merged: Merged


@dataclass(frozen=True)
class _Source:
    """A network that is merged: its department, file, weight, and the plan that keeps it."""

    name: str
    file: str
    weight: float
    plan: str
    plan_id: int


@dataclass(frozen=True)
class _Ground:
    """What is known of the villages before anything is merged."""

    outlines: Mapping[str, Any]
    names: Mapping[str, str]
    area_kinds: Mapping[str, str]
    sizes: Mapping[str, Size]
    codes: Mapping[str, Sequence[str]]
    buildings: Buildings
    scheme: GridCodeScheme


def propose(
    engine: Engine,
    actor: Actor,
    unit: str,
    plans: Sequence[str],
    *,
    weights: Mapping[str, float] | None = None,
    name: str | None = None,
    size: Size | None = None,
    tolerance_m: float = TOLERANCE_M,
) -> Proposal:
    """A new draft below a unit, with one network out of several; nothing is left on failure.

    Args:
        plans: the networks to merge, each by the plan that `keeping` made of it.
        weights: how much the borders of a department count, by the name of its network, 1 where
            nothing is said.
        size: limits of households per grid; None takes those of the profile, by kind of area.

    Raises:
        NotFound, Forbidden, CallError: as `drafts.open_draft`; or a plan is no network, or two are
            of the same department.
        CallError, DataError: as `networks.merge_networks`.
    """
    with transaction(engine, actor) as connection:
        sources = _sources(connection, plans, weights or {})
        networks = {one.name: network_store.grids(connection, one.plan_id) for one in sources}
    card = drafts.open_draft(engine, actor, unit, name)
    plan = str(card.plan["code"])
    try:
        with transaction(engine, actor) as connection:
            ground = _ground(connection, plan, size)
        merged = merge_networks(
            networks, ground.outlines, ground.buildings, ground.sizes,
            weights={one.name: one.weight for one in sources}, tolerance_m=tolerance_m,
        )  # fmt: skip
        with transaction(engine, actor) as connection:
            merged = _write(connection, plan, merged, ground, sources)
    except BaseException:
        drafts.discard(engine, actor, plan)
        raise
    return Proposal(plan, merged)


def _sources(
    connection: Connection, plans: Sequence[str], weights: Mapping[str, float]
) -> list[_Source]:
    found: dict[str, _Source] = {}
    for code in plans:
        row = store.plan(connection, code)
        name = row["network"]
        if name is None or name in found:
            raise CallError(
                f"方案 {code} 不是部门网格，或同一部门给出了两次",
                f"the plan {code} is no department's network, or its department is given twice",
            )
        found[name] = _Source(name, row["source"], weights.get(name, 1.0), code, row["id"])
    return list(found.values())


def _ground(connection: Connection, plan_code: str, size: Size | None) -> _Ground:
    plan = store.plan(connection, plan_code)
    profile = read_profile(connection)
    villages = store.villages(connection, plan["id"])
    desks = {one["code"]: Desk.open(connection, plan_code, one["code"]) for one in villages}
    kinds = {code: _area_kind(desk) for code, desk in desks.items()}
    limits = {"urban": profile.size_limits.urban, "rural": profile.size_limits.rural}
    return _Ground(
        {code: desk.division.village for code, desk in desks.items()},
        {code: desk.village["name"] for code, desk in desks.items()},
        kinds,
        {code: size or limits[kind] for code, kind in kinds.items()},
        {code: store.codes_of(connection, desk.village["id"]) for code, desk in desks.items()},
        _buildings([desk.homes() for desk in desks.values()]),
        profile.grid_code.scheme,
    )


def _area_kind(desk: Desk) -> str:
    """What most grids of the village are so far."""
    kinds = [row["area_kind"] for row in desk.rows.values()]
    return "urban" if 2 * kinds.count("urban") > len(kinds) else "rural"


def _buildings(homes: Sequence[Homes]) -> Buildings:
    return Buildings(
        np.concatenate([one.footprints.anchors for one in homes]),
        np.concatenate([one.households for one in homes]),
        np.concatenate([one.residents for one in homes]),
        np.concatenate([one.footprints.shapes for one in homes]),
    )


def _write(
    connection: Connection,
    plan_code: str,
    merged: Merged,
    ground: _Ground,
    sources: Sequence[_Source],
) -> Merged:
    """One operation in each village; returns what was merged under the codes it got."""
    plan = store.plan(connection, plan_code)
    desks = {code: Desk.open(connection, plan_code, code) for code in ground.outlines}
    merged = _coded(merged, desks, ground)
    networks = [
        {"name": one.name, "file": one.file, "weight": one.weight, "plan": one.plan}
        for one in sources
    ]
    for code, desk in desks.items():
        mine = [grid for grid in merged.grids if grid.village == code]
        after: dict[str, store.Row | None] = dict.fromkeys(desk.rows)
        after |= {grid.code: _row(desk, grid, ground, sources) for grid in mine}
        before = {grid: desk.as_kept(grid) for grid in after}
        number = store.next_operation_id(connection)
        written = {grid: row and {**row, "version": number} for grid, row in after.items()}
        store.write(connection, plan["id"], desk.village["id"], written)
        arguments = {"networks": networks, **_told(merged, code)}
        store.add_operation(
            connection, number, plan_id=plan["id"], village_id=desk.village["id"], key=uuid4(),
            kind=KIND, arguments=arguments, before=before, after=written, warnings=[],
            reverses=None,
        )  # fmt: skip
    record(connection, KIND, "grid_plans", code=plan_code, networks=[one.name for one in sources])
    return merged


def _coded(merged: Merged, desks: Mapping[str, Desk], ground: _Ground) -> Merged:
    """The same under codes of the profile's scheme; a grid that stays as it is keeps its code."""
    taken = {village: list(codes) for village, codes in ground.codes.items()}
    codes: dict[str, str] = {}
    for grid in merged.grids:
        code = _code_so_far(desks[grid.village], grid)
        if code is None:
            code = next_code(ground.scheme, grid.village, taken[grid.village])
            taken[grid.village].append(code)
        codes[grid.code] = code
    return replace(
        merged,
        grids=tuple(replace(grid, code=codes[grid.code]) for grid in merged.grids),
        crosswalk=tuple(
            replace(row, new_code=row.new_code and codes[row.new_code]) for row in merged.crosswalk
        ),
    )


def _code_so_far(desk: Desk, grid: MergedGrid) -> str | None:
    shape = shapely.multipolygons([grid.shape])
    for code, old in desk.division.shapes.items():
        if shapely.equals_exact(shape, old, 0, normalize=True):
            return code
    return None


def _row(desk: Desk, grid: MergedGrid, ground: _Ground, sources: Sequence[_Source]) -> store.Row:
    kept = desk.as_kept(grid.code)
    if kept is not None:
        return kept
    return {
        "name": f"{ground.names[grid.village]}{grid.code[-3:].lstrip('0')}网格",
        "kind": "general",
        "area_kind": ground.area_kinds[grid.village],
        "management_level": None,
        "responsible_body": None,
        "lead_name": None,
        "source": " + ".join(one.file for one in sources),
        "geom": shapely.to_wkb(shapely.multipolygons([grid.shape])).hex(),
    }


def _told(merged: Merged, village: str) -> dict[str, Any]:
    """What of a merge is kept with a village.

    Land outside of all goes with the largest share, and with the first village where there is none.
    """
    codes = {grid.code for grid in merged.grids if grid.village == village}
    here = [row for row in merged.crosswalk if row.new_code in codes]
    largest: dict[tuple[str, str], Share] = {}
    for row in merged.crosswalk:
        best = largest.get((row.network, row.old_code))
        if row.new_code is not None and (best is None or row.area_share > best.area_share):
            largest[row.network, row.old_code] = row
    is_first = village == min(grid.village for grid in merged.grids)
    for row in (row for row in merged.crosswalk if row.new_code is None):
        inside = largest.get((row.network, row.old_code))
        if is_first if inside is None else inside.new_code in codes:
            here.append(row)
    return {
        "crosswalk": [asdict(row) for row in here],
        "conflicts": [_conflict(row) for row in merged.conflicts if row.village == village],
        "report": [asdict(row) for row in merged.villages if row.village == village],
    }


def _conflict(row: Conflict) -> dict[str, Any]:
    return {
        "village": row.village,
        "grids": [{"network": network, "code": code} for network, code in row.grids],
        "area_m2": row.area_m2,
        "households": row.households,
        "place": row.place,
        "geometry": as_geojson(row.shape),
    }
