"""A draft goes out as a file, is edited elsewhere, and comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.db import Actor, transaction
from gridmap.errors import CallError, Conflict, DataError, NotFound
from gridmap.plans.exchange import VillageImport, export_draft, import_draft
from tests.drawing import Town, square
from tests.plans.conftest import Editor
from tests.plans.networks.towns import METRE

Change = Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]


@pytest.fixture
def exchange(
    county: Engine, actor: Actor, editor: Editor, tmp_path: Path
) -> Callable[..., list[VillageImport]]:
    """Exports the draft, lets somebody edit the file, imports it again."""

    def run(change: Change, name: str = "draft.gpkg", **options: Any) -> list[VillageImport]:
        file = tmp_path / name
        export_draft(county, actor, editor.plan, file)
        edited = change(gpd.read_file(file))
        file.unlink()
        edited.to_file(file, driver="GPKG" if name.endswith("gpkg") else "GeoJSON")
        return import_draft(county, actor, editor.plan, str(file), **options)

    return run


def put(table: gpd.GeoDataFrame, code: str, shape: Any) -> None:
    """Give a grid another shape."""
    at = table.index[table["code"] == code][0]
    table.loc[[at], "geometry"] = gpd.GeoSeries([shape], index=[at], crs=table.crs)


def shape_of(table: gpd.GeoDataFrame, code: str) -> Any:
    return table.set_index("code").geometry[code]


def test_a_file_that_was_not_edited_changes_nothing_to_the_last_bit(
    exchange: Callable[..., list[VillageImport]], editor: Editor
) -> None:
    before = editor.shapes()
    for name in ("draft.gpkg", "draft.geojson"):
        (told,) = exchange(lambda table: table, name)
        assert told.is_clean
        assert not told.mended
        assert {row.fate for row in told.differences} == {"same"}
    assert editor.shapes() == before
    assert editor.division()["undo"] is None


def test_a_border_moved_in_both_grids_comes_in_and_can_be_undone(
    exchange: Callable[..., list[VillageImport]], editor: Editor, town: Town
) -> None:
    a, b = town.grids["A"], town.grids["B"]
    before = editor.shapes()
    strip = square(2, 2, 0.7, 2)

    def move(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        put(table, a, shapely.union(shape_of(table, a), strip))
        put(table, b, shapely.difference(shape_of(table, b), strip))
        return table

    (told,) = exchange(move)
    rows = {row.code: row for row in told.differences}
    assert (rows[a].fate, rows[b].fate) == ("changed", "changed")
    assert (rows[a].gained, rows[b].lost) == (1, 1)
    assert rows[a].gained_m2 == pytest.approx(1.4 * 868.5 * 1110.2, rel=0.01)
    assert (rows[a].households_before, rows[a].households_after) == (3, 4)
    grids = editor.grids()
    assert grids[a]["households"] == 4
    assert shapely.coverage_is_valid(
        [shapely.geometry.shape(grid["geometry"]) for grid in grids.values()]
    )
    # It is an operation of whoever imported it: the shell's administrator, not this account.
    assert editor.division()["undo"] is None
    assert editor.shapes() != before


def test_an_import_is_one_operation_of_the_account_and_undone_to_the_byte(
    county: Engine, editor: Editor, town: Town, tmp_path: Path
) -> None:
    drawer = Actor("drawer")
    file = tmp_path / "draft.gpkg"
    export_draft(county, drawer, editor.plan, file)
    table = gpd.read_file(file)
    table.loc[table["code"] == town.grids["A"], "name"] = "东街网格"
    put(table, town.grids["C"], shapely.union(
        shape_of(table, town.grids["C"]), shape_of(table, town.grids["D"])))  # fmt: skip
    table = table[table["code"] != town.grids["D"]]
    file.unlink()
    table.to_file(file, driver="GPKG")
    before = editor.shapes()
    import_draft(county, drawer, editor.plan, str(file))
    grids = editor.grids()
    assert grids[town.grids["A"]]["name"] == "东街网格"
    assert town.grids["D"] not in grids
    assert editor.division()["undo"]["operation"] == "import"
    assert editor.back().status_code == 200
    assert editor.shapes() == before
    assert editor.grids()[town.grids["A"]]["name"] == "第1网格"


def test_a_grid_split_in_qgis_bears_its_code_twice_and_the_larger_part_keeps_it(
    exchange: Callable[..., list[VillageImport]], editor: Editor, town: Town
) -> None:
    a = town.grids["A"]

    def split(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        north = square(0, 3, 2, 1)
        half = table[table["code"] == a].copy()
        half["geometry"] = [shapely.intersection(shape_of(table, a), north)]
        put(table, a, shapely.difference(shape_of(table, a), north))
        return gpd.GeoDataFrame(pd.concat([half, table]), crs=table.crs)

    (told,) = exchange(split)
    fates = {row.code: row for row in told.differences if row.fate != "same"}
    (new,) = set(fates) - {a}
    assert new not in town.grids.values()
    assert (fates[a].households_after, fates[new].households_after) == (2, 1)
    names = [grid["name"] for grid in editor.grids().values()]
    assert len(set(names)) == len(names)


def test_shaken_vertices_are_mended_and_reported(
    exchange: Callable[..., list[VillageImport]], editor: Editor
) -> None:
    rng = np.random.default_rng(2)

    def shake(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        def ring(line: Any) -> Any:
            xy = np.array(line.coords)[:-1]
            return xy + rng.uniform(-0.3, 0.3, xy.shape) * METRE

        table["geometry"] = [
            shapely.MultiPolygon([shapely.Polygon(ring(part.exterior)) for part in shape.geoms])
            for shape in table.geometry
        ]
        return table

    (told,) = exchange(shake)
    assert told.mended
    assert told.is_clean
    shapes = [shapely.geometry.shape(grid["geometry"]) for grid in editor.grids().values()]
    assert shapely.coverage_is_valid(shapes)
    whole = shapely.geometry.shape(editor.division()["village"]["geometry"])
    union = shapely.coverage_union_all(shapes)
    assert shapely.area(shapely.symmetric_difference(union, whole)) < 1e-15


def test_a_fault_that_cannot_be_mended_is_told_with_its_place_and_nothing_is_taken(
    exchange: Callable[..., list[VillageImport]], editor: Editor, town: Town
) -> None:
    before = editor.shapes()

    def hole(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        put(table, town.grids["A"], shapely.difference(
            shape_of(table, town.grids["A"]), square(0, 3, 0.5, 0.5)))  # fmt: skip
        return table

    (told,) = exchange(hole)
    (flaw,) = told.flaws
    assert flaw.kind == "gap"
    assert shapely.contains(square(0, 3, 0.5, 0.5), shapely.Point(flaw.place))
    assert editor.shapes() == before


def test_a_dry_run_tells_and_takes_nothing(
    exchange: Callable[..., list[VillageImport]], editor: Editor, town: Town
) -> None:
    before = editor.shapes()

    def join(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        put(table, town.grids["C"], shapely.union(
            shape_of(table, town.grids["C"]), shape_of(table, town.grids["D"])))  # fmt: skip
        return table[table["code"] != town.grids["D"]]

    (told,) = exchange(join, dry_run=True)
    assert {row.fate for row in told.differences} == {"same", "changed", "ended"}
    assert editor.shapes() == before


def test_another_crs_comes_back_to_the_same_bits(
    exchange: Callable[..., list[VillageImport]], editor: Editor
) -> None:
    before = editor.shapes()
    (told,) = exchange(lambda table: table.to_crs(4546))
    assert {row.fate for row in told.differences} == {"same"}
    assert editor.shapes() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.assign(code="140929100200999"), "has no grid 140929100200999"),
        (lambda table: table.drop(columns="code"), "no column code"),
        (lambda table: table.assign(kind="market"), "kind is 'market'"),
        (
            lambda table: table.assign(code=None, geometry=table.translate(1, 0)),
            "row 1: the new grid lies in no village",
        ),
        (
            lambda table: table.assign(geometry=[None, *table.geometry[1:]]),
            "row 1: the geometry is missing",
        ),
        (
            lambda table: table.assign(geometry=table.representative_point()),
            "row 1: the geometry is a POINT",
        ),
        (lambda table: table.assign(name="长" * 101), "longer than 100"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_row(
    exchange: Callable[..., list[VillageImport]], editor: Editor, change: Change, said: str
) -> None:
    before = editor.shapes()
    with pytest.raises(DataError) as caught:
        exchange(change)
    assert said in caught.value.en
    assert editor.shapes() == before


def test_hostile_and_missing_files_are_refused(
    county: Engine, actor: Actor, editor: Editor, tmp_path: Path
) -> None:
    trap = tmp_path / "draft.geojson"
    trap.write_text('<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>')
    with pytest.raises(DataError):
        import_draft(county, actor, editor.plan, str(trap))
    with pytest.raises(CallError):
        import_draft(county, actor, editor.plan, str(tmp_path / "absent.gpkg"))
    with pytest.raises(CallError, match=r"\.gpkg"):
        export_draft(county, actor, editor.plan, tmp_path / "draft.shp")
    with pytest.raises(CallError, match="no/such"):
        export_draft(county, actor, editor.plan, tmp_path / "no/such/draft.gpkg")
    with pytest.raises(NotFound):
        export_draft(county, actor, "none", tmp_path / "draft.gpkg")


def test_a_submitted_draft_takes_no_file(
    county: Engine, actor: Actor, editor: Editor, tmp_path: Path
) -> None:
    file = tmp_path / "draft.gpkg"
    export_draft(county, actor, editor.plan, file)
    assert editor.post(f"/{editor.plan}/submit", {"note": None}).status_code == 200
    with pytest.raises(Conflict):
        import_draft(county, actor, editor.plan, str(file))


def test_both_ways_leave_a_line_in_the_trail(
    exchange: Callable[..., list[VillageImport]], county: Engine, actor: Actor, editor: Editor
) -> None:
    exchange(lambda table: table)
    with transaction(county, actor) as connection:
        acts = connection.scalars(
            text("SELECT action FROM audit_entries WHERE subject = 'grid_plans' ORDER BY id")
        ).all()
    assert {"export", "import"} <= set(acts)
