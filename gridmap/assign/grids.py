"""Grids of a file as an index: any format that `gridmap load` takes, in the file's own CRS."""

import hashlib
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridmap.assign.placing import DEGREES, chosen_crs
from gridmap.errors import CallError, DataError
from gridmap.geo.crs import Crs, geometries_to_stored
from gridmap.geo.index import GridIndex, Report
from gridmap.ingest.batch import Source
from gridmap.ingest.layers import layer_named
from gridmap.ingest.readers.kinds import local_file
from gridmap.ingest.readers.opening import open_source
from gridmap.profiles import Message

_SHOWN = 3


@dataclass(frozen=True)
class Grids:
    """An index in `crs`; `codes` by the positions it answers with: int64 if all are whole numbers,
    else text. `fingerprint` changes when a code or a coordinate does."""

    index: GridIndex
    crs: Crs
    codes: pa.Array
    fingerprint: str
    warnings: list[Message] = field(default_factory=list)


def read_grids(
    name: str, code: str | None, crs: str | None, sheet: str | None, points_crs: str | None
) -> Grids:
    """The grids of a file.

    Borders are straight in the file's own CRS; GCJ-02 and BD-09 are kept only where the points
    are in the same, else undone.

    Raises:
        CallError: no such column, no CRS or a contradicting one, no local file.
        DataError: a file or a grid that cannot be read.
    """
    path = local_file(name)
    with closing(_opened(name, sheet)) as source:
        if not source.has_geometry:
            raise CallError(
                f"{path.name} 没有图形：网格请用 GeoParquet、GeoJSON、GeoPackage 或 Shapefile",
                f"{path.name} has no geometry: give the grids as GeoParquet, GeoJSON, GeoPackage"
                " or Shapefile",
            )
        column = _code_column(source, code, path.name)
        system = chosen_crs(crs, source.crs, "--grids-crs", path.name)
        shapes, codes = _rows(source, column, path.name)
    if system.is_shifted and system.label != (points_crs or "").lower().replace("-", ""):
        shapes, system = geometries_to_stored(shapes, system), DEGREES
    plain = _plain(codes)
    index = GridIndex(shapes, plain)
    kind = pa.int64() if all(isinstance(one, int) for one in plain) else pa.string()
    print_ = _fingerprint(shapes, plain)
    return Grids(index, system, pa.array(plain, kind), print_, _warnings(index.report))


def _opened(name: str, sheet: str | None) -> Source:
    try:
        return open_source(name, sheet)
    except CallError as error:
        zh, en = (text.replace("--sheet", "--grids-sheet") for text in (error.zh, error.en))
        raise CallError(zh, en) from error


def _code_column(source: Source, named: str | None, file: str) -> str:
    if named is not None and named in source.columns:
        return named
    known = layer_named("grids").field("code")
    names = {column.casefold(): column for column in reversed(source.columns)}
    wanted = [] if named is not None or known is None else [name.casefold() for name in known.names]
    wanted.sort(key="id".__eq__)  # a running number only where nothing else is a code
    found = next((names[name] for name in wanted if name in names), None)
    if found is None:
        listed = ", ".join(list(source.columns)[:40]) or "-"
        asked = f"“{named}”" if named is not None else "code"
        raise CallError(
            f"{file} 里没有编码列{asked}：请用 --code 指明；有：{listed}",
            f"{file} has no column of codes ({named or 'code'}): name it with --code;"
            f" it has: {listed}",
        )
    return found


def _rows(source: Source, column: str, file: str) -> tuple[NDArray[np.object_], list[object]]:
    shapes: list[NDArray[np.object_]] = []
    codes: list[object] = []
    for batch in source.batches():
        assert batch.geometry is not None
        for at, reason in batch.unreadable.items():
            number = batch.numbers[at]
            raise DataError(
                f"{file} 第 {number} 个网格无法读取：{reason.zh}",
                f"grid {number} of {file} cannot be read: {reason.en}",
            )
        shapes.append(batch.geometry)
        codes.extend(batch.columns[column])
    if not codes:
        raise DataError(f"{file} 里没有网格", f"there are no grids in {file}")
    return np.concatenate(shapes), codes


def _plain(codes: list[object]) -> list[str | int]:
    """Codes as text or, if all are whole numbers, as numbers; missing ones the index refuses."""
    whole = [
        int(code)
        for code in codes
        if isinstance(code, int | float) and not isinstance(code, bool) and code == code // 1
    ]
    if len(whole) == len(codes) and all(abs(code) < 2**63 for code in whole):
        return list(whole)
    return [code if code is None or code != code else str(code) for code in codes]  # type: ignore[misc]


def _fingerprint(shapes: NDArray[np.object_], codes: list[str | int]) -> str:
    digest = hashlib.sha256("\0".join(map(str, codes)).encode())
    for start in range(0, len(shapes), 10_000):
        for written in shapely.to_wkb(shapes[start : start + 10_000]):
            digest.update(written or b"-")
    return digest.hexdigest()


def _warnings(report: Report) -> list[Message]:
    made = []
    if report.overlaps:
        pairs, some = len(report.overlaps), report.overlaps[:_SHOWN]
        zh = "；".join(str(overlap).split(" / ")[0] for overlap in some)
        en = "; ".join(str(overlap).split(" / ")[1] for overlap in some)
        made.append(
            Message(
                f"{pairs:,} 对网格重叠，重叠处归编码最小的网格：{zh}",
                f"{pairs:,} pairs of grids overlap; there the smallest code is taken: {en}",
            )
        )
    if report.empty:
        some_codes = ", ".join(map(str, report.empty[:_SHOWN]))
        made.append(
            Message(
                f"{len(report.empty):,} 个网格没有图形：{some_codes}",
                f"{len(report.empty):,} grids have no geometry: {some_codes}",
            )
        )
    return made
