"""What a file of points is to the assignment: pieces of some rows, each with its coordinates."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyproj

from gridmap.assign.coordinates import Floats

PIECE_ROWS = 1 << 20
PIECE_BYTES = 32 << 20


class Rows(Protocol):
    """The rows of a piece as the file has them."""

    def table(self) -> pa.Table:
        """The rows as Arrow columns, in the order of the file."""


@dataclass(frozen=True)
class Piece:
    """Some rows in a row: `lon` and `lat` (float64, NaN where missing) in the CRS of the file.

    `cursor` is where the next piece begins, in the file's own measure. `misshapen` marks rows
    whose cells do not fit the header.
    """

    rows: Rows
    lon: Floats
    lat: Floats
    cursor: int
    misshapen: int = 0


class PointsFile(Protocol):
    """An opened file of points.

    A file may hold shapes and yet have its coordinates read from two columns.
    """

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns, with the metadata of the file."""

    @property
    def geometry(self) -> str | None:
        """The name of the WKB column, None where there is none."""

    @property
    def crs(self) -> pyproj.CRS | None:
        """The CRS of the WKB column; None where there is none, or the file does not say."""

    @property
    def has_columns(self) -> bool:
        """Whether coordinates are read from columns, as against the geometry."""

    @property
    def codec(self) -> str:
        """How a Parquet file of these rows is compressed."""

    @property
    def total(self) -> int | None:
        """The cursor at the end."""

    def pieces(self, cursor: int = 0) -> Iterator[Piece]:
        """The rows from a cursor on; from 0 there is at least one piece, perhaps without rows."""

    def close(self) -> None:
        """Let go of the file."""
