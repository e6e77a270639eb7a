"""Points of Parquet, GeoParquet and GeoPackage files, read by confined child processes."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyproj

from gridmap.assign.columnar import cut, find_place, piece_rows
from gridmap.assign.pieces import Piece
from gridmap.errors import DataError
from gridmap.ingest.readers.ogr import OgrSource
from gridmap.ingest.readers.parquet import ParquetSource
from gridmap.ingest.sandbox import Confined, died

_CPU_S = 300
_BYTES_PER_CPU_S = 1 << 20


class _ArrowChild:
    """Rows that a child sends as Arrow columns, of the types that the file has."""

    def __init__(self, child: Confined, file: str) -> None:
        """Raises: DataError: no proper Arrow comes."""
        self._child, self._file = child, file
        try:
            self._stream = pa.ipc.open_stream(child.stdout)
        except (pa.ArrowException, OSError) as error:
            raise died(file) from error
        self.schema: pa.Schema = self._stream.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows.

        Raises:
            DataError: the child process did not live to the end, or sent no proper Arrow.
        """
        try:
            for batch in self._stream:
                batch.validate(full=True)
                self._child.touch()
                yield batch
        except (pa.ArrowException, OSError) as error:
            raise died(self._file) from error
        if self._child.has_died():
            raise died(self._file)


class ParquetPoints:
    """A Parquet file, in a stream however large its row groups are.

    A first child looks at the file and is ended: an index may take longer to build than a silent
    child may live.
    """

    def __init__(self, path: Path, lon: str | None, lat: str | None) -> None:
        """Raises: DataError: broken. CallError: no coordinates in it."""
        self._path = path
        with closing(ParquetSource(path)) as source:
            self.geometry: str | None = source.geometry
            self.crs: pyproj.CRS | None = source.crs
        with closing(self._child(0)) as child:
            head = self._head(child)
            self.schema = _ArrowChild(child, path.name).schema
        self._place = find_place(self.schema, self.geometry, lon, lat, path.name)
        self.has_columns = self._place.geometry is None
        self._groups: list[int] = head["groups"]
        self._rows = piece_rows(head["row_bytes"])
        self.codec: str = head["codec"]
        self.total: int | None = sum(self._groups)

    def pieces(self, cursor: int = 0) -> Iterator[Piece]:
        """The rows from one on; `cursor` counts rows.

        Raises:
            DataError: a page is broken.
        """
        group, skip = self._group_of(cursor)
        with closing(self._child(group)) as child:
            self._head(child)
            batches = _ArrowChild(child, self._path.name).batches()
            yield from cut(batches, self.schema, self._place, self._rows, cursor, skip)

    def close(self) -> None:
        """Nothing is held open but by `pieces`."""

    def _child(self, group: int) -> Confined:
        cpu_s = _CPU_S + self._path.stat().st_size // _BYTES_PER_CPU_S
        return Confined("stream_parquet.py", str(self._path.resolve()), str(group), cpu_s=cpu_s)

    def _head(self, child: Confined) -> dict[str, Any]:
        line = child.line()
        if not line:
            raise died(self._path.name)
        head: dict[str, Any] = json.loads(line)
        if "error" in head:
            raise DataError(
                f"{self._path.name} 已损坏或无法读取：{head['detail']}",
                f"{self._path.name} is broken or cannot be read: {head['detail']}",
            )
        return head

    def _group_of(self, row: int) -> tuple[int, int]:
        """The row group that a row is in, and how many rows of it come before."""
        for group, held in enumerate(self._groups):
            if row < held:
                return group, row
            row -= held
        return len(self._groups), 0


class _Layer(OgrSource):
    """A layer of a GeoPackage, as the stream of its child."""

    def arrow(self) -> _ArrowChild:
        """The rows, which can be read once."""
        return _ArrowChild(self._child, self.name)


class GeopackagePoints:
    """A layer of a GeoPackage, read by GDAL."""

    codec = "SNAPPY"

    def __init__(self, path: Path, sheet: str | None, lon: str | None, lat: str | None) -> None:
        """Raises: DataError: broken. CallError: no layer of that name, or no coordinates."""
        self._path, self._sheet = path, sheet or ""
        with closing(self._opened()) as layer:
            arrow = layer.arrow()
            self.schema = _plain_schema(arrow.schema)
            self.geometry = layer.geometry
            self._place = find_place(self.schema, self.geometry, lon, lat, path.name)
            first = next(arrow.batches(), None)
            self.crs: pyproj.CRS | None = layer.crs
            self.total: int | None = layer.total
        self.has_columns = self._place.geometry is None
        self._rows = piece_rows(1 if first is None else first.nbytes // max(1, first.num_rows))

    def pieces(self, cursor: int = 0) -> Iterator[Piece]:
        """The rows from one on; `cursor` counts rows. The child reads those before it again.

        Raises:
            DataError: the child process did not live to the end.
        """
        with closing(self._opened()) as layer:
            batches = layer.arrow().batches()
            yield from cut(batches, self.schema, self._place, self._rows, cursor, cursor)

    def close(self) -> None:
        """Nothing is held open but by `pieces`."""

    def _opened(self) -> _Layer:
        return _Layer(self._path, self._path.name, self._sheet)


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    """Without what GDAL notes on its fields, which is no part of the data."""
    return pa.schema([pa.field(field.name, field.type, field.nullable) for field in schema])
