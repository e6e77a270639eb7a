"""Coordinate systems: the one place where transformers are made and GCJ-02 and BD-09 are undone.

Stored is EPSG:4490 (CGCS2000 longitude, latitude). WGS 84 is numerically the same to PROJ. GCJ-02
(maps of AMap and Tencent) and BD-09 (Baidu) have no EPSG code; they are converted once, on import.
Undoing them brings back what the published formula took away; users report that the services
themselves deviate from the formula by 10 to 20 m.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from gridmap.errors import CallError

STORED = 4490
"""EPSG code of everything that is stored: CGCS2000 longitude and latitude."""

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

_SHIFTED = {"gcj02": "GCJ-02", "bd09": "BD-09"}
_SAME_AS_STORED = {4490, 4326, 4480, 4979}
_SEMI_MAJOR_AXIS_M = 6378245.0  # Krasovsky 1940, which the GCJ-02 formula is built on
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_FREQUENCY = math.pi * 3000.0 / 180.0
_INVERSE_ITERATIONS = 5  # 7 nm round trip


@dataclass(frozen=True)
class Crs:
    """A coordinate system a file may be in: an EPSG code, or one of the two shifted datums."""

    label: str
    epsg: int | None

    @property
    def is_shifted(self) -> bool:
        """Whether this is GCJ-02 or BD-09."""
        return self.epsg is None

    @property
    def is_geographic(self) -> bool:
        """Whether its coordinates are degrees."""
        return self.epsg is None or bool(_crs(self.epsg).is_geographic)


def parse_crs(text: str) -> Crs:
    """The coordinate system a user names: `EPSG:4490`, `4490`, `gcj02`, `bd09` (any case).

    Raises:
        CallError: not one of these, or an EPSG code that is no plane or longitude/latitude system.
    """
    name = text.strip().lower().replace("-", "").replace("_", "")
    if name in _SHIFTED:
        return Crs(name, None)
    digits = name.removeprefix("epsg:").removeprefix("epsg")
    if digits.isdecimal() and len(digits) <= 6:
        epsg = int(digits)
        if _is_usable(epsg):
            return Crs(f"EPSG:{epsg}", epsg)
    raise CallError(
        f"不认识坐标系 {text!r}：请写 EPSG:编号（如 EPSG:4490、EPSG:4546）、"
        "gcj02（高德、腾讯）或 bd09（百度）",
        f"unknown CRS {text!r}: write EPSG:number (EPSG:4490, EPSG:4546), gcj02 (AMap, Tencent)"
        " or bd09 (Baidu)",
    )


def _is_usable(epsg: int) -> bool:
    try:
        crs = _crs(epsg)
    except CRSError:
        return False
    return bool(crs.is_geographic or crs.is_projected)


@lru_cache(maxsize=64)
def _crs(epsg: int) -> pyproj.CRS:
    return pyproj.CRS.from_epsg(epsg)


@lru_cache(maxsize=64)
def transformer(source: int, target: int) -> pyproj.Transformer:
    """The transformer between two EPSG codes: x/longitude first, cached, safe in threads."""
    return pyproj.Transformer.from_crs(_crs(source), _crs(target), always_xy=True)


def contradiction(named: Crs, written: pyproj.CRS | None) -> str | None:
    """Why the CRS a file carries (`written`) cannot be the one the user named; None when it can.

    GCJ-02 and BD-09 have no code, so such files carry WGS 84 or CGCS2000, or nothing.
    """
    if written is None:
        return None
    if named.epsg is None:
        return None if is_plain_degrees(written) else written.name
    if is_plain_degrees(written) and named.epsg in _SAME_AS_STORED:
        return None
    same = written.to_2d().equals(_crs(named.epsg).to_2d(), ignore_axis_order=True)
    return None if same or written.to_epsg(min_confidence=70) == named.epsg else written.name


def is_plain_degrees(crs: pyproj.CRS) -> bool:
    """Whether a CRS is WGS 84 or CGCS2000 longitude and latitude, in either axis order."""
    flat = crs.to_2d()
    return any(flat.equals(_crs(code), ignore_axis_order=True) for code in (4326, 4490))


def from_written(written: pyproj.CRS) -> Crs | None:
    """The CRS a file carries as one we can read; None when it has no EPSG code."""
    if is_plain_degrees(written):
        return Crs("EPSG:4490", STORED)
    epsg = written.to_2d().to_epsg(min_confidence=70)
    return Crs(f"EPSG:{epsg}", epsg) if epsg is not None and _is_usable(epsg) else None


def to_stored(x: Floats, y: Floats, crs: Crs) -> Pair:
    """Coordinates of any shape in `crs`, as EPSG:4490 degrees (infinite where undefined)."""
    if crs.label == "gcj02":
        return wgs84_from_gcj02(x, y)
    if crs.label == "bd09":
        return wgs84_from_gcj02(*gcj02_from_bd09(x, y))
    if crs.epsg is None or crs.epsg in _SAME_AS_STORED:
        return x, y
    longitude, latitude = transformer(crs.epsg, STORED).transform(x, y)
    return np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)


def geometries_to_stored(geometries: NDArray[np.object_], crs: Crs) -> NDArray[np.object_]:
    """Geometries in `crs` as EPSG:4490, without Z; missing ones stay None."""
    if crs.epsg in _SAME_AS_STORED:
        return np.asarray(shapely.force_2d(geometries), dtype=object)

    def move(xy: Floats) -> Floats:
        return np.column_stack(to_stored(xy[:, 0], xy[:, 1], crs))

    return np.asarray(shapely.transform(geometries, move), dtype=object)


def gauss_kruger_epsg(longitude: float) -> int:
    """EPSG code of the 3-degree Gauss-Kruger zone (CGCS2000, no zone prefix) at a longitude.

    Raises:
        CallError: no such zone exists there (they cover 73.5 to 136.5 degrees east).
    """
    central_meridian = 3 * math.floor(longitude / 3 + 0.5)
    if not 75 <= central_meridian <= 135:
        raise CallError(
            f"经度 {longitude} 没有 CGCS2000 三度带：请在配置里写明 area_srid",
            f"no CGCS2000 3-degree zone at longitude {longitude}: set area_srid in the profile",
        )
    return 4534 + (central_meridian - 75) // 3


def _gcj02_shift(longitude: Floats, latitude: Floats) -> Pair:
    """How far the GCJ-02 formula moves WGS 84 points, in degrees."""
    x, y = longitude - 105.0, latitude - 35.0
    root, pi = np.sqrt(np.abs(x)), math.pi
    short_waves = 20.0 * np.sin(6.0 * pi * x) + 20.0 * np.sin(2.0 * pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (short_waves + 20.0 * np.sin(pi * y) + 40.0 * np.sin(pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(pi * y / 12.0) + 320.0 * np.sin(pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (short_waves + 20.0 * np.sin(pi * x) + 40.0 * np.sin(pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(pi * x / 12.0) + 300.0 * np.sin(pi * x / 30.0)) * 2.0 / 3.0
    radians = np.radians(latitude)
    bulge = 1.0 - _ECCENTRICITY_SQUARED * np.sin(radians) ** 2
    meridian_m = _SEMI_MAJOR_AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / bulge**1.5
    parallel_m = _SEMI_MAJOR_AXIS_M / np.sqrt(bulge) * np.cos(radians)
    return np.degrees(east / parallel_m), np.degrees(north / meridian_m)


def gcj02_from_wgs84(longitude: Floats, latitude: Floats) -> Pair:
    """WGS 84 degrees as GCJ-02 degrees."""
    east, north = _gcj02_shift(longitude, latitude)
    return longitude + east, latitude + north


def bd09_from_gcj02(longitude: Floats, latitude: Floats) -> Pair:
    """GCJ-02 degrees as BD-09 degrees."""
    radius = np.hypot(longitude, latitude) + 0.00002 * np.sin(latitude * _BD_FREQUENCY)
    angle = np.arctan2(latitude, longitude) + 0.000003 * np.cos(longitude * _BD_FREQUENCY)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def wgs84_from_gcj02(longitude: Floats, latitude: Floats) -> Pair:
    """GCJ-02 degrees as WGS 84 degrees: the inverse of the formula to some nanometres."""
    return _inverse(gcj02_from_wgs84, longitude, latitude)


def gcj02_from_bd09(longitude: Floats, latitude: Floats) -> Pair:
    """BD-09 degrees as GCJ-02 degrees."""
    return _inverse(bd09_from_gcj02, longitude, latitude)


def _inverse(forward: Callable[[Floats, Floats], Pair], x: Floats, y: Floats) -> Pair:
    """The fixed point of: guess minus how far the forward formula misses."""
    guess_x, guess_y = x, y
    for _ in range(_INVERSE_ITERATIONS):
        there_x, there_y = forward(guess_x, guess_y)
        guess_x, guess_y = guess_x + (x - there_x), guess_y + (y - there_y)
    return guess_x, guess_y
