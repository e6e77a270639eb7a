"""Rules of good drawing that a county may set to block, warn or off: slivers, buildings cut."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.coverage import SLIVER_WIDTH_M, mean_width_m
from gridmap.plans.editing.division import Division, Footprints, Notice
from gridmap.plans.editing.scene import Scene

_CRUMB_M2 = 1.0
"""A corner that a neck cuts off and that is smaller than this is not worth a word."""

_WALL_M = 0.05
"""A border may run this deep inside a wall: footprints are drawn no better."""


def sliver(scene: Scene) -> Notice | None:
    """A grid, a part or a neck of one that becomes narrower than a metre."""
    narrow = [part for part in shapely.get_parts(scene.changed) if _is_sliver(part)]
    if len(narrow) > sum(map(_is_sliver, shapely.get_parts(scene.touched))):
        return Notice(
            "sliver",
            "这里的网格会窄于 1 米",
            "a grid would be narrower than one metre here",
            scene.place(shapely.MultiPolygon(narrow)),
        )
    lobes, before = _lobes(scene.changed), _lobes(scene.touched)
    if _joints(lobes) > _joints(before):
        return Notice(
            "sliver",
            "网格在这里只由一条窄于 1 米的带子相连",
            "a grid would hang together here by a strip narrower than one metre",
            scene.place(_necks(scene.changed, lobes)),
        )
    return None


def cut_building(scene: Scene, footprints: Footprints) -> Notice | None:
    """Buildings that a new border runs through; those that an old one cuts are not counted."""
    new = _edges(scene.changed)
    known = np.array([*scene.touched, *scene.beside.values(), scene.village], dtype=object)
    lines = new[~np.isin(new, _edges(known))].view(np.float64).reshape(-1, 2, 2)
    if not len(lines) or not len(footprints.shapes):
        return None
    near = _within(footprints.bounds, scene.division.stretch.degrees(lines.reshape(-1, 2)))
    solid = cores(scene.division, footprints.shapes[near])
    hit = np.unique(shapely.STRtree(solid).query(shapely.linestrings(lines), "intersects")[1])
    old = shapely.STRtree(shapely.boundary(known))
    cut = np.delete(solid[hit], old.query(solid[hit], "intersects")[0])
    if not len(cut):
        return None
    return Notice(
        "building_cut",
        f"边界会穿过 {len(cut)} 栋楼",
        f"the border would cut through {len(cut)} building{'s'[: len(cut) > 1]}",
        scene.place(shapely.union_all(cut)),
    )


def cores(division: Division, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """What of footprints in EPSG:4490 no border may meet, in metres from the middle of the village:
    all but the depth of a wall. What is thinner than two walls comes out empty."""
    flat = division.stretch.to_metres(shapes)
    return np.asarray(shapely.buffer(flat, -_WALL_M, join_style="mitre"), dtype=object)


def _is_sliver(part: Any) -> bool:
    eroded = shapely.buffer(part, -SLIVER_WIDTH_M / 2, join_style="mitre")
    return bool(eroded.is_empty) or mean_width_m(part) < SLIVER_WIDTH_M


def _lobes(shapes: NDArray[np.object_]) -> list[NDArray[np.object_]]:
    """For each part, what it falls into when half a metre is taken off all around."""
    parts = shapely.get_parts(shapes)
    lobes = []
    for eroded in shapely.buffer(parts, -SLIVER_WIDTH_M / 2, join_style="mitre"):
        pieces = shapely.get_parts(eroded)
        lobes.append(pieces[shapely.area(pieces) > _CRUMB_M2])
    return lobes


def _joints(lobes: list[NDArray[np.object_]]) -> int:
    return sum(max(len(pieces) - 1, 0) for pieces in lobes)


def _necks(shapes: NDArray[np.object_], lobes: list[NDArray[np.object_]]) -> Any:
    """What links the lobes of a part."""
    links: list[Any] = []
    for part, pieces in zip(shapely.get_parts(shapes), lobes, strict=True):
        if len(pieces) > 1:
            grown = shapely.buffer(pieces, SLIVER_WIDTH_M / 2 + _WALL_M)
            rest = shapely.get_parts(shapely.difference(part, shapely.union_all(grown)))
            found = [one for one in rest if shapely.dwithin(grown, one, _WALL_M).sum() > 1]
            links += found or [shapely.centroid(pieces[np.argmin(shapely.area(pieces))])]
    return shapely.union_all(links)


def _edges(shapes: Sequence[Any] | NDArray[np.object_]) -> NDArray[np.void]:
    """The edges of all rings, each once: its four numbers as one value, smaller end first."""
    xy, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(shapes)), return_index=True
    )
    pairs = np.concatenate([xy[:-1], xy[1:]], axis=1)[ring[1:] == ring[:-1]]
    turned = (pairs[:, 0] > pairs[:, 2]) | (
        (pairs[:, 0] == pairs[:, 2]) & (pairs[:, 1] > pairs[:, 3])
    )
    pairs[turned] = pairs[turned][:, [2, 3, 0, 1]]
    return np.unique(np.ascontiguousarray(pairs).view("V32").ravel())


def _within(bounds: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.intp]:
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    apart = (bounds[:, 0] > east) | (bounds[:, 2] < west)
    apart |= (bounds[:, 1] > north) | (bounds[:, 3] < south)
    return np.flatnonzero(~apart)
