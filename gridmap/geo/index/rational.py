"""Whether a polygon covers a point, by exact arithmetic: slow, and right for every double."""

from fractions import Fraction

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ORDINARY = 200  # binary exponents GEOS can square, and square again


def ordinary(polygons: NDArray[np.object_]) -> tuple[NDArray[np.object_], float]:
    """The polygons, and 1; coordinates so small or large that GEOS's arithmetic would run out of
    exponents are first multiplied by the power of two that comes second, which loses no bit.
    """
    largest = float(np.abs(shapely.total_bounds(polygons)).max(initial=0))
    _, power = np.frexp(largest)
    if largest == 0 or abs(power) < _ORDINARY:
        return polygons, 1.0
    factor = 2.0 ** -max(int(power), -1000)
    return np.asarray(shapely.transform(polygons, lambda c: c * factor), dtype=object), factor


def side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """1 when (x, y) lies left of the line from a to b, -1 right of it, 0 on it. Exact."""
    determinant = (Fraction(ax) - Fraction(x)) * (Fraction(by) - Fraction(y)) - (
        Fraction(ay) - Fraction(y)
    ) * (Fraction(bx) - Fraction(x))
    return (determinant > 0) - (determinant < 0)


def _certain(edges: Floats, x: float, y: float) -> list[int]:
    """The side of each edge, 0 where rounding leaves it open (Shewchuk 1997, first stage)."""
    ax, ay, bx, by = edges.T
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        left, right = (ax - x) * (by - y), (ay - y) * (bx - x)
        determinant = left - right
        bound = 3.3306690738754716e-16 * (np.abs(left) + np.abs(right)) + 1e-290
        sure = (np.abs(determinant) > bound) & np.isfinite(determinant)
    return [int(sign) for sign in np.where(sure, np.sign(determinant), 0)]


def upward_edges(polygon: shapely.Geometry) -> Floats:
    """The edges of all rings, shape (n, 4): ax, ay, bx, by with a below b, or left of b when level.

    Edges of no length are left out.
    """
    rings = shapely.get_rings(shapely.get_parts(polygon))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[:-1] == ring[1:]
    start, end = coordinates[:-1][joined], coordinates[1:][joined]
    falls = (start[:, 1] > end[:, 1]) | ((start[:, 1] == end[:, 1]) & (start[:, 0] > end[:, 0]))
    edges = np.where(falls[:, None], np.hstack([end, start]), np.hstack([start, end]))
    return np.asarray(edges[(start != end).any(axis=1)], dtype=np.float64)


def covers(edges: Floats, x: float, y: float) -> bool:
    """Whether the polygon of these upward edges covers (x, y), its border included.

    Inside is what an odd number of edges separates from far away, as in every valid polygon.
    """
    level = edges[(edges[:, 1] <= y) & (y <= edges[:, 3])]
    inside = False
    for (ax, ay, bx, by), sign in zip(level.tolist(), _certain(level, x, y), strict=True):
        turn = sign or side(ax, ay, bx, by, x, y)
        if turn == 0 and min(ax, bx) <= x <= max(ax, bx):
            return True
        inside ^= turn < 0 and ay <= y < by
    return inside
