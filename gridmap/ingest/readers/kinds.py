"""What a file is, by its content and never by its name; and which paths are not read at all."""

import re
import stat
import zipfile
from enum import Enum
from pathlib import Path

from gridmap.errors import CallError, DataError


class FileKind(Enum):
    """The kinds of files there are readers for."""

    PARQUET = "parquet"
    GEOJSON = "geojson"
    DELIMITED = "csv"
    EXCEL = "xlsx"
    GEOPACKAGE = "gpkg"
    SHAPEFILE = "shp"
    ZIPPED_SHAPEFILE = "zip"


_URL = re.compile(
    r"^[a-zA-Z][a-zA-Z0-9+.-]*://|^(WFS|PG|GDAL|OAPIF|MYSQL|MSSQL|OCI|CAD|DGN):", re.I
)
_HEAD_BYTES = 4096
_ZIP_MEMBERS = 10_000
_SIDE_FILES = {"dbf", "shx", "cpg", "prj", "qix", "sbn", "sbx"}


def local_file(name: str) -> Path:
    """The regular file behind a name; symbolic links to regular files are followed.

    Raises:
        CallError: an address, a /vsi path, a folder, a device, a missing or unreadable file.
    """
    if _URL.match(name) or "/vsi" in name.replace("\\", "/").lower():
        raise CallError(
            f"“{_short(name)}”不是本机文件：gridmap 从不下载。请先把文件拷到本机再导入",
            f"{_short(name)!r} is not a local file: gridmap never fetches."
            " Copy the file to this machine first",
        )
    path = Path(name).expanduser()
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise CallError(
            f"找不到或打不开文件 {_short(name)}：{why}",
            f"the file {_short(name)} is missing or cannot be opened: {why}",
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise CallError(
            f"{_short(name)} 不是文件（目录、设备或管道不能导入）",
            f"{_short(name)} is not a file (folders, devices and pipes cannot be loaded)",
        )
    if status.st_size == 0:
        raise DataError(f"文件 {path.name} 是空的", f"the file {path.name} is empty")
    return path


def kind_of(path: Path) -> FileKind:
    """The kind of a file by its first bytes.

    Raises:
        DataError: a kind that is not read, GDAL's descriptors of other files among them.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as error:
        raise CallError(
            f"读不了文件 {path.name}：{error.strerror}",
            f"cannot read {path.name}: {error.strerror}",
        ) from error
    if head.startswith(b"PAR1"):
        return FileKind.PARQUET
    if head.startswith(b"SQLite format 3\x00"):
        return FileKind.GEOPACKAGE
    if head.startswith(b"\x00\x00\x27\x0a"):
        return FileKind.SHAPEFILE
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(path)
    return _kind_of_text(path, head)


def _kind_of_zip(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"压缩包 {path.name} 已损坏或不完整：{error}",
            f"the archive {path.name} is broken or cut off: {error}",
        ) from error
    if len(names) > _ZIP_MEMBERS:
        raise DataError(
            f"压缩包 {path.name} 里有 {len(names)} 个文件，太多",
            f"the archive {path.name} holds {len(names)} files, too many",
        )
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return FileKind.EXCEL
    if sum(name.lower().endswith(".shp") for name in names) == 1:
        return FileKind.ZIPPED_SHAPEFILE
    raise DataError(
        f"压缩包 {path.name} 里应恰好有一个 .shp（连同 .dbf、.shx、.prj、.cpg）",
        f"the archive {path.name} must hold exactly one .shp (with .dbf, .shx, .prj, .cpg)",
    )


def _kind_of_text(path: Path, head: bytes) -> FileKind:
    if path.suffix.lower().lstrip(".") in _SIDE_FILES:
        raise DataError(
            f"{path.name} 是 Shapefile 的附属文件：请给出同名的 .shp 或整个压缩包",
            f"{path.name} is a side file of a shapefile: give the .shp or the zipped whole",
        )
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(
            f"{path.name} 是旧版 Excel（.xls）：请另存为 .xlsx 或 CSV",
            f"{path.name} is an old Excel file (.xls): save it as .xlsx or CSV",
        )
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x1e")
    if text.startswith((b"{", b"[")):
        return FileKind.GEOJSON
    if text.startswith(b"<") or _looks_binary(head):
        raise DataError(
            f"{path.name} 不是能导入的格式（虚拟图层、服务描述等引用别处数据的文件一律不读）："
            "请提供 GeoParquet、GeoJSON、GeoPackage、Shapefile、CSV 或 Excel",
            f"{path.name} is not a format that can be loaded (descriptors that point to other"
            " data are never read): give GeoParquet, GeoJSON, GeoPackage, Shapefile, CSV or Excel",
        )
    return FileKind.DELIMITED


def _looks_binary(head: bytes) -> bool:
    """Many control bytes; UTF-16 text, half of whose bytes are NUL, begins with a mark."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    control = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return control > len(head) // 10


def _short(name: str) -> str:
    return name if len(name) <= 120 else name[:120] + "…"
