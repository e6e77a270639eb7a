"""Rows that a confined child process reads and sends as an Arrow stream."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from gridmap.errors import DataError
from gridmap.geo.wkb import read_wkb
from gridmap.ingest.batch import MAX_COLUMNS, Batch
from gridmap.ingest.sandbox import Confined, died
from gridmap.profiles import Message

UNREADABLE = Message("图形数据无法读取（WKB 损坏）", "the geometry cannot be read (broken WKB)")


class ArrowSource:
    """A child process, its head already read, and the rows it sends after.

    Subclasses find the geometry column and the CRS in the head.
    """

    crs: Any = None
    geometry: str | None = None

    def __init__(self, name: str, program: str, *arguments: str) -> None:
        """`name` is what the user calls the file.

        Raises:
            DataError: the child died, or the file has too many columns.
        """
        self.name = name
        self._child = Confined(program, *arguments)
        try:
            self.head = self._read_head()
            self.columns: list[str] = self.head["columns"]
            self.total: int | None = self.head["total"]
            self.understand()
        except BaseException:
            self.close()
            raise

    def understand(self) -> None:
        """Find the geometry and the CRS in the head."""

    def explain(self, error: str, detail: str) -> Exception:
        """The exception for an error that the child names."""
        return DataError(
            f"{self.name} 已损坏或无法读取：{detail}",
            f"{self.name} is broken or cannot be read: {detail}",
        )

    @property
    def has_geometry(self) -> bool:
        """Whether there is a column of WKB."""
        return self.geometry is not None

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
            raise died(self.name) from error
        if self._child.has_died():
            raise died(self.name)

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def _batch(self, table: pa.RecordBatch, first: int) -> Batch:
        columns = {name: table.column(name).to_pylist() for name in self.columns}
        batch = Batch(list(range(first, first + table.num_rows)), columns)
        if self.geometry is not None:
            batch.geometry, unread = read_wkb(table.column(self.geometry).to_pylist())
            batch.unreadable = dict.fromkeys(unread, UNREADABLE)
        return batch

    def _read_head(self) -> dict[str, Any]:
        line = self._child.line()
        if not line:
            raise died(self.name)
        head: dict[str, Any] = json.loads(line)
        if "error" in head:
            raise self.explain(head["error"], str(head.get("detail")))
        count = len(head["columns"])
        if count > MAX_COLUMNS:
            raise DataError(
                f"{self.name} 有 {count:,} 列，最多 {MAX_COLUMNS:,} 列",
                f"{self.name} has {count:,} columns, at most {MAX_COLUMNS:,} are read",
            )
        return head
