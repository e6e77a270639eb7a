"""Counts of premises per grid: the same whichever way they are asked for."""

import pytest
from sqlalchemy import Connection, Engine, text

from gridmap.areas import store as areas
from gridmap.db import Actor, transaction
from gridmap.errors import NotFound
from gridmap.premises import store
from tests.drawing import Town, add_home, settle

NAMES = ("buildings", "dwellings", "households", "residents")


@pytest.fixture
def town(county: Engine, actor: Actor) -> Engine:
    """Two homes in A, one in B; the first has a second household of two."""
    with transaction(county, actor) as connection:
        settle(connection, "AB")
        for code, column in (("h1", 0.3), ("h2", 0.7), ("h3", 1.5)):
            add_home(connection, code, column, 0.5)
        connection.execute(
            text(
                "INSERT INTO households (code, dwelling_id)"
                " SELECT 'more', id FROM dwellings WHERE code = 'h1'"
            )
        )
        connection.execute(
            text(
                "INSERT INTO residents (code, name, household_id)"
                " SELECT 'r' || n, '某某', h.id FROM households h, generate_series(1, 2) n"
                " WHERE h.code = 'more'"
            )
        )
    return county


def by_code(connection: Connection) -> dict[str, tuple[int, ...]]:
    found = store.counts(connection)
    return {
        grid["code"][-3:]: tuple(found[grid["id"]][name] for name in NAMES)
        for grid in areas.grids(connection)
    }


def test_homes_are_counted_once_though_households_share_a_dwelling(town: Engine) -> None:
    with town.connect() as connection:
        assert by_code(connection) == {"001": (2, 2, 3, 4), "002": (1, 1, 1, 1)}
        for grid in areas.grids(connection):
            all_at_once = store.counts(connection)[grid["id"]]
            one = store.counts_of(connection, grid["id"])
            as_of_today = store.counts_of(connection, grid["id"], areas.today(connection))
            for name in NAMES:
                assert all_at_once[name] == one[name] == as_of_today[name]


def test_counts_of_another_day_follow_where_buildings_stand(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        old: Town = settle(connection, "AAB", valid="[2020-01-01,2023-01-01)", plan="old")
        settle(connection, "ABB", valid="[2023-01-01,)", plan="new")
        add_home(connection, "h1", 1.5, 0.5)
        for year, letter in ((2022, "A"), (2024, "B")):
            day = areas.today(connection).replace(year=year, month=6, day=1)
            (grid_id,) = store.counts(connection, day)
            assert areas.grid(connection, old.grids[letter], day)["id"] == grid_id


def test_totals_tell_what_there_is_and_whether_it_is_made_up(town: Engine, actor: Actor) -> None:
    with transaction(town, actor) as connection:
        totals = store.totals(connection)
        assert [totals[name] for name in NAMES] == [3, 3, 4, 5]
        assert totals["synthetic"] is False
        connection.execute(text("UPDATE buildings SET source = 'synthetic'"))
        assert store.totals(connection)["synthetic"] is True


def test_an_unknown_building_is_not_found(town: Engine) -> None:
    with town.connect() as connection, pytest.raises(NotFound, match="b9"):
        store.building(connection, "b9")
