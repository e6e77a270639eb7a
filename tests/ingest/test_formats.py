"""The same rows from every kind of file, whatever its name, encoding and columns."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely

from gridmap.errors import CallError, DataError
from gridmap.geo.crs import bd09_from_gcj02, gcj02_from_wgs84
from tests.ingest.conftest import Load, buildings, shapes

Ask = Callable[[str], list[Any]]
ROWS = "SELECT code, name, address, floors, st_astext(geom, 6) FROM gridmap.buildings ORDER BY code"


def points(n: int = 3) -> gpd.GeoDataFrame:
    table = buildings(n)
    return table.assign(
        geometry=[shapely.Point(round(111.1 + i * 0.001, 3), 38.1) for i in range(n)]
    )


def flat(table: gpd.GeoDataFrame) -> pd.DataFrame:
    plain = pd.DataFrame(table.drop(columns="geometry"))
    return plain.assign(经度=table.geometry.x, 纬度=table.geometry.y)


def renamed(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(
        columns={
            "code": "编码",
            "name": "名称",
            "address": "地址",
            "kind": "类型",
            "floors": "层数",
        }
    )


def write_parquet(table: gpd.GeoDataFrame, path: Path) -> Path:
    table.to_parquet(path, row_group_size=2)
    return path


def write_plain_parquet(table: gpd.GeoDataFrame, path: Path) -> Path:
    flat(table).to_parquet(path)
    return path


def write_geojson(table: gpd.GeoDataFrame, path: Path) -> Path:
    path.write_text(table.to_json(), encoding="utf-8")
    return path


def write_bom_geojson(table: gpd.GeoDataFrame, path: Path) -> Path:
    path.write_text(table.to_json(ensure_ascii=False), encoding="utf-8-sig")
    return path


def write_gbk_geojson(table: gpd.GeoDataFrame, path: Path) -> Path:
    path.write_text(table.to_json(ensure_ascii=False), encoding="gbk")
    return path


def write_lines(table: gpd.GeoDataFrame, path: Path) -> Path:
    features = json.loads(table.to_json())["features"]
    path.write_text("\n".join(json.dumps(feature) for feature in features))
    return path


def write_gpkg(table: gpd.GeoDataFrame, path: Path) -> Path:
    made = path.with_suffix(".gpkg")
    table.to_file(made)
    return made.rename(path)


def write_shapefile(table: gpd.GeoDataFrame, path: Path) -> Path:
    renamed(table).to_file(path.with_suffix(".shp"), encoding="utf-8")
    return path.with_suffix(".shp")


def write_gbk_shapefile(table: gpd.GeoDataFrame, path: Path) -> Path:
    table.to_file(path.with_suffix(".shp"), encoding="GBK")
    path.with_suffix(".cpg").unlink()
    return path.with_suffix(".shp")


def write_lying_shapefile(table: gpd.GeoDataFrame, path: Path) -> Path:
    table.to_file(path.with_suffix(".shp"), encoding="GBK")
    path.with_suffix(".cpg").write_text("UTF-8")
    return path.with_suffix(".shp")


def write_zip(table: gpd.GeoDataFrame, path: Path) -> Path:
    shp = write_gbk_shapefile(table, path.parent / "inner.shp")
    with zipfile.ZipFile(path, "w") as archive:
        for part in ("shp", "shx", "dbf", "prj"):
            archive.write(shp.with_suffix(f".{part}"), f"楼栋/数据.{part}")
    return path


def write_csv(table: gpd.GeoDataFrame, path: Path) -> Path:
    flat(table).to_csv(path, index=False)
    return path


def write_gbk_csv(table: gpd.GeoDataFrame, path: Path) -> Path:
    renamed(flat(table)).to_csv(path, index=False, encoding="gb18030", sep=";")
    return path


def write_bom_csv(table: gpd.GeoDataFrame, path: Path) -> Path:
    renamed(flat(table)).to_csv(path, index=False, encoding="utf-8-sig", sep="\t")
    return path


def write_utf16_csv(table: gpd.GeoDataFrame, path: Path) -> Path:
    flat(table).to_csv(path, index=False, encoding="utf-16")
    return path


def write_wkt_csv(table: gpd.GeoDataFrame, path: Path) -> Path:
    plain = pd.DataFrame(table.drop(columns="geometry")).assign(
        WKT=table.geometry.to_wkt(rounding_precision=-1)
    )
    plain.to_csv(path, index=False)
    return path


def write_excel(table: gpd.GeoDataFrame, path: Path) -> Path:
    made = path.with_suffix(".xlsx")
    renamed(flat(table)).to_excel(made, index=False, startrow=2)
    return made


WRITERS = [value for name, value in sorted(globals().items()) if name.startswith("write_")]


def test_every_kind_of_file_gives_the_same_rows(town: Load, ask: Ask, folder: Path) -> None:
    assert len(WRITERS) == 17
    assert town("buildings", points()).inserted == 3
    assert ask(ROWS) == [
        (f"B{i}", f"{i} 号楼", "岚漪镇西街", 3, f"POINT({round(111.1 + i * 0.001, 3)} 38.1)")
        for i in range(3)
    ]
    for write in WRITERS:
        (folder / write.__name__).mkdir()
        path = write(points(), folder / write.__name__ / "楼栋.dat")
        report = town("buildings", path, crs="EPSG:4490")
        assert report.unchanged == 3, f"{write.__name__}: {report.as_text()}"


@pytest.mark.parametrize("write", [write_parquet, write_geojson, write_gpkg, write_shapefile])
def test_a_file_that_says_its_crs_needs_no_option(
    town: Load, ask: Ask, folder: Path, write: Callable[[gpd.GeoDataFrame, Path], Path]
) -> None:
    table = points() if write is write_geojson else points().to_crs(4546)
    assert town("buildings", write(table, folder / "f")).inserted == 3
    assert ask(
        "SELECT st_x(geom)::numeric(9, 6)::float FROM gridmap.buildings WHERE code = 'B2'"
    ) == [(111.102,)]


@pytest.mark.parametrize("write", [write_parquet, write_gpkg, write_shapefile])
def test_an_option_that_contradicts_the_file_is_refused(
    town: Load, folder: Path, write: Callable[[gpd.GeoDataFrame, Path], Path]
) -> None:
    path = write(points().to_crs(4546), folder / "f")
    with pytest.raises(CallError, match="contradicts"):
        town("buildings", path, crs="EPSG:4547")
    with pytest.raises(CallError, match="contradicts"):
        town("buildings", path, crs="gcj02")


def test_a_table_of_coordinates_needs_the_crs(town: Load, folder: Path) -> None:
    with pytest.raises(CallError, match="--crs"):
        town("buildings", write_csv(points(), folder / "f.csv"))
    with pytest.raises(CallError, match="unknown CRS"):
        town("buildings", folder / "f.csv", crs="EPSG:99999")


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
def test_shifted_coordinates_come_back_to_where_they_were(
    town: Load, ask: Ask, folder: Path, name: str
) -> None:
    table = points()
    lon, lat = gcj02_from_wgs84(table.geometry.x.to_numpy(), table.geometry.y.to_numpy())
    if name == "bd09":
        lon, lat = bd09_from_gcj02(lon, lat)
    path = folder / "f.csv"
    flat(table).assign(经度=lon, 纬度=lat).to_csv(path, index=False)
    assert town("buildings", path, crs=name).is_clean
    assert ask("SELECT max(st_distance(geom, st_point(111.1, 38.1, 4490)) - 0) < 0.0021"
               " AND min(st_distance(geom, st_point(111.1, 38.1, 4490))) < 1e-9"
               " FROM gridmap.buildings") == [(True,)]  # fmt: skip


def test_a_projected_table_is_moved_to_degrees(town: Load, ask: Ask, folder: Path) -> None:
    east, north = pyproj.Transformer.from_crs(4490, 4546, always_xy=True).transform(111.1, 38.1)
    (folder / "f.csv").write_text(f"code,x,y\nB1,{east},{north}\n")
    assert town("buildings", folder / "f.csv", crs="EPSG:4546").is_clean
    assert ask("SELECT st_astext(geom, 6) FROM gridmap.buildings") == [("POINT(111.1 38.1)",)]


def test_columns_are_named_by_flags_before_the_profile_and_the_known_names(
    town: Load, ask: Ask, folder: Path
) -> None:
    (folder / "f.csv").write_text("id,name,楼号,E,N\nX,假名,真名,111.1,38.1\n")
    options = {"columns": {"name": "楼号"}, "lon": "e", "lat": "n", "crs": "4490"}
    assert town("buildings", folder / "f.csv", **options).is_clean
    assert ask("SELECT code, name FROM gridmap.buildings") == [("X", "真名")]


def test_a_constant_stands_for_a_missing_column(town: Load, ask: Ask, folder: Path) -> None:
    (folder / "f.csv").write_text("code,x,y\nA1,111.1,38.1\n")
    options = {"crs": "4490", "constants": {"category": "路灯"}}
    assert town("assets", folder / "f.csv", **options).is_clean
    assert ask("SELECT category FROM gridmap.assets") == [("路灯",)]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"columns": {"name": "nope"}}, "no column 'nope'"),
        ({"columns": {"nope": "code"}}, "no field nope"),
        ({"constants": {"nope": "1"}}, "no field nope"),
        ({"lon": "经度"}, "go together"),
        ({"lon": "东", "lat": "北"}, "no column '东'"),
        ({"sheet": "一"}, "no sheets"),
        ({"encoding": "klingon"}, "no encoding"),
        ({"encoding": "ascii"}, "not encoded as ascii"),
    ],
)
def test_a_wrong_option_is_told_with_what_there_is(
    town: Load, folder: Path, options: dict[str, Any], told: str
) -> None:
    path = write_csv(points(), folder / "f.csv")
    with pytest.raises((CallError, DataError), match=told):
        town("buildings", path, **({"crs": "4490"} | options))


def test_a_missing_column_is_named_with_how_to_say_it(town: Load, folder: Path) -> None:
    (folder / "f.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CallError, match=r"code, geometry.*--column code=COLUMN"):
        town("buildings", folder / "f.csv", crs="4490")


def test_a_sheet_or_an_inner_layer_is_chosen_by_name(town: Load, ask: Ask, folder: Path) -> None:
    with pd.ExcelWriter(folder / "f.xlsx") as book:
        pd.DataFrame({"说明": ["无"]}).to_excel(book, sheet_name="说明", index=False)
        flat(points(2)).to_excel(book, sheet_name="楼栋", index=False)
    assert town("buildings", folder / "f.xlsx", crs="4490", sheet="楼栋").inserted == 2
    with pytest.raises(CallError, match="说明, 楼栋"):
        town("buildings", folder / "f.xlsx", crs="4490", sheet="三")
    points(3).to_file(folder / "f.gpkg", layer="a")
    points(1).to_file(folder / "f.gpkg", layer="b")
    with pytest.raises(CallError, match="a, b"):
        town("buildings", folder / "f.gpkg")
    assert town("buildings", folder / "f.gpkg", sheet="a").read == 3


def test_rows_are_numbered_as_a_person_sees_them(town: Load, folder: Path) -> None:
    table = flat(points(3)).assign(经度=[111.1, 0, 111.1], 纬度=[38.1, 0, 38.1])
    table.to_excel(folder / "f.xlsx", index=False, startrow=4)
    report = town("buildings", folder / "f.xlsx", crs="4490")
    assert report.rejects_path is not None
    found = pd.read_excel(report.rejects_path, sheet_name=1)
    assert found["行号 row"].tolist() == [7]


def test_z_is_dropped_and_single_polygons_become_multi_where_the_layer_wants(
    take: Load, ask: Ask
) -> None:
    box = shapely.force_3d(shapely.box(111, 38, 112, 39), 5.0)
    table = shapes({"code": ["140929"], "name": ["岢岚县"]}, [box])
    assert take("admin_units", table).is_clean
    assert ask("SELECT geometrytype(geom), st_ndims(geom) FROM gridmap.admin_units") == [
        ("MULTIPOLYGON", 2)
    ]
