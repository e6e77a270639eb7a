"""Villages cut into cells and balanced: what stays keeps its bits, what is made tiles."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap.cli import main
from gridmap.errors import DataError
from gridmap.plans.balancing import telling
from gridmap.plans.balancing.cells import cells_of
from gridmap.plans.balancing.lines import barriers, compounds, crs_of
from gridmap.plans.balancing.model import Line, Village, Wish
from gridmap.plans.balancing.parting import groups
from gridmap.plans.balancing.solving import Balancer, as_proposed
from gridmap.plans.drafts import faults_in
from gridmap.plans.editing import Division
from gridmap.plans.figures import Homes
from gridmap.plans.redrawing import change_of
from tests.drawing import draw, lonlat, square
from tests.plans.test_commands import Run, run, said

__all__ = ["run"]

GROUND = """
    AAABBB
    AAABBB
    CCCDDD
    CCCDDD
"""
CODE = "140929100200"


def homes_at(places: list[tuple[float, float, int]]) -> Homes:
    """Buildings of a tenth of a cell, with so many households each."""
    rows = []
    for column, row, households in places:
        lon, lat = lonlat(column, row)
        shape = square(column - 0.05, row - 0.05, 0.1, 0.1)
        rows.append({"lon": lon, "lat": lat, "wkb": shapely.to_wkb(shape),
                     "households": households, "residents": 2 * households})  # fmt: skip
    return Homes.of(rows)


def everywhere(seed: int, most: int = 9) -> Homes:
    """Three buildings in every cell of the ground, but for its south-eastern corner."""
    rng = np.random.default_rng(seed)
    return homes_at(
        [
            (column + x, row + y, int(rng.integers(1, most)))
            for column in range(6)
            for row in range(4)
            if (column, row) != (5, 0)
            for x, y in ((0.2, 0.25), (0.7, 0.3), (0.45, 0.75))
        ]
    )


def village(homes: Homes, size: tuple[float, float], **kinds: str) -> Village:
    shapes = {f"{CODE}00{'ABCD'.index(name) + 1}": one for name, one in draw(GROUND).items()}
    outline = shapely.coverage_union_all(list(shapes.values()))
    outline = outline if outline.geom_type == "MultiPolygon" else shapely.MultiPolygon([outline])
    known = {f"{CODE}00{'ABCD'.index(name) + 1}": kind for name, kind in kinds.items()}
    streets = [
        Line("road", "main", shapely.LineString([lonlat(0, 2), lonlat(6, 2)])),
        Line("road", None, shapely.LineString([lonlat(1.5, 0), lonlat(1.5, 4)])),
        Line("road", None, shapely.LineString([lonlat(4.5, 0), lonlat(4.5, 4)])),
    ]
    return Village(
        CODE, "北道坡村", Division(outline, shapes),
        {code: known.get(code, "general") for code in shapes}, dict.fromkeys(shapes, "urban"),
        dict.fromkeys(shapes, 0), dict.fromkeys(shapes, "网格"), size, homes, streets,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_cells_hold_their_buildings_tile_the_village_and_follow_the_borders_of_today(
    seed: int,
) -> None:
    here = village(everywhere(seed), (50, 100))
    cells = cells_of(here, frozenset())
    assert shapely.coverage_is_valid(cells.frame.geometry.to_numpy())
    assert (cells.home >= 0).all()
    assert cells.frame["households"].sum() == here.homes.households.sum()
    points = shapely.points(here.division.stretch.metres(here.homes.footprints.anchors))
    own = cells.frame.geometry.to_numpy()[cells.home]
    assert shapely.intersects(own, points).all()
    same = cells.shapes({})
    assert set(same) == set(here.division.shapes)
    change = change_of(here.division, same)
    assert (change.shapes, change.ended) == ({}, ())


def slanted(there: Village) -> Village:
    """The same village with its lines from west to east rising."""
    west, _ = lonlat(0, 0)

    def rise(xy: np.ndarray) -> np.ndarray:
        return np.column_stack([xy[:, 0], xy[:, 1] + 0.13 * (xy[:, 0] - west)])

    homes = there.homes
    rows = [
        {"lon": lon, "lat": lat + 0.13 * (lon - west), "households": households,
         "residents": 2 * households, "wkb": shapely.to_wkb(shapely.transform(shape, rise))}
        for lon, lat, households, shape in zip(
            homes.lon.tolist(), homes.lat.tolist(), homes.households.tolist(),
            homes.footprints.shapes, strict=True,
        )
    ]  # fmt: skip
    shapes = {code: shapely.transform(one, rise) for code, one in there.division.shapes.items()}
    return replace(
        there,
        division=Division(shapely.transform(there.division.village, rise), shapes),
        homes=Homes.of(rows),
        lines=[replace(line, shape=shapely.transform(line.shape, rise)) for line in there.lines],
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_village_with_slanted_lines_is_balanced_again_and_again(seed: int) -> None:
    """Its borders meet the village line in vertices that are on it but for rounding."""
    here = slanted(village(everywhere(seed), (50, 75)))
    for mode in ("even", "shape", "mixed"):
        found = Balancer(here, frozenset()).balanced(Wish(mode, seed=seed), "db11_2157", [])
        assert faults_in(Division(here.division.village, found.shapes)) == []
        known = dict.fromkeys(found.shapes, "general")
        here = replace(
            here, division=Division(here.division.village, found.shapes), kinds=known,
            area_kinds=dict.fromkeys(known, "urban"), versions=dict.fromkeys(known, 0),
            names=dict.fromkeys(known, "网格"),
        )  # fmt: skip


@pytest.mark.parametrize("mode", ["stable", "mixed", "shape", "even"])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_balanced_tiles_the_village_to_the_bit_with_every_home_where_it_was_put(
    seed: int, mode: str
) -> None:
    here = village(everywhere(seed), (50, 75))
    found = Balancer(here, frozenset()).balanced(Wish(mode, seed=seed), "db11_2157", [])
    assert faults_in(Division(here.division.village, found.shapes)) == []
    grids = here.homes.grids(found.shapes)
    assert None not in grids
    loads = dict.fromkeys(found.shapes, 0)
    for code, households in zip(grids, here.homes.households.tolist(), strict=True):
        loads[str(code)] += households
    in_range = sum(50 <= load <= 75 for load in loads.values())
    assert in_range == found.after["in_range"]
    assert in_range == len(loads) or found.exceptions
    corners = set(map(tuple, shapely.get_coordinates(here.division.village).tolist()))
    union = shapely.union_all([*found.shapes.values()])
    assert corners <= set(map(tuple, shapely.get_coordinates(union).tolist()))


def test_a_grid_that_comes_new_gets_a_code_that_no_grid_ever_had() -> None:
    here = village(everywhere(1), (30, 55), D="special")
    taken = [*here.division.shapes, f"{CODE}005"]
    found = Balancer(here, frozenset()).balanced(Wish("even"), "db11_2157", taken)
    new = sorted(set(found.shapes) - set(here.division.shapes))
    assert new
    assert new[0] == f"{CODE}006"
    special = f"{CODE}004"
    assert shapely.equals(found.shapes[special], here.division.shapes[special])


def test_a_mode_that_comes_to_nothing_leaves_the_village_as_it_is_and_costs_no_other_mode() -> None:
    there = village(everywhere(6), (20, 90))
    balanced = Balancer(there, frozenset()).balanced(Wish("even"), "db11_2157", [])
    reason = DataError("画不成", "cannot be drawn")
    kept, stays = as_proposed(there, [balanced, reason])
    assert kept is balanced
    told = telling.proposed(there, stays, {"households": 1.0}, frozenset())
    assert [(row["code"], row["fate"]) for row in told["grids"]] == [
        (code, "same") for code in sorted(there.division.shapes)
    ]
    assert (told["moves"], told["ended"]) == ([], [])
    assert told["after"]["moved_households"] == 0
    assert [(row["zh"], row["en"]) for row in told["exceptions"]] == [(reason.zh, reason.en)]
    with pytest.raises(DataError, match="cannot be drawn"):
        as_proposed(there, [reason, reason])


def test_a_locked_grid_is_not_touched_while_the_others_are() -> None:
    here = village(everywhere(2), (30, 55))
    locked = f"{CODE}002"
    found = Balancer(here, frozenset({locked})).balanced(Wish("even"), "db11_2157", [])
    change = change_of(here.division, found.shapes)
    assert change.shapes
    assert shapely.equals(found.shapes[locked], here.division.shapes[locked])


def test_where_all_of_today_are_in_range_stable_keeps_as_many() -> None:
    homes = everywhere(3, most=2)
    here = village(homes, (10, 40))
    found = Balancer(here, frozenset()).balanced(Wish("stable"), "db11_2157", [])
    assert set(found.shapes) == set(here.division.shapes)
    assert found.before["in_range"] == found.after["in_range"] == 4


def test_a_village_without_grids_is_divided_from_its_outline() -> None:
    known = village(everywhere(4), (50, 75))
    here = Village(
        CODE, "北道坡村", Division(known.division.village, {}), {}, {}, {}, {}, (50, 75),
        known.homes, known.lines,
    )  # fmt: skip
    found = Balancer(here, frozenset()).balanced(Wish("shape"), "db11_2157", [])
    assert len(found.shapes) > 1
    assert min(found.shapes) == f"{CODE}001"
    assert faults_in(Division(here.division.village, found.shapes)) == []
    assert found.before["grids"] is None
    _, stays = as_proposed(here, [found, DataError("画不成", "cannot be drawn")])
    assert telling.proposed(here, stays, {"households": 1.0}, frozenset())["grids"] == []


def test_a_village_where_nobody_builds_is_told_of() -> None:
    here = village(homes_at([]), (50, 75))
    with pytest.raises(DataError, match="没有楼栋"):
        Balancer(here, frozenset())


def test_what_one_wall_surrounds_stays_together() -> None:
    wall = shapely.LinearRing([lonlat(2.1, 2.1), lonlat(2.9, 2.1), lonlat(2.9, 2.9),
                               lonlat(2.1, 2.9)])  # fmt: skip
    lon, lat = zip(lonlat(2.5, 2.5), lonlat(2.2, 2.8), lonlat(1.5, 2.5), strict=True)
    walls = [Line("wall", None, wall), Line("road", None, wall)]
    assert compounds(walls, np.array(lon), np.array(lat)) == ["wall0", "wall0", None]
    assert compounds([], np.array(lon), np.array(lat)) == [None] * 3


@pytest.mark.parametrize(
    ("kind", "rank", "barrier"),
    [("road", "main", "arterial"), ("road", "lane", "street"), ("road", None, "street"),
     ("river", None, "river"), ("river", "stream", "street"), ("railway", None, "railway"),
     ("wall", None, None)],
)  # fmt: skip
def test_what_lies_on_the_base_map_divides_as_it_does_on_the_ground(
    kind: str, rank: str | None, barrier: str | None
) -> None:
    here = village(homes_at([]), (1, 2))
    line = Line(kind, rank, shapely.LineString([lonlat(0, 1), lonlat(6, 1)]))
    found = barriers([line], here.division.stretch)
    assert list(found["kind"]) == ([] if barrier is None else [barrier])


def test_the_metres_that_cells_are_in_are_those_that_their_crs_names() -> None:
    stretch = village(homes_at([]), (1, 2)).division.stretch
    degrees = np.array([lonlat(1, 1), lonlat(5.5, 3.25)])
    crs = crs_of(stretch)
    sphere = f"+proj=longlat +R={crs.ellipsoid.semi_major_metre}"
    placed = gpd.GeoSeries(shapely.points(degrees), crs=sphere).to_crs(crs)
    assert np.allclose(shapely.get_coordinates(placed), stretch.metres(degrees), atol=1e-3)


def test_grids_that_exchange_land_belong_together_and_others_do_not() -> None:
    here = village(homes_at([]), (1, 2))
    a, b, c, d = (f"{CODE}00{n}" for n in (1, 2, 3, 4))
    old = here.division.shapes
    strip, piece = square(3, 2, 1, 2), square(0, 0, 3, 1)
    shapes = {
        a: shapely.union_all([old[a], strip]),
        b: shapely.difference(old[b], strip),
        c: shapely.difference(old[c], piece),
        f"{CODE}009": piece,
    }
    assert groups(here.division, shapes, []) == [[a, b], [c, f"{CODE}009"]]
    assert groups(here.division, {a: shapely.union_all([old[a], old[b]])}, [b, d]) == [[a, b], [d]]


def test_a_village_is_balanced_from_the_shell_into_a_draft(run: Run) -> None:
    code = "140929100200"
    answer = json.loads(said(run("balance", "--village", code, "--size", "2,4", "--json")))
    assert sorted(grid["households"] for grid in answer["grids"]) == [3, 3]
    assert answer["after"]["in_range"] == answer["after"]["grids"] == 2
    assert [row["village"] for row in answer["moves"]] == [code] * len(answer["moves"])
    listed = said(run("plan", "list"))
    assert answer["plan"] in listed
    told = run("balance", "--township", "140929100", "--size", "2,4", "--name", "均衡")
    assert "换网格的楼栋" in said(told)
    assert told.stderr == ""


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--village", "140929100200", "--county"),
        ("--county", "-o", "x.gpkg"),
        ("file.gpkg",),
        ("file.gpkg", "--county", "-o", "x.gpkg"),
        ("--county", "--size", "500,300"),
        ("--county", "--size", "many"),
        ("--county", "--weight", "cats"),
        ("--county", "--weight", "households=x"),
        ("nowhere.gpkg", "-o", "x.gpkg"),
        ("nowhere.gpkg", "-o", "x.shp"),
    ],
)
def test_a_call_that_is_not_clear_ends_with_2(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["gridmap", "balance", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_a_grid_to_be_locked_that_is_not_there_ends_with_2_and_leaves_no_draft(run: Run) -> None:
    done = run("balance", "--county", "--lock", "140929100200999")
    assert done.returncode == 2
    assert "140929100200999" in done.stderr
    assert "草案" not in said(run("plan", "list"))


@pytest.fixture
def cells(tmp_path: Path) -> gpd.GeoDataFrame:
    """A village of cells with households, in a file beside the command."""
    here = village(everywhere(5), (50, 75))
    table = cells_of(here, frozenset()).frame.drop(columns="compound").to_crs(4546)
    table["id"] = [f"b{number}" for number in range(len(table))]
    table.to_file(tmp_path / "cells.gpkg", driver="GPKG")
    return table


@pytest.mark.parametrize("ending", ["gpkg", "parquet", "geojson"])
def test_a_file_is_balanced_into_a_file(
    run: Run, cells: gpd.GeoDataFrame, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    words = ("balance", "cells.gpkg", "--size", "50,75", "-o", out.name, "--mode", "even")
    answer = json.loads(said(run(*words, "--json")))
    read = gpd.read_parquet if ending == "parquet" else gpd.read_file
    grids = read(out, layer="grids") if ending == "gpkg" else read(out)
    assert len(grids) == answer["after"]["grids"]
    assert grids["households"].sum() == cells["households"].sum()
    assert grids.to_crs(4546).area.sum() == pytest.approx(cells.area.sum(), rel=1e-6)
    if ending == "gpkg":
        assigned = gpd.read_file(out, layer="assignment").set_index("id")
        assert set(assigned.index) == set(cells["id"])
        loads = assigned.groupby("grid_code")["households"].sum()
        assert loads.to_dict() == grids.set_index("code")["households"].to_dict()
        moves = gpd.read_file(out, layer="moves")
        assert len(moves) == answer["after"]["moved_buildings"] > 0
    assert "已写入" in said(run(*words))


def test_points_with_longitude_and_latitude_are_balanced_in_their_territory(
    run: Run, tmp_path: Path
) -> None:
    here = village(everywhere(6), (50, 75))
    rows = zip(here.homes.lon, here.homes.lat, here.homes.households, strict=True)
    lines = ["lon,lat,households", *(f"{lon},{lat},{n}" for lon, lat, n in rows)]
    (tmp_path / "homes.csv").write_text("\n".join(lines), encoding="utf-8")
    outline = gpd.GeoDataFrame({"village": [CODE]}, geometry=[here.division.village], crs=4490)
    outline.to_file(tmp_path / "village.geojson", driver="GeoJSON")
    done = run("balance", "homes.csv", "--crs", "EPSG:4490", "--territory", "village.geojson",
               "--size", "50,75", "-o", "out.geojson", "--json")  # fmt: skip
    answer = json.loads(said(done))
    grids = gpd.read_file(tmp_path / "out.geojson")
    assert grids["households"].sum() == here.homes.households.sum()
    assert answer["after"]["connected"] == len(grids) > 1


def test_a_hostile_file_is_not_followed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.geojson").write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    done = run("balance", "x.geojson", "-o", "out.gpkg")
    assert done.returncode in (1, 2)
    assert not (tmp_path / "out.gpkg").exists()
