"""What a caller gives is looked at first: how much it is, whether numbers, whether well formed."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridmap.plans.editing.division import XY, Division
from gridmap.plans.editing.refusal import Refused

MOST_VERTICES = 10_000
"""A hand-drawn line has some tens of vertices, a street block some hundreds."""

PLAIN_DEGREES = 1e-6
"""A vertex that a drawn line passes by at a tenth of a metre is a tremor of the hand."""

_SHORTEST_M = 0.1


def known_grids(division: Division, codes: Iterable[str]) -> None:
    """Refuse codes that are no grid of the village in this draft."""
    for code in codes:
        if code not in division.shapes:
            raise Refused(
                "unknown_grid",
                f"这个村的方案里没有网格 {code}：它可能已被合并或撤销，请刷新",
                f"this draft has no grid {code} in the village: it may have been merged or"
                " removed; load the map again",
            )


def checked_points(points: Sequence[XY]) -> list[XY]:
    """The points as plain floats, refused if too many or not finite."""
    if len(points) > MOST_VERTICES:
        raise _too_many(len(points))
    checked = [(float(lon), float(lat)) for lon, lat in points]
    _finite(np.array(checked))
    return checked


def checked_line(line: ArrayLike) -> NDArray[np.float64]:
    """A drawn line as an (n, 2) array of at least two different points, not crossing itself.

    Vertices that make no difference of a tenth of a metre are left out.
    """
    size = len(line) if isinstance(line, Sequence | np.ndarray) else 0
    if size > MOST_VERTICES:
        raise _too_many(size)
    path = np.asarray(line, dtype=np.float64)
    if path.ndim != 2 or path.shape[1] != 2:
        raise Refused("misses", "画的线没有两个点", "the line does not have two points")
    _finite(path)
    path = path[np.r_[True, (np.diff(path, axis=0) != 0).any(axis=1)]]
    if len(path) < 2:
        raise Refused("misses", "画的线没有两个不同的点", "the line does not have two points")
    drawn = shapely.LineString(path)
    if not drawn.is_simple:
        raise Refused(
            "self_crossing",
            "画的线与自己相交：请重画",
            "the line crosses itself: draw it again",
            drawn,
        )
    return shapely.get_coordinates(shapely.simplify(drawn, PLAIN_DEGREES, preserve_topology=False))


def checked_region(region: Any) -> Any:
    """A drawn polygon in two dimensions, refused if it is empty, too large or invalid.

    Vertices that make no difference of a tenth of a metre are left out.

    An invalid one is refused, never repaired: a scribble of 800 vertices would keep a repair busy
    for minutes.
    """
    size = int(shapely.get_num_coordinates(region))
    if size > MOST_VERTICES:
        raise _too_many(size)
    _finite(shapely.get_coordinates(region))
    flat = shapely.force_2d(region)
    if shapely.is_empty(flat) or shapely.get_dimensions(flat) != 2:
        raise Refused("misses", "画的区域是空的", "the region is empty")
    if not flat.is_valid:
        raise crossing_itself(flat, "画的区域", "the region")
    return shapely.simplify(flat, PLAIN_DEGREES)


def checked_lines(shapes: Sequence[Any]) -> list[shapely.LineString]:
    """Lines, and the borders of polygons, as single lines in two dimensions."""
    flat = shapely.force_2d(np.array(shapes, dtype=object))
    _finite(shapely.get_coordinates(flat))
    is_areal = shapely.get_dimensions(flat) == 2
    flat[is_areal] = shapely.boundary(flat[is_areal])
    parts = shapely.get_parts(flat)
    return [part for part in parts if isinstance(part, shapely.LineString) and part.length > 0]


def checked_distance(distance_m: float) -> float:
    """A distance in metres, refused if it is none."""
    _finite(np.array([distance_m]))
    return max(float(distance_m), _SHORTEST_M)


def crossing_itself(shape: Any, zh: str, en: str) -> Refused:
    """The refusal of an invalid polygon, with the place that GEOS found."""
    reason, _, rest = shapely.is_valid_reason(shape).partition("[")
    numbers = rest.rstrip("]").split()
    place = shapely.Point(*map(float, numbers[:2])) if len(numbers) >= 2 else None
    return Refused(
        "self_crossing",
        f"{zh}的边界会与自己相交或相碰：请换个位置",
        f"the border of {en} would cross or touch itself ({reason.strip()}): choose another place",
        place,
    )


def _finite(numbers: NDArray[np.float64]) -> None:
    if not np.isfinite(numbers).all():
        raise Refused(
            "not_finite",
            "坐标里有不是数的值",
            "a coordinate is not a finite number",
        )


def _too_many(size: int) -> Refused:
    return Refused(
        "too_many_vertices",
        f"画的线有 {size} 个点，最多 {MOST_VERTICES} 个：请画得简单些",
        f"{size} vertices were drawn, at most {MOST_VERTICES} are taken: draw it simpler",
    )
