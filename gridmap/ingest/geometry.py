"""Geometry of a batch: where it may lie and what shape it may have. Vectorised, no database.

Nothing is repaired here: `is_valid` costs a millisecond where a repair may run for minutes.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.crs import Crs, geometries_to_stored
from gridmap.profiles import Message

MAX_RING_VERTICES = 100_000
_NULL_ISLAND_DEGREES = 1e-6
_MAX_METRES = 1e8

Objects = NDArray[np.object_]
Bounds = tuple[float, float, float, float]

_NOT_FINITE = Message("坐标是 NaN 或无穷大", "coordinates are NaN or infinite")
_NULL_ISLAND = Message("坐标是 0, 0：没有填写位置", "the coordinates are 0, 0: no place was given")
_OFF_EARTH = Message(
    "坐标超出经纬度范围：请核对坐标系和经纬度次序",
    "coordinates are beyond longitude and latitude: check the CRS and the order of the axes",
)
_SWAPPED = Message(
    "经度和纬度写反了：对调后正好落在本县。请对调两列（--lon、--lat）后重新导入",
    "longitude and latitude are swapped: exchanged they lie in this county."
    " Exchange the two columns (--lon, --lat) and load again",
)
_EMPTY = Message("没有图形", "the geometry is missing")
_TOO_MANY = Message(
    f"一个环超过 {MAX_RING_VERTICES:,} 个顶点：请先化简或拆分",
    f"a ring has more than {MAX_RING_VERTICES:,} vertices: simplify or split it first",
)


@dataclass
class Placed:
    """Geometries in EPSG:4490 with what is wrong, by position in the batch.

    `invalid` are the positions whose shape is broken but might be repaired; `outside` counts the
    good ones beyond the county's bounds.
    """

    geometries: Objects
    problems: dict[int, Message]
    invalid: list[int]
    outside: int


def check_batch(
    geometries: Objects,
    crs: Crs,
    kinds: frozenset[str],
    required: bool,
    multi: bool,
    bounds: Bounds | None,
) -> Placed:
    """Transform a batch to EPSG:4490 and sort the good from the bad.

    Args:
        kinds: the geometry types the layer takes, by name.
        multi: whether single polygons become multipolygons.
        bounds: the county, west, south, east, north in degrees, widened as wanted; None: unknown.
    """
    problems: dict[int, Message] = {}
    missing = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    if required:
        _note(problems, missing, _EMPTY)
    work = geometries.copy()
    work[missing] = None
    _note(problems, _too_big(work), _TOO_MANY)
    _note_types(problems, work, kinds)
    _note(problems, ~missing & ~_is_finite(work), _NOT_FINITE)
    _drop(work, problems)
    degrees = crs.is_geographic
    _note(problems, _null_island(work), _NULL_ISLAND)
    if bounds is not None and degrees:
        _note(problems, _is_swapped(work, bounds), _SWAPPED)
    _note(problems, _beyond(work, degrees), _OFF_EARTH)
    _drop(work, problems)
    placed = geometries_to_stored(work, crs)
    there = ~shapely.is_missing(placed)
    _note(problems, there & ~_is_finite(placed), _OFF_EARTH)
    _drop(placed, problems)
    there = ~shapely.is_missing(placed)
    invalid = np.flatnonzero(there & ~shapely.is_valid(placed)).tolist()
    if multi:
        placed = _as_multi(placed)
    outside = 0 if bounds is None else int((there & ~_touches(placed, bounds)).sum())
    return Placed(placed, problems, invalid, outside)


def bad_shape(geometry: shapely.Geometry) -> Message:
    """Why a shape is not valid, as GEOS says it."""
    reason = shapely.is_valid_reason(geometry)
    return Message(f"图形无效：{reason}", f"the shape is not valid: {reason}")


def points(lon: list[float | None], lat: list[float | None]) -> Objects:
    """Points from two columns; None where either is missing."""
    x = np.array([np.nan if v is None else v for v in lon], dtype=np.float64)
    y = np.array([np.nan if v is None else v for v in lat], dtype=np.float64)
    here = ~(np.isnan(x) | np.isnan(y))
    made = np.full(len(lon), None, dtype=object)
    made[here] = shapely.points(x[here], y[here])
    return made


def _note(problems: dict[int, Message], where: NDArray[np.bool_], reason: Message) -> None:
    for index in np.flatnonzero(where).tolist():
        problems.setdefault(index, reason)


def _drop(geometries: Objects, problems: dict[int, Message]) -> None:
    if problems:
        geometries[list(problems)] = None


def _note_types(problems: dict[int, Message], geometries: Objects, kinds: frozenset[str]) -> None:
    names = sorted(kinds)
    allowed = {shapely.GeometryType[name.upper()].value for name in names}
    found = shapely.get_type_id(geometries)
    wrong = ~np.isin(found, [-1, *allowed])
    for index in np.flatnonzero(wrong).tolist():
        kind = shapely.GeometryType(int(found[index])).name
        problems.setdefault(
            index,
            Message(
                f"图形类型是 {kind}，本图层需要 {'、'.join(names)}",
                f"the geometry is a {kind}, this layer takes {', '.join(names)}",
            ),
        )


def _too_big(geometries: Objects) -> NDArray[np.bool_]:
    """Whether a ring or line is too long; parts are only looked into when the whole is long."""
    big = shapely.get_num_coordinates(geometries) > MAX_RING_VERTICES
    for index in np.flatnonzero(big).tolist():
        parts = shapely.get_parts(geometries[index])
        rings = shapely.get_rings(parts[shapely.get_dimensions(parts) == 2])
        lengths = shapely.get_num_coordinates(rings if len(rings) else parts)
        big[index] = bool((lengths > MAX_RING_VERTICES).any())
    return big


def _is_finite(geometries: Objects) -> NDArray[np.bool_]:
    """Whether every coordinate is a number; bounds alone would pass over a NaN inside."""
    xy, index = shapely.get_coordinates(geometries, return_index=True)
    finite = np.ones(len(geometries), dtype=bool)
    finite[index[~np.isfinite(xy).all(axis=1)]] = False
    return finite


def _null_island(geometries: Objects) -> NDArray[np.bool_]:
    """Whether the first coordinate is 0, 0: nobody's premises lie there in any CRS."""
    xy, index = shapely.get_coordinates(geometries, return_index=True)
    at_zero = np.zeros(len(geometries), dtype=bool)
    at_zero[index[(np.abs(xy) < _NULL_ISLAND_DEGREES).all(axis=1)]] = True
    return at_zero


def _beyond(geometries: Objects, degrees: bool) -> NDArray[np.bool_]:
    west, south, east, north = shapely.bounds(geometries).T
    limit_x, limit_y = (180.0, 90.0) if degrees else (_MAX_METRES, _MAX_METRES)
    return np.asarray((west < -limit_x) | (east > limit_x) | (south < -limit_y) | (north > limit_y))


def _is_swapped(geometries: Objects, bounds: Bounds) -> NDArray[np.bool_]:
    """Whether a shape lies in the county only with its axes exchanged."""
    west, south, east, north = shapely.bounds(geometries).T
    inside = (south >= bounds[0]) & (north <= bounds[2]) & (west >= bounds[1]) & (east <= bounds[3])
    return np.asarray(inside & ~_touches(geometries, bounds))


def _touches(geometries: Objects, bounds: Bounds) -> NDArray[np.bool_]:
    west, south, east, north = shapely.bounds(geometries).T
    return np.asarray(
        (west <= bounds[2]) & (east >= bounds[0]) & (south <= bounds[3]) & (north >= bounds[1])
    )


def _as_multi(geometries: Objects) -> Objects:
    made = geometries.copy()
    for index in np.flatnonzero(shapely.get_type_id(geometries) == 3).tolist():
        made[index] = shapely.multipolygons([geometries[index]])
    return made
