"""Buildings for every grid, and the number of households each grid gets."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from gridmap.demo.blocks import fill_grid
from gridmap.demo.buildings import Placed
from gridmap.demo.dwell import share_households
from gridmap.demo.hamlets import farm_houses, hamlet_lanes
from gridmap.demo.landscape import Landscape
from gridmap.demo.lines import line_parts
from gridmap.demo.roads import HALF_WIDTH_M, WATER_HALF_WIDTH_M, Way
from gridmap.demo.streets import RIVERSIDE_M, Block
from gridmap.demo.territory import Territory
from gridmap.profiles import SizeLimits

Ints = NDArray[np.int64]
PER_FARM_HOUSE = 1.85


def households_per_grid(
    land: Landscape, urban: set[str], total: int, limits: SizeLimits, rng: np.random.Generator
) -> dict[int, int]:
    """How many households each grid (key of the cover) holds; sums to `total`, nobody lives in
    special grids.
    """
    keys = [int(k) for k in land.cover.index]
    weights, low, high = [], [], []
    for key in keys:
        if key >= 0:
            base = {0: 66.0, 1: 55.0}.get(land.hamlets[key].rank, 47.0)
            bounds = (limits.rural[0] - 8, limits.rural[1])
        elif land.town_grids[-1 - key].use is not None:
            base, bounds = 0.0, (0, 0)
        elif land.town_grids[-1 - key].village in urban:
            base, bounds = 345.0, (limits.urban[0] + 3, limits.urban[0] + 130)
        else:
            base, bounds = 98.0, (limits.rural[0] + 25, limits.rural[1] - 2)
        weights.append(
            base * float(rng.lognormal(0.0, 0.24))
            if key >= 0
            else base * float(rng.uniform(0.88, 1.14))
        )
        low.append(bounds[0])
        high.append(bounds[1])
    counts = share_households(
        total, np.asarray(keys), np.asarray(weights), np.asarray(low), np.asarray(high)
    )
    return dict(zip(keys, counts.tolist(), strict=True))


def build_everywhere(
    land: Landscape,
    territory: Territory,
    households: dict[int, int],
    urban: set[str],
    parks: list[Block],
    rng: np.random.Generator,
) -> tuple[list[Placed], list[LineString]]:
    """All buildings (metres) and the lanes that hamlets grew; nothing on a road, in water, in one
    of the `parks`, or across a grid border.
    """
    walls: list[BaseGeometry] = [
        land.town.river.buffer(RIVERSIDE_M),
        *_widened(land.water, WATER_HALF_WIDTH_M, 6.0),
        *_street_areas(land, 0.0),
        *(park.polygon for park in parks),
    ]
    placed: list[Placed] = []
    for number, grid in enumerate(land.town_grids):
        key = -1 - number
        placed += fill_grid(grid, key, households[key], grid.village in urban, walls, rng)
    houses, lanes = _build_hamlets(land, territory, households, rng)
    return placed + houses, lanes


def choose_parks(land: Landscape, rng: np.random.Generator) -> list[Block]:
    """Three blocks of large community grids that stay green."""
    roomy = [g for g in land.town_grids if g.use is None and len(g.blocks) > 2]
    core = [g for g in roomy if all(block.side == "core" for block in g.blocks)]
    chosen = rng.permutation(len(core))[:3]
    return [core[int(k)].blocks[0] for k in np.sort(chosen)]


def _build_hamlets(
    land: Landscape, territory: Territory, households: dict[int, int], rng: np.random.Generator
) -> tuple[list[Placed], list[LineString]]:
    names = dict(zip(territory.units["code"], territory.units["name"], strict=True))
    keys = list(range(len(land.hamlets)))
    seats = land.hamlet_places()
    lots = [
        max(4, round(households[key] / PER_FARM_HOUSE) + (4 if land.hamlets[key].rank == 0 else 1))
        for key in keys
    ]
    lanes = hamlet_lanes(seats, [way.line for way in land.roads], lots, rng)
    own = np.asarray([lane for group in lanes for lane in group], dtype=object)
    roads = shapely.union_all([way.line.buffer(0.5) for way in land.roads])
    parts = [part for line in shapely.difference(own, roads) for part in line_parts(line)]
    grown = [part for part in parts if part.length > 30.0]
    blocked = [
        *_widened(land.water, WATER_HALF_WIDTH_M, 6.0),
        *_widened(land.roads, HALF_WIDTH_M, 3.0),
        *_street_areas(land, 2.0),
        *(lane.buffer(4.0) for lane in grown),
    ]
    seat_of = {seat.village: names[seat.village[:9]] for seat in territory.layout.seats}
    centres = [
        (names[h.village], seat_of.get(h.village)) if h.rank == 0 else (None, None)
        for h in land.hamlets
    ]
    polygons = [land.land.loc[key] for key in keys]
    return farm_houses(keys, polygons, seats, lanes, lots, blocked, centres, rng), grown


def _street_areas(land: Landscape, margin: float) -> list[BaseGeometry]:
    return [s.line.buffer(HALF_WIDTH_M.get(s.kind, 4.5) + margin) for s in land.town.streets]


def _widened(
    ways: tuple[Way, ...], half_width: dict[str, float], margin: float
) -> list[BaseGeometry]:
    return [way.line.buffer(half_width[way.rank] + margin) for way in ways]
