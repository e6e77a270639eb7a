"""The plane that cells are drawn in: metres, near the origin, and the way back to the bit."""

import math
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from gridmap.balancing.ground.planar import LATTICE_M, Floats, Shapes, Spots
from gridmap.errors import CallError
from gridmap.geo.crs import gauss_kruger_epsg

_WEB_MERCATOR = 3857  # metres by name only


def plane_of(villages: gpd.GeoDataFrame, others: dict[str, gpd.GeoDataFrame]) -> pyproj.CRS:
    """The CRS to work in: that of the villages, or their Gauss-Krueger zone if that is in degrees.

    Where there is no such zone (73.5 to 136.5 degrees east) it is the UTM zone.

    Raises:
        CallError: a table has no CRS, or the villages' is neither in degrees nor in metres.
    """
    for name, table in {"villages": villages, **others}.items():
        if table.crs is None:
            raise CallError(
                f"{name} 没有坐标系：请先写明（GeoDataFrame.set_crs）",
                f"{name} has no CRS: set it first (GeoDataFrame.set_crs)",
            )
    crs = pyproj.CRS(villages.crs)
    if crs.is_geographic or crs.to_epsg() == _WEB_MERCATOR:
        west, _, east, _ = villages.to_crs(4490).total_bounds
        try:
            return pyproj.CRS.from_epsg(gauss_kruger_epsg((west + east) / 2))
        except CallError:
            return pyproj.CRS(villages.estimate_utm_crs())
    if not crs.is_projected or any(axis.unit_conversion_factor != 1 for axis in crs.axis_info):
        raise CallError(
            f"villages 的坐标系 {crs.name} 不以米为单位：请用 EPSG:4490 或以米为单位的投影",
            f"the CRS of villages, {crs.name}, is not in metres:"
            " use EPSG:4490 or a projection in metres",
        )
    return crs


@dataclass(frozen=True)
class Frame:
    """A projected CRS with its origin moved near the data, so that coordinates keep more digits.

    Attributes:
        known: vertices that come back bit for bit, in the CRS; those on one lattice point as one.
    """

    crs: pyproj.CRS
    origin: Floats
    known: Spots
    _keys: Spots = field(repr=False)

    @classmethod
    def around(cls, shapes: Shapes, crs: pyproj.CRS) -> "Frame":
        """The frame of shapes in `crs`, all of whose vertices are known."""
        xy = shapely.get_coordinates(shapes)
        origin = np.array([math.floor(value) for value in xy.min(axis=0)], dtype=np.float64)
        keys, first = np.unique(_key(xy - origin), return_index=True)
        return cls(crs, origin, _spots(xy[first]), keys)

    def bring(self, table: gpd.GeoDataFrame) -> Shapes:
        """The shapes of a table in this frame, without height; missing ones stay None."""
        there = table.geometry.to_crs(self.crs)
        flat = shapely.force_2d(np.asarray(there.array, dtype=object))
        return np.asarray(shapely.transform(flat, lambda xy: xy - self.origin), dtype=object)

    def fixed(self, shapes: Shapes) -> Shapes:
        """Shapes of this frame on its lattice, from where known vertices are found again."""
        return np.asarray(
            shapely.transform(shapes, lambda xy: np.rint(xy / LATTICE_M) * LATTICE_M), dtype=object
        )

    def back(self, shapes: Shapes) -> Shapes:
        """Shapes in the CRS again; vertices that are known with the bits they had."""

        def place(xy: Floats) -> Floats:
            made = xy + self.origin
            keys = _key(xy)
            at = np.searchsorted(self._keys, keys).clip(max=len(self._keys) - 1)
            hit = self._keys[at] == keys
            made[hit] = np.column_stack([self.known[at[hit]].real, self.known[at[hit]].imag])
            return made

        return np.asarray(shapely.transform(shapes, place), dtype=object)


def _spots(xy: Floats) -> Spots:
    return np.asarray(xy[:, 0] + 1j * xy[:, 1], dtype=np.complex128)


def _key(xy: Floats) -> Spots:
    return _spots(np.rint(xy / LATTICE_M))
