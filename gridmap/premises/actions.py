"""What can be done with premises: one function, one intent, one transaction."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, RowMapping

from gridmap.access import store as access
from gridmap.areas import store as areas
from gridmap.db import Actor, transaction
from gridmap.errors import CallError, DataError, Forbidden, NotFound
from gridmap.premises import store
from gridmap.sealing import checks
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.keyring import ID_BYTES, Key, Keyring

Progress = Callable[[int, int | None], None]

SEALED = ("phone", "id_number")
_SHORTEST_REASON = 4
_AT_ONCE = 5_000


@dataclass(frozen=True)
class Person:
    """A resident as a list shows them: name and phone masked, of an ID number only whether."""

    code: str
    name: str
    phone: str | None
    has_id_number: bool
    household: str | None
    building: str | None


def place(
    engine: Engine, actor: Actor, progress: Callable[[str], None] | None = None
) -> dict[str, int]:
    """Give all buildings, assets and organisations the grid in force today.

    Needed after grids were loaded, or a plan came into force, later than the premises.

    Returns:
        How many rows of each layer changed their grid.
    """
    changed: dict[str, int] = {}
    with transaction(engine, actor) as connection:
        for layer in store.PLACED_LAYERS:
            if progress:
                progress(layer)
            changed[layer] = store.place(connection, layer)
    return changed


def rotate_keys(engine: Engine, actor: Actor, keys: KeyFile, progress: Progress) -> int:
    """Seal every phone and ID number with a new key; returns how many rows were sealed anew.

    In portions, each its own transaction. Interrupted, it goes on where it stopped; the old key
    stays in the file until nothing needs it.

    Raises:
        Unavailable: a key in use is not in the file.
        DataError: values are left that the old key does not open; it is kept.
    """
    keyring = _with_new_key(engine, actor, keys)
    current, done = keyring.current, 0
    while True:
        resealed = _reseal_all(engine, actor, keyring, done, progress)
        done += resealed
        with transaction(engine, actor) as connection:
            store.hold_residents(connection)
            left = store.keys_in_use(connection) - {current.id}
            if not left:
                keys.replace(Keyring([current]))
                access.record(connection, "rotate", "residents", key=current.id.hex(), rows=done)
                return done
        if not resealed:
            raise DataError(
                "有些值旧密钥打不开，旧密钥已保留；请运行 gridmap keys check 查看",
                "some values do not open with the old key; it was kept: run `gridmap keys check`",
            )


def need_keys(engine: Engine, actor: Actor, keys: KeyFile) -> None:
    """See that the key file holds what the sealed values need.

    Raises:
        Unavailable: it does not; says which key is missing, and where it is looked for.
    """
    with transaction(engine, actor) as connection:
        keys.opening(store.keys_in_use(connection))


def check_keys(
    engine: Engine, actor: Actor, keys: KeyFile, progress: Progress
) -> tuple[int, list[tuple[str, str]]]:
    """Open every sealed value; how many there are, and the code and column of those that are bad.

    Raises:
        Unavailable: a key in use is not in the file.
    """
    count, bad, after, done = 0, [], 0, 0
    with transaction(engine, actor) as connection:
        total = store.count_sealed(connection)
        keyring = keys.opening(store.keys_in_use(connection))
        while rows := store.sealed(connection, after, _AT_ONCE):
            for row in rows:
                for kind in SEALED:
                    if row[f"{kind}_sealed"] is not None:
                        count += 1
                        bad += [] if _is_sound(keyring, row, kind) else [(row["code"], kind)]
            after, done = rows[-1]["id"], done + len(rows)
            progress(done, total)
        access.record(connection, "check", "residents", sealed=count, bad=len(bad))
    return count, bad


def _with_new_key(engine: Engine, actor: Actor, keys: KeyFile) -> Keyring:
    with transaction(engine, actor) as connection:
        store.hold_residents(connection)
        keyring = keys.sealing(store.keys_in_use(connection))
        if len(keyring.keys) == 1:  # two: a rotation that was interrupted
            keyring = Keyring([*keyring.keys, Key.made()])
            keys.replace(keyring)
            access.record(connection, "rotate", "residents", begun=keyring.current.id.hex())
    return keyring


def _reseal_all(
    engine: Engine, actor: Actor, keyring: Keyring, before: int, progress: Progress
) -> int:
    """Seal with the current key whatever another one has sealed; how many rows that were."""
    current, after, done = keyring.current, 0, 0
    while True:
        with transaction(engine, actor) as connection:
            store.hold_residents(connection)
            rows = store.sealed(connection, after, _AT_ONCE, but=current.id)
            if not rows:
                return done
            changed: set[int] = set()
            for kind in SEALED:
                anew = [
                    (
                        row["id"],
                        current.seal(kind, row["code"], value),
                        _index(current, kind, value),
                    )
                    for row in rows
                    if (value := _readable(keyring, row, kind)) is not None
                ]
                changed |= {id_ for id_, *_ in anew}
                if anew:
                    store.reseal(connection, kind, anew)
            after, done = rows[-1]["id"], done + len(changed)
        progress(before + done, None)


def _readable(keyring: Keyring, row: RowMapping, kind: str) -> str | None:
    """The value; None when there is none, or one that does not open."""
    sealed = row[f"{kind}_sealed"]
    try:
        return None if sealed is None else keyring.open(kind, row["code"], sealed)
    except DataError:
        return None


def _is_sound(keyring: Keyring, row: RowMapping, kind: str) -> bool:
    value = _readable(keyring, row, kind)
    found_by = bytes(row[f"{kind}_index"])
    return value is not None and any(_index(key, kind, value) == found_by for key in keyring.keys)


def _index(key: Key, kind: str, value: str) -> bytes:
    return key.index(kind, (checks.phone(value) or value) if kind == "phone" else value)


def list_residents(
    engine: Engine, actor: Actor, keys: KeyFile, grid: str, after: str | None, most: int
) -> list[Person]:
    """The residents of a grid by code, `most` of them after a code; nobody who may be under 14.

    The trail keeps who read which grid, and how many were shown.

    Raises:
        NotFound: no grid in sight bears the code.
        Forbidden: the actor may not read residents there.
        Unavailable: the key that the phones need is away.
    """
    with transaction(engine, actor) as connection:
        found = areas.grid(connection, grid)
        if not access.reaches(connection, "residents", found["id"]):
            raise _forbidden("查看这个网格的居民", "read the residents of this grid")
        rows = store.residents_of_grid(connection, grid, after, most)
        access.record(connection, "read", "residents", grid=grid, found=len(rows))
    return _people(keys, rows)


def find_residents(
    engine: Engine, actor: Actor, keys: KeyFile, kind: str, value: str
) -> list[Person]:
    """The residents in reach with this phone (`phone`) or ID number (`id_number`), by code.

    The trail keeps who looked by what and how many were found, not the number.

    Raises:
        CallError: the value is no phone, or no ID number.
        Forbidden: the actor may read residents nowhere.
        Unavailable: the key is away.
    """
    plain = _plain(kind, value)
    with transaction(engine, actor) as connection:
        if not access.holds(connection, "residents"):
            raise _forbidden("查找居民", "look for residents")
        keyring = keys.opening(store.keys_in_use(connection))
        rows = store.residents_by_index(connection, kind, keyring.indexes(kind, plain))
        access.record(connection, "find", "residents", by=kind, found=len(rows))
    return _people(keys, rows)


def unmask(
    engine: Engine, actor: Actor, keys: KeyFile, code: str, fields: Collection[str], reason: str
) -> dict[str, str | None]:
    """The fields (name, phone, id_number) of a resident as they are; who, whose, what and why is
    in the trail before they are told.

    Raises:
        CallError: the reason is too short.
        NotFound: no such resident in reach, or one who may be under 14.
        Forbidden: the actor reads this resident, but may not unmask.
        Unavailable: the key is away.
    """
    why = checks.scrubbed(reason.strip())
    if len(why) < _SHORTEST_REASON:
        raise CallError(
            f"请写明理由，至少 {_SHORTEST_REASON} 个字",
            f"say why, in {_SHORTEST_REASON} characters or more",
        )
    wanted = sorted(set(fields))
    with transaction(engine, actor) as connection:
        row = store.unmask(connection, code, wanted, why)
        if row is None:
            raise NotFound(
                f"没有编码为 {code} 的居民，或不在您的范围内",
                f"no resident in your reach bears the code {code}",
            )
        if not row["allowed"]:
            raise _forbidden("查看这位居民的完整信息", "see this resident unmasked")
        told: dict[str, str | None] = {}
        for field in wanted:
            sealed = row[field]
            told[field] = sealed if field == "name" else _opened(keys, code, field, sealed)
    return told


def _opened(keys: KeyFile, code: str, field: str, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    return keys.opening([bytes(sealed[:ID_BYTES])]).open(field, code, sealed)


def _people(keys: KeyFile, rows: Sequence[RowMapping]) -> list[Person]:
    in_use = {bytes(row["phone"][:ID_BYTES]) for row in rows if row["phone"] is not None}
    keyring = keys.opening(in_use) if in_use else Keyring([])
    return [Person(**{**row, "phone": _masked_phone(keyring, row)}) for row in rows]


def _masked_phone(keyring: Keyring, row: RowMapping) -> str | None:
    if row["phone"] is None:
        return None
    try:
        return checks.masked_phone(keyring.open("phone", row["code"], row["phone"]))
    except DataError:
        return checks.masked_phone("")  # one spoilt value; `gridmap keys check` names it


def _plain(kind: str, value: str) -> str:
    if kind == "id_number":
        try:
            return checks.id_number(value)
        except ValueError as error:
            raise CallError(*error.args) from None
    plain = checks.phone(value)
    if plain is None:
        raise CallError("电话号码不对", "this is no phone number")
    return plain


def _forbidden(zh: str, en: str) -> Forbidden:
    return Forbidden(f"您的账号无权{zh}", f"your account may not {en}")
