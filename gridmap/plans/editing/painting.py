"""Reassign: what a lasso or street blocks enclose goes to another grid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from gridmap.plans.editing.bending import bent
from gridmap.plans.editing.blocks import LATTICE_M, blocks, chosen, strips_of
from gridmap.plans.editing.bounds import (
    MOST_VERTICES,
    PLAIN_DEGREES,
    checked_points,
    checked_region,
    known_grids,
)
from gridmap.plans.editing.division import XY, Change, Division, Footprints
from gridmap.plans.editing.faces import area_of, joined, parted, parts
from gridmap.plans.editing.refusal import Refused, not_beside
from gridmap.plans.editing.rings import with_vertices
from gridmap.plans.editing.weave import DRAWN_TOLERANCE_M, Weave

_ALONG = 0.4
"""A strip has nearly half of its outline along the land beside it, a corner less."""


def reassign(division: Division, region: Any, to: str, footprints: Footprints) -> Change:
    """The land of other grids inside a region goes to the grid `to`.

    Buildings stay whole: one whose anchor is in the region goes with it, any other one stays.

    Raises:
        Refused: unknown_grid, misses, not_adjacent, self_crossing, too_many_vertices, not_finite;
            a grid that loses all its land is left to the judge.
    """
    known_grids(division, [to])
    region = bent(division, checked_region(region), to, footprints)
    weave = Weave(division.shapes.values(), division.stretch, DRAWN_TOLERANCE_M)
    weave.thread_around(region)
    land = area_of(weave.threads)
    changed = with_vertices(division.shapes, weave.inserts)
    noded = {**division.shapes, **changed}
    won = []
    for code, shape in noded.items():
        if code == to or not shapely.intersects(shape, land):
            continue
        going, staying = parted(shape, weave.threads, land)
        if going:
            changed[code] = joined(staying)
            won += going
    if not won:
        raise Refused(
            "misses",
            f"这里没有别的网格的土地可划给网格 {to}",
            f"there is no land of other grids here to give to grid {to}",
            region,
        )
    changed[to] = joined([noded[to], *won])
    if parts(changed[to]) > parts(noded[to]):
        raise not_beside(to, shapely.MultiPolygon(won))
    return Change(changed)


def paint(
    division: Division, places: Sequence[XY], to: str, lines: Sequence[Any], footprints: Footprints
) -> Change:
    """The land of other grids in street blocks goes to the grid `to`; as `reassign`.

    Borders seldom run in the very middle of a road: what would be left of a grid as a strip along
    the blocks, too narrow for a block and without a building, goes along.

    Args:
        places: a (lon, lat) inside each of the blocks.
        lines: roads, rivers and railways in EPSG:4490, see `blocks`.

    Raises:
        Refused: as `reassign`; no_blocks, no_block.
    """
    known_grids(division, [to])
    land = chosen(blocks(division, lines, footprints), checked_points(places))
    land = shapely.simplify(_with_strips(division, land, to, footprints), PLAIN_DEGREES)
    if (size := int(shapely.get_num_coordinates(land))) > MOST_VERTICES:
        raise Refused(
            "too_many_vertices",
            f"这些街区的边界有 {size:,} 个点，最多 {MOST_VERTICES:,} 个：请一次少涂些街区",
            f"the blocks have {size:,} vertices, at most {MOST_VERTICES:,} are allowed: paint fewer"
            " at once",
        )
    return reassign(division, land, to, footprints)


def _with_strips(division: Division, land: Any, to: str, footprints: Footprints) -> Any:
    """The land of blocks with the strips along it that other grids would be left with."""
    codes = [code for code in division.shapes if code != to]
    grids = division.stretch.to_metres(np.array([division.shapes[c] for c in codes], dtype=object))
    anchors = division.stretch.metres(footprints.anchors)
    bare = taken = division.stretch.to_metres(np.array([land], dtype=object))[0]
    for grid in grids[shapely.intersects(grids, taken)]:
        rest = shapely.difference(grid, taken)
        for strip in strips_of(rest, anchors):
            without = shapely.difference(rest, strip)
            beside_m = shapely.length(shapely.intersection(shapely.boundary(strip), taken))
            is_along = beside_m > _ALONG * shapely.length(strip)
            if is_along and not without.is_empty and parts(without) <= parts(rest):
                rest, taken = without, shapely.union(taken, strip, grid_size=LATTICE_M)
    return land if taken is bare else division.stretch.to_degrees(taken)
