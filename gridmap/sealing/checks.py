"""What a phone and an ID number look like, and what of a person may be shown. Pure rules."""

import re
import unicodedata
from datetime import date
from operator import mul

from gridmap.profiles import Message

# GB 11643-1999: the weight of each of the first 17 digits, and the check digit by the sum mod 11.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_OLDEST = 1890

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015().\u00b7]+")
_MOBILE = re.compile(r"(?:\+?(?:00)?86)?(1[3-9]\d{9})", re.ASCII)
_MOBILE_DIGITS = 11
_ID_NUMBER_WITHIN = re.compile(r"(?=(\d{17}[\dXx]))", re.ASCII)
_ID_NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
_AREA = r"0(?:10|2\d|[3-9]\d\d)"
_LAND_LINE = re.compile(rf"(?:({_AREA}))?([2-9]\d{{6,7}})")
_EXTENSION = re.compile(r"(.*\d)\s*(?:转|ext\.?|x|#)\s*(\d{1,6})", re.IGNORECASE)
_DAY_OR_LONG_NUMBER = re.compile(
    r"(?<!\d)((?:19|20)\d\d([-/.])\d{1,2}\2\d{1,2})(?!\d)|\+?\d(?:[\s\-]?\d){6,}[Xx]?"
)
_BLANKS = re.compile(r"[ \u3000]+")

_TWO_CHARACTERS = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠"
    "公孙慕容仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁"
    "拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生公户公玉公仪梁丘公仲公上公门公山公坚左丘公伯"
    "西门公祖第五公乘贯丘公皙南荣东里东宫仲长子书子桑即墨达奚褚师纳兰归海淳于单于叱干"
)
COMPOUND_SURNAMES = frozenset(
    _TWO_CHARACTERS[at : at + 2] for at in range(0, len(_TWO_CHARACTERS), 2)
)
"""Surnames of two characters; gridmap.masked_name in SQL has the same."""

_MOST_STARS = 2
_ADULT_YEARS = 14


def phone(written: str) -> str | None:
    """The one form of a phone number: 13800001234, 0350-4521234, 4521234转12; None if it is none.

    A mobile has 11 digits, with or without 86 before it; a land line has 7 or 8, with or without
    the code of its area.
    """
    if is_plain_mobile(written):
        return written
    plain = unicodedata.normalize("NFKC", written).strip()
    extended = _EXTENSION.fullmatch(plain)
    plain, extension = extended.groups() if extended else (plain, None)
    digits = _SEPARATORS.sub("", plain)
    mobile = _MOBILE.fullmatch(digits)
    if mobile is not None and extension is None:
        return mobile[1]
    found = _LAND_LINE.fullmatch(digits)
    if found is None:
        return None
    line = "-".join(part for part in found.groups() if part)
    return line if extension is None else f"{line}转{extension}"


def is_plain_mobile(written: str) -> bool:
    """Whether it is a mobile number in its one form already, as nearly all are."""
    return len(written) == _MOBILE_DIGITS and _MOBILE.fullmatch(written) is not None


def id_number(written: str) -> str:
    """The one form of a resident identity number: 17 digits and a check digit, X a capital.

    The formula is that of GB 11643-1999 (ISO 7064 MOD 11-2); the seventh to fourteenth digits are
    a day of birth.

    Raises:
        ValueError: it is none; the arguments are the reason in Chinese and in English, and never
            hold the number.
    """
    plain = written
    if not _ID_NUMBER.fullmatch(plain):
        plain = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", written)).upper()
    if not _ID_NUMBER.fullmatch(plain):
        raise ValueError(
            "身份证号应为 17 位数字加一位校验码（数字或 X）",
            "an ID number has 17 digits and a check digit (a digit or X)",
        )
    try:
        born = _birthday(plain)
    except ValueError:
        born = date.min
    if not _OLDEST <= born.year <= date.today().year:  # noqa: DTZ011  (a year's precision)
        raise ValueError(
            "身份证号里的出生日期不存在", "the day of birth in the ID number does not exist"
        )
    total = sum(map(mul, map(int, plain[:17]), _WEIGHTS))
    if plain[17] != _CHECK_DIGITS[total % 11]:
        raise ValueError(
            "身份证号的校验码不对：有一位写错或调换了",
            "the check digit of the ID number is wrong: a digit is mistaken or moved",
        )
    return plain


def birth_year(id_number: str) -> int:
    """The year of birth that an ID number tells."""
    return _birthday(id_number).year


def is_id_number(written: str) -> bool:
    """Whether the text is a sound ID number, however it is written."""
    try:
        return bool(id_number(written))
    except ValueError:
        return False


def holds_id_number(text: str) -> bool:
    """Whether a sound ID number stands somewhere in the text, written in one piece."""
    runs = _ID_NUMBER_WITHIN.findall(unicodedata.normalize("NFKC", text))
    return any(map(is_id_number, runs))


def may_leave_record(birth_year: int | None, this_year: int) -> bool:
    """Whether a resident may be listed, found, shown and exported: 14 years old for certain.

    Who has no year of birth on record might be a child, and is treated as one.
    """
    return birth_year is not None and this_year - birth_year > _ADULT_YEARS


def masked_name(name: str) -> str:
    """张* for 张三, 张** for any longer one, 欧阳* for 欧阳静; nothing of a single character.

    The SQL function gridmap.masked_name gives the same.
    """
    plain = _BLANKS.sub("", name)
    shown = 2 if len(plain) > 2 and plain[:2] in COMPOUND_SURNAMES else 1
    if len(plain) <= shown:
        return "*"
    return plain[:shown] + "*" * min(len(plain) - shown, _MOST_STARS)


def masked_phone(written: str) -> str:
    """138****1234 for a mobile, 0350-****34 for a land line, **** for anything else."""
    plain = phone(written)
    if plain is None:
        return "****"
    if len(plain) == _MOBILE_DIGITS and plain.isdigit():
        return f"{plain[:3]}****{plain[-4:]}"
    area, _, line = plain.split("转")[0].rpartition("-")
    return f"{area}{'-' if area else ''}****{line[-2:]}"


def masked_id_number(written: str | None) -> str:
    """有 or 无: whether there is one. No digit is shown, as a few betray the rest."""
    return "有" if written else "无"


def scrubbed(text: str) -> str:
    """A text in which whatever may be a phone or an ID number has become ****."""
    plain = unicodedata.normalize("NFKC", text)
    return _DAY_OR_LONG_NUMBER.sub(lambda found: found[1] or "****", plain)


def scrubbed_message(reason: Message) -> Message:
    """A reason, in both languages, without any phone or ID number in it."""
    return Message(scrubbed(reason.zh), scrubbed(reason.en))


def _birthday(id_number: str) -> date:
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
