"""Files made to take all memory or all time: each ends soon, is told why, and changes nothing.

Parquet and GeoPackage.
"""

import json
import sqlite3
import struct
import time
from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridmap.errors import DataError
from gridmap.ingest import sandbox
from gridmap.ingest.readers.opening import open_source
from tests.hostile.feeding import Feeder, is_refused
from tests.ingest.conftest import buildings

# Parquet


def parquet_that_lies(path: Path, rows: int, said: int) -> Path:
    """`rows` rows whose footer tells of `said`, a number as long."""
    pq.write_table(pa.table({"code": [f"B{n}" for n in range(rows)]}), path)
    raw = path.read_bytes()
    (length,) = struct.unpack("<I", raw[-8:-4])
    footer = raw[-8 - length : -8]
    lying = footer.replace(varint(2 * rows), varint(2 * said))
    assert lying != footer and len(lying) == len(footer)
    path.write_bytes(raw[: -8 - length] + lying + raw[-8:])
    return path


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


@pytest.mark.parametrize(("rows", "said"), [(5000, 8191), (8191, 5000), (600_000, 1_048_575)])
def test_parquet_whose_footer_lies(
    feeder: Feeder, unchanged: None, tmp_path: Path, rows: int, said: int
) -> None:
    told = feeder.feed(parquet_that_lies(tmp_path / "x.parquet", rows, said), crs=None)
    assert is_refused(told)


def test_parquet_whose_arrow_schema_lies(feeder: Feeder, unchanged: None, tmp_path: Path) -> None:
    other = pa.schema([("code", pa.decimal256(76)), ("name", pa.list_(pa.list_(pa.binary())))])
    for said in (b64encode(other.serialize()), b"!" * 1000, b64encode(bytes(1 << 20))):
        table = pa.table({"code": [1, 2], "name": [b"x", b"y"]})
        table = table.replace_schema_metadata({b"ARROW:schema": said})
        pq.write_table(table, tmp_path / "x.parquet", store_schema=False)
        assert is_refused(feeder.feed(tmp_path / "x.parquet", crs=None))


def test_parquet_of_very_many_columns_and_deep_lists(
    feeder: Feeder, unchanged: None, tmp_path: Path
) -> None:
    wide = pa.table({f"c{n}": [n] for n in range(20_000)})
    pq.write_table(wide, tmp_path / "w.parquet")
    assert is_refused(feeder.feed(tmp_path / "w.parquet", crs=None))
    kind, value = pa.string(), "x"
    for _ in range(60):
        kind, value = pa.list_(kind), [value]  # type: ignore[assignment]
    pq.write_table(pa.table({"code": pa.array([value], kind)}), tmp_path / "d.parquet")
    assert is_refused(feeder.feed(tmp_path / "d.parquet", crs=None))


# GeoPackage


def geopackage(path: Path, view: str) -> Path:
    """A GeoPackage whose layer is a view."""
    buildings(1).drop(columns=["kind"]).to_file(path, layer="a")
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(f"CREATE VIEW evil AS {view}")
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier)"
            " VALUES ('evil', 'attributes', 'evil')"
        )
    return path


VIEWS = {
    "a gigabyte a row": "SELECT n AS fid, zeroblob(1000000000) AS code"
    " FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4)",
    "a library": "SELECT 1 AS fid, load_extension('/tmp/x.so') AS code",
    "a file": "SELECT 1 AS fid, readfile('/etc/passwd') AS code",
    "a circle": "SELECT * FROM evil",
    "itself a million times": "WITH RECURSIVE t(n, s) AS (SELECT 1, 'x' UNION ALL"
    " SELECT n + 1, s || s FROM t WHERE n < 40) SELECT n AS fid, s AS code FROM t",
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_that_is_a_program(
    feeder: Feeder, unchanged: None, tmp_path: Path, name: str
) -> None:
    path = geopackage(tmp_path / "x.gpkg", VIEWS[name])
    told = feeder.feed(path, "admin_units", sheet="evil")
    assert is_refused(told)
    assert "root:" not in json.dumps(told)


@pytest.mark.parametrize(
    "view",
    [
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t)"
        " SELECT 1 AS fid, count(*) AS code FROM t",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)"
        " SELECT n AS fid, n AS code FROM t WHERE n < 0",
    ],
)
def test_a_child_process_that_says_nothing_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    path = geopackage(tmp_path / "x.gpkg", view)
    monkeypatch.setattr(sandbox, "_SILENCE_S", 4.0)  # two minutes, for those who wait for a test
    began = time.monotonic()
    with (
        pytest.raises(DataError, match="limits of memory or time"),
        closing(open_source(str(path), sheet="evil")) as source,
    ):
        list(source.batches())
    assert time.monotonic() - began < 20
