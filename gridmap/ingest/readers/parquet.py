"""GeoParquet and plain Parquet, by row groups."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
from pyproj.exceptions import CRSError

from gridmap.errors import DataError
from gridmap.geo.wkb import read_wkb
from gridmap.ingest.batch import BATCH_ROWS, MAX_COLUMNS, Batch
from gridmap.profiles import Message

UNREADABLE = Message("图形数据无法读取（WKB 损坏）", "the geometry cannot be read (broken WKB)")
_GEOMETRY_NAMES = ("geometry", "geom", "wkb_geometry")


class ParquetSource:
    """A Parquet file; the geometry is the primary column of its `geo` metadata, else by name."""

    def __init__(self, path: Path) -> None:
        """Raises: DataError: cut off, broken, or with too many columns."""
        self._name = path.name
        try:
            self._file = pq.ParquetFile(path, memory_map=False)
            schema = self._file.schema_arrow
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._broken(error) from error
        if len(schema.names) > MAX_COLUMNS:
            raise DataError(
                f"{path.name} 有 {len(schema.names)} 列，最多 {MAX_COLUMNS} 列",
                f"{path.name} has {len(schema.names)} columns, at most {MAX_COLUMNS} are read",
            )
        self._geometry, self.crs = _geometry_column(schema, path.name)
        self.columns = [name for name in schema.names if name != self._geometry]
        self.has_geometry = self._geometry is not None
        self.total: int | None = self._file.metadata.num_rows

    def batches(self) -> Iterator[Batch]:
        """The rows; dictionary and large types come as plain Python values.

        Raises:
            DataError: a page is broken.
        """
        first = 1
        try:
            for table in self._file.iter_batches(batch_size=BATCH_ROWS):
                yield self._batch(table, first)
                first += table.num_rows
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _batch(self, table: pa.RecordBatch, first: int) -> Batch:
        columns = {name: table.column(name).to_pylist() for name in self.columns}
        batch = Batch(list(range(first, first + table.num_rows)), columns)
        if self._geometry is not None:
            batch.geometry, unread = read_wkb(table.column(self._geometry).to_pylist())
            batch.unreadable = dict.fromkeys(unread, UNREADABLE)
        return batch

    def _broken(self, error: Exception) -> DataError:
        reason = str(error).splitlines()[0][:200]
        return DataError(
            f"Parquet 文件 {self._name} 已损坏或不完整：{reason}",
            f"the Parquet file {self._name} is broken or cut off: {reason}",
        )


def _geometry_column(schema: pa.Schema, file: str) -> tuple[str | None, pyproj.CRS | None]:
    """The name of the WKB column and its CRS; GeoParquet without a `crs` entry means OGC:CRS84."""
    written = (schema.metadata or {}).get(b"geo")
    if written is None:
        by_name = (
            name for name in _GEOMETRY_NAMES
            if name in schema.names and _is_binary(schema.field(name).type)
        )  # fmt: skip
        return next(by_name, None), None
    try:
        geo = json.loads(written)
        name = geo["primary_column"]
        described = geo["columns"][name]
        crs = described.get("crs", "OGC:CRS84")
        encoding = described.get("encoding", "WKB")
        found = None if crs is None else pyproj.CRS.from_user_input(_plain(crs))
    except (ValueError, KeyError, TypeError, AttributeError, CRSError, RecursionError) as error:
        raise DataError(
            f"{file} 的 geo 元数据无法读取：{type(error).__name__}",
            f"the geo metadata of {file} cannot be read: {type(error).__name__}",
        ) from error
    if name not in schema.names or encoding != "WKB" or not _is_binary(schema.field(name).type):
        raise DataError(
            f"{file} 的图形列 {name!r} 应为 WKB 编码",
            f"the geometry column {name!r} of {file} must be encoded as WKB",
        )
    return name, found


def _plain(crs: object) -> object:
    """A PROJJSON or AUTHORITY:CODE; other text could make PROJ open files."""
    if isinstance(crs, dict) or (isinstance(crs, str) and re.fullmatch(r"\w{2,12}:\w{1,12}", crs)):
        return crs
    raise TypeError(type(crs).__name__)


def _is_binary(kind: pa.DataType) -> bool:
    storage = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    return bool(pa.types.is_binary(storage) or pa.types.is_large_binary(storage))
