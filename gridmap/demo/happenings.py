"""A year of incidents that cluster as real ones do: hot places, rhythms of hour, week and season,
near repeats.
"""

from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from gridmap.demo.rhythm import PLAIN, RHYTHMS, SEASONAL, WEIGHT, WORDING, Rhythm, hour_weights
from gridmap.profiles import Category, Profile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEAR_REPEAT_M = 90.0
NEAR_REPEAT_DAYS = 9.0
UNLOCATED_SHARE = 0.01
OUTSIDE = 9
SURGES = 60
"""Outbreaks in the year: some two dozen matters of one kind at one place within weeks."""
BUSY = 20.0
"""A use that draws at least so much is busy wherever it stands: a market, a hospital."""
TAIL = 0.2
"""Shape of the gamma law of all other addresses: few draw much, most draw nothing."""
CORNER_M = 45.0


@dataclass(frozen=True)
class Places:
    """Where incidents can happen (metres): points of buildings with kind, people and address;
    stretches of road.
    """

    points: Floats
    kinds: NDArray[np.object_]
    households: Ints
    in_town: NDArray[np.bool_]
    addresses: NDArray[np.object_]
    roads: list[LineString]
    road_names: list[str]
    road_weights: Floats
    land: Polygon


class _Draft(NamedTuple):
    category: int
    subcategory: str
    day: int
    second: int
    x: float
    y: float
    address: str


def incidents(
    profile: Profile,
    places: Places,
    count: int,
    first_day: str,
    last_day: str,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """`count` incidents between the two days (both included), in order of time; CRS is that of
    `places`.
    """
    days = pd.date_range(first_day, last_day, freq="D")
    share = np.asarray([RHYTHMS.get(c.code, PLAIN).share for c in profile.categories])
    around = _neighbourhoods(places, rng)
    parents = int(count * 0.78)
    numbers = rng.multinomial(parents, share / share.sum())
    drafts: list[_Draft] = []
    for index, number in enumerate(numbers.tolist()):
        drafts += _of_category(index, profile.categories[index], number, places, around, days, rng)
    again = count - len(drafts)
    few = _near_repeats(drafts, again // 2, again // 6, len(days), rng)
    drafts += few + _near_repeats(drafts, again - len(few), SURGES, len(days), rng)
    drafts.sort(key=lambda d: (d.day, d.second, d.x, d.y))
    return _table(drafts, profile, places, days, rng)


def _of_category(
    index: int,
    category: Category,
    number: int,
    places: Places,
    around: Floats,
    days: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> list[_Draft]:
    rhythm = RHYTHMS.get(category.code, PLAIN)
    common = np.asarray([WEIGHT.get(child.code, 1.0) for child in category.children])
    split = rng.multinomial(number, common / common.sum())
    weights = _pull(rhythm, places, around, rng)
    drafts = []
    for child, size in zip(category.children, split.tolist(), strict=True):
        day = rng.choice(len(days), size, p=_day_weights(rhythm, child.code, days, rng))
        hour = rng.choice(24, size, p=hour_weights(rhythm))
        second = hour * 3600 + rng.integers(0, 3600, size)
        spots = _spots(rhythm, places, weights, size, rng)
        drafts += [
            _Draft(index, child.code, int(d), int(t), x, y, address)
            for d, t, (x, y, address) in zip(day, second, spots, strict=True)
        ]
    return drafts


def _pull(rhythm: Rhythm, places: Places, around: Floats, rng: np.random.Generator) -> Floats:
    """How strongly each building draws this category: use, people, town, and a long tail of
    repeating addresses.
    """
    weight = 0.25 + places.households.astype(np.float64) ** 0.8
    known = np.zeros(weight.size, dtype=bool)
    for kind, factor in rhythm.kinds.items():
        weight = np.where(places.kinds == kind, weight * 0.3 + factor, weight)
        known |= (places.kinds == kind) & (factor >= BUSY)
    tail = rng.gamma(TAIL, 1.0 / TAIL, weight.size)
    weight = (
        weight * around * np.where(places.in_town, rhythm.town, 1.0) * np.where(known, 1.0, tail)
    )
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _neighbourhoods(places: Places, rng: np.random.Generator) -> Floats:
    """How lively the surroundings of each building are: near the market, the hospital and the bus
    station most, and some quarters more than others.
    """
    spots = np.asarray(shapely.points(places.points), dtype=object)
    busy = spots[np.isin(places.kinds, ("market", "hospital", "station"))]
    tree = shapely.STRtree(busy)
    _, distance = tree.query_nearest(spots, return_distance=True, all_matches=False)
    near = 1.0 + 5.0 * np.exp(-((distance / 170.0) ** 2))
    _, quarter = np.unique(np.floor(places.points / 260.0), axis=0, return_inverse=True)
    luck = rng.lognormal(0.0, 0.7, int(quarter.max()) + 1)
    return np.asarray(near * luck[quarter.ravel()], dtype=np.float64)


def _day_weights(
    rhythm: Rhythm, code: str, days: pd.DatetimeIndex, rng: np.random.Generator
) -> Floats:
    months = SEASONAL.get(code, rhythm.months)
    season = np.asarray([months.get(int(m), 1.0) for m in days.month])
    season = np.convolve(np.pad(season, 10, mode="edge"), np.ones(21) / 21, mode="valid")
    week = np.where(
        days.day_of_week >= 5, rhythm.weekend, np.where(days.day_of_week == 0, 1.12, 1.0)
    )
    weather = np.exp(np.convolve(rng.normal(0.0, 0.5, len(days) + 4), np.ones(5) / 5, mode="valid"))
    weight = season * week * weather
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _spots(
    rhythm: Rhythm, places: Places, weights: Floats, size: int, rng: np.random.Generator
) -> list[tuple[float, float, str]]:
    on_road = rng.random(size) < rhythm.on_road
    chosen = rng.choice(weights.size, size, p=weights)
    streets = rng.choice(len(places.roads), size, p=places.road_weights)
    shift = rng.normal(0.0, 3.0, (size, 2))
    spots = []
    for k, street in enumerate(streets.tolist()):
        if on_road[k]:
            x, y = _corner(places.roads[street], float(rng.random())) + shift[k]
            address = places.road_names[street]
        else:
            x, y = places.points[chosen[k]] + shift[k]
            address = str(places.addresses[chosen[k]])
        spots.append((float(x), float(y), address))
    return spots


def _corner(line: LineString, luck: float) -> Floats:
    """A place on a road: one of its corners, some of which are drawn far more often."""
    corners = int(line.length / CORNER_M) + 1
    which = (int(luck**2.2 * corners) * 7) % corners
    along = (which + 0.5) / corners * line.length
    return np.asarray(line.interpolate(along).coords[0])


def _near_repeats(
    drafts: list[_Draft], count: int, bursts: int, days: int, rng: np.random.Generator
) -> list[_Draft]:
    """The same trouble again, close by and soon after: `count` repeats in `bursts`."""
    sources = rng.choice(len(drafts), bursts)
    found = []
    for source in rng.choice(sources, count).tolist():
        parent = drafts[source]
        gap = 1 + int(rng.exponential(NEAR_REPEAT_DAYS / 2))
        day = parent.day + gap if parent.day + gap < days else max(0, parent.day - gap)
        x, y = np.array([parent.x, parent.y]) + rng.normal(0.0, NEAR_REPEAT_M / 3, 2)
        second = int(np.clip(parent.second + rng.normal(0.0, 6000.0), 0, 86_399))
        found.append(parent._replace(day=day, second=second, x=float(x), y=float(y)))
    return found


def _table(
    drafts: list[_Draft],
    profile: Profile,
    places: Places,
    days: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    size = len(drafts)
    points = shapely.points([d.x for d in drafts], [d.y for d in drafts])
    shapely.prepare(places.land)
    stray = np.flatnonzero(~shapely.contains(places.land, points))
    points[stray] = shapely.Point(places.points[0])
    beyond = rng.choice(size, OUTSIDE, replace=False)
    points[beyond] = _outside(places.land, rng)
    for k in beyond.tolist():
        drafts[k] = drafts[k]._replace(address="邻县界外")
    points[rng.random(size) < UNLOCATED_SHARE] = None
    zone = profile.time_zone
    midnight = days.tz_localize(zone)
    reported = midnight[[d.day for d in drafts]] + pd.to_timedelta(
        [d.second for d in drafts], unit="s"
    )
    status, closed = _fates(drafts, reported, profile, midnight[-1] + pd.Timedelta(days=1), rng)
    codes = [
        f"{profile.county_code}{when:%Y%m%d}{n:05d}" for n, when in enumerate(reported, start=1)
    ]
    categories = profile.categories
    return gpd.GeoDataFrame(
        {
            "code": codes,
            "reported_at": reported,
            "channel": [_channel(categories[d.category].code, profile, rng) for d in drafts],
            "category": [categories[d.category].code for d in drafts],
            "subcategory": [d.subcategory for d in drafts],
            "status": status,
            "closed_at": closed,
            "description": [_wording(d, categories[d.category]) for d in drafts],
            "address": [d.address for d in drafts],
        },
        geometry=points,
    )


def _outside(land: Polygon, rng: np.random.Generator) -> NDArray[np.object_]:
    """Points 300 m to 3 km beyond the county's edge: callers name places across the border."""
    ring = land.buffer(3000.0).difference(land.buffer(300.0))
    west, south, east, north = ring.bounds
    found: list[shapely.Point] = []
    while len(found) < OUTSIDE:
        point = shapely.Point(rng.uniform(west, east), rng.uniform(south, north))
        if ring.contains(point):
            found.append(point)
    return np.asarray(found, dtype=object)


def _fates(
    drafts: list[_Draft],
    reported: pd.DatetimeIndex,
    profile: Profile,
    now: pd.Timestamp,
    rng: np.random.Generator,
) -> tuple[list[str], pd.DatetimeIndex]:
    """Status and closing time: simple matters are settled within hours, joint ones take days, a
    few stay open.
    """
    typical = np.asarray(
        [RHYTHMS.get(profile.categories[d.category].code, PLAIN).hours_to_close for d in drafts]
    )
    size = len(drafts)
    hard = rng.random(size) < 0.07
    hours = typical * rng.lognormal(0.0, 0.9, size) * np.where(hard, 9.0, 1.0)
    closing = reported + pd.to_timedelta(np.round(hours * 3600.0), unit="s")
    rejected = rng.random(size) < 0.018
    stuck = rng.random(size) < 0.006
    done = (closing < now) & ~stuck
    progress = np.clip((now - reported).total_seconds().to_numpy() / 3600.0 / hours, 0.0, 1.0)
    open_status = np.asarray(("reported", "accepted", "dispatched", "resolved"), dtype=object)[
        np.minimum(3, (progress * 4).astype(int))
    ]
    status = np.where(done, np.where(rejected, "rejected", "closed"), open_status)
    closed = pd.Series(closing).where(pd.Series(done)).to_numpy()
    return status.tolist(), pd.DatetimeIndex(closed, tz=None if reported.tz is None else closing.tz)


def _channel(category: str, profile: Profile, rng: np.random.Generator) -> str:
    known = {channel.code for channel in profile.channels}
    weights = {c: w for c, w in RHYTHMS.get(category, PLAIN).channels.items() if c in known}
    if not weights:
        return profile.channels[int(rng.integers(0, len(profile.channels)))].code
    pick = rng.random() * sum(weights.values())
    for code, weight in weights.items():
        pick -= weight
        if pick <= 0:
            return code
    return code


def _wording(draft: _Draft, category: Category) -> str:
    name = next(child.name for child in category.children if child.code == draft.subcategory)
    return WORDING.get(draft.subcategory, "{place}反映" + name + "，请核实处理。").format(
        place=draft.address
    )
