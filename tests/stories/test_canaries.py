"""Recognisable persons are planted, a whole story is run for them, and every byte it left is read.

Only the answer to an unmasking, and an export that was asked for unmasked, may hold them.
"""

import base64
import gzip
import io
import json
import logging
import math
import re
import subprocess
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import pandas as pd
import psycopg
import pyarrow.parquet as pq
import pyogrio
import pytest
from fastapi.testclient import TestClient

from gridmap.app import create_app
from gridmap.areas.actions import profile_in_force
from gridmap.cluster import SUPERUSER, Cluster, database_url, find_programs
from gridmap.db import Actor, transaction
from gridmap.export.actions import export
from gridmap.export.layers import LAYERS as EXPORTED
from gridmap.heatmap.layers import LAYERS as TILES
from gridmap.ingest.actions import load
from gridmap.profiles import load_profile
from gridmap.sealing import checks
from gridmap.sealing.key_file import KeyFile
from tests.access.counties import give
from tests.entering import log_in
from tests.ingest.conftest import EAST_GRID, WEST_GRID, buildings, grids, incidents, units
from tests.stories.conftest import Station

JSON = {"Content-Type": "application/json"}
KINDS = ("csv", "xlsx", "gpkg", "geojson", "parquet")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(first: str) -> str:
    """17 digits and the check digit."""
    total = sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True))
    return first + "10X98765432"[total % 11]


# Adult, child, adult with a land line; then rows that are refused.
GOOD = [
    ("P1", "H1", "欧阳卡纳瑞", 1961, "13877001201", id_number("14092919610304571")),
    ("P2", "H1", "李金丝雀", 2021, "13877001202", id_number("14092920210304572")),
    ("P3", "H1", "张黄鹂鸟", 1971, "0350-7788903", None),
]
BAD = [
    ("P4", "H1", "王画眉鸟", 1961, "138770012045", id_number("14092919610304574")),
    ("P5", "H1", "赵白灵鸟", 1961, "13877001205", "140929196103045750"),
    ("P6", "H1", "钱云雀鸟", 1950, "13877001206", id_number("14092919610304576")),
    (id_number("14092919610304577"), "H1", "孙翠鸟儿", 1961, "13877001207", None),
    ("P8", "H1", "周鹡鸰鸟" * 20, 1961, "13877001208", id_number("14092919610304578")),
]
ILLNESS = "肺结核三期"
IN_TEXT = "13877009999"
COLUMNS = ["code", "household_code", "name", "birth_year", "phone", "id_number"]

NAMES = [name[-3:] for _, _, name, *_ in (*GOOD, *BAD)]
PHONES = [phone[-8:].replace("-", "") for *_, phone, _ in (*GOOD, *BAD)]
NUMBERS = [part for *_, n in (*GOOD, *BAD) if n for part in (n[6:], n[:14])]
NUMBERS += [BAD[3][0][6:], BAD[3][0][:14]]
PERSONS = [*NAMES, *PHONES, *NUMBERS, ILLNESS]


def insides(data: bytes) -> Iterator[bytes]:
    """The bytes, and whatever is packed in them: gzip, zip and Excel, Parquet, base64."""
    yield data
    if data[:2] == b"\x1f\x8b":
        yield from insides(gzip.decompress(data))
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from insides(archive.read(name))
    elif data[:4] == b"PAR1":
        yield str(pq.read_table(io.BytesIO(data)).to_pylist()).encode()
    for packed in re.findall(rb"[A-Za-z0-9+/]{64,}", data):
        plain = base64.b64decode(packed[: len(packed) // 4 * 4])
        yield plain
        for window in (15, 31, -15):
            try:
                yield zlib.decompress(plain, window)
            except zlib.error:
                continue


def spellings(canary: str) -> list[bytes]:
    """The ways in which a text can stand in bytes."""
    escaped = json.dumps(canary)[1:-1]
    plain = [canary, escaped, escaped.upper().replace("\\U", "\\u")]
    entities = "".join(f"&#{ord(c)};" for c in canary)
    wide = [canary.encode("utf-16-le"), canary.encode("gb18030")]
    return [*(one.encode() for one in (*plain, entities)), *wide]


def caught(data: bytes, canaries: Iterable[str] = PERSONS) -> list[str]:
    """The canaries that the bytes hold."""
    inner = list(insides(data))
    return [
        canary
        for canary in canaries
        if any(spelling in part for spelling in spellings(canary) for part in inner)
    ]


def test_a_canary_is_caught_wherever_it_sits(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [GOOD[0][2]], "b": [GOOD[0][4]]})
    frame.to_excel(tmp_path / "a.xlsx")
    frame.to_parquet(tmp_path / "a.parquet", compression="zstd")
    pyogrio.write_dataframe(frame, tmp_path / "a.gpkg")
    text = f"{GOOD[0][2]},{GOOD[0][4]}".encode()
    (tmp_path / "a.gz").write_bytes(gzip.compress(text))
    (tmp_path / "a.json").write_text(json.dumps([GOOD[0][2], GOOD[0][4]]))
    packed = zlib.compress(text + bytes(range(250)))
    (tmp_path / "a.html").write_bytes(b"<i>" + base64.b64encode(packed) + b"</i>")
    for file in tmp_path.iterdir():
        assert caught(file.read_bytes()) == [NAMES[0], PHONES[0]], file.name


@pytest.fixture
def loaded(station: Station) -> tuple[Station, list[bytes]]:
    """A county with the canaries in it, and what the commands said."""
    home = station.home
    rows = [*GOOD, *BAD]
    people = pd.DataFrame(rows, columns=COLUMNS).assign(健康状况=ILLNESS)
    cases = incidents()
    cases["description"] = f"{GOOD[0][2]}来电，电话 {IN_TEXT}"
    files: dict[str, pd.DataFrame] = {
        "admin_units": units(),
        "grids": grids(),
        "buildings": buildings(),
        "dwellings": pd.DataFrame({"code": ["D1"], "building_code": ["B0"]}),
        "households": pd.DataFrame({"code": ["H1"], "dwelling_code": ["D1"]}),
        "incidents": cases,
    }
    (home / "in").mkdir()
    said = [station.run("up")]
    engine = station.engine()
    actor = Actor("administrator")
    profile = profile_in_force(engine, actor, load_profile("kelan", station.settings.data_dir))
    for layer, frame in files.items():
        frame.to_parquet(home / "in" / f"{layer}.parquet")
        assert load(engine, actor, profile, layer, home / "in" / f"{layer}.parquet").is_clean
    engine.dispose()
    people.to_csv(home / "in" / "people.csv", index=False)
    said.append(station.run("load", "residents", "in/people.csv", code=1))
    said.append(station.run("load", "residents", "in/people.csv", "--json", code=1))
    assert json.loads(said[-1].stdout)["unchanged"] == len(GOOD)
    assert json.loads(said[-1].stdout)["rejected"] == len(BAD)
    return station, [(one.stdout + one.stderr).encode() for one in said]


def addresses(client: TestClient) -> Iterator[str]:
    """Every GET of the interface with every code there is, and every tile of a few zooms."""
    codes = [WEST_GRID, EAST_GRID, "B0", "D1", "H1", "P1", "P2", "P3", "I0", "I4"]
    document = client.get("/api/openapi.json").json()
    for path, methods in document["paths"].items():
        if "get" in methods and not path.startswith("/tiles/"):
            yield from [path.replace("{code}", code) for code in codes] if "{" in path else [path]
    for sought in (*NAMES[:3], *(row[4] for row in GOOD), GOOD[0][5], "P1"):
        yield f"/api/search?q={sought}"
    for layer, z, (lon, lat) in product(TILES, (0, 8, 11, 14, 17), ((111.1, 38.1), (111.2, 38.5))):
        x = int((lon + 180) / 360 * 2**z)
        y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
        yield f"/tiles/{layer}/{z}/{x}/{y}.mvt"


def test_no_person_leaves_the_record(
    loaded: tuple[Station, list[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    station, said = loaded
    home = station.home
    for words in (
        ["status"], ["check", "--json"], ["keys", "check"], ["keys", "rotate"],
        ["audit", "verify"], ["heat", "-o", "heat.html"], ["backup", "all.dump"],
        ["export", "incidents", "-o", "cases.xlsx"],
    ):  # fmt: skip
        done = station.run(*words)
        said.append((done.stdout + done.stderr).encode())
    engine = station.engine()
    for layer, kind in product(EXPORTED, KINDS):
        keys = KeyFile.of(station.settings)
        export(engine, Actor("administrator"), keys, layer, home / f"{layer}.{kind}")
    engine.dispose()
    _read_every_answer(station, caplog)

    for text in said:
        assert caught(text) == []
        assert caught(text, [IN_TEXT]) == []
    _read_every_file(home)
    _read_the_backup(station, home / "all.dump")
    _read_the_cluster(station)

    done = station.run(
        "export", "residents", "-o", "plain.csv", "--unmasked", "--reason", "核对名册"
    )
    assert caught((done.stdout + done.stderr).encode()) == []


def _read_every_answer(station: Station, caplog: pytest.LogCaptureFixture) -> None:
    engine = station.engine()
    with transaction(engine, Actor("administrator")) as connection:
        give(connection, "lead", "lead", None, None)
        give(connection, "officer", "officer", None, None)
    engine.dispose()
    settings = station.settings.model_copy(update={"database_url": database_url(station.settings)})
    app = create_app(settings)
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.WARNING, "httpx2")  # the caller's own, which tells what was sought
    with log_in(app, "lead") as client:
        paths = list(addresses(client))
        assert len(paths) > 100
        for path in paths:
            answer = client.get(path)
            assert answer.status_code < 500, path
            told = answer.content + repr(answer.headers).encode()
            # What was reported is told to those who may read incidents; a report is no record.
            if path.startswith("/api/incidents"):
                assert caught(told, [*PHONES, *NUMBERS, ILLNESS, *NAMES[1:]]) == [], path
                continue
            assert caught(told) == [], path
            assert caught(told, [IN_TEXT]) == [], path
        for path, body in (
            ("find", f'{{"phone": "{GOOD[0][4]}"}}'),
            ("find", f'{{"id_number": "{GOOD[0][5]}"}}'),
            ("find", f'{{"phone": "{GOOD[1][4]}"}}'),
            ("find", f'{{"id_number": "{BAD[1][5]}"}}'),
            ("find", f'{{"phone": "{GOOD[0][4]}", "name": "{GOOD[0][2]}"'),
            ("find", f'{{"phone": ["{GOOD[0][4]}"], "id_number": "{GOOD[0][5]}x{"x" * 40}"}}'),
            ("P1/unmask", f'{{"reason": "{GOOD[0][2]}", "fields": ["{GOOD[0][2]}"]}}'),
            ("P2/unmask", '{"reason": "入户走访", "fields": ["name", "phone", "id_number"]}'),
        ):
            answer = client.post(f"/api/residents/{path}", content=body, headers=JSON)
            assert answer.status_code in (200, 404, 422), answer.text
            assert caught(answer.content) == [], body
        body = '{"reason": "入户走访", "fields": ["name", "phone", "id_number"]}'
        answer = client.post("/api/residents/P1/unmask", content=body, headers=JSON)
        assert set(caught(answer.content)) == {NAMES[0], PHONES[0], *NUMBERS[:2]}
        answer = log_in(app, "officer").post("/api/residents/P1/unmask", content=body, headers=JSON)
        assert (answer.status_code, caught(answer.content)) == (403, [])
    assert caught(caplog.text.encode()) == []


def _read_every_file(home: Path) -> None:
    """All that the commands wrote, the log of the database included."""
    left = [
        path
        for path in home.rglob("*")
        if path.is_file() and path.relative_to(home).parts[0] not in {"postgres", "in"}
    ]
    names = {path.name for path in left}
    assert {"postgres.log", "heat.html", "people.csv.rejects.xlsx", "residents.gpkg"} <= names
    for path in left:
        if path.name == "all.dump":
            continue
        data = path.read_bytes()
        allowed = NAMES[:1] if path.stem in {"incidents", "cases"} else []
        assert [one for one in caught(data) if one not in allowed] == [], path.name
        assert caught(data, [IN_TEXT]) == [], path.name


def _read_the_backup(station: Station, file: Path) -> None:
    """Names lie in it as they do in the database; phones, ID numbers and keys do not."""
    restore = str(find_programs() / "pg_restore")
    listed = subprocess.run([restore, "--list", str(file)], capture_output=True, check=True)
    assert caught(listed.stdout) == []
    whole = subprocess.run([restore, "-f", "-", str(file)], capture_output=True, check=True)
    assert caught(whole.stdout, NAMES) == NAMES[:3]
    assert caught(whole.stdout, [*PHONES, *NUMBERS, *NAMES[3:], ILLNESS]) == []
    keyring = KeyFile.of(station.settings).read()
    assert keyring is not None
    for key in keyring.keys:
        for content in (whole.stdout, file.read_bytes()):
            assert key.secret not in content
            assert key.secret.hex().encode() not in content


def _read_the_cluster(station: Station) -> None:
    """Neither the tables nor the write-ahead log have ever held a phone or an ID number."""
    cluster = Cluster(station.settings)
    with psycopg.connect(cluster.url(SUPERUSER), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    sought = [s.encode() for s in (*PHONES, *NUMBERS, ILLNESS)]
    read = 0
    for path in cluster.data.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            read += len(data)
            assert [one for one in sought if one in data] == [], path
    assert read > 20_000_000
    engine = station.engine()
    with transaction(engine, Actor("administrator")) as connection:
        trail = connection.exec_driver_sql("SELECT e::text FROM gridmap.audit_entries e").all()
    engine.dispose()
    assert caught(str(trail).encode()) == []
    assert "卡" not in checks.masked_name(GOOD[0][2])
