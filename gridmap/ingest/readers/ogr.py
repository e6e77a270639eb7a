"""GeoPackage and Shapefile, read by GDAL in a confined child process with two drivers."""

import json
import re
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyproj
from pyproj.exceptions import CRSError

from gridmap.errors import CallError, DataError
from gridmap.geo.wkb import read_wkb
from gridmap.ingest.batch import MAX_COLUMNS, Batch
from gridmap.ingest.readers.archive import unpack_shapefile
from gridmap.ingest.readers.encoding import first_fitting
from gridmap.ingest.readers.parquet import UNREADABLE
from gridmap.ingest.sandbox import Confined, died

_DBASE_ENCODINGS = {
    0x03: "cp1252", 0x4D: "gb18030", 0x4F: "cp950", 0x57: "cp1252", 0x7A: "gb18030",
}  # fmt: skip
_CODE_PAGES = {"65001": "utf-8", "936": "gb18030", "54936": "gb18030", "950": "big5"}


@dataclass(frozen=True)
class _Head:
    columns: list[str]
    geometry: str | None
    crs: str | None
    total: int | None


class OgrSource:
    """One layer of a file, as Arrow batches from the child."""

    def __init__(
        self, path: Path, name: str, layer: str | None = None, encoding: str | None = None
    ) -> None:
        """`name` is what the user calls the file; `encoding` is that of a dBASE table.

        Raises:
            DataError: broken, or too many columns. CallError: no layer of that name, or several.
        """
        self._path, self._name = path.resolve(), name
        self._layer, self._encoding = layer or "", encoding or ""
        self._child = Confined("read_ogr.py", str(self._path), self._layer, self._encoding)
        try:
            head = self._head(self._child)
        except BaseException:
            self.close()
            raise
        self.columns = head.columns
        self.has_geometry = head.geometry is not None
        self.total = head.total
        self.crs = _parsed_crs(head.crs, name)
        self._geometry = head.geometry
        if len(self.columns) > MAX_COLUMNS:
            raise DataError(
                f"{name} 有 {len(self.columns):,} 列，最多 {MAX_COLUMNS:,} 列",
                f"{name} has {len(self.columns):,} columns, at most {MAX_COLUMNS:,} are read",
            )

    def batches(self) -> Iterator[Batch]:
        """The rows; numbers count from 1.

        Raises:
            DataError: the child process did not live to the end, or sent no proper Arrow.
        """
        first = 1
        try:
            with pa.ipc.open_stream(self._child.stdout) as stream:
                for table in stream:
                    table.validate(full=True)
                    self._child.touch()
                    yield self._batch(table, first)
                    first += table.num_rows
        except (pa.ArrowException, OSError) as error:
            raise died(self._name) from error
        if self._child.has_died():
            raise died(self._name)

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def _batch(self, table: pa.RecordBatch, first: int) -> Batch:
        columns = {name: table.column(name).to_pylist() for name in self.columns}
        batch = Batch(list(range(first, first + table.num_rows)), columns)
        if self._geometry is not None:
            batch.geometry, unread = read_wkb(table.column(self._geometry).to_pylist())
            batch.unreadable = dict.fromkeys(unread, UNREADABLE)
        return batch

    def _head(self, child: Confined) -> _Head:
        line = child.line()
        if not line:
            raise died(self._name)
        head = json.loads(line)
        detail = head.get("detail")
        if head.get("error") == "choose":
            raise CallError(
                f"{self._name} 里有几个图层，请用 --sheet 选一个：{detail}",
                f"{self._name} holds several layers, choose one with --sheet: {detail}",
            )
        if head.get("error") == "missing":
            raise CallError(
                f"{self._name} 里没有图层“{self._layer}”；有：{detail}",
                f"{self._name} has no layer {self._layer!r}; it has: {detail}",
            )
        if "error" in head:
            raise DataError(
                f"{self._name} 已损坏或无法读取：{detail}",
                f"{self._name} is broken or cannot be read: {detail}",
            )
        return _Head(head["columns"], head["geometry"], head["crs"], head["total"])


class ShapefileSource(OgrSource):
    """A shapefile, bare or zipped, whose table is decoded strictly."""

    def __init__(self, path: Path, zipped: bool, encoding: str | None = None) -> None:
        """Raises: DataError: parts are missing, a bomb, or text of no known encoding."""
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        shp = path
        if zipped:
            self._folder = unpack_shapefile(path)
            shp = Path(self._folder.name) / "layer.shp"
        table = _sibling(shp, "dbf")
        if table is None or _sibling(shp, "shx") is None:
            raise DataError(
                f"Shapefile {path.name} 缺少 .dbf 或 .shx：请把同名的几个文件放在一起",
                f"the shapefile {path.name} lacks its .dbf or .shx: keep its files together",
            )
        super().__init__(
            shp, path.name, None, _table_encoding(table, _sibling(shp, "cpg"), encoding)
        )


def _sibling(shp: Path, suffix: str) -> Path | None:
    found = (shp.with_suffix(f".{form}") for form in (suffix, suffix.upper()))
    return next((path for path in found if path.is_file()), None)


def _table_encoding(table: Path, page: Path | None, named: str | None) -> str:
    """The encoding of a dBASE table: named, in the .cpg, in its head, or the first that fits.

    A .cpg that does not fit the bytes is passed over: tools write it without looking.
    """
    with table.open("rb") as stream:
        head = stream.read(32)
    if len(head) < 32:
        raise DataError(f"{table.name} 不完整", f"{table.name} is cut off")
    (rows_at,) = struct.unpack_from("<H", head, 8)
    guesses = [] if page is None else [_named_page(page.read_text("ascii", "ignore")[:40])]
    guesses.append(_DBASE_ENCODINGS.get(head[29], ""))
    return first_fitting(table, [named] if named else [*guesses, "utf-8", "gb18030"], rows_at)


def _named_page(written: str) -> str:
    name = written.strip().casefold()
    digits = re.sub(r"\D", "", name)
    return _CODE_PAGES.get(digits, name)


def _parsed_crs(written: str | None, file: str) -> pyproj.CRS | None:
    if not written:
        return None
    try:
        if re.fullmatch(r"\w{2,12}:\w{1,12}", written):
            return pyproj.CRS.from_user_input(written)
        return pyproj.CRS.from_wkt(written)
    except CRSError as error:
        raise DataError(
            f"{file} 写明的坐标系无法识别", f"the CRS written in {file} is not known"
        ) from error
