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

from tests.drawing import TOWNSHIP, Town, draw, square

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
    # The same files again are the same networks: only the draft is another one.
    listed = json.loads(said(run("plan", "list", "--json")))
    assert answer["plan"] in {row["code"] for row in listed}
    assert sorted(row["network"] for row in listed if row["network"]) == ["city", "party"]


def test_networks_of_departments_are_kept_listed_merged_and_discarded(
    run: Run, town: Town, tmp_path: Path
) -> None:
    drawings = {"police": "XXYY\nXXYY\nXXYY\nXXYY", "civil": "PPPP\nPPPP\nQQQQ\nQQQ."}
    for name, drawing in drawings.items():
        shapes = draw(drawing)
        if name == "civil":
            shapes["Q"] = shapely.union(shapes["Q"], square(3, 2, 1, 0.1))
        table = gpd.GeoDataFrame(
            {"code": list(shapes)}, geometry=list(shapes.values()), crs=4490
        )  # fmt: skip
        table.to_file(tmp_path / f"{name}.gpkg", driver="GPKG")
    told = said(run("plan", "network", TOWNSHIP, "公安", "police.gpkg"))
    assert "公安：2 个网格 grids，覆盖 covers 100.0%  已存为 · kept as" in told
    assert "没有变化" in said(run("plan", "network", TOWNSHIP, "公安", "police.gpkg"))
    told = json.loads(said(run("plan", "network", TOWNSHIP, "民政", "civil.gpkg", "--json")))
    assert (told["network"], told["grids"], told["is_new"]) == ("民政", 2, True)
    assert told["survey"]["covered"] == pytest.approx(15 / 16, rel=1e-3)
    (overlap,) = told["survey"]["overlaps"]
    assert overlap["codes"] == ["P", "Q"]
    lines = [line for line in said(run("plan", "list")).splitlines() if "部门网格" in line]
    assert len(lines) == 2
    assert lines == said(run("plan", "list")).splitlines()[-2:]

    size = ("--size", "1-4", "--json")
    both = json.loads(said(run("merge-networks", TOWNSHIP, *size)))
    assert {row["network"] for row in both["crosswalk"]} == {"公安", "民政"}
    one = json.loads(said(run("merge-networks", TOWNSHIP, "--of", "公安", *size)))
    assert {row["network"] for row in one["crosswalk"]} == {"公安"}
    said(run("plan", "discard", told["plan"]))
    left = json.loads(said(run("merge-networks", TOWNSHIP, *size)))
    assert {row["network"] for row in left["crosswalk"]} == {"公安"}
    for words, expected in (
        (("--of", "民政"), "公安"),
        (("--of", "公安", "--weight", "民政=2"), "--weight"),
    ):
        refused = run("merge-networks", TOWNSHIP, *words)
        assert refused.returncode in (1, 2)
        assert expected in refused.stderr
    assert run("plan", "submit", lines[0].split()[0]).returncode == 1


def test_a_network_that_is_kept_goes_out_as_a_file_and_comes_back_the_same(
    run: Run, town: Town, tmp_path: Path
) -> None:
    shapes = draw("XXYY\nXXYY\nXXYY\nXXYY")
    table = gpd.GeoDataFrame({"code": list(shapes)}, geometry=list(shapes.values()), crs=4490)
    table.to_file(tmp_path / "police.gpkg", driver="GPKG")
    told = json.loads(said(run("plan", "network", TOWNSHIP, "公安", "police.gpkg", "--json")))
    assert "2 个网格" in said(run("plan", "export", told["plan"], "-o", "out.gpkg"))
    again = json.loads(said(run("plan", "network", TOWNSHIP, "公安", "out.gpkg", "--json")))
    assert (again["plan"], again["is_new"]) == (told["plan"], False)


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
        (("merge-networks", "140929"), "gridmap plan network 140929"),
        (("plan", "network", "140929100200001", "公安", "x.gpkg"), "x.gpkg"),
        (("plan", "network", "140929", "公安", "absent.gpkg"), "absent.gpkg"),
        (("plan", "discard", "none"), "none"),
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
