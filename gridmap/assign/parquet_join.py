"""Parquet files with the same columns laid end to end, without decoding a single page.

The row groups are copied as bytes; only the footer is made anew: all offsets in it move by the
place where a file's row groups begin. A footer is Thrift's compact protocol, and the numbers of
its fields are those of parquet.thrift in the Apache Parquet format, version 2.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_MAGIC = b"PAR1"
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_NUMBERS = (4, 5, 6)
_COPY_BYTES = 8 << 20

# Field numbers of parquet.thrift.
_NUM_ROWS, _ROW_GROUPS = 3, 4
_COLUMNS, _GROUP_OFFSET, _ORDINAL = 1, 5, 7
_CHUNK_OFFSET, _META_DATA, _OFFSET_INDEX, _COLUMN_INDEX = 2, 3, 4, 6
_PAGE_OFFSETS = (9, 10, 11, 14)

Struct = dict[int, tuple[int, Any]]
"""Field number → Thrift type and value, in the order they are written."""


@dataclass
class _Reader:
    data: bytes
    at: int = 0

    def varint(self) -> int:
        value = shift = 0
        while True:
            octet = self.data[self.at]
            self.at += 1
            value |= (octet & 0x7F) << shift
            shift += 7
            if octet < 0x80:
                return value

    def number(self) -> int:
        raw = self.varint()
        return (raw >> 1) ^ -(raw & 1)

    def take(self, count: int) -> bytes:
        self.at += count
        return bytes(self.data[self.at - count : self.at])

    def value(self, kind: int) -> Any:
        if kind in _NUMBERS:
            return self.number()
        if kind == _BINARY:
            return self.take(self.varint())
        if kind in (_LIST, _SET):
            return self.items()
        if kind == _STRUCT:
            return self.struct()
        if kind in (_TRUE, _FALSE):
            return kind
        return self.take({_BYTE: 1, _DOUBLE: 8}[kind])

    def items(self) -> tuple[int, list[Any]]:
        head = self.take(1)[0]
        count, kind = head >> 4, head & 0x0F
        count = self.varint() if count == 15 else count
        if kind in (_TRUE, _FALSE):
            return kind, [self.take(1)[0] for _ in range(count)]
        return kind, [self.value(kind) for _ in range(count)]

    def struct(self) -> Struct:
        fields: Struct = {}
        number = 0
        while (head := self.take(1)[0]) != 0:
            number = number + (head >> 4) if head >> 4 else self.number()
            fields[number] = (head & 0x0F, self.value(head & 0x0F))
        return fields


def _varint(value: int) -> Iterator[int]:
    while value >= 0x80:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value


def _number(value: int) -> bytes:
    return bytes(_varint(value << 1 if value >= 0 else (-value << 1) - 1))


def _written(kind: int, value: Any) -> bytes:
    if kind in _NUMBERS:
        return _number(value)
    if kind == _BINARY:
        return bytes(_varint(len(value))) + bytes(value)
    if kind in (_LIST, _SET):
        return _written_items(*value)
    if kind == _STRUCT:
        return _written_struct(value)
    return b"" if kind in (_TRUE, _FALSE) else bytes(value)


def _written_items(kind: int, items: list[Any]) -> bytes:
    count = len(items)
    head = bytes([count << 4 | kind]) if count < 15 else bytes([0xF0 | kind, *_varint(count)])
    if kind in (_TRUE, _FALSE):
        return head + bytes(items)
    return head + b"".join(_written(kind, item) for item in items)


def _written_struct(fields: Struct) -> bytes:
    parts: list[bytes] = []
    last = 0
    for number, (kind, value) in fields.items():
        step = number - last
        parts.append(
            bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _number(number)
        )
        parts.append(_written(kind, value))
        last = number
    return b"".join(parts) + b"\x00"


def _move(fields: Struct, number: int, by: int) -> None:
    """Move an offset, if it is there; zero means none."""
    kind, value = fields.get(number, (0, 0))
    if value:
        fields[number] = (kind, value + by)


def _move_group(group: Struct, by: int) -> None:
    _move(group, _GROUP_OFFSET, by)
    group.pop(_ORDINAL, None)  # optional, and too narrow for a great many row groups
    for chunk in group[_COLUMNS][1][1]:
        for number in (_CHUNK_OFFSET, _OFFSET_INDEX, _COLUMN_INDEX):
            _move(chunk, number, by)
        for number in _PAGE_OFFSETS:
            _move(chunk[_META_DATA][1], number, by)


def join(parts: Iterable[Path], target: IO[bytes]) -> None:
    """Write the row groups of all parts, in order, as one file.

    The parts have the same schema and metadata: the footer takes these from the first.
    """
    target.write(_MAGIC)
    whole: Struct | None = None
    groups: list[Struct] = []
    rows, at = 0, len(_MAGIC)
    for part in parts:
        with part.open("rb") as stream:
            footer, length = _footer(stream)
            stream.seek(len(_MAGIC))
            copied = _copy(stream, target, length)
        for group in footer[_ROW_GROUPS][1][1]:
            _move_group(group, at - len(_MAGIC))
            groups.append(group)
        rows += footer[_NUM_ROWS][1]
        at += copied
        whole = whole or footer
    assert whole is not None, "there is at least one part"
    whole[_NUM_ROWS] = (whole[_NUM_ROWS][0], rows)
    whole[_ROW_GROUPS] = (_LIST, (_STRUCT, groups))
    written = _written_struct(whole)
    target.write(written + struct.pack("<I", len(written)) + _MAGIC)


def _footer(stream: IO[bytes]) -> tuple[Struct, int]:
    """The footer of a part, and how many bytes lie between the magic and it."""
    end = stream.seek(-8, 2)
    length, magic = struct.unpack("<I4s", stream.read(8))
    assert magic == _MAGIC, "a part is a Parquet file"
    stream.seek(end - length)
    return _Reader(stream.read(length)).struct(), end - length - len(_MAGIC)


def _copy(source: IO[bytes], target: IO[bytes], count: int) -> int:
    left = count
    while left and (some := source.read(min(left, _COPY_BYTES))):
        target.write(some)
        left -= len(some)
    return count
