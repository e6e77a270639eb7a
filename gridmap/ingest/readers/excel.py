"""Excel workbooks (.xlsx), read by a confined child process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gridmap.errors import CallError, DataError
from gridmap.ingest.batch import Batch
from gridmap.ingest.readers.archive import refuse_bomb
from gridmap.ingest.readers.delimited import checked_header, table_batch
from gridmap.ingest.sandbox import Confined, died

_LINE_BYTES = 256 << 20


class ExcelSource:
    """One sheet, the first unless named, with the names in its first row."""

    has_geometry = False
    crs = None

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        """Raises: DataError: a bomb, broken, no header. CallError: no sheet of that name."""
        refuse_bomb(path)
        self._path, self._sheet = path, sheet or ""
        self._child = Confined("read_xlsx.py", str(path.resolve()), self._sheet)
        try:
            head = self._head(self._child)
        except BaseException:
            self.close()
            raise
        names = ["" if cell is None else str(cell) for cell in head["columns"]]
        while names and not names[-1].strip():
            names.pop()
        self.columns = checked_header(names, path.name)
        self.total: int | None = int(head["total"])
        self._first = int(head["first"]) + 1

    def batches(self) -> Iterator[Batch]:
        """The rows; numbers are those a person sees at the left of the sheet.

        Raises:
            DataError: the child process did not live to the end.
        """
        first = self._first
        while line := self._child.line(_LINE_BYTES):
            cells = json.loads(line)
            rows, numbers = [], []
            for number, row in enumerate(cells, start=first):
                if any(cell not in ("", None) for cell in row):
                    rows.append(row)
                    numbers.append(number)
            first += len(cells)
            if rows:
                yield table_batch(self.columns, numbers, rows)
        if self._child.has_died():
            raise died(self._path.name)

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def _head(self, child: Confined) -> dict[str, Any]:
        line = child.line()
        if not line:
            raise died(self._path.name)
        head = json.loads(line)
        name, detail = self._path.name, head.get("detail")
        if head.get("error") == "missing":
            raise CallError(
                f"{name} 里没有工作表“{self._sheet}”；有：{detail}",
                f"{name} has no sheet {self._sheet!r}; it has: {detail}",
            )
        if "error" in head:
            raise DataError(
                f"Excel 文件 {name} 无法读取：{detail}",
                f"the workbook {name} cannot be read: {detail}",
            )
        return dict(head)
