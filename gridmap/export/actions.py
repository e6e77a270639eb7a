"""Exporting a layer: one file, one line in the audit trail."""

import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine

from gridmap.access.store import record
from gridmap.areas.store import read_deployment
from gridmap.db import Actor, transaction
from gridmap.errors import CallError
from gridmap.export import store
from gridmap.export.layers import Layer, layer_named
from gridmap.export.writers import writer_for
from gridmap.sealing import checks
from gridmap.sealing.key_file import KeyFile
from gridmap.sealing.keyring import ID_BYTES, Keyring

_SHORTEST_REASON = 4
_SEALED = ("phone", "id_number")


def export(
    engine: Engine,
    actor: Actor,
    keys: KeyFile,
    layer: str,
    out: Path,
    reason: str | None = None,
    as_of: date | None = None,
) -> int:
    """Write a layer to a file, of the kind its name ends in; returns the number of rows.

    The file appears when it is whole and its line stands in the audit trail. Nobody who may be
    under 14 is ever in it.

    Args:
        reason: why persons are told unmasked; None masks them.
        as_of: the day whose rows are meant, of territory and postings; None is today.

    Raises:
        CallError: unknown layer, kind of file or folder; a reason that says nothing; a day for
            a layer that has none.
        DataError: the rows do not fit into a file of that kind.
        Unavailable: the key that phones need is away.
    """
    chosen, write = layer_named(layer), writer_for(out)
    why = None if reason is None else checks.scrubbed(reason.strip())
    _refuse(chosen, out, why, as_of)
    # A folder that nobody else enters: a file half written has not been asked for yet.
    with tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".gridmap-") as folder:
        part = Path(folder) / f"part{out.suffix.lower()}"
        with transaction(engine, actor) as connection:
            deployment = read_deployment(connection)
            zone = deployment["time_zone"] if deployment is not None else "UTC"
            table = store.rows(connection, chosen, why is not None, as_of)
            table = _told(chosen, table, keys, why is not None)
            write(table, chosen, zone, part)
            record(
                connection, "export", layer, why,
                rows=len(table), file=out.name, unmasked=why is not None,
                **({} if as_of is None else {"since": str(as_of)}),
            )  # fmt: skip
        if why is not None:
            part.chmod(0o600)
        part.replace(out)
    return len(table)


def _refuse(layer: Layer, out: Path, why: str | None, as_of: date | None) -> None:
    if as_of is not None and not layer.dated:
        raise CallError(
            f"图层 {layer.name} 只有现状，不能按日期导出：请去掉 --as-of",
            f"the layer {layer.name} is kept as it is now and has no other day: leave out --as-of",
        )
    if why is not None and len(why) < _SHORTEST_REASON:
        raise CallError(
            f"导出未遮蔽的数据要写明理由，至少 {_SHORTEST_REASON} 个字",
            f"say why persons are told unmasked, in {_SHORTEST_REASON} characters or more",
        )
    if not out.absolute().parent.is_dir():
        raise CallError(
            f"目录 {out.absolute().parent} 不存在，请先建立",
            f"the folder {out.absolute().parent} does not exist: make it first",
        )


def _told(layer: Layer, table: pd.DataFrame, keys: KeyFile, unmasked: bool) -> pd.DataFrame:
    """The table with its persons masked, or opened."""
    if layer.name == "residents":
        keyring = _keyring(keys, table)
        for kind in _SEALED:
            table[kind] = [
                _value(keyring, kind, code, sealed, unmasked)
                for code, sealed in zip(table["code"], table[kind], strict=True)
            ]
    if not unmasked:
        for name in layer.texts:
            table[name] = [cell and checks.scrubbed(cell) for cell in table[name]]
    return table


def _value(
    keyring: Keyring, kind: str, code: str, sealed: bytes | None, unmasked: bool
) -> str | None:
    if kind == "id_number" and not unmasked:
        return checks.masked_id_number("sealed" if sealed is not None else None)
    if sealed is None:
        return None
    plain = keyring.open(kind, code, sealed)
    return plain if unmasked else checks.masked_phone(plain)


def _keyring(keys: KeyFile, table: pd.DataFrame) -> Keyring:
    in_use = {
        bytes(sealed[:ID_BYTES]) for kind in _SEALED for sealed in table[kind] if sealed is not None
    }
    return keys.opening(in_use) if in_use else Keyring([])
