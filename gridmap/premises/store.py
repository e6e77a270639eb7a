"""Reads and writes of premises. The connection comes first; nothing here commits."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from sqlalchemy import Connection, Table, func, select, update

from gridmap.premises.tables import assets, buildings, organisations

PlacedLayer = Literal["buildings", "assets", "organisations"]
PLACED_LAYERS: Mapping[PlacedLayer, Table] = MappingProxyType(
    {"buildings": buildings, "assets": assets, "organisations": organisations}
)
"""The layers whose rows stand in a grid of their own."""


def place(connection: Connection, layer: PlacedLayer, ids: Sequence[int] | None = None) -> int:
    """Give the rows of a layer the grid in force today, by the rule of the SQL function `grid_at`.

    A building goes where its anchor, a point on the footprint, lies. Rows that stand right are
    left alone, so that a second run changes nothing.

    Args:
        layer: which layer.
        ids: the rows to look at; all of them if None.

    Returns:
        How many rows changed their grid.
    """
    table = PLACED_LAYERS[layer]
    point = table.c.anchor if layer == "buildings" else table.c.geom
    looked_up = select(table.c.id, func.gridmap.grid_at(point, func.now()).label("grid_id"))
    if ids is not None:
        looked_up = looked_up.where(table.c.id.in_(ids))
    found = looked_up.cte("found").prefix_with("MATERIALIZED")
    placed = connection.execute(
        update(table)
        .values(grid_id=found.c.grid_id)
        .where(table.c.id == found.c.id, table.c.grid_id.is_distinct_from(found.c.grid_id))
    )
    return placed.rowcount
