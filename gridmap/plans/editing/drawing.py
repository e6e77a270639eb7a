"""Draw a new grid, or fill a gap."""

from typing import Any, Literal

import numpy as np
import shapely

from gridmap.geo.coverage import mean_width_m
from gridmap.plans.editing.bounds import checked_points, checked_region, known_grids
from gridmap.plans.editing.division import XY, Change, Division
from gridmap.plans.editing.faces import area_of, joined, parted, parts
from gridmap.plans.editing.free_land import free_land
from gridmap.plans.editing.refusal import Refused, not_beside
from gridmap.plans.editing.rings import with_all_vertices, with_vertices
from gridmap.plans.editing.weave import DRAWN_TOLERANCE_M, Weave


def draw(
    division: Division, shape: Any, new_code: str, kind: Literal["general", "special"]
) -> Change:
    """A new grid: a general one on the land that is in no grid, a special one cut out of others.

    A general one is clipped to the free land; a special one takes free land too, where it has any.

    Raises:
        Refused: no_gap, misses, off_village, too_many_pieces, self_crossing,
            too_many_vertices, not_finite.
    """
    shape = checked_region(shape)
    if kind == "special":
        _in_village(division, shape)
    matched, gaps = free_land(division)
    grids = {**division.shapes, **matched}
    borders = [*gaps, *grids.values()] if kind == "special" else gaps
    weave = Weave(borders, division.stretch, DRAWN_TOLERANCE_M)
    weave.thread_around(shape)
    land = area_of(weave.threads)
    changed = with_vertices(grids, weave.inserts)
    gaps = list(with_all_vertices(gaps, weave.inserts))
    won = [face for gap in gaps for face in parted(gap, weave.threads, land)[0]]
    sources = []
    for code, grid in (grids | changed).items() if kind == "special" else ():
        going, staying = parted(grid, weave.threads, land)
        if going:
            changed[code] = joined(staying)
            won += going
            sources.append(code)
    new = _one_piece(won, shape, kind)
    beside = {code: grid for code, grid in matched.items() if shapely.intersects(grid, new)}
    ancestors = {new_code: tuple(sources)} if sources else {}
    return Change(beside | changed | {new_code: new}, (), ancestors, adds_land=True)


def fill(division: Division, at: XY, to: str) -> Change:
    """The gap that holds a point of (lon, lat), given to a grid beside it.

    Raises:
        Refused: unknown_grid, no_gap, not_adjacent, not_finite.
    """
    known_grids(division, [to])
    place = shapely.Point(checked_points([at])[0])
    matched, gaps = free_land(division)
    gap = next((one for one in gaps if one.intersects(place)), None)
    if gap is None:
        raise Refused(
            "no_gap",
            "这里没有缝隙：土地已在网格里，或在本村之外",
            "there is no gap here: the land is in a grid, or outside the village",
            place,
        )
    grid = {**division.shapes, **matched}[to]
    whole = joined([grid, gap])
    if parts(whole) > parts(grid):
        raise not_beside(to, gap)
    beside = {code: grid for code, grid in matched.items() if shapely.intersects(grid, gap)}
    return Change(beside | {to: whole}, adds_land=True)


def _one_piece(won: list[Any], drawn: Any, kind: str) -> shapely.MultiPolygon:
    if not won and kind == "general":
        raise Refused(
            "no_gap",
            "这里没有不属于任何网格的土地：请画专属网格，或分割已有的网格",
            "no land here is in no grid: draw a special grid, or split a grid",
            drawn,
        )
    if not won:
        raise Refused(
            "misses",
            "画的网格没有盖住本村的土地",
            "the drawn grid covers no land of the village",
            drawn,
        )
    new = joined(won)
    if parts(new) > 1:
        raise Refused(
            "too_many_pieces",
            f"画的网格会有 {parts(new)} 块：一个网格必须连成一片",
            f"the drawn grid would have {parts(new)} pieces: a grid must hang together",
            new,
        )
    return new


def _in_village(division: Division, shape: Any) -> None:
    drawn, village = division.stretch.to_metres(np.array([shape, division.village]))
    for part in shapely.get_parts(shapely.difference(drawn, village)):
        if mean_width_m(part) > DRAWN_TOLERANCE_M:
            raise Refused(
                "off_village",
                "画的网格越过了村界",
                "the drawn grid reaches over the village line",
                division.stretch.to_degrees(part),
            )
