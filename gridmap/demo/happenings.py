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
    minute: int
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
    parents = int(count * 0.8)
    numbers = rng.multinomial(parents, share / share.sum())
    drafts: list[_Draft] = []
    for index, number in enumerate(numbers.tolist()):
        drafts += _of_category(index, profile.categories[index], number, places, days, rng)
    drafts += _near_repeats(drafts, count - len(drafts), len(days), rng)
    drafts.sort(key=lambda d: (d.day, d.minute, d.x, d.y))
    return _table(drafts, profile, places, days, rng)


def _of_category(
    index: int,
    category: Category,
    number: int,
    places: Places,
    days: pd.DatetimeIndex,
    rng: np.random.Generator,
) -> list[_Draft]:
    rhythm = RHYTHMS.get(category.code, PLAIN)
    common = np.asarray([WEIGHT.get(child.code, 1.0) for child in category.children])
    split = rng.multinomial(number, common / common.sum())
    weights = _pull(rhythm, places, rng)
    drafts = []
    for child, size in zip(category.children, split.tolist(), strict=True):
        day = rng.choice(len(days), size, p=_day_weights(rhythm, child.code, days, rng))
        minute = rng.choice(24, size, p=hour_weights(rhythm)) * 60 + rng.integers(0, 60, size)
        spots = _spots(rhythm, places, weights, size, rng)
        drafts += [
            _Draft(index, child.code, int(d), int(m), x, y, address)
            for d, m, (x, y, address) in zip(day, minute, spots, strict=True)
        ]
    return drafts


def _pull(rhythm: Rhythm, places: Places, rng: np.random.Generator) -> Floats:
    """How strongly each building draws this category: use, people, town, and a long tail of
    repeating addresses.
    """
    weight = 0.25 + places.households.astype(np.float64) ** 0.8
    for kind, factor in rhythm.kinds.items():
        weight = np.where(places.kinds == kind, weight * 0.3 + factor, weight)
    weight = weight * np.where(places.in_town, rhythm.town, 1.0) * rng.gamma(0.35, 1.0, weight.size)
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _day_weights(
    rhythm: Rhythm, code: str, days: pd.DatetimeIndex, rng: np.random.Generator
) -> Floats:
    months = SEASONAL.get(code, rhythm.months)
    season = np.asarray([months.get(int(m), 1.0) for m in days.month])
    season = np.convolve(np.pad(season, 10, mode="edge"), np.ones(21) / 21, mode="valid")
    week = np.where(days.dayofweek >= 5, rhythm.weekend, np.where(days.dayofweek == 0, 1.12, 1.0))
    weather = np.exp(np.convolve(rng.normal(0.0, 0.5, len(days) + 4), np.ones(5) / 5, mode="valid"))
    weight = season * week * weather
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _spots(
    rhythm: Rhythm, places: Places, weights: Floats, size: int, rng: np.random.Generator
) -> list[tuple[float, float, str]]:
    on_road = rng.random(size) < rhythm.on_road
    chosen = rng.choice(weights.size, size, p=weights)
    streets = rng.choice(len(places.roads), size, p=places.road_weights)
    shift = rng.normal(0.0, 5.0, (size, 2))
    spots = []
    for k in range(size):
        if on_road[k]:
            line = places.roads[int(streets[k])]
            point = line.interpolate(float(rng.random()) * line.length)
            spots.append(
                (
                    point.x + shift[k, 0] / 2,
                    point.y + shift[k, 1] / 2,
                    places.road_names[int(streets[k])],
                )
            )
        else:
            x, y = places.points[chosen[k]] + shift[k]
            spots.append((float(x), float(y), str(places.addresses[chosen[k]])))
    return spots


def _near_repeats(
    drafts: list[_Draft], count: int, days: int, rng: np.random.Generator
) -> list[_Draft]:
    """The same trouble again, close by and soon after, as bursts of a few parents."""
    sources = rng.choice(len(drafts), max(1, count // 3))
    found = []
    for source in rng.choice(sources, count).tolist():
        parent = drafts[source]
        later = parent.day + 1 + int(rng.exponential(NEAR_REPEAT_DAYS / 2))
        day = min(days - 1, later)
        x, y = (
            parent.x + rng.normal(0.0, NEAR_REPEAT_M / 3),
            parent.y + rng.normal(0.0, NEAR_REPEAT_M / 3),
        )
        minute = int(np.clip(parent.minute + rng.normal(0.0, 100.0), 0, 1439))
        found.append(parent._replace(day=day, minute=minute, x=float(x), y=float(y)))
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
    points[rng.choice(size, OUTSIDE, replace=False)] = _outside(places.land, rng)
    points[rng.random(size) < UNLOCATED_SHARE] = None
    zone = profile.time_zone
    midnight = days.tz_localize(zone)
    seconds = rng.integers(0, 60, size)
    reported = pd.DatetimeIndex(
        [
            midnight[d.day] + pd.Timedelta(minutes=d.minute, seconds=int(s))
            for d, s in zip(drafts, seconds, strict=True)
        ]
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
