"""Reassign: what a lasso or a street block encloses goes to another grid."""

from typing import Any

import shapely

from gridmap.plans.editing.bending import bent
from gridmap.plans.editing.bounds import checked_region, known_grids
from gridmap.plans.editing.division import Change, Division, Footprints
from gridmap.plans.editing.faces import area_of, joined, parted, parts
from gridmap.plans.editing.refusal import Refused, not_beside
from gridmap.plans.editing.rings import with_vertices
from gridmap.plans.editing.weave import DRAWN_TOLERANCE_M, Weave


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
            f"圈出的区域里没有别的网格的土地可划给网格 {to}",
            f"the region holds no land of other grids to give to grid {to}",
            region,
        )
    changed[to] = joined([noded[to], *won])
    if parts(changed[to]) > parts(noded[to]):
        raise not_beside(to, shapely.MultiPolygon(won))
    return Change(changed)
