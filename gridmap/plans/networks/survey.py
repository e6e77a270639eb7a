"""What there is to tell of a department's grids before they are kept: nothing of it is mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridmap.geo.coverage import Stretch
from gridmap.plans.networks.checks import elsewhere
from gridmap.plans.networks.model import NetworkGrid

_OUTSIDE_SHARE = 0.01
_OVERLAP_M2 = 1.0


@dataclass(frozen=True)
class Overlap:
    """Two grids of one network on the same ground; `place`: (longitude, latitude) inside of it."""

    codes: tuple[str, str]
    area_m2: float
    place: tuple[float, float]


@dataclass(frozen=True)
class Survey:
    """How a network lies on the land.

    Attributes:
        elsewhere: codes of grids that share no ground with the land.
        outside: of the others by code the share of their area beyond it, from a hundredth on,
            the largest first.
        overlaps: from a square metre on, the largest first.
        covered: the share of the land that lies in some grid.
    """

    elsewhere: tuple[str, ...]
    outside: tuple[tuple[str, float], ...]
    overlaps: tuple[Overlap, ...]
    covered: float


def survey(grids: Sequence[NetworkGrid], land: Any) -> Survey:
    """How grids, valid and at least one, lie on a land, a polygon; EPSG:4490 degrees."""
    shapes = np.array([grid.shape for grid in grids], dtype=object)
    shapely.prepare(land)
    away = elsewhere(shapes, land)
    stretch = Stretch.around([land])
    flat, ground = stretch.to_metres(shapes), stretch.to_metres(land)[()]
    areas = shapely.area(flat)
    beyond = np.zeros(len(shapes))
    crossing = ~away & ~shapely.covered_by(shapes, land)
    beyond[crossing] = shapely.area(shapely.difference(flat[crossing], ground)) / areas[crossing]
    order = np.argsort(-beyond, kind="stable").tolist()
    covered = shapely.intersection(shapely.union_all(flat), ground)
    return Survey(
        tuple(grids[at].code for at in np.flatnonzero(away).tolist()),
        tuple((grids[at].code, float(beyond[at])) for at in order if beyond[at] >= _OUTSIDE_SHARE),
        _overlaps([grid.code for grid in grids], flat, stretch),
        min(1.0, float(shapely.area(covered) / shapely.area(ground))),
    )


def _overlaps(codes: Sequence[str], flat: Any, stretch: Stretch) -> tuple[Overlap, ...]:
    one, other = shapely.STRtree(flat).query(flat, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.intersection(flat[one], flat[other])
    areas = shapely.area(shared)
    found = []
    for at in np.argsort(-areas, kind="stable").tolist():
        if areas[at] < _OVERLAP_M2:
            break
        spot = stretch.to_degrees(shapely.point_on_surface(shared[at]))
        pair = (codes[one[at]], codes[other[at]])
        found.append(Overlap(pair, float(areas[at]), (float(spot.x), float(spot.y))))
    return tuple(found)
