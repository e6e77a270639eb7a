"""From the CRS of the points to that of the grids, and which points have no usable place."""

from collections.abc import Callable

import numpy as np
import pyproj
from numpy.typing import NDArray

from gridmap.assign.coordinates import Floats, Pair
from gridmap.errors import CallError
from gridmap.geo.crs import (
    STORED,
    Crs,
    contradiction,
    from_written,
    parse_crs,
    to_stored,
    transformer,
)

Move = Callable[[Floats, Floats], Pair]

DEGREES = Crs(f"EPSG:{STORED}", STORED)
_PLAIN = {4490, 4326, 4480, 4979}
_NULL_ISLAND_DEGREES = 1e-6


def chosen_crs(named: str | None, written: pyproj.CRS | None, option: str, file: str) -> Crs:
    """The CRS of a file: the one named in the call if the file does not contradict it.

    Raises:
        CallError: neither names one, the named one is unknown, or the two contradict.
    """
    if named is None:
        found = None if written is None else from_written(written)
        if found is None:
            raise CallError(
                f"{file} 没有写明坐标系：请用 {option} 指明（EPSG:编号、gcj02 或 bd09）",
                f"{file} does not say its CRS: name it with {option} (EPSG:number, gcj02 or bd09)",
            )
        return found
    chosen = parse_crs(named)
    against = contradiction(chosen, written)
    if against is not None:
        raise CallError(
            f"{option} {chosen.label} 与 {file} 写明的坐标系 {against} 矛盾：请核对后改正其一",
            f"{option} {chosen.label} contradicts the CRS written in {file}, {against}:"
            " check and correct one of them",
        )
    return chosen


def same(first: Crs, second: Crs) -> bool:
    """Whether two coordinate systems have the same numbers."""
    return first.label == second.label or {first.epsg, second.epsg} <= _PLAIN


def move_between(points: Crs, grids: Crs) -> Move:
    """How points come into the CRS of the grids, which is never a shifted datum of another kind.

    Equal systems are not touched: a point on a border stays there to the last bit.
    """
    if same(points, grids):
        return lambda x, y: (x, y)
    if grids.epsg is None or grids.epsg in _PLAIN:
        return lambda x, y: to_stored(x, y, points)
    back = transformer(STORED, grids.epsg)

    def move(x: Floats, y: Floats) -> Pair:
        there = back.transform(*to_stored(x, y, points))
        return np.asarray(there[0], dtype=np.float64), np.asarray(there[1], dtype=np.float64)

    return move


def unusable(x: Floats, y: Floats, degrees: bool) -> NDArray[np.bool_]:
    """Where coordinates say nothing: not finite, 0, 0, or beyond all degrees."""
    nowhere = ~(np.isfinite(x) & np.isfinite(y))
    nowhere |= (np.abs(x) < _NULL_ISLAND_DEGREES) & (np.abs(y) < _NULL_ISLAND_DEGREES)
    if degrees:
        nowhere |= (np.abs(x) > 360.0) | (np.abs(y) > 90.0)
    return nowhere
