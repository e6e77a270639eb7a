"""Files made to take all memory or all time: each ends soon, is told why, and changes nothing.

Workbooks and zipped shapefiles.
"""

import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter

from gridmap.access.actors import ADMINISTRATOR
from gridmap.db import engine_for, transaction
from tests.hostile.feeding import DOCTYPES, Feeder, is_refused
from tests.ingest.conftest import buildings

# Workbooks


PARTS = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml",
         "book": "xl/workbook.xml", "types": "[Content_Types].xml", "styles": "xl/styles.xml",
         "rels": "xl/_rels/workbook.xml.rels"}  # fmt: skip


def workbook(path: Path, **parts: bytes | str) -> Path:
    """A workbook with a head and a row; `parts` replace some of it by their short names."""
    whole = path.with_suffix(".whole.xlsx")
    with xlsxwriter.Workbook(whole) as book:
        sheet = book.add_worksheet()
        for column, (name, value) in enumerate(
            {"code": "B1", "name": "x", "lon": 111.505, "lat": 38.705}.items()
        ):
            sheet.write(0, column, name)
            sheet.write(1, column, value)
    replaced = {PARTS[short]: content for short, content in parts.items()}
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, replaced.get(name, old.read(name)))
    return path


def part(folder: Path, name: str) -> str:
    with zipfile.ZipFile(workbook(folder / "plain.xlsx")) as archive:
        return archive.read(name).decode()


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("where", PARTS)
def test_entities_in_a_workbook_are_not_followed(
    feeder: Feeder, tmp_path: Path, url: str, no_buildings: None, doctype: str, where: str
) -> None:
    text = part(tmp_path, PARTS[where])
    head, _, rest = text.partition("?>")
    hurt = f"{head}?>{DOCTYPES[doctype]}{rest}".replace("<t>x</t>", f"<t>{'&e;' * 1000}</t>")
    told = feeder.feed(workbook(tmp_path / "x.xlsx", **{where: hurt}))
    engine = engine_for(url)
    with transaction(engine, ADMINISTRATOR) as connection:
        names_taken = connection.exec_driver_sql("SELECT name FROM buildings").scalars().all()
    engine.dispose()
    assert "en" in told or told["read"] <= 1
    assert not any("root:" in (name or "") or len(name or "") > 200 for name in names_taken)


LYING_SHEETS = {
    "a million rows declared": ('<dimension ref="A1:D2"/>', '<dimension ref="A1:XFD1048576"/>'),
    "more rows than there are numbers": ('<dimension ref="A1:D2"/>',
                                         '<dimension ref="A1:XFD99999999999"/>'),
    "a row in the far south": ('<row r="2"', '<row r="1048576"'),
    "a row that is no number": ('<row r="2"', '<row r="4294967296"'),
    "a cell in the far east": ('r="D2"', 'r="XFD2"'),
    "a cell beyond the alphabet": ('r="D2"', 'r="ZZZZZZZ99999999999"'),
    "a text that is not there": ("<v>0</v>", "<v>4294967295</v>"),
    "a negative text": ("<v>0</v>", "<v>-1</v>"),
    "a style that is not there": ("<c ", '<c s="99999999" '),
}  # fmt: skip


@pytest.mark.parametrize("name", LYING_SHEETS)
def test_a_workbook_that_declares_what_it_has_not(
    feeder: Feeder, tmp_path: Path, no_buildings: None, name: str
) -> None:
    text = part(tmp_path, "xl/worksheets/sheet1.xml")
    old, new = LYING_SHEETS[name]
    assert old in text
    told = feeder.feed(workbook(tmp_path / "x.xlsx", sheet=text.replace(old, new)))
    assert "en" in told or told["read"] <= 1


def test_a_table_of_texts_that_claims_four_billion(
    feeder: Feeder, tmp_path: Path, no_buildings: None
) -> None:
    strings = part(tmp_path, "xl/sharedStrings.xml")
    count = strings.split('uniqueCount="')[1].split('"')[0]
    hurt = strings.replace(f'uniqueCount="{count}"', 'uniqueCount="18446744073709551615"')
    assert hurt != strings
    told = feeder.feed(workbook(tmp_path / "x.xlsx", strings=hurt))
    assert "en" in told or told["read"] == 1


# Archives


def zipped_shapefile(folder: Path, path: Path, **more: bytes) -> Path:
    buildings(3).to_file(folder / "a.shp")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in ("shp", "shx", "dbf", "prj", "cpg"):
            archive.writestr(f"a.{suffix}", more.get(suffix, (folder / f"a.{suffix}").read_bytes()))
    return path


def test_a_zip_in_a_zip_in_a_zip_is_not_opened(
    feeder: Feeder, unchanged: None, tmp_path: Path
) -> None:
    inner = zipped_shapefile(tmp_path, tmp_path / "0.zip").read_bytes()
    for level in range(1, 7):
        with zipfile.ZipFile(tmp_path / f"{level}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(16):
                archive.writestr(f"lib {copy}.zip", inner)
        inner = (tmp_path / f"{level}.zip").read_bytes()
        told = feeder.feed(tmp_path / f"{level}.zip", seconds=5)
        assert "exactly one .shp" in told["en"]


def overlapping(path: Path, members: list[str], size: int) -> Path:
    """Many members whose directory entries all name the same packed bytes."""
    packed = zlib.compress(bytes(size), 9)[2:-4]
    crc = zlib.crc32(bytes(size))
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(packed), size, 1, 0)
    body = local + b"x" + packed
    directory = b""
    for name in members:
        fields = (20, 20, 0, 8, 0, 0, crc, len(packed), size, len(name), 0, 0, 0, 0, 0, 0)
        directory += struct.pack("<4s6H3I5H2I", b"PK\1\2", *fields) + name.encode()
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(members), len(members), len(directory),
                      len(body), 0)  # fmt: skip
    path.write_bytes(body + directory + end)
    return path


def test_members_that_overlap_are_counted_each(
    feeder: Feeder, unchanged: None, tmp_path: Path
) -> None:
    many = ["[Content_Types].xml", *(f"xl/{n}.xml" for n in range(9000))]
    told = feeder.feed(overlapping(tmp_path / "x.xlsx", many, 10 << 20), seconds=10)
    assert "zip bomb" in told["en"]
    few = ["[Content_Types].xml", *(f"xl/{n}.xml" for n in range(40))]
    assert is_refused(feeder.feed(overlapping(tmp_path / "y.xlsx", few, 300_000), seconds=10))
    shp = ["x.shp", "x.shx", "x.dbf", "x.prj"]
    assert is_refused(feeder.feed(overlapping(tmp_path / "z.zip", shp, 900_000), seconds=10))


@pytest.mark.parametrize("suffix", ["shp", "shx", "dbf", "prj", "cpg"])
def test_a_part_of_a_shapefile_that_unpacks_without_end(
    feeder: Feeder, unchanged: None, tmp_path: Path, suffix: str
) -> None:
    zeros = bytes(600 << 20)
    path = zipped_shapefile(tmp_path, tmp_path / "x.zip", **{suffix: zeros})
    assert path.stat().st_size < 2 << 20
    assert "zip bomb" in feeder.feed(path, crs=None, seconds=5)["en"]


def test_links_and_outward_names_in_an_archive_are_only_members(
    feeder: Feeder, unchanged: None, tmp_path: Path
) -> None:
    for name in ("a.shp", "/etc/a.shp", "..\\..\\a.shp", "C:\\a.shp"):
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            for suffix in ("shp", "shx", "dbf"):
                member = zipfile.ZipInfo(name.replace("shp", suffix))
                member.create_system, member.external_attr = 3, 0o120777 << 16
                archive.writestr(member, "/etc/passwd")
        assert is_refused(feeder.feed(tmp_path / "x.zip"))


def test_members_under_a_password_or_an_unknown_packing_are_refused(
    feeder: Feeder, unchanged: None, tmp_path: Path
) -> None:
    whole = zipped_shapefile(tmp_path, tmp_path / "w.zip").read_bytes()
    for offset, value in ((8, 1), (10, 99)):
        hurt = bytearray(whole)
        at = -1
        while (at := hurt.find(b"PK\1\2", at + 1)) >= 0:
            hurt[at + offset] = value
        (tmp_path / "x.zip").write_bytes(hurt)
        assert is_refused(feeder.feed(tmp_path / "x.zip"))


@pytest.mark.parametrize("page", ["zlib", "bz2", "punycode", "idna", "hex", "unicode_escape",
                                  "rot13", "\0", "../../etc/passwd", "undefined"])  # fmt: skip
def test_a_code_page_that_is_a_program(
    feeder: Feeder, tmp_path: Path, no_buildings: None, page: str
) -> None:
    for name, suffix in (("x.zip", "zip"), ("a.shp", "shp")):
        zipped_shapefile(tmp_path, tmp_path / "x.zip", cpg=page.encode())
        (tmp_path / "a.cpg").write_text(page)
        told = feeder.feed(tmp_path / name, crs=None, seconds=10)
        assert told.get("read") == 3, (suffix, told)


def test_a_table_packed_as_its_code_page_says(
    feeder: Feeder, unchanged: None, tmp_path: Path
) -> None:
    bomb = bytes(200) + zlib.compress(bytes(300 << 20), 9)
    path = zipped_shapefile(tmp_path, tmp_path / "x.zip", cpg=b"zlib", dbf=bomb)
    assert is_refused(feeder.feed(path, crs=None, seconds=10))
