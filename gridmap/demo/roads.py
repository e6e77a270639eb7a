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
    town: Polygon,
    land: Polygon,
    area_srid: int,
    rng: np.random.Generator,
) -> list[Way]:
    """The roads from every hamlet and gate to the town, outside `town`, within `land` (metres)."""
    paths = spread(
        _road_cost(terrain) * np.exp(0.45 * noise(terrain.frame, rng, 900.0, 1.0)),
        terrain.frame.columns,
        [_town_cell(terrain, town)],
        np.where(terrain.inside, 0, -1),
    )
    rank = np.full(terrain.inside.size, -1)
    name = np.full(terrain.inside.size, -1)
    seats = {seat.village for seat in territory.layout.seats}
    for hamlet in hamlets:
        level = 2 if hamlet.rank == 0 and hamlet.village in seats else 1 if hamlet.rank == 0 else 0
        _mark(paths.before, hamlet.cell, rank, level)
    for number, gate in enumerate(territory.layout.gates):
        level = 4 if gate.ref.startswith("G") else 3
        walked = _mark(paths.before, _gate_cell(terrain, gate.at, land, area_srid), rank, level)
        free = np.asarray(walked)
        name[free[rank[free] == level]] = number
    ways = []
    key = rank * 100 + name
    for line, body in tree_lines(paths.before, np.flatnonzero(rank >= 0), terrain.frame):
        for piece in _by_rank(line, body, key):
            level, gate_number = (
                divmod(int(key[piece[0]]), 100)
                if key[piece[0]] % 100 != 99
                else (int(rank[piece[0]]), -1)
            )
            label = (
                territory.layout.gates[gate_number].ref if gate_number >= 0 and level >= 3 else None
            )
            curve = smooth(LineString(terrain.frame.place(piece)), _SMOOTHING[level], 1.5)
            ways += [
                Way(part, "road", _RANKS[level], label)
                for part in line_parts(curve.intersection(land).difference(town))
            ]
    return ways


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


def _town_cell(terrain: Terrain, town: Polygon) -> int:
    middle = town.centroid
    return int(terrain.frame.index(np.asarray([middle.x]), np.asarray([middle.y]))[0])


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


def _mark(before: Ints, cell: int, rank: Ints, level: int) -> list[int]:
    walked = []
    while cell >= 0:
        walked.append(cell)
        rank[cell] = max(rank[cell], level)
        cell = int(before[cell])
    return walked


def _by_rank(line: LineString, body: Ints, key: Ints) -> list[Ints]:
    """A chain cut where its rank changes; consecutive pieces share a cell."""
    keys = key[body[:-1]]
    cuts = np.flatnonzero(np.diff(keys)) + 1
    ends = [0, *cuts.tolist(), body.size - 1]
    return [body[a : b + 1] for a, b in pairwise(ends) if b > a]
