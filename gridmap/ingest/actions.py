"""Loading a file into a layer: one intent, one transaction, every row accounted for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import Connection, Engine

from gridmap.areas.store import read_deployment
from gridmap.db import CRS, Actor, transaction
from gridmap.errors import CallError
from gridmap.geo.crs import Crs, contradiction, from_written, parse_crs
from gridmap.incidents import store as incidents
from gridmap.ingest import store
from gridmap.ingest.batch import Batch, Problem, Source
from gridmap.ingest.checks import Checked, Checker
from gridmap.ingest.columns import Mapped, map_columns
from gridmap.ingest.geometry import bad_shape
from gridmap.ingest.layers import Layer, layer_named
from gridmap.ingest.plans import PlanChoice, merge_grids
from gridmap.ingest.readers.opening import open_source
from gridmap.ingest.rejects import RejectBook
from gridmap.ingest.report import LoadReport
from gridmap.ingest.sandbox import repair
from gridmap.premises import store as premises
from gridmap.profiles import Message, Profile

Progress = Callable[[int, int | None], None]
"""Called with the rows done so far, and all of them where the file says how many."""


@dataclass(frozen=True)
class LoadOptions:
    """How a file is to be read.

    `crs` as `parse_crs` takes it; without it the file's own counts. `columns` is ours → theirs,
    `constants` ours → one value for every row. `sheet` names a sheet or an inner layer. `rejects`
    is where the workbook of refused rows goes (default: FILE.rejects.xlsx in the working folder).
    """

    crs: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    lon: str | None = None
    lat: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    plan: PlanChoice = field(default_factory=PlanChoice)
    source: str | None = None
    rejects: Path | None = None


def load(
    engine: Engine,
    actor: Actor,
    profile: Profile,
    layer_name: str,
    path: str | Path,
    options: LoadOptions | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Load a file into a layer. Good rows go in, bad ones go to the workbook, the report adds up.

    The same file loaded again changes nothing. Nothing is ever fetched.

    Raises:
        CallError: unknown layer, CRS, column or option; a path that is no local file.
        DataError: the file as a whole cannot be read; nothing is loaded.
        Conflict: the plan of the grids clashes with one there is; nothing is loaded.
    """
    layer, wanted = layer_named(layer_name), options or LoadOptions()
    with closing(open_source(str(path), wanted.sheet, wanted.encoding)) as source:
        return _loaded(engine, actor, profile, layer, source, Path(path).name, wanted, progress)


def _loaded(
    engine: Engine,
    actor: Actor,
    profile: Profile,
    layer: Layer,
    source: Source,
    name: str,
    options: LoadOptions,
    progress: Progress | None,
) -> LoadReport:
    mapped = map_columns(
        layer,
        source.columns,
        source.has_geometry,
        options.columns,
        profile.columns.get(layer.name, {}),
        lon=options.lon,
        lat=options.lat,
        constants=options.constants,
    )
    report = LoadReport(layer.name, options.source or name)
    crs = _crs(layer, mapped, source, options.crs, report)
    rejects = options.rejects or Path.cwd() / f"{name}.rejects.xlsx"
    with RejectBook(rejects, source.columns) as book, transaction(engine, actor) as connection:
        if read_deployment(connection) is None:
            raise CallError(
                "数据库还没有县域配置：请先运行 gridmap up",
                "the database has no county yet: run `gridmap up` first",
            )
        bounds = store.county_bounds(connection)
        checker = Checker(layer, mapped, profile, crs, options.constants, bounds)
        work = _Load(connection, layer, checker, mapped, book, report, options)
        work.stage(source, progress)
        work.merge()
        store.drop_staging(connection)
        if report.inserted or report.updated:
            _place_the_rest(connection, layer, [] if work.is_located else work.ids)
    report.reasons = book.reasons
    report.rejected = book.rows
    report.rejects_path = rejects if book.rows else None
    return report


def _crs(
    layer: Layer, mapped: Mapped, source: Source, named: str | None, report: LoadReport
) -> Crs | None:
    """The CRS the coordinates are in; None for a layer without any."""
    chosen = parse_crs(named) if named is not None else None
    if layer.geometry is None or not mapped.is_located:
        return None
    written = source.crs if mapped.has_geometry else None
    if chosen is None:
        chosen = from_written(written) if written is not None else None
        if chosen is None:
            raise CallError(
                "文件没有写明坐标系：请用 --crs 指明（EPSG:编号、gcj02 或 bd09）",
                "the file does not say its CRS: name it with --crs (EPSG:number, gcj02 or bd09)",
            )
        return chosen
    against = contradiction(chosen, written)
    if against is not None:
        raise CallError(
            f"--crs {chosen.label} 与文件写明的坐标系 {against} 矛盾：请核对后改正其一",
            f"--crs {chosen.label} contradicts the CRS written in the file, {against}:"
            " check and correct one of them",
        )
    if chosen.is_shifted and written is not None:
        report.warnings.append(
            Message(
                f"文件写明 {written.name}，已按 {chosen.label} 读取",
                f"the file says {written.name}; it was read as {chosen.label}",
            )
        )
    return chosen


@dataclass
class _Load:
    """One file on its way into one layer, inside one transaction."""

    connection: Connection
    layer: Layer
    checker: Checker
    mapped: Mapped
    book: RejectBook
    report: LoadReport
    options: LoadOptions
    ids: list[int] = field(default_factory=list)
    _originals: dict[int, list[object]] = field(default_factory=dict)
    _outside: int = 0

    @property
    def _fields(self) -> list[str]:
        return [item.staged_as for item in self.checker.fields if item.name != "source"]

    @property
    def is_located(self) -> bool:
        """Whether the rows bring their place."""
        return self.layer.geometry is not None and self.mapped.is_located

    def stage(self, source: Source, progress: Progress | None) -> None:
        """Read, check and copy every batch."""
        store.prepare(self.connection, self.layer)
        store.create_staging(self.connection, self.layer)
        columns = ["row_number", *self._fields, "source", *self.layer.fixed]
        columns += ["geom"] if self.is_located else []
        for batch in source.batches():
            checked = self.checker.check(batch)
            self._repair_or_refuse(checked)
            self._refuse(batch, checked)
            store.copy_rows(self.connection, columns, self._staged(batch, checked))
            self.report.read += len(batch)
            self.report.warnings += batch.notes
            self._outside += checked.outside
            if progress is not None:
                progress(self.report.read, source.total)
        if self._outside:
            self._warn_of_outside()

    def _repair_or_refuse(self, checked: Checked) -> None:
        shapes = checked.geometries
        broken = [index for index in checked.invalid if index not in checked.problems]
        if shapes is None or not broken:
            return
        for index, mended in zip(broken, repair([shapes[i] for i in broken]), strict=True):
            if mended is None:
                checked.problems[index] = [Problem("geometry", bad_shape(shapes[index]))]
            else:
                shapes[index] = mended
                self.report.repaired += 1

    def _refuse(self, batch: Batch, checked: Checked) -> None:
        for index in sorted(checked.problems):
            number = batch.numbers[index]
            self.book.add(number, checked.problems[index], _original(batch, index))
        if self.layer.merge != "code":
            for index in checked.good():
                self._originals[batch.numbers[index]] = _original(batch, index)

    def _staged(self, batch: Batch, checked: Checked) -> Iterator[Sequence[object]]:
        """Rows for COPY: number, fields, source, fixed values, geometry as hexadecimal EWKB."""
        names = [item.name for item in self.checker.fields if item.name != "source"]
        fixed = list(self.layer.fixed.values())
        good = checked.good()
        shapes: Sequence[object] = ()
        if self.is_located and checked.geometries is not None:
            srid = shapely.set_srid(checked.geometries[np.array(good, dtype=int)], CRS)
            shapes = shapely.to_wkb(srid, hex=True, include_srid=True).tolist()
        for position, index in enumerate(good):
            row = checked.rows[index]
            line = [batch.numbers[index], *(row.get(name) for name in names)]
            line += [row.get("source") or self.report.source, *fixed]
            if self.is_located:
                line.append(shapes[position])
            yield line

    def merge(self) -> None:
        """The staged rows into the layer, by its rule."""
        merged = self._merged()
        for number, (name, reason) in sorted(merged.refused.items()):
            column = self.mapped.column_of(name)
            self.book.add(number, [Problem(column, reason)], self._originals[number])
        self.report.inserted += merged.inserted
        self.report.updated += merged.updated
        self.report.unchanged += merged.unchanged
        self.ids = merged.ids
        if self.layer.name == "incidents" and merged.ids:
            store.append_entries(self.connection, merged.ids)

    def _merged(self) -> store.Merged:
        if self.layer.merge == "grids":
            return merge_grids(self.connection, self.options.plan, self.report.source)
        if self.layer.merge == "admin_units":
            has_kind = any(item.name == "kind" for item in self.checker.fields)
            return store.merge_admin_units(self.connection, self.is_located, has_kind)
        if self.layer.merge == "postings":
            return store.merge_postings(self.connection)
        columns = [*self._fields, "source", *self.layer.fixed]
        columns += ["geom"] if self.is_located else []
        if self.layer.name == "buildings":
            self._warn_of_offset()
        merged = store.merge_by_code(self.connection, self.layer, columns)
        store.resolve_links(self.connection, self.layer)
        return merged

    def _warn_of_outside(self) -> None:
        self.report.warnings.append(
            Message(
                f"{self._outside:,} 行在本县范围之外，已照常导入：请核对坐标系",
                f"{self._outside:,} rows lie outside the county and were loaded as they are:"
                " check the CRS",
            )
        )

    def _warn_of_offset(self) -> None:
        offset_m = store.offset_from_buildings(self.connection)
        if offset_m is not None:
            self.report.warnings.append(
                Message(
                    f"与已导入的同编码建筑整体相差约 {offset_m:.0f} 米："
                    "坐标可能被纠偏两次或未纠偏，请核对 --crs",
                    f"all lie about {offset_m:.0f} m off the buildings of the same codes loaded"
                    " before: perhaps a shift was undone twice or never, check --crs",
                )
            )


def _original(batch: Batch, index: int) -> list[object]:
    return [cells[index] for cells in batch.columns.values()]


def _place_the_rest(connection: Connection, layer: Layer, ids: Sequence[int]) -> None:
    """Staged rows are placed as they go in; this places others whose grid is another one now."""
    if layer.merge == "grids":
        for name in premises.PLACED_LAYERS:
            premises.place(connection, name)
    if layer.merge in {"grids", "admin_units"}:
        incidents.place(connection)
    elif layer.name == "incidents" and ids:
        incidents.place(connection, ids)
