"""One cell, one value or one reason: what people really write."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.ingest import values
from gridmap.ingest.values import Refused

SHANGHAI = ZoneInfo("Asia/Shanghai")


def wide(plain: str) -> str:
    """Full-width forms, as Chinese input methods type them."""
    return "".join(chr(ord(character) + 0xFEE0) for character in plain)


@pytest.mark.parametrize("cell", [None, "", "  ", "无", "-", "—", "NULL", "None", "NaN", "N/A"])
def test_what_means_nothing_is_null_in_every_kind(cell: object) -> None:
    assert values.text(cell, 10) is None
    assert values.code(cell, 10) is None
    assert values.integer(cell, 0, 9) is None
    assert values.day(cell) is None
    assert values.moment(cell, SHANGHAI) is None
    assert values.choice(cell, {"a": "a"}) is None


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [(" 岢岚 ", "岢岚"), (3, "3"), (3.0, "3"), (3.5, "3.5"), (True, "true"), (float("nan"), None)],
)
def test_text_is_as_people_write_it(cell: object, wanted: str | None) -> None:
    assert values.text(cell, 10) == wanted


@pytest.mark.parametrize("cell", ["长" * 11, "a\x00b", "a\x1fb", "\ud800", b"bytes", ["list"]])
def test_text_that_cannot_be_kept_is_refused(cell: object) -> None:
    with pytest.raises(Refused):
        values.text(cell, 10)


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        (wide("140929"), "140929"),
        (140929.0, "140929"),
        (140929100001, "140929100001"),
        ("a-1", "a-1"),
    ],
)
def test_codes_are_text_in_plain_digits(cell: object, wanted: str) -> None:
    assert values.code(cell, 20) == wanted


@pytest.mark.parametrize("cell", ["a b", 1.2e19])
def test_codes_with_blanks_or_lost_digits_are_refused(cell: object) -> None:
    with pytest.raises(Refused):
        values.code(cell, 64)


@pytest.mark.parametrize(
    ("cell", "wanted"), [(3, 3), (3.0, 3), ("3", 3), (wide("3"), 3), ("+3.0", 3)]
)
def test_whole_numbers(cell: object, wanted: int) -> None:
    assert values.integer(cell, 0, 9) == wanted


@pytest.mark.parametrize("cell", [10, -1, 3.5, "3层", "3.5", "1e3", float("inf"), "9" * 5000, True])
def test_what_is_no_whole_number_in_range_is_refused(cell: object) -> None:
    with pytest.raises(Refused):
        values.integer(cell, 0, 9)


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [("111.5", 111.5), (wide("1.5"), 1.5), (2, 2.0), ("1e2", 100), (Decimal("1.5"), 1.5)],
)
def test_decimals(cell: object, wanted: float) -> None:
    assert values.decimal(cell) == wanted


@pytest.mark.parametrize(
    "cell", ["NaN", "inf", "-Infinity", float("inf"), "1_000", "东", True, [1]]
)
def test_what_is_no_finite_number_is_refused(cell: object) -> None:
    with pytest.raises(Refused):
        values.decimal(cell)


@pytest.mark.parametrize(
    "cell",
    ["2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "20260305", wide("2026-03-05"),
     dt.date(2026, 3, 5), dt.datetime(2026, 3, 5, 8, 30), "2026-03-05 08:30"],  # noqa: DTZ001
)  # fmt: skip
def test_days(cell: object) -> None:
    assert values.day(cell) == dt.date(2026, 3, 5)


@pytest.mark.parametrize(
    "cell",
    ["2026-03-05 08:30", "2026-03-05T08:30:00", "2026/3/5 8:30", "2026年3月5日 8时30分",
     "2026年3月5日8点30分", "20260305 08:30", "2026-03-05T00:30:00Z", "2026-03-05 08:30:00+08:00",
     "2026/3/5 8:30:00 +0800", dt.datetime(2026, 3, 5, 8, 30),  # noqa: DTZ001
     dt.datetime(2026, 3, 5, 0, 30, tzinfo=dt.UTC)],
)  # fmt: skip
def test_moments_are_local_unless_they_say_otherwise(cell: object) -> None:
    assert values.moment(cell, SHANGHAI) == dt.datetime(2026, 3, 5, 8, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "cell",
    ["2026-13-01", "2026-02-30", "0000-00-00", "1026-01-01", "昨天", "45000", 45000, "2026-03",
     "2026-03-05 25:00", "2026-03-05 08:61", "9999-01-01", "2026-03-05 08:30 oops"],
)  # fmt: skip
def test_what_is_no_date_is_refused(cell: object) -> None:
    with pytest.raises(Refused):
        values.moment(cell, SHANGHAI)


def test_a_choice_is_known_by_any_spelling_and_an_unknown_one_lists_them() -> None:
    choices = values.folded(
        {"general": "general", "基础网格": "general", "General Grid": "general"}
    )
    for cell in ("general", " GENERAL ", "基础网格", "general grid", wide("GENERAL")):
        assert values.choice(cell, choices) == "general"
    with pytest.raises(Refused) as refused:
        values.choice("x", choices)
    assert "general" in refused.value.reason.en and "“x”" in refused.value.reason.zh


CELLS = st.one_of(
    st.none(),
    st.text(),
    st.from_regex(r"[0-9年月日时分:/. TZ+-]{1,24}", fullmatch=True),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.dates(),
    st.times(),
    st.binary(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(), st.integers(), max_size=2),
    st.decimals(),
)


@given(CELLS)
@settings(max_examples=300, deadline=None)
def test_whatever_a_cell_holds_the_answer_is_a_value_or_a_reason(cell: object) -> None:
    parsers = (
        lambda value: values.text(value, 20),
        lambda value: values.code(value, 20),
        lambda value: values.integer(value, -9, 200),
        values.decimal,
        values.day,
        lambda value: values.moment(value, SHANGHAI),
        lambda value: values.choice(value, {"a": "a"}),
    )
    for parse in parsers:
        try:
            parse(cell)
        except Refused as refused:
            assert refused.reason.zh and refused.reason.en
