"""Residents: phones and ID numbers go in sealed or not at all, and come back to nobody."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from gridmap.errors import CallError, Unavailable
from gridmap.ingest.layers import LAYERS
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.keyring import Key, Keyring
from tests.ingest.conftest import Load
from tests.ingest.test_rows import csv, refused

Ask = Callable[[str], list[Any]]
ID_1949 = "11010519491231002X"
ID_1961 = "140929196103045712"
SEALED = "SELECT code, phone_sealed, id_number_sealed, birth_year FROM gridmap.residents ORDER BY 1"


def opened(ask: Ask, keys: KeyFile) -> list[tuple[str, str | None, str | None, int | None]]:
    keyring = keys.read()
    assert keyring is not None
    return [
        (
            code,
            phone and keyring.open("phone", code, phone),
            number and keyring.open("id_number", code, number),
            year,
        )
        for code, phone, number, year in ask(SEALED)
    ]


@pytest.fixture
def keys(folder: Path) -> KeyFile:
    """The key file that `take` and `town` use, once something was sealed."""
    return KeyFile(folder / "personal.key")


def people(**columns: list[object]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"编码": [f"P{i}" for i in range(n)], "姓名": ["欧阳静"] * n, **columns})


def test_phones_and_id_numbers_are_sealed_and_open_to_what_was_loaded(
    take: Load, ask: Ask, keys: KeyFile
) -> None:
    file = people(
        联系电话=["138 0000 1234", "0350-4521234", None], 身份证号=[ID_1949.lower(), None, None]
    )
    assert take("residents", file, keys=keys).is_clean
    assert opened(ask, keys) == [
        ("P0", "13800001234", ID_1949, 1949),
        ("P1", "0350-4521234", None, None),
        ("P2", None, None, None),
    ]
    everything = str(ask("SELECT r::text FROM gridmap.residents r"))
    assert "4521234" not in everything
    assert "11010519491231" not in everything


def test_the_same_file_again_changes_nothing_and_a_new_phone_is_taken(
    take: Load, ask: Ask, keys: KeyFile
) -> None:
    file = people(phone=["13800001234", "13800005678"], id_number=[ID_1949, None])
    take("residents", file, keys=keys)
    before = ask(SEALED)
    assert take("residents", file, keys=keys).unchanged == 2
    assert ask(SEALED) == before
    report = take("residents", file.assign(phone=["13800001234", "13900005678"]), keys=keys)
    assert (report.unchanged, report.updated) == (1, 1)
    assert opened(ask, keys)[1][1] == "13900005678"


def test_a_file_without_years_of_birth_takes_none_away(take: Load, ask: Ask, keys: KeyFile) -> None:
    take("residents", people(birth_year=[1949, 1970]), keys=keys)
    report = take("residents", people(id_number=[ID_1949, None]), keys=keys)
    assert (report.unchanged, report.updated) == (1, 1)
    assert [row[3] for row in opened(ask, keys)] == [1949, 1970]


BAD = [  # one wrong thing in each
    ("P1", "陈秘密", "1949", "12345678901", ID_1949, "电话不对", "phone"),
    ("P2", "陈秘密", "1949", "13800009999/13800008888", "", "电话不对", "phone"),
    ("P3", "陈秘密", "1949", "", "110105194912310029", "校验码", "id"),
    ("P4", "陈秘密", "1949", "", "110105491231002", "17 位", "id"),
    ("P5", "陈秘密", "1950", "", ID_1949, "出生年", "year"),
    ("P6", "陈秘密", "13800007777", "", "", "之间", "year"),
    ("P7", "陈秘密", ID_1961, "", "", "不在", "year"),
    (ID_1949, "陈秘密", "1949", "", ID_1949, "编码是身份证号", "code"),
    (ID_1961, "陈秘密", "1961", "", "", "编码是身份证号", "code"),
    (f"P 8 {ID_1961}", "陈秘密", "1961", "", "", "空白", "code"),
    ("P9", "陈秘密" * 30, "1961", "13800006666", "", "字符", "name"),
]


def test_a_refused_row_comes_back_masked_with_a_reason_that_tells_nothing(
    take: Load, ask: Ask, keys: KeyFile, folder: Path
) -> None:
    lines = [f"{c},{name},{year},{phone},{number},癌症" for c, name, year, phone, number, *_ in BAD]
    path = csv(folder, "code,name,year,phone,id,健康状况", *lines)
    columns = {"birth_year": "year", "id_number": "id"}
    report = take("residents", path, keys=keys, columns=columns)
    assert (report.read, report.rejected) == (len(BAD), len(BAD))
    told = refused(report)
    for number, (*_, why, column) in enumerate(BAD, start=2):
        assert [(c, why in zh) for n, c, zh, _ in told if n == number] == [(column, True)], number
    assert report.rejects_path is not None
    book = openpyxl.load_workbook(report.rejects_path)
    cells = [str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row]
    secrets = ["秘密", "癌症", "110105", "140929196", "1380000", "12345678901", ID_1949]
    for said in [*cells, report.as_text(), str(report.as_json())]:
        assert not [secret for secret in secrets if secret in said], said
    assert "陈**" in cells
    assert ask("SELECT count(*) FROM gridmap.residents") == [(0,)]


def test_a_wrong_phone_shows_no_digit_and_a_right_one_beside_a_wrong_number_is_masked(
    take: Load, keys: KeyFile
) -> None:
    report = take("residents", people(phone=["13800001234"], id_number=["1" * 18]), keys=keys)
    assert report.rejects_path is not None
    book = openpyxl.load_workbook(report.rejects_path)
    row = next(book["拒收 rejects 1"].iter_rows(min_row=2, values_only=True))
    assert row[-2:] == ("138****1234", "****")


def test_a_number_that_a_spreadsheet_rounded_is_refused(take: Load, keys: KeyFile) -> None:
    report = take("residents", people(id_number=[float(ID_1961)]), keys=keys)
    ((_, column, zh, _),) = refused(report)
    assert column == "id_number"
    assert "末尾几位已丢失" in zh


def test_no_key_is_made_where_nothing_is_sealed(take: Load, keys: KeyFile) -> None:
    assert take("residents", people(birth_year=[1980]), keys=keys).is_clean
    assert keys.read() is None


def test_without_the_key_or_with_a_wrong_one_nothing_goes_in(
    take: Load, ask: Ask, keys: KeyFile
) -> None:
    take("residents", people(phone=["13800001234"]), keys=keys)
    before = ask(SEALED)
    more = people(phone=["13800001234", "13900001234"])
    keys.path.rename(keys.path.with_name("kept"))
    with pytest.raises(Unavailable, match="put the backup of the key file back"):
        take("residents", more, keys=keys)
    assert keys.read() is None
    keys.replace(Keyring([Key.made()]))
    with pytest.raises(Unavailable, match="does not hold it"):
        take("residents", more, keys=keys)
    with pytest.raises(CallError, match="no key file"):
        take("residents", more, keys=None)
    assert ask(SEALED) == before
    keys.path.with_name("kept").rename(keys.path)
    assert take("residents", more, keys=keys).inserted == 1


def test_no_layer_takes_health_or_anything_else_of_a_person() -> None:
    personal = {name for name, layer in LAYERS.items() if layer.is_personal}
    assert personal == {"residents"}
    assert [field.name for field in LAYERS["residents"].fields] == [
        "code", "household_code", "name", "birth_year", "phone", "id_number", "source",
    ]  # fmt: skip
    words = (
        "health",
        "健康",
        "疾病",
        "病史",
        "残疾",
        "血型",
        "疫苗",
        "宗教",
        "民族",
        "disease",
        "track",
    )
    for layer in LAYERS.values():
        for field in layer.fields:
            assert not [word for name in field.names for word in words if word in name.casefold()]


def test_a_column_of_health_is_not_taken_even_when_asked_for(take: Load) -> None:
    with pytest.raises(CallError, match="no field health"):
        take("residents", people(健康状况=["良好"]), columns={"health": "健康状况"})
