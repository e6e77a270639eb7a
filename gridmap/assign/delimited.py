"""Points of a CSV file: every row keeps its text; only its code is set behind it."""

import codecs
import csv
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from pathlib import Path

import pyarrow as pa

from gridmap.assign.columnar import named_pair, no_coordinates
from gridmap.assign.coordinates import Pair, from_text, from_wkt
from gridmap.assign.pieces import Piece
from gridmap.errors import CallError, DataError
from gridmap.ingest.readers.delimited import checked_header
from gridmap.ingest.readers.encoding import encoding_of
from gridmap.ingest.spellings import GEOMETRY_NAMES

_PIECE_ROWS = 1 << 18
_PIECE_CHARACTERS = 16 << 20
_LINE_CHARACTERS = 16 << 20
_CELL_CHARACTERS = 4 << 20
_MARKS = {"utf-8-sig": (codecs.BOM_UTF8, "utf-8")}


@dataclass(frozen=True)
class Dialect:
    """How the text is written; `mark` are the bytes before the first letter."""

    encoding: str
    delimiter: str
    mark: bytes
    width: int


@dataclass(frozen=True)
class TextRows:
    """Records as text. `pads` stand between a record and its code, `ends` are the line ends.

    Blank lines belong to the record that follows; `tail` are those behind the last.
    """

    records: list[str]
    pads: list[str]
    ends: list[str]
    tail: str
    header: list[str]
    dialect: Dialect

    def with_codes(self, labels: list[str]) -> str:
        """The text of the rows, each with its code as one more cell."""
        joined = "".join(
            [
                f"{record}{pad}{label}{end}"
                for record, pad, label, end in zip(
                    self.records, self.pads, labels, self.ends, strict=True
                )
            ]
        )
        return joined + self.tail

    def table(self) -> pa.Table:
        """The cells as text; missing ones are null, what is too many stays in the last cell."""
        width, delimiter = self.dialect.width, self.dialect.delimiter
        written = (record.lstrip("\r\n") for record in self.records)
        cells: list[list[str | None]] = []
        for row in csv.reader(written, delimiter=delimiter):
            if not row:
                continue
            whole: list[str | None] = [*row[: width - 1], delimiter.join(row[width - 1 :])]
            is_short = len(row) < width
            cells.append([*row, *[None] * (width - len(row))] if is_short else whole)
        schema = pa.schema([pa.field(name, pa.string()) for name in self.header])
        columns = [list(column) for column in zip(*cells, strict=True)] or [[] for _ in self.header]
        return pa.table([pa.array(c, pa.string()) for c in columns], schema=schema)


class DelimitedPoints:
    """A delimited text file with its names in the first record; cursors are bytes."""

    geometry = None
    crs = None
    has_columns = True
    codec = "SNAPPY"

    def __init__(self, path: Path, encoding: str | None, lon: str | None, lat: str | None) -> None:
        """Raises: DataError: wrong encoding, no header. CallError: no coordinates in it."""
        self._path = path
        mark, plain = _unmarked(path, encoding_of(path, encoding))
        with closing(_text(path, plain, len(mark))) as stream:
            first = stream.readline(_LINE_CHARACTERS)
            self._delimiter = max(",\t;|", key=first.count)
        with closing(_text(path, plain, len(mark))) as stream:
            record, cells = next(self._records(stream), ("", []))
        names = checked_header([name.replace("\x00", "") for name in cells], path.name)
        self.header = record
        self.dialect = Dialect(plain, self._delimiter, mark, len(names))
        self._start = len(mark) + len(record.encode(plain))
        self.schema = pa.schema([pa.field(name, pa.string()) for name in names])
        self._columns = self._coordinate_columns(names, lon, lat)
        self.total: int | None = path.stat().st_size

    def pieces(self, cursor: int = 0) -> Iterator[Piece]:
        """The rows from a byte on.

        Raises:
            DataError: a cell or a line without end.
        """
        at = max(cursor, self._start)
        with closing(_text(self._path, self.dialect.encoding, at)) as stream:
            collected = _Collected(self.schema.names, self.dialect, self._columns)
            for record, cells in self._records(stream):
                collected.add(record, cells)
                if collected.is_full:
                    at += collected.bytes_read
                    yield collected.piece(at)
                    collected = _Collected(self.schema.names, self.dialect, self._columns)
            at += collected.bytes_read
            if collected.characters or cursor == 0:
                yield collected.piece(at)

    def close(self) -> None:
        """Nothing is held open between pieces."""

    def _records(self, stream: TextIOWrapper) -> Iterator[tuple[str, list[str]]]:
        """Each record as it is written and as cells; a blank line has no cells."""
        csv.field_size_limit(_CELL_CHARACTERS)
        taken: list[str] = []

        def lines() -> Iterator[str]:
            for line in iter(partial(stream.readline, _LINE_CHARACTERS), ""):
                if len(line) == _LINE_CHARACTERS:
                    raise csv.Error("a line without end")
                taken.append(line)
                yield line

        reader = csv.reader(lines(), delimiter=self._delimiter)
        try:
            for cells in reader:
                record = taken[0] if len(taken) == 1 else "".join(taken)
                taken.clear()
                yield record, cells
        except csv.Error as error:
            raise DataError(
                f"{self._path.name} 无法读取：可能有没闭合的引号（{error}）",
                f"{self._path.name} cannot be read: perhaps a quote is never closed ({error})",
            ) from error

    def _coordinate_columns(
        self, names: list[str], lon: str | None, lat: str | None
    ) -> tuple[int, ...]:
        pair = named_pair(names, lon, lat, self._path.name)
        if pair is not None:
            return names.index(pair[0]), names.index(pair[1])
        folded = [name.casefold() for name in names]
        wkt = next((name for name in GEOMETRY_NAMES if name in folded), None)
        if wkt is None:
            raise no_coordinates(names, self._path.name)
        return (folded.index(wkt),)


class _Collected:
    """Records on their way into a piece."""

    def __init__(self, header: list[str], dialect: Dialect, columns: tuple[int, ...]) -> None:
        self._header, self._dialect, self._columns = header, dialect, columns
        self._records: list[str] = []
        self._pads: list[str] = []
        self._ends: list[str] = []
        self._cells: list[list[str | None]] = [[] for _ in columns]
        self._blank = ""
        self._misshapen = 0
        self._furthest = max(columns)
        self.characters = 0

    @property
    def is_full(self) -> bool:
        """Whether this is enough for one piece."""
        return len(self._records) >= _PIECE_ROWS or self.characters >= _PIECE_CHARACTERS

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file the records take, line ends included."""
        encoding = self._dialect.encoding
        ends = ("".join(part).encode(encoding) for part in (self._records, self._ends))
        return sum(map(len, ends)) + len(self._blank.encode(encoding))

    def add(self, record: str, cells: list[str]) -> None:
        """Take in the next record."""
        self.characters += len(record)
        if not cells:
            self._blank += record
            return
        width, delimiter = self._dialect.width, self._dialect.delimiter
        stripped = record[:-2] if record.endswith("\r\n") else record.rstrip("\r\n")
        pad = delimiter
        usable = len(cells) > self._furthest
        if len(cells) != width:
            pad, fits = _pad(stripped, cells, width, delimiter)
            self._misshapen += not fits
            usable = usable and fits
        self._records.append(self._blank + stripped)
        self._pads.append(pad)
        self._ends.append(record[len(stripped) :])
        self._blank = ""
        for column, at in zip(self._cells, self._columns, strict=True):
            column.append(cells[at] if usable else None)

    def piece(self, cursor: int) -> Piece:
        """The records as a piece."""
        rows = TextRows(
            self._records, self._pads, self._ends, self._blank, self._header, self._dialect
        )
        lon, lat = self._coordinates()
        return Piece(rows, lon, lat, cursor, self._misshapen)

    def _coordinates(self) -> Pair:
        if len(self._cells) == 1:
            return from_wkt(self._cells[0])
        return from_text(self._cells[0]), from_text(self._cells[1])


def _pad(record: str, cells: list[str], width: int, delimiter: str) -> tuple[str, bool]:
    """What brings the code of a row of another width under its column, and whether it does."""
    if len(cells) < width:
        return delimiter * (width + 1 - len(cells)), True
    ends_empty = len(cells) == width + 1 and record.endswith(delimiter)
    return ("", True) if ends_empty else (delimiter, False)


def quoted(label: str, delimiter: str) -> str:
    """A cell of a CSV file, quoted where it must be."""
    if any(mark in label for mark in (delimiter, '"', "\r", "\n")):
        return '"' + label.replace('"', '""') + '"'
    return label


def _unmarked(path: Path, encoding: str) -> tuple[bytes, str]:
    """The byte order mark of a file, and an encoding that neither expects nor writes one."""
    if codecs.lookup(encoding).name != "utf-16":
        return _MARKS.get(codecs.lookup(encoding).name, (b"", encoding))
    with path.open("rb") as stream:
        mark = stream.read(2)
    if mark not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise CallError(
            f"{path.name} 没有字节序标记：请写 --encoding utf-16-le 或 utf-16-be",
            f"{path.name} has no byte order mark: say --encoding utf-16-le or utf-16-be",
        )
    return mark, "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"


def _text(path: Path, encoding: str, at: int) -> TextIOWrapper:
    stream = path.open("rb")
    stream.seek(at)
    return TextIOWrapper(stream, encoding=encoding, newline="")
