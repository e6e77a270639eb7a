"""What a report of an incident must satisfy. Pure: no database."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gridmap.errors import DataError
from gridmap.profiles import Profile

_CLOCK_ERROR = timedelta(minutes=10)
_FIRST_YEAR = 1900


@dataclass(frozen=True)
class Report:
    """An incident as somebody reports it; lon and lat in EPSG:4490 degrees, both or neither."""

    channel: str
    category: str
    description: str
    code: str | None = None
    reported_at: datetime | None = None
    subcategory: str | None = None
    address: str | None = None
    lon: float | None = None
    lat: float | None = None


def moment_of(report: Report, profile: Profile, now: datetime) -> datetime:
    """When it was reported: as said, in the deployment's zone where none is said, else now.

    Raises:
        DataError: the moment lies in the future, or before 1900.
    """
    moment = report.reported_at or now
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(profile.time_zone))
    if moment.year < _FIRST_YEAR:
        raise DataError(
            f"上报时间 {moment.isoformat()} 过早，请核对年份",
            f"reported_at {moment.isoformat()} is too long ago: check the year",
        )
    if moment > now + _CLOCK_ERROR:
        raise DataError(
            f"上报时间 {moment.isoformat()} 在将来，请核对日期和时区",
            f"reported_at {moment.isoformat()} lies in the future: check the date and its zone",
        )
    return moment


def check_report(report: Report, profile: Profile) -> None:
    """Raise DataError if the report names what the profile does not know, or stands nowhere."""
    channels = [entry.code for entry in profile.channels]
    _known("channel", "来源渠道", report.channel, channels)
    _known("category", "大类", report.category, [entry.code for entry in profile.categories])
    if report.subcategory is not None:
        category = next(one for one in profile.categories if one.code == report.category)
        children = [child.code for child in category.children]
        _known("subcategory", f"“{category.name}”的小类", report.subcategory, children)
    if not report.description.strip():
        raise DataError("请填写事件描述", "description is empty: say what happened")
    _check_point(report.lon, report.lat)


def _known(field: str, label: str, value: str, known: list[str]) -> None:
    if value not in known:
        choices = ", ".join(known)
        raise DataError(
            f"{label} {value!r} 不在本县字典里；可用的有：{choices}",
            f"{field} {value!r} is not in this county's dictionary; there are: {choices}",
        )


def _check_point(lon: float | None, lat: float | None) -> None:
    if lon is None and lat is None:
        return
    if lon is None or lat is None:
        raise DataError(
            "经度和纬度要同时填写，或都不填", "lon and lat: give both, or neither of them"
        )
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise DataError(
            f"经度 {lon}、纬度 {lat} 不在地球上；经度在前、纬度在后，请检查是否写反",
            f"lon {lon}, lat {lat} is nowhere on earth; longitude comes first: are they swapped?",
        )
