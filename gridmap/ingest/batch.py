"""What readers hand over and what checks hand back: batches of rows, and reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import pyproj
from numpy.typing import NDArray

from gridmap.profiles import Message

BATCH_ROWS = 10_000
"""Rows read, checked and copied at a time: bounds the memory whatever the size of the file."""

BATCH_CHARACTERS = 8 << 20
"""A batch ends early when its text is longer than this: rows may be long."""

MAX_COLUMNS = 1_000
"""Columns a file may have; no layer comes near it, hostile files go far beyond."""


class Problem(NamedTuple):
    """Why a row is refused: the column of the file (or the field) and the reason."""

    column: str
    reason: Message


@dataclass
class Batch:
    """Some rows as the file has them.

    `numbers` are the rows as a person counts them in the file. `geometry` holds shapely
    geometries in the file's CRS, None where there is none; `unreadable` says, by position,
    why a geometry could not be read at all. `notes` are what a person should know of the file.
    """

    numbers: list[int]
    columns: dict[str, list[object]]
    geometry: NDArray[np.object_] | None = None
    unreadable: dict[int, Message] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.numbers)


class Source(Protocol):
    """An opened file: its column names, the CRS it carries, and its rows in batches."""

    @property
    def columns(self) -> Sequence[str]:
        """Names of the columns, without the geometry."""

    @property
    def has_geometry(self) -> bool:
        """Whether rows bring a geometry of their own, as against columns of coordinates."""

    @property
    def crs(self) -> pyproj.CRS | None:
        """The CRS written in the file; None when it carries none."""

    @property
    def total(self) -> int | None:
        """How many rows there are, when the file says so."""

    def batches(self) -> Iterator[Batch]:
        """The rows, BATCH_ROWS at most at a time."""

    def close(self) -> None:
        """Let go of the file, and of the child process that reads it."""
