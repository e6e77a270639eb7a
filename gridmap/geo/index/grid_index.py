"""GridIndex: which grid is this point in? Exact for every double, by the thousand million."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridmap.errors import CallError
from gridmap.geo.index.raster import RasterIndex
from gridmap.geo.index.report import Overlap, Report
from gridmap.geo.index.sheets import Part, kernel_is_built, spread
from gridmap.geo.index.store import Contents, read_index, write_index
from gridmap.geo.index.territory import Code, read_territory

Floats = NDArray[np.float64]
Positions = NDArray[np.int32]

_SLICE = 1 << 20  # points a thread takes at once


class GridIndex:
    """Finds the grids of points. A point on a border belongs to the grid with the smallest code.

    Codes are compared as UTF-8 bytes, as PostgreSQL's COLLATE "C" does. Longitudes and latitudes
    are taken as plane coordinates, in the CRS of the grids. NaN and infinity are outside.

    Grids without overlaps are looked up in a raster by compiled code, whatever gaps or T-junctions
    they have. Overlapping grids are spread over several such rasters; `report` says which and
    where. Polygons whose rings cross themselves are filled by the even-odd rule.

    An index is only read after it is made: threads share it, and `assign` releases the GIL.
    """

    def __init__(
        self, grids: Any, code: str | Sequence[Code] = "code", *, compiled: bool | None = None
    ) -> None:
        """Builds the index of a GeoDataFrame with a code column, or of polygons and their codes.

        Args:
            grids: a GeoDataFrame, or a sequence of shapely polygons and multipolygons.
            code: the name of the column, or the codes beside the polygons.
            compiled: False for the plain path; by default the kernel is used where it is built.

        Raises:
            CallError: no such column, another number of codes; `compiled` but no kernel is built.
            DataError: a grid without code, neither polygon nor empty, or with a broken coordinate.
        """
        territory = read_territory(grids, code)
        use_kernel = _use_kernel(compiled)
        nothing = shapely.is_missing(territory.polygons) | shapely.is_empty(territory.polygons)
        real = np.flatnonzero(~nothing).astype(np.int32)
        parts, pairs = spread(territory.polygons[real], use_kernel)
        codes = territory.codes
        report = Report(
            grids=len(codes),
            empty=tuple(codes[i] for i in np.flatnonzero(nothing)),
            overlaps=tuple(
                Overlap((codes[real[p.first]], codes[real[p.second]]), p.lon, p.lat) for p in pairs
            ),
            sheets=sum(isinstance(part.engine, RasterIndex) for part in parts),
            scanned=tuple(
                codes[real[i]]
                for part in parts
                if not isinstance(part.engine, RasterIndex)
                for i in part.ranks
            ),
            compiled=use_kernel,
        )
        parts = [Part(part.engine, real[part.ranks]) for part in parts]
        self.__setstate__(Contents(parts, codes, territory.positions, report))

    @classmethod
    def load(cls, path: str | Path) -> "GridIndex":
        """An index that `save` wrote, mapped into memory: processes share one copy of it.

        Load only files of your own: what is inside is not checked.

        Raises:
            CallError: there is no such file.
            DataError: it is no index, or is cut short.
            Unavailable: it needs the compiled kernel, which is not built here.
        """
        index = cls.__new__(cls)
        index.__setstate__(read_index(Path(path)))
        return index

    def save(self, path: str | Path) -> None:
        """Writes the index to one file, replacing it in one step.

        Raises:
            CallError: the folder cannot be written.
        """
        write_index(Path(path), self.__getstate__())

    def __getstate__(self) -> Contents:
        return Contents(self._parts, self._codes, self._positions, self.report)

    def __setstate__(self, contents: Contents) -> None:
        parts, codes, positions = contents.parts, contents.codes, contents.positions
        self._parts, self._codes, self._positions = parts, codes, positions
        self.report = contents.report
        # One step more than there are grids: the last item is what -1 picks.
        self._position_of = np.append(positions, np.int32(-1))
        whole = len(parts) == 1 and len(parts[0].ranks) == len(codes)
        engine = parts[0].engine if whole else None
        self._direct = engine.locate if isinstance(engine, RasterIndex) else None
        self._in_order = bool((np.diff(positions) > 0).all())

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def codes(self) -> list[Code]:
        """The code of each grid, by the positions that `assign` returns."""
        in_place: list[Code] = [""] * len(self._codes)
        for code, position in zip(self._codes, self._positions.tolist(), strict=True):
            in_place[position] = code
        return in_place

    @property
    def nbytes(self) -> int:
        """Bytes of the rasters; what is scanned is not counted."""
        engines = (part.engine for part in self._parts)
        return sum(engine.nbytes for engine in engines if isinstance(engine, RasterIndex))

    def assign(self, lon: ArrayLike, lat: ArrayLike, *, threads: int = 1) -> Positions:
        """The grid of each point.

        Args:
            lon, lat: numbers of any shape, the same or broadcast, in the CRS of the grids.
            threads: how many parts of the points are looked up at the same time.

        Returns:
            int32 in the shape of the points: the position of the grid in the input, -1 outside.

        Raises:
            CallError: the shapes do not fit together, or these are no numbers.
        """
        x, y = _points(lon, lat)
        flat_x, flat_y = np.ascontiguousarray(x.ravel()), np.ascontiguousarray(y.ravel())
        if threads <= 1 or len(flat_x) <= _SLICE:
            return self._assign(flat_x, flat_y).reshape(x.shape)
        slices = [slice(i, i + _SLICE) for i in range(0, len(flat_x), _SLICE)]
        answer = np.empty(len(flat_x), dtype=np.int32)

        def fill(part: slice) -> None:
            answer[part] = self._assign(flat_x[part], flat_y[part])

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, slices))
        return answer.reshape(x.shape)

    def locate(self, lon: float, lat: float) -> Code | None:
        """The code of the grid that covers one point, None outside."""
        if self._direct is not None:
            rank = self._direct(lon, lat)
            return self._codes[rank] if rank >= 0 else None
        found = self._covering(lon, lat)
        return self._codes[found[0]] if found else None

    def covers_all(self, lon: float, lat: float) -> list[Code]:
        """The codes of all grids that cover one point, in order: more than one on a border."""
        return [self._codes[rank] for rank in self._covering(lon, lat)]

    def _covering(self, lon: float, lat: float) -> list[int]:
        found = (part.ranks[part.engine.covering(lon, lat)].tolist() for part in self._parts)
        return sorted(rank for ranks in found for rank in ranks)

    def _assign(self, lon: Floats, lat: Floats) -> Positions:
        if len(self._parts) == 1 and len(self._parts[0].ranks) == len(self._codes):
            ranks = self._parts[0].engine.assign(lon, lat)
        else:
            ranks = self._merge(lon, lat)
        return ranks if self._in_order else self._position_of[ranks]

    def _merge(self, lon: Floats, lat: Floats) -> Positions:
        """The smallest rank over all parts; as unsigned numbers -1 is the largest."""
        best = np.full(len(lon), -1, dtype=np.int32)
        for part in self._parts:
            ranks = np.append(part.ranks, np.int32(-1))[part.engine.assign(lon, lat)]
            np.minimum(best.view(np.uint32), ranks.view(np.uint32), out=best.view(np.uint32))
        return best


def _use_kernel(compiled: bool | None) -> bool:
    if compiled and not kernel_is_built():
        raise CallError(
            "归格内核尚未编译：make setup",
            "the assignment kernel is not built: make setup",
        )
    return kernel_is_built() if compiled is None else compiled


def _points(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    try:
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        if x.shape == y.shape:
            return x, y
        x, y = np.broadcast_arrays(x, y)
    except (TypeError, ValueError) as error:
        raise CallError(
            f"经度、纬度应为形状一致的数：{error}",
            f"longitudes and latitudes must be numbers of one shape: {error}",
        ) from error
    return x, y
