"""The command as a person types it: what it prints, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

PROGRAM = Path(sys.executable).with_name("gridmap")
INCIDENTS = """\
编号,上报时间,大类,经度,纬度
a1,2026-03-01 08:00,环境卫生,111.57,38.70
a2,2026-03-02 09:30,没有这一类,111.57,38.70
a3,2026-03-03 10:00,公共设施,nan,38.70
"""


@pytest.fixture
def run(database: str, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Types a command in an empty folder, on the test's own database."""

    def type_in(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PROGRAM), *words],
            env={**os.environ, "GRIDMAP_DATABASE_URL": database},
            cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    (tmp_path / "incidents.csv").write_text(INCIDENTS, encoding="gb18030")
    return type_in


def test_a_load_with_bad_rows_takes_the_good_ones_and_ends_with_1(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = ("load", "incidents", "incidents.csv", "--crs", "EPSG:4490", "--column", "code=编号")
    done = run(*words, "--set", "channel=hotline", "--source", "试点", "--json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert (report["read"], report["inserted"], report["rejected"]) == (3, 1, 2)
    assert report["source"] == "试点"
    book = openpyxl.load_workbook(tmp_path / report["rejects_path"], read_only=True)
    cells = [
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    ]
    assert any("没有这一类" in cell for cell in cells)

    again = json.loads(run(*words, "--set", "channel=hotline", "--source", "试点", "--json").stdout)
    assert (again["inserted"], again["updated"], again["unchanged"]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("load", "houses", "incidents.csv", "--crs", "EPSG:4490"), "houses"),
        (("load", "incidents", "incidents.csv", "--crs", "EPSG:1"), "EPSG:1"),
        (("load", "incidents", "incidents.csv"), "--crs"),
        (("load", "incidents", "absent.csv", "--crs", "gcj02"), "absent.csv"),
        (("load", "incidents", "incidents.csv", "--crs", "gcj02", "--column", "code"), "--column"),
        (("load", "incidents", "/vsicurl/http://127.0.0.1/a.csv", "--crs", "gcj02"), "/vsicurl"),
        (("demo", "atlantis"), "atlantis"),
        (("restore", "absent.backup"), "absent.backup"),
        (("heat", "-o", "no/such/folder/heat.html"), "no/such/folder"),
    ],
)  # fmt: skip
def test_a_wrong_call_ends_with_2_and_says_what_and_where_in_both_languages(  # type: ignore[no-untyped-def]
    run, words: tuple[str, ...], said: str
) -> None:
    done = run(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    chinese, english = (
        next(line for line in done.stderr.splitlines() if line.startswith(start))
        for start in ("错误：", "error: ")
    )
    assert said in chinese
    assert said in english


def test_a_broken_chain_ends_with_1_and_a_pipe_sees_no_bar(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "units.csv").write_text("code,name,level\n140929,岢岚县,county\n", encoding="utf-8")
    assert run("load", "admin_units", "units.csv").returncode == 0
    done = run("check")
    assert done.returncode == 1, done.stderr
    assert "140929 岢岚县" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_the_audit_trail_is_verified_against_a_seal_noted_down(run) -> None:  # type: ignore[no-untyped-def]
    assert run("up").returncode == 0
    assert run("audit", "verify").returncode == 0  # leaves the first line of the trail
    first = run("audit", "verify", "--json")
    assert first.returncode == 0, first.stderr
    verdict = json.loads(first.stdout)
    assert verdict["ok"]
    assert run("audit", "verify", "--known", verdict["head"]).returncode == 0
    cut = run("audit", "verify", "--known", "ab" * 32)
    assert cut.returncode == 1
    assert "ab" * 32 in cut.stdout
    assert "被截断" in cut.stdout
    assert "cut off" in cut.stdout
