"""Grids as a file that QGIS edits, and such a file read back behind the walls of the intake."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gridmap.errors import CallError, DataError
from gridmap.export.layers import Layer, layer_named
from gridmap.export.writers import writer_for
from gridmap.geo.crs import Crs, contradiction, from_written, parse_crs
from gridmap.ingest.batch import Batch, Source
from gridmap.ingest.geometry import bad_shape, check_batch
from gridmap.ingest.readers.opening import open_source
from gridmap.ingest.sandbox import repair
from gridmap.plans.networks import Share
from gridmap.profiles import Message

KINDS = (".gpkg", ".geojson")
FIELDS = ("name", "kind", "management_level", "responsible_body")
"""What may be changed in the file beside the shape."""

_MOST_GRIDS = 20_000
_MOST_TOLD = 10
_LONGEST = 100
_POLYGONS = frozenset({"Polygon", "MultiPolygon"})


@dataclass(frozen=True)
class DrawnGrid:
    """A row of a file: the code it bears (None: a new grid), its MultiPolygon, its FIELDS.

    `mended`: the shape in the file was not valid, this is what was made of it.
    """

    row: int
    code: str | None
    shape: Any
    fields: Mapping[str, str | None] = field(default_factory=dict)
    mended: bool = False


def write_grids(rows: Sequence[Mapping[Any, Any]], out: Path) -> int:
    """Grids into a GeoPackage or GeoJSON, whole or not at all; returns how many.

    Args:
        rows: columns by name, with `wkb`, EPSG:4490; a GeoPackage keeps every bit of it.

    Raises:
        CallError: another kind of file, or there is no such folder.
    """
    if out.suffix.lower() not in KINDS:
        raise CallError(
            f"草案导出为 {'、'.join(KINDS)}，给出的是 {out.name}",
            f"a draft is exported to {' or '.join(KINDS)}, given was {out.name}",
        )
    folder = folder_of(out)
    names = [name for name in rows[0] if name != "wkb"] if rows else ["code", *FIELDS]
    table = pd.DataFrame({name: [row[name] for row in rows] for name in names}, dtype=object)
    table["geometry"] = np.array([shapely.from_wkb(bytes(row["wkb"])) for row in rows], object)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".gridmap-") as inner:
        part = Path(inner) / f"part{out.suffix.lower()}"
        writer_for(out)(table, layer_named("grids"), "UTC", part)
        part.replace(out)
    return len(rows)


def folder_of(out: Path) -> Path:
    """The folder that a file is to be written into.

    Raises:
        CallError: there is none.
    """
    folder = out.absolute().parent
    if not folder.is_dir():
        raise CallError(
            f"目录 {folder} 不存在，请先建立", f"the folder {folder} does not exist: make it first"
        )
    return folder


def crosswalk_writer(out: Path) -> Callable[[Sequence[Share]], None]:
    """What writes where old grids went to CSV, Excel or Parquet, by how the name ends.

    Raises:
        CallError: another kind of file, or there is no such folder.
    """
    writer, _ = writer_for(out), folder_of(out)

    def write(rows: Sequence[Share]) -> None:
        table = pd.DataFrame([asdict(row) for row in rows], dtype=object)
        writer(table, Layer("crosswalk"), "UTC", out)

    return write


def read_grids(
    file: str,
    crs: str | None = None,
    layer: str | None = None,
    code: str = "code",
    fields: Sequence[str] = FIELDS,
) -> list[DrawnGrid]:
    """The grids in a file, in EPSG:4490; read by the confined readers of the intake.

    Args:
        crs: as for `gridmap load`; may be left out where the file tells it.
        layer: the layer in a GeoPackage that holds several.
        code: the column with the codes.
        fields: the columns that are read beside it, where the file has them.

    Raises:
        CallError: no such file, or its CRS is not told, or told otherwise.
        DataError: broken or hostile, without that column, or with rows that cannot be taken: says
            which and why.
    """
    with closing(open_source(file, layer)) as source:
        name = Path(file).name
        if not source.has_geometry or code not in source.columns:
            there = ", ".join(source.columns[:_MOST_TOLD])
            raise DataError(
                f"{name} 没有图形，或没有编码列 {code}（文件的列：{there or '无'}）：请补上",
                f"{name} has no shapes, or no column {code} with the codes of grids (its columns:"
                f" {there or 'none'}): add what is missing",
            )
        chosen = crs_of(source, crs, name)
        found: list[DrawnGrid] = []
        wrong: list[tuple[int, Message]] = []
        for batch in source.batches():
            if len(found) + len(batch) > _MOST_GRIDS:
                raise DataError(
                    f"{name} 超过 {_MOST_GRIDS:,} 行，不像是网格图层",
                    f"{name} has more than {_MOST_GRIDS:,} rows: that is no layer of grids",
                )
            grids, bad = _taken(batch, chosen, code, fields)
            found += grids
            wrong += bad
    if wrong:
        raise _refusal(name, wrong)
    return found


def crs_of(source: Source, named: str | None, name: str) -> Crs:
    """The CRS of an opened file: the one that is named, else the one written in it.

    Raises:
        CallError: neither tells, or they contradict one another.
    """
    if named is not None:
        crs = parse_crs(named)
        other = contradiction(crs, source.crs)
        if other is None:
            return crs
        raise CallError(
            f"{name} 写明的坐标系是 {other}，与 --crs {named} 不符",
            f"the CRS written in {name} is {other}, which contradicts --crs {named}",
        )
    known = None if source.crs is None else from_written(source.crs)
    if known is None:
        raise CallError(
            f"{name} 没有写明坐标系：请用 --crs 给出，如 EPSG:4490",
            f"{name} does not tell its CRS: give it with --crs, such as EPSG:4490",
        )
    return known


def _taken(
    batch: Batch, crs: Crs, column: str, wanted: Sequence[str]
) -> tuple[list[DrawnGrid], list[tuple[int, Message]]]:
    """The grids of a batch, and the rows that cannot be taken."""
    shapes = batch.geometry
    assert shapes is not None
    placed = check_batch(shapes, crs, _POLYGONS, required=True, multi=True, bounds=None)
    problems = {**placed.problems, **batch.unreadable}
    broken = [at for at in placed.invalid if at not in problems]
    for at, mended in zip(broken, repair([placed.geometries[i] for i in broken]), strict=True):
        if mended is None:
            problems[at] = bad_shape(placed.geometries[at])
        placed.geometries[at] = mended
    columns = {name: batch.columns[name] for name in wanted if name in batch.columns}
    grids = []
    for at, number in enumerate(batch.numbers):
        fields = {name: _text(cells[at]) for name, cells in columns.items()}
        long = [name for name, value in fields.items() if value and len(value) > _LONGEST]
        if long:
            problems[at] = Message(
                f"{long[0]} 超过 {_LONGEST} 个字", f"{long[0]} is longer than {_LONGEST}"
            )
        if at not in problems:
            shape = placed.geometries[at]
            own = _text(batch.columns[column][at])
            grids.append(DrawnGrid(number, own, shape, fields, mended=at in broken))
    return grids, [(batch.numbers[at], reason) for at, reason in sorted(problems.items())]


def _text(cell: object) -> str | None:
    """A cell as text; None where it is empty, as programs write nothing in many ways."""
    if cell is None or cell != cell:
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip() or None


def _refusal(name: str, wrong: Sequence[tuple[int, Message]]) -> DataError:
    def told(language: str) -> Iterator[str]:
        for number, reason in wrong[:_MOST_TOLD]:
            text = getattr(reason, language)
            yield f"第 {number} 行：{text}" if language == "zh" else f"row {number}: {text}"

    more = len(wrong) - _MOST_TOLD
    rest = (f"；另有 {more} 行", f"; and {more} more") if more > 0 else ("", "")
    return DataError(
        f"{name} 有不能采用的行，没有导入：{'；'.join(told('zh'))}{rest[0]}",
        f"{name} has rows that cannot be taken, nothing was imported:"
        f" {'; '.join(told('en'))}{rest[1]}",
    )
