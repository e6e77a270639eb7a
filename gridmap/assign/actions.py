"""Assign the points of a file to the grids of a file: one action, no database."""

import hashlib
import json
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from gridmap.assign.delimited import DelimitedPoints
from gridmap.assign.grids import Grids, read_grids
from gridmap.assign.outcome import Counts, Outcome
from gridmap.assign.outputs import (
    Coded,
    CsvOutput,
    GeopackageOutput,
    Output,
    ParquetOutput,
    Progress,
    TextOutput,
)
from gridmap.assign.parts import PartsFolder
from gridmap.assign.pieces import Piece, PointsFile
from gridmap.assign.placing import DEGREES, Move, chosen_crs, move_between, unusable
from gridmap.assign.sources import GeopackagePoints, ParquetPoints
from gridmap.errors import CallError, DataError
from gridmap.geo.crs import Crs
from gridmap.ingest.readers.kinds import FileKind, kind_of, local_file
from gridmap.profiles import Message

FORMATS = (".parquet", ".csv", ".gpkg")
_VERSION = 1  # of the parts; another one makes a run start anew
_SAMPLE_BYTES = 1 << 16
_MOST_THREADS = 8


@dataclass(frozen=True)
class AssignOptions:
    """What a call may say beside the three files.

    `name` is the column of the output; `sheet` and `grids_sheet` are layers in GeoPackages;
    `threads` 0 is as many as there are processors.
    """

    code: str | None = None
    lon: str | None = None
    lat: str | None = None
    crs: str | None = None
    grids_crs: str | None = None
    name: str = "grid_code"
    sheet: str | None = None
    grids_sheet: str | None = None
    encoding: str | None = None
    threads: int = 0


def assign_file(
    points: str,
    grids: str,
    out: Path,
    options: AssignOptions | None = None,
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
) -> Outcome:
    """Write the rows of `points` with the code of each one's grid to `out`.

    The columns keep their order and types; a point outside, or without usable coordinates, has no
    code. On a border the smallest code counts. `out` appears when it is whole; an interrupted run
    is taken up by the same call, from the parts it left beside `out`.

    Raises:
        CallError: a path, column, CRS or option that cannot be.
        DataError: a file that is broken, hostile or of a kind that is not read; a full disk.
        Conflict: another run writes the same output.
    """
    wanted = options or AssignOptions()
    target = _target(out, points, grids)
    with closing(_opened(points, wanted)) as source:
        if wanted.name.casefold() in {name.casefold() for name in source.schema.names}:
            raise CallError(
                f"{Path(points).name} 已有 {wanted.name} 列：请用 --as 给新列另取一个名字",
                f"{Path(points).name} has a column {wanted.name} already: give the new one"
                " another name with --as",
            )
        crs = _points_crs(source, wanted.crs, Path(points).name)
        found = read_grids(grids, wanted.code, wanted.grids_crs, wanted.grids_sheet, crs.label)
        output = _output(source, Coded(wanted.name, found.codes), crs, target)
        fingerprint = _fingerprint(local_file(points), found, wanted, target)
        parts = PartsFolder(target, fingerprint, say or (lambda line: None))
        run = _Run(source, found, crs, output, parts)
        return run.to_end(target, wanted.threads, progress or (lambda done, total: None))


def _target(out: Path, points: str, grids: str) -> Path:
    """The output as an absolute path, symbolic links followed."""
    target = out.expanduser().resolve()
    if target.suffix.lower() not in FORMATS:
        raise CallError(
            f"输出 {out.name} 的后缀应为 {'、'.join(FORMATS)} 之一",
            f"the output {out.name} should end in one of {', '.join(FORMATS)}",
        )
    if not target.parent.is_dir():
        raise CallError(
            f"目录 {target.parent} 不存在，请先建立",
            f"the folder {target.parent} does not exist: make it first",
        )
    try:
        is_wrong = target.exists() and not target.is_file()
    except OSError as error:
        raise CallError(
            f"不能写 {out.name}：{error.strerror}", f"cannot write {out.name}: {error.strerror}"
        ) from error
    if is_wrong:
        raise CallError(f"{target} 不是普通文件", f"{target} is no regular file")
    if target in (local_file(points).resolve(), local_file(grids).resolve()):
        raise CallError(
            "输出不能是输入文件本身：请换一个名字",
            "the output cannot be one of the inputs: give it another name",
        )
    return target


def _opened(points: str, options: AssignOptions) -> PointsFile:
    path = local_file(points)
    kind = kind_of(path)
    if options.encoding is not None and kind is not FileKind.DELIMITED:
        raise CallError("--encoding 只用于 CSV", "--encoding is for CSV files only")
    if options.sheet is not None and kind is not FileKind.GEOPACKAGE:
        raise CallError("--sheet 只用于 GeoPackage", "--sheet is for GeoPackages only")
    if kind is FileKind.PARQUET:
        return ParquetPoints(path, options.lon, options.lat)
    if kind is FileKind.GEOPACKAGE:
        return GeopackagePoints(path, options.sheet, options.lon, options.lat)
    if kind is FileKind.DELIMITED:
        return DelimitedPoints(path, options.encoding, options.lon, options.lat)
    raise CallError(
        f"点文件 {path.name} 是 {kind.value}：请给出 Parquet、GeoParquet、CSV 或 GeoPackage",
        f"the points in {path.name} are {kind.value}: give Parquet, GeoParquet, CSV or GeoPackage",
    )


def _points_crs(source: PointsFile, named: str | None, file: str) -> Crs:
    """As the file or the call says; bare columns of longitude and latitude are CGCS2000."""
    if named is None and source.has_columns:
        return DEGREES
    return chosen_crs(named, None if source.has_columns else source.crs, "--crs", file)


def _notes(source: PointsFile, crs: Crs) -> list[Message]:
    """What the file says of its CRS and was not followed."""
    if not crs.is_shifted or source.has_columns or source.crs is None:
        return []
    return [
        Message(
            f"文件写明 {source.crs.name}，已按 {crs.label} 读取",
            f"the file says {source.crs.name}; it was read as {crs.label}",
        )
    ]


def _output(source: PointsFile, coded: Coded, crs: Crs, target: Path) -> Output:
    suffix = target.suffix.lower()
    if suffix == ".parquet":
        return ParquetOutput(source, coded, source.codec)
    if suffix == ".gpkg":
        return GeopackageOutput(source, coded, crs, target.stem)
    if isinstance(source, DelimitedPoints):
        return TextOutput(source, coded)
    return CsvOutput(source, coded)


def _fingerprint(points: Path, grids: Grids, options: AssignOptions, target: Path) -> str:
    """What the parts depend on: the points by size, time and ends, the grids by all they hold."""
    status = points.stat()
    with points.open("rb") as stream:
        ends = stream.read(_SAMPLE_BYTES)
        stream.seek(max(0, status.st_size - _SAMPLE_BYTES))
        ends += stream.read(_SAMPLE_BYTES)
    said = {**asdict(options), "threads": None}
    of_points = [str(points.resolve()), status.st_size, status.st_mtime_ns]
    facts = [_VERSION, of_points, grids.fingerprint, grids.crs.label, said, target.suffix.lower()]
    digest = hashlib.sha256(json.dumps(facts).encode())
    digest.update(ends)
    return digest.hexdigest()


@dataclass(frozen=True)
class _Done:
    """A piece with its codes, ready to be a part."""

    content: bytes
    cursor: int
    counts: Counts


class _Run:
    """One file of points on its way to one output."""

    def __init__(
        self, source: PointsFile, grids: Grids, crs: Crs, output: Output, parts: PartsFolder
    ) -> None:
        self._source, self._grids, self._output, self._parts = source, grids, output, parts
        self._notes = _notes(source, crs)
        self._move: Move = move_between(crs, grids.crs)
        self._is_degrees = crs.is_geographic

    def to_end(self, target: Path, threads: int, progress: Progress) -> Outcome:
        """All parts made and put together; whatever stops this leaves `target` as it was."""
        resumed = sum(part.counts.points for part in self._parts.done)
        try:
            self._make_parts(threads or min(os.cpu_count() or 1, _MOST_THREADS), progress)
            self._finish(target, progress)
        except OSError as error:
            self._parts.leave()
            raise DataError(
                f"写不了 {target.name}：{error.strerror}。"
                f"已完成的部分留在 {self._parts.path}，再次运行即可继续",
                f"cannot write {target.name}: {error.strerror}. What is done is kept in"
                f" {self._parts.path}: run it again to go on",
            ) from error
        except BaseException:
            self._parts.leave()
            raise
        return self._outcome(target, resumed)

    def _make_parts(self, threads: int, progress: Progress) -> None:
        """Pieces are read here and worked on in threads; their parts are kept in order."""
        total = self._source.total
        waiting: deque[Future[_Done]] = deque()

        def keep() -> None:
            done = waiting.popleft().result()
            self._parts.add(done.content, done.cursor, done.counts)
            progress(done.cursor, total)

        progress(self._parts.cursor, total)
        with ThreadPoolExecutor(threads) as pool:
            for piece in self._source.pieces(self._parts.cursor):
                waiting.append(pool.submit(self._work, piece))
                if len(waiting) > threads:
                    keep()
            while waiting:
                keep()

    def _work(self, piece: Piece) -> _Done:
        x, y = self._move(piece.lon, piece.lat)
        positions = self._grids.index.assign(x, y)
        outside = positions < 0
        lost = outside & (unusable(piece.lon, piece.lat, self._is_degrees) | ~np.isfinite(x))
        unlocated = int(lost.sum())
        counts = Counts(
            points=len(positions),
            in_grids=len(positions) - int(outside.sum()),
            outside=int(outside.sum()) - unlocated,
            unlocated=unlocated,
            misshapen=piece.misshapen,
        )
        return _Done(self._output.encode(piece, positions), piece.cursor, counts)

    def _finish(self, target: Path, progress: Progress) -> None:
        whole = self._parts.whole(target.suffix.lower())
        self._output.assemble(self._parts.files, whole, progress)
        with whole.open("rb+") as stream:
            os.fsync(stream.fileno())
        whole.replace(target)

    def _outcome(self, target: Path, resumed: int) -> Outcome:
        report = self._grids.index.report
        made = Outcome(target, report.grids, len(report.overlaps), resumed=resumed)
        for part in self._parts.done:
            made.counts.add(part.counts)
        made.warnings = [*self._notes, *self._grids.warnings]
        if made.counts.misshapen:
            made.warnings.append(
                Message(
                    f"{made.counts.misshapen:,} 行的单元格比表头多，坐标不可信，未归格",
                    f"{made.counts.misshapen:,} rows have more cells than the header: their"
                    " coordinates cannot be trusted, they got no code",
                )
            )
        self._parts.discard()
        return made
