"""Hostile files, built for real: each gets a clear error in both languages, and nothing happens."""

import http.server
import json
import os
import random
import socketserver
import struct
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from gridmap.errors import CallError, DataError, GridmapError
from gridmap.ingest.readers.opening import open_source
from gridmap.ingest.sandbox import Confined
from tests.ingest.conftest import Load, buildings

Ask = Callable[[str], list[Any]]


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A web server that notes who comes."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_address[1]}", asked
        made.shutdown()


def refusal(path: object, **options: Any) -> GridmapError:
    """The error of opening and reading a file to its end; it speaks both languages."""
    with pytest.raises((CallError, DataError)) as refused:
        source = open_source(str(path), **options)
        try:
            for _ in source.batches():
                pass
        finally:
            source.close()
    assert refused.value.zh and refused.value.en and refused.value.zh != refused.value.en
    return refused.value


def vrt(source: str) -> str:
    return (
        '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource relativeToVRT="0">'
        f"{source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )


@pytest.mark.parametrize("name", ["x.geojson", "x.gpkg", "x.shp", "x.csv", "x.parquet", "x.xlsx"])
def test_a_descriptor_of_another_file_is_refused_under_any_name(folder: Path, name: str) -> None:
    buildings(1).to_file(folder / "secret.gpkg")
    (folder / name).write_text(vrt(str(folder / "secret.gpkg")))
    assert "never read" in refusal(folder / name).en


@pytest.mark.parametrize("inside", ["layer.shp", "layer.vrt", "layer.geojson"])
def test_a_descriptor_in_an_archive_is_refused(folder: Path, inside: str) -> None:
    buildings(1).to_file(folder / "secret.gpkg")
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr(inside, vrt(str(folder / "secret.gpkg")))
        for part in ("dbf", "shx"):
            archive.writestr(f"layer.{part}", b"\0" * 200)
    refusal(folder / "x.zip")


def test_a_shapefile_whose_shp_is_a_descriptor_reads_no_other_file(folder: Path) -> None:
    buildings(1).to_file(folder / "x.shp")
    buildings(1).to_file(folder / "secret.gpkg")
    (folder / "x.shp").write_text(vrt(str(folder / "secret.gpkg")))
    refusal(folder / "x.shp")


@pytest.mark.parametrize(
    "address",
    [
        "{url}/a.geojson",
        "/vsicurl/{url}/a.geojson",
        "/vsizip//vsicurl/{url}/a.zip/a.shp",
        "/vsizip/{folder}/a.zip",
        "WFS:{url}",
        "PG:dbname=postgres",
        "s3://bucket/key",
        "file:///etc/passwd",
    ],
)
def test_addresses_are_refused_and_nobody_is_asked(
    town: Load, folder: Path, server: tuple[str, list[str]], address: str
) -> None:
    url, asked = server
    with pytest.raises(CallError, match="never fetches"):
        town("buildings", address.format(url=url, folder=folder), crs="4490")
    assert asked == []


@pytest.mark.parametrize(
    "text", ["{url}/x.geojson", "<WFSDataSource><URL>{url}</URL></WFSDataSource>"]
)
def test_a_file_that_names_a_server_makes_no_call(
    folder: Path, server: tuple[str, list[str]], text: str
) -> None:
    url, asked = server
    for name in ("x.geojson", "x.gpkg", "x.csv"):
        (folder / name).write_text(text.format(url=url))
        try:
            source = open_source(str(folder / name))
            list(source.batches())
        except GridmapError:
            pass
    assert asked == []


def test_the_child_process_has_no_network_and_cannot_write(
    folder: Path, server: tuple[str, list[str]]
) -> None:
    url, asked = server
    program = folder / "try.py"
    program.write_text(
        "import urllib.request, sys\n"
        f"try: urllib.request.urlopen('{url}/x', timeout=3); print('network')\n"
        "except OSError: print('no network')\n"
        f"try: f = open('{folder}/made', 'w'); f.write('x'); f.flush(); print('written')\n"
        "except OSError: print('not written')\n"
    )
    child = Confined(str(program))
    try:
        assert [child.line().strip(), child.line().strip()] == [b"no network", b"not written"]
    finally:
        child.close()
    assert asked == []


def test_the_child_process_knows_two_drivers(folder: Path) -> None:
    for name, driver in (("a.json", "GeoJSON"), ("a.kml", "KML"), ("a.fgb", "FlatGeobuf")):
        buildings(1).to_file(folder / name, driver=driver)
        child = Confined("read_ogr.py", str(folder / name), "", "")
        try:
            assert json.loads(child.line())["error"] == "broken"
        finally:
            child.close()


def test_folders_devices_missing_and_empty_files_are_refused(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "dangling").symlink_to(folder / "nowhere")
    assert "not a file" in refusal(folder).en
    assert "not a file" in refusal("/dev/zero").en
    assert "not a file" in refusal(folder / "pipe").en
    assert "missing" in refusal(folder / "nope.csv").en
    assert "missing" in refusal(folder / "dangling").en
    assert "missing" in refusal("a\0b").en
    assert "empty" in refusal(folder / "empty.csv").en


def test_a_symbolic_link_to_a_good_file_is_that_file(town: Load, folder: Path) -> None:
    buildings(2).to_parquet(folder / "real.parquet")
    (folder / "link").symlink_to(folder / "real.parquet")
    assert town("buildings", folder / "link").inserted == 2


def test_a_workbook_that_unpacks_without_end_is_refused_unread(folder: Path) -> None:
    with xlsxwriter.Workbook(folder / "x.xlsx") as book:
        book.add_worksheet().write(0, 0, "code")
    with zipfile.ZipFile(folder / "x.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x.xml", b"\0" * (300 << 20))
    before = time.monotonic()
    assert "zip bomb" in refusal(folder / "x.xlsx").en
    assert time.monotonic() - before < 2


def test_a_workbook_that_lies_about_its_size_is_refused(folder: Path) -> None:
    with xlsxwriter.Workbook(folder / "x.xlsx") as book:
        book.add_worksheet().write(0, 0, "code")
    with zipfile.ZipFile(folder / "x.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x.xml", b"\0" * (50 << 20))
    raw = bytearray((folder / "x.xlsx").read_bytes())
    size = struct.pack("<I", 50 << 20)
    while (at := raw.find(size)) >= 0:
        raw[at : at + 4] = struct.pack("<I", 100)
    (folder / "x.xlsx").write_bytes(raw)
    assert "broken" in refusal(folder / "x.xlsx").en


def test_a_sheet_of_two_cells_far_apart_does_not_fill_the_memory(folder: Path) -> None:
    with xlsxwriter.Workbook(folder / "x.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "code")
        sheet.write(1_048_575, 16_383, "x")
    assert "limits of memory" in refusal(folder / "x.xlsx").en


def test_an_archive_of_very_many_files_is_refused(folder: Path) -> None:
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        for i in range(10_001):
            archive.writestr(f"{i}", b"")
    assert "too many" in refusal(folder / "x.zip").en


def test_an_archive_cannot_write_outside_its_folder(folder: Path) -> None:
    buildings(1).to_file(folder / "a.shp")
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        for part in ("shp", "shx", "dbf", "prj", "cpg"):
            archive.write(folder / f"a.{part}", f"../../evil.{part}")
    source = open_source(str(folder / "x.zip"))
    assert [len(batch) for batch in source.batches()] == [1]
    source.close()
    assert not (folder.parent.parent / "evil.shp").exists()


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("suffix", ["parquet", "gpkg", "geojson", "xlsx", "zip"])
def test_a_file_that_is_cut_off_is_refused(folder: Path, suffix: str, keep: float) -> None:
    path = folder / f"whole.{suffix}"
    table = buildings(2000)
    if suffix == "parquet":
        table.to_parquet(path)
    elif suffix == "xlsx":
        pd.DataFrame(table.drop(columns="geometry")).to_excel(path)
    elif suffix == "zip":
        table.to_file(folder / "a.shp")
        with zipfile.ZipFile(path, "w") as archive:
            for part in ("shp", "shx", "dbf", "prj"):
                archive.write(folder / f"a.{part}")
    else:
        table.to_file(path)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * keep)])
    refusal(path)


def test_of_a_file_cut_off_after_good_rows_nothing_goes_in(
    town: Load, ask: Ask, folder: Path
) -> None:
    text = buildings(12_000).to_json()
    (folder / "x.geojson").write_text(text[: int(len(text) * 0.95)])
    with pytest.raises(DataError, match="cut off"):
        town("buildings", folder / "x.geojson")
    assert ask("SELECT count(*) FROM gridmap.buildings") == [(0,)]


def test_parquet_with_nested_geometry_does_not_end_the_process(town: Load, folder: Path) -> None:
    bomb = struct.pack("<BII", 1, 7, 1) * 2_000_000 + struct.pack("<BII", 1, 7, 0)
    table = pa.table({"code": ["B1"], "geometry": pa.array([bomb], pa.binary())})
    pq.write_table(table, folder / "x.parquet")
    report = town("buildings", folder / "x.parquet", crs="4490")
    assert report.rejected == 1


def test_a_few_bytes_of_parquet_that_stand_for_gigabytes_are_refused(folder: Path) -> None:
    cell = pa.array([b"\x01" * (8 << 20)], pa.binary())
    many = pa.DictionaryArray.from_arrays(pa.array(np.zeros(20_000, np.int32)), cell)
    codes = pa.array([f"B{i}" for i in range(20_000)])
    pq.write_table(
        pa.table({"code": codes, "geometry": many}), folder / "x.parquet", compression="zstd"
    )
    assert (folder / "x.parquet").stat().st_size < 1 << 20
    assert "limits of memory" in refusal(folder / "x.parquet").en


def test_the_crs_in_a_file_cannot_make_us_open_others(folder: Path) -> None:
    table = pa.table({"code": ["B1"], "geometry": pa.array([b""], pa.binary())})
    for crs in ("+init=/etc/passwd:x", "/etc/passwd", {"type": "nonsense"}, 7):
        geo = {"primary_column": "geometry", "columns": {"geometry": {"crs": crs}}}
        made = table.replace_schema_metadata({"geo": json.dumps(geo)})
        pq.write_table(made, folder / "x.parquet")
        assert "geo metadata" in refusal(folder / "x.parquet").en


def test_text_in_no_known_encoding_is_refused_never_guessed(folder: Path) -> None:
    (folder / "x.csv").write_bytes(b"code,name\nB1,\xff\xff\xff\n")
    assert "neither UTF-8 nor GBK" in refusal(folder / "x.csv").en
    (folder / "y.csv").write_bytes("code,name\nB1,岢岚\n".encode("gbk")[:-2] + b"\x80\xff\n")
    refusal(folder / "y.csv")


def test_nul_and_control_characters_are_refused_row_by_row(town: Load, folder: Path) -> None:
    (folder / "x.csv").write_bytes(b"code,name,x,y\nB1,a\x00b,111.1,38.1\nB2,ok,111.1,38.1\n")
    report = town("buildings", folder / "x.csv", crs="4490")
    assert (report.inserted, report.rejected) == (1, 1)
    assert "control characters" in next(iter(report.reasons)).en


def test_a_million_columns_are_refused(folder: Path) -> None:
    (folder / "x.csv").write_text(",".join(f"c{i}" for i in range(100_000)) + "\n1,2\n")
    assert "at most 1,000" in refusal(folder / "x.csv").en
    (folder / "y.csv").write_text(",".join(["c"] * 1_000_000) + "\n1,2\n")
    refusal(folder / "y.csv")
    properties = {f"c{i}": i for i in range(5000)}
    feature = {"type": "Feature", "properties": properties, "geometry": None}
    (folder / "x.json").write_text(json.dumps(feature))
    assert "at most 1,000" in refusal(folder / "x.json").en


def test_repeated_column_names_are_refused(folder: Path) -> None:
    (folder / "x.csv").write_text("code,name,code\n1,2,3\n")
    assert "same name: code" in refusal(folder / "x.csv").en


def test_binary_rubbish_is_refused(folder: Path) -> None:
    (folder / "x.csv").write_bytes(np.random.default_rng(0).bytes(100_000))
    refusal(folder / "x.csv")
    (folder / "x.parquet").write_bytes(b"PAR1" + np.random.default_rng(0).bytes(100_000))
    refusal(folder / "x.parquet")
    (folder / "x.gpkg").write_bytes(b"SQLite format 3\x00" + np.random.default_rng(0).bytes(9000))
    refusal(folder / "x.gpkg")
    (folder / "x.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(1000))
    assert "old Excel" in refusal(folder / "x.xls").en


def test_names_that_look_like_sql_are_only_names(town: Load, ask: Ask, folder: Path) -> None:
    evil = "x'); DROP TABLE gridmap.buildings; --"
    table = buildings(1).rename(columns={"name": evil})
    table.to_parquet(folder / "x.parquet")
    assert town("buildings", folder / "x.parquet", columns={"name": evil}).inserted == 1
    assert town("buildings", buildings(1).assign(name=evil)).updated == 1
    assert ask("SELECT name FROM gridmap.buildings") == [(evil,)]


@pytest.mark.parametrize(
    ("suffix", "times"), [("geojson", 80), ("csv", 80), ("parquet", 4), ("gpkg", 4), ("shp", 4)]
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    folder: Path, suffix: str, times: int
) -> None:
    rng = random.Random(7)
    whole, hurt = folder / f"whole.{suffix}", folder / f"hurt.{suffix}"
    table = buildings(20)
    if suffix == "csv":
        pd.DataFrame(table.drop(columns="geometry")).to_csv(whole)
    elif suffix == "parquet":
        table.to_parquet(whole)
    else:
        table.to_file(whole)
        for part in ("shx", "dbf"):
            if suffix == "shp":
                hurt.with_suffix(f".{part}").write_bytes(whole.with_suffix(f".{part}").read_bytes())
    raw = whole.read_bytes()
    for _ in range(times):
        damaged = bytearray(raw)
        for _ in range(rng.choice([1, 5, 20])):
            at = rng.randrange(len(damaged))
            damaged[at : at + rng.randrange(5)] = rng.randbytes(rng.randrange(5))
        hurt.write_bytes(damaged)
        with suppress(CallError, DataError), closing(open_source(str(hurt))) as source:
            assert sum(len(batch) for batch in source.batches()) < 100
