"""Days and moments are taken as they are written, and only as they are written."""

from datetime import date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from gridmap.parameters import Day, Moment


def test_a_day_and_a_moment_are_read() -> None:
    assert TypeAdapter(Day).validate_python("2026-07-01") == date(2026, 7, 1)
    moment = TypeAdapter(Moment).validate_python("2026-07-01 08:30+08:00")
    assert moment == datetime.fromisoformat("2026-07-01T00:30Z")


@pytest.mark.parametrize(
    "written",
    ["20260701", "0", "-1.25e-98", "1782864000", "0001-01-01", "9999-12-31", "2026-02-30"],
)
def test_a_number_is_no_day_and_neither_is_the_end_of_the_calendar(written: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(written)


@pytest.mark.parametrize("written", [0, 1782864000, "1782864000", "2026-07-01"])
def test_a_number_or_a_mere_day_is_no_moment(written: object) -> None:
    with pytest.raises(ValidationError, match="2026-07-01T08:30"):
        TypeAdapter(Moment).validate_python(written)
