"""CSV files keep their text: encoding, quotes, line ends, blank and odd rows."""

import codecs
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from gridmap.assign.actions import AssignOptions, assign_file
from gridmap.errors import CallError, DataError

IN, OUT = "0.5", "7"  # a longitude inside the one grid, and one beside it


@pytest.fixture
def square(tmp_path: Path) -> str:
    """One grid, (0 0, 1 1), whose code needs quotes in CSV."""
    path = tmp_path / "grids.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"甲,1"},'
        '"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}}]}',
        encoding="utf-8",
    )
    return str(path)


def assigned(tmp_path: Path, square: str, content: bytes, **options: str) -> bytes:
    """The bytes of the output for the bytes of the input."""
    (tmp_path / "points.csv").write_bytes(content)
    out = tmp_path / "out.csv"
    assign_file(str(tmp_path / "points.csv"), square, out, AssignOptions(**options))
    return out.read_bytes()


def test_quotes_blanks_and_line_ends_stay_as_they_were(tmp_path: Path, square: str) -> None:
    content = (
        b'id,"lon",lat,note\r\n'
        b'"1", 0.5 ,0.50,"said ""no"", then\r\nleft"\r\n'
        b"\r\n"
        b"2,7,1e-1,\n"
        b'3,"0.5","0.5",last'
    )
    expected = (
        'id,"lon",lat,note,grid_code\r\n'
        '"1", 0.5 ,0.50,"said ""no"", then\r\nleft","甲,1"\r\n'
        "\r\n"
        "2,7,1e-1,,\n"
        '3,"0.5","0.5",last,"甲,1"'
    )
    assert assigned(tmp_path, square, content) == expected.encode()


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("gbk", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_output_is_encoded_and_divided_as_the_input(
    tmp_path: Path, square: str, encoding: str, mark: bytes, delimiter: str
) -> None:
    text = "经度,纬度,说明\n0.5,0.5,路灯不亮\n7,7,积水\n".replace(",", delimiter)
    code = '"甲,1"' if delimiter == "," else "甲,1"
    expected = "经度,纬度,说明,grid_code\n0.5,0.5,路灯不亮,@\n7,7,积水,\n".replace(",", delimiter)
    made = assigned(tmp_path, square, mark + text.encode(encoding))
    assert made == mark + expected.replace("@", code).encode(encoding)


def test_bad_coordinates_are_counted_and_stop_nothing(tmp_path: Path, square: str) -> None:
    bad = ["", "abc", "nan", "inf", "1e999", "99999", "-", "0,5", "\x00"]
    rows = "".join(f'"{cell}",0.5\n' for cell in bad)
    points, out = tmp_path / "points.csv", tmp_path / "out.csv"
    points.write_text("lon,lat\n0.5,0.5\n" + rows + "７,０.５\n")
    counts = assign_file(str(points), square, out).counts
    assert (counts.points, counts.in_grids, counts.outside) == (len(bad) + 2, 1, 1)
    assert counts.unlocated == len(bad)
    assert out.read_text().splitlines()[2:-1] == [f'"{cell}",0.5,' for cell in bad]


def test_short_and_long_rows_keep_their_text_and_their_codes_their_column(
    tmp_path: Path, square: str
) -> None:
    rows = {
        "0.5,0.5": '0.5,0.5,,"甲,1"',  # a cell is missing: filled up
        "0.5,0.5,x,": '0.5,0.5,x,"甲,1"',  # an empty cell too many: that is where the code goes
        "0.5,0.5,x,y": "0.5,0.5,x,y,",  # what the cells mean is unknown: no code
        "0.5": "0.5,,,",
    }
    content = "lon,lat,note\n" + "\n".join(rows) + "\n"
    made = assigned(tmp_path, square, content.encode()).decode()
    assert made == "lon,lat,note,grid_code\n" + "\n".join(rows.values()) + "\n"
    outcome = assign_file(str(tmp_path / "points.csv"), square, tmp_path / "out.parquet")
    assert (outcome.counts.misshapen, outcome.counts.unlocated) == (1, 2)
    assert "more cells than the header" in outcome.as_text()
    table = pq.read_table(tmp_path / "out.parquet").to_pydict()
    assert table["note"] == [None, "x,", "x,y", None]
    assert table["grid_code"] == ["甲,1", "甲,1", None, None]


def test_text_turned_into_columns_stays_text(tmp_path: Path, square: str) -> None:
    points, out = tmp_path / "points.csv", tmp_path / "out.parquet"
    points.write_text('id,lon,lat\r\n\r\n007,0.50,0.5\r\n"a\r\nb",,\r\n\r\n', newline="")
    assign_file(str(points), square, out)
    table = pq.read_table(out).to_pydict()
    assert table["id"] == ["007", "a\r\nb"] and table["lon"] == ["0.50", ""]


def test_a_column_of_well_known_text_is_a_place_too(tmp_path: Path, square: str) -> None:
    made = assigned(tmp_path, square, b"id;wkt\n1;POINT (0.5 0.5)\n2;POINT EMPTY\n3;rubbish\n")
    assert made.decode() == (
        "id;wkt;grid_code\n1;POINT (0.5 0.5);甲,1\n2;POINT EMPTY;\n3;rubbish;\n"
    )


def test_dates_and_numbers_of_columns_are_written_in_full(tmp_path: Path, square: str) -> None:
    points, out = tmp_path / "points.parquet", tmp_path / "out.csv"
    pd.DataFrame({"x": [0.1 + 0.2], "y": [0.5], "n": ['a"b']}).to_parquet(points)
    assign_file(str(points), square, out)
    made = pd.read_csv(out)
    assert made["x"][0] == 0.1 + 0.2 and made["n"][0] == 'a"b'
    assert out.read_bytes().startswith(codecs.BOM_UTF8)


def test_a_quote_never_closed_and_unknown_columns_are_said(tmp_path: Path, square: str) -> None:
    with pytest.raises(DataError, match="quote"):
        assigned(tmp_path, square, b'lon,lat\n1,"' + b"x" * (5 << 20))
    with pytest.raises(CallError, match="it has: a, b"):
        assigned(tmp_path, square, b"a,b\n1,2\n")
    with pytest.raises(CallError, match="no column 'east'"):
        assigned(tmp_path, square, b"a,b\n1,2\n", lon="east", lat="b")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("out")] == []


def test_codes_that_the_encoding_lacks_are_refused(tmp_path: Path, square: str) -> None:
    with pytest.raises(DataError, match="UTF-8"):
        assigned(tmp_path, square, b"lon,lat\n0.5,0.5\n", encoding="latin-1")
