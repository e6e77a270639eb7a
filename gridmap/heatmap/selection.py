"""Which incidents are meant. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from gridmap.errors import CallError
from gridmap.heatmap.frames import Frame, Step, frame_starts, frames
from gridmap.profiles import STATUS_CODES


@dataclass(frozen=True)
class Selection:
    """Incidents reported from `since` to `until`, both days included; None and () select all.

    A missing day is the day of the first or the last incident in the database.

    Raises:
        CallError: there is no such status; lists them.
    """

    since: date | None = None
    until: date | None = None
    step: Step = "week"
    categories: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    township: str | None = None

    def __post_init__(self) -> None:
        for status in self.statuses:
            if status not in STATUS_CODES:
                known = ", ".join(STATUS_CODES)
                raise CallError(
                    f"没有状态 {status}；可用的有：{known}",
                    f"there is no status {status}; known: {known}",
                )


@dataclass(frozen=True)
class Period:
    """A selection's days, fixed: the frames and the moments at which they begin and end."""

    since: date
    until: date
    frames: tuple[Frame, ...]
    starts: tuple[datetime, ...]


def period_of(selection: Selection, days: tuple[date, date] | None, zone: str) -> Period | None:
    """The selection's period, or None when it is open and the database has no incident.

    Args:
        days: the days of the first and the last incident; None when there is none.
        zone: the deployment's time zone.

    Raises:
        CallError: the period is empty or has too many frames.
    """
    first, last = days or (None, None)
    since = next((day for day in (selection.since, first, selection.until) if day), None)
    until = next((day for day in (selection.until, last, selection.since) if day), None)
    if since is None or until is None:
        return None
    if selection.until is None:
        until = max(since, until)
    if selection.since is None:
        since = min(since, until)
    cut = frames(since, until, selection.step)
    return Period(since, until, tuple(cut), tuple(frame_starts(cut, zone)))
