"""What can be done with incidents: one function, one intent, one transaction."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, RowMapping

from gridmap.areas import store as areas
from gridmap.db import Actor, transaction
from gridmap.errors import Conflict
from gridmap.incidents import store
from gridmap.incidents.checks import Report, check_report, moment_of
from gridmap.profiles import Profile

_COMPARED = ("channel", "category", "subcategory", "description", "address", "lon", "lat")


def report(engine: Engine, actor: Actor, incoming: Report) -> tuple[RowMapping, bool]:
    """Take a report: its place is found, its first entry appended, all or nothing.

    Returns:
        The incident, and whether it is new; the same report under the same code is not taken twice.

    Raises:
        DataError: the profile does not know its channel or category, or its time or point is wrong.
        Conflict: another report has its code.
    """
    with transaction(engine, actor) as connection:
        profile = areas.read_profile(connection)
        check_report(incoming, profile)
        values = _values(connection, incoming, profile)
        added = store.add(connection, values)
        if added is not None:
            store.add_entry(connection, added, "report", "reported")
        stored = store.find(connection, values["code"])
    # Taken, and out of the actor's sight: whose it is, is nobody's business.
    if stored is None or (added is None and not _same(stored, incoming, values)):
        raise Conflict(
            f"编号 {incoming.code} 已属于另一个事件；请换一个编号，或不填由系统编号",
            f"the code {incoming.code} belongs to another incident: choose another, or give none",
        )
    return stored, added is not None


def place(engine: Engine, actor: Actor) -> int:
    """Place every incident whose place is out of date; how many changed.

    Needed after grids were loaded later than the incidents that fell in them.
    """
    with transaction(engine, actor) as connection:
        return store.place(connection)


def _values(connection: Connection, incoming: Report, profile: Profile) -> dict[str, Any]:
    zone = ZoneInfo(profile.time_zone)
    moment = moment_of(incoming, profile, datetime.now(zone))
    code = incoming.code or store.next_code(connection, moment.astimezone(zone).date())
    return {**vars(incoming), "code": code, "reported_at": moment}


def _same(stored: RowMapping, incoming: Report, values: dict[str, Any]) -> bool:
    """Whether a report sent again is the one that was taken; the time only where it was said."""
    if incoming.reported_at is not None and stored["reported_at"] != values["reported_at"]:
        return False
    return all(stored[name] == values[name] for name in _COMPARED)
