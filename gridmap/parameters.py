"""What several routes take: days, moments and text, as strictly as their documents promise.

Left to itself, pydantic reads a number as seconds since 1970: `as_of=20260701`, meant as a day of
July, would quietly be one of August 1970.
"""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's text cannot hold NUL."""

_DAY = r"^(19|20|21)\d{2}-\d{2}-\d{2}$"
_MOMENT = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}"


def _written_day(value: object) -> object:
    if isinstance(value, str) and not re.match(_DAY, value):
        raise ValueError(
            "日期要写成 2026-07-01，在 1900 至 2199 年之间"
            " / a day is written 2026-07-01, in the years 1900 to 2199"
        )
    return value


def _written_moment(value: object) -> object:
    if not isinstance(value, datetime) and not (
        isinstance(value, str) and re.match(_MOMENT, value)
    ):
        raise ValueError(
            "时间要写成 2026-07-01T08:30+08:00 / a moment is written 2026-07-01T08:30+08:00"
        )
    return value


Day = Annotated[
    date,
    BeforeValidator(_written_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": _DAY}),
]
"""A day, written YYYY-MM-DD; near the ends of the calendar arithmetic with days overflows."""

Moment = Annotated[
    datetime,
    BeforeValidator(_written_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _MOMENT}),
]
"""A moment, written YYYY-MM-DDThh:mm with or without seconds and zone."""
