"""The origin of a merged plan in a real browser: departments, conflicts, where old grids went."""

from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from playwright.sync_api import expect
from sqlalchemy import Engine

from gridmap.access.actors import ADMINISTRATOR
from gridmap.db import engine_for
from gridmap.plans.drafts import discard, open_draft
from gridmap.plans.unifying import NetworkFile, Proposal, propose
from gridmap.plans.viewing import division
from tests.browser.conftest import Site, Visitor
from tests.browser.door import faults
from tests.browser.editing import VILLAGE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def engine(site: Site) -> Iterator[Engine]:
    """The demo county, as the server holds it."""
    engine = engine_for(site.database)
    yield engine
    engine.dispose()


@pytest.fixture
def plain(engine: Engine) -> Iterator[str]:
    """The code of a draft that came out of no merging."""
    code = str(open_draft(engine, ADMINISTRATOR, VILLAGE, None).plan["code"])
    yield code
    discard(engine, ADMINISTRATOR, code)


@pytest.fixture
def merged(engine: Engine, plain: str, tmp_path: Path) -> Iterator[Proposal]:
    """A draft merged out of the grids in force and twelve upright rectangles."""
    networks = _networks(engine, plain)
    files = [NetworkFile(name, _written(tmp_path / name, own)) for name, own in networks.items()]
    found = propose(engine, ADMINISTRATOR, VILLAGE, files, name="多网合一试点")
    yield found
    discard(engine, ADMINISTRATOR, found.plan)


def _networks(engine: Engine, plan: str) -> dict[str, dict[str, shapely.Geometry]]:
    found = division(engine, ADMINISTRATOR, plan, VILLAGE)
    own = {grid["code"]: shapely.geometry.shape(grid["geometry"]) for grid in found["grids"]}
    outline = shapely.geometry.shape(found["village"]["geometry"])
    west, south, east, north = outline.bounds
    w, h = (east - west) / 4, (north - south) / 3
    boxes = {
        f"P{x}{y}": shapely.intersection(
            shapely.box(west + x * w, south + y * h, west + (x + 1) * w, south + (y + 1) * h),
            outline,
        )
        for y in range(3)
        for x in range(4)
    }
    return {"民政": own, "公安": {code: box for code, box in boxes.items() if box.area}}


def _written(stem: Path, grids: dict[str, shapely.Geometry]) -> str:
    file = stem.with_suffix(".geojson")
    table = gpd.GeoDataFrame({"code": list(grids)}, geometry=list(grids.values()), crs=4490)
    table.to_file(file, driver="GeoJSON")
    return str(file)


def test_a_merged_plan_shows_its_departments_conflicts_and_crosswalk(
    merged: Proposal, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.open(f"/plans/{merged.plan}")
    page.get_by_role("button", name="来源与冲突").click()
    expect(page.get_by_role("row").filter(has_text="公安.geojson")).to_contain_text("12")
    marks, pairs = page.locator(".mark"), page.locator(".pair")
    expect(marks).to_have_count(len(merged.merged.conflicts))
    expect(pairs).to_have_count(len(merged.merged.conflicts))
    most = max(row.households for row in merged.merged.conflicts)
    expect(pairs.first.locator("xpath=ancestor::tr")).to_contain_text(str(most))
    pairs.first.click()
    expect(page.locator(".mark.picked")).to_have_text("1")
    page.get_by_label("部门").select_option("公安")
    old = page.get_by_role("rowheader")
    expect(old).to_have_count(12)
    assert all(text.startswith("P") for text in old.all_inner_texts())
    assert faults(visitor.complaints) == []


def test_a_plan_that_was_not_merged_offers_no_origin(
    plain: str, visit: Callable[..., Visitor]
) -> None:
    page = visit().open(f"/plans/{plain}")
    expect(page.get_by_role("button", name="与现行对比")).to_be_visible()
    expect(page.get_by_role("button", name="来源与冲突")).to_have_count(0)
    page.goto(f"{page.url.split('/plans/')[0]}/plans/{plain}/origin")
    expect(page.get_by_text("不是由多网合一得来的")).to_be_visible()
