"""Networks of departments and the origin of a plan merged out of them, in a real browser."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from playwright.sync_api import expect
from sqlalchemy import Engine

from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas import store as areas
from gridmap.db import engine_for, transaction
from gridmap.plans.drafts import discard, open_draft
from gridmap.plans.keeping import Kept, NetworkFile, keep
from gridmap.plans.unifying import Proposal, propose
from gridmap.plans.viewing import division
from tests.browser.conftest import Site, Visitor, demo_county
from tests.browser.door import faults
from tests.browser.editing import VILLAGE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(new_database: Callable[[], str], home: Path) -> Iterator[Site]:
    """A demo county of this file's own: files that are not made up end the demonstration."""
    with demo_county(new_database(), home) as site:
        yield site


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


@dataclass(frozen=True)
class Merging:
    """The networks of two departments, and the draft that was merged out of them."""

    civil: Kept
    police: Kept
    draft: Proposal


@pytest.fixture
def merged(engine: Engine, plain: str, tmp_path: Path) -> Iterator[Merging]:
    """A draft merged out of the grids in force and twelve upright rectangles."""
    networks = _networks(engine, plain)
    files = [NetworkFile(name, _written(tmp_path / name, own)) for name, own in networks.items()]
    civil, police = keep(engine, ADMINISTRATOR, VILLAGE, files)
    plans = [civil.plan, police.plan]
    draft = propose(engine, ADMINISTRATOR, VILLAGE, plans, name="多网合一试点")
    yield Merging(civil, police, draft)
    with transaction(engine, ADMINISTRATOR) as connection:
        left = [row["code"] for row in areas.plans(connection)]
    for plan in {draft.plan, *plans} & set(left):
        discard(engine, ADMINISTRATOR, plan)


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
    merged: Merging, visit: Callable[..., Visitor]
) -> None:
    visitor, found = visit(), merged.draft.merged
    page = visitor.open(f"/plans/{merged.draft.plan}")
    page.get_by_role("button", name="来源与冲突").click()
    expect(page.get_by_role("row").filter(has_text="公安.geojson")).to_contain_text("12")
    marks, pairs = page.locator(".mark"), page.locator(".pair")
    expect(marks).to_have_count(len(found.conflicts))
    expect(pairs).to_have_count(len(found.conflicts))
    most = max(row.households for row in found.conflicts)
    expect(pairs.first.locator("xpath=ancestor::tr")).to_contain_text(str(most))
    pairs.first.click()
    expect(page.locator(".mark.picked")).to_have_text("1")
    page.get_by_label("部门").select_option("公安")
    old = page.get_by_role("rowheader")
    expect(old).to_have_count(12)
    assert all(text.startswith("P") for text in old.all_inner_texts())
    assert faults(visitor.complaints) == []


def test_a_department_is_laid_over_the_conflicts_and_a_picked_one_marks_its_two_old_grids(
    merged: Merging, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.go(f"/plans/{merged.draft.plan}/origin")
    old = page.locator("path.old")
    expect(page.locator(".mark").first).to_be_visible()
    expect(old).to_have_count(0)
    page.get_by_role("checkbox", name="公安").check()
    expect(old).to_have_count(merged.police.grids)
    expect(page.locator("text.code").first).to_have_text("P00")
    page.get_by_role("checkbox", name="民政").check()
    expect(old).to_have_count(merged.police.grids + merged.civil.grids)
    page.locator(".pair").first.click()
    expect(page.locator("path.old.marked")).to_have_count(2)
    page.get_by_role("checkbox", name="公安").uncheck()
    expect(old).to_have_count(merged.civil.grids)
    expect(page.locator("path.old.marked")).to_have_count(1)
    page.get_by_role("link", name="公安").click()
    expect(page.get_by_role("heading", name="公安")).to_be_visible()
    assert faults(visitor.complaints) == []


def test_a_network_is_listed_looked_at_and_discarded_but_never_edited(
    merged: Merging, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.go("/plans")
    part = page.get_by_role("region", name="部门网格")
    row = part.get_by_role("row").filter(has_text=merged.police.plan)
    expect(row).to_contain_text("公安")
    expect(row.get_by_role("cell").last).to_have_text(str(merged.police.grids))
    drafts = page.get_by_role("region", name="草案")
    expect(drafts.get_by_text(merged.draft.plan)).to_be_visible()
    expect(drafts.get_by_text(merged.police.plan)).to_have_count(0)
    row.get_by_role("link").click()
    rows = page.locator("tr[data-grid]")
    expect(rows).to_have_count(merged.police.grids)
    visitor.settle()
    expect(page.get_by_role("toolbar")).to_have_count(0)
    expect(page.get_by_role("button", name="提交审核")).to_have_count(0)
    before = page.url
    rows.first.get_by_role("button").click()
    expect(rows.first.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    visitor.settle()
    assert page.url != before
    page.get_by_role("button", name="删除部门网格").click()
    page.get_by_role("dialog").get_by_role("button", name="删除部门网格").click()
    expect(page.get_by_role("region", name="部门网格")).not_to_contain_text(merged.police.plan)
    page.goto(f"{page.url.split('/plans')[0]}/plans/{merged.draft.plan}/origin")
    expect(page.get_by_role("checkbox", name="公安（已删除）")).to_be_disabled()
    expect(page.get_by_role("checkbox", name="民政")).to_be_enabled()
    assert faults(visitor.complaints) == []


def test_a_plan_that_was_not_merged_offers_no_origin(
    plain: str, visit: Callable[..., Visitor]
) -> None:
    page = visit().open(f"/plans/{plain}")
    expect(page.get_by_role("button", name="与现行对比")).to_be_visible()
    expect(page.get_by_role("button", name="来源与冲突")).to_have_count(0)
    page.goto(f"{page.url.split('/plans/')[0]}/plans/{plain}/origin")
    expect(page.get_by_text("不是由多网合一得来的")).to_be_visible()
