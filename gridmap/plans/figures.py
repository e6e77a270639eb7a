"""Who lives in which grid of a division. Pure: shapes and buildings in, sums out."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.index import GridIndex
from gridmap.plans.editing import Footprints


@dataclass(frozen=True)
class Homes:
    """The buildings of a village, one a position, and how many live in each.

    lon and lat (EPSG:4490) are their anchors, which decide the grid.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    households: NDArray[np.int64]
    residents: NDArray[np.int64]
    footprints: Footprints

    @classmethod
    def of(cls, rows: Sequence[Mapping[Any, Any]]) -> "Homes":
        """From rows of lon, lat, wkb, households, residents."""
        lon = np.array([row["lon"] for row in rows], dtype=np.float64)
        lat = np.array([row["lat"] for row in rows], dtype=np.float64)
        households = np.array([row["households"] for row in rows], dtype=np.int64)
        residents = np.array([row["residents"] for row in rows], dtype=np.int64)
        shapes = np.array(shapely.from_wkb([bytes(row["wkb"]) for row in rows]), dtype=object)
        footprints = Footprints(shapes, np.column_stack([lon, lat]), households)
        return cls(lon, lat, households, residents, footprints)

    def grids(self, shapes: Mapping[str, Any]) -> list[str | None]:
        """The code of each building's grid: on a border the smallest; None in no grid."""
        codes = list(shapes)
        if not codes or not len(self.lon):
            return [None] * len(self.lon)
        found = GridIndex(list(shapes.values()), codes).assign(self.lon, self.lat)
        return [codes[i] if i >= 0 else None for i in found.tolist()]


@dataclass(frozen=True)
class Load:
    """What a grid has to serve."""

    buildings: int = 0
    households: int = 0
    residents: int = 0

    def plus(self, households: int, residents: int) -> "Load":
        """With one building more."""
        return Load(self.buildings + 1, self.households + households, self.residents + residents)


Key = TypeVar("Key", bound=Hashable)


def loads(homes: Homes, keys: Sequence[Key]) -> dict[Key, Load]:
    """The load of every grid that has a building, and under None what stands in no grid.

    Args:
        keys: for each building its grid, or whatever else the loads are wanted of.
    """
    found: dict[Key, Load] = {}
    pairs = zip(keys, homes.households.tolist(), homes.residents.tolist(), strict=True)
    for key, households, residents in pairs:
        found[key] = found.get(key, Load()).plus(households, residents)
    return found


def moves(
    homes: Homes, before: Sequence[str | None], after: Sequence[str | None]
) -> dict[tuple[str | None, str | None], Load]:
    """What changes its grid, by (from, to); the largest number of households first."""
    found: dict[tuple[str | None, str | None], Load] = {}
    for one, other, households, residents in zip(
        before, after, homes.households.tolist(), homes.residents.tolist(), strict=True
    ):
        if one != other:
            found[one, other] = found.get((one, other), Load()).plus(households, residents)
    return dict(sorted(found.items(), key=lambda pair: -pair[1].households))
