"""Loading a file into a layer: one intent, one transaction, every row accounted for."""

from contextlib import closing
from pathlib import Path

import sqlalchemy.exc
from sqlalchemy import Connection, Engine

from gridmap.areas.store import read_deployment
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, DataError
from gridmap.geo.crs import Crs, contradiction, from_written, parse_crs
from gridmap.incidents import store as incidents
from gridmap.ingest import store
from gridmap.ingest.batch import Source
from gridmap.ingest.checks import Checker
from gridmap.ingest.columns import Mapped, map_columns
from gridmap.ingest.layers import layer_named
from gridmap.ingest.readers.opening import open_source
from gridmap.ingest.rejects import RejectBook
from gridmap.ingest.report import LoadReport
from gridmap.ingest.run import LoadOptions, Progress, Run
from gridmap.ingest.spec import Layer
from gridmap.premises import store as premises
from gridmap.profiles import Message, Profile

__all__ = ["LoadOptions", "Progress", "load"]


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
        try:
            return _loaded(engine, actor, profile, layer, source, Path(path).name, wanted, progress)
        except (sqlalchemy.exc.IntegrityError, sqlalchemy.exc.DataError) as error:
            reason = str(error.orig).splitlines()[0]
            raise DataError(
                f"数据库拒绝了这批数据，没有导入任何行：{reason}",
                f"the database refused the rows, nothing was loaded: {reason}",
            ) from error


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
        run = Run(connection, layer, checker, mapped, book, report, options)
        run.stage(source, progress)
        run.merge()
        store.drop_staging(connection)
        if report.inserted or report.updated:
            _place_the_rest(connection, run)
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


def _place_the_rest(connection: Connection, run: Run) -> None:
    """Staged rows are placed as they go in; this places others whose grid is another one now."""
    if run.layer.merge == "grids":
        for name in premises.PLACED_LAYERS:
            premises.place(connection, name)
        if run.since is not None:
            incidents.place_anew(connection, run.since)
    elif run.layer.merge == "admin_units":
        incidents.place(connection)
    elif run.layer.name == "incidents" and run.ids and not run.is_located:
        incidents.place(connection, run.ids)
