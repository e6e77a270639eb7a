"""The commander's summary: grouped counts shaped into trends. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gridmap.heatmap.frames import Frame
from gridmap.heatmap.selection import Period, Selection


class Counted(Protocol):
    """`n` incidents of a thing of one kind in one frame; frame 0 is the period before."""

    @property
    def what(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def frame(self) -> int: ...
    @property
    def n(self) -> int: ...


class Placed(Protocol):
    """A grid's name, its village, and a point in it (EPSG:4490, degrees)."""

    @property
    def name(self) -> str: ...
    @property
    def village(self) -> str: ...
    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...


@dataclass(frozen=True)
class Trend:
    """One township or grid: its count, that of the period before, and one count a frame."""

    code: str
    name: str
    count: int
    previous: int
    trend: list[int]


@dataclass(frozen=True)
class GridTrend:
    """A grid's trend with its place (EPSG:4490, degrees)."""

    trend: Trend
    village: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Summary:
    """What the dashboard shows beside the heat map.

    total = located + unlocated; outside (in no grid) is part of located.
    """

    selection: Selection
    period: Period | None
    total: int
    located: int
    unlocated: int
    outside: int
    frames: list[tuple[Frame, int]]
    townships: list[Trend]
    grids: list[GridTrend]
    categories: list[tuple[str, str, int]]


def summarise(
    selection: Selection,
    period: Period | None,
    counts: Iterable[Counted],
    *,
    townships: Mapping[str, str],
    grids: Mapping[str, Placed],
    categories: Mapping[str, str],
) -> Summary:
    """Shape the counts.

    Townships come in their order and with zeros, grids by count downwards, categories in the
    profile's order, then those the profile does not know, under their code.
    """
    table: dict[str, dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for count in counts:
        table[count.what][count.code][count.frame] = count.n
    placements = {code: frames[0] for code, frames in table["placement"].items()}
    cut = period.frames if period else ()
    whole = table["frame"][""]
    by_category = {code: frames[0] for code, frames in table["category"].items()}
    unknown = sorted(set(by_category) - set(categories))
    trends = [_trend(code, grids[code].name, table["grid"][code], len(cut)) for code in grids]
    return Summary(
        selection=selection,
        period=period,
        total=sum(placements.values()),
        located=placements.get("in_grid", 0) + placements.get("outside", 0),
        unlocated=placements.get("no_location", 0),
        outside=placements.get("outside", 0),
        frames=[(frame, whole.get(number, 0)) for number, frame in enumerate(cut, 1)],
        townships=[
            _trend(code, name, table["township"][code], len(cut))
            for code, name in townships.items()
        ],
        grids=[
            GridTrend(
                trend, grids[trend.code].village, grids[trend.code].lon, grids[trend.code].lat
            )
            for trend in sorted(trends, key=lambda trend: (-trend.count, trend.code))
        ],
        categories=[
            (code, categories.get(code, code), by_category.get(code, 0))
            for code in [*categories, *unknown]
        ],
    )


def _trend(code: str, name: str, frames: Mapping[int, int], length: int) -> Trend:
    trend = [frames.get(number, 0) for number in range(1, length + 1)]
    return Trend(code, name, sum(trend), frames.get(0, 0), trend)
