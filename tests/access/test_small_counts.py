"""Small counts, asked for as an attacker would: by subtraction, with what one knows oneself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from gridmap.areas import actions as areas
from gridmap.cluster import APP
from gridmap.db import Actor, engine_for, transaction
from gridmap.profiles import Profile
from tests.access.counties import HERE, THERE, account_name, appoint, found

LEAST = 5
ENDLESS = 10**9


@dataclass
class Attack:
    """What can be concluded about every cell: at least, at most. Exact for a tree of sums."""

    parents: list[int | None]
    least: list[int] = field(default_factory=list)
    most: list[int] = field(default_factory=list)

    @classmethod
    def on(
        cls, parents: list[int | None], counts: list[int], hidden: list[bool], known: set[int]
    ) -> "Attack":
        """Begin with what is told, what one knows, and that a hidden cell is at least 1."""
        told = [not hides or i in known for i, hides in enumerate(hidden)]
        self = cls(parents)
        self.least = [n if t else 1 for n, t in zip(counts, told, strict=True)]
        self.most = [n if t else ENDLESS for n, t in zip(counts, told, strict=True)]
        while self._narrow():
            pass
        return self

    def _narrow(self) -> bool:
        before = [*self.least, *self.most]
        for whole in range(len(self.parents)):
            parts = [i for i, parent in enumerate(self.parents) if parent == whole]
            if not parts:
                continue
            self.least[whole] = max(self.least[whole], sum(self.least[i] for i in parts))
            self.most[whole] = min(self.most[whole], sum(self.most[i] for i in parts))
            for part in parts:
                rest = [i for i in parts if i != part]
                self.most[part] = min(
                    self.most[part], self.most[whole] - sum(self.least[i] for i in rest)
                )
                self.least[part] = max(
                    self.least[part], self.least[whole] - sum(self.most[i] for i in rest)
                )
        return before != [*self.least, *self.most]


def below(parents: list[int | None], top: int) -> set[int]:
    """A cell and all cells under it."""
    cells = {top}
    for i, parent in enumerate(parents):
        if parent in cells:
            cells.add(i)
    return cells


@st.composite
def territories(draw: st.DrawFn) -> tuple[list[int | None], list[int]]:
    """A county with townships with villages, many of them small."""
    small = st.one_of(st.integers(0, 6), st.integers(0, 6), st.integers(0, 400))
    townships = draw(st.lists(st.lists(small, min_size=1, max_size=7), min_size=1, max_size=7))
    parents: list[int | None] = [None, *[0 for _ in townships]]
    counts = [sum(map(sum, townships)), *map(sum, townships)]
    for number, villages in enumerate(townships, start=1):
        parents += [number] * len(villages)
        counts += villages
    return parents, counts


@pytest.fixture(scope="module")
def hide(
    new_database: Callable[[], str],
) -> Iterator[Callable[[list[int | None], list[int]], list[bool]]]:
    engine = engine_for(new_database())
    with engine.connect() as connection:

        def ask(parents: list[int | None], counts: list[int]) -> list[bool]:
            wanted = text(
                "SELECT gridmap.hide_small(:parents, CAST(:counts AS bigint[]), :threshold)"
            )
            above = [None if parent is None else parent + 1 for parent in parents]
            answer = connection.scalar(
                wanted, {"parents": above, "counts": counts, "threshold": LEAST}
            )
            assert answer is not None
            return list(answer)

        yield ask
    engine.dispose()


Hide = Callable[[list[int | None], list[int]], list[bool]]


@given(territory=territories())
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whoever_knows_one_unit_learns_of_no_small_count_elsewhere(
    territory: tuple[list[int | None], list[int]], hide: Hide
) -> None:
    parents, counts = territory
    hidden = hide(parents, counts)
    assert not [n for n, hides in zip(counts, hidden, strict=True) if 0 < n < LEAST and not hides]
    assert not [n for n, hides in zip(counts, hidden, strict=True) if n == 0 and hides]
    for own in (None, *range(1, len(counts))):
        known = set() if own is None else below(parents, own)
        attack = Attack.on(parents, counts, hidden, known)
        for i, n in enumerate(counts):
            if not hidden[i] or below(parents, i) & known or i in known:
                continue
            if n < LEAST:
                assert attack.least[i] == 1 or i in parents, (own, i)
                assert attack.most[i] >= LEAST, (own, i)
            # Nor is a larger one pinned down: yesterday's would tell who came since.
            assert attack.most[i] > attack.least[i], (own, i)


def test_most_of_an_ordinary_county_is_told(hide: Hide) -> None:
    parents: list[int | None] = [None, *[0] * 10]
    counts = [0] * 11
    for township in range(1, 11):
        for village in range(10):
            parents.append(township)
            counts.append(3 if village == township == 4 else 40 + 7 * village)
    for i in range(len(parents) - 1, 0, -1):
        parent = parents[i]
        assert parent is not None
        counts[parent] += counts[i]
    hidden = hide(parents, counts)
    assert sum(hidden) == 3


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str], kelan: Profile, actor: Actor) -> str:
    """Two counties in which every village has few people."""
    address = new_database()
    engine = engine_for(address)
    areas.found(engine, actor, kelan)
    found(engine, actor)
    appoint(engine, actor)
    with transaction(engine, actor) as connection:
        move_in(connection, HERE.grids[0], 30)
        move_in(connection, THERE.grids[0], 40)
    engine.dispose()
    return address


def move_in(connection: Connection, grid: str, people: int) -> None:
    connection.execute(
        text(
            "INSERT INTO residents (code, household_id, name)"
            " SELECT :grid || n, h.id, '某' FROM households h, generate_series(1, :n) n"
            " WHERE h.code = :grid || 'H'"
        ),
        {"grid": grid, "n": people},
    )


@pytest.fixture(scope="module")
def app_engine(url: str) -> Iterator[Engine]:
    engine = engine_for(url, role=APP)
    yield engine
    engine.dispose()


PUBLISHED = text(
    "SELECT u.code, p.households, p.residents, p.incidents"
    " FROM published_figures() p JOIN admin_units u ON u.id = p.unit_id"
)


@pytest.mark.parametrize("scope", ["grid", "village", "township"])
def test_the_published_figures_hide_what_is_small_and_end_at_the_county(
    app_engine: Engine, scope: str
) -> None:
    with transaction(app_engine, Actor(account_name("officer", HERE, scope))) as connection:
        told = {row[0]: tuple(row[1:]) for row in connection.execute(PUBLISHED)}
    # Two townships of a village each, 32 and 2 residents, 2 households and 2 incidents: with so
    # few parts nothing of the people can be told but the empty.
    assert set(told) == {HERE.code, HERE.township, f"{HERE.code}101", *HERE.villages}
    assert set(told.values()) == {(None, None, None)}


def test_a_county_of_many_is_told_in_full(app_engine: Engine, url: str, actor: Actor) -> None:
    engine = engine_for(url)
    with transaction(engine, actor) as connection:
        for grid in HERE.grids:
            move_in(connection, f"{grid}", 0)
        connection.execute(
            text("UPDATE deployment SET profile = profile || '{\"small_counts_below\": 2}'")
        )
    engine.dispose()
    with transaction(app_engine, Actor(account_name("officer", HERE, "grid"))) as connection:
        told = {row[0]: tuple(row[1:]) for row in connection.execute(PUBLISHED)}
    assert told[HERE.code] == (4, 34, 4)
    assert told[HERE.villages[0]] == (2, 32, 2)
