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
    berths = _berths(division, footprints, on_border, to)
    close = footprints.crossing(stretch.to_degrees(shapely.union_all(list(berths.values()))))
    walls = stretch.to_metres(footprints.shapes[close])
    goes = footprints.is_in(region)
    # Led around the one kind and the other; where two stand wall to wall, along the wall.
    for shapes, is_going in (
        (np.array(list(berths.values()), dtype=object), goes[list(berths)]),
        (walls, goes[close]),
    ):
        land = shapely.union(land, shapely.union_all(shapes[is_going]))
        land = shapely.difference(land, shapely.union_all(shapes[~is_going]))
    return stretch.to_degrees(_without_crumbs(land, stretch.metres(footprints.anchors)))


def _berths(
    division: Division, footprints: Footprints, positions: NDArray[np.intp], to: str
) -> dict[int, Any]:
    """The ground around these buildings in metres, as far as it is in the grid of each."""
    berths: dict[int, Any] = {}
    for code, shape in sorted(division.shapes.items(), reverse=True):
        own = positions[footprints.is_in(shape)[positions]]
        if code != to and len(own):
            grid, *flat = division.stretch.to_metres(np.array([shape, *footprints.shapes[own]]))
            wide = shapely.buffer(flat, _BERTH_M, join_style="mitre")
            berths |= zip(own.tolist(), shapely.intersection(wide, grid), strict=True)
    return berths


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
