"""Walking the chain: the whole of it, or the links of one grid."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from gridmap.access.store import record
from gridmap.areas import store as areas
from gridmap.chain import store
from gridmap.chain.checks import MOST_ITEMS, RULES
from gridmap.chain.ground import ground_faults, overlapping
from gridmap.chain.render import ChainReport, LinkReport, report_of
from gridmap.db import Actor, reachable, transaction

Progress = Callable[[str, int, int | None], None]

_Versions = tuple[date, frozenset[tuple[str, int]]]
_last: WeakKeyDictionary[Engine, tuple[_Versions, ChainReport]] = WeakKeyDictionary()
_lock = Lock()


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
    with _lock:  # two pages that open at once wait for one report
        with reachable(), engine.connect() as connection:
            now = areas.today(connection), frozenset(areas.versions(connection).items())
        known = _last.get(engine)
        if fresh or known is None or known[0] != now:
            known = now, check(engine, actor)
            _last[engine] = known
        return known[1]
