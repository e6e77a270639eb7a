"""The engines: each prepares its grids and points, then assigns all points once a round.

Preparing (indexes, tables, point objects) is not timed. `round` returns how many points lie in a
grid, so that a wrong join shows. Packages are imported by the engine that needs them, because no
environment has them all; an engine whose package is missing is skipped, with the reason.
"""

import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.assign.territory import Made

Floats = NDArray[np.float64]


class Engine(Protocol):
    """What is measured."""

    def round(self) -> int:
        """Assigns every point; returns how many of them lie in a grid."""


class Copy:
    """The floor: moving as many bytes as there are in and out, 16 + 4 a point."""

    def __init__(self, made: Made, lon: Floats, lat: Floats) -> None:
        self.source = np.ones(len(lon) * 10, dtype=np.uint8)
        self.target = np.empty_like(self.source)

    def round(self) -> int:
        np.copyto(self.target, self.source)
        return -1


class Gridmap:
    """gridmap.GridIndex with the compiled kernel, one thread."""

    compiled = True

    def __init__(self, made: Made, lon: Floats, lat: Floats) -> None:
        self.index = import_module("gridmap").GridIndex(
            made.polygons, made.codes, compiled=self.compiled
        )
        self.lon, self.lat = lon, lat

    def round(self) -> int:
        return int((self.index.assign(self.lon, self.lat) >= 0).sum())


class GridmapPlain(Gridmap):
    """gridmap.GridIndex where there is no compiler."""

    compiled = False


class Geopandas:
    """geopandas.sjoin(points, grids, predicate="within")."""

    def __init__(self, made: Made, lon: Floats, lat: Floats) -> None:
        gpd = import_module("geopandas")

        self.join = gpd.sjoin
        self.grids = gpd.GeoDataFrame({"code": made.codes}, geometry=made.polygons, crs=4490)
        self.points = gpd.GeoDataFrame(geometry=shapely.points(lon, lat), crs=4490)
        self.grids.sindex.query(self.points.geometry[:10])

    def round(self) -> int:
        return len(self.join(self.points, self.grids, predicate="within"))


class Shapely:
    """An STRtree of the points, asked with the prepared polygons; the first grid answers."""

    def __init__(self, made: Made, lon: Floats, lat: Floats) -> None:
        self.polygons, self.points = made.polygons, shapely.points(lon, lat)
        shapely.prepare(self.polygons)

    def round(self) -> int:
        tree = shapely.STRtree(self.points)
        polygon, point = tree.query(self.polygons, predicate="intersects")
        first = np.full(len(self.points), len(self.polygons))
        np.minimum.at(first, point, polygon)
        return int((first < len(self.polygons)).sum())


class Duckdb:
    """DuckDB's spatial join, one thread."""

    def __init__(self, made: Made, lon: Floats, lat: Floats) -> None:
        pa = import_module("pyarrow")
        folder = Path(import_module("duckdb_extension_spatial").__path__[0]) / "extensions"
        config = {"threads": 1, "allow_unsigned_extensions": True}
        self.connection = import_module("duckdb").connect(config=config)
        self.connection.execute(f"LOAD '{next(folder.rglob('spatial.duckdb_extension'))}'")
        shapes = pa.table({"code": made.codes, "wkb": shapely.to_wkb(made.polygons)})
        places = pa.table({"lon": lon, "lat": lat})
        self.connection.register("shapes", shapes)
        self.connection.register("places", places)
        self.connection.execute(
            "CREATE TABLE grids AS SELECT code, ST_GeomFromWKB(wkb) geom FROM shapes;"
            "CREATE TABLE points AS SELECT row_number() OVER () id, ST_Point(lon, lat) geom"
            " FROM places"
        )

    def round(self) -> int:
        joined = self.connection.execute(
            "SELECT id, code FROM points JOIN grids ON ST_Intersects(grids.geom, points.geom)"
        )
        return joined.to_arrow_table().num_rows


class Sedona:
    """SedonaDB's spatial join."""

    def __init__(self, made: Made, lon: Floats, lat: Floats) -> None:
        gpd = import_module("geopandas")
        self.context = import_module("sedonadb").connect()
        frame = gpd.GeoDataFrame({"code": made.codes}, geometry=made.polygons)
        self.context.create_data_frame(frame).to_view("grids")
        points = gpd.GeoDataFrame({"id": np.arange(len(lon))}, geometry=shapely.points(lon, lat))
        self.context.create_data_frame(points).to_view("points")

    def round(self) -> int:
        joined = self.context.sql(
            "SELECT p.id, g.code FROM points p JOIN grids g"
            " ON ST_Intersects(g.geometry, p.geometry)"
        )
        return int(joined.to_arrow_table().num_rows)


class Postgis:
    """A GiST join in the embedded PostGIS, one backend; its own CPU time is what counts."""

    points_at_most = 100_000

    def __init__(self, made: Made, lon: Floats, lat: Floats) -> None:
        self.home = tempfile.TemporaryDirectory(prefix="gridmap-bench-")
        Path(self.home.name).chmod(0o755)
        settings = import_module("gridmap.settings").Settings(
            home=Path(self.home.name), database_url=None
        )
        self.cluster = import_module("gridmap.cluster").Cluster(settings)
        self.cluster.up()
        url = self.cluster.url()
        self.connection = import_module("psycopg").connect(url, autocommit=True)
        self.pid = self.connection.info.backend_pid
        run = self.connection.execute
        run("CREATE SCHEMA bench; SET search_path = bench, public")
        run("SET max_parallel_workers_per_gather = 0; SET statement_timeout = 0")
        run("CREATE TABLE grids (code text, geom geometry); CREATE TABLE points (geom geometry)")
        self._copy("grids (code, geom)", zip(made.codes, _hex(made.polygons), strict=True))
        self._copy("points (geom)", ((h,) for h in _hex(shapely.points(lon, lat))))
        run("CREATE INDEX ON grids USING gist (geom)")
        run("VACUUM ANALYZE grids, points")

    def _copy(self, table: str, rows: Any) -> None:
        with self.connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def round(self) -> int:
        found = self.connection.execute(
            "SELECT count(*) FROM (SELECT code FROM points JOIN grids"
            " ON ST_Covers(grids.geom, points.geom) OFFSET 0) joined"
        ).fetchone()
        return int(found[0])

    def close(self) -> None:
        self.connection.close()
        self.cluster.down()
        self.home.cleanup()


def _hex(shapes: Any) -> list[str]:
    return list(shapely.to_wkb(shapes, hex=True))


ENGINES: dict[str, Callable[[Made, Floats, Floats], Engine]] = {
    "copy": Copy,
    "gridmap": Gridmap,
    "gridmap-plain": GridmapPlain,
    "geopandas": Geopandas,
    "shapely": Shapely,
    "sedonadb": Sedona,
    "duckdb": Duckdb,
    "postgis": Postgis,
}
