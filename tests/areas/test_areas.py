"""Territory: a database belongs to one county, and its history can be read as of any day."""

from datetime import date

import pytest
from sqlalchemy import Engine

from gridmap.areas import actions, store
from gridmap.db import Actor, transaction
from gridmap.errors import Conflict, NotFound
from gridmap.profiles import Profile, load_profile
from gridmap.settings import Settings
from tests.drawing import settle


def test_a_database_keeps_its_county(engine: Engine, actor: Actor, kelan: Profile) -> None:
    other = kelan.model_copy(update={"title": "另一个县"})
    assert actions.profile_in_force(engine, actor, kelan) == kelan
    assert actions.profile_in_force(engine, actor, other) == kelan
    actions.found(engine, actor, kelan)
    with engine.connect() as connection:
        assert store.read_profile(connection) == kelan


def test_a_database_refuses_another_county(county: Engine, actor: Actor) -> None:
    other = load_profile("qilian", Settings().data_dir)
    with pytest.raises(Conflict, match="GRIDMAP_HOME"):
        actions.found(county, actor, other)


def test_a_database_without_county_says_so(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(NotFound, match="gridmap load"):
        store.read_profile(connection)


def test_grids_and_their_people_are_read_as_of_a_day(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        old = settle(connection, "AAB", valid="[2020-01-01,2023-01-01)", plan="old")
        settle(connection, "ABB", valid="[2023-01-01,)", plan="new")
        code = old.grids["A"]

        def plan_on(day: date | None) -> str:
            return str(store.grid(connection, code, day)["plan"])

        assert plan_on(date(2020, 1, 1)) == plan_on(date(2022, 12, 31)) == "old"
        assert plan_on(date(2023, 1, 1)) == plan_on(None) == "new"
        assert store.grids(connection, as_of=date(2019, 12, 31)) == []
        with pytest.raises(NotFound, match="2019-12-31"):
            store.grid(connection, code, date(2019, 12, 31))
        assert store.postings_of(connection, code, date(2019, 12, 31)) == []
        people = [row["role"] for row in store.postings_of(connection, code)]
        assert people == ["grid_lead"]
        widths = [
            round(row["east"] - row["west"], 6)
            for day in (date(2021, 1, 1), date(2024, 1, 1))
            for row in store.grids(connection, as_of=day)
            if row["code"] == code
        ]
    assert widths == [0.02, 0.01]


def test_units_come_with_parents_first_and_their_boxes(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        settle(connection, "AB\nCD", "12\n12")
        units = store.units(connection)
    assert [unit["code"] for unit in units] == [
        "140929", "140929100", "140929100200", "140929100201",
    ]  # fmt: skip
    assert [unit["parent_code"] for unit in units[1:]] == ["140929", "140929100", "140929100"]
    assert units[3]["west"] == pytest.approx(111.51)


def test_versions_grow_with_every_change_of_a_layer(county: Engine, actor: Actor) -> None:
    with county.connect() as connection:
        before = store.versions(connection)
    with transaction(county, actor) as connection:
        settle(connection, "AB")
    with county.connect() as connection:
        after = store.versions(connection)
    assert after["grids"] > before.get("grids", 0)
    assert after["admin_units"] > before.get("admin_units", 0)
    assert after["deployment"] == before["deployment"]
