"""Farm houses: rows along the road through each hamlet, none on a road, in a stream or across a
grid border.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from gridmap.demo.buildings import Placed
from gridmap.demo.footprints import Floats, apart, clear, footprint
from gridmap.demo.lines import line_parts

Shapes = NDArray[np.object_]
ROW_OFFSETS_M = (13.5, 33.0, 52.0, 71.0)
_CIVIC = (
    ("government", "党群服务中心"),
    ("clinic", "卫生室"),
    ("shop", "便民超市"),
    ("culture", "文化大院"),
    ("temple", "关帝庙"),
    ("school", "小学"),
)
_SEAT = (
    ("government", "人民政府"),
    ("clinic", "卫生院"),
    ("school", "中心小学"),
    ("shop", "供销社"),
    ("office", "司法所"),
)


def hamlet_lanes(
    seats: Floats, roads: list[LineString], lots: list[int], rng: np.random.Generator
) -> list[list[LineString]]:
    """For every seat (n, 2) the lines its houses stand along: the roads near it, and one lane of
    its own.
    """
    tree = shapely.STRtree(roads)
    east = np.array([1.0, 0.0])
    result = []
    for seat, count in zip(seats, lots, strict=True):
        reach = 120.0 + 6.5 * count
        disc = shapely.Point(seat).buffer(reach)
        near = [
            part
            for k in tree.query(disc, predicate="intersects")
            for part in line_parts(roads[k].intersection(disc))
        ]
        near.sort(key=lambda line: -line.length)
        lanes = near[:4]
        main = lanes[0] if lanes else LineString([seat - east * reach, seat + east * reach])
        lanes = lanes or [main]
        if count > 26:
            lanes.append(_side_lane(main, seat, reach, rng))
        result.append(lanes)
    return result


def _side_lane(
    main: LineString, seat: Floats, reach: float, rng: np.random.Generator
) -> LineString:
    """A lane that leaves the main road near the seat and bends up the slope."""
    along = main.project(shapely.Point(seat)) + rng.uniform(-40.0, 40.0)
    foot = np.asarray(main.interpolate(along).coords[0])
    ahead = np.asarray(main.interpolate(along + 15.0).coords[0]) - np.asarray(
        main.interpolate(along - 15.0).coords[0]
    )
    angle = np.arctan2(ahead[1], ahead[0]) + rng.choice([-1.0, 1.0]) * rng.uniform(1.0, 1.9)
    bend = rng.uniform(-0.5, 0.5)
    steps = np.linspace(0.0, 1.0, 7)
    course = angle + bend * steps
    walk = np.cumsum(np.column_stack([np.cos(course), np.sin(course)]) * (0.55 * reach / 7), axis=0)
    return LineString(np.vstack([foot, foot + walk]))


def farm_houses(
    grids: list[int],
    land: list[Polygon],
    seats: Floats,
    lanes: list[list[LineString]],
    lots: list[int],
    obstacles: list[BaseGeometry],
    names: list[tuple[str | None, str | None]],
    rng: np.random.Generator,
) -> list[Placed]:
    """Up to `lots` houses per hamlet within its `land` (metres); `names` set = a village seat
    with civic buildings.
    """
    shapes: list[Polygon] = []
    owner: list[int] = []
    order: list[float] = []
    for number, (seat, lines) in enumerate(zip(seats, lanes, strict=True)):
        for line in lines:
            for shape, rank in _rows(line, seat, rng):
                shapes.append(shape)
                owner.append(number)
                order.append(rank)
    polygons, owners, ranks = np.asarray(shapes, dtype=object), np.asarray(owner), np.asarray(order)
    own = np.asarray([area.buffer(-3.0) for area in land], dtype=object)
    shapely.prepare(own)
    good = shapely.contains_properly(own[owners], polygons)
    good[good] = clear(polygons[good], obstacles)
    polygons, owners, ranks = polygons[good], owners[good], ranks[good]
    kept = apart(polygons, 2.5, ranks)
    polygons, owners, ranks = polygons[kept], owners[kept], ranks[kept]
    placed: list[Placed] = []
    for number, grid in enumerate(grids):
        mine = np.flatnonzero(owners == number)
        mine = mine[np.argsort(ranks[mine], kind="stable")][: lots[number]]
        placed += _furnish(polygons[mine], grid, *names[number], rng)
    return placed


def _rows(line: LineString, seat: Floats, rng: np.random.Generator) -> list[tuple[Polygon, float]]:
    """Candidate houses on both sides of `line`, ranked by distance from the seat and from the
    road.
    """
    found = []
    for side in (-1.0, 1.0):
        for row, offset in enumerate(ROW_OFFSETS_M):
            along = rng.uniform(2.0, 14.0)
            while along < line.length - 4.0:
                width = rng.uniform(11.5, 18.5)
                depth = rng.uniform(6.8, 9.5)
                spot = along + width / 2
                here = np.asarray(line.interpolate(spot).coords[0])
                tip, tail = (
                    line.interpolate(min(spot + 8.0, line.length)),
                    line.interpolate(max(spot - 8.0, 0.0)),
                )
                angle = float(np.arctan2(tip.y - tail.y, tip.x - tail.x))
                normal = np.array([-np.sin(angle), np.cos(angle)]) * side
                centre = here + normal * (offset + rng.uniform(-2.2, 3.2))
                form = int(rng.choice(3, p=[0.62, 0.24, 0.14]))
                turn = angle + (np.pi if side < 0 else 0.0) + rng.normal(0.0, 0.07)
                found.append(
                    (
                        footprint(
                            centre,
                            width * rng.choice([-1.0, 1.0]),
                            depth * (1.0 if form == 0 else 1.45),
                            turn,
                            form,
                        ),
                        float(np.hypot(*(centre - seat))) + 62.0 * row + rng.uniform(0.0, 55.0),
                    )
                )
                along += width + rng.choice(
                    [rng.uniform(3.0, 7.0), rng.uniform(9.0, 26.0)], p=[0.75, 0.25]
                )
    return found


def _furnish(
    polygons: Shapes, grid: int, name: str | None, town: str | None, rng: np.random.Generator
) -> list[Placed]:
    """Uses for the houses of a hamlet; `name` is set at a village seat, `town` at a township's."""
    civic: dict[int, tuple[str, str]] = {}
    if name is not None and polygons.size > 12:
        wanted = [(kind, f"{name}{label}") for kind, label in _CIVIC]
        wanted = wanted[: 3 if polygons.size < 24 else 5 if polygons.size < 46 else 6]
        wanted += [(kind, f"{town}{label}") for kind, label in _SEAT] if town else []
        spots = rng.choice(min(16, polygons.size), min(12, len(wanted)), replace=False)
        civic = dict(zip(spots.tolist(), wanted, strict=False))
    placed = []
    for index, polygon in enumerate(polygons):
        kind, label = civic.get(index, ("residential", None))
        if index not in civic and polygons.size > 14 and rng.random() < 0.02:
            kind = "barn"
        high = 2 if rng.random() < (0.6 if index in civic else 0.14) else 1
        lived_in = kind == "residential"
        placed.append(
            Placed(polygon, grid, kind, label, 1 if kind == "barn" else high, int(lived_in), 3)
        )
    return placed
