"""Files in, the same rows with their codes out: every format against an answer by shapely."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from gridmap.assign.actions import AssignOptions, assign_file
from gridmap.errors import CallError, DataError
from gridmap.geo.crs import bd09_from_gcj02, gcj02_from_wgs84
from tests.assign.conftest import Ground, smallest_codes


def written(ground: Ground, folder: Path, kind: str) -> Path:
    """The points in a file of that kind, with a running number and a text."""
    frame = pd.DataFrame(
        {
            "number": np.arange(len(ground.lon), dtype=np.int32),
            "text": [f"事件, {i}" for i in range(len(ground.lon))],
        }
    )
    path = folder / f"points.{kind.removeprefix('geo')}"
    if kind in ("geoparquet", "gpkg"):
        shapes = gpd.points_from_xy(ground.lon, ground.lat)
        made = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4490")
        made.to_parquet(path) if kind == "geoparquet" else pyogrio.write_dataframe(made, path)
        return path
    frame["经度"], frame["纬度"] = ground.lon, ground.lat
    frame.to_parquet(path) if kind == "parquet" else frame.to_csv(path, index=False)
    return path


def codes_in(path: Path, name: str = "grid_code") -> list:
    """The column of codes, None where there is none, in the order of the rows."""
    if path.suffix == ".parquet":
        return pq.read_table(path)[name].to_pylist()
    if path.suffix == ".csv":
        cells = pd.read_csv(path, dtype=str)[name]
    else:
        cells = pyogrio.read_dataframe(path)[name]
    return [None if pd.isna(cell) else cell for cell in cells]


@pytest.mark.parametrize("into", ["parquet", "csv", "gpkg"])
@pytest.mark.parametrize("kind", ["parquet", "geoparquet", "csv", "gpkg"])
def test_every_point_gets_the_code_that_shapely_finds(
    ground: Ground, grids_file: Path, tmp_path: Path, kind: str, into: str
) -> None:
    points, out = written(ground, tmp_path, kind), tmp_path / f"out.{into}"
    outcome = assign_file(str(points), str(grids_file), out)
    assert codes_in(out) == ground.codes
    outside = ground.codes.count(None)
    counts = outcome.counts
    assert (counts.points, counts.outside, counts.unlocated) == (len(ground.lon), outside, 0)
    assert not [path for path in tmp_path.iterdir() if path not in (points, out)]


@pytest.mark.parametrize("form", ["geojson", "gpkg", "shp", "parquet"])
def test_grids_come_in_every_form(ground: Ground, tmp_path: Path, form: str) -> None:
    points, out = written(ground, tmp_path, "parquet"), tmp_path / "out.parquet"
    grids = tmp_path / f"grids.{form}"
    if form == "parquet":
        ground.grids.to_parquet(grids)
    else:
        pyogrio.write_dataframe(ground.grids, grids)
    assign_file(str(points), str(grids), out)
    if form == "geojson":  # its writer rounds the coordinates
        expected = smallest_codes(gpd.read_file(grids), ground.lon, ground.lat)
    else:
        expected = ground.codes
    assert codes_in(out) == expected


def test_columns_keep_their_types_their_order_and_the_metadata(
    ground: Ground, grids_file: Path, tmp_path: Path
) -> None:
    path, out = tmp_path / "points.parquet", tmp_path / "out.parquet"
    n = 200
    shapes = shapely.to_wkb(shapely.points(ground.lon[:n], ground.lat[:n]))
    table = pa.table(
        {
            "tags": pa.array([["a", None]] * n),
            "kind": pa.array(["x", "y"] * (n // 2)).dictionary_encode(),
            "geometry": pa.array(shapes, pa.binary()),
            "day": pa.array([date(2026, 3, 1)] * n),
            "sum": pa.array([Decimal("1.50")] * n, pa.decimal128(9, 2)),
            "flag": pa.array([True, None] * (n // 2)),
            "small": pa.array([7] * n, pa.uint8()),
            "at": pa.array([0] * n, pa.timestamp("ms", "Asia/Shanghai")),
        }
    )
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"]}},
    }
    table = table.replace_schema_metadata({"geo": json.dumps(geo), "mine": "kept"})
    pq.write_table(table, path, row_group_size=37, compression="zstd")
    assign_file(str(path), str(grids_file), out)
    made = pq.read_table(out)
    assert made.drop_columns("grid_code").equals(pq.read_table(path), check_metadata=True)
    assert made.schema.names[-1] == "grid_code" and made.schema.field(-1).type == pa.string()
    assert made["grid_code"].to_pylist() == ground.codes[:n]
    assert pq.ParquetFile(out).metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_geopackage_keeps_its_fields_shapes_and_crs(ground: Ground, tmp_path: Path) -> None:
    points, out = tmp_path / "points.gpkg", tmp_path / "out.gpkg"
    frame = gpd.GeoDataFrame(
        {"n": np.arange(3, dtype=np.int16), "day": pd.to_datetime(["2026-01-02"] * 3)},
        geometry=[shapely.Point(113.1, 23.1), None, shapely.MultiPoint([(113.2, 23.2)])],
        crs="EPSG:4490",
    ).to_crs("EPSG:4526")
    pyogrio.write_dataframe(frame, points, layer="两会")
    grids = tmp_path / "grids.parquet"
    ground.grids.to_parquet(grids)
    outcome = assign_file(str(points), str(grids), out, AssignOptions(sheet="两会"))
    made = pyogrio.read_dataframe(out)
    assert made.crs.to_epsg() == 4526 and outcome.counts.unlocated == 1
    assert pyogrio.read_info(out)["dtypes"].tolist()[:2] == ["int16", "datetime64[ms]"]
    given = pyogrio.read_dataframe(points).geometry.values
    assert shapely.equals_exact(made.geometry.values, given)[[0, 2]].all()
    x, y = np.array([113.1, np.nan, 113.2]), np.array([23.1, np.nan, 23.2])
    assert codes_in(out) == smallest_codes(ground.grids, x, y)


def test_a_geopackage_out_of_a_table_shows_its_points_on_the_map(
    ground: Ground, grids_file: Path, tmp_path: Path
) -> None:
    points, out = written(ground, tmp_path, "csv"), tmp_path / "out.gpkg"
    assign_file(str(points), str(grids_file), out)
    made = pyogrio.read_dataframe(out)
    assert made.crs.to_epsg() == 4490
    assert made.geometry.x.tolist() == ground.lon.tolist()


def test_geoparquet_out_of_a_geopackage_opens_as_such(
    ground: Ground, grids_file: Path, tmp_path: Path
) -> None:
    points, out = written(ground, tmp_path, "gpkg"), tmp_path / "out.parquet"
    assign_file(str(points), str(grids_file), out)
    made = gpd.read_parquet(out)
    assert made.crs.to_epsg() == 4490
    assert made.geometry.x.tolist() == ground.lon.tolist()


def test_codes_that_are_numbers_stay_numbers(ground: Ground, tmp_path: Path) -> None:
    points, out = written(ground, tmp_path, "parquet"), tmp_path / "out.parquet"
    grids = ground.grids.assign(code=[int(code[1:]) for code in ground.grids["code"]])
    grids.to_parquet(tmp_path / "grids.parquet")
    assign_file(str(points), str(tmp_path / "grids.parquet"), out)
    assert pq.read_schema(out).field("grid_code").type == pa.int64()
    assert codes_in(out) == smallest_codes(grids, ground.lon, ground.lat)


@pytest.mark.parametrize("crs", ["gcj02", "bd09", "EPSG:4526"])
def test_points_in_another_crs_are_brought_to_that_of_the_grids(
    ground: Ground, grids_file: Path, tmp_path: Path, crs: str
) -> None:
    inner = np.abs(shapely.distance(
        ground.grids.geometry.boundary.union_all(), shapely.points(ground.lon, ground.lat)
    )) > 1e-7  # fmt: skip
    lon, lat = ground.lon[inner], ground.lat[inner]
    if crs == "EPSG:4526":
        moved = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4490").to_crs(crs)
        x, y = moved.x.to_numpy(), moved.y.to_numpy()
    else:
        x, y = gcj02_from_wgs84(lon, lat)
        x, y = (x, y) if crs == "gcj02" else bd09_from_gcj02(x, y)
    points, out = tmp_path / "points.parquet", tmp_path / "out.parquet"
    pd.DataFrame({"x": x, "y": y}).to_parquet(points)
    assign_file(str(points), str(grids_file), out, AssignOptions(crs=crs))
    assert codes_in(out) == [ground.codes[at] for at in np.flatnonzero(inner)]
    assert pq.read_table(out)["x"].to_pylist() == x.tolist()


def test_points_on_borders_of_projected_grids_stay_on_them(tmp_path: Path) -> None:
    x = np.array([0.1, 1 / 3, 0.7]) * 1e5 + 500_000.1
    halves = [shapely.box(x[0], 1.1, x[1], 9.7), shapely.box(x[1], 1.1, x[2], 9.7)]
    grids = gpd.GeoDataFrame({"code": ["b", "a"]}, geometry=halves, crs="EPSG:4526")
    grids.to_parquet(tmp_path / "grids.parquet")
    shapes = gpd.points_from_xy(x, [1.1, 5.0, 9.7])
    points, out = tmp_path / "points.parquet", tmp_path / "out.parquet"
    gpd.GeoDataFrame({}, geometry=shapes, crs="EPSG:4526").to_parquet(points)
    assign_file(str(points), str(tmp_path / "grids.parquet"), out)
    assert codes_in(out) == ["b", "a", "a"]


def test_grids_that_overlap_give_the_smallest_code_and_a_warning(tmp_path: Path) -> None:
    boxes = [shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2), shapely.box(9, 9, 10, 10)]
    frame = gpd.GeoDataFrame({"code": ["b", "a", "c"]}, geometry=boxes, crs="EPSG:4326")
    frame.to_parquet(tmp_path / "grids.parquet")
    points, out = tmp_path / "points.csv", tmp_path / "out.csv"
    points.write_text("lon,lat\n0.5,1\n1.5,1\n2.5,1\n")
    outcome = assign_file(str(points), str(tmp_path / "grids.parquet"), out)
    assert out.read_text() == "lon,lat,grid_code\n0.5,1,b\n1.5,1,a\n2.5,1,a\n"
    assert outcome.overlaps == 1 and "overlap" in outcome.as_text()


def test_a_column_of_that_name_is_refused_and_another_name_taken(
    ground: Ground, grids_file: Path, tmp_path: Path
) -> None:
    points, out = tmp_path / "points.csv", tmp_path / "out.csv"
    points.write_text("lon,lat,Grid_Code\n113.1,23.1,old\n")
    with pytest.raises(CallError, match="--as"):
        assign_file(str(points), str(grids_file), out)
    assign_file(str(points), str(grids_file), out, AssignOptions(name="网格"))
    assert codes_in(out, "网格") == smallest_codes(
        ground.grids, np.array([113.1]), np.array([23.1])
    )


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("into", ["parquet", "csv", "gpkg"])
def test_no_rows_make_a_file_without_rows(
    grids_file: Path, tmp_path: Path, kind: str, into: str
) -> None:
    points, out = tmp_path / f"points.{kind}", tmp_path / f"out.{into}"
    empty = pd.DataFrame({"lon": np.empty(0), "lat": np.empty(0)})
    empty.to_parquet(points) if kind == "parquet" else empty.to_csv(points, index=False)
    assert assign_file(str(points), str(grids_file), out).counts.points == 0
    assert codes_in(out) == []


def test_coordinates_that_say_nothing_are_counted_and_drop_no_row(
    grids_file: Path, tmp_path: Path
) -> None:
    points, out = tmp_path / "points.parquet", tmp_path / "out.parquet"
    lon = [113.1, None, float("nan"), float("inf"), 0.0, 999.0, 10.0]
    pd.DataFrame({"lon": lon, "lat": [23.1, 23.1, 1.0, 1.0, 0.0, 1.0, 10.0]}).to_parquet(points)
    counts = assign_file(str(points), str(grids_file), out).counts
    assert (counts.points, counts.in_grids, counts.outside, counts.unlocated) == (7, 1, 1, 5)
    assert codes_in(out)[1:] == [None] * 6


def test_a_crs_that_the_file_contradicts_is_refused(
    ground: Ground, grids_file: Path, tmp_path: Path
) -> None:
    points, out = written(ground, tmp_path, "geoparquet"), tmp_path / "out.parquet"
    with pytest.raises(CallError, match="--crs EPSG:4526 contradicts"):
        assign_file(str(points), str(grids_file), out, AssignOptions(crs="EPSG:4526"))
    with pytest.raises(CallError, match="--grids-crs EPSG:4526 contradicts"):
        assign_file(str(points), str(grids_file), out, AssignOptions(grids_crs="EPSG:4526"))
    assert not out.exists()


def test_real_incidents_get_the_areas_that_shapely_finds(shared_data: Path, tmp_path: Path) -> None:
    folder, out = shared_data / "incidents_chicago", tmp_path / "out.parquet"
    options = AssignOptions(code="community_area")
    outcome = assign_file(
        str(folder / "crimes_2018.parquet"), str(folder / "community_areas.parquet"), out, options
    )
    table = pq.read_table(out)
    areas = gpd.read_parquet(folder / "community_areas.parquet")
    lon, lat = table["Longitude"].to_numpy(), table["Latitude"].to_numpy()
    assert codes_in(out) == smallest_codes(areas, lon, lat, "community_area")
    recorded = table["CommunityArea"].to_numpy(zero_copy_only=False)
    same = recorded == table["grid_code"].to_numpy(zero_copy_only=False)
    # The police place a crime by its address, the coordinates are moved to the block.
    assert outcome.counts.points == 156_385 and same.mean() > 0.97


@pytest.mark.parametrize(
    "into",
    ["out.txt", "no/such/folder/out.csv", "x" * 247 + ".csv", "x" * 300 + ".csv", "/proc/out.csv"],
)
def test_an_output_that_cannot_be_is_refused(grids_file: Path, tmp_path: Path, into: str) -> None:
    points = tmp_path / "points.csv"
    points.write_text("lon,lat\n1,1\n")
    with pytest.raises(CallError):
        assign_file(str(points), str(grids_file), tmp_path / into)


def test_the_output_is_never_one_of_the_inputs(grids_file: Path, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("lon,lat\n1,1\n")
    (tmp_path / "link.csv").symlink_to(points)
    with pytest.raises(CallError, match="inputs"):
        assign_file(str(points), str(grids_file), tmp_path / "link.csv")
    assert points.read_text() == "lon,lat\n1,1\n"


VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer>'


@pytest.mark.parametrize("place", ["points", "grids"])
def test_files_that_point_elsewhere_are_refused(
    grids_file: Path, tmp_path: Path, place: str
) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.geojson"
    good.write_text("lon,lat\n1,1\n")
    bad.write_text(VRT.format(grids_file))
    hostile = [str(bad), "/vsicurl/http://127.0.0.1:9/a.gpkg", "http://127.0.0.1:9/a.parquet"]
    for name in [*hostile, "/vsizip/" + str(grids_file), "PG:host=127.0.0.1", "/dev/zero"]:
        files = (name, str(grids_file)) if place == "points" else (str(good), name)
        with pytest.raises((CallError, DataError)):
            assign_file(*files, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_geopackage_that_cannot_be_is_refused_before_any_work(
    grids_file: Path, tmp_path: Path
) -> None:
    points, said = tmp_path / "points.parquet", []
    columns = {"lon": [113.1], "lat": [23.1], "span": pa.array([1], pa.duration("s"))}
    pq.write_table(pa.table(columns), points)
    with pytest.raises(DataError, match=r"Write \.parquet instead"):
        assign_file(
            str(points), str(grids_file), tmp_path / "o.gpkg", progress=lambda *at: said.append(at)
        )
    assert said == [] and [path.name for path in tmp_path.iterdir()] == ["points.parquet"]


def test_columns_named_like_those_of_a_geopackage_stay(grids_file: Path, tmp_path: Path) -> None:
    points, out = tmp_path / "points.parquet", tmp_path / "o.gpkg"
    pd.DataFrame({"lon": [113.1], "lat": [23.1], "fid": ["a"], "geom": ["b"]}).to_parquet(points)
    assign_file(str(points), str(grids_file), out)
    made = pyogrio.read_dataframe(out)
    assert (made["fid"][0], made["geom"][0], made.geometry.x[0]) == ("a", "b", 113.1)


def test_a_file_read_as_a_shifted_datum_against_its_word_says_so(
    ground: Ground, grids_file: Path, tmp_path: Path
) -> None:
    points = written(ground, tmp_path, "geoparquet")
    outcome = assign_file(
        str(points), str(grids_file), tmp_path / "o.csv", AssignOptions(crs="gcj02")
    )
    assert "it was read as gcj02" in outcome.as_text()


def test_a_few_bytes_that_stand_for_gigabytes_end_the_child_only(
    grids_file: Path, tmp_path: Path
) -> None:
    points, out = tmp_path / "points.parquet", tmp_path / "o.parquet"
    text = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([("lon", pa.float64()), ("lat", pa.float64()), ("text", text)])
    with pq.ParquetWriter(points, schema, store_schema=False) as writer:
        for rows, size in ((1_000, 1), (100_000, 5_000_000)):
            keys = pa.array(np.zeros(rows, dtype=np.int32))
            texts = pa.DictionaryArray.from_arrays(keys, pa.array(["x" * size]))
            ones = pa.array(np.ones(rows))
            writer.write_table(pa.table([ones, ones, texts], schema=schema))
    assert points.stat().st_size < 1 << 20
    with pytest.raises(DataError, match="limits of memory"):
        assign_file(str(points), str(grids_file), out)
    assert not out.exists()
