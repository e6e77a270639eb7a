"""Where people settle: township seats, village seats and hamlets in the valleys, and the land
that goes with each.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from gridmap.demo.sites import along_the_valley, scatter, suitability, valley_floor
from gridmap.demo.spread import spread
from gridmap.demo.terrain import Terrain, noise
from gridmap.demo.territory import Territory, to_metres

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Hamlet:
    """The seed of a rural grid: its village, flat cell, and rank in the village (0 = the village
    seat).
    """

    village: str
    cell: int
    rank: int


@dataclass(frozen=True)
class Settled:
    """`hamlets`, one per rural grid, and the flat raster `label` of the hamlet whose land each
    cell is (-1 none).
    """

    hamlets: tuple[Hamlet, ...]
    label: Ints


def walking_cost(terrain: Terrain, town: Polygon, in_town: float, unevenness: Floats) -> Floats:
    """What a step costs, flat: cheap in valleys, dear on slopes and ridges and across larger
    rivers.
    """
    above = terrain.above_water
    cost = 0.7 + (above / 38.0) ** 1.35
    cost = cost + np.where(terrain.drained > 4000, 5.0, np.where(terrain.drained > 900, 1.6, 0.0))
    cost = cost * np.exp(0.4 * unevenness)
    x, y = terrain.frame.centres()
    cost[shapely.contains_xy(town, x, y)] = in_town
    return np.asarray(cost, dtype=np.float64)


def settle(
    terrain: Terrain,
    territory: Territory,
    town: Polygon,
    area_srid: int,
    rural_grids: int,
    rng: np.random.Generator,
) -> Settled:
    """Seats and land of every rural township, village and grid; territories follow ridges and
    rivers.
    """
    uneven = noise(terrain.frame, rng, 1200.0, 1.0)
    cost = walking_cost(terrain, town, 0.5, uneven)
    villages = _rural_villages(territory)
    land = np.where(terrain.inside, 0, -1)
    township_codes, township_seeds = _township_seeds(terrain, territory, area_srid)
    sizes = villages.groupby("parent_code").size()
    late = [4.0 * float(sizes.max() - sizes[code]) for code in township_codes]
    late = [
        10.0 if code in _town_townships(territory) else start
        for code, start in zip(township_codes, late, strict=True)
    ]
    township = spread(cost, terrain.frame.columns, township_seeds, land, late).seed
    cost = walking_cost(terrain, town, 9.0, uneven)
    fit = suitability(terrain, town, township)
    village_seeds: list[int] = []
    village_codes: list[str] = []
    for number, code in enumerate(township_codes):
        codes, seeds = _village_seeds(
            terrain,
            territory,
            town,
            area_srid,
            code,
            villages,
            np.where(township == number, fit, -1.0),
            township_seeds[number],
            rng,
        )
        village_codes += codes
        village_seeds += seeds
    village = spread(cost, terrain.frame.columns, village_seeds, township).seed
    hamlets = _hamlets(
        terrain, village, village_codes, village_seeds, territory, fit, rural_grids, rng
    )
    label = spread(cost, terrain.frame.columns, [h.cell for h in hamlets], village).seed
    return Settled(tuple(hamlets), label)


def _town_townships(territory: Territory) -> set[str]:
    quarters = territory.layout.town.quarters
    return {quarter.code[:9] for quarter in quarters if quarter.side != "core"}


def _rural_villages(territory: Territory) -> pd.DataFrame:
    core = {quarter.code for quarter in territory.layout.town.quarters if quarter.side == "core"}
    units = territory.units
    return units[(units["level"] == "community_level") & ~units["code"].isin(core)]


def _cell_of(
    terrain: Terrain, territory: Territory, area_srid: int, places: list[tuple[float, float]]
) -> list[int]:
    points = to_metres(places, area_srid)
    return [int(i) for i in terrain.frame.index(points.x.to_numpy(), points.y.to_numpy())]


def _township_seeds(
    terrain: Terrain, territory: Territory, area_srid: int
) -> tuple[list[str], list[int]]:
    """The rural townships in code order; each seat moves to the best cell within 1.5 km."""
    layout = territory.layout
    quarters = _town_townships(territory)
    places = dict.fromkeys(quarters, layout.town.center)
    places |= {seat.village[:9]: seat.at for seat in layout.seats}
    codes = sorted(places)
    cells = _cell_of(terrain, territory, area_srid, [places[code] for code in codes])
    return codes, [
        cell if code in quarters else valley_floor(terrain, cell)
        for code, cell in zip(codes, cells, strict=True)
    ]


def _village_seeds(
    terrain: Terrain,
    territory: Territory,
    town: Polygon,
    area_srid: int,
    township: str,
    villages: pd.DataFrame,
    fit: Floats,
    seat: int,
    rng: np.random.Generator,
) -> tuple[list[str], list[int]]:
    codes = villages.loc[villages["parent_code"] == township, "code"].tolist()
    fixed = {s.village: seat for s in territory.layout.seats if s.village[:9] == township}
    fixed |= _quarter_seeds(terrain, territory, town, township)
    rest = [code for code in codes if code not in fixed]
    found = scatter(terrain, fit, len(rest), list(fixed.values()), rng, int((fit > 0).sum()) * 4)
    order = rng.permutation(len(rest))
    return [*fixed, *(rest[i] for i in order)], [*fixed.values(), *found]


def _quarter_seeds(
    terrain: Terrain, territory: Territory, town: Polygon, township: str
) -> dict[str, int]:
    """Villages that own a side of the town begin just outside that side."""
    west, south, east, north = town.bounds
    middle = town.centroid
    places = {
        "east": (east + 250.0, middle.y - 150.0),
        "west": (west - 250.0, middle.y - 100.0),
        "north": (middle.x, north + 250.0),
        "south": (middle.x, south - 250.0),
    }
    seeds = {}
    for quarter in territory.layout.town.quarters:
        if quarter.code[:9] == township and quarter.side != "core":
            x, y = places[quarter.side]
            seeds[quarter.code] = int(terrain.frame.index(np.asarray([x]), np.asarray([y]))[0])
    return seeds


def _hamlets(
    terrain: Terrain,
    village: Ints,
    codes: list[str],
    seeds: list[int],
    territory: Territory,
    fit: Floats,
    rural_grids: int,
    rng: np.random.Generator,
) -> list[Hamlet]:
    counts = _grids_per_village(village, codes, territory, fit, rural_grids, rng)
    hamlets = []
    for number, (code, seed) in enumerate(zip(codes, seeds, strict=True)):
        own = np.where(village == number, fit, -1.0)
        taken = [seed]
        close = along_the_valley(terrain, own, seed, (counts[number] - 1) // 2)
        taken += close
        taken += scatter(
            terrain,
            own,
            counts[number] - len(taken),
            taken,
            rng,
            int((village == number).sum() * 0.5),
        )
        hamlets += [Hamlet(code, cell, rank) for rank, cell in enumerate(taken)]
    return hamlets


def _grids_per_village(
    village: Ints,
    codes: list[str],
    territory: Territory,
    fit: Floats,
    total: int,
    rng: np.random.Generator,
) -> list[int]:
    """How many grids each village gets: more where more valley land is, most at the township
    seats; sums to `total`.
    """
    seats = {seat.village for seat in territory.layout.seats}
    quarters = {quarter.code for quarter in territory.layout.town.quarters}
    room = np.asarray([float((fit * (village == n) > 0.2).sum()) for n in range(len(codes))])
    weight = np.sqrt(room + 1.0) * rng.lognormal(0.0, 0.25, len(codes))
    weight = weight / weight.mean() * (total / len(codes))
    weight += np.asarray([2.2 if code in seats else 0.0 for code in codes])
    counts = np.clip(np.round(weight), 1, 6).astype(int)
    fixed = np.asarray([code in quarters for code in codes])
    counts[fixed] = 1
    while counts.sum() != total:
        step = 1 if counts.sum() < total else -1
        free = np.flatnonzero(~fixed & (counts + step >= 1))
        gain = (weight - counts)[free] * step
        counts[free[np.argmax(gain)]] += step
    return [int(n) for n in counts]
