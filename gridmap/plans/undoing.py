"""Which of one's own operations is taken back next, and which is done again. Pure.

An undo is an operation that reverses another, a redo one that reverses an undo. A new operation
leaves nothing to be done again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rows = Sequence[Mapping[Any, Any]]
"""Operations, the newest first: id, kind, reverses, reversed (whether another reverses it)."""


@dataclass(frozen=True)
class Step:
    """An operation that can be reversed, and what kind of operation it stands for."""

    id: int
    operation: str


def next_undo(rows: Rows) -> Step | None:
    """The newest operation that is not taken back."""
    return next(
        (_step(row, rows) for row in rows if row["kind"] != "undo" and not row["reversed"]), None
    )


def next_redo(rows: Rows) -> Step | None:
    """The newest undo that nothing new came after."""
    for row in rows:
        if row["kind"] not in ("undo", "redo"):
            return None
        if row["kind"] == "undo" and not row["reversed"]:
            return _step(row, rows)
    return None


def _step(row: Mapping[Any, Any], rows: Rows) -> Step:
    by_id = {one["id"]: one for one in rows}
    first = row
    while first["reverses"] in by_id:
        first = by_id[first["reverses"]]
    return Step(row["id"], first["kind"])
