"""Archives within bounds: what a zip holds is measured, as declared and as it really unpacks."""

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridmap.errors import DataError

MAX_UNPACKED_BYTES = 1 << 30
MAX_WORKBOOK_BYTES = 512 << 20
_MAX_RATIO = 200
_RATIO_FROM_BYTES = 16 << 20
_CHUNK_BYTES = 1 << 20
_SHAPEFILE_PARTS = ("shp", "shx", "dbf", "prj", "cpg")


def refuse_bomb(path: Path, limit: int = MAX_WORKBOOK_BYTES) -> None:
    """Measure every member, first as declared, then as it really unpacks.

    Raises:
        DataError: too large, packed more than 200 to 1, broken, or not what it declares.
    """
    with _opened(path) as archive:
        _refuse_size(archive.infolist(), path.name, limit)
        for member in archive.infolist():
            for _ in _unpacked(archive, member, path.name):
                pass


def unpack_shapefile(path: Path) -> tempfile.TemporaryDirectory[str]:
    """The parts of the one shapefile in an archive, as layer.shp, layer.dbf … in a new folder.

    Raises:
        DataError: as `refuse_bomb`, or parts are missing or there twice.
    """
    folder = tempfile.TemporaryDirectory(prefix="gridmap-load-")
    with _opened(path) as archive:
        members = archive.infolist()
        _refuse_size(members, path.name, MAX_UNPACKED_BYTES)
        stem = next(m.filename for m in members if m.filename.lower().endswith(".shp"))[:-4]
        for part in _SHAPEFILE_PARTS:
            wanted = f"{stem}.{part}".lower()
            found = [member for member in members if member.filename.lower() == wanted]
            if len(found) > 1:
                raise _broken(path.name, f"{wanted} x {len(found)}")
            for member in found:
                with (Path(folder.name) / f"layer.{part}").open("wb") as out:
                    for chunk in _unpacked(archive, member, path.name):
                        out.write(chunk)
    return folder


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
        raise _broken(path.name, str(error)) from error
    except RuntimeError as error:  # what zipfile raises for an encrypted member
        raise _broken(path.name, str(error)) from error


def _refuse_size(members: list[zipfile.ZipInfo], file: str, limit: int) -> None:
    declared = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if declared > limit or (declared > _RATIO_FROM_BYTES and declared > _MAX_RATIO * packed):
        raise _bomb(file, declared)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str) -> Iterator[bytes]:
    """A member chunk by chunk; zipfile stops at the declared size and checks the sum."""
    _refuse_size([member], file, MAX_UNPACKED_BYTES)
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk


def _bomb(file: str, size: int) -> DataError:
    return DataError(
        f"压缩包 {file} 解开后有 {size:,} 字节，超出限制（疑似压缩炸弹），没有读取",
        f"the archive {file} would unpack to {size:,} bytes, beyond the limit"
        " (perhaps a zip bomb); it was not read",
    )


def _broken(file: str, reason: str) -> DataError:
    return DataError(
        f"压缩包 {file} 已损坏或不完整：{reason}",
        f"the archive {file} is broken or cut off: {reason}",
    )
