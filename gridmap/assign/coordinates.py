"""Columns of a file as coordinates: numbers, text, WKB or WKT in; two float arrays out.

What is missing or cannot be read is NaN: one bad row spoils no other.
"""

import unicodedata
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from gridmap.geo.wkb import read_wkb, read_wkt

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

_POINT_HEAD = np.frombuffer(b"\x01\x01\x00\x00\x00", dtype=np.uint8)
_POINT_BYTES = 21


def can_be_numbers(kind: pa.DataType) -> bool:
    """Whether a column of this type can hold longitudes or latitudes."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or _is_text(kind)
        or pa.types.is_null(kind)
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def from_column(column: pa.ChunkedArray) -> Floats:
    """The numbers of one column of a table; text is read as numbers."""
    whole = column.combine_chunks()
    whole = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    if _is_text(whole.type):
        return from_text(whole.to_pylist())
    numbers = pc.cast(whole, pa.float64(), safe=False)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)


def from_text(cells: Sequence[str | None]) -> Floats:
    """Cells of text as numbers; full-width digits count, blanks and words are NaN."""
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        return np.array([_number(cell) for cell in cells], dtype=np.float64)


def _number(cell: str | None) -> float:
    try:
        return float(unicodedata.normalize("NFKC", cell or ""))
    except ValueError:
        return float("nan")


def from_wkt(cells: Sequence[str | None]) -> Pair:
    """Points written as WKT."""
    return _from_shapes(read_wkt(list(cells))[0])


def from_wkb(column: pa.ChunkedArray) -> Pair:
    """Points of a WKB column: those of the usual 21 bytes at once, the others one by one."""
    pairs = [_from_wkb_chunk(chunk) for chunk in column.chunks]
    if not pairs:
        return np.empty(0), np.empty(0)
    return np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])


def _from_wkb_chunk(chunk: pa.Array) -> Pair:
    storage = chunk.storage if isinstance(chunk, pa.ExtensionArray) else chunk
    cells = storage.cast(pa.large_binary())
    _, offsets, data = cells.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int64)[cells.offset : cells.offset + len(cells) + 1]
    octets = np.frombuffer(data or b"", dtype=np.uint8)
    x, y = np.full(len(cells), np.nan), np.full(len(cells), np.nan)
    there = np.asarray(cells.is_valid())
    plain = np.flatnonzero(there & (np.diff(bounds) == _POINT_BYTES))
    taken = octets[bounds[plain, None] + np.arange(_POINT_BYTES)]
    known = (taken[:, :5] == _POINT_HEAD).all(axis=1)
    numbers = np.ascontiguousarray(taken[known, 5:]).view("<f8")
    x[plain[known]], y[plain[known]] = numbers[:, 0], numbers[:, 1]
    there[plain[known]] = False
    others = np.flatnonzero(there)
    if len(others):
        shapes = read_wkb(cells.take(pa.array(others)).to_pylist())[0]
        x[others], y[others] = _from_shapes(shapes)
    return x, y


def _from_shapes(shapes: NDArray[np.object_]) -> Pair:
    """Points, and multipoints of a single point; any other shape is no place of its own."""
    single = (shapely.get_type_id(shapes) == 4) & (shapely.get_num_geometries(shapes) == 1)
    flat = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    flat[shapely.is_empty(flat)] = None  # GEOS refuses to say where an empty point is
    return shapely.get_x(flat), shapely.get_y(flat)
