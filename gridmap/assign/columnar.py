"""Points of Parquet, GeoParquet and GeoPackage files: Arrow columns, types untouched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from gridmap.assign.coordinates import Pair, can_be_numbers, from_column, from_wkb
from gridmap.assign.pieces import PIECE_BYTES, PIECE_ROWS, Piece
from gridmap.errors import CallError, DataError
from gridmap.ingest.readers.ogr import OgrSource
from gridmap.ingest.readers.parquet import ParquetSource
from gridmap.ingest.sandbox import died
from gridmap.ingest.spellings import LATITUDE_NAMES, LONGITUDE_NAMES

_BATCH_ROWS = 1 << 16
_SAMPLE_ROWS = 1 << 12
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class Table:
    """Rows that are Arrow columns already."""

    held: pa.Table

    def table(self) -> pa.Table:
        """The columns."""
        return self.held


@dataclass(frozen=True)
class Place:
    """Where the coordinates are: two columns, or the geometry."""

    geometry: str | None
    lon: str | None = None
    lat: str | None = None

    def of(self, table: pa.Table) -> Pair:
        """Coordinates of the rows of a table."""
        if self.geometry is not None:
            return from_wkb(table.column(self.geometry))
        return from_column(table.column(self.lon)), from_column(table.column(self.lat))


def named_pair(
    names: Sequence[str], lon: str | None, lat: str | None, file: str
) -> tuple[str, str] | None:
    """The columns of longitude and latitude: the ones named, else known names, else None.

    Raises:
        CallError: only one is named, or a named one does not exist.
    """
    if (lon is None) != (lat is None):
        raise CallError("--lon 和 --lat 要同时给出", "--lon and --lat go together")
    if lon is not None and lat is not None:
        for name in (lon, lat):
            if name not in names:
                listed = ", ".join(list(names)[:40])
                raise CallError(
                    f"{file} 里没有列“{name}”；有：{listed}",
                    f"{file} has no column {name!r}; it has: {listed}",
                )
        return lon, lat
    folded = {name.strip().casefold(): name for name in reversed(names)}
    east = next((folded[name] for name in LONGITUDE_NAMES if name in folded), None)
    north = next((folded[name] for name in LATITUDE_NAMES if name in folded), None)
    return None if east is None or north is None else (east, north)


def no_coordinates(names: Sequence[str], file: str) -> CallError:
    """What to say where nothing looks like coordinates."""
    listed = ", ".join(list(names)[:40]) or "-"
    return CallError(
        f"{file} 里没有认得的坐标列：请用 --lon、--lat 指明；有：{listed}",
        f"{file} has no columns known as coordinates: name them with --lon and --lat;"
        f" it has: {listed}",
    )


def _place(
    schema: pa.Schema, geometry: str | None, lon: str | None, lat: str | None, file: str
) -> Place:
    if geometry is not None and lon is None and lat is None:
        return Place(geometry)
    pair = named_pair(schema.names, lon, lat, file)
    if pair is None:
        raise no_coordinates(schema.names, file)
    for name in pair:
        if schema.names.count(name) > 1 or not can_be_numbers(schema.field(name).type):
            raise CallError(
                f"{file} 的列“{name}”（{schema.field(name).type}）不是数",
                f"the column {name!r} of {file} ({schema.field(name).type}) holds no numbers",
            )
    return Place(None, *pair)


class ParquetPoints:
    """A Parquet file, read in a stream however large its row groups are."""

    def __init__(self, path: Path, lon: str | None, lat: str | None) -> None:
        """Raises: DataError: broken. CallError: no coordinates in it."""
        self._name = path.name
        head = ParquetSource(path)
        head.close()
        try:
            self._file = pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER_BYTES)
            self.schema = self._file.schema_arrow
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._broken(error) from error
        binary = [name for name in self.schema.names if name not in head.columns]
        self.geometry: str | None = binary[0] if binary else None
        self._place = _place(self.schema, self.geometry, lon, lat, path.name)
        self.shape_crs: pyproj.CRS | None = head.crs
        self.crs = head.crs if self._place.geometry is not None else None
        self.total: int | None = self._file.metadata.num_rows
        groups = range(self._file.metadata.num_row_groups)
        self.codec = self._file.metadata.row_group(0).column(0).compression if groups else "SNAPPY"

    def pieces(self, cursor: int = 0) -> Iterator[Piece]:
        """The rows from one on; `cursor` counts rows.

        Raises:
            DataError: a page is broken.
        """
        rows = piece_rows(self._some())
        group, skip = self._group_of(cursor)
        groups = list(range(group, self._file.metadata.num_row_groups))
        batches = self._batches(groups, min(rows, _BATCH_ROWS))
        return _pieces(batches, self.schema, self._place, rows, cursor, skip)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _some(self) -> pa.RecordBatch | None:
        groups = [0] if self._file.metadata.num_row_groups else []
        return next(self._batches(groups, _SAMPLE_ROWS), None)

    def _batches(self, groups: list[int], rows: int) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._file.iter_batches(batch_size=rows, row_groups=groups)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._broken(error) from error

    def _group_of(self, row: int) -> tuple[int, int]:
        """The row group that a row is in, and how many rows of it come before."""
        for group in range(self._file.metadata.num_row_groups):
            held = self._file.metadata.row_group(group).num_rows
            if row < held:
                return group, row
            row -= held
        return self._file.metadata.num_row_groups, 0

    def _broken(self, error: Exception) -> DataError:
        reason = str(error).splitlines()[0][:200]
        return DataError(
            f"Parquet 文件 {self._name} 已损坏或不完整：{reason}",
            f"the Parquet file {self._name} is broken or cut off: {reason}",
        )


class _Layer(OgrSource):
    """A layer whose rows come as Arrow columns, of the types that the file has."""

    schema: pa.Schema | None = None

    def tables(self) -> Iterator[pa.RecordBatch]:
        """The rows; `schema` is known from the first step on.

        Raises:
            DataError: the child process did not live to the end, or sent no proper Arrow.
        """
        try:
            with pa.ipc.open_stream(self._child.stdout) as stream:
                self.schema = stream.schema
                for table in stream:
                    table.validate(full=True)
                    self._child.touch()
                    yield table
        except (pa.ArrowException, OSError) as error:
            raise died(self.name) from error
        if self._child.has_died():
            raise died(self.name)


class GeopackagePoints:
    """A layer of a GeoPackage, read by GDAL in a confined child process."""

    codec = "SNAPPY"

    def __init__(self, path: Path, sheet: str | None, lon: str | None, lat: str | None) -> None:
        """Raises: DataError: broken. CallError: no layer of that name, or no coordinates."""
        self._layer = _Layer(path, path.name, sheet or "")
        try:
            self._stream = self._layer.tables()
            self._first = next(self._stream, None)
            self.schema = _plain_schema(self._layer.schema)
            self.geometry = self._layer.geometry
            self._place = _place(self.schema, self.geometry, lon, lat, path.name)
        except BaseException:
            self._layer.close()
            raise
        self.crs: pyproj.CRS | None = self._layer.crs if self._place.geometry else None
        self.shape_crs: pyproj.CRS | None = self._layer.crs
        self.total: int | None = self._layer.total

    def pieces(self, cursor: int = 0) -> Iterator[Piece]:
        """The rows from one on; `cursor` counts rows.

        Raises:
            DataError: the child process did not live to the end.
        """
        rows = piece_rows(self._first)
        return _pieces(self._batches(), self.schema, self._place, rows, cursor, cursor)

    def close(self) -> None:
        """End the child process."""
        self._layer.close()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        if self._first is not None:
            yield self._first
        yield from self._stream


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    """Without what GDAL notes on its fields, which is no part of the data."""
    return pa.schema([pa.field(field.name, field.type, field.nullable) for field in schema])


def piece_rows(sample: pa.RecordBatch | None) -> int:
    """How many rows like these are one piece; the same whenever the same file is read."""
    if sample is None or sample.num_rows == 0:
        return PIECE_ROWS
    fitting = int(PIECE_BYTES * sample.num_rows // max(1, sample.nbytes))
    return max(1_000, min(PIECE_ROWS, fitting))


def _pieces(
    batches: Iterator[pa.RecordBatch],
    schema: pa.Schema,
    place: Place,
    rows: int,
    cursor: int,
    skip: int,
) -> Iterator[Piece]:
    held: list[pa.RecordBatch] = []
    count, at = 0, cursor
    for whole in batches:
        batch = whole.slice(min(skip, whole.num_rows))
        skip -= whole.num_rows - batch.num_rows
        while count + batch.num_rows >= rows:
            held.append(batch.slice(0, rows - count))
            batch = batch.slice(rows - count)
            at += rows
            yield _piece(held, schema, place, at)
            held, count = [], 0
        if batch.num_rows:
            held.append(batch)
            count += batch.num_rows
    if held or at == 0:
        yield _piece(held, schema, place, at + count)


def _piece(held: list[pa.RecordBatch], schema: pa.Schema, place: Place, cursor: int) -> Piece:
    columns = [
        pa.chunked_array([batch.column(i) for batch in held], type=field.type)
        for i, field in enumerate(schema)
    ]
    table = pa.Table.from_arrays(columns, schema=schema)
    lon, lat = place.of(table)
    return Piece(Table(table), lon, lat, cursor)
