"""A period cut into calendar frames: days, weeks from Monday, months. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from gridmap.errors import CallError

Step: TypeAlias = Literal["day", "week", "month"]
MOST_FRAMES = 400

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Frame:
    """The days from `first` to `last`, both included."""

    first: date
    last: date


def frames(since: date, until: date, step: Step) -> list[Frame]:
    """The frames of the days `since` to `until`, both included.

    Weeks begin on Monday and months on the first, so that two periods have comparable frames; the
    first and the last frame are cut to the period, as their `first` and `last` tell.

    Raises:
        CallError: the period is empty, or has more than MOST_FRAMES frames.
    """
    if until < since:
        raise CallError(
            f"起始日期 {since} 晚于截止日期 {until}，请对调",
            f"the period begins on {since}, after its end on {until}: swap them",
        )
    cut: list[Frame] = []
    first = since
    while first <= until:
        following = _next_start(first, step)
        cut.append(Frame(first, min(following - _DAY, until)))
        first = following
        if len(cut) > MOST_FRAMES:
            raise CallError(
                f"{since} 至 {until} 按 {step} 分帧超过 {MOST_FRAMES} 帧，请缩短时段或加大步长",
                f"{since} to {until} by {step} makes more than {MOST_FRAMES} frames: "
                "shorten the period or take a longer step",
            )
    return cut


def frame_starts(cut: Sequence[Frame], zone: str) -> list[datetime]:
    """The midnights at which the frames begin in the time zone, and the one that ends the last."""
    days = [frame.first for frame in cut] + [cut[-1].last + _DAY]
    return [midnight(day, zone) for day in days]


def midnight(day: date, zone: str) -> datetime:
    """The moment at which the day begins in the time zone."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))


def previous_start(since: date, until: date) -> date:
    """The first day of the period of equal length that ends the day before `since`."""
    return since - (until - since) - _DAY


def _next_start(day: date, step: Step) -> date:
    if step == "day":
        return day + _DAY
    if step == "week":
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
