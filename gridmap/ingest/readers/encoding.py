"""The encoding of a text file, decided by reading it all strictly: no silent wrong letter."""

import codecs
from pathlib import Path

from gridmap.errors import CallError, DataError

_NO_ENCODINGS_OF_FILES = {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK_BYTES = 1 << 20


def encoding_of(path: Path, named: str | None = None) -> str:
    """`named` if given and true to the file, else by byte order mark, else UTF-8, else GB18030.

    GB18030 contains GBK and GB2312.

    Raises:
        CallError: `named` is no encoding.
        DataError: the bytes fit none of them; says where the first wrong byte is.
    """
    if named is not None:
        return _checked(path, named)
    with path.open("rb") as stream:
        head = stream.read(4)
    marked = next((encoding for bom, encoding in _BOMS if head.startswith(bom)), None)
    if marked is not None:
        return _checked(path, marked)
    wrong_byte = _first_wrong_byte(path, "utf-8")
    if wrong_byte is None:
        return "utf-8"
    if _first_wrong_byte(path, "gb18030") is None:
        return "gb18030"
    raise DataError(
        f"{path.name} 既不是 UTF-8 也不是 GBK/GB18030（约第 {wrong_byte:,} 字节处出错）："
        "请另存为 UTF-8，或用 --encoding 指明",
        f"{path.name} is neither UTF-8 nor GBK/GB18030 (wrong near byte {wrong_byte:,}):"
        " save it as UTF-8 or name the encoding with --encoding",
    )


def first_fitting(path: Path, encodings: list[str], offset: int = 0) -> str:
    """The first encoding that all bytes from `offset` on fit; unknown names are passed over.

    Raises:
        DataError: none fits.
    """
    for encoding in encodings:
        if _is_known(encoding) and _first_wrong_byte(path, encoding, offset) is None:
            return encoding
    tried = ", ".join(encoding for encoding in encodings if encoding)
    raise DataError(
        f"{path.name} 的文字不是这些编码：{tried}。请用 --encoding 指明",
        f"the text of {path.name} is in none of these encodings: {tried}. Name it with --encoding",
    )


def _is_known(encoding: str) -> bool:
    """Whether it is an encoding of text: Python's also unpack archives, and some never end."""
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name not in _NO_ENCODINGS_OF_FILES
    except (LookupError, UnicodeError, ValueError):
        return False


def _checked(path: Path, encoding: str) -> str:
    if not _is_known(encoding):
        raise CallError(f"没有编码 {encoding!r}", f"no encoding {encoding!r}")
    wrong_byte = _first_wrong_byte(path, encoding)
    if wrong_byte is not None:
        raise DataError(
            f"{path.name} 不是 {encoding} 编码（约第 {wrong_byte:,} 字节处出错）",
            f"{path.name} is not encoded as {encoding} (wrong near byte {wrong_byte:,})",
        )
    return encoding


def _first_wrong_byte(path: Path, encoding: str, offset: int = 0) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as stream:
        stream.seek(offset)
        while chunk := stream.read(_CHUNK_BYTES):
            try:
                decoder.decode(chunk)
            except UnicodeError as error:
                return offset + getattr(error, "start", 0)
            offset += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return offset
    return None
