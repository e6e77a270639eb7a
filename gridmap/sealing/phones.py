"""Phones that lie readable in a database of before revision 0009: sealed, read back, then gone."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from gridmap.db import engine_for, reachable
from gridmap.errors import DataError
from gridmap.sealing import checks
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.keyring import Keyring

_AT_ONCE = 5_000
_READ = text(
    "SELECT id, code, phone, phone_sealed FROM gridmap.residents"
    " WHERE phone IS NOT NULL AND id > :after ORDER BY id LIMIT :most"
)
_WRITE = text(
    "UPDATE gridmap.residents r SET phone_sealed = s.sealed, phone_index = s.index"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:sealed AS bytea[]), CAST(:indexes AS bytea[]))"
    " AS s (id, sealed, index) WHERE r.id = s.id"
)
_RECORD = text(
    "INSERT INTO gridmap.audit_entries (action, subject, detail)"
    " VALUES ('seal', 'residents', jsonb_build_object('phones', CAST(:n AS bigint)))"
)


class PhoneSealer:
    """What revision 0009 calls, in its own transaction: it alone can reach the key.

    Attributes:
        count: how many phones it has sealed.
    """

    def __init__(self, keys: KeyFile) -> None:
        self._keys = keys
        self.count = 0

    def __call__(self, connection: Connection) -> None:
        """Seal every phone of the column `phone`, and compare each with what it opens to.

        Raises:
            Unavailable: the key file cannot be read or made.
            DataError: a phone does not open to what it was; nothing must be committed.
        """
        after, keyring = 0, None
        while rows := connection.execute(_READ, {"after": after, "most": _AT_ONCE}).all():
            keyring = keyring or self._keys.sealing(())
            _seal(connection, keyring, rows)
            sealed = connection.execute(_READ, {"after": after, "most": _AT_ONCE}).all()
            _compare(keyring, sealed)
            after, self.count = rows[-1].id, self.count + len(rows)
        if self.count:
            connection.execute(_RECORD, {"n": self.count})


def _seal(connection: Connection, keyring: Keyring, rows: Sequence[Row[Any]]) -> None:
    key = keyring.current
    values = {
        "ids": [row.id for row in rows],
        "sealed": [key.seal("phone", row.code, row.phone) for row in rows],
        "indexes": [key.index("phone", checks.phone(row.phone) or row.phone) for row in rows],
    }
    connection.execute(_WRITE, values)


def _compare(keyring: Keyring, rows: Sequence[Row[Any]]) -> None:
    for row in rows:
        if (
            row.phone_sealed is None
            or keyring.open("phone", row.code, row.phone_sealed) != row.phone
        ):
            raise DataError(
                f"居民 {row.code} 的电话加密后读回不一致，数据库未改动",
                f"the phone of resident {row.code} does not open to what it was; nothing changed",
            )


def scour(url: str) -> None:
    """Write the residents anew, so that no page of the table still holds a phone of before."""
    engine = engine_for(url, statement_timeout_s=0)
    try:
        with reachable(), engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM (FULL, ANALYZE) gridmap.residents"))
    finally:
        engine.dispose()
