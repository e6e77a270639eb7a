"""Footprints: rectangles and courtyards placed in rows, and the rule that none touches another or
an obstacle.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

_PLAIN = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
_ELL = np.array([[-0.5, -0.5], [-0.12, -0.5], [-0.12, 0.05], [0.5, 0.05], [0.5, 0.5], [-0.5, 0.5]])
_YARD = np.array(
    [
        [-0.5, -0.5],
        [-0.2, -0.5],
        [-0.2, 0.08],
        [0.2, 0.08],
        [0.2, -0.5],
        [0.5, -0.5],
        [0.5, 0.5],
        [-0.5, 0.5],
    ]
)
FORMS = (_PLAIN, _ELL, _YARD)
"""Unit outlines, front towards negative y: a bar, an L, a court open to the front."""


def footprint(centre: Floats, width: float, depth: float, angle: float, form: int = 0) -> Polygon:
    """A footprint in metres: `angle` in radians turns its front line from the x axis; negative
    `width` mirrors it.
    """
    corners = FORMS[form] * [width, depth]
    cos, sin = np.cos(angle), np.sin(angle)
    return Polygon(corners @ np.array([[cos, sin], [-sin, cos]]) + centre)


def clear(shapes: Shapes, obstacles: list[BaseGeometry]) -> NDArray[np.bool_]:
    """Which shapes touch none of the `obstacles`."""
    free = np.ones(shapes.size, dtype=bool)
    if obstacles and shapes.size:
        hit, _ = shapely.STRtree(obstacles).query(shapes, predicate="intersects")
        free[hit] = False
    return free


def apart(shapes: Shapes, gap_m: float, rank: Floats) -> Ints:
    """Indices of shapes at least `gap_m` from each other; in a conflict the one with the lower
    `rank` stays.
    """
    order = np.argsort(rank, kind="stable")
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=gap_m)
    rivals: list[list[int]] = [[] for _ in range(shapes.size)]
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        if a != b:
            rivals[a].append(b)
    state = np.zeros(shapes.size, dtype=np.int8)
    for index in order.tolist():
        if state[index] == 0:
            state[index] = 1
            state[rivals[index]] = 2
    return np.flatnonzero(state == 1)
