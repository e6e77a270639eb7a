"""Bad rows: each is refused with its column and reason, in both languages, in a workbook."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import shapely

from gridmap.ingest.batch import Problem
from gridmap.ingest.rejects import RejectBook
from gridmap.ingest.report import LoadReport
from gridmap.profiles import Message
from tests.ingest.conftest import CATEGORY, Load, buildings, incidents, shapes

Ask = Callable[[str], list[Any]]
Rejects = list[tuple[int, str, str, str]]


def refused(report: LoadReport) -> Rejects:
    """Row, column, Chinese and English reason of every line in the workbook."""
    assert report.rejects_path is not None
    book = openpyxl.load_workbook(report.rejects_path)
    lines = book["拒收 rejects 1"].iter_rows(min_row=2, max_col=4, values_only=True)
    return [(int(str(a)), str(b), str(c), str(d)) for a, b, c, d in lines]


def csv(folder: Path, *lines: str, name: str = "f.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_good_rows_go_in_and_each_bad_one_is_listed(town: Load, ask: Ask, folder: Path) -> None:
    path = csv(
        folder,
        "编码,名称,层数,经度,纬度",
        "B1,好,3,111.1,38.1",
        ",缺编码,3,111.1,38.1",
        "B1,重复,3,111.1,38.1",
        "B 2,空白,3,111.1,38.1",
        "B3,层数,三层,111.1,38.1",
        "B4,层数,999,111.1,38.1",
        f"B5,{'长' * 300},3,111.1,38.1",
        "B6,颠倒,3,38.1,111.1",
        "B7,零,3,0,0",
        "B8,非数,3,NaN,38.1",
        "B9,无穷,3,111.1,inf",
        "B10,文字,3,东经,38.1",
        "B11,缺纬度,3,111.1,",
        "B12,缺坐标,3,,",
        "B13,出界,3,500,38.1",
        "B14,太多,3,111.1,38.1,多余",
        "B15,好 ,无,111.1,38.1",
    )
    report = town("buildings", path, crs="EPSG:4490")
    assert (report.read, report.inserted, report.rejected) == (17, 2, 15)
    found = {number: (column, zh, en) for number, column, zh, en in refused(report)}
    assert sorted(found) == list(range(3, 18))
    expected = {
        3: ("编码", "必填", "required"),
        4: ("编码", "第 2 行重复", "repeats row 2"),
        5: ("编码", "空白", "blanks"),
        6: ("层数", "不是整数", "whole number"),
        7: ("层数", "999", "between"),
        8: ("名称", "最多 200", "at most 200"),
        9: ("经度, 纬度", "写反", "swapped"),
        10: ("经度, 纬度", "0, 0", "0, 0"),
        11: ("经度", "NaN", "NaN"),
        12: ("纬度", "无穷", "infinite"),
        13: ("经度", "不是数字", "not a number"),
        14: ("经度, 纬度", "只有一个", "only one"),
        15: ("经度, 纬度", "没有图形", "missing"),
        16: ("经度, 纬度", "超出", "beyond"),
        17: ("", "6 个单元格", "6 cells"),
    }
    for number, (column, zh, en) in expected.items():
        assert found[number][0] == column or column == "", number
        assert zh in found[number][1] and en in found[number][2], found[number]
    assert ask("SELECT code, name, floors FROM gridmap.buildings ORDER BY 1") == [
        ("B1", "好", 3),
        ("B15", "好", None),
    ]


def test_incidents_are_held_against_the_dictionaries_and_dates(town: Load, folder: Path) -> None:
    good = "I{n},2026年3月5日 8时30分,{category},{sub},{status},{closed},111.2,38.5"

    def row(n: int, **other: str) -> str:
        cells = {"category": CATEGORY, "sub": "", "status": "", "closed": ""} | other
        return good.format(n=n, **cells)

    path = csv(
        folder,
        "code,reported_at,category,subcategory,status,closed_at,lon,lat",
        row(1),
        row(2, category="没有这一类"),
        row(3, sub="没有这小类"),
        row(4, status="办结了吧"),
        row(5, status="closed", closed="2026-03-04"),
        row(6).replace("2026年3月5日 8时30分", "2026-13-45"),
        row(7).replace("2026年3月5日 8时30分", ""),
        row(8, category=""),
        row(9, status="closed", closed="2026/3/6 9:05"),
    )
    report = town("incidents", path, crs="EPSG:4490")
    assert (report.inserted, report.rejected) == (2, 7)
    columns = [column for _, column, _, _ in refused(report)]
    assert columns == [
        "category", "subcategory", "status", "closed_at", "reported_at", "reported_at", "category",
    ]  # fmt: skip


def test_dictionary_values_are_taken_by_code_and_by_either_name(
    town: Load, ask: Ask, kelan: Any
) -> None:
    category, channel, status = kelan.categories[1], kelan.channels[0], kelan.statuses[1]
    table = incidents().head(3).drop(columns="subcategory")
    for column, entry in (("category", category), ("channel", channel), ("status", status)):
        table[column] = [entry.code, entry.name, f" {entry.name_en.upper()} "]
    table["subcategory"] = [category.children[0].name, category.children[0].name_en, None]
    assert town("incidents", table).is_clean
    assert ask("SELECT DISTINCT category, channel, status FROM gridmap.incidents") == [
        (category.code, channel.code, status.code)
    ]


def test_incidents_outside_every_grid_are_kept_and_the_report_says_so(town: Load, ask: Ask) -> None:
    report = town("incidents", incidents())
    assert report.is_clean
    assert ["outside the county" in warning.en for warning in report.warnings] == [True]
    assert ask("SELECT code FROM gridmap.incidents WHERE placement = 'outside'") == [("I3",)]


def test_a_geometry_of_the_wrong_type_is_refused(town: Load) -> None:
    lines = shapes({"code": ["B1"]}, [shapely.LineString([(111.1, 38.1), (111.2, 38.1)])])
    ((_, column, zh, en),) = refused(town("buildings", lines))
    assert column == "geometry" and "LINESTRING" in zh and "Polygon" in en


def test_a_shape_with_one_meaning_is_repaired_and_counted(town: Load, ask: Ask) -> None:
    spike = shapely.Polygon(
        [(111, 38), (111.2, 38), (111.2, 38.1), (111.3, 38.1), (111.2, 38.1), (111, 38.1)]
    )
    bow = shapely.Polygon([(111, 38), (111.1, 38.1), (111.1, 38), (111, 38.1)])
    report = town("buildings", shapes({"code": ["B1", "B2"]}, [spike, bow]))
    assert (report.inserted, report.repaired, report.rejected) == (1, 1, 1)
    assert [warning.en for warning in report.warnings] == ["rows with repaired shapes: 1"]
    ((number, _, zh, en),) = refused(report)
    assert number == 2 and "图形无效" in zh and "Self-intersection" in en
    assert ask(
        "SELECT st_isvalid(geom), round(st_area(geom)::numeric, 6)::float FROM gridmap.buildings"
    ) == [(True, pytest.approx(0.02))]
    again = town("buildings", shapes({"code": ["B1", "B2"]}, [spike, bow]))
    assert (again.unchanged, again.rejected) == (1, 1)


def test_a_shift_undone_twice_is_noticed(town: Load) -> None:
    town("buildings", buildings(30))
    report = town("buildings", buildings(30, east=0.005))
    assert any("435 m off" in w.en or "m off the buildings" in w.en for w in report.warnings)
    assert town("buildings", buildings(30, east=0.005)).warnings == []


def test_a_code_that_a_spreadsheet_rounded_is_refused(town: Load) -> None:
    table = buildings(1).assign(code=14092910000100112345.0)
    ((_, column, _, en),) = refused(town("buildings", table))
    assert column == "code" and "lost its last digits" in en
    whole = buildings(1).assign(code=140929100001.0)
    assert town("buildings", whole).inserted == 1


def test_the_workbook_has_the_original_cells_and_no_formulas(town: Load, folder: Path) -> None:
    path = csv(
        folder,
        "code,name,floors,lon,lat",
        '"=HYPERLINK(""http://evil"")",+1+1,x,111.1,38.1',
        "@SUM(A1),-2,x,111.1,38.1",
    )
    report = town("buildings", path, crs="4490", rejects=folder / "out" / "bad.xlsx")
    assert report.rejects_path == folder / "out" / "bad.xlsx"
    book = openpyxl.load_workbook(report.rejects_path)
    sheet = book["拒收 rejects 1"]
    head = [cell.value for cell in sheet[1]]
    assert head == [
        "行号 row",
        "列 column",
        "原因",
        "reason",
        "code",
        "name",
        "floors",
        "lon",
        "lat",
    ]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert all(str(c.value)[:1] not in set("=+-@") for c in cells if c.value is not None)
    assert "HYPERLINK" in str(sheet["E2"].value)
    summary = book["汇总 summary"]
    assert [row[2].value for row in summary.iter_rows(min_row=2)][-1] == 2


def test_the_workbook_lies_in_the_working_folder_unless_told(town: Load, folder: Path) -> None:
    report = town("buildings", csv(folder, "code,lon,lat", "B1,0,0", name="b.csv"), crs="4490")
    assert report.rejects_path == folder / "b.csv.rejects.xlsx"
    assert town("buildings", buildings(1)).rejects_path is None
    assert not (folder / "buildings.parquet.rejects.xlsx").exists()


def test_many_rejects_go_on_a_further_sheet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridmap.ingest.rejects._ROWS_PER_SHEET", 10)
    with RejectBook(folder / "r.xlsx", ["code"]) as book:
        for number in range(25):
            book.add(number, [Problem("code", Message("错", "wrong"))], [f"B{number}"])
    sheets = openpyxl.load_workbook(folder / "r.xlsx")
    assert sheets.sheetnames == ["汇总 summary", *(f"拒收 rejects {i}" for i in (1, 2, 3))]
    assert sheets["拒收 rejects 3"].max_row == 6


def test_the_report_speaks_to_people_and_machines(town: Load, folder: Path) -> None:
    report = town("buildings", csv(folder, "code,lon,lat", "B1,0,0", "B2,111.1,38.1"), crs="4490")
    made = report.as_json()
    assert (made["read"], made["inserted"], made["rejected"]) == (2, 1, 1)
    assert made["rejects_path"] == str(folder / "f.csv.rejects.xlsx")
    assert "0, 0" in report.as_text()


def test_a_closing_and_a_day_may_be_dates_of_a_table(town: Load, ask: Ask) -> None:
    table = pd.DataFrame(incidents().drop(columns="geometry")).head(1)
    table["closed_at"] = dt.date(2026, 2, 1)
    assert town("incidents", table).is_clean
    assert ask("SELECT closed_at AT TIME ZONE 'Asia/Shanghai' FROM gridmap.incidents") == [
        (dt.datetime(2026, 2, 1),)  # noqa: DTZ001
    ]
