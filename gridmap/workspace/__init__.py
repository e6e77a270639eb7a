"""The analyst's way in: `gridmap.connect()` gives a Workspace, it gives GeoDataFrames and maps."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeAlias
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, Engine

from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas.store import read_deployment
from gridmap.cluster import APP, Cluster
from gridmap.db import CRS, Actor, engine_for, sql, transaction
from gridmap.errors import CallError, ClusterError, DataError
from gridmap.heatmap.frames import midnight
from gridmap.heatmap.render import Backdrop, OfflineMap
from gridmap.heatmap.selection import Selection
from gridmap.heatmap.store import outlines
from gridmap.schema import revision
from gridmap.settings import read_settings
from gridmap.workspace.maps import draw_map

Day: TypeAlias = date | str | None
Codes: TypeAlias = str | Sequence[str] | None

_OUTLINE_TOLERANCE = 0.00005
_COUNTS = ("buildings", "dwellings", "grids", "households", "incidents", "n", "residents")
_NUMBERS = dict.fromkeys((*_COUNTS, "cell_x", "cell_y"), "int64") | {
    "area_m2": "float64",
    "floors": "Int16",
}
_LEAST_CELL_M, _MOST_CELL_M = 10, 100_000


def connect(url: str | None = None, *, actor: Actor = ADMINISTRATOR) -> "Workspace":
    """Open the database for questions.

    Args:
        url: a libpq address; None for `GRIDMAP_DATABASE_URL`, or the embedded PostGIS.
        actor: in whose name everything is read.

    Raises:
        ClusterError: the embedded PostGIS does not run; tells how to start it.
        Unavailable: the server does not answer.
        DataError: the database has no county yet.
    """
    settings = read_settings()
    address = url or settings.database_url
    if address is None:
        cluster = Cluster(settings)
        if cluster.state() != "running":
            raise ClusterError(
                f"内嵌数据库没有运行（{settings.home}）：请先运行 gridmap up",
                f"the embedded PostGIS in {settings.home} does not run: run `gridmap up` first",
            )
        address = cluster.url(APP)
    # One's own address is taken as it is: its login may be one that only reads.
    role = APP if url is None else None
    return Workspace(engine_for(address, pool_size=2, role=role), actor)


class Workspace:
    """One database, read in the name of one actor.

    Every GeoDataFrame is in EPSG:4490 (CGCS2000 longitude, latitude, degrees), its areas in m² of
    the county's Gauss–Krüger zone. None has a personal column: residents are counted, not listed.
    Days are dates or text as "2025-03-01"; both ends of a period are included.

    Attributes:
        county: its name.
        zone: its time zone.
        area_crs: EPSG code of its Gauss–Krüger zone, for lengths and areas in metres.
    """

    def __init__(self, engine: Engine, actor: Actor) -> None:
        self._engine = engine
        self._actor = actor
        with transaction(engine, actor) as connection:
            deployment = read_deployment(connection) if revision(engine) else None
        if deployment is None:
            engine.dispose()
            raise DataError(
                "数据库里还没有县域数据：请先运行 gridmap demo kelan，或用 gridmap load 装入",
                "this database has no county yet: run `gridmap demo kelan`, or `gridmap load`",
            )
        self.county: str = deployment["profile"]["title"]
        self.zone = ZoneInfo(deployment["time_zone"])
        self.area_crs: int = deployment["area_srid"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __repr__(self) -> str:
        return f"<gridmap workspace: {self.county}>"

    def grids(self, as_of: Day = None) -> gpd.GeoDataFrame:
        """The grids in force on a day (today by default), one row each, by code.

        Columns: code, name, kind (general, special, micro), area_kind (urban, rural),
        village_code, village, township_code, township, area_m2, buildings, households, residents
        (as they are now), incidents (that were given this grid), valid_from, valid_to, geometry.
        """
        frame = self._read("grids", day=self._day(as_of), today=self._day(None))
        for name in ("valid_from", "valid_to"):
            frame[name] = pd.to_datetime(frame[name])
        return frame

    def villages(self, as_of: Day = None) -> gpd.GeoDataFrame:
        """The villages and communities of a day, by code.

        Columns: code, name, kind, parent_code and parent (the township), area_m2, grids, geometry.
        """
        return self._read("units", level="community_level", day=self._day(as_of))

    def townships(self, as_of: Day = None) -> gpd.GeoDataFrame:
        """The townships and subdistricts of a day, by code; columns as of `villages`."""
        return self._read("units", level="township_level", day=self._day(as_of))

    def buildings(self) -> gpd.GeoDataFrame:
        """All buildings, by code.

        Columns: code, name, address, kind, floors, grid_code and village_code (missing outside
        every grid), dwellings, households, residents, geometry (polygons or points).
        """
        return self._read("buildings")

    def incidents(
        self,
        since: Day = None,
        until: Day = None,
        category: Codes = None,
        status: Codes = None,
    ) -> gpd.GeoDataFrame:
        """The incidents reported from `since` to `until`, by time.

        Columns: code, reported_at and closed_at (in the county's time zone), channel, category,
        subcategory, status, placement (in_grid, outside, no_location), grid_code, village_code,
        township_code, geometry (points; None where placement is no_location).

        Raises:
            CallError: a day or a status that does not exist.
        """
        frame = self._read("incidents", **self._selected(since, until, category, status))
        for name in ("reported_at", "closed_at"):
            frame[name] = pd.to_datetime(frame[name], utc=True).dt.tz_convert(self.zone)
        return frame

    def heat(
        self,
        since: Day = None,
        until: Day = None,
        category: Codes = None,
        status: Codes = None,
        *,
        cell_m: float = 250,
    ) -> gpd.GeoDataFrame:
        """Located incidents counted in square cells, the empty ones left out.

        Args:
            cell_m: side of a cell in metres, laid out in the county's Gauss–Krüger zone.

        Columns: n, geometry (squares).
        """
        if not _LEAST_CELL_M <= cell_m <= _MOST_CELL_M:
            raise CallError(
                f"cell_m 应在 {_LEAST_CELL_M} 与 {_MOST_CELL_M} 米之间，收到 {cell_m}",
                f"cell_m must lie between {_LEAST_CELL_M} and {_MOST_CELL_M} m, not {cell_m}",
            )
        selected = self._selected(since, until, category, status)
        with transaction(self._engine, self._actor) as connection:
            table = _table(connection, "cells", cell_m=cell_m, srid=self.area_crs, **selected)
        west, south = table["cell_x"] * cell_m, table["cell_y"] * cell_m
        squares = shapely.box(west, south, west + cell_m, south + cell_m)
        cells = gpd.GeoDataFrame({"n": table["n"]}, geometry=squares, crs=self.area_crs)
        return cells.to_crs(CRS)

    def map(
        self,
        *layers: gpd.GeoDataFrame,
        colour: str | None = None,
        heat: gpd.GeoDataFrame | None = None,
        base: bool = True,
    ) -> OfflineMap:
        """A folium map of the county that needs no network; shows itself in a notebook.

        Args:
            layers: GeoDataFrames, from the ground up; their columns show under the pointer.
            colour: a column of numbers; layers that have it are shaded in five classes.
            heat: what `heat` returned, drawn as heat on top.
            base: draw base map, townships and grids below.

        Raises:
            CallError: no layer has the column, or there is too much to draw in one page.
        """
        backdrop = None
        if base:
            with transaction(self._engine, self._actor) as connection:
                found = outlines(connection, self._day(None), _OUTLINE_TOLERANCE)
                backdrop = Backdrop(**found)
        return draw_map(layers, colour=colour, heat=heat, backdrop=backdrop)

    def _read(self, name: str, **values: Any) -> gpd.GeoDataFrame:
        with transaction(self._engine, self._actor) as connection:
            table = _table(connection, name, **values)
        shapes = shapely.from_wkb(np.array(table.pop("geometry"), dtype=object))
        return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)

    def _selected(self, since: Day, until: Day, category: Codes, status: Codes) -> dict[str, Any]:
        selection = Selection(
            _day(since), _day(until), categories=_codes(category), statuses=_codes(status)
        )
        zone = self.zone.key
        first, last = selection.since, selection.until
        return {
            "since": midnight(first, zone) if first else None,
            "until": midnight(last + timedelta(days=1), zone) if last else None,
            "categories": list(selection.categories) or None,
            "statuses": list(selection.statuses) or None,
        }

    def _day(self, day: Day) -> date:
        return _day(day) or datetime.now(self.zone).date()


def _table(connection: Connection, name: str, **values: Any) -> pd.DataFrame:
    """The rows of one of this package's statements, columns in their order."""
    found = connection.execute(sql(f"workspace/{name}.sql"), values)
    # As tuples: pandas asks every row of another class for its nature.
    rows = [tuple(row) for row in found]
    table = pd.DataFrame.from_records(rows, columns=list(found.keys()))
    # A column without a single value tells pandas nothing about its type.
    wanted: dict[str, Any] = {column: _NUMBERS[column] for column in table if column in _NUMBERS}
    for column, dtype in table.dtypes.items():
        if dtype.kind == "O" and column not in ("geometry", *wanted):
            wanted[str(column)] = "str"
    return table.astype(wanted)


def _day(day: Day) -> date | None:
    if isinstance(day, datetime):
        return day.date()
    if not isinstance(day, str):
        return day
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise CallError(
            f"“{day}”不是日期，请写成 2025-03-01 的样子",
            f"{day!r} is no day: write it like 2025-03-01",
        ) from error


def _codes(codes: Codes) -> tuple[str, ...]:
    if codes is None:
        return ()
    return (codes,) if isinstance(codes, str) else tuple(codes)
