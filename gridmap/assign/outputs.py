"""The three kinds of output: pieces become parts, parts become the file.

A part holds some rows with their codes and is finished for good; putting the parts together costs
little beside making them.
"""

import codecs
import csv
import io
import json
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from gridmap.assign import parquet_join
from gridmap.assign.columnar import Table
from gridmap.assign.coordinates import Floats
from gridmap.assign.delimited import DelimitedPoints, Dialect, TextRows, quoted
from gridmap.assign.pieces import Piece, PointsFile
from gridmap.errors import CallError, DataError
from gridmap.geo.crs import STORED, Crs, to_stored
from gridmap.geo.wkb import read_wkb

Progress = Callable[[int, int | None], None]

_COPY_BYTES = 8 << 20
_RTREE_BYTES = 256 << 20
_CSV_MARK = codecs.BOM_UTF8


class Output(Protocol):
    """How rows with their codes are written."""

    def encode(self, piece: Piece, positions: NDArray[np.int32]) -> bytes:
        """A part: the rows of a piece and the position of each one's grid, -1 outside."""

    def assemble(self, parts: Sequence[Path], target: Path, progress: Progress) -> None:
        """All parts in order, at least one, as the file `target`; `progress` counts parts."""


@dataclass(frozen=True)
class Coded:
    """The new column: its name and the codes by position."""

    name: str
    codes: pa.Array

    def field(self) -> pa.Field:
        """The column of the output."""
        return pa.field(self.name, self.codes.type)

    def schema(self, columns: pa.Schema) -> pa.Schema:
        """The columns of the input and the new one, with the metadata of the input."""
        return columns.append(self.field())

    def column(self, positions: NDArray[np.int32]) -> pa.Array:
        """The code of each point, null outside."""
        return self.codes.take(pa.array(positions, mask=positions < 0))

    def labels(self, delimiter: str) -> list[str]:
        """The codes as cells of a CSV file; the last, which -1 picks, is empty."""
        return [*(quoted(str(code), delimiter) for code in self.codes.to_pylist()), ""]


class ParquetOutput:
    """Parquet; GeoParquet where the input has a geometry. One row group a part."""

    def __init__(self, source: PointsFile, coded: Coded, codec: str) -> None:
        self._coded, self._codec = coded, codec
        schema = source.schema
        if source.geometry is not None and b"geo" not in (schema.metadata or {}):
            geo = json.dumps(_geo(source.geometry, source.crs)).encode()
            schema = schema.with_metadata({**(schema.metadata or {}), b"geo": geo})
        self._schema = coded.schema(schema)

    def encode(self, piece: Piece, positions: NDArray[np.int32]) -> bytes:
        """A Parquet file of its own."""
        columns = [*piece.rows.table().columns, self._coded.column(positions)]
        return _as_parquet(pa.Table.from_arrays(columns, schema=self._schema), self._codec)

    def assemble(self, parts: Sequence[Path], target: Path, progress: Progress) -> None:
        """The row groups of all parts, as they are."""
        with target.open("wb") as stream:
            parquet_join.join(counted(parts, progress), stream)


def _geo(geometry: str, crs: pyproj.CRS | None) -> dict[str, object]:
    """The metadata of a GeoParquet file of points, version 1.0.0."""
    described: dict[str, object] = {
        "encoding": "WKB",
        "geometry_types": [],
        "crs": None if crs is None else crs.to_json_dict(),
    }
    return {"version": "1.0.0", "primary_column": geometry, "columns": {geometry: described}}


def _as_parquet(table: pa.Table, codec: str) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression=codec, row_group_size=max(1, table.num_rows))
    return bytes(sink.getvalue())


class TextOutput:
    """CSV from CSV: the same text in the same encoding, with one more cell in each row."""

    def __init__(self, source: DelimitedPoints, coded: Coded) -> None:
        """Raises: DataError: the codes cannot be written in the encoding of the file."""
        self._dialect: Dialect = source.dialect
        self._labels = np.array(coded.labels(self._dialect.delimiter), dtype=object)
        header = source.header.rstrip("\r\n")
        end = source.header[len(header) :]
        name = quoted(coded.name, self._dialect.delimiter)
        title = f"{header}{self._dialect.delimiter}{name}{end}"
        try:
            self._head = self._dialect.mark + title.encode(self._dialect.encoding)
            "".join(self._labels).encode(self._dialect.encoding)
        except UnicodeEncodeError as error:
            raise DataError(
                f"网格编码里有 {self._dialect.encoding} 写不出的字：请把 CSV 另存为 UTF-8",
                f"the codes hold letters that {self._dialect.encoding} has not:"
                " save the CSV as UTF-8",
            ) from error

    def encode(self, piece: Piece, positions: NDArray[np.int32]) -> bytes:
        """Rows as bytes."""
        assert isinstance(piece.rows, TextRows)
        return piece.rows.with_codes(list(self._labels[positions])).encode(self._dialect.encoding)

    def assemble(self, parts: Sequence[Path], target: Path, progress: Progress) -> None:
        """The header and all rows."""
        _concatenate(self._head, counted(parts, progress), target)


class CsvOutput:
    """CSV in UTF-8 with a byte order mark from columns; geometries as WKT."""

    def __init__(self, source: PointsFile, coded: Coded) -> None:
        """Raises: CallError: a column that text cannot hold."""
        self._coded, self._geometry = coded, source.geometry
        schema = coded.schema(source.schema)
        for field in schema:
            kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
            if field.name != source.geometry and (pa.types.is_nested(kind) or _is_bytes(kind)):
                raise CallError(
                    f"列“{field.name}”（{kind}）写不进 CSV：请输出为 .parquet",
                    f"the column {field.name!r} ({kind}) does not fit into CSV: write .parquet",
                )
        line = io.StringIO()
        csv.writer(line).writerow(schema.names)
        self._head = _CSV_MARK + line.getvalue().encode()

    def encode(self, piece: Piece, positions: NDArray[np.int32]) -> bytes:
        """Rows as bytes."""
        table = plain_columns(piece.rows.table())
        if self._geometry is not None:
            at = table.schema.names.index(self._geometry)
            shapes = read_wkb(table.column(at).to_pylist())[0]
            written = pa.array(shapely.to_wkt(shapes, rounding_precision=-1), pa.string())
            table = table.set_column(at, self._geometry, written)
        table = table.append_column(self._coded.field(), self._coded.column(positions))
        sink = pa.BufferOutputStream()
        options = pacsv.WriteOptions(include_header=False, eol="\r\n")
        pacsv.write_csv(table, sink, options)
        return bytes(sink.getvalue())

    def assemble(self, parts: Sequence[Path], target: Path, progress: Progress) -> None:
        """The header and all rows."""
        _concatenate(self._head, counted(parts, progress), target)


class GeopackageOutput:
    """A GeoPackage of one layer. Rows without a geometry of their own get points in EPSG:4490."""

    def __init__(self, source: PointsFile, coded: Coded, crs: Crs, layer: str) -> None:
        """Raises: DataError: a column that a GeoPackage cannot hold."""
        self._coded, self._crs, self._layer = coded, crs, layer
        self._made = source.geometry is None
        names = {name.casefold() for name in coded.schema(source.schema).names}
        free = (name for name in ("geom", "geometry", "gridmap_geom") if name not in names)
        self._geometry = source.geometry or next(free)
        self._fid = "fid" if "fid" not in names else "gridmap_fid"
        epsg = STORED if source.geometry is None else crs.epsg
        named = None if epsg is None else pyproj.CRS.from_epsg(epsg)
        self._written_crs = (source.crs if source.geometry else None) or named
        self._refuse_unfit_columns(source.schema)

    def encode(self, piece: Piece, positions: NDArray[np.int32]) -> bytes:
        """A Parquet file of its own, quick to read again."""
        table = plain_columns(piece.rows.table())
        table = table.append_column(self._coded.field(), self._coded.column(positions))
        if self._made:
            shapes = self._points(piece.lon, piece.lat)
            table = table.append_column(self._geometry, pa.array(shapes, pa.binary()))
        return _as_parquet(table.replace_schema_metadata(None), "LZ4")

    def assemble(self, parts: Sequence[Path], target: Path, progress: Progress) -> None:
        """All rows into one layer, in a stream."""
        pyogrio.set_gdal_config_options({"OGR_GPKG_MAX_RAM_USAGE_RTREE": str(_RTREE_BYTES)})
        schema = pq.read_schema(parts[0])
        self._write(
            pa.RecordBatchReader.from_batches(schema, _batches(counted(parts, progress))), target
        )

    def _refuse_unfit_columns(self, columns: pa.Schema) -> None:
        """Better now than after all rows: write the same layer without any."""
        empty = Piece(Table(columns.empty_table()), np.empty(0), np.empty(0), 0)
        content = self.encode(empty, np.empty(0, dtype=np.int32))
        with tempfile.TemporaryDirectory() as folder:
            self._write(
                pq.ParquetFile(pa.BufferReader(content)).read(), Path(folder) / "empty.gpkg"
            )

    def _write(self, rows: pa.RecordBatchReader | pa.Table, target: Path) -> None:
        try:
            with warnings.catch_warnings():
                # A file without a CRS makes one without a CRS: pyogrio warns of that.
                warnings.simplefilter("ignore", UserWarning)
                pyogrio.write_arrow(
                    rows,
                    target,
                    layer=self._layer,
                    driver="GPKG",
                    geometry_name=self._geometry,
                    geometry_type="Point" if self._made else "Unknown",
                    crs=None if self._written_crs is None else self._written_crs.to_wkt(),
                    layer_options={"FID": self._fid, "GEOMETRY_NAME": self._geometry},
                )
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
            raise DataError(
                f"写不成 GeoPackage：{error}。可以输出为 .parquet",
                f"this cannot be written as a GeoPackage: {error}. Write .parquet instead",
            ) from error

    def _points(self, lon: Floats, lat: Floats) -> NDArray[np.object_]:
        x, y = to_stored(lon, lat, self._crs)
        made = np.full(len(x), None, dtype=object)
        there = np.isfinite(x) & np.isfinite(y)
        made[there] = shapely.to_wkb(shapely.points(x[there], y[there]))
        return made


def counted(parts: Sequence[Path], progress: Progress) -> Iterator[Path]:
    """The parts, one after the other, said as each is done."""
    for done, part in enumerate(parts):
        progress(done, len(parts))
        yield part
    progress(len(parts), len(parts))


def _batches(parts: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    for part in parts:
        with pq.ParquetFile(part) as file:
            yield from file.iter_batches()


def plain_columns(table: pa.Table) -> pa.Table:
    """Dictionaries as their values: what is not Arrow knows none."""
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            plain = pc.cast(table.column(at), field.type.value_type)
            table = table.set_column(at, field.name, plain)
    return table


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _concatenate(head: bytes, parts: Iterable[Path], target: Path) -> None:
    with target.open("wb") as whole:
        whole.write(head)
        for part in parts:
            with part.open("rb") as stream:
                while some := stream.read(_COPY_BYTES):
                    whole.write(some)
