"""Walking the chain: the whole of it, or the links of one grid."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, RowMapping

from gridmap.access.store import record, sight
from gridmap.areas import store as areas
from gridmap.chain import store
from gridmap.chain.checks import MOST_ITEMS, RULES
from gridmap.chain.ground import ground_faults, overlapping
from gridmap.chain.render import ChainReport, LinkReport, report_of
from gridmap.db import Actor, transaction

Progress = Callable[[str, int, int | None], None]

Answer = TypeVar("Answer")


@dataclass
class _Memory:
    """One answer, and the sight, the day and the layers' versions it was given for."""

    lock: Lock = field(default_factory=Lock)
    state: object = None
    answer: Any = None


_MOST_REMEMBERED = 64
_memories: WeakKeyDictionary[Engine, dict[tuple[object, ...], _Memory]] = WeakKeyDictionary()


def check(engine: Engine, actor: Actor, progress: Progress | None = None) -> ChainReport:
    """Follow every link of the chain as it stands today, and tell each one that is broken.

    Args:
        progress: told the link at hand, how many are done, and of how many.
    """
    started = time.monotonic()
    links: list[LinkReport] = []
    with transaction(engine, actor) as connection:
        totals = store.totals(connection)
        ground = ground_faults(store.outlines(connection))
        for done, link in enumerate(RULES):
            if progress:
                progress(RULES[link].title.zh, done, len(RULES))
            rows = [*ground.get(link, [])]
            number = len(rows)
            if link in store.LINKS:
                counted, found = store.broken(connection, link, MOST_ITEMS, overlapping(ground))
                number, rows = number + counted, [*rows, *found]
            links.append(report_of(link, totals[link], number, rows))
        report = ChainReport(
            ok=all(link.ok or link.warning for link in links),
            checked_at=datetime.now(UTC),
            seconds=round(time.monotonic() - started, 3),
            links=links,
        )
        broken = [link.link for link in links if not link.ok]
        record(connection, "check", "chain", ok=report.ok, broken=broken)
    return report


def checked(engine: Engine, actor: Actor, *, fresh: bool = False) -> ChainReport:
    """The last report as long as no layer and no day has changed since, else a new one.

    Args:
        fresh: take a new one in any case.
    """
    return remembered(engine, actor, "check", lambda: check(engine, actor), fresh=fresh)


def remembered(
    engine: Engine, actor: Actor, name: str, find: Callable[[], Answer], *, fresh: bool = False
) -> Answer:
    """What `find` answers the actor, asked again only when a layer, the day or what the
    actor may see has changed since.

    Questions of the same name that come meanwhile wait for the one answer.
    """
    asked = actor.account, actor.rights, name
    memories = _memories.setdefault(engine, {})
    memory = memories.setdefault(asked, _Memory())
    while len(memories) > _MOST_REMEMBERED:
        memories.pop(next(iter(memories)), None)
    with memory.lock:
        # Read before the answer is looked for: a change in between makes it be asked again.
        with transaction(engine, actor) as connection:
            state = sight(connection), areas.today(connection), areas.versions(connection)
        if fresh or memory.state != state:
            memory.answer = find()
            memory.state = state
        answer: Answer = memory.answer
        return answer


def units_with_figures(
    engine: Engine, actor: Actor, as_of: date | None = None
) -> list[tuple[RowMapping, store.Figures]]:
    """Every admin unit with what it holds, as `store.units_with_figures`; today's is remembered."""

    def find() -> list[tuple[RowMapping, store.Figures]]:
        with transaction(engine, actor) as connection:
            return store.units_with_figures(connection, as_of)

    return find() if as_of else remembered(engine, actor, "units", find)


def grids_with_figures(
    engine: Engine, actor: Actor, village: str | None = None, as_of: date | None = None
) -> list[tuple[RowMapping, store.Figures]]:
    """The grids in force, as `store.grids_with_figures`; today's are remembered."""

    def find() -> list[tuple[RowMapping, store.Figures]]:
        with transaction(engine, actor) as connection:
            return store.grids_with_figures(connection, as_of)

    rows = find() if as_of else remembered(engine, actor, "grids", find)
    return [row for row in rows if village is None or row[0]["village_code"] == village]
