"""Buildings of the town, block by block: flats in rows, courtyards along lanes, shops on main
streets, large houses.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon
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

_AMENITIES = (
    ("office", None),
    ("shop", "商场"),
    ("kindergarten", "幼儿园"),
    ("clinic", "社区卫生服务站"),
    ("government", "社区服务中心"),
)
_AMENITY_SHARE = (0.36, 0.3, 0.16, 0.1, 0.08)


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


def _turned(block: Block, inset: float) -> tuple[Polygon, Floats]:
    """The block shrunk by `inset` and turned so that its front lies along x; the matrix back."""
    cos, sin = np.cos(block.angle), np.sin(block.angle)
    back = np.array([[cos, sin], [-sin, cos]])
    room = block.polygon.buffer(-inset, join_style="mitre")
    return shapely.transform(room, lambda coords: coords @ back.T), back


def _chord(room: Polygon, low: float, high: float) -> tuple[float, float]:
    """The x range that lies in a convex `room` from y `low` to y `high`."""
    west, _, east, _ = room.bounds
    cuts = [
        LineString([(west - 1, y), (east + 1, y)]).intersection(room).bounds for y in (low, high)
    ]
    if not all(cuts):
        return 0.0, 0.0
    return max(cut[0] for cut in cuts), min(cut[2] for cut in cuts)


def _slots(
    block: Block,
    size: tuple[float, float, float],
    pitch: float,
    gap: float,
    inset: float,
    rng: np.random.Generator,
    form: int | None = None,
    setback: tuple[float, float] = (0.2, 0.8),
) -> list[Polygon]:
    """Candidates in rows along the block's front, `size` = (narrowest, widest, depth), inside the
    block by `inset` metres; every row is filled from end to end. `setback` is the share of the
    spare depth left in front of the first row.
    """
    narrow, wide, depth = size
    room, back = _turned(block, inset)
    if room.is_empty:
        return []
    _, south, _, north = room.bounds
    rows = int((north - south - depth) // pitch) + 1
    spare = max(0.0, north - south - depth - (rows - 1) * pitch)
    start = south + depth / 2 + rng.uniform(*setback) * spare
    found = []
    for row in range(rows):
        middle = start + row * pitch
        left, right = _chord(room, middle - depth / 2, middle + depth / 2)
        number = round((right - left + gap) / ((narrow + wide) / 2 + gap))
        if number < 1 or right - left < narrow:
            continue
        share = rng.uniform(0.85, 1.15, number)
        widths = np.minimum(wide, share / share.sum() * (right - left - (number - 1) * gap))
        x = left
        for width in widths.tolist():
            shape = int(rng.choice(3, p=[0.4, 0.35, 0.25])) if form is None else form
            centre = np.array([x + width / 2, middle]) @ back
            mirror = float(rng.choice([-1.0, 1.0]))
            found.append(footprint(centre, width * mirror, depth, block.angle, shape))
            x += width + gap
    return found


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
    size = (36.0, 64.0, 12.6)
    every = [s for block in grid.blocks for s in _slots(block, size, 28.0, 9.0, 12.0, rng, 0)]
    slots = _take(every, walls, 6.0)
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
        elif rng.random() < 0.4:
            kind, name = _AMENITIES[int(rng.choice(len(_AMENITIES), p=_AMENITY_SHARE))]
            placed.append(Placed(slots[index], number, kind, name, int(rng.integers(2, 5)), 0, 0))
    return placed


def _courtyards(
    grid: TownGrid,
    number: int,
    households: int,
    walls: list[BaseGeometry],
    rng: np.random.Generator,
) -> list[Placed]:
    wanted = max(1, int(households / 1.75))
    slots = _yards(grid, walls, 1.0, rng)
    roomier = float(np.clip(np.sqrt(slots.size / wanted), 1.0, 1.4))
    if roomier > 1.05:
        slots = _yards(grid, walls, roomier, rng)
    chosen = slots if slots.size <= wanted else slots[_huddled(slots, wanted, rng)]
    return [
        Placed(shape, number, "residential", None, 1 if rng.random() < 0.72 else 2, 1, 4)
        for shape in chosen
    ]


def _yards(
    grid: TownGrid, walls: list[BaseGeometry], roomier: float, rng: np.random.Generator
) -> Shapes:
    """Places for courtyards, wider and further apart by the factor `roomier`."""
    size = (12.0 * roomier, 18.0 * roomier, 11.5 * min(roomier, 1.2))
    pitch, gap = 17.0 * roomier, 2.4 * roomier
    return _take(
        [s for b in grid.blocks for s in _slots(b, size, pitch, gap, 8.0, rng)], walls, 1.5
    )


def _huddled(slots: Shapes, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """`count` of the slots, most of them close together."""
    places = shapely.get_coordinates(shapely.centroid(slots))
    anchor = places[int(rng.integers(0, len(places)))]
    away = np.hypot(*(places - anchor).T) + rng.normal(0.0, 60.0, len(places))
    return np.sort(np.argsort(away)[:count])


def _long_side(shape: Polygon) -> float:
    corners = np.asarray(shape.exterior.coords)
    return float(np.linalg.norm(corners[1] - corners[0]))


def _shops(
    block: Block, number: int, obstacles: list[BaseGeometry], rng: np.random.Generator, urban: bool
) -> list[Placed]:
    """A front of shops on the south side of the block; more of them in the flats' quarters."""
    if rng.random() > (0.5 if urban else 0.1):
        return []
    room, _ = _turned(block, 10.0)
    if room.is_empty or block.is_corner:
        return []
    deep = room.bounds[3] - room.bounds[1]
    fronts = _slots(block, (17.0, 28.0, 10.0), max(deep, 60.0), 1.5, 10.0, rng, 0, (0.0, 0.05))
    fronts = [front for front in fronts if rng.random() < 0.85]
    return [
        Placed(shape, number, "shop", None, int(rng.integers(1, 4)), 0, 0)
        for shape in _take(fronts, obstacles, 0.8)
    ]


def _large(
    block: Block,
    number: int,
    grid: TownGrid,
    obstacles: list[BaseGeometry],
    rng: np.random.Generator,
) -> list[Placed]:
    kind, names, (low, high) = _LARGE[str(grid.use)]
    slots = _take(_slots(block, (38.0, 66.0, 19.0), 34.0, 11.0, 13.0, rng), obstacles, 8.0)
    return [
        Placed(shape, number, kind, f"{grid.name}{name}", int(rng.integers(low, high + 1)), 0, 0)
        for shape, name in zip(slots, names, strict=False)
    ]
