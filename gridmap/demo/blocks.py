"""Buildings of the town, block by block: flats in rows, courtyards along lanes, shops on main
streets, large houses.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from gridmap.demo.buildings import Placed
from gridmap.demo.footprints import Floats, apart, clear, footprint
from gridmap.demo.quarters import TownGrid
from gridmap.demo.streets import Block

Shapes = NDArray[np.object_]
_LARGE = {
    "hospital": ("hospital", ("门诊楼", "住院楼", "医技楼", "综合楼"), (5, 8)),
    "school": ("school", ("教学楼", "实验楼", "宿舍楼", "餐厅"), (3, 5)),
    "market": ("market", ("交易大棚", "商铺东区", "商铺西区", "管理用房"), (1, 2)),
    "station": ("station", ("候车厅", "检修间", "办公楼"), (1, 3)),
    "government": ("government", ("办公楼", "政务大厅", "会议中心"), (3, 6)),
    "works": ("factory", ("一车间", "二车间", "三车间", "仓库", "办公楼"), (1, 2)),
}


@dataclass(frozen=True)
class Lot:
    """A free place for a building: polygon in metres, and the frame it was cut in."""

    polygon: Polygon
    width: float
    depth: float


def fill_grid(
    grid: TownGrid,
    number: int,
    households: int,
    urban: bool,
    obstacles: list[BaseGeometry],
    rng: np.random.Generator,
) -> list[Placed]:
    """The buildings of a town grid that houses `households`; all within its blocks, clear of
    `obstacles`.
    """
    placed: list[Placed] = []
    if grid.use is not None:
        for block in grid.blocks:
            placed += _large(block, number, grid, obstacles, rng)
        return placed
    shops: list[Placed] = []
    for block in grid.blocks:
        shops += _shops(block, number, obstacles, rng, urban)
    walls = [*obstacles, *(shop.polygon.buffer(4.0) for shop in shops)]
    if urban:
        return shops + _flats(grid, number, households, walls, rng)
    return shops + _courtyards(grid, number, households, walls, rng)


def _frame(block: Block) -> tuple[Floats, float, float, float]:
    """Centre, angle of the long south side, and extents along and across, metres."""
    corners = np.asarray(block.polygon.exterior.coords)[:4]
    south = corners[1] - corners[0]
    north = corners[2] - corners[3]
    course = south / np.linalg.norm(south) + north / np.linalg.norm(north)
    angle = float(np.arctan2(course[1], course[0]))
    centre = corners.mean(axis=0)
    local = (corners - centre) @ np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    return centre, angle, float(np.ptp(local[:, 0])), float(np.ptp(local[:, 1]))


def _slots(
    block: Block,
    widths: tuple[float, float],
    depth: float,
    pitch: float,
    gap: float,
    inset: float,
    rng: np.random.Generator,
    form: int | None,
) -> list[Polygon]:
    """Candidates in rows along the block's long side, inside it by `inset` metres."""
    centre, angle, length, height = _frame(block)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    room = block.polygon.buffer(-inset)
    rows = max(1, int((height - 2 * inset - depth) // pitch) + 1)
    start = -((rows - 1) * pitch) / 2
    found = []
    for row in range(rows):
        x = -length / 2 + inset + rng.uniform(0.0, 3.0)
        while x < length / 2 - inset:
            width = rng.uniform(*widths)
            shape = int(rng.choice(3, p=[0.4, 0.35, 0.25])) if form is None else form
            local = np.array([x + width / 2, start + row * pitch + rng.uniform(-0.8, 0.8)])
            found.append(
                footprint(
                    local @ turn + centre, width * rng.choice([-1.0, 1.0]), depth, angle, shape
                )
            )
            x += width + gap * rng.uniform(0.8, 1.3)
    shapely.prepare(room)
    return [shape for shape in found if room.contains(shape)]


def _take(shapes: list[Polygon], obstacles: list[BaseGeometry], gap: float) -> Shapes:
    candidates = np.asarray(shapes, dtype=object)
    candidates = candidates[clear(candidates, obstacles)]
    if candidates.size == 0:
        return candidates
    return np.asarray(candidates[apart(candidates, gap, np.arange(candidates.size, dtype=float))])


def _flats(
    grid: TownGrid,
    number: int,
    households: int,
    walls: list[BaseGeometry],
    rng: np.random.Generator,
) -> list[Placed]:
    slots = _take(
        [
            s
            for block in grid.blocks
            for s in _slots(block, (34.0, 62.0), 12.6, 29.0, 9.0, 12.0, rng, 0)
        ],
        walls,
        6.0,
    )
    if slots.size == 0:
        return []
    units = [max(2, round(_long_side(shape) / 15.5)) for shape in slots]
    floors = 5
    wanted = households * 1.1
    while sum(units) * 2 * floors < wanted and floors < 18:
        floors += 1
    placed: list[Placed] = []
    room = 0
    for index in rng.permutation(slots.size).tolist():
        if room < wanted:
            high = int(np.clip(floors + rng.integers(-1, 2), 4, 18))
            placed.append(Placed(slots[index], number, "apartment", None, high, units[index], 2))
            room += units[index] * 2 * high
        elif rng.random() < 0.55:
            kind, name = [
                ("office", None),
                ("kindergarten", "幼儿园"),
                ("clinic", "社区卫生服务站"),
                ("government", "社区服务中心"),
                ("shop", "商场"),
            ][int(rng.integers(0, 5))]
            placed.append(Placed(slots[index], number, kind, name, int(rng.integers(2, 5)), 0, 0))
    return placed


def _courtyards(
    grid: TownGrid,
    number: int,
    households: int,
    walls: list[BaseGeometry],
    rng: np.random.Generator,
) -> list[Placed]:
    slots = _take(
        [
            s
            for block in grid.blocks
            for s in _slots(block, (12.5, 17.5), 11.5, 18.0, 2.6, 7.5, rng, None)
        ],
        walls,
        1.5,
    )
    wanted = int(households / 1.75)
    chosen = (
        slots
        if slots.size <= wanted
        else slots[np.sort(rng.permutation(slots.size)[: int(wanted * 1.05) + 1])]
    )
    return [
        Placed(shape, number, "residential", None, 1 if rng.random() < 0.72 else 2, 1, 4)
        for shape in chosen
    ]


def _long_side(shape: Polygon) -> float:
    corners = np.asarray(shape.exterior.coords)
    return float(np.linalg.norm(corners[1] - corners[0]))


def _shops(
    block: Block, number: int, obstacles: list[BaseGeometry], rng: np.random.Generator, urban: bool
) -> list[Placed]:
    """A front of shops on the south side of the block; more of them in the flats' quarters."""
    if rng.random() > (0.5 if urban else 0.1):
        return []
    centre, angle, length, height = _frame(block)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    room = block.polygon.buffer(-9.0)
    shapes = []
    x = -length / 2 + 14.0
    while x < length / 2 - 30.0:
        width = rng.uniform(18.0, 30.0)
        local = np.array([x + width / 2, -height / 2 + 18.0])
        shapes.append(footprint(local @ turn + centre, width, 10.0, angle))
        x += width + rng.uniform(1.0, 8.0)
    fronts = _take([shape for shape in shapes if room.contains(shape)], obstacles, 0.8)
    return [Placed(shape, number, "shop", None, int(rng.integers(1, 4)), 0, 0) for shape in fronts]


def _large(
    block: Block,
    number: int,
    grid: TownGrid,
    obstacles: list[BaseGeometry],
    rng: np.random.Generator,
) -> list[Placed]:
    kind, names, (low, high) = _LARGE[str(grid.use)]
    slots = _take(_slots(block, (38.0, 66.0), 19.0, 34.0, 11.0, 13.0, rng, None), obstacles, 8.0)
    return [
        Placed(shape, number, kind, f"{grid.name}{name}", int(rng.integers(low, high + 1)), 0, 0)
        for shape, name in zip(slots, names, strict=False)
    ]
