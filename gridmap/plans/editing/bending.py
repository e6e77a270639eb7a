"""A region led around buildings, so that each goes or stays as a whole."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.plans.editing.division import Division, Footprints

_BERTH_M = 0.6
"""How wide a border is led around a building: wider than the weave pulls a line."""

_CRUMB_M = 1.0
"""What is nowhere wider than twice this and holds no building is a leftover of the bending."""


def bent(division: Division, region: Any, to: str, footprints: Footprints) -> Any:
    """The region in EPSG:4490, with the buildings whole whose anchor it holds, and no other one.

    Buildings of the grid `to` are not looked at: nothing changes for them.
    """
    on_border = footprints.crossing(shapely.boundary(region))
    if not len(on_border):
        return region
    stretch = division.stretch
    land = stretch.to_metres(np.array([region]))[0]
    goes = footprints.is_in(region)
    going, staying = (
        _buildings(division, footprints, on_border[goes[on_border] == one], to)
        for one in (True, False)
    )
    # Led around the one kind and the other; where two stand wall to wall, along the wall.
    for out, into in zip(staying, going, strict=True):
        land = shapely.difference(shapely.union(land, into), out)
    return stretch.to_degrees(_without_crumbs(land, stretch.metres(footprints.anchors)))


def _buildings(
    division: Division, footprints: Footprints, positions: NDArray[np.intp], to: str
) -> tuple[Any, Any]:
    """These buildings with a berth, as far as it is in the grid of each; and without."""
    berths, walls = [], []
    for code, shape in division.shapes.items():
        own = positions[footprints.is_in(shape)[positions]]
        if code != to and len(own):
            grid, *flat = division.stretch.to_metres(np.array([shape, *footprints.shapes[own]]))
            wide = shapely.buffer(shapely.union_all(flat), _BERTH_M, join_style="mitre")
            berths.append(shapely.intersection(wide, grid))
            walls += flat
    return shapely.union_all(berths), shapely.union_all(walls)


def _without_crumbs(land: Any, anchors: NDArray[np.float64]) -> Any:
    parts = []
    for part in shapely.get_parts(land):
        if isinstance(part, shapely.Polygon) and not _is_crumb(part, anchors):
            holes = [h for h in part.interiors if not _is_crumb(shapely.Polygon(h), anchors)]
            parts.append(shapely.Polygon(part.exterior, holes))
    return shapely.MultiPolygon(parts)


def _is_crumb(part: Any, anchors: NDArray[np.float64]) -> bool:
    narrow = shapely.buffer(part, -_CRUMB_M).is_empty
    return bool(narrow and not shapely.intersects_xy(part, anchors).any())
