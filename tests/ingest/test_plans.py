"""Grids belong to plans with dates; a boundary in force is never overwritten."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import shapely

from gridmap.errors import CallError, Conflict
from gridmap.ingest.plans import PlanChoice
from tests.ingest.conftest import (
    EAST,
    EAST_GRID,
    MIDDLE,
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
SPRING = PlanChoice("spring", dt.date(2026, 1, 1))
HISTORY = (
    "SELECT p.code, g.code, g.valid::text FROM gridmap.grids g"
    " JOIN gridmap.grid_plans p ON p.id = g.plan_id ORDER BY lower(g.valid), g.code"
)


def halves() -> Any:
    """The western village in two grids, north and south; the first keeps its code."""
    return shapes(
        {"code": [WEST_GRID, f"{WEST}002"], "name": ["西南", "西北"]},
        [shapely.box(111, 38, MIDDLE, 38.5), shapely.box(111, 38.5, MIDDLE, 39)],
    )


def test_grids_without_a_plan_go_into_the_initial_one(town: Load, ask: Ask) -> None:
    assert ask("SELECT code, name, state, valid::text FROM gridmap.grid_plans") == [
        ("initial", "初始划分", "active", "[2000-01-01,)")
    ]
    assert ask(
        "SELECT code, kind, area_kind, round(area_m2 / 1e9) FROM gridmap.grids ORDER BY 1"
    ) == [
        (WEST_GRID, "general", "urban", 5),
        (EAST_GRID, "general", "rural", 5),
    ]


def test_a_later_plan_ends_the_earlier_one_in_its_villages_only(town: Load, ask: Ask) -> None:
    report = town("grids", halves(), plan=SPRING)
    assert (report.inserted, report.updated) == (2, 0)
    assert ask(HISTORY) == [
        ("initial", WEST_GRID, "[2000-01-01,2026-01-01)"),
        ("initial", EAST_GRID, "[2000-01-01,)"),
        ("spring", WEST_GRID, "[2026-01-01,)"),
        ("spring", f"{WEST}002", "[2026-01-01,)"),
    ]
    assert town("grids", halves(), plan=SPRING).unchanged == 2
    assert ask("SELECT code, state FROM gridmap.grid_plans ORDER BY 1") == [
        ("initial", "active"),
        ("spring", "active"),
    ]


def test_a_plan_with_no_grid_left_in_force_is_retired(town: Load, ask: Ask) -> None:
    whole = grids().assign(name="新")
    town("grids", whole, plan=SPRING)
    assert ask("SELECT code, state, valid::text FROM gridmap.grid_plans ORDER BY 1") == [
        ("initial", "retired", "[2000-01-01,2026-01-01)"),
        ("spring", "active", "[2026-01-01,)"),
    ]


def test_new_grids_remember_the_ones_they_came_from(town: Load, ask: Ask) -> None:
    town("grids", halves(), plan=SPRING)
    assert ask(
        "SELECT g.code, old.code FROM gridmap.grid_ancestors a"
        " JOIN gridmap.grids g ON g.id = a.grid_id JOIN gridmap.grids old ON old.id = a.ancestor_id"
        " ORDER BY 1"
    ) == [(WEST_GRID, WEST_GRID), (f"{WEST}002", WEST_GRID)]


@pytest.mark.parametrize("plan_first", [False, True])
def test_incidents_lie_in_the_grid_in_force_on_their_day_in_any_order(
    town: Load, ask: Ask, plan_first: bool
) -> None:
    days = incidents().assign(geometry=shapely.Point(111.2, 38.7))
    days["reported_at"] = [f"202{year}-06-01 08:00" for year in (1, 5, 6, 6, 6)]
    steps = [
        lambda: town("grids", halves(), plan=SPRING),
        lambda: town("incidents", days),
        lambda: town("buildings", buildings(1)),
    ]
    for step in steps if plan_first else reversed(steps):
        assert step().is_clean
    assert ask(
        "SELECT i.code, p.code, g.code FROM gridmap.incidents i"
        " JOIN gridmap.grids g ON g.id = i.grid_id"
        " JOIN gridmap.grid_plans p ON p.id = g.plan_id ORDER BY 1"
    ) == [
        ("I0", "initial", WEST_GRID),
        ("I1", "initial", WEST_GRID),
        *((f"I{i}", "spring", f"{WEST}002") for i in (2, 3, 4)),
    ]
    assert ask(
        "SELECT p.code FROM gridmap.buildings b JOIN gridmap.grids g ON g.id = b.grid_id"
        " JOIN gridmap.grid_plans p ON p.id = g.plan_id"
    ) == [("spring",)]


def test_a_changed_boundary_in_force_is_refused_with_what_to_do(town: Load, ask: Ask) -> None:
    report = town("grids", grids(west=111.2))
    assert (report.rejected, report.unchanged) == (1, 1)
    ((reason, _),) = report.reasons.items()
    assert "--plan" in reason.zh and "never overwritten" in reason.en
    assert ask("SELECT count(*) FROM gridmap.grids") == [(2,)]


def test_a_new_name_is_no_new_boundary(town: Load, ask: Ask) -> None:
    report = town("grids", grids().assign(name=["西一（改）", "东一"]))
    assert (report.updated, report.unchanged) == (1, 1)
    assert ask("SELECT name, version FROM gridmap.grids ORDER BY code") == [
        ("西一（改）", 2),
        ("东一", 1),
    ]


@pytest.mark.parametrize("first_day", [dt.date(2000, 1, 1), dt.date(1999, 1, 1)])
def test_a_plan_that_would_begin_under_another_is_refused_as_a_whole(
    town: Load, ask: Ask, first_day: dt.date
) -> None:
    with pytest.raises(Conflict, match="--valid-from"):
        town("grids", halves(), plan=PlanChoice("old", first_day))
    assert ask("SELECT count(*) FROM gridmap.grid_plans") == [(1,)]


def test_an_older_plan_can_come_later_when_it_ends_in_time(town: Load, ask: Ask) -> None:
    past = PlanChoice("past", dt.date(1990, 1, 1), dt.date(2000, 1, 1))
    assert town("grids", halves(), plan=past).inserted == 2
    assert ask(HISTORY)[:2] == [
        ("past", WEST_GRID, "[1990-01-01,2000-01-01)"),
        ("past", f"{WEST}002", "[1990-01-01,2000-01-01)"),
    ]
    assert ask("SELECT count(*) FROM gridmap.grids WHERE valid @> current_date") == [(2,)]


def test_a_plan_cannot_be_given_other_dates(town: Load) -> None:
    town("grids", halves(), plan=SPRING)
    with pytest.raises(Conflict, match="spring"):
        town("grids", halves(), plan=PlanChoice("spring", dt.date(2026, 2, 1)))
    with pytest.raises(CallError):
        PlanChoice("x", dt.date(2026, 2, 1), dt.date(2026, 2, 1))


def test_a_grid_without_village_or_beyond_it_is_refused(take: Load) -> None:
    take("admin_units", units())
    bad = shapes(
        {"code": [f"{TOWNSHIP}999001", WEST_GRID, EAST_GRID], "name": ["甲", "乙", "丙"]},
        [
            shapely.box(111, 38, 111.1, 38.1),
            shapely.box(111, 38, MIDDLE + 0.01, 39),
            shapely.box(MIDDLE, 38, 112, 39),
        ],
    )
    report = take("grids", bad)
    assert (report.inserted, report.rejected) == (1, 2)
    reasons = " ".join(reason.en for reason in report.reasons)
    assert "load villages first" in reasons and f"outside its village {WEST}" in reasons


def test_a_grid_code_follows_the_scheme_of_the_county(take: Load) -> None:
    take("admin_units", units())
    bad = grids().assign(code=["G1", EAST_GRID], village_code=[WEST, WEST])
    report = take("grids", bad)
    assert report.rejected == 2
    assert {"15 digits" in r.en or WEST in r.en for r in report.reasons} == {True}


def test_micro_grids_lie_in_a_grid_that_comes_with_them(take: Load, ask: Ask) -> None:
    take("admin_units", units())
    small = shapely.box(111.1, 38.1, 111.2, 38.2)
    table = shapes(
        {
            "code": [f"{WEST}002", WEST_GRID, f"{WEST}003", f"{WEST}004"],
            "name": ["微", "西一", "孤", "错"],
            "kind": ["微网格", "基础网格", "micro", "micro"],
            "parent_code": [WEST_GRID, None, EAST_GRID, None],
        },
        [small, shapely.box(111, 38, MIDDLE, 39), small, small],
    )
    report = take("grids", table)
    assert (report.inserted, report.rejected) == (2, 2)
    assert ask(
        "SELECT g.code, p.code FROM gridmap.grids g JOIN gridmap.grids p ON p.id = g.parent_id"
    ) == [(f"{WEST}002", WEST_GRID)]
    assert EAST != WEST
