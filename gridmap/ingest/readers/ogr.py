"""GeoPackage and Shapefile, read by GDAL in a confined child process with two drivers."""

import re
import struct
import tempfile
from pathlib import Path

import pyproj
from pyproj.exceptions import CRSError

from gridmap.errors import CallError, DataError
from gridmap.ingest.readers.archive import unpack_shapefile
from gridmap.ingest.readers.arrow import ArrowSource
from gridmap.ingest.readers.encoding import first_fitting

_DBASE_ENCODINGS = {
    0x03: "cp1252", 0x4D: "gb18030", 0x4F: "cp950", 0x57: "cp1252", 0x7A: "gb18030",
}  # fmt: skip
_CODE_PAGES = {"65001": "utf-8", "936": "gb18030", "54936": "gb18030", "950": "big5"}


class OgrSource(ArrowSource):
    """One layer of a file."""

    def __init__(self, path: Path, name: str, layer: str = "", encoding: str = "") -> None:
        """`encoding` is that of a dBASE table.

        Raises:
            DataError: broken, or too many columns. CallError: no layer of that name, or several.
        """
        self._layer = layer
        super().__init__(name, "read_ogr.py", str(path.resolve()), layer, encoding)

    def understand(self) -> None:
        """The child has found out all but the CRS."""
        self.geometry = self.head["geometry"]
        self.crs = _parsed_crs(self.head["crs"], self.name)

    def explain(self, error: str, detail: str) -> Exception:
        """Which layers there are, when none or the wrong one was asked for."""
        if error == "choose":
            return CallError(
                f"{self.name} 里有几个图层，请用 --sheet 选一个：{detail}",
                f"{self.name} holds several layers, choose one with --sheet: {detail}",
            )
        if error == "missing":
            return CallError(
                f"{self.name} 里没有图层“{self._layer}”；有：{detail}",
                f"{self.name} has no layer {self._layer!r}; it has: {detail}",
            )
        return super().explain(error, detail)


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
        known = _table_encoding(table, _sibling(shp, "cpg"), encoding)
        super().__init__(shp, path.name, encoding=known)

    def close(self) -> None:
        """End the child process and take the unpacked files away."""
        super().close()
        if self._folder is not None:
            self._folder.cleanup()


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
