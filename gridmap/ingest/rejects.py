"""The workbook that goes back to the sender: every refused row, its column and the reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import shapely
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from gridmap.errors import CallError
from gridmap.ingest.batch import Problem
from gridmap.ingest.spec import Field, Layer
from gridmap.profiles import Message
from gridmap.sealing import checks as personal
from gridmap.spreadsheets import inert

_ROWS_PER_SHEET = 1_000_000
_CELL_CHARACTERS = 32_000
_REASONS_LISTED = 200
_QUOTED = 60
_HEAD = ("行号 row", "列 column", "原因", "reason")


class RejectBook:
    """Writes refused rows as they come, in constant memory; the file appears with the first one.

    Cells are text and never formulas: a leading = + - @ is put behind an apostrophe.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.rows = 0
        self.reasons: Counter[Message] = Counter()
        self._columns = columns
        self._book: xlsxwriter.Workbook | None = None
        self._summary: Worksheet | None = None
        self._sheet: Worksheet | None = None
        self._sheets = 0
        self._line = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._close()

    def add(self, number: int, problems: Sequence[Problem], original: Sequence[object]) -> None:
        """One refused row of the file with all that is wrong with it, a line per problem."""
        self.rows += 1
        for problem in problems:
            self.reasons[problem.reason] += 1
            sheet = self._sheet_with_room()
            sheet.write_number(self._line, 0, number)
            cells = (problem.column, problem.reason.zh, problem.reason.en, *original)
            for position, cell in enumerate(cells, start=1):
                if cell is not None:
                    sheet.write_string(self._line, position, _harmless(cell))
            self._line += 1

    def _sheet_with_room(self) -> Worksheet:
        if self._book is None:
            self._book = _new_book(self.path)
            self._summary = self._book.add_worksheet("汇总 summary")
        if self._sheet is None or self._line > _ROWS_PER_SHEET:
            self._sheets += 1
            self._sheet = self._book.add_worksheet(f"拒收 rejects {self._sheets}")
            for position, name in enumerate((*_HEAD, *self._columns)):
                self._sheet.write_string(0, position, _harmless(name))
            self._sheet.freeze_panes(1, 0)
            self._sheet.set_column(2, 3, 48)
            self._line = 1
        return self._sheet

    def _close(self) -> None:
        if self._book is None or self._summary is None:
            return
        self._summary.set_column(0, 1, 70)
        self._summary.write_row(0, 0, ("原因", "reason", "次数 count"))
        listed = self.reasons.most_common(_REASONS_LISTED)
        for line, (reason, count) in enumerate(listed, start=1):
            self._summary.write_string(line, 0, _harmless(reason.zh))
            self._summary.write_string(line, 1, _harmless(reason.en))
            self._summary.write_number(line, 2, count)
        self._summary.write_string(len(listed) + 1, 0, "拒收行数")
        self._summary.write_string(len(listed) + 1, 1, "rows refused")
        self._summary.write_number(len(listed) + 1, 2, self.rows)
        try:
            self._book.close()
        except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
            raise _not_writable(self.path, error) from error


def guarded(
    layer: Layer, fields: Mapping[str, str], columns: Sequence[str], cells: Sequence[object]
) -> list[object]:
    """The cells of a private person's row as they may be sent around: masked, or left out.

    Args:
        fields: field of the layer → column of the file.
    """
    taken = {column: layer.field(name) for name, column in fields.items()}
    return [
        None if cell is None else _guarded(taken.get(column), str(cell))
        for column, cell in zip(columns, cells, strict=False)
    ]


def guarded_problem(problem: Problem, cell: object) -> Problem:
    """A problem whose reason repeats neither the cell nor a number that may be personal."""
    said = str(cell).strip()[:_QUOTED]
    reason = problem.reason
    if said:
        reason = Message(reason.zh.replace(said, "…"), reason.en.replace(said, "…"))
    return Problem(problem.column, personal.scrubbed_message(reason))


def _guarded(field: Field | None, cell: str) -> str:
    if field is None:
        return "（未采用 not taken）"
    if field.kind == "phone":
        return personal.masked_phone(cell)
    if field.kind == "id_number" or personal.holds_id_number(cell):
        return "****"
    if field.name == "name":
        return personal.masked_name(cell)
    return cell if field.kind == "code" else personal.scrubbed(cell)


def _new_book(path: Path) -> xlsxwriter.Workbook:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise _not_writable(path, error) from error
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    return xlsxwriter.Workbook(path, options)


def _not_writable(path: Path, error: Exception) -> CallError:
    return CallError(
        f"写不了拒收表 {path}：{error}。请用 --rejects 指定别处",
        f"cannot write the workbook of rejects {path}: {error}. Name another with --rejects",
    )


def _harmless(cell: object) -> str:
    if isinstance(cell, shapely.Geometry):
        return shapely.to_wkt(cell)[:200]
    text = str(cell)[:_CELL_CHARACTERS]
    text = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
    return inert(text)
