"""Well-known binary and text from strangers: looked over before GEOS reads them.

GEOS follows nested collections by recursion, and a few hundred kilobytes of nesting end the
process. No layer takes collections, so anything that nests is refused before it is read.
"""

import re
import struct

import numpy as np
import shapely
from numpy.typing import NDArray

_WKT = re.compile(
    r"\s*(SRID\s*=\s*\d+\s*;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*(Z|M|ZM)?\s*"
    r"(EMPTY|\([\d\s.,eE+()nNaAiIfF-]*\))\s*",
    re.IGNORECASE,
)
_SINGLE = {1, 2, 3}
_MULTI = {4: 1, 5: 2, 6: 3}
_HAS_Z, _HAS_M, _HAS_SRID = 0x80000000, 0x40000000, 0x20000000


def read_wkb(values: list[object]) -> tuple[NDArray[np.object_], list[int]]:
    """Geometries of a list of WKB or EWKB bytes (None stays None), and which could not be read."""
    safe = [value if _is_flat(value) else None for value in values]
    made = np.asarray(shapely.from_wkb(np.array(safe, dtype=object), on_invalid="ignore"))
    return made, [i for i, v in enumerate(values) if v is not None and made[i] is None]


def read_wkt(values: list[object]) -> tuple[NDArray[np.object_], list[int]]:
    """Geometries of a list of WKT (None and blanks stay None), and which could not be read."""
    wanted = [isinstance(value, str) and bool(value.strip()) for value in values]
    safe = [
        str(value).split(";")[-1] if wanted[i] and _WKT.fullmatch(str(value)) else None
        for i, value in enumerate(values)
    ]
    made = np.asarray(shapely.from_wkt(np.array(safe, dtype=object), on_invalid="ignore"))
    unread = [
        i for i, v in enumerate(values) if v not in (None, "") and made[i] is None
        and (wanted[i] or not isinstance(v, str))
    ]  # fmt: skip
    return made, unread


def _is_flat(value: object) -> bool:
    """Whether WKB is a point, line, polygon, or a multi of just these, all within its bytes."""
    if not isinstance(value, bytes):
        return False
    try:
        kind, at = _head(value, 0)[:2]
        if kind in _SINGLE:
            return True
        if kind not in _MULTI:
            return False
        return _holds_only(value, _MULTI[kind], at)
    except struct.error:
        return False


def _head(value: bytes, at: int) -> tuple[int, int, int, str]:
    """Type without flags, offset behind the head, bytes per vertex, byte order."""
    order = "<" if value[at : at + 1] == b"\x01" else ">"
    (raw,) = struct.unpack_from(order + "I", value, at + 1)
    at += 9 if raw & _HAS_SRID else 5
    kind, iso = raw & 0x0FFF, (raw & 0x0FFFFFFF) // 1000
    size = 2 + bool(raw & _HAS_Z or iso in (1, 3)) + bool(raw & _HAS_M or iso in (2, 3))
    return kind % 1000, at, 8 * size, order


def _holds_only(value: bytes, part: int, at: int) -> bool:
    order = "<" if value[:1] == b"\x01" else ">"
    (count,) = struct.unpack_from(order + "I", value, at)
    at += 4
    for _ in range(count):
        kind, at, vertex_bytes, order = _head(value, at)
        if kind != part:
            return False
        at = _behind(value, part, at, vertex_bytes, order)
    return at <= len(value)


def _behind(value: bytes, part: int, at: int, vertex_bytes: int, order: str) -> int:
    if part == 1:
        return at + vertex_bytes
    rings = 1
    if part == 3:
        (rings,) = struct.unpack_from(order + "I", value, at)
        at += 4
    for _ in range(rings):
        (vertices,) = struct.unpack_from(order + "I", value, at)
        at += 4 + vertices * vertex_bytes
    return at
