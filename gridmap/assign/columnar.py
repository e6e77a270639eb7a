"""Rows that are Arrow columns: where their coordinates are, and how they are cut into pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from gridmap.assign.coordinates import Pair, can_be_numbers, from_column, from_wkb
from gridmap.assign.pieces import PIECE_BYTES, PIECE_ROWS, Piece
from gridmap.errors import CallError
from gridmap.ingest.spellings import LATITUDE_NAMES, LONGITUDE_NAMES


@dataclass(frozen=True)
class Table:
    """Rows that are Arrow columns already."""

    held: pa.Table

    def table(self) -> pa.Table:
        """The columns."""
        return self.held


@dataclass(frozen=True)
class Place:
    """Where the coordinates are: two columns, or the geometry."""

    geometry: str | None
    lon: str | None = None
    lat: str | None = None

    def of(self, table: pa.Table) -> Pair:
        """Coordinates of the rows of a table."""
        if self.geometry is not None:
            return from_wkb(table.column(self.geometry))
        return from_column(table.column(self.lon)), from_column(table.column(self.lat))


def named_pair(
    names: Sequence[str], lon: str | None, lat: str | None, file: str
) -> tuple[str, str] | None:
    """The columns of longitude and latitude: the ones named, else known names, else None.

    Raises:
        CallError: only one is named, or a named one does not exist.
    """
    if (lon is None) != (lat is None):
        raise CallError("--lon 和 --lat 要同时给出", "--lon and --lat go together")
    if lon is not None and lat is not None:
        for name in (lon, lat):
            if name not in names:
                listed = ", ".join(list(names)[:40])
                raise CallError(
                    f"{file} 里没有列“{name}”；有：{listed}",
                    f"{file} has no column {name!r}; it has: {listed}",
                )
        return lon, lat
    folded = {name.strip().casefold(): name for name in reversed(names)}
    east = next((folded[name] for name in LONGITUDE_NAMES if name in folded), None)
    north = next((folded[name] for name in LATITUDE_NAMES if name in folded), None)
    return None if east is None or north is None else (east, north)


def no_coordinates(names: Sequence[str], file: str) -> CallError:
    """What to say where nothing looks like coordinates."""
    listed = ", ".join(list(names)[:40]) or "-"
    return CallError(
        f"{file} 里没有认得的坐标列：请用 --lon、--lat 指明；有：{listed}",
        f"{file} has no columns known as coordinates: name them with --lon and --lat;"
        f" it has: {listed}",
    )


def find_place(
    schema: pa.Schema, geometry: str | None, lon: str | None, lat: str | None, file: str
) -> Place:
    if geometry is not None and lon is None and lat is None:
        return Place(geometry)
    pair = named_pair(schema.names, lon, lat, file)
    if pair is None:
        raise no_coordinates(schema.names, file)
    for name in pair:
        if schema.names.count(name) > 1:
            raise CallError(
                f"{file} 有不止一列“{name}”", f"{file} has more than one column {name!r}"
            )
        if not can_be_numbers(schema.field(name).type):
            raise CallError(
                f"{file} 的列“{name}”（{schema.field(name).type}）不是数",
                f"the column {name!r} of {file} ({schema.field(name).type}) holds no numbers",
            )
    return Place(None, *pair)


def piece_rows(row_bytes: int) -> int:
    """How many rows of this size are one piece."""
    return max(1_000, min(PIECE_ROWS, PIECE_BYTES // max(1, row_bytes)))


def cut(
    batches: Iterator[pa.RecordBatch],
    schema: pa.Schema,
    place: Place,
    rows: int,
    cursor: int,
    skip: int,
) -> Iterator[Piece]:
    """Pieces of so many rows each, after the first `skip` rows; `cursor` counts all rows.

    Where they begin depends on `rows` alone, not on the batches: a run that is taken up again
    makes the same pieces.
    """
    held: list[pa.RecordBatch] = []
    count, at = 0, cursor
    for whole in batches:
        batch = whole.slice(min(skip, whole.num_rows))
        skip -= whole.num_rows - batch.num_rows
        while count + batch.num_rows >= rows:
            held.append(batch.slice(0, rows - count))
            batch = batch.slice(rows - count)
            at += rows
            yield _piece(held, schema, place, at)
            held, count = [], 0
        if batch.num_rows:
            held.append(batch)
            count += batch.num_rows
    if held or at == 0:
        yield _piece(held, schema, place, at + count)


def _piece(held: list[pa.RecordBatch], schema: pa.Schema, place: Place, cursor: int) -> Piece:
    columns = [
        pa.chunked_array([batch.column(i) for batch in held], type=field.type)
        for i, field in enumerate(schema)
    ]
    table = pa.Table.from_arrays(columns, schema=schema)
    lon, lat = place.of(table)
    return Piece(Table(table), lon, lat, cursor)
