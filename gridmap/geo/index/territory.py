"""What a GridIndex is made of: polygons and codes in the order of the codes, checked once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import CallError, DataError

Code = str | int

_AREAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_LARGEST = 1e150  # degrees and metres stay far below; the square of a difference stays finite
_AT_ONCE = 10_000


@dataclass(frozen=True)
class Territory:
    """Grids in the byte order of their codes; a number below is a rank in this order.

    `polygons` and `codes` hold one entry a grid, `positions` (int32) where it stood in the input.
    """

    polygons: NDArray[np.object_]
    codes: list[Code]
    positions: NDArray[np.int32]


def read_territory(grids: Any, code: str | Sequence[Code]) -> Territory:
    """The grids of a GeoDataFrame and its code column, or of two sequences of the same length.

    Raises:
        CallError: no such column, or as many codes as polygons are not given.
        DataError: a grid without code, neither polygon nor empty, or with a broken coordinate.
    """
    polygons, codes = _columns(grids, code)
    _refuse_what_is_no_area(polygons, codes)
    text = [str(one).encode() for one in codes]
    order = sorted(range(len(codes)), key=lambda i: (text[i], i))
    positions = np.array(order, dtype=np.int32)
    return Territory(polygons[positions], [codes[i] for i in order], positions)


def _columns(grids: Any, code: str | Sequence[Code]) -> tuple[NDArray[np.object_], list[Code]]:
    if isinstance(code, str):
        if not hasattr(grids, "columns"):
            raise CallError(
                "多边形数组需要同时给出编码：GridIndex(polygons, codes)",
                "polygons need their codes beside them: GridIndex(polygons, codes)",
            )
        if code not in grids.columns:
            raise CallError(
                f"没有“{code}”这一列；现有：{'、'.join(map(str, grids.columns))}",
                f"there is no column {code!r}; there are: {', '.join(map(str, grids.columns))}",
            )
        codes, shapes = grids[code].tolist(), np.asarray(grids.geometry.array, dtype=object)
    else:
        codes, shapes = list(code), np.empty(len(grids), dtype=object)
        shapes[:] = list(grids)
    if len(codes) != len(shapes):
        raise CallError(
            f"{len(shapes)} 个多边形，却有 {len(codes)} 个编码",
            f"{len(shapes)} polygons but {len(codes)} codes",
        )
    return shapes, [_plain(one, row) for row, one in enumerate(codes)]


def _plain(code: Any, row: int) -> Code:
    if code is None or code != code:  # NaN is what pandas reads where a code is missing
        raise DataError(f"第 {row + 1} 个网格没有编码", f"grid {row + 1} has no code")
    return int(code) if isinstance(code, int | np.integer) else str(code)


def _refuse_what_is_no_area(polygons: NDArray[np.object_], codes: list[Code]) -> None:
    nothing = shapely.is_missing(polygons) | shapely.is_empty(polygons)
    for row in np.flatnonzero(~nothing & ~np.isin(shapely.get_type_id(polygons), _AREAL))[:1]:
        kind = polygons[row].geom_type
        raise DataError(
            f"网格 {codes[row]} 是 {kind}，不是多边形",
            f"grid {codes[row]} is a {kind}, not a polygon",
        )
    for row in _broken(polygons)[:1]:
        raise DataError(
            f"网格 {codes[row]} 的坐标不是有限的数",
            f"grid {codes[row]} has a coordinate that is no finite number",
        )


def _broken(polygons: NDArray[np.object_]) -> list[int]:
    """The first row with a coordinate that is no number of a map; looked for part by part, because
    the coordinates of a large territory fill memory."""
    for start in range(0, len(polygons), _AT_ONCE):
        part = polygons[start : start + _AT_ONCE]
        coordinates, row = shapely.get_coordinates(part, return_index=True)
        sound = np.abs(coordinates) <= _LARGEST
        if not sound.all():
            return [start + int(row[~sound.all(axis=1)][0])]
    return []
