"""Loading: good rows go in, once; the same file again changes nothing; the order is free."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, text

from gridmap.db import Actor
from gridmap.errors import CallError, DataError
from gridmap.ingest.actions import LoadOptions, load
from gridmap.ingest.layers import LAYERS
from gridmap.profiles import Profile
from tests.ingest.conftest import (
    COUNTY,
    EAST,
    EAST_GRID,
    TOWNSHIP,
    WEST,
    WEST_GRID,
    Load,
    buildings,
    grids,
    incidents,
    shapes,
    units,
)

Ask = Callable[[str], list[Any]]


def chain() -> dict[str, pd.DataFrame]:
    """One row or a few for every layer that `gridmap load` knows."""
    lamp = shapely.Point(111.7, 38.1)
    return {
        "admin_units": units(),
        "grids": grids(),
        "postings": pd.DataFrame(
            {
                "grid_code": [WEST_GRID],
                "role": ["网格长"],
                "person_name": ["张三"],
                "电话": ["0350-1"],
            }
        ),
        "base_features": shapes(
            {"code": ["R1"], "kind": ["road"], "class": ["primary"], "name": ["迎宾路"]},
            [shapely.LineString([(111, 38.5), (112, 38.5)])],
        ),
        "buildings": buildings(),
        "dwellings": pd.DataFrame(
            {"code": ["D1"], "building_code": ["B0"], "unit": ["1"], "floor": [2], "room": ["201"]}
        ),
        "households": pd.DataFrame({"code": ["H1"], "dwelling_code": ["D1"], "kind": ["家庭户"]}),
        "residents": pd.DataFrame(
            {"code": ["P1"], "household_code": ["H1"], "name": ["李四"], "birth_year": [1980]}
        ),
        "assets": shapes({"code": ["A1"], "name": ["路灯 1"], "category": ["路灯"]}, [lamp]),
        "organisations": shapes(
            {"code": ["O1"], "name": ["商店"], "category": ["零售"], "address": ["东村"]}, [lamp]
        ),
        "incidents": incidents(),
    }


def test_every_layer_loads_and_the_same_file_again_changes_nothing(take: Load, ask: Ask) -> None:
    assert set(chain()) == set(LAYERS) - {"villages", "townships"}
    for layer, table in chain().items():
        first = take(layer, table)
        assert (first.inserted, first.rejected) == (len(table), 0), layer
    versions = ask("SELECT layer, version FROM gridmap.layer_versions ORDER BY layer")
    for layer, table in chain().items():
        again = take(layer, table)
        assert (again.unchanged, again.inserted, again.updated) == (len(table), 0, 0), layer
    assert ask("SELECT layer, version FROM gridmap.layer_versions ORDER BY layer") == versions


@pytest.mark.parametrize("backwards", [False, True])
def test_references_meet_whichever_layer_comes_first(take: Load, ask: Ask, backwards: bool) -> None:
    take("admin_units", units())
    names = [name for name in chain() if name not in {"admin_units", "grids"}]
    order = [*reversed(names), "grids"] if backwards else ["grids", *names]
    for layer in order:
        assert take(layer, chain()[layer]).is_clean
    assert ask(
        "SELECT p.code, h.code, d.code, b.code, g.code, v.code FROM gridmap.residents p"
        " JOIN gridmap.households h ON h.id = p.household_id"
        " JOIN gridmap.dwellings d ON d.id = h.dwelling_id"
        " JOIN gridmap.buildings b ON b.id = d.building_id"
        " JOIN gridmap.grids g ON g.id = b.grid_id"
        " JOIN gridmap.admin_units v ON v.id = g.village_id"
    ) == [("P1", "H1", "D1", "B0", WEST_GRID, WEST)]
    assert ask(
        "SELECT i.code, i.placement, g.code FROM gridmap.incidents i"
        " LEFT JOIN gridmap.grids g ON g.id = i.grid_id ORDER BY i.code"
    ) == [
        ("I0", "in_grid", WEST_GRID),
        ("I1", "in_grid", EAST_GRID),
        ("I2", "in_grid", WEST_GRID),
        ("I3", "outside", None),
        ("I4", "no_location", None),
    ]
    assert ask(
        "SELECT g.code FROM gridmap.assets a JOIN gridmap.grids g ON g.id = a.grid_id"
        " UNION ALL SELECT g.code FROM gridmap.organisations o"
        " JOIN gridmap.grids g ON g.id = o.grid_id"
    ) == [(EAST_GRID,), (EAST_GRID,)]


def test_a_broken_reference_is_kept_and_mended_when_its_target_arrives(
    town: Load, ask: Ask
) -> None:
    dwelling = pd.DataFrame({"code": ["D1"], "building_code": ["B0"]})
    assert town("dwellings", dwelling).inserted == 1
    links = "SELECT building_ref, building_id IS NOT NULL FROM gridmap.dwellings"
    assert ask(links) == [("B0", False)]
    town("buildings", buildings())
    assert ask(links) == [("B0", True)]
    assert town("dwellings", dwelling).unchanged == 1


def test_incidents_know_their_village_township_and_county_and_have_their_report(
    town: Load, ask: Ask
) -> None:
    town("incidents", incidents())
    assert ask(
        "SELECT v.code, t.code, c.code FROM gridmap.incidents i"
        " JOIN gridmap.admin_units v ON v.id = i.village_id"
        " JOIN gridmap.admin_units t ON t.id = i.township_id"
        " JOIN gridmap.admin_units c ON c.id = i.county_id WHERE i.code = 'I1'"
    ) == [(EAST, TOWNSHIP, COUNTY)]
    assert ask(
        "SELECT i.code, e.action, e.status, e.at = i.reported_at FROM gridmap.incident_entries e"
        " JOIN gridmap.incidents i ON i.id = e.incident_id ORDER BY 1"
    ) == [(f"I{i}", "report", "reported", True) for i in range(5)]


def test_a_local_time_is_that_of_the_county(town: Load, ask: Ask) -> None:
    town("incidents", incidents().head(1))
    assert ask("SELECT reported_at FROM gridmap.incidents") == [
        (dt.datetime(2026, 1, 1, 0, 0, tzinfo=dt.UTC),)
    ]


def test_changed_rows_are_updated_and_only_those(town: Load, ask: Ask) -> None:
    town("buildings", buildings(3))
    changed = buildings(4)
    changed.loc[1, "name"] = "改名"
    changed.geometry = [*changed.geometry[:2], shapely.Point(111.8, 38.2), changed.geometry[3]]
    report = town("buildings", changed)
    assert (report.inserted, report.updated, report.unchanged) == (1, 2, 1)
    assert ask(
        "SELECT b.code, b.name, g.code FROM gridmap.buildings b"
        " JOIN gridmap.grids g ON g.id = b.grid_id ORDER BY 1"
    ) == [
        ("B0", "0 号楼", WEST_GRID),
        ("B1", "改名", WEST_GRID),
        ("B2", "2 号楼", EAST_GRID),
        ("B3", "3 号楼", WEST_GRID),
    ]


def test_what_a_file_does_not_say_is_left_alone(town: Load, ask: Ask) -> None:
    town("buildings", buildings(1))
    report = town("buildings", buildings(1)[["code", "floors", "geometry"]].assign(floors=9))
    assert report.updated == 1
    assert ask("SELECT name, kind, floors FROM gridmap.buildings") == [("0 号楼", "住宅", 9)]


def test_a_status_that_changed_by_file_leaves_an_entry(town: Load, ask: Ask) -> None:
    town("incidents", incidents())
    closed = pd.DataFrame(incidents().drop(columns="geometry")).head(1)
    closed["status"], closed["closed_at"] = "已结案", "2026-02-01 09:30"
    closed["status"] = "closed"
    report = town("incidents", closed)
    assert report.updated == 1
    assert ask(
        "SELECT i.status, i.placement, e.action, e.status FROM gridmap.incidents i"
        " JOIN gridmap.incident_entries e ON e.incident_id = i.id WHERE i.code = 'I0' ORDER BY e.id"
    ) == [
        ("closed", "in_grid", "report", "reported"),
        ("closed", "in_grid", "import", "closed"),
    ]


def test_incidents_without_codes_get_the_same_ones_again(town: Load, ask: Ask) -> None:
    twice = pd.concat([incidents(), incidents().head(1)])
    nameless = gpd.GeoDataFrame(twice.drop(columns="code"), geometry="geometry", crs=4490)
    assert town("incidents", nameless).inserted == 6
    codes = ask("SELECT code FROM gridmap.incidents ORDER BY 1")
    assert len(set(codes)) == 6
    assert town("incidents", nameless).unchanged == 6


def test_parents_follow_from_the_codes_whichever_comes_first(take: Load, ask: Ask) -> None:
    table = units()
    for i in (2, 3, 1, 0):
        assert take("admin_units", table.iloc[[i]]).inserted == 1
    assert ask(
        "SELECT c.code, p.code FROM gridmap.admin_units c"
        " LEFT JOIN gridmap.admin_units p ON p.id = c.parent_id ORDER BY 1"
    ) == [(COUNTY, None), (TOWNSHIP, COUNTY), (WEST, TOWNSHIP), (EAST, TOWNSHIP)]


def test_levels_and_kinds_follow_from_the_codes(take: Load, ask: Ask) -> None:
    villages = pd.DataFrame({"区划代码": [WEST, EAST], "名称": ["西街社区", "东村"]})
    assert take("villages", villages).inserted == 2
    assert take("townships", pd.DataFrame({"code": [TOWNSHIP], "name": ["岚漪镇"]})).inserted == 1
    assert take("townships", pd.DataFrame({"code": [WEST], "name": ["村不是镇"]})).rejected == 1
    assert ask("SELECT code, level, kind FROM gridmap.admin_units ORDER BY 1") == [
        (TOWNSHIP, "township_level", "town"),
        (WEST, "community_level", "community"),
        (EAST, "community_level", "village"),
    ]


def test_outlines_can_come_after_the_names(take: Load, ask: Ask) -> None:
    take("admin_units", pd.DataFrame(units().drop(columns="geometry")))
    report = take("admin_units", units())
    assert (report.updated, report.inserted) == (4, 0)
    assert take("admin_units", pd.DataFrame(units().drop(columns="geometry"))).unchanged == 4
    assert ask("SELECT count(*) FROM gridmap.admin_units WHERE geom IS NOT NULL") == [(4,)]


def test_a_posting_keeps_its_person_and_gets_the_new_phone(take: Load, ask: Ask) -> None:
    posting = chain()["postings"]
    take("postings", posting)
    report = take("postings", posting.assign(电话="0350-2"))
    assert report.updated == 1
    late = posting.assign(valid_from="2001-01-01", valid_to="2027-01-01")
    assert take("postings", late).rejected == 1
    assert ask("SELECT office_phone, valid::text FROM gridmap.postings") == [
        ("0350-2", "[2000-01-01,)")
    ]


def test_who_loaded_and_from_where_is_written_down(town: Load, ask: Ask, actor: Actor) -> None:
    town("buildings", buildings(1))
    assert ask("SELECT source, recorded_by FROM gridmap.buildings") == [
        ("buildings.parquet", actor.account)
    ]
    town("assets", chain()["assets"], source="synthetic")
    assert ask("SELECT source FROM gridmap.assets") == [("synthetic",)]


def test_progress_is_told_batch_by_batch(
    engine: Engine, actor: Actor, kelan: Profile, folder: Any, town: Load
) -> None:
    buildings(3).to_parquet("b.parquet")
    told: list[tuple[int, int | None]] = []
    load(engine, actor, kelan, "buildings", "b.parquet", None, lambda *done: told.append(done))
    assert told == [(3, 3)]


def test_a_load_that_fails_leaves_nothing_behind(town: Load, ask: Ask, folder: Any) -> None:
    lines = [f"B{i},111.1,38.1" for i in range(25_000)]
    (folder / "b.csv").write_text("code,lon,lat\n" + "\n".join(lines) + '\n"' + "x" * (5 << 20))
    with pytest.raises(Exception, match="never closed"):
        town("buildings", folder / "b.csv", crs="EPSG:4490")
    assert ask("SELECT count(*) FROM gridmap.buildings") == [(0,)]
    assert town("buildings", buildings(1)).inserted == 1


def test_an_unknown_layer_is_refused_with_the_list_of_layers(take: Load) -> None:
    with pytest.raises(CallError, match="buildings"):
        take("houses", buildings())


def test_a_database_without_county_is_refused(
    engine: Engine, actor: Actor, kelan: Profile, folder: Any
) -> None:
    buildings(1).to_parquet("b.parquet")
    with pytest.raises(CallError, match="no county"):
        load(engine, actor, kelan, "buildings", "b.parquet", LoadOptions())


def test_a_unit_may_have_several_periods_but_never_two_at_once(take: Load, ask: Ask) -> None:
    columns = ["code", "name", "valid_from", "valid_to"]
    rows = [
        (WEST, "旧名", "2001-01-01", "2010-01-01"),
        (WEST, "新名", "2010-01-01", None),
        (WEST, "重叠", "2005-01-01", "2006-01-01"),
        (EAST, "倒置", "2006-01-01", "2005-01-01"),
    ]
    report = take("villages", pd.DataFrame(rows, columns=columns))
    assert (report.inserted, report.rejected) == (2, 2)
    again = take("villages", pd.DataFrame(rows, columns=columns))
    assert (again.unchanged, again.rejected) == (2, 2)
    longer = pd.DataFrame([(WEST, "旧名", "2001-01-01", "2012-01-01")], columns=columns)
    assert take("villages", longer).rejected == 1
    assert ask("SELECT name, valid::text FROM gridmap.admin_units ORDER BY valid") == [
        ("旧名", "[2001-01-01,2010-01-01)"),
        ("新名", "[2010-01-01,)"),
    ]


def test_a_posting_may_be_held_again_later(take: Load, ask: Ask) -> None:
    columns = ["grid_code", "role", "person_name", "valid_from", "valid_to"]
    rows = [
        (WEST_GRID, "grid_lead", "张三", "2001-01-01", "2010-01-01"),
        (WEST_GRID, "grid_lead", "张三", "2015-01-01", None),
        (WEST_GRID, "grid_lead", "张三", "2009-01-01", "2011-01-01"),
    ]
    report = take("postings", pd.DataFrame(rows, columns=columns))
    assert (report.inserted, report.rejected) == (2, 1)
    assert take("postings", pd.DataFrame(rows, columns=columns)).unchanged == 2


def test_a_file_without_rows_is_said_to_be_one(town: Load, folder: Any) -> None:
    (folder / "b.csv").write_text("code,lon,lat\n")
    report = town("buildings", folder / "b.csv", crs="4490")
    assert (report.read, report.rejected) == (0, 0)
    assert [warning.en for warning in report.warnings] == ["the file has no rows"]
    (folder / "b.geojson").write_text('{"type":"FeatureCollection","features":[]}')
    with pytest.raises(CallError, match="code"):
        town("buildings", folder / "b.geojson")


def test_properties_that_come_too_late_are_not_dropped_in_silence(town: Load, folder: Any) -> None:
    features = json.loads(buildings(10_002).drop(columns="name").to_json())["features"]
    features[-1]["properties"]["name"] = "晚到"
    (folder / "b.geojson").write_text("\n".join(json.dumps(feature) for feature in features))
    report = town("buildings", folder / "b.geojson")
    assert report.inserted == 10_002
    assert any("name first occur after" in warning.en for warning in report.warnings)


def test_what_only_the_database_finds_wrong_is_told_in_words(
    town: Load, ask: Ask, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("ALTER TABLE gridmap.buildings ADD CONSTRAINT odd CHECK (code <> 'B1')")
        )
    with pytest.raises(DataError, match=r"nothing was loaded.*odd"):
        town("buildings", buildings(3))
    assert ask("SELECT count(*) FROM gridmap.buildings") == [(0,)]
