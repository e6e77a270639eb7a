"""Where a merged plan came from: the departments' grids, where they went, and their conflicts."""

from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy import Engine, RowMapping

from gridmap.db import Actor, transaction
from gridmap.errors import NotFound
from gridmap.plans import network_store, store
from gridmap.plans.desk import as_geojson


def origin(engine: Engine, actor: Actor, plan_code: str) -> dict[str, Any]:
    """How a plan was merged out of networks, in the villages in sight; ready to be JSON.

    The grids are those of the merging, as the shares and conflicts are; what was drawn
    afterwards is not in them. Geometries in EPSG:4490 degrees, areas in square metres.

    Raises:
        NotFound: no such plan; or it came from no merging, as far as the actor sees.
    """
    with transaction(engine, actor) as connection:
        plan = store.plan(connection, plan_code)
        merges = store.origin(connection, plan["id"])
        there = network_store.there(connection, _sources(merges))
    if not merges:
        raise NotFound(
            f"方案 {plan_code} 不是由多网合一得来的，没有来源与冲突可看",
            f"the plan {plan_code} was not merged out of networks: it has no origin to show",
        )
    return {
        "plan": plan_code,
        "networks": [
            {**one, "plan": one["plan"] if one.get("plan") in there else None}
            for one in merges[0]["arguments"]["networks"]
        ],
        "grids": [grid for merge in merges for grid in _grids(merge)],
        "crosswalk": [
            {**row, "village": merge["village"]}
            for merge in merges
            for row in merge["arguments"]["crosswalk"]
        ],
        "conflicts": _all(merges, "conflicts"),
        "report": _all(merges, "report"),
    }


def _sources(merges: Sequence[RowMapping]) -> list[str]:
    """The plans that were merged; older mergings took files and name none."""
    networks = merges[0]["arguments"]["networks"] if merges else []
    return [one["plan"] for one in networks if one.get("plan")]


def _all(merges: Sequence[RowMapping], part: str) -> list[dict[str, Any]]:
    return [row for merge in merges for row in merge["arguments"][part]]


def _grids(merge: RowMapping) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "name": row["name"],
            "village": merge["village"],
            "geometry": as_geojson(shapely.from_wkb(row["geom"])),
        }
        for code, row in sorted(merge["after"].items())
        if row is not None
    ]
