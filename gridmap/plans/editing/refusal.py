"""An operation that would break the map is refused: by which rule, why, and where."""

from typing import Any

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
