"""The audit trail: whoever removes, changes, adds or moves a line behind its back is found out."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from gridmap.access.actions import verify_trail
from gridmap.access.checks import Line, verify
from gridmap.access.store import record
from gridmap.db import Actor, transaction
from gridmap.schema import alembic_at, migrate
from gridmap.settings import Settings


def act(engine: Engine, number: int, actor: str = "wang") -> None:
    with transaction(engine, Actor(actor)) as connection:
        record(connection, "look", "buildings", number=number, 中文="说明", nothing=None)


def behind_its_back(engine: Engine, *statements: str) -> None:
    """As somebody who owns the tables and lifts the triggers out."""
    with engine.begin() as connection:
        for table in ("audit_entries", "audit_seals"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))
        for table in ("audit_entries", "audit_seals"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def ids(connection: Connection) -> list[int]:
    return list(connection.scalars(text("SELECT id FROM audit_entries ORDER BY id")))


@pytest.fixture
def trail(county: Engine) -> Engine:
    """Ten acts after those that made the county."""
    for number in range(10):
        act(county, number)
    return county


def test_a_trail_left_alone_is_whole_and_its_check_leaves_a_line(
    trail: Engine, actor: Actor
) -> None:
    first = verify_trail(trail, actor)
    again = verify_trail(trail, actor, known=first.head)
    assert first.ok and again.ok
    assert len(first.head) == 64
    assert again.lines == first.lines + 1
    with trail.connect() as connection:
        assert len(ids(connection)) == again.lines + 1


THIRD = "(SELECT id FROM audit_entries WHERE detail->>'number' = '3')"
FOURTH = "(SELECT id FROM audit_entries WHERE detail->>'number' = '4')"
CRIMES = {
    "a line removed": (["removed"], f"DELETE FROM audit_entries WHERE id = {THIRD}"),
    "another actor": (
        ["changed"], f"UPDATE audit_entries SET actor = 'li' WHERE id = {THIRD}"),
    "another moment": (
        ["changed"], f"UPDATE audit_entries SET at = at - interval '1 ms' WHERE id = {THIRD}"),
    "another detail": (
        ["changed"], f"UPDATE audit_entries SET detail = '{{}}' WHERE id = {THIRD}"),
    "another reason": (
        ["changed"], f"UPDATE audit_entries SET reason = 'asked' WHERE id = {THIRD}"),
    "two lines in each other's place": (
        ["changed", "changed"],
        "UPDATE audit_entries a SET actor = b.actor, detail = b.detail FROM audit_entries b"
        f" WHERE (a.id, b.id) IN (({THIRD}, {FOURTH}), ({FOURTH}, {THIRD}))"),
    "a line and its seal removed": (
        ["seal_removed"],
        f"DELETE FROM audit_seals WHERE entry_id = {THIRD}",
        "DELETE FROM audit_entries WHERE detail->>'number' = '3'"),
    "a seal removed": (
        ["seal_removed", "unsealed"], f"DELETE FROM audit_seals WHERE entry_id = {THIRD}"),
    "a line put in": (
        ["unsealed"],
        "INSERT INTO audit_entries (actor, action, subject) VALUES ('li', 'look', 'grids')"),
    "a line changed and sealed anew": (
        ["changed"],
        f"UPDATE audit_entries SET actor = 'li' WHERE id = {THIRD}",
        "UPDATE audit_seals s SET hash = sha256((SELECT hash FROM audit_seals"
        " WHERE number = s.number - 1) || convert_to(audit_text(e), 'UTF8'))"
        f" FROM audit_entries e WHERE e.id = s.entry_id AND e.id = {THIRD}"),
}  # fmt: skip


@pytest.mark.parametrize("crime", CRIMES)
def test_what_is_done_behind_its_back_is_found(trail: Engine, actor: Actor, crime: str) -> None:
    kinds, *statements = CRIMES[crime]
    behind_its_back(trail, *statements)
    verdict = verify_trail(trail, actor)
    assert not verdict.ok
    assert [fault.kind for fault in verdict.faults] == kinds
    assert all(fault.message.zh and fault.message.en for fault in verdict.faults)


def test_a_trail_cut_off_at_its_end_is_found_by_a_seal_noted_down(
    trail: Engine, actor: Actor
) -> None:
    noted = verify_trail(trail, actor).head
    behind_its_back(
        trail,
        "DELETE FROM audit_entries WHERE id IN"
        " (SELECT entry_id FROM audit_seals ORDER BY number DESC LIMIT 3)",
        "DELETE FROM audit_seals s WHERE NOT EXISTS"
        " (SELECT FROM audit_entries e WHERE e.id = s.entry_id)",
    )
    assert verify_trail(trail, actor).ok
    assert [f.kind for f in verify_trail(trail, actor, known=noted).faults] == ["head_unknown"]


def test_many_at_once_are_sealed_one_after_the_other(county: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: act(county, number, f"u{number % 8}"), range(200)))
    verdict = verify_trail(county, Actor("wang"))
    assert verdict.ok
    assert verdict.lines >= 200


def test_what_is_rolled_back_leaves_no_line_and_no_gap(trail: Engine, actor: Actor) -> None:
    before = verify_trail(trail, actor).lines
    with pytest.raises(RuntimeError), transaction(trail, actor) as connection:
        record(connection, "look", "grids")
        raise RuntimeError
    act(trail, 99)
    verdict = verify_trail(trail, actor)
    assert verdict.ok
    assert verdict.lines == before + 2  # the check, and act 99


def test_an_open_transaction_holds_nobody_up(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        record(connection, "load", "buildings")
        act(county, 1)  # would wait for ever, were the line sealed when it is written
    assert verify_trail(county, actor).ok


def test_a_line_tells_why_and_from_where(county: Engine, actor: Actor) -> None:
    with transaction(county, actor) as connection:
        connection.execute(text("SELECT set_config('gridmap.origin', '10.1.2.3', true)"))
        record(connection, "look", "residents", reason="居民来电")
    act(county, 1)
    with county.connect() as connection:
        rows = connection.execute(
            text("SELECT reason, origin FROM audit_entries ORDER BY id DESC LIMIT 2")
        ).all()
    assert [tuple(row) for row in rows] == [(None, "socket"), ("居民来电", "10.1.2.3")]


def test_lines_of_before_are_sealed_when_the_database_is_upgraded(
    settings: Settings, database: str, county: Engine, actor: Actor
) -> None:
    act(county, 1)
    with alembic_at(settings, database) as config:
        command.downgrade(config, "0003")
    county.dispose()
    with transaction(county, actor) as connection:
        connection.execute(
            text("INSERT INTO audit_entries (action, subject) VALUES ('look', 'grids')")
        )
    county.dispose()
    migrate(settings, database)
    act(county, 3)
    verdict = verify_trail(county, actor)
    assert verdict.ok
    with county.connect() as connection:
        assert verdict.lines == len(ids(connection)) - 1


@pytest.mark.parametrize("known", [None, sha256(b"one").hexdigest()])
def test_the_rule_in_small(known: str | None) -> None:
    first = sha256(b"one").digest()
    lines: list[Line] = [
        Line(1, 7, first, "one"),
        Line(2, 9, sha256(first + b"two").digest(), "two"),
    ]
    assert verify(lines, known).ok
    assert verify(lines).head == sha256(first + b"two").hexdigest()
    assert verify([]).head == ""
    assert not verify([], known="00").ok
    assert not verify(lines[1:], known).ok
    assert not verify([lines[0]._replace(text="One"), lines[1]], known).ok
