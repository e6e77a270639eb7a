"""Computing proposals: one at a time, in the name of whoever asked, by a server that lives on."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from logging import getLogger
from threading import Event
from typing import Any

from sqlalchemy import Engine, RowMapping

from gridmap.access.actors import ADMINISTRATOR
from gridmap.areas.store import read_profile
from gridmap.balancing import Cancelled
from gridmap.db import Actor, reachable, transaction
from gridmap.errors import CallError, DataError, GridmapError, Unavailable
from gridmap.plans import proposal_store, store
from gridmap.plans.balancing import telling
from gridmap.plans.balancing.model import Village, Wish
from gridmap.plans.balancing.solving import Balanced, Balancer, as_proposed
from gridmap.plans.desk import Desk, refuse_unless_open, village_of
from gridmap.plans.redividing import read_village

_LOOK_EVERY_S = 1.0
_ASK_EVERY_S = 1.0

_log = getLogger(__name__)


class _Stopped(Exception):
    """Nobody waits for it any more."""


def work(engine: Engine, ended: Event) -> None:
    """Compute what is asked for until `ended`; what a server that is gone left open is ended."""
    while not ended.is_set():
        found = False
        with suppress(Unavailable):  # the next time will do
            end_orphans(engine)
            found = compute_next(engine, ended)
        if not found:
            ended.wait(_LOOK_EVERY_S)


def end_orphans(engine: Engine) -> None:
    """Mark as ended what is said to be computed, though no server does."""
    with transaction(engine, ADMINISTRATOR) as connection:
        running = proposal_store.running(connection)
    for number in running:
        with _worker_of(engine, number) as is_worker:
            if is_worker:
                _finish(engine, number, "ended", reason=_RESTARTED)


_RESTARTED = {
    "zh": "计算时服务器停止或重启了：请重新计算",
    "en": "the server stopped or was restarted meanwhile: ask again",
}
_FAILED = {
    "zh": "程序出错，没有算成；请把时间告诉管理员，日志里有原因",
    "en": "the program failed; tell the administrator the time: the log has the cause",
}


def compute_next(engine: Engine, ended: Event) -> bool:
    """Compute the proposal that has waited longest; False if none waits."""
    with transaction(engine, ADMINISTRATOR) as connection:
        number = proposal_store.oldest_waiting(connection)
    if number is None:
        return False
    with _worker_of(engine, number) as is_worker:
        if not is_worker:
            return False
        with transaction(engine, ADMINISTRATOR) as connection:
            asked = proposal_store.begin(connection, number)
        if asked is not None:
            _compute(engine, asked, ended)
    return True


@contextmanager
def _worker_of(engine: Engine, number: int) -> Iterator[bool]:
    """Meanwhile nobody else computes it; yields whether that is so."""
    with reachable(), engine.connect() as connection:
        is_worker = proposal_store.hold(connection, number)
        connection.commit()
        try:
            yield is_worker
        finally:
            if is_worker:
                proposal_store.let_go(connection, number)
                connection.commit()


def _compute(engine: Engine, asked: RowMapping, ended: Event) -> None:
    """In a thread of its own, so that whatever goes wrong there ends with it."""
    job = _Job(engine, asked, ended)
    with ThreadPoolExecutor(max_workers=1) as pool:
        error = (future := pool.submit(job.result)).exception()
    match error:
        case None:
            _finish(engine, job.number, "done", result=future.result())
        case _Stopped() | Cancelled():
            _finish(engine, job.number, "ended", reason=_RESTARTED)
        case Unavailable():
            raise error
        case GridmapError():
            _finish(engine, job.number, "failed", reason={"zh": error.zh, "en": error.en})
        case _:
            _log.error("proposal %d failed", job.number, exc_info=error)
            _finish(engine, job.number, "failed", reason=_FAILED)


def _finish(engine: Engine, number: int, state: str, **told: Any) -> None:
    with transaction(engine, ADMINISTRATOR) as connection:
        proposal_store.finish(connection, number, state, **told)


@dataclass
class _Job:
    """One proposal under way."""

    engine: Engine
    asked: RowMapping
    ended: Event
    _looked_at: float = field(default_factory=time.monotonic)
    _off: bool = False

    @property
    def number(self) -> int:
        return int(self.asked["id"])

    @property
    def actor(self) -> Actor:
        rights = self.asked["rights"]
        return Actor(self.asked["recorded_by"], None, None if rights is None else frozenset(rights))

    def result(self) -> dict[str, Any]:
        """What is kept: the grids of today, and one proposal for each mode.

        A village that cannot be balanced is told of, and stays as it is.
        """
        wanted = self.asked["asked"]
        modes = wanted["modes"]
        present: list[telling.Told] = []
        found: dict[str, list[tuple[Village, telling.Told]]] = {mode: [] for mode in modes}
        troubles = []
        for number, code in enumerate(wanted["villages"]):
            try:
                village, told = self._balanced(code, len(modes) * number)
            except (DataError, CallError) as error:
                troubles.append({"village": code, "zh": error.zh, "en": error.en})
            else:
                present += telling.present(village, wanted["weight"], frozenset(wanted["locked"]))
                for mode, one in zip(modes, told, strict=True):
                    found[mode].append((village, one))
            self._advance(len(modes) * (number + 1))
        proposals = [telling.together(mode, some, present) for mode, some in found.items()]
        for one in proposals:
            one["exceptions"] += troubles
        return {"present": present, "proposals": proposals}

    def _balanced(self, code: str, done: int) -> tuple[Village, list[telling.Told]]:
        """A village, and what is proposed for it in each mode.

        In a mode in which it cannot be balanced it stays as it is, and that is told.

        Raises:
            DataError: it cannot be balanced in any.
        """
        wanted = self.asked["asked"]
        weights, locked = wanted["weight"], frozenset(wanted["locked"])
        with transaction(self.engine, self.actor) as connection:
            plan = store.plan(connection, self.asked["plan"])
            refuse_unless_open(plan)
            desk = Desk.read(connection, plan, village_of(connection, plan, code))
            village = read_village(desk, wanted["size"] and tuple(wanted["size"]))
            taken = store.codes_of(connection, desk.village["id"])
            scheme = read_profile(connection).grid_code.scheme
        balancer = Balancer(village, locked)
        found: list[Balanced | DataError] = []
        for mode in wanted["modes"]:
            wish = Wish(mode, weights, locked, wanted["seed"])
            try:
                found.append(balancer.balanced(wish, scheme, taken, self._is_off))
            except DataError as error:
                found.append(error)
            self._advance(done + len(found))
        return village, [
            telling.proposed(village, one, weights, locked) for one in as_proposed(village, found)
        ]

    def _advance(self, done: int) -> None:
        """Note how far it is.

        Raises:
            _Stopped: it was cancelled, or the server ends.
        """
        with transaction(self.engine, ADMINISTRATOR) as connection:
            runs = proposal_store.advance(connection, self.number, done)
        if not runs or self.ended.is_set():
            raise _Stopped

    def _is_off(self) -> bool:
        """Whether it was cancelled, or the server ends; asked often, looked up once a second."""
        if not self._off and time.monotonic() - self._looked_at > _ASK_EVERY_S:
            self._looked_at = time.monotonic()
            with transaction(self.engine, ADMINISTRATOR) as connection:
                self._off = self.number not in proposal_store.running(connection)
        return self._off or self.ended.is_set()
