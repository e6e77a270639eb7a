"""Sealed values: opened by the key alone, bound to their place; the file guards the key."""

import multiprocessing
import stat
from pathlib import Path

import pytest

from gridmap.errors import DataError, Unavailable
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.keyring import ID_BYTES, Key, Keyring


def test_a_value_opens_to_what_it_was_and_is_never_sealed_twice_the_same() -> None:
    key = Key.made()
    sealed = [key.seal("phone", "r1", "13800001234") for _ in range(1000)]
    assert len(set(sealed)) == 1000
    assert {Keyring([key]).open("phone", "r1", one) for one in sealed} == {"13800001234"}
    assert b"1380000" not in b"".join(sealed)


@pytest.mark.parametrize(("column", "code"), [("phone", "r2"), ("id_number", "r1")])
def test_a_value_moved_to_another_row_or_column_is_refused(column: str, code: str) -> None:
    key = Key.made()
    sealed = key.seal("phone", "r1", "13800001234")
    with pytest.raises(DataError, match="another row"):
        Keyring([key]).open(column, code, sealed)


@pytest.mark.parametrize("at", [ID_BYTES, ID_BYTES + 12, -1])
def test_a_changed_byte_is_refused(at: int) -> None:
    key = Key.made()
    sealed = bytearray(key.seal("phone", "r1", "13800001234"))
    sealed[at] ^= 1
    with pytest.raises(DataError, match="was changed"):
        Keyring([key]).open("phone", "r1", bytes(sealed))


def test_the_key_of_before_opens_and_another_one_does_not() -> None:
    old, new, other = Key.made(), Key.made(), Key.made()
    sealed = old.seal("phone", "r1", "13800001234")
    assert Keyring([old, new]).open("phone", "r1", sealed) == "13800001234"
    with pytest.raises(DataError, match=f"needs key {old.id.hex()}"):
        Keyring([other]).open("phone", "r1", sealed)


def test_an_index_depends_on_key_column_and_value() -> None:
    key = Key.made()
    index = key.index("phone", "13800001234")
    assert index == key.index("phone", "13800001234")
    others = [
        key.index("id_number", "13800001234"),
        key.index("phone", "13800001235"),
        Key.made().index("phone", "13800001234"),
    ]
    assert index not in others


def test_no_error_tells_the_value() -> None:
    key = Key.made()
    sealed = key.seal("phone", "r1", "13800001234")
    with pytest.raises(DataError) as caught:
        Keyring([key]).open("phone", "r2", sealed)
    assert "13800001234" not in str(caught.value)
    assert key.secret.hex() not in repr(key)


def test_the_file_is_made_on_first_need_for_its_owner_only(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "new" / "personal.key")
    assert keys.read() is None
    keyring = keys.sealing(())
    assert len(keyring.keys) == 1
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert [path.name for path in keys.path.parent.iterdir()] == ["personal.key"]
    assert keys.sealing(()).ids == keyring.ids


def _make(path: Path) -> bytes:
    return KeyFile(path).sealing(()).current.secret


def test_two_that_make_the_first_key_at_once_have_the_same(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        for round_ in range(20):
            made = pool.map(_make, [tmp_path / str(round_)] * 4, chunksize=1)
            assert len(set(made)) == 1


def test_a_missing_key_and_a_wrong_one_are_refused_and_none_is_made(tmp_path: Path) -> None:
    keys, lost = KeyFile(tmp_path / "personal.key"), Key.made()
    for ask in (keys.sealing, keys.opening):
        with pytest.raises(Unavailable, match=lost.id.hex()):
            ask([lost.id])
    assert not keys.path.exists()
    keys.sealing(())
    for ask in (keys.sealing, keys.opening):
        with pytest.raises(Unavailable, match="does not hold it"):
            ask([lost.id])


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "personal.key")
    keys.sealing(())
    for mode in (0o640, 0o604, 0o660):
        keys.path.chmod(mode)
        with pytest.raises(Unavailable, match="chmod 600"):
            keys.read()


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"keys": []}', '{"keys": [{"secret": "ab"}]}', "\x00\xff"]
)
def test_a_spoilt_file_is_refused(tmp_path: Path, content: str) -> None:
    keys = KeyFile(tmp_path / "personal.key")
    keys.path.write_text(content)
    keys.path.chmod(0o600)
    with pytest.raises(Unavailable, match="no sound key file"):
        keys.sealing(())
