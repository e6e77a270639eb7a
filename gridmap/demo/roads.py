"""Roads and streams of the countryside: one tree of least-cost paths to the town, one drainage
tree.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from gridmap.demo.lines import line_parts, meander, smooth, tree_lines
from gridmap.demo.settle import Hamlet
from gridmap.demo.spread import spread
from gridmap.demo.streets import TownNet
from gridmap.demo.terrain import STREAM_CELLS, Terrain, noise
from gridmap.demo.territory import Territory, to_metres

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HALF_WIDTH_M = {
    "national": 7.0,
    "provincial": 6.0,
    "county": 4.5,
    "village": 3.0,
    "lane": 2.5,
    "main": 11.0,
    "street": 7.0,
}
WATER_HALF_WIDTH_M = {"river": 14.0, "stream": 2.5}
_SMOOTHING = (6, 10, 24, 40, 40)
_RANKS = ("lane", "village", "county", "provincial", "national")


@dataclass(frozen=True)
class Way:
    """A road or a watercourse in metres; `kind` is road or river, `rank` a key of the half-width
    tables.
    """

    line: LineString
    kind: str
    rank: str
    name: str | None


def water_ways(
    terrain: Terrain,
    main_river: LineString,
    name: str,
    land: Polygon,
    town: Polygon,
    rng: np.random.Generator,
) -> list[Way]:
    """The main river as given and every stream that joins it, within `land`; streams run in pipes
    under `town` (metres).
    """
    cells = np.flatnonzero(terrain.inside & (terrain.drained >= STREAM_CELLS))
    ways = [Way(part, "river", "river", name) for part in line_parts(main_river.intersection(land))]
    shapely.prepare(main_river)
    for line, body in tree_lines(terrain.downstream, cells, terrain.frame):
        middle = shapely.points(terrain.frame.place(body))
        if np.median(shapely.distance(main_river, middle)) < 130.0:
            continue
        if line.length < 450.0 and terrain.drained[body].max() < 2 * STREAM_CELLS:
            continue
        course = smooth(_joined(line, main_river), 5, 2.0)
        course = meander(course, rng, 16.0, 300.0) if course.length > 500.0 else course
        open_course = course.intersection(land).difference(town)
        ways += [Way(part, "river", "stream", None) for part in line_parts(open_course)]
    return ways


def _joined(line: LineString, main_river: LineString) -> LineString:
    """`line` led on to the middle of the main river when it ends beside it."""
    end = shapely.Point(line.coords[-1])
    if main_river.distance(end) > 160.0:
        return line
    foot = main_river.interpolate(main_river.project(end))
    return LineString([*line.coords[:-1], foot.coords[0]])


def road_ways(
    terrain: Terrain,
    territory: Territory,
    hamlets: tuple[Hamlet, ...],
    town: TownNet,
    land: Polygon,
    area_srid: int,
    rng: np.random.Generator,
) -> list[Way]:
    """The roads from every hamlet and gate to the ends of the town's main streets, outside the town
    and within `land` (metres).
    """
    entries = terrain.frame.index(town.entries[:, 0], town.entries[:, 1])
    x, y = terrain.frame.centres()
    closed = ~terrain.inside | shapely.contains_xy(town.outline.buffer(15.0), x, y)
    closed[entries] = False
    uneven = np.exp(0.45 * noise(terrain.frame, rng, 900.0, 1.0))
    cost = _road_cost(terrain) * uneven
    paths = spread(cost, terrain.frame.columns, entries.tolist(), np.where(closed, -1, 0))
    rank, ref = _ranks(terrain, territory, hamlets, paths.before, land, area_srid)
    ways = []
    for _, body in tree_lines(paths.before, np.flatnonzero(rank >= 0), terrain.frame):
        for piece in _alike(body, rank * 100 + ref + 1):
            level, number = int(rank[piece[0]]), int(ref[piece[0]])
            course = LineString(_places(terrain, piece, entries, town.entries))
            curve = smooth(course, _SMOOTHING[level], 1.5)
            label = territory.layout.gates[number].ref if number >= 0 else None
            ways += [
                Way(part, "road", _RANKS[level], label)
                for part in line_parts(curve.intersection(land).difference(town.outline))
            ]
    return ways


def _ranks(
    terrain: Terrain,
    territory: Territory,
    hamlets: tuple[Hamlet, ...],
    before: Ints,
    land: Polygon,
    area_srid: int,
) -> tuple[Ints, Ints]:
    """For every cell the rank of the road through it and the gate it leads to (-1 none)."""
    rank = np.full(terrain.inside.size, -1)
    ref = np.full(terrain.inside.size, -1)
    seats = {seat.village for seat in territory.layout.seats}
    for hamlet in hamlets:
        is_seat = hamlet.rank == 0 and hamlet.village in seats
        _mark(before, hamlet.cell, rank, 2 if is_seat else int(hamlet.rank == 0))
    for number, gate in enumerate(territory.layout.gates):
        level = 4 if gate.ref.startswith("G") else 3
        walked = _mark(before, _gate_cell(terrain, gate.at, land, area_srid), rank, level)
        ref[walked[rank[walked] == level]] = number
    return rank, ref


def _places(terrain: Terrain, piece: Ints, entries: Ints, places: Floats) -> Floats:
    """The course of a piece of road; one that ends in a cell of `entries` ends at its place."""
    course = terrain.frame.place(piece)
    hit = np.flatnonzero(entries == piece[-1])
    if hit.size:
        course[-1] = places[hit[0]]
    return course


def _road_cost(terrain: Terrain) -> Floats:
    grid = np.where(terrain.inside, terrain.height, np.nan).reshape(
        terrain.frame.rows, terrain.frame.columns
    )
    dy, dx = np.gradient(grid, terrain.frame.cell)
    slope = np.nan_to_num(np.hypot(dx, dy), nan=1.0).ravel()
    wet = np.select([terrain.drained > 600, terrain.drained >= STREAM_CELLS], [9.0, 1.5], 0.0)
    return np.asarray(
        0.5 + (slope / 0.09) ** 1.5 + terrain.above_water / 90.0 + wet, dtype=np.float64
    )


def _gate_cell(terrain: Terrain, at: tuple[float, float], land: Polygon, area_srid: int) -> int:
    """The lowest open cell of the county's edge near where the way to `at` leaves it."""
    point = to_metres([at], area_srid).iloc[0]
    edge = land.exterior.interpolate(land.exterior.project(point))
    x, y = terrain.frame.centres()
    near = np.flatnonzero(
        terrain.inside
        & (np.hypot(x - edge.x, y - edge.y) < 1500.0)
        & ~shapely.contains_xy(land, x, y)
    )
    return int(near[np.argmin(terrain.height[near])])


def _mark(before: Ints, cell: int, rank: Ints, level: int) -> Ints:
    walked = []
    while cell >= 0:
        walked.append(cell)
        rank[cell] = max(rank[cell], level)
        cell = int(before[cell])
    return np.asarray(walked)


def _alike(body: Ints, key: Ints) -> list[Ints]:
    """A chain cut where its key changes; consecutive pieces share a cell."""
    keys = key[body[:-1]]
    cuts = np.flatnonzero(np.diff(keys)) + 1
    ends = [0, *cuts.tolist(), body.size - 1]
    return [body[a : b + 1] for a, b in pairwise(ends) if b > a]
