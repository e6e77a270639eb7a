"""Plain files balanced, without a database: tables read behind the walls of the intake, a plan
written.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from gridmap.balancing import BalancedPlan, balance
from gridmap.errors import CallError, DataError
from gridmap.geo.crs import STORED, Crs, geometries_to_stored
from gridmap.ingest.geometry import points
from gridmap.ingest.readers.opening import open_source
from gridmap.plans.balancing.model import Mode, Size, load_of
from gridmap.plans.files import crs_of, folder_of

_MOST_ROWS = 3_000_000
_LON, _LAT = "lon", "lat"


@dataclass(frozen=True)
class Files:
    """What is balanced: names of files; `crs` is that of files that tell none."""

    buildings: str
    territory: str | None = None
    barriers: str | None = None
    facilities: str | None = None
    crs: str | None = None


@dataclass(frozen=True)
class Columns:
    """What the columns of the buildings are called; None takes the usual name, if it is there."""

    weight: Mapping[str, float]
    within: str | None = "village"
    unit: str | None = "compound"
    current: str | None = "present"


def balance_files(
    files: Files,
    columns: Columns,
    out: Path,
    *,
    size: Size,
    mode: Mode,
    seed: int = 0,
    prove_s: float = 0.0,
    locked: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> BalancedPlan:
    """Balance the buildings of a file, and write the grids into another one.

    A GeoPackage gets the layers `grids`, `assignment` (the buildings with `grid_code`, the one they
    go to) and `moves`; Parquet and GeoJSON the grids alone.

    Raises:
        CallError, DataError: a file or a column cannot be taken, or as `gridmap.balance`.
    """
    write = _writer_for(out)
    buildings = read_table(files.buildings, files.crs)
    others = {
        name: None if file is None else read_table(file, files.crs)
        for name, file in (
            ("territory", files.territory),
            ("barriers", files.barriers),
            ("facilities", files.facilities),
        )
    }
    plan = balance(
        buildings, weight=load_of(columns.weight), within=columns.within, unit=columns.unit,
        current=columns.current, size=size, mode=mode, seed=seed, prove_s=prove_s, locked=locked,
        progress=progress, **others,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(dir=folder_of(out), prefix=".gridmap-") as inner:
        part = Path(inner) / f"part{out.suffix.lower()}"
        write(plan, buildings, part)
        part.replace(out)
    return plan


def read_table(file: str, crs: str | None = None) -> gpd.GeoDataFrame:
    """The rows of a file, numbered as a person counts them, in the file's CRS.

    GCJ-02 and BD-09 are undone. A file without shapes has its points in the columns lon and lat.

    Args:
        crs: as for `gridmap load`; may be left out where the file tells it.

    Raises:
        CallError: no such file, no shapes in it, or its CRS is not told, or told otherwise.
        DataError: broken, hostile or too large, or with shapes that cannot be read.
    """
    name = Path(file).name
    numbers: list[int] = []
    columns: dict[str, list[object]] = {}
    shapes = []
    with closing(open_source(file)) as source:
        is_located = source.has_geometry
        if not is_located and not {_LON, _LAT} <= set(source.columns):
            raise CallError(
                f"{name} 没有图形，也没有 {_LON}、{_LAT} 两列",
                f"{name} has no shapes, nor the columns {_LON} and {_LAT}",
            )
        chosen = crs_of(source, crs, name)
        for batch in source.batches():
            if batch.unreadable:
                at, reason = min(batch.unreadable.items())
                number = batch.numbers[at]
                raise DataError(
                    f"{name} 第 {number} 行：{reason.zh}", f"{name} row {number}: {reason.en}"
                )
            numbers += batch.numbers
            if len(numbers) > _MOST_ROWS:
                raise DataError(
                    f"{name} 超过 {_MOST_ROWS:,} 行", f"{name} has over {_MOST_ROWS:,} rows"
                )
            for column, cells in batch.columns.items():
                columns.setdefault(column, []).extend(cells)
            shapes.append(batch.geometry if is_located else _points(batch.columns))
    return _table(numbers, columns, np.concatenate([np.empty(0, object), *shapes]), chosen)


def _points(columns: Mapping[str, Sequence[Any]]) -> Any:
    lon, lat = ([*pd.to_numeric(pd.Series(columns[name]), "coerce")] for name in (_LON, _LAT))
    return points(lon, lat)


def _table(
    numbers: list[int], columns: Mapping[str, list[object]], shapes: Any, crs: Crs
) -> gpd.GeoDataFrame:
    epsg = crs.epsg
    if epsg is None or crs.is_geographic:
        shapes, epsg = geometries_to_stored(shapes, crs), STORED
    table = pd.DataFrame(columns, index=pd.Index(numbers, name="row")).infer_objects()
    return gpd.GeoDataFrame(table, geometry=shapely.force_2d(shapes), crs=epsg)


def _writer_for(out: Path) -> Callable[[BalancedPlan, gpd.GeoDataFrame, Path], None]:
    writer = _WRITERS.get(out.suffix.lower())
    if writer is None:
        known = "、".join(_WRITERS)
        raise CallError(
            f"方案写成 {known}，给出的是 {out.name}",
            f"a plan is written as {', '.join(_WRITERS)}, given was {out.name}",
        )
    folder_of(out)
    return writer


def _write_gpkg(plan: BalancedPlan, buildings: gpd.GeoDataFrame, out: Path) -> None:
    spots = buildings.geometry.representative_point().reindex(plan.assignment.index)
    rows = buildings.reindex(plan.assignment.index).drop(columns=buildings.geometry.name)
    rows = rows.assign(row=rows.index, grid_code=plan.assignment)
    assignment = gpd.GeoDataFrame(rows, geometry=spots.to_numpy(), crs=buildings.crs)
    moves = plan.moves
    where = spots.reindex(moves["building"]).to_numpy()
    moved = gpd.GeoDataFrame(moves, geometry=where, crs=buildings.crs)
    for layer, table in (("grids", plan.grids), ("assignment", assignment), ("moves", moved)):
        pyogrio.write_dataframe(table, out, layer=layer, driver="GPKG", append=out.exists())


def _write_geojson(plan: BalancedPlan, buildings: gpd.GeoDataFrame, out: Path) -> None:
    pyogrio.write_dataframe(plan.grids.to_crs(STORED), out, layer="grids", driver="GeoJSON")


def _write_parquet(plan: BalancedPlan, buildings: gpd.GeoDataFrame, out: Path) -> None:
    plan.grids.to_parquet(out, index=False)


_WRITERS = {".gpkg": _write_gpkg, ".parquet": _write_parquet, ".geojson": _write_geojson}
