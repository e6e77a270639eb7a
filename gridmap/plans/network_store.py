"""Reads and writes of departments' networks. The connection comes first; nothing here commits.

Geometries go out and come in as well-known binary in EPSG:4490, bit for bit.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import shapely
from sqlalchemy import Connection, RowMapping, func, select

from gridmap.areas.tables import grid_plans
from gridmap.db import CRS, sql
from gridmap.plans import store
from gridmap.plans.networks import NetworkGrid
from gridmap.plans.tables import network_grids


def outlines(connection: Connection, unit_id: int) -> Sequence[RowMapping]:
    """The villages of a unit that are drawn: code, name, wkb."""
    bound = {"unit_id": unit_id}
    return connection.execute(sql("plans/sql/unit_outlines.sql"), bound).mappings().all()


def add(
    connection: Connection,
    *,
    unit: RowMapping,
    network: str,
    source: str,
    day: date,
    drawn: Sequence[NetworkGrid],
) -> str:
    """A plan that holds the grids of a department; returns its code."""
    code = store.new_plan_code(connection, unit["code"], day)
    values = {"code": code, "name": f"{unit['name']}{network}网格", "unit_id": unit["id"],
              "network": network, "source": source}  # fmt: skip
    plan_id = store.add_plan(connection, values)
    bound = {
        "plan_id": plan_id,
        "crs": CRS,
        "codes": [grid.code for grid in drawn],
        "names": [grid.name for grid in drawn],
        "shapes": [shapely.to_wkb(grid.shape) for grid in drawn],
    }
    connection.execute(sql("plans/sql/add_network_grids.sql"), bound)
    return code


def grids(connection: Connection, plan_id: int) -> list[NetworkGrid]:
    """The grids of a network, by code."""
    columns = network_grids.c
    query = (
        select(columns.code, columns.name, func.public.st_asbinary(columns.geom).label("wkb"))
        .where(columns.plan_id == plan_id)
        .order_by(columns.code.collate("C"))
    )
    return [
        NetworkGrid(row.code, shapely.from_wkb(bytes(row.wkb)), row.name)
        for row in connection.execute(query)
    ]


def shown(connection: Connection, plan_id: int) -> Sequence[RowMapping]:
    """The same to look at: code, name, wkb, area_m2, buildings, households, residents."""
    bound = {"plan_id": plan_id}
    return connection.execute(sql("plans/sql/network_loads.sql"), bound).mappings().all()


def kept(connection: Connection, unit_id: int) -> dict[str, Any]:
    """The newest plan of each department in a unit, by network: code; in the order of the names."""
    columns = grid_plans.c
    query = (
        select(columns.network, columns.code)
        .where(columns.unit_id == unit_id, columns.network.is_not(None))
        .order_by(columns.network.collate("C"), columns.id)
    )
    return {row.network: row.code for row in connection.execute(query)}


def there(connection: Connection, codes: Sequence[str]) -> set[str]:
    """Those of some plans that are networks still, as far as the actor sees."""
    columns = grid_plans.c
    query = select(columns.code).where(columns.code.in_(codes), columns.network.is_not(None))
    return set(connection.scalars(query))
