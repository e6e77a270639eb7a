"""Periods cut into calendar frames."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import CallError
from gridmap.heatmap.frames import Frame, Step, frame_starts, frames, previous_start


def test_weeks_begin_on_monday_and_the_ends_are_cut_to_the_period() -> None:
    cut = frames(date(2025, 1, 1), date(2025, 1, 14), "week")
    assert cut == [
        Frame(date(2025, 1, 1), date(2025, 1, 5)),
        Frame(date(2025, 1, 6), date(2025, 1, 12)),
        Frame(date(2025, 1, 13), date(2025, 1, 14)),
    ]


def test_months_begin_on_the_first_over_the_turn_of_the_year() -> None:
    cut = frames(date(2024, 12, 15), date(2025, 2, 28), "month")
    assert [frame.first for frame in cut] == [
        date(2024, 12, 15),
        date(2025, 1, 1),
        date(2025, 2, 1),
    ]
    assert cut[-1].last == date(2025, 2, 28)


@given(
    st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    st.integers(0, 380),
    st.sampled_from(["day", "week", "month"]),
)
def test_frames_tile_the_period_without_gap_or_overlap(since: date, days: int, step: Step) -> None:
    until = since + timedelta(days=days)
    cut = frames(since, until, step)
    assert cut[0].first == since
    assert cut[-1].last == until
    for one, following in pairwise(cut):
        assert one.last + timedelta(days=1) == following.first
        if step == "week":
            assert following.first.weekday() == 0
        if step == "month":
            assert following.first.day == 1


def test_a_frame_begins_at_midnight_of_the_county_also_where_clocks_change() -> None:
    cut = frames(date(2018, 3, 10), date(2018, 3, 12), "day")
    starts = frame_starts(cut, "America/Chicago")
    assert [start.isoformat() for start in starts] == [
        "2018-03-10T00:00:00-06:00",
        "2018-03-11T00:00:00-06:00",
        "2018-03-12T00:00:00-05:00",
        "2018-03-13T00:00:00-05:00",
    ]
    assert starts[2] - datetime.fromisoformat("2018-03-11T00:00:00-06:00") == timedelta(hours=23)


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    assert previous_start(date(2025, 3, 1), date(2025, 3, 7)) == date(2025, 2, 22)


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (date(2025, 1, 2), date(2025, 1, 1), "swap them"),
        (date(2000, 1, 1), date(2025, 1, 1), "longer step"),
    ],
)
def test_a_period_that_cannot_be_cut_says_what_to_do(since: date, until: date, words: str) -> None:
    with pytest.raises(CallError, match=words):
        frames(since, until, "day")
