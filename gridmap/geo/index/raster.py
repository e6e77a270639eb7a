"""The fast way to find the grids of a point: a raster over a coverage, in compiled code.

How it works is told at the top of `gridmap/geo/_assign.c`. An index is five arrays and a few
numbers; they may be mapped from a file and are only read.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.index.native import Header, Kernel, load

Floats = NDArray[np.float64]
Ranks = NDArray[np.int32]

CELLS_PER_EDGE = 5.0
LARGEST_LEAF = 4
_FRAME = ("west", "south", "east", "north", "magic", "column_0", "row_0", "columns", "rows")
FRAME = (*_FRAME, "shift_x", "shift_y")
ARRAYS = ("root", "blocks", "records", "edges", "owners")

KERNEL = load()
"""The compiled kernel of this process; None where it is not built."""


@dataclass(frozen=True)
class Conflict:
    """Why polygons are no coverage: two of them (numbered from 0) claim what lies at x, y."""

    one: int
    other: int
    x: float
    y: float


class _Memory:
    """What the kernel allocated, freed with the last array that looks into it."""

    def __init__(self, kernel: Kernel, header: Header) -> None:
        self._kernel, self._header = kernel, header

    def array(self, name: str, length: int, kind: type[np.generic]) -> NDArray[Any]:
        """A view of `length` items; it keeps this memory alive."""
        kept: Any = (ctypes.c_byte * (length * np.dtype(kind).itemsize)).from_address(
            getattr(self._header, name)
        )
        kept.memory = self
        return np.frombuffer(kept, dtype=kind)

    def __del__(self) -> None:
        self._kernel.free(self._header)


class RasterIndex:
    """Exact answers over polygons that do not overlap.

    `frame` holds the numbers of the raster, `arrays` its contents: root, blocks, records, owners
    (uint32) and edges (float64).
    """

    def __init__(self, frame: dict[str, float], arrays: dict[str, NDArray[Any]]) -> None:
        if KERNEL is None:
            raise RuntimeError("the compiled kernel is not built")
        self.frame, self.arrays, self._kernel = frame, arrays, KERNEL
        self._header = Header(**frame)
        for name, array in arrays.items():
            setattr(self._header, name, array.ctypes.data)
        self._address = ctypes.addressof(self._header)
        self._locate = self._kernel.locate

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.frame, {name: np.array(a) for name, a in self.arrays.items()})

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(array.nbytes for array in self.arrays.values())

    def assign(self, lon: Floats, lat: Floats) -> Ranks:
        """The first polygon that covers each point, -1 where none does; shape (n,)."""
        answer = np.empty(len(lon), dtype=np.int32)
        data = (lon.ctypes.data, lat.ctypes.data, answer.ctypes.data)
        self._kernel.assign(self._address, *data, len(lon))
        return answer

    def locate(self, lon: float, lat: float) -> int:
        """The first polygon that covers one point, -1 where none does."""
        return int(self._locate(self._address, lon, lat))

    def covering(self, lon: float, lat: float) -> list[int]:
        """Every polygon that covers one point, in their order."""
        room, n = 0, 64
        while n > room:
            room = n
            found = np.empty(room, dtype=np.uint32)
            n = self._kernel.covering(self._address, lon, lat, found.ctypes.data, room)
        return sorted({int(label) - 1 for label in found[:n]})


def build_raster(
    polygons: Sequence[shapely.Geometry] | NDArray[np.object_],
) -> tuple[RasterIndex, list[Conflict]]:
    """The index of these polygons, and why they are no coverage; with conflicts it is void.

    Raises:
        MemoryError: no memory, or more than 2^30 vertices.
    """
    kernel, header = KERNEL, Header()
    if kernel is None:
        raise RuntimeError("the compiled kernel is not built")
    coordinates, starts, labels = _rings(np.asarray(polygons, dtype=object))
    data = (coordinates.ctypes.data, starts.ctypes.data, labels.ctypes.data)
    if kernel.build(header, *data, len(labels), CELLS_PER_EDGE, LARGEST_LEAF):
        raise MemoryError
    memory = _Memory(kernel, header)
    conflicts = _conflicts(memory, header.conflicts_n, len(polygons))
    arrays = {
        "root": memory.array("root", header.columns * header.rows + 1, np.uint32),
        "blocks": memory.array("blocks", header.blocks_n + 1, np.uint32),
        "records": memory.array("records", header.records_n + 1, np.uint32),
        "edges": memory.array("edges", 4 * header.edges_n + 4, np.float64),
        "owners": memory.array("owners", 2 * header.edges_n + 2, np.uint32),
    }
    return RasterIndex({name: getattr(header, name) for name in FRAME}, arrays), conflicts


def _rings(
    polygons: NDArray[np.object_],
) -> tuple[Floats, NDArray[np.int64], NDArray[np.uint32]]:
    """Coordinates (n, 2), where each ring starts and ends in them, and the label of each ring."""
    if len(polygons) == 0:
        return np.empty((0, 2)), np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.uint32)
    _, coordinates, (starts, *outer) = shapely.to_ragged_array(polygons, include_z=False)
    owner = np.arange(1, len(polygons) + 1, dtype=np.uint32)
    for inner_of in reversed(outer):  # rings of parts, and parts of multipolygons where there are
        owner = np.repeat(owner, np.diff(inner_of))
    return np.ascontiguousarray(coordinates), np.ascontiguousarray(starts, dtype=np.int64), owner


def _conflicts(memory: _Memory, n: int, polygons: int) -> list[Conflict]:
    if n == 0:
        return []
    kind = np.dtype([("x", "f8"), ("y", "f8"), ("one", "u4"), ("other", "u4")])
    raw = memory.array("conflicts", n * 3, np.float64).view(kind)
    first = np.sort(np.stack([raw["one"], raw["other"]]).astype(np.int64) - 1, axis=0)
    _, unique = np.unique(first, axis=1, return_index=True)
    return [
        Conflict(one, other, float(raw["x"][i]), float(raw["y"][i]))
        for i in np.sort(unique).tolist()
        for one, other in [(int(first[0, i]), int(first[1, i]))]
        if other < polygons
    ]
