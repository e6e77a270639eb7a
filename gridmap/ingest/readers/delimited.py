"""CSV and its relatives: comma, tab, semicolon or bar; UTF-8, GB18030 or UTF-16."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from gridmap.errors import DataError
from gridmap.ingest.batch import BATCH_CHARACTERS, BATCH_ROWS, MAX_COLUMNS, Batch
from gridmap.ingest.readers.encoding import encoding_of
from gridmap.profiles import Message

_HEAD_CHARACTERS = 1 << 20
_ROW_CHARACTERS = 16 << 20
_FIELD_CHARACTERS = 4 << 20  # a cell may hold the WKT of a detailed outline


class DelimitedSource:
    """A delimited text file with its names in the first row."""

    has_geometry = False
    crs = None
    total: int | None = None

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        """Raises: DataError: wrong encoding, no header, too many or repeated columns."""
        self._path = path
        self._encoding = encoding_of(path, encoding)
        with path.open(encoding=self._encoding, newline="") as stream:
            head = stream.readline(_HEAD_CHARACTERS)
        if len(head) >= _HEAD_CHARACTERS:
            raise DataError(
                f"{path.name} 的第一行超过一百万个字符，不像表头",
                f"the first line of {path.name} has over a million characters, this is no header",
            )
        self._delimiter = max(",\t;|", key=head.count)
        names = next(csv.reader([head], delimiter=self._delimiter), [])
        self.columns = checked_header([name.replace("\x00", "") for name in names], path.name)

    def batches(self) -> Iterator[Batch]:
        """The rows; short ones are filled up with None, over-long ones are marked unreadable.

        Raises:
            DataError: a row or a cell without end, which is a quote never closed.
        """
        csv.field_size_limit(_FIELD_CHARACTERS)
        with self._path.open(encoding=self._encoding, newline="") as stream:
            lines = _Lines(stream, self._path.name)
            reader = csv.reader(lines, delimiter=self._delimiter)
            next(reader, None)
            rows: list[list[str]] = []
            numbers: list[int] = []
            size = 0
            try:
                for number, row in enumerate(reader, start=2):
                    lines.of_row = 0
                    if not any(row):
                        continue
                    rows.append(row)
                    numbers.append(number)
                    size += sum(map(len, row))
                    if len(rows) == BATCH_ROWS or size > BATCH_CHARACTERS:
                        yield table_batch(self.columns, numbers, rows)
                        rows, numbers, size = [], [], 0
            except csv.Error as error:
                line = reader.line_num
                raise DataError(
                    f"{self._path.name} 第 {line} 行附近无法读取：可能有没闭合的引号（{error}）",
                    f"{self._path.name} cannot be read near line {line}:"
                    f" perhaps a quote is never closed ({error})",
                ) from error
            if rows:
                yield table_batch(self.columns, numbers, rows)

    def close(self) -> None:
        """Nothing is held open between batches."""


class _Lines:
    """The lines of a text, while those of one row are not too long: a cell may hold several."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream, self._name = stream, name
        self.of_row = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._stream.readline(_ROW_CHARACTERS + 1):
            self.of_row += len(line)
            if self.of_row > _ROW_CHARACTERS:
                raise DataError(
                    f"{self._name} 有一行超过 {_ROW_CHARACTERS:,} 个字符，不像表格",
                    f"a row of {self._name} has over {_ROW_CHARACTERS:,} characters:"
                    " this is no table",
                )
            yield line


def checked_header(names: list[str], file: str) -> list[str]:
    """The column names of a table, blanks stripped; empty ones get a letterless name.

    Raises:
        DataError: none at all, too many, or two of the same name.
    """
    if not any(name.strip() for name in names):
        raise DataError(f"{file} 第一行没有列名", f"the first row of {file} has no column names")
    if len(names) > MAX_COLUMNS:
        raise DataError(
            f"{file} 有 {len(names):,} 列，最多 {MAX_COLUMNS:,} 列",
            f"{file} has {len(names):,} columns, at most {MAX_COLUMNS:,} are read",
        )
    stripped = [name.strip() or f"#{i}" for i, name in enumerate(names, start=1)]
    repeated = sorted({name for name in stripped if stripped.count(name) > 1})
    if repeated:
        raise DataError(
            f"{file} 有重名的列：{', '.join(repeated)}",
            f"{file} has columns of the same name: {', '.join(repeated)}",
        )
    return stripped


def table_batch(columns: list[str], numbers: list[int], rows: list[list[str]]) -> Batch:
    """Rows of cells as a batch of columns."""
    width = len(columns)
    unreadable = {
        i: Message(
            f"这一行有 {len(row)} 个单元格，表头只有 {width} 列",
            f"this row has {len(row)} cells, the header {width}",
        )
        for i, row in enumerate(rows)
        if len(row) > width and any(row[width:])
    }
    filled = [row[:width] + [None] * (width - len(row)) for row in rows]
    by_column: list[list[object]] = [list(cells) for cells in zip(*filled, strict=True)]
    return Batch(numbers, dict(zip(columns, by_column, strict=True)), None, unreadable)
