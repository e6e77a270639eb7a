"""The key changes, and nothing is lost: not by a kill, not by a load under way."""

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gridmap.access.actions import verify_trail
from gridmap.backup import back_up, restore
from gridmap.db import Actor, engine_for, transaction
from gridmap.errors import DataError, Unavailable
from gridmap.premises import actions
from gridmap.premises.actions import check_keys, need_keys, rotate_keys
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.keyring import Key
from gridmap.settings import Settings

ROWS = 12_000
NUMBER = "11010519491231002X"


def nothing(done: int, total: int | None) -> None:
    """Draws no bar."""


def phone(n: int) -> str:
    return f"138{n:08d}"


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "personal.key")


@pytest.fixture
def people(county: Engine, actor: Actor, keys: KeyFile) -> Engine:
    """Residents with a phone each, every tenth with an ID number too."""
    add(county, actor, keys.sealing(()).current, range(ROWS))
    return county


def add(engine: Engine, actor: Actor, key: Key, numbers: range) -> None:
    rows = [
        {
            "code": f"p{n}",
            "phone": key.seal("phone", f"p{n}", phone(n)),
            "phone_index": key.index("phone", phone(n)),
            "id": key.seal("id_number", f"p{n}", NUMBER) if n % 10 == 0 else None,
            "id_index": key.index("id_number", NUMBER) if n % 10 == 0 else None,
        }
        for n in numbers
    ]
    statement = (
        "INSERT INTO residents (code, name, phone_sealed, phone_index, id_number_sealed,"
        " id_number_index) VALUES (:code, '某', :phone, :phone_index, :id, :id_index)"
    )
    with transaction(engine, actor) as connection:
        connection.execute(text(statement), rows)


def assert_all_open(engine: Engine, keys: KeyFile, count: int = ROWS) -> None:
    """Every value opens to what it was, with the one key there is."""
    keyring = keys.read()
    assert keyring is not None
    assert len(keyring.keys) == 1
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM residents")).all()
    assert len(rows) == count
    for row in rows:
        n = int(row.code[1:])
        assert keyring.open("phone", row.code, row.phone_sealed) == phone(n)
        assert keyring.indexes("phone", phone(n)) == [row.phone_index]
        assert (row.id_number_sealed is not None) == (n % 10 == 0)
        if row.id_number_sealed is not None:
            assert keyring.open("id_number", row.code, row.id_number_sealed) == NUMBER


def test_a_rotation_seals_everything_anew_and_drops_the_old_key(
    people: Engine, actor: Actor, keys: KeyFile
) -> None:
    stamps = text("SELECT code, recorded_by, recorded_at FROM residents ORDER BY id")
    old = keys.read()
    assert old is not None
    with people.connect() as connection:
        written = connection.execute(stamps).all()
    steps: list[int] = []
    rows = rotate_keys(people, Actor("keeper"), keys, lambda done, total: steps.append(done))
    assert rows == ROWS
    assert steps == [5_000, 10_000, ROWS]
    assert_all_open(people, keys)
    new = keys.read()
    assert new is not None
    assert not new.ids & old.ids
    assert check_keys(people, actor, keys, nothing) == (ROWS + ROWS // 10, [])
    with people.connect() as connection:
        assert connection.execute(stamps).all() == written
    assert verify_trail(people, actor).ok


def _rotate(url: str, path: Path, told: Path) -> None:
    actions._AT_ONCE = 1_000
    with told.open("a", buffering=1) as line:
        rotate_keys(
            engine_for(url), Actor("keeper"), KeyFile(path), lambda *_: print("one", file=line)
        )


def test_a_rotation_killed_anywhere_is_taken_up_and_loses_nothing(
    people: Engine, database: str, actor: Actor, keys: KeyFile, tmp_path: Path
) -> None:
    old = keys.read()
    assert old is not None
    for portions in (1, 2, 4):
        told = tmp_path / f"told{portions}"
        told.touch()
        process = multiprocessing.get_context("spawn").Process(
            target=_rotate, args=(database, keys.path, told)
        )
        process.start()
        deadline = time.monotonic() + 120
        while told.read_text().count("one") < portions and time.monotonic() < deadline:
            time.sleep(0.001)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        keyring = keys.read()
        assert keyring is not None
        assert len(keyring.keys) == 2
        with people.connect() as connection:
            in_use = set(connection.scalars(text("SELECT gridmap.keys_in_use()")))
        assert in_use == keyring.ids >= old.ids
    assert 0 < rotate_keys(people, actor, keys, nothing) <= ROWS - 7_000
    assert_all_open(people, keys)


def test_a_load_that_holds_the_old_key_ends_before_the_key_goes(
    people: Engine, actor: Actor, keys: KeyFile
) -> None:
    """It takes the layer's lock, reads the key, and writes long after the rotation began."""
    old = keys.read()
    assert old is not None
    locked, ended = threading.Event(), threading.Event()

    def load() -> None:
        with transaction(people, actor) as connection:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtext('gridmap.ingest'), hashtext(:t))"),
                {"t": "residents"},
            )
            locked.set()
            ended.wait(5)  # a rotation that does not wait is through by now
            connection.execute(
                text(
                    "INSERT INTO residents (code, name, phone_sealed, phone_index)"
                    " VALUES (:code, '某', :sealed, :index)"
                ),
                {
                    "code": f"p{ROWS + 1}",
                    "sealed": old.current.seal("phone", f"p{ROWS + 1}", phone(ROWS + 1)),
                    "index": old.current.index("phone", phone(ROWS + 1)),
                },
            )

    thread = threading.Thread(target=load)
    thread.start()
    locked.wait(10)
    rotate_keys(people, actor, keys, nothing)
    ended.set()
    thread.join()
    assert_all_open(people, keys, ROWS + 1)


def test_a_value_that_was_tampered_with_is_named_and_keeps_the_old_key(
    people: Engine, actor: Actor, keys: KeyFile
) -> None:
    with transaction(people, actor) as connection:
        connection.execute(
            text(
                "UPDATE residents t SET phone_sealed = s.phone_sealed, phone_index = s.phone_index"
                " FROM residents s WHERE t.code = 'p7' AND s.code = 'p8'"
            )
        )
        connection.execute(
            text("UPDATE residents SET id_number_index = '\\x00' WHERE code = 'p20'")
        )
    count, bad = check_keys(people, actor, keys, nothing)
    assert count == ROWS + ROWS // 10
    assert bad == [("p7", "phone"), ("p20", "id_number")]
    with pytest.raises(DataError, match="was kept"):
        rotate_keys(people, actor, keys, nothing)
    keyring = keys.read()
    assert keyring is not None
    assert len(keyring.keys) == 2
    assert check_keys(people, actor, keys, nothing)[1] == [("p7", "phone")]


def test_a_rotation_without_the_key_changes_nothing(
    people: Engine, actor: Actor, keys: KeyFile
) -> None:
    kept = keys.path.read_bytes()
    keys.path.unlink()
    for act in (rotate_keys, check_keys):
        with pytest.raises(Unavailable, match="there is no"):
            act(people, actor, keys, nothing)
    assert not keys.path.exists()
    keys.path.write_bytes(kept)
    keys.path.chmod(0o600)
    assert_all_open(people, keys)


def test_a_backup_holds_neither_key_nor_number_and_needs_the_key_of_its_day(
    people: Engine, actor: Actor, keys: KeyFile, settings: Settings, tmp_path: Path
) -> None:
    old = keys.read()
    assert old is not None
    file = tmp_path / "all.backup"
    back_up(settings, actor, file, nothing)
    kept = keys.path.read_bytes()
    rotate_keys(people, actor, keys, nothing)
    people.dispose()
    restore(settings, actor, file)
    with pytest.raises(Unavailable, match=old.current.id.hex()):
        need_keys(people, actor, keys)
    keys.path.write_bytes(kept)
    need_keys(people, actor, keys)
    assert_all_open(people, keys)
