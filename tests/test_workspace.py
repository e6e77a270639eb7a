"""What an analyst asks: GeoDataFrames from a real PostGIS, maps that need no network."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import text

import gridmap
from gridmap.areas import actions as areas
from gridmap.db import Actor, engine_for, transaction
from gridmap.errors import CallError, ClusterError, DataError, Unavailable
from gridmap.profiles import Profile
from tests.chromium import hot_pixels, launch_chromium, links_to_elsewhere, open_offline
from tests.heatmap.town import SHANGHAI, SOUTH, WEST, add, box, build_town, scatter_incidents

PERSONAL = {"name_of_person", "person_name", "phone", "birth_year", "description", "resident"}


@pytest.fixture(scope="module")
def address(new_database: Callable[[], str], actor: Actor, kelan: Profile) -> str:
    """A town with 300 incidents from January to March 2025, and the plan before its present."""
    url = new_database()
    engine = engine_for(url)
    areas.found(engine, actor, kelan)
    with transaction(engine, actor) as connection:
        build_town(connection)
        village = connection.execute(
            text("SELECT id FROM admin_units WHERE code = '140929100200'")
        ).scalar_one()
        plan = add(connection, "grid_plans", code="old", name="旧网格", state="retired",
                   valid="[2015-01-01,2020-01-01)")  # fmt: skip
        add(connection, "grids", plan_id=plan, code="140929100200009", name="全村",
            village_id=village, valid="[2015-01-01,2020-01-01)",
            geom=box(WEST, SOUTH, 0.02, 0.02))  # fmt: skip
        scatter_incidents(connection, 300, 90)
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def ws(address: str) -> Iterator[gridmap.Workspace]:
    with gridmap.connect(address) as workspace:
        yield workspace


def test_grids_come_with_their_territory_and_their_counts(ws: gridmap.Workspace) -> None:
    grids = ws.grids()
    assert isinstance(grids, gpd.GeoDataFrame)
    assert grids.crs.to_epsg() == 4490
    assert len(grids) == 6
    first = grids.iloc[0]
    assert (first["code"], first["village"], first["township"]) == (
        "140929100200001", "东街村", "岚漪镇",
    )  # fmt: skip
    assert (first["buildings"], first["households"], first["residents"]) == (1, 3, 1)
    assert first["valid_from"] == pd.Timestamp("2020-01-01")
    assert pd.isna(first["valid_to"])
    # 0.02° by 0.01° at 38.7° N, on the ground and not in Web Mercator.
    assert first["area_m2"] == pytest.approx(1739 * 1110, rel=0.01)
    for name in ("buildings", "households", "residents", "incidents"):
        assert grids[name].dtype == "int64"


def test_the_grids_of_another_day_are_counted_as_they_lay(ws: gridmap.Workspace) -> None:
    for day in ("2019-12-31", date(2019, 12, 31), datetime(2019, 12, 31, 12, tzinfo=SHANGHAI)):
        (old,) = ws.grids(as_of=day).itertuples()
        assert (old.code, old.buildings, old.households) == ("140929100200009", 2, 6)
        assert old.valid_to == pd.Timestamp("2019-12-31")
    assert len(ws.grids(as_of="2000-06-01")) == 0


def test_villages_and_townships_know_what_is_above_them(ws: gridmap.Workspace) -> None:
    villages = ws.villages().set_index("code")
    assert villages.loc["140929101200", "parent"] == "三井镇"
    assert list(villages["grids"]) == [2, 2, 2]
    townships = ws.townships().set_index("code")
    assert townships["grids"].to_dict() == {"140929100": 4, "140929101": 2}
    assert townships.crs.to_epsg() == 4490


def test_buildings_are_counted_not_listed_by_name(ws: gridmap.Workspace) -> None:
    buildings = ws.buildings()
    assert len(buildings) == 6
    assert set(buildings["households"]) == {3}
    assert set(buildings["dwellings"]) == {2}
    assert set(buildings["residents"]) == {1}
    assert str(buildings["floors"].dtype) == "Int16"
    assert buildings.geometry.within(ws.grids().union_all()).all()


def test_incidents_keep_their_time_zone_and_those_without_a_place(ws: gridmap.Workspace) -> None:
    incidents = ws.incidents()
    assert len(incidents) == 300
    assert str(incidents["reported_at"].dtype) == "datetime64[us, Asia/Shanghai]"
    assert str(incidents["closed_at"].dt.tz) == "Asia/Shanghai"
    nowhere = incidents[incidents["placement"] == "no_location"]
    assert len(nowhere) == 30
    assert nowhere.geometry.isna().all()
    in_grid = incidents[incidents["placement"] == "in_grid"]
    joined = gpd.sjoin(in_grid, ws.grids()[["code", "geometry"]], predicate="within")
    assert (joined["grid_code"] == joined["code_right"]).all()
    assert len(joined) == len(in_grid)


def test_a_period_includes_both_of_its_days_as_the_county_counts_them(
    ws: gridmap.Workspace,
) -> None:
    everything = ws.incidents()
    days = everything["reported_at"].dt.date
    some = ws.incidents(
        since="2025-02-01", until=date(2025, 2, 10), category=["order", "facilities"],
        status="closed",
    )  # fmt: skip
    expected = everything[
        (days >= date(2025, 2, 1))
        & (days <= date(2025, 2, 10))
        & everything["category"].isin(["order", "facilities"])
        & (everything["status"] == "closed")
    ]
    assert len(some) > 0
    assert list(some["code"]) == list(expected["code"])


@pytest.mark.parametrize("cell_m", [50, 250, 1000])
def test_heat_counts_every_located_incident_in_the_cell_that_holds_it(
    ws: gridmap.Workspace, cell_m: float
) -> None:
    cells = ws.heat(cell_m=cell_m)
    assert cells["n"].sum() == 270
    assert cells.crs.to_epsg() == 4490
    metres = cells.to_crs(4546)
    assert metres.area.round().unique() == pytest.approx([cell_m**2], rel=1e-6)
    located = ws.incidents().dropna(subset="geometry").to_crs(4546)
    joined = gpd.sjoin(located, metres, predicate="within")
    assert (joined.groupby("index_right").size() == metres["n"]).all()


@pytest.mark.parametrize(
    "ask", ["grids", "villages", "townships", "buildings", "incidents", "heat"]
)
def test_no_table_has_personal_columns(ws: gridmap.Workspace, ask: str) -> None:
    frame = getattr(ws, ask)()
    assert not PERSONAL & set(frame.columns)
    written = frame.to_json(default=str) if ask != "heat" else ""
    assert "张三丰" not in written
    assert "13800000000" not in written


def test_an_empty_answer_has_its_columns(ws: gridmap.Workspace) -> None:
    none = ws.incidents(since="2030-01-01")
    assert list(none.columns) == list(ws.incidents().columns)
    assert none.crs.to_epsg() == 4490
    assert len(ws.heat(since="2030-01-01")) == 0


@pytest.mark.parametrize(
    ("ask", "values", "words"),
    [
        ("incidents", {"since": "last week"}, "2025-03-01"),
        ("incidents", {"status": "lost"}, "known: reported"),
        ("heat", {"cell_m": 0}, "between 10"),
        ("map", {"colour": "beauty"}, "column of numbers"),
    ],
)
def test_a_question_that_cannot_be_meant_says_what_can(
    ws: gridmap.Workspace, ask: str, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(CallError, match=words):
        getattr(ws, ask)(**values)


def test_a_map_is_foliums_own_and_links_to_nothing(ws: gridmap.Workspace) -> None:
    page = ws.map(ws.grids(), ws.incidents(), colour="households", heat=ws.heat())
    assert isinstance(page, folium.Map)
    written = page.get_root().render()
    assert links_to_elsewhere(written) == []
    assert "http://" not in written
    assert "https://" not in written
    assert "≤ 3" in written


def test_too_much_for_one_page_is_refused_with_a_way_out(ws: gridmap.Workspace) -> None:
    many = gpd.GeoDataFrame(geometry=[shapely.Point(WEST, SOUTH)] * 20_001, crs=4490)
    with pytest.raises(CallError, match=r"heat=ws\.heat"):
        ws.map(many)


@pytest.mark.browser
def test_a_map_shows_itself_in_a_notebook_without_a_network(
    ws: gridmap.Workspace, tmp_path: Path
) -> None:
    page = ws.map(ws.grids(), colour="incidents", heat=ws.heat())
    popup = folium.Popup("<b>服务站</b>", show=True)
    folium.Marker([SOUTH + 0.01, WEST + 0.03], popup=popup).add_to(page)
    folium.LayerControl().add_to(page)
    cell = tmp_path / "cell.html"
    cell.write_text(f"<meta charset=utf-8>{page._repr_html_()}", encoding="utf-8")
    with launch_chromium() as browser, open_offline(browser) as offline:
        offline.open(cell)
        (frame,) = offline.page.frames[1:]
        frame.wait_for_selector(".leaflet-popup")
        assert frame.inner_text(".leaflet-popup").startswith("服务站")
        assert hot_pixels(frame, at_least=1000) >= 1000
        assert frame.evaluate("document.querySelector('.leaflet-marker-icon').naturalWidth") > 0
        assert offline.fetched == []
        assert offline.failed == []


def test_without_an_address_it_goes_to_the_database_of_the_settings(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDMAP_DATABASE_URL", address)
    with gridmap.connect() as workspace:
        assert repr(workspace) == "<gridmap workspace: 岢岚县>"


def test_an_embedded_database_that_is_down_names_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GRIDMAP_DATABASE_URL", raising=False)
    monkeypatch.setenv("GRIDMAP_HOME", str(tmp_path))
    with pytest.raises(ClusterError, match="gridmap up"):
        gridmap.connect()


def test_a_database_that_is_away_or_empty_says_so(database: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="gridmap demo"):
        gridmap.connect(database)
    with pytest.raises(Unavailable):
        gridmap.connect(f"postgresql://nobody@/nothing?host={tmp_path}")


def test_the_command_line_starts_without_the_analysts_libraries() -> None:
    code = "import sys, gridmap; print('geopandas' in sys.modules, hasattr(gridmap, 'connect'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        gridmap.nothing  # noqa: B018
