"""Reads one sheet of a workbook: read_xlsx.py PATH SHEET (may be empty).

Writes JSON lines: the head or an error, then batches of rows. Dates come as ISO text.
"""

import json
import sys
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook

BATCH_ROWS = 10_000
BATCH_CHARACTERS = 8 << 20


def main() -> None:
    """Say the head, then the rows."""
    path, name = sys.argv[1:3]
    try:
        book = CalamineWorkbook.from_path(path)
        if name and name not in book.sheet_names:
            say({"error": "missing", "detail": ", ".join(book.sheet_names[:40])})
            return
        sheet = book.get_sheet_by_name(name or book.sheet_names[0])
    except (CalamineError, OSError, IndexError) as error:
        say({"error": "broken", "detail": str(error)[:300]})
        return
    last = 0 if sheet.end is None else sheet.end[0] + 1
    rows = sheet.iter_rows()
    first = 1
    names: list[object] = []
    for row in rows:
        names = [plain(cell) for cell in row]
        if any(name != "" for name in names):
            break
        first += 1
    say({"columns": names, "first": first, "total": max(last - first, 0)})
    batch: list[list[object]] = []
    size = 0
    for row in rows:
        batch.append([plain(cell) for cell in row])
        size += sum(len(cell) if isinstance(cell, str) else 8 for cell in row)
        if len(batch) == BATCH_ROWS or size > BATCH_CHARACTERS:
            say(batch)
            batch, size = [], 0
    say(batch)


def plain(cell: object) -> object:
    """A cell as JSON has it."""
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else cell


def say(line: object) -> None:
    """One line of JSON."""
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
