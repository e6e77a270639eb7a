"""GeoParquet and plain Parquet, decoded by a confined child process."""

import json
import re
from pathlib import Path

import pyproj
from pyproj.exceptions import CRSError

from gridmap.errors import DataError
from gridmap.ingest.readers.arrow import ArrowSource

_GEOMETRY_NAMES = ("geometry", "geom", "wkb_geometry")


class ParquetSource(ArrowSource):
    """A Parquet file; the geometry is the primary column of its `geo` metadata, else by name."""

    def __init__(self, path: Path) -> None:
        """Raises: DataError: cut off, broken, with too many columns or metadata that is wrong."""
        super().__init__(path.name, "read_parquet.py", str(path.resolve()))

    def understand(self) -> None:
        """The name of the WKB column and its CRS; without a `crs` entry that is OGC:CRS84."""
        binary: list[str] = self.head["binary"]
        if self.head["geo"] is None:
            self.geometry = next((name for name in _GEOMETRY_NAMES if name in binary), None)
        else:
            self.geometry, encoding, self.crs = self._described()
            if self.geometry not in binary or encoding != "WKB":
                raise DataError(
                    f"{self.name} 的图形列 {self.geometry!r} 应为 WKB 编码",
                    f"the geometry column {self.geometry!r} of {self.name} must be encoded as WKB",
                )
        self.columns = [name for name in self.columns if name != self.geometry]

    def _described(self) -> tuple[str, str, pyproj.CRS | None]:
        try:
            geo = json.loads(self.head["geo"])
            name = geo["primary_column"]
            column = geo["columns"][name]
            crs = column.get("crs", "OGC:CRS84")
            known = None if crs is None else pyproj.CRS.from_user_input(_plain(crs))
            return name, column.get("encoding", "WKB"), known
        except (ValueError, KeyError, TypeError, AttributeError, CRSError, RecursionError) as error:
            raise DataError(
                f"{self.name} 的 geo 元数据无法读取：{type(error).__name__}",
                f"the geo metadata of {self.name} cannot be read: {type(error).__name__}",
            ) from error


def _plain(crs: object) -> object:
    """A PROJJSON or AUTHORITY:CODE; other text could make PROJ open files."""
    if isinstance(crs, dict) or (isinstance(crs, str) and re.fullmatch(r"\w{2,12}:\w{1,12}", crs)):
        return crs
    raise TypeError(type(crs).__name__)
