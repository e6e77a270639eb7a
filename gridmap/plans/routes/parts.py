"""What several routes of plans have in common: parts of addresses, headers, and an outcome."""

import re
from typing import Annotated
from urllib.parse import unquote
from uuid import UUID

from fastapi import Header, Path, Query

from gridmap.errors import CallError, Unconditional
from gridmap.parameters import NO_NUL
from gridmap.plans.actions import Outcome
from gridmap.plans.desk import as_json
from gridmap.plans.routes import shapes

Code = Annotated[str, Path(max_length=100, pattern=NO_NUL)]
Village = Annotated[str, Query(max_length=64, pattern=NO_NUL)]
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="A UUID of the caller's own for each operation."),
]
Versions = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description='The versions it was made for: "CODE/VERSION", …; codes percent-encoded.',
    ),
]
_TAG = re.compile(r'\s*"([^"/]{1,64})/(\d{1,10})"\s*')


def key_of(given: str | None) -> UUID:
    """The idempotency key.

    Raises:
        Unconditional: there is none.
        CallError: it is no UUID.
    """
    if given is None:
        raise Unconditional(
            "缺少 Idempotency-Key：请为每个操作给出一个新的 UUID",
            "there is no Idempotency-Key: give a new UUID for each operation",
        )
    try:
        return UUID(given.strip().strip('"'))
    except ValueError as error:
        raise CallError("Idempotency-Key 不是 UUID", "the Idempotency-Key is no UUID") from error


def versions_of(given: str | None) -> dict[str, int]:
    """The versions that an operation was made for, by grid code.

    Raises:
        Unconditional: there are none.
        CallError: they cannot be read.
    """
    if given is None:
        raise Unconditional(
            '缺少 If-Match：请写明操作所依据的网格版本，如 "140929100200001/17"',
            "there is no If-Match: name the versions of the grids that the operation was made for,"
            ' as "140929100200001/17"',
        )
    found: dict[str, int] = {}
    for part in given.split(","):
        tag = _TAG.fullmatch(part)
        if tag is None:
            raise CallError(
                f'If-Match 里的 {part.strip()[:80]} 读不懂：应为 "网格编码/版本"',
                f'{part.strip()[:80]} in If-Match cannot be read: it should be "CODE/VERSION"',
            )
        found[unquote(tag[1])] = int(tag[2])
    return found


def outcome_of(done: Outcome) -> shapes.Outcome:
    """What an operation has made, as it is answered."""
    return shapes.Outcome.model_validate(
        {**vars(done), "grids": [as_json(grid) for grid in done.grids]}, from_attributes=True
    )
