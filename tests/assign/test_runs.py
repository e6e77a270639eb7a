"""Runs that are killed, spoilt or raced; how much memory they take; what the shell sees."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest

from gridmap.assign.actions import assign_file
from gridmap.errors import CallError, Conflict, DataError
from tests.assign.conftest import EAST, NORTH, SOUTH, WEST

COMMAND = [sys.executable, "-c", "from gridmap.cli import main; main()", "assign"]
# The same without the shell around it, which takes longer to start than these runs take.
ACTION = """
import sys
from pathlib import Path
from gridmap.assign.actions import AssignOptions, assign_file
assign_file(sys.argv[1], sys.argv[2], Path(sys.argv[3]), AssignOptions(threads=1))
"""
# Of a text this long every 64,000 rows or so are a part: a small file makes many of them.
TEXT = "长" * 170


def points_file(path: Path, rows: int, group_rows: int, text: str | None = None) -> Path:
    """Points in and around the grids, in row groups."""
    rng = np.random.default_rng(7)
    schema = pa.schema([("id", pa.int64()), ("lon", pa.float64()), ("lat", pa.float64())])
    schema = schema if text is None else schema.append(pa.field("text", pa.string()))
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, rows, group_rows):
            n = min(group_rows, rows - start)
            columns = [
                np.arange(start, start + n),
                rng.uniform(WEST - 0.05, EAST + 0.05, n),
                rng.uniform(SOUTH - 0.05, NORTH + 0.05, n),
            ]
            arrays = [pa.array(column) for column in columns]
            arrays += [] if text is None else [pa.array([text]).take(pa.array(np.zeros(n, int)))]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return path


def killed_in_the_middle(points: Path, grids: Path, out: Path, parts: int) -> None:
    """Start an assignment and kill it, as a power cut would, once some parts are finished."""
    manifest = out.with_name(out.name + ".parts") / "manifest.jsonl"
    command = [sys.executable, "-c", ACTION, str(points), str(grids), str(out)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not manifest.exists() or manifest.read_text().count("\n") <= parts:
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    assert not out.exists()


@pytest.fixture(scope="module")
def killed(grids_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with points, what a kill left of an output after two parts, and the whole output."""
    folder = tmp_path_factory.mktemp("killed")
    points = points_file(folder / "p.parquet", 400_000, 150_000, TEXT)
    killed_in_the_middle(points, grids_file, folder / "o.parquet", 2)
    assert assign_file(str(points), str(grids_file), folder / "whole.parquet").resumed == 0
    return folder


@pytest.fixture
def half_done(killed: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The points, and an output to be; a run uses the parts up, so each test has its own."""
    shutil.copytree(killed / "o.parquet.parts", tmp_path / "o.parquet.parts")
    return killed / "p.parquet", tmp_path / "o.parquet"


def test_a_killed_run_goes_on_where_it_stopped_and_ends_the_same(
    half_done: tuple[Path, Path], grids_file: Path, killed: Path
) -> None:
    points, out = half_done
    said: list[str] = []
    at: list[int] = []
    outcome = assign_file(
        str(points), str(grids_file), out, None, lambda done, total: at.append(done), said.append
    )
    assert 0 < outcome.resumed < outcome.counts.points == 400_000
    assert at[0] == outcome.resumed and "going on" in said[0]
    assert out.read_bytes() == (killed / "whole.parquet").read_bytes()
    assert [path.name for path in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize("harm", ["byte", "cut", "torn", "gone", "input"])
def test_parts_that_do_not_fit_are_not_taken_up(
    half_done: tuple[Path, Path], grids_file: Path, killed: Path, harm: str
) -> None:
    points, out = half_done
    folder = out.with_name(out.name + ".parts")
    part, manifest = folder / "part-000001", folder / "manifest.jsonl"
    if harm == "byte":
        content = bytearray(part.read_bytes())
        content[len(content) // 2] ^= 1
        part.write_bytes(content)
    elif harm == "cut":
        os.truncate(part, 1_000)
    elif harm == "torn":
        lines = manifest.read_text().split("\n")
        manifest.write_text("\n".join([lines[0], lines[1][:20], *lines[2:]]))
    elif harm == "gone":
        part.unlink()
    else:
        points = Path(shutil.copy(points, out.parent))
    said: list[str] = []
    outcome = assign_file(str(points), str(grids_file), out, say=said.append)
    assert outcome.resumed == 0 and len(said) == 1 and "starting anew" in said[0]
    assert out.read_bytes() == (killed / "whole.parquet").read_bytes()


def test_a_killed_run_over_text_ends_the_same(grids_file: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    points, out = tmp_path / "points.csv", tmp_path / "out.csv"
    x, y = rng.uniform(WEST, EAST, 200), rng.uniform(SOUTH, NORTH, 200)
    block = "".join(f'"{a}",{b},"积水\n{"深" * 160}"\r\n' for a, b in zip(x, y, strict=True))
    points.write_text("lon,lat,note\r\n" + block * 1_200, encoding="gbk", newline="")
    killed_in_the_middle(points, grids_file, out, 1)
    outcome = assign_file(str(points), str(grids_file), out)
    assert 0 < outcome.resumed < outcome.counts.points == 240_000
    once = tmp_path / "once.csv"
    once.write_text("lon,lat,note\r\n" + block, encoding="gbk", newline="")
    assign_file(str(once), str(grids_file), tmp_path / "expected.csv")
    expected = (tmp_path / "expected.csv").read_bytes()
    start = expected.index(b"\r\n") + 2
    assert out.read_bytes() == expected[:start] + expected[start:] * 1_200


def test_a_run_killed_while_it_puts_the_parts_together_ends_well(
    grids_file: Path, tmp_path: Path
) -> None:
    points, out = points_file(tmp_path / "p.parquet", 200_000, 200_000), tmp_path / "o.gpkg"
    folder = tmp_path / "o.gpkg.parts"
    command = [sys.executable, "-c", ACTION, str(points), str(grids_file), str(out)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not (folder / "whole.gpkg-journal").exists():
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    assert not out.exists() and (folder / "whole.gpkg").exists()
    outcome = assign_file(str(points), str(grids_file), out)
    assert outcome.resumed == outcome.counts.points == 200_000
    assert pyogrio.read_info(out)["features"] == 200_000
    with sqlite3.connect(out) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert {path.name for path in tmp_path.iterdir()} == {points.name, out.name}


def test_an_output_that_was_there_stays_until_the_new_one_is_whole(
    grids_file: Path, tmp_path: Path
) -> None:
    points, out = points_file(tmp_path / "p.parquet", 300_000, 50_000, TEXT), tmp_path / "o.csv"
    out.write_text("old")
    content = bytearray(points.read_bytes())
    groups = pq.ParquetFile(points).metadata
    at = groups.row_group(4).column(1).data_page_offset
    content[at : at + 64] = b"\xff" * 64
    points.write_bytes(content)
    with pytest.raises(DataError):
        assign_file(str(points), str(grids_file), out)
    assert out.read_text() == "old"
    points_file(points, 300_000, 50_000, TEXT)
    assert assign_file(str(points), str(grids_file), out).counts.points == 300_000
    assert {path.name for path in tmp_path.iterdir()} == {points.name, out.name}


def test_a_full_disk_is_said_and_the_output_stays_as_it_was(
    grids_file: Path, tmp_path: Path
) -> None:
    points, out = points_file(tmp_path / "p.parquet", 300_000, 300_000), tmp_path / "o.parquet"
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20));"
    command = [sys.executable, "-c", limited + COMMAND[2], "assign", str(points)]
    done = subprocess.run(
        [*command, "--grids", str(grids_file), "-o", str(out)], capture_output=True, text=True
    )
    assert done.returncode == 1 and "cannot write o.parquet: File too large" in done.stderr
    assert not out.exists()


def test_a_folder_that_is_not_ours_is_never_touched(grids_file: Path, tmp_path: Path) -> None:
    points, out = points_file(tmp_path / "p.parquet", 10, 10), tmp_path / "o.parquet"
    mine = tmp_path / "o.parquet.parts"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    with pytest.raises(CallError, match="move it away"):
        assign_file(str(points), str(grids_file), out)
    assert (mine / "letter.txt").read_text() == "dear" and not out.exists()


def test_two_runs_never_write_one_output(grids_file: Path, tmp_path: Path) -> None:
    points, out = points_file(tmp_path / "p.parquet", 200_000, 50_000, TEXT), tmp_path / "o.parquet"
    refused: list[Conflict] = []

    def race(done: int, total: int | None) -> None:
        if not refused:
            with pytest.raises(Conflict) as raised:
                assign_file(str(points), str(grids_file), out)
            refused.append(raised.value)

    assert assign_file(str(points), str(grids_file), out, progress=race).counts.points == 200_000
    assert refused and pq.read_metadata(out).num_rows == 200_000


# Of itself the process is asked in /proc: its ru_maxrss is no less than what its parent, the whole
# test run, held when it started it.
PEAKS = """
import resource
from pathlib import Path
(own,) = [line for line in Path("/proc/self/status").open() if line.startswith("VmHWM")]
print(own.split()[1], resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(grids_file: Path, tmp_path: Path) -> None:
    peaks = []
    for rows in (1_000_000, 5_000_000):
        points = points_file(tmp_path / f"{rows}.parquet", rows, rows)  # one row group: the worst
        files = [str(points), str(grids_file), str(tmp_path / "out.parquet")]
        done = subprocess.run(
            [sys.executable, "-c", ACTION + PEAKS, *files],
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append([int(kib) / 1024 for kib in done.stdout.split()])
    (own_small, child_small), (own_large, child_large) = peaks
    assert own_large < 600 and child_large < 500
    assert own_large < own_small + 250 and child_large < child_small + 100


def test_the_shell_sees_counts_and_exit_codes(grids_file: Path, tmp_path: Path) -> None:
    points, out = points_file(tmp_path / "p.parquet", 100, 100), tmp_path / "o.parquet"
    arguments = ["--grids", str(grids_file), "-o", str(out)]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*COMMAND, *words], capture_output=True, text=True)

    done = run(str(points), *arguments, "--json")
    counts = json.loads(done.stdout)
    assert done.returncode == 0 and done.stderr == ""
    assert counts["points"] == 100 == counts["in_grids"] + counts["outside"]
    wrong = run(str(points), *arguments, "--as", "lon")
    assert wrong.returncode == 2 and "--as" in wrong.stderr
