"""One value of a file → one value we store, or the reason why not. Pure rules, one parser per kind.

Every parser takes what readers deliver (text, numbers, dates, None) and returns the value, None
when the cell is empty, or raises `Refused` with the reason.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from gridmap.ingest.spec import Field
from gridmap.profiles import Message
from gridmap.sealing import checks as personal

Parser = Callable[[object], object]
Day = TypeVar("Day", bound=date)

EMPTY = frozenset({"", "无", "-", "—", "/", "null", "none", "nan", "n/a", "<null>", "nat"})
"""Spellings of "nothing here" found in real tables; a missing part is null, never 无."""

_EXACT_DIGITS = 2**53
_YEARS = (1900, 2200)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_CLOCK = re.compile(
    r"(\d{1,2})\s*[:时点]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(?:\.\d+)?)?\s*[分秒]?\s*"
    r"(Z|[+-]\d{2}:?\d{2})?"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Refused(Exception):
    """This value cannot be taken; carries the reason."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.reason = Message(zh, en)


def parser_for(field: Field, dictionary: Mapping[str, str] | None, zone: ZoneInfo) -> Parser:
    """The parser of a field. `dictionary` maps folded spellings to codes; times without an
    offset are local times of `zone`."""
    if field.kind == "integer":
        return lambda value: integer(value, field.low, field.high)
    if field.kind == "day":
        return day
    if field.kind == "moment":
        return lambda value: moment(value, zone)
    if field.kind == "choice":
        choices = dictionary if dictionary is not None else folded(field.choices)
        return lambda value: choice(value, choices)
    limit = field.limit
    if field.kind == "phone":
        return lambda value: phone(value, limit)
    if field.kind == "id_number":
        return lambda value: id_number(value, limit)
    return (lambda value: code(value, limit)) if field.kind == "code" else lambda v: text(v, limit)


def folded(choices: Mapping[str, str]) -> dict[str, str]:
    """A dictionary keyed by spellings without case, blanks at the ends and full-width forms."""
    return {fold(spelling): stored for spelling, stored in choices.items()}


def fold(spelling: str) -> str:
    """How two spellings are compared."""
    return unicodedata.normalize("NFKC", spelling).strip().casefold()


def text(value: object, limit: int) -> str | None:
    """Text of at most `limit` characters; numbers and dates as people write them."""
    if value is None:
        return None
    plain = value.strip() if isinstance(value, str) else _written(value)
    if plain.lower() in EMPTY:
        return None
    if len(plain) > limit:
        raise Refused(
            f"文字有 {len(plain)} 个字符，最多 {limit} 个",
            f"the text has {len(plain)} characters, at most {limit} are allowed",
        )
    if _CONTROL.search(plain):
        raise Refused("含有控制字符（如 NUL）", "contains control characters (such as NUL)")
    if not plain.isascii() and not _is_encodable(plain):
        raise Refused("含有不成对的 Unicode 代理字符", "contains unpaired Unicode surrogates")
    return plain


def phone(value: object, limit: int) -> str | None:
    """A phone number in its one form. No reason repeats it."""
    if isinstance(value, str) and personal.is_plain_mobile(value):
        return value
    plain = text(value, limit)
    if plain is None:
        return None
    number = personal.phone(plain)
    if number is None:
        raise Refused(
            "电话不对：应为 11 位手机号，或（带区号的）7、8 位固定电话，一格一个",
            "no phone number: a mobile has 11 digits, a land line 7 or 8 (and its area code);"
            " one to a cell",
        )
    return number


def id_number(value: object, limit: int) -> str | None:
    """A resident identity number in its one form. No reason repeats it."""
    _refuse_rounded(value)
    plain = text(value, limit)
    if plain is None:
        return None
    try:
        return personal.id_number(plain)
    except ValueError as error:
        raise Refused(*error.args) from None


def code(value: object, limit: int) -> str | None:
    """A code: text without blanks inside; a number from a spreadsheet if it kept all digits."""
    _refuse_rounded(value)
    plain = text(value, limit)
    if plain is None:
        return None
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain)
    if plain.split() != [plain]:
        raise Refused(f"编码“{plain}”中间有空白", f"the code {plain!r} has blanks inside")
    return plain


def _refuse_rounded(value: object) -> None:
    if isinstance(value, float) and math.isfinite(value) and abs(value) >= _EXACT_DIGITS:
        raise Refused(
            "编码被表格软件当作数字，末尾几位已丢失：请把该列设为文本后重新填写",
            "the spreadsheet took the code for a number and lost its last digits:"
            " format the column as text and enter it again",
        )


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes | list | dict):
        raise Refused("应为文字", "should be text")
    return str(value).strip()


def _is_encodable(plain: str) -> bool:
    try:
        plain.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def integer(value: object, low: int, high: int) -> int | None:
    """A whole number between `low` and `high`."""
    if value is None:
        return None
    number = value if isinstance(value, int) and not isinstance(value, bool) else _whole(value)
    if number is not None and not low <= number <= high:
        raise Refused(
            f"{number} 不在 {low} 到 {high} 之间", f"{number} is not between {low} and {high}"
        )
    return number


def _whole(value: object) -> int | None:
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if value.is_integer():
            return int(value)
    plain = fold(str(value))
    if plain in EMPTY:
        return None
    if re.fullmatch(r"[+-]?\d{1,18}(\.0+)?", plain):
        return int(plain.split(".")[0])
    raise Refused(f"“{_short(value)}”不是整数", f"{_short(value)!r} is not a whole number")


def decimal(value: object) -> float | None:
    """A finite number, for columns of coordinates."""
    if value is None:
        return None
    if isinstance(value, str):
        plain = fold(value)
        if plain in {"nan", "inf", "-inf", "infinity", "-infinity"}:
            raise Refused("坐标是 NaN 或无穷大", "the coordinate is NaN or infinite")
        if plain in EMPTY:
            return None
        try:
            number = float(plain.replace("_", "x"))
        except ValueError:
            raise _not_a_number(value) from None
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = math.nan if isinstance(value, Decimal) and value.is_nan() else float(value)
        if math.isnan(number):
            return None
    else:
        raise _not_a_number(value)
    if not math.isfinite(number):
        raise Refused("坐标是 NaN 或无穷大", "the coordinate is NaN or infinite")
    return number


def _not_a_number(value: object) -> Refused:
    return Refused(f"“{_short(value)}”不是数字", f"{_short(value)!r} is not a number")


def choice(value: object, choices: Mapping[str, str]) -> str | None:
    """The stored code of a spelling: by code, Chinese name or English name."""
    if value is None:
        return None
    spelling = value if isinstance(value, str) else _written(value)
    stored = choices.get(spelling) or choices.get(fold(spelling))
    if stored is not None:
        return stored
    if fold(spelling) in EMPTY:
        return None
    known = ", ".join(dict.fromkeys(choices.values()))
    raise Refused(
        f"字典里没有“{_short(spelling)}”；可用：{_short(known, 300)}",
        f"{_short(spelling)!r} is not in the dictionary; known: {_short(known, 300)}",
    )


def day(value: object) -> date | None:
    """A day: a date, or 2026-01-31, 2026/1/31, 2026年1月31日, 20260131."""
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    plain = fold(str(value))
    if plain in EMPTY:
        return None
    found = _DAY.match(plain) or _COMPACT_DAY.match(plain)
    if found is None:
        raise _no_date(value)
    return _checked(lambda: date(*(int(part) for part in found.groups())), value)


def moment(value: object, zone: ZoneInfo) -> datetime | None:
    """A moment with an offset; without one in the file it is local time of `zone`."""
    if value is None:
        return None
    if isinstance(value, datetime):
        found: datetime | None = value
    elif isinstance(value, date):
        found = datetime.combine(value, time())
    else:
        found = _moment_from_text(value)
    if found is None or found != found:  # pandas' NaT equals nothing
        return None
    if not _YEARS[0] <= found.year <= _YEARS[1]:
        raise _no_date(value)
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def _moment_from_text(value: object) -> datetime | None:
    plain = fold(str(value))
    if plain in EMPTY:
        return None
    if len(plain) >= 10 and plain[4] == "-":
        try:
            return datetime.fromisoformat(plain)
        except ValueError:
            pass
    on = _DAY.match(plain) or _COMPACT_DAY.match(plain)
    if on is None:
        raise _no_date(value)
    year, month, day_of_month = (int(part) for part in on.groups())
    rest = plain[on.end() :].lstrip(" t,") or "0:0"
    at = _CLOCK.fullmatch(rest.upper())
    if at is None:
        raise _no_date(value)
    hour, minute, second = (int(part or 0) for part in at.groups()[:3])
    zone = _offset(at.group(4))
    return _checked(
        lambda: datetime(year, month, day_of_month, hour, minute, second, tzinfo=zone), value
    )


def _offset(written: str | None) -> tzinfo | None:
    if written is None:
        return None
    return datetime.fromisoformat(f"2000-01-01T00:00:00{written}").tzinfo


def _checked(make: Callable[[], Day], value: object) -> Day:
    try:
        made = make()
    except ValueError:
        raise _no_date(value) from None
    if not _YEARS[0] <= made.year <= _YEARS[1]:
        raise _no_date(value)
    return made


def _no_date(value: object) -> Refused:
    return Refused(
        f"“{_short(value)}”不是能识别的日期：请写 2026-01-31 或 2026-01-31 08:30",
        f"{_short(value)!r} is no date: write 2026-01-31 or 2026-01-31 08:30",
    )


def _short(value: object, limit: int = 60) -> str:
    plain = str(value)
    return plain if len(plain) <= limit else plain[:limit] + "…"
