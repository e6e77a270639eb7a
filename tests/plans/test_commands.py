"""Plans from the shell, as a person types the commands."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from tests.drawing import Town, draw, square

PROGRAM = Path(sys.executable).with_name("gridmap")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(database: str, town: Town, tmp_path: Path) -> Run:
    """Types a command in an empty folder, on the town's own database."""

    def type_in(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PROGRAM), *words],
            env={**os.environ, "GRIDMAP_DATABASE_URL": database},
            cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    return type_in


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_a_draft_is_opened_exported_edited_imported_and_submitted(
    run: Run, town: Town, tmp_path: Path
) -> None:
    plan = said(run("plan", "new", town.villages["1"], "--name", "调整"))
    assert "4 个网格" in said(run("plan", "export", plan, "-o", "draft.gpkg"))
    table = gpd.read_file(tmp_path / "draft.gpkg")
    strip = square(2, 2, 0.7, 2)
    a, b = town.grids["A"], town.grids["B"]
    shapes: dict[str, Any] = dict(zip(table["code"], table.geometry, strict=True))
    shapes[a], shapes[b] = shapes[a] | strip, shapes[b] - strip
    table.geometry = [shapes[code] for code in table["code"]]
    table.to_file(tmp_path / "edited.gpkg", driver="GPKG")

    told = said(run("plan", "import", plan, "edited.gpkg", "--dry-run"))
    assert "没有导入" in told
    assert f"{a}  调整 changed" in told
    assert "3→4 户" in told
    answer = json.loads(said(run("plan", "import", plan, "edited.gpkg", "--json")))
    assert answer["written"]
    assert {row["code"] for row in answer["villages"][0]["grids"]} == {a, b}
    assert "待审核" in said(run("plan", "submit", plan, "--note", "请审核"))
    assert "待审核" in next(
        line for line in said(run("plan", "list")).splitlines() if line.startswith(plan)
    )
    # Nobody brings into force what they have submitted themselves.
    refused = run("plan", "activate", plan)
    assert refused.returncode == 1
    assert "somebody else" in refused.stderr


def test_a_file_with_a_hole_ends_with_1_and_tells_the_place(
    run: Run, town: Town, tmp_path: Path
) -> None:
    plan = said(run("plan", "new", town.villages["1"]))
    said(run("plan", "export", plan, "-o", "draft.geojson"))
    table = gpd.read_file(tmp_path / "draft.geojson")
    table[table["code"] != town.grids["D"]].to_file(tmp_path / "less.geojson", driver="GeoJSON")
    done = run("plan", "import", plan, "less.geojson")
    assert done.returncode == 1
    assert "缝隙 gap" in done.stdout
    assert "111.53" in done.stdout


def test_networks_are_merged_into_a_draft_with_a_crosswalk(
    run: Run, town: Town, tmp_path: Path
) -> None:
    drawings = {"party": "XXYY\nXXYY\nXXYY\nXXYY", "city": "PPPP\nPPPP\nQQQQ\nQQQQ"}
    for name, drawing in drawings.items():
        shapes = draw(drawing)
        gpd.GeoDataFrame(
            {"编号": list(shapes)}, geometry=list(shapes.values()), crs=4490
        ).to_file(tmp_path / f"{name}.geojson", driver="GeoJSON")  # fmt: skip
    words = ("merge-networks", town.villages["1"], "--network", "party=party.geojson",
             "--network", "city=city.geojson", "--code-column", "编号", "--size",
             "1-4")  # fmt: skip
    told = said(run(*words, "--weight", "party=2", "-o", "crosswalk.csv"))
    assert "部门间冲突 4 处" in told
    assert (tmp_path / "crosswalk.csv").read_text("utf-8-sig").count("party,X,") >= 1
    answer = json.loads(said(run(*words, "--json")))
    assert sum(grid["households"] for grid in answer["grids"]) == 6
    assert {(row["network"], row["old_code"]) for row in answer["crosswalk"]} == {
        ("party", "X"), ("party", "Y"), ("city", "P"), ("city", "Q")}  # fmt: skip
    listed = json.loads(said(run("plan", "list", "--json")))
    assert answer["plan"] in {row["code"] for row in listed}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("plan", "new", "999999"), "999999"),
        (("plan", "export", "none", "-o", "a.gpkg"), "none"),
        (("merge-networks", "140929", "--network", "party"), "--network"),
        (("merge-networks", "140929", *2 * ("--network", "a=x.gpkg")), "--network"),
        (("merge-networks", "140929", "--network", "a=x.gpkg", "--weight", "b=1"), "--weight"),
        (("merge-networks", "140929", "--network", "a=x.gpkg", "--weight", "a=x"), "--weight"),
        (("merge-networks", "140929", "--network", "a=x.gpkg", "--size", "300"), "--size"),
        (("merge-networks", "140929", "--network", "a=absent.gpkg"), "absent.gpkg"),
    ],
)  # fmt: skip
def test_a_wrong_call_says_what_is_wrong_in_both_languages(
    run: Run, words: tuple[str, ...], expected: str
) -> None:
    done = run(*words)
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert expected in done.stderr
    assert "错误：" in done.stderr
    assert "error: " in done.stderr
    assert shapely.__name__ not in done.stderr
