"""An operation that would break the map is refused: by which rule, why, and where."""

from typing import Any

from shapely.geometry import mapping

from gridmap.errors import CallError


class Refused(CallError):
    """Nothing was done.

    rule is a word for programs (`self_crossing`, `overlap`, ...); place is the point, line or
    polygon at fault in EPSG:4490 degrees, to be drawn on the map, or None.
    """

    def __init__(self, rule: str, zh: str, en: str, place: Any = None) -> None:
        super().__init__(zh, en)
        self.rule = rule
        self.place = place
        self.members = {"rule": rule, "place": None if place is None else mapping(place)}


def not_beside(code: str, place: Any) -> Refused:
    """The refusal of land for a grid that it shares no border with."""
    return Refused(
        "not_adjacent",
        f"这里的土地与网格 {code} 没有公共边界：一个网格必须连成一片",
        f"this land shares no border with grid {code}: a grid must hang together",
        place,
    )
