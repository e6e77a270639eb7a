"""What goes into the merging of networks, and what comes out of it. Places are EPSG:4490 degrees.

A network (部门网格) is what one department drew over a territory. A piece is ground that no network
divides; a grid of the merged network is made of pieces.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.profiles import Message

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Size = tuple[int, int]
"""Households per grid: lowest, highest."""


TOUCHING = 1e-9
"""A smaller share of an old grid is rounding along a border."""


@dataclass(frozen=True)
class NetworkGrid:
    """A grid as a department drew it: a valid Polygon or MultiPolygon; the name it gave it."""

    code: str
    shape: Any
    name: str | None = None


@dataclass(frozen=True)
class Buildings:
    """Who lives where; columns of equal length, a position is a building.

    Attributes:
        anchors: (n, 2) longitude and latitude of the point that decides whose building it is.
        footprints: polygons that must not be cut, None where unknown; None for none at all.
    """

    anchors: Floats
    households: Ints
    residents: Ints
    footprints: Shapes | None = None


@dataclass(frozen=True)
class MergedGrid:
    """A grid of the one network.

    Attributes:
        shape: Polygon; neighbours hold the same vertices, and all of its village's outline.
        main: by network the code of the old grid that holds most of its area, where there is one.
        pieces: how many it is made of.
        reason: why its households are not within the limits; None where they are.
    """

    code: str
    village: str
    shape: Any
    area_m2: float
    households: int
    residents: int
    buildings: int
    main: Mapping[str, str]
    pieces: int
    reason: Message | None


@dataclass(frozen=True)
class Share:
    """What of an old grid is in a new one; `new_code` None: what lies outside the territory.

    The shares of an old grid sum to 1. That by households is None where it has no household, that
    by residents where it has no resident.
    """

    network: str
    old_code: str
    new_code: str | None
    area_m2: float
    households: int
    residents: int
    area_share: float
    household_share: float | None
    resident_share: float | None


@dataclass(frozen=True)
class Conflict:
    """Two grids of different networks that split one another, in one village.

    Attributes:
        grids: (network, code) of both.
        shape: the ground they share: Polygon or MultiPolygon.
        place: (longitude, latitude) inside of it.
    """

    village: str
    grids: tuple[tuple[str, str], tuple[str, str]]
    area_m2: float
    households: int
    shape: Any
    place: tuple[float, float]


@dataclass(frozen=True)
class VillageReport:
    """How a village was divided.

    Attributes:
        pieces: how many there are once slivers are absorbed.
        slivers: faces narrower than the tolerance that a neighbour took.
        bent: buildings around which a border was led.
        grids, in_range: how many came out, and how many of them are within the limits.
    """

    village: str
    pieces: int
    slivers: int
    bent: int
    grids: int
    in_range: int


@dataclass(frozen=True)
class Merged:
    """One network, by code; where the old ones went, where they disagreed, and how it was done.

    `homeless`: buildings whose anchor lies in no village of the territory.
    """

    grids: tuple[MergedGrid, ...]
    crosswalk: tuple[Share, ...]
    conflicts: tuple[Conflict, ...]
    villages: tuple[VillageReport, ...]
    homeless: int
