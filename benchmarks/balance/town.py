"""Towns of any size, of the kind the presets were made for but never seen by them; seeded.

Land is cut by streets again and again until blocks are small; each block is tiled by the Voronoi
cells of its buildings. Upper cuts are arterial roads or a river and bound the villages. A smooth
field says where people live in houses, walk-ups or towers. Today's grids fit an earlier year.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, hypot, pi, sin, sqrt
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from benchmarks.balance.earlier import grids_of_today
from gridmap.balancing.contacts import segments_of

CRS = 4546
CORNER = (500_000.0, 4_285_000.0)
CELL_M2 = 545.0
BLOCK_M2 = 9_600.0
RIVER_M2 = (2e6, 6e6)
VILLAGE = (1_700, 6_000)
"""A piece of land is one village when fewer households live there than a draw between these."""

LARGEST = 620
"""Buildings of a village at most."""

TYPES = (0.235, 0.67, 0.895)
"""Shares of blocks below which they hold houses, walk-ups, or low blocks of flats; then towers."""

COMPOUND = (8, 160)
"""At most so many buildings and households in one."""

Point = tuple[float, float]
Ring = list[Point]


@dataclass
class Town:
    """What a division is made from: as in the files of the measured towns."""

    cells: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame


@dataclass
class Land:
    """A convex piece of land, and how it was cut; blocks are numbered so that its own are
    first..last."""

    ring: Ring
    first: int = 0
    last: int = 0
    chord: tuple[Point, Point] | None = None
    halves: list["Land"] = field(default_factory=list)


def make_town(buildings: int, seed: int) -> Town:
    """A town of about so many buildings."""
    rng = np.random.default_rng(seed)
    root, blocks = _cut_up(buildings * CELL_M2, rng)
    cells, block = _cells(blocks, rng)
    table = gpd.GeoDataFrame({"building": np.arange(len(cells))}, geometry=cells, crs=CRS)
    table["households"] = _households(cells, block, rng)
    people, built = np.bincount(block, table["households"]), np.bincount(block)
    village, lines, kinds = _villages(root, people, built, rng)
    number = village[block]
    table["village"] = [f"140929{100_200 + one}" for one in number.tolist()]
    table["compound"] = _compounds(table, block, rng)
    barriers = gpd.GeoDataFrame(
        {"kind": kinds}, geometry=shapely.segmentize(shapely.linestrings(lines), 50.0), crs=CRS
    )
    table["present"] = grids_of_today(table, barriers, block, rng)
    order = np.argsort(number, kind="stable")
    bounds = np.searchsorted(number[order], np.arange(number.max() + 2))
    outlines = [shapely.coverage_union_all(cells[order[a:b]]) for a, b in pairwise(bounds)]
    names = pd.unique(table["village"].iloc[order])
    return Town(table, gpd.GeoDataFrame({"village": names}, geometry=outlines, crs=CRS), barriers)


def _cut_up(area_m2: float, rng: np.random.Generator) -> tuple[Land, list[Ring]]:
    """The whole land as a tree of cuts, and its blocks from left to right."""
    radius = sqrt(area_m2 / pi)
    corners = [
        (
            CORNER[0] + r * cos(2 * pi * n / 12),
            CORNER[1] + r * sin(2 * pi * n / 12),
        )
        for n, r in enumerate((radius * rng.uniform(0.98, 1.08, 12)).tolist())
    ]
    root = Land(corners)
    blocks: list[Ring] = []
    waiting = [(root, False)]
    while waiting:
        land, done = waiting.pop()
        if done:
            land.first, land.last = land.halves[0].first, land.halves[1].last
            continue
        size = BLOCK_M2 * float(rng.lognormal(0, 0.35))
        if _area(land.ring) < size or not _cut(land, rng):
            land.first, land.last = len(blocks), len(blocks) + 1
            blocks.append(land.ring)
        else:
            waiting += [(land, True), (land.halves[1], False), (land.halves[0], False)]
    return root, blocks


def _area(ring: Ring) -> float:
    return 0.5 * sum(
        x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True)
    )


def _cut(land: Land, rng: np.random.Generator) -> bool:
    """Cuts a piece of land across its longest side, rather askew; False: it cannot be cut so."""
    ring = land.ring
    x, y = sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
    far = max(
        ((a, b) for a in ring for b in ring),
        key=lambda pair: hypot(pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]),
    )
    along = np.arctan2(far[1][1] - far[0][1], far[1][0] - far[0][0])
    turn, shift = float(along + rng.normal(0, 0.3)), float(rng.normal(0, 0.08))
    x, y = x + shift * (far[1][0] - far[0][0]), y + shift * (far[1][1] - far[0][1])
    normal = (cos(turn), sin(turn))
    side = [(px - x) * normal[0] + (py - y) * normal[1] for px, py in ring]
    halves: tuple[Ring, Ring] = ([], [])
    chord: list[Point] = []
    for at, (point, here) in enumerate(zip(ring, side, strict=True)):
        halves[here > 0].append(point)
        after, there = ring[(at + 1) % len(ring)], side[(at + 1) % len(ring)]
        if (here > 0) != (there > 0):
            t = here / (here - there)
            met = (point[0] + t * (after[0] - point[0]), point[1] + t * (after[1] - point[1]))
            chord.append(met)
            halves[0].append(met)
            halves[1].append(met)
    if len(chord) != 2 or min(_area(half) for half in halves) < 300:
        return False
    land.chord = (chord[0], chord[1])
    land.halves = [Land(half) for half in halves]
    return True


def _cells(blocks: list[Ring], rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
    """Cells that tile the blocks, and the block of each."""
    shapes = np.array([shapely.Polygon(ring) for ring in blocks], dtype=object)
    room = CELL_M2 * 1.08 * rng.lognormal(0, 0.38, len(blocks))
    wanted = np.maximum(np.rint(shapely.area(shapes) / room), 1).astype(np.int64)
    block = np.repeat(np.arange(len(blocks)), wanted)
    points = _inside(shapes, block, rng)
    for _ in range(3):  # Lloyd's: so that cells are about as wide as high
        cells, block = _voronoi(shapes, points, block)
        middle = shapely.centroid(cells)
        points = np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
    cells = shapely.transform(cells, lambda xy: np.round(xy, 3))
    clean = np.asarray(shapely.coverage_clean(cells, snapping_distance=0.01), dtype=object)
    assert shapely.coverage_is_valid(clean)
    kept = (shapely.area(clean) > 1) & (shapely.get_type_id(clean) == 3)
    assert kept.all()
    return clean, block


def _inside(shapes: NDArray[Any], block: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """A point of each block for every time that it is asked for."""
    west, south, east, north = shapely.bounds(shapes)[block].T
    points = np.empty((len(block), 2))
    missing = np.arange(len(block))
    shapely.prepare(shapes)
    while len(missing):
        points[missing, 0] = rng.uniform(west[missing], east[missing])
        points[missing, 1] = rng.uniform(south[missing], north[missing])
        missing = missing[~shapely.contains_xy(shapes[block[missing]], *points[missing].T)]
    return points


def _voronoi(
    shapes: NDArray[Any], points: NDArray[Any], block: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    groups = shapely.multipoints(shapely.points(points), indices=block)
    several = np.bincount(block, minlength=len(shapes)) > 1
    alone = np.flatnonzero(~several)
    many = np.flatnonzero(several)
    faces, owner = shapely.get_parts(
        shapely.voronoi_polygons(groups[many], extend_to=shapes[many]), return_index=True
    )
    pieces = shapely.intersection(faces, shapes[many][owner])
    sound = (shapely.get_type_id(pieces) == 3) & (shapely.area(pieces) > 1)
    cells = np.concatenate([pieces[sound], shapes[alone]])
    block = np.concatenate([many[owner][sound], alone])
    order = np.argsort(block, kind="stable")
    return cells[order], block[order]


def _households(
    cells: NDArray[Any], block: NDArray[Any], rng: np.random.Generator
) -> NDArray[np.int64]:
    """From 0 to 200 in each building: few in most, many in some."""
    middle = shapely.centroid(cells)
    count = int(block.max()) + 1
    in_each = np.bincount(block)
    spot = np.column_stack(
        [np.bincount(block, at(middle)) / in_each for at in (shapely.get_x, shapely.get_y)]
    )
    waves = 2 * pi / rng.uniform(900, 2_600, 40)
    ways = rng.uniform(0, 2 * pi, 40)
    phase = np.outer(spot[:, 0], waves * np.cos(ways)) + np.outer(spot[:, 1], waves * np.sin(ways))
    dense = np.cos(phase + rng.uniform(0, 2 * pi, 40)).sum(axis=1) + rng.normal(0, 1.3, count)
    rank = np.argsort(np.argsort(dense)) / count
    kind = np.digitize(rank, TYPES)[block]
    size = len(cells)
    drawn = np.choose(
        kind,
        [
            rng.integers(1, 4, size) + (rng.random(size) < 0.05) * rng.integers(1, 5, size),
            rng.gamma(2.2, 3.4, size), rng.normal(23, 12, size), rng.normal(86, 46, size),
        ],
    )  # fmt: skip
    empty = rng.random(size) < 0.045
    return np.where(empty, 0, np.clip(np.rint(drawn), 1, 200)).astype(np.int64)


def _villages(
    root: Land, households: NDArray[Any], buildings: NDArray[Any], rng: np.random.Generator
) -> tuple[NDArray[np.int64], list[tuple[Point, Point]], list[str]]:
    """The village of every block, and the lines between blocks with what they are."""
    until, built = (np.append(0, np.cumsum(one)) for one in (households, buildings))
    village = np.full(len(households), -1)
    lines, kinds = [], []
    waiting = [(root, -1, 0)]
    count = 0
    while waiting:
        land, inside, depth = waiting.pop()
        here = until[land.last] - until[land.first]
        small = built[land.last] - built[land.first] <= LARGEST and here <= rng.uniform(*VILLAGE)
        if inside < 0 and (small or land.chord is None):
            inside, depth, count = count, 0, count + 1
            village[land.first : land.last] = inside
        if land.chord is None:
            continue
        upper = 0.68 if inside < 0 else 0.3 if depth == 0 else 0.0
        kind = "arterial" if rng.random() < upper else "street"
        if RIVER_M2[0] < _area(land.ring) < RIVER_M2[1] and rng.random() < 0.2:
            kind = "river"
        lines.append(land.chord)
        kinds.append(kind)
        waiting += [(half, inside, depth + 1) for half in land.halves]
    return village, lines, kinds


def _compounds(
    table: gpd.GeoDataFrame, block: NDArray[Any], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Neighbours within a block that stay together; every other building is one of its own."""
    segments = segments_of(table.geometry.to_numpy())
    inner = (segments.other >= 0) & (segments.one != segments.other)
    one, other = segments.one[inner], segments.other[inner]
    same = block[one] == block[other]
    pairs = np.concatenate(
        [np.column_stack([one, other])[same], np.column_stack([other, one])[same]]
    )
    pairs = np.unique(pairs, axis=0)
    begins = np.searchsorted(pairs[:, 0], np.arange(len(table) + 1)).tolist()
    near = pairs[:, 1].tolist()
    households = table["households"].tolist()
    group = np.arange(len(table))
    first = np.searchsorted(block, np.arange(int(block.max()) + 2))
    for at in np.flatnonzero(rng.random(len(first) - 1) < 0.2).tolist():
        start = int(rng.integers(first[at], first[at + 1]))
        found, wanted = [start], int(rng.integers(2, COMPOUND[0] + 6))
        weight = households[start]
        for cell in found:
            for neighbour in near[begins[cell] : begins[cell + 1]]:
                grown = weight + households[neighbour]
                if (
                    neighbour in found
                    or grown > COMPOUND[1]
                    or len(found) >= min(wanted, COMPOUND[0])
                ):
                    continue
                found.append(neighbour)
                weight = grown
        group[found] = start
    return np.unique(group, return_inverse=True)[1]
