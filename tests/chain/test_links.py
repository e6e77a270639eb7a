"""Every link of the chain, broken on purpose: found, named, explained, told how to mend."""

import re

import pytest
from shapely import Geometry
from sqlalchemy import Engine, text

from gridmap.chain.actions import check
from gridmap.chain.checks import RULES
from gridmap.chain.render import ChainReport, LinkReport
from gridmap.db import Actor, transaction
from tests.chain.conftest import GRIDS, VILLAGES, A, B, C, D
from tests.drawing import ewkt, settle, square

EAST, SOUTH_VILLAGE = "140929100299", "140929100201"
CROSSED = (
    "SRID=4490;MULTIPOLYGON(((111.5 38.7, 111.53 38.71, 111.53 38.7, 111.5 38.71, 111.5 38.7)))"
)
MOVED = "ST_Translate(geom, 1, 0)"


def broken(report: ChainReport) -> dict[str, LinkReport]:
    return {link.link: link for link in report.links if not link.ok}


def test_a_clean_town_is_whole_and_every_link_is_counted(town: Engine, actor: Actor) -> None:
    report = check(town, actor)
    assert broken(report) == {}
    assert report.ok
    totals = {link.link: link.total for link in report.links}
    assert list(totals) == list(RULES)
    assert totals["resident_household"] == totals["building_grid"] == 3
    assert totals["land_in_grid"] == 2
    assert totals["grid_overlap"] == 4
    assert totals["incident_grid"] == 2


# A village that goes takes its grids and its share of the township along.
SPREADING = {"village_grids", "unit_drawn", "grid_village", "unit_parent"}
BREAKS = [
    (
        "resident_household",
        "UPDATE residents SET household_id = NULL, household_ref = 'H9' WHERE code = 'h1'",
        "h1",
        "H9 不存在",
    ),
    (
        "household_dwelling",
        "UPDATE households SET dwelling_id = NULL, dwelling_ref = NULL WHERE code = 'h2'",
        "h2",
        "没有填房屋编码",
    ),
    (
        "dwelling_building",
        "UPDATE dwellings SET building_id = NULL, building_ref = 'B9' WHERE code = 'h3'",
        "h3",
        "B9 不存在",
    ),
    ("building_grid", f"UPDATE buildings SET geom = {MOVED} WHERE code = 'h1'", "h1", "不在任何"),
    (
        "building_placement",
        f"UPDATE buildings SET grid_id = (SELECT id FROM grids WHERE code = '{C}')"
        " WHERE code = 'h2'",
        "h2",
        f"登记在网格 {C}",
    ),
    (
        "building_placement",
        "UPDATE buildings SET grid_id = NULL WHERE code = 'h2'",
        "h2",
        "没有登记",
    ),
    (
        "building_whole",
        f"UPDATE buildings SET geom = '{ewkt(square(1.8, 1.5, 0.3, 0.1))}' WHERE code = 'h1'",
        "h1",
        f"33% 的占地在网格 {A} 之外",
    ),
    ("asset_grid", f"UPDATE assets SET geom = {MOVED}", "x1", "没有登记网格"),
    ("organisation_grid", "UPDATE organisations SET geom = NULL", "x1", "没有位置"),
    (
        "incident_grid",
        f"UPDATE incidents SET grid_id = (SELECT id FROM grids WHERE code = '{B}')"
        " WHERE code = 'i1'",
        "i1",
        f"登记在网格 {B}",
    ),
    (
        "incident_outside",
        f"UPDATE incidents SET geom = {MOVED} WHERE code = 'i1'",
        "i1",
        "不在任何",
    ),
    ("incident_location", "UPDATE incidents SET geom = NULL WHERE code = 'i2'", "i2", "没有坐标"),
    (
        "village_grids",
        "INSERT INTO admin_units (code, level, name, parent_id, geom)"
        f" SELECT '{EAST}', 'community_level', '东村', parent_id, ST_Translate(geom, 0.03, 0)"
        f" FROM admin_units WHERE code = '{SOUTH_VILLAGE}'",
        EAST,
        "没有画网格",
    ),
    (
        "unit_parent",
        f"UPDATE admin_units SET parent_id = NULL WHERE code = '{SOUTH_VILLAGE}'",
        SOUTH_VILLAGE,
        "没有上级",
    ),
    (
        "unit_drawn",
        f"UPDATE admin_units SET geom = NULL WHERE code = '{SOUTH_VILLAGE}'",
        SOUTH_VILLAGE,
        "没有边界",
    ),
    (
        "unit_drawn",
        f"UPDATE admin_units SET geom = '{CROSSED}' WHERE code = '{SOUTH_VILLAGE}'",
        SOUTH_VILLAGE,
        "边界自相交：Self-intersection",
    ),
    (
        "grid_village",
        f"UPDATE admin_units SET valid = '[2000-01-01,2022-01-01)' WHERE code = '{SOUTH_VILLAGE}'",
        C,
        f"{SOUTH_VILLAGE} 已失效",
    ),
    (
        "grid_village",
        "UPDATE admin_units SET geom = ST_Multi(ST_Intersection(geom,"
        f" '{ewkt(square(0, 0, 2.5, 1))}')) WHERE code = '{SOUTH_VILLAGE}'",
        D,
        f"在村 {SOUTH_VILLAGE} 之外",
    ),
    (
        "posting_grid",
        "INSERT INTO postings (grid_code, role, person_name)"
        " VALUES ('140929100200999', 'grid_officer', '某某')",
        "140929100200999",
        "grid_officer",
    ),
    ("grid_lead", f"DELETE FROM postings WHERE grid_code = '{D}'", D, "没有网格长"),
]


@pytest.mark.parametrize(("link", "damage", "code", "reason"), BREAKS)
def test_a_broken_link_is_found_with_its_reason_and_a_hint(
    town: Engine, actor: Actor, link: str, damage: str, code: str, reason: str
) -> None:
    with transaction(town, actor) as connection:
        connection.execute(text(damage))
    report = check(town, actor)
    all_found = broken(report)
    found = all_found[link]
    if link not in SPREADING:
        assert (list(all_found), found.broken) == ([link], 1)
    items = {item.code: item for item in found.items}
    assert code in items
    assert reason in items[code].detail
    assert items[code].detail_en.isascii() or "²" in items[code].detail_en
    assert found.broken == len(found.items)
    assert re.search(r"[一-鿿]", found.hint)
    assert found.hint_en.isascii()
    assert report.ok is RULES[link].is_warning


def settled(engine: Engine, actor: Actor, grids: str, shapes: dict[str, Geometry]) -> ChainReport:
    with transaction(engine, actor) as connection:
        settle(connection, grids, VILLAGES, shapes=shapes)
    return check(engine, actor)


def test_land_in_no_grid_is_found_where_it_lies(county: Engine, actor: Actor) -> None:
    report = settled(county, actor, "AAB\nAA.\nCCD", {})
    found = broken(report)
    assert list(found) == ["land_in_grid"]
    (item,) = found["land_in_grid"].items
    assert (item.code, item.name) == ("140929100200", "1村")
    assert re.match(r"\d+\.\d 公顷不属于任何网格，邻近 " + A, item.detail)
    assert item.lon is not None and item.lat is not None
    assert 111.52 < item.lon < 111.53
    assert 38.71 < item.lat < 38.72
    assert not report.ok


def test_a_wide_gap_between_grids_is_land_in_no_grid(county: Engine, actor: Actor) -> None:
    report = settled(county, actor, GRIDS, {"B": square(2.3, 1, 0.7, 2)})
    assert "land_in_grid" in broken(report)


def test_an_overlap_names_both_grids_and_the_building_in_it(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        settle(connection, GRIDS, VILLAGES, shapes={"B": square(1.8, 1, 1.2, 2)})
        connection.execute(
            text("INSERT INTO buildings (code, geom) VALUES ('b', :geom)"),
            {"geom": ewkt(square(1.85, 1.5, 0.1, 0.1))},
        )
    found = broken(check(county, actor))
    assert {"grid_overlap", "building_once"} <= set(found)
    (item,) = found["grid_overlap"].items
    assert item.code == A
    assert f"与 {B} 重叠 38.6 公顷" in item.detail
    assert f"shares 38.6 ha with {B}" in item.detail_en
    assert [item.code for item in found["building_once"].items] == ["b"]
    assert f"{A}, {B}" in found["building_once"].items[0].detail


@pytest.mark.parametrize("width_mm", [1, -1])
def test_a_sliver_of_one_millimetre_is_found(county: Engine, actor: Actor, width_mm: int) -> None:
    shift = width_mm * 1e-3 / 86_800 / 0.01
    report = settled(county, actor, GRIDS, {"B": square(2 + shift, 1, 1 - shift, 2)})
    found = broken(report)
    assert "grid_sliver" in found
    assert "1.0 mm" in found["grid_sliver"].items[0].detail
    assert not report.ok


def test_a_corner_without_a_vertex_in_the_neighbour_is_a_warning(
    county: Engine, actor: Actor
) -> None:
    report = settled(county, actor, "AAB\nAAD\nCCC", {"A": square(0, 1, 2, 2)})
    found = broken(report)
    assert "grid_border" in found
    assert A in {item.code for item in found["grid_border"].items}
    assert not set(found) - {"grid_border"}
    assert report.ok


def test_villages_that_do_not_fill_their_township_are_found(town: Engine, actor: Actor) -> None:
    with transaction(town, actor) as connection:
        connection.execute(
            text("UPDATE admin_units SET geom = :geom WHERE level IN ('township_level', 'county')"),
            {"geom": ewkt(square(0, 0, 4, 3)).replace("POLYGON ((", "MULTIPOLYGON (((") + ")"},
        )
    found = broken(check(town, actor))
    assert list(found) == ["unit_tiling"]
    (item,) = found["unit_tiling"].items
    assert (item.code, item.name) == ("140929100", "岚漪镇")
    assert "未被下级覆盖" in item.detail


def test_an_empty_county_has_no_chain_yet(county: Engine, actor: Actor) -> None:
    report = check(county, actor)
    assert list(broken(report)) == ["plan_in_force"]
    assert not report.ok
    assert "gridmap load grids" in broken(report)["plan_in_force"].hint


def test_only_a_hundred_are_listed_and_all_are_counted(town: Engine, actor: Actor) -> None:
    with transaction(town, actor) as connection:
        connection.execute(
            text(
                "INSERT INTO households (code, dwelling_ref)"
                " SELECT 'lost' || n, 'D9' FROM generate_series(1, 250) n"
            )
        )
    found = broken(check(town, actor))["household_dwelling"]
    assert (found.total, found.broken, len(found.items), found.truncated) == (253, 250, 100, True)


def test_a_check_leaves_a_line_in_the_audit_trail(town: Engine) -> None:
    check(town, Actor("li"))
    with town.connect() as connection:
        line = connection.execute(
            text("SELECT actor, detail FROM audit_entries WHERE action = 'check'")
        ).one()
    assert tuple(line) == ("li", {"ok": True, "broken": []})


def test_progress_is_told_link_by_link(town: Engine, actor: Actor) -> None:
    told: list[tuple[str, int, int | None]] = []
    check(town, actor, lambda step, done, total: told.append((step, done, total)))
    assert [done for _, done, _ in told] == list(range(len(RULES)))
    assert {total for _, _, total in told} == {len(RULES)}
