"""Is the audit trail whole? Pure: lines and seals in, faults out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, NamedTuple

from gridmap.profiles import Message

Kind = Literal["removed", "changed", "unsealed", "seal_removed", "head_unknown"]


class Line(NamedTuple):
    """A seal and the line it was made for, in the order of the seals; unsealed lines come last.

    `number` and `hash` are None for a line without seal, `text` for a seal without line.
    """

    number: int | None
    entry_id: int
    hash: bytes | None
    text: str | None


@dataclass(frozen=True)
class Fault:
    """One place where the trail was tampered with; `entry_id` is None where no line is meant."""

    kind: Kind
    entry_id: int | None
    message: Message


@dataclass
class Verdict:
    """How many lines are sealed, the last seal (hexadecimal, empty without any), what is wrong."""

    lines: int = 0
    head: str = ""
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(lines: Iterable[Line], known: str | None = None) -> Verdict:
    """Follow the chain: hash of a line = SHA-256(hash before + text), 32 bytes.

    Args:
        lines: the whole trail, each fault told once and not again at every later line.
        known: a seal noted down earlier; without one, a trail that was cut off at its end and
            sealed anew cannot be told from a shorter one.
    """
    verdict, before, number = Verdict(), b"", 0
    met = known is None
    for line in lines:
        if line.number is None or line.hash is None:
            verdict.faults.append(_unsealed(line.entry_id))
            continue
        if line.number != number + 1:
            verdict.faults.append(_seal_removed(number + 1, line.number - 1))
        elif line.text is not None and sha256(before + line.text.encode()).digest() != line.hash:
            verdict.faults.append(_changed(line.entry_id))
        if line.text is None:
            verdict.faults.append(_removed(line.entry_id))
        before, number = line.hash, line.number
        verdict.lines += 1
        verdict.head = before.hex()
        met = met or verdict.head == known
    if not met:
        verdict.faults.append(_head_unknown(str(known)))
    return verdict


def _removed(entry_id: int) -> Fault:
    return Fault(
        "removed",
        entry_id,
        Message(f"第 {entry_id} 条记录被删除", f"line {entry_id} was removed"),
    )


def _changed(entry_id: int) -> Fault:
    return Fault(
        "changed",
        entry_id,
        Message(
            f"第 {entry_id} 条记录被改动，或顺序被调换",
            f"line {entry_id} was changed, or moved to another place",
        ),
    )


def _unsealed(entry_id: int) -> Fault:
    return Fault(
        "unsealed",
        entry_id,
        Message(
            f"第 {entry_id} 条记录没有封签：绕过审计写入，或封签被删除",
            f"line {entry_id} bears no seal: written past the trail, or its seal was removed",
        ),
    )


def _seal_removed(first: int, last: int) -> Fault:
    return Fault(
        "seal_removed",
        None,
        Message(
            f"第 {first} 至 {last} 号封签缺失", f"the seals numbered {first} to {last} are gone"
        ),
    )


def _head_unknown(known: str) -> Fault:
    return Fault(
        "head_unknown",
        None,
        Message(
            f"先前记下的封签 {known} 不在链上：末尾被截断或整链被重写",
            f"the seal {known} noted down earlier is not in the chain:"
            " its end was cut off, or it was written anew",
        ),
    )
