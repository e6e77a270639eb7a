"""Guessing is slow: attempts are counted before they are made, by account and by origin."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, Engine

from gridmap.access import store
from gridmap.access.actors import NOBODY
from gridmap.db import Actor, transaction
from gridmap.errors import TooFast

FREE: dict[store.About, int] = {"account": 5, "origin": 30}
"""So many may fail; the last of them, and each one more, closes the door: 30 s, 60 s, … 15 min."""


@dataclass
class Attempt:
    """One attempt from an origin, for an account if it is known yet: failed, unless taken back."""

    engine: Engine
    account: str | None
    origin: str | None
    counted: int = 0

    def begin(self) -> None:
        """Count it.

        Raises:
            TooFast: there were too many; this one must not be made.
        """
        waits = []
        with transaction(self.engine, Actor(NOBODY, self.origin)) as connection:
            for about, key in self._keys():
                wait_s, n = store.begin_attempt(connection, about, key, FREE[about])
                waits.append(wait_s)
                if about == "account":
                    self.counted = n
        if max(waits) > 0:
            raise TooFast(
                f"尝试次数太多，请在 {max(waits):.0f} 秒后再试",
                f"too many attempts: try again in {max(waits):.0f} seconds",
                max(waits),
            )

    def take_back(self, connection: Connection, *, forget: bool = False) -> None:
        """It did not fail; `forget` the account's failures before it as well."""
        for about, key in self._keys():
            forgotten = forget and about == "account"
            store.take_back_attempt(connection, about, key, forget=forgotten)

    def failed(self, name: str | None, why: str) -> None:
        """Record that it failed, in the name of the account, where there is one."""
        with transaction(self.engine, Actor(name or NOBODY, self.origin)) as connection:
            store.record(connection, "fail", "logins", why=why)
            if self.counted >= FREE["account"]:
                store.record(connection, "lock_out", "logins", attempts=self.counted)

    def _keys(self) -> list[tuple[store.About, bytes]]:
        keys: list[tuple[store.About, bytes]] = []
        if self.account is not None:
            keys.append(("account", sha256(self.account.encode()).digest()))
        return [*keys, ("origin", sha256((self.origin or "").encode()).digest())]
