"""The county town: a warped net of streets along the river, and the blocks between them.

The net is a table of nodes; blocks are its quads, so neighbours share their corners exactly.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from gridmap.demo.territory import Side, TownInput

RIVERSIDE_M = 44.0
"""Half-width of the embanked river with its green strips; no building stands there."""

Floats = NDArray[np.float64]

EAST_WEST_NAMES = (
    "滨河南路",
    "沿山街",
    "漪水街",
    "岚漪大街",
    "东西大街",
    "文昌街",
    "育才街",
    "北环街",
    "坡底街",
    "后山街",
)
NORTH_SOUTH_NAMES = (
    "西环路",
    "兴岚路",
    "新建路",
    "团结路",
    "胜利路",
    "人民路",
    "迎宾路",
    "建设路",
    "光明路",
    "站前路",
    "东环路",
)


@dataclass(frozen=True)
class Street:
    """A street of the town in metres; `kind` is main, street or lane."""

    line: LineString
    kind: str
    name: str


@dataclass(frozen=True)
class Block:
    """A block between streets: its outline (metres, a quad or the half of one), place in the net,
    the side of the town it belongs to, the course of its south front in radians, and the area
    houses can stand on.
    """

    column: int
    row: int
    polygon: Polygon
    side: Side
    angle: float
    room_m2: float

    @property
    def is_corner(self) -> bool:
        """Whether this is a half quad on the edge of the town."""
        return len(self.polygon.exterior.coords) == 4


@dataclass(frozen=True)
class TownNet:
    """The built-up town. `river` is the main river within it, west to east; `entries` (n, 2) are
    the places on its edge where roads from outside come in.
    """

    blocks: tuple[Block, ...]
    streets: tuple[Street, ...]
    river: LineString
    outline: Polygon
    entries: Floats


def lay_out_town(
    town: TownInput, river: LineString, center: Floats, rng: np.random.Generator
) -> TownNet:
    """A street net along `river` (metres, flowing east to west) around `center`."""
    axis = LineString(river.coords[::-1])
    middle = axis.project(shapely.Point(center))
    columns = _spaced(-town.length_m / 2, town.length_m / 2, 128.0, 186.0, rng)
    north = _spaced(0.0, town.north_m, 112.0, 158.0, rng)
    south = _spaced(0.0, town.south_m, 100.0, 130.0, rng)
    rows = np.concatenate([-south[:0:-1], north])
    zero = south.size - 1
    nodes = _nodes(axis, middle, columns, rows, zero, rng)
    built = _built(columns, rows, zero, town, rng)
    water = np.flatnonzero(built[:, zero - 1 : zero + 1].any(axis=1))
    bank = LineString(nodes[water.min() : water.max() + 2, zero])
    shapes = {(int(i), int(j)): _quad(nodes, i, j) for i, j in zip(*np.nonzero(built), strict=True)}
    shapes |= _corners(nodes, built)
    dry = bank.buffer(RIVERSIDE_M)
    blocks = tuple(
        Block(
            column=i,
            row=j,
            polygon=shape,
            side=_side(columns[i : i + 2].mean(), rows[j : j + 2].mean(), town),
            angle=_course(nodes, i, j),
            room_m2=float(shape.difference(dry).buffer(-8.0).area),
        )
        for (i, j), shape in sorted(shapes.items())
    )
    outline = _hull([block.polygon for block in blocks])
    streets = tuple(_streets(nodes, built, zero, rng) + _edge_lanes(blocks))
    return TownNet(blocks, streets, bank, outline, _entries(streets, outline))


def _hull(quads: list[Polygon]) -> Polygon:
    joined = shapely.coverage_union_all(quads)
    if not isinstance(joined, Polygon):
        joined = max(shapely.get_parts(joined), key=lambda part: float(part.area))
    return Polygon(joined.exterior)


def _spaced(start: float, end: float, low: float, high: float, rng: np.random.Generator) -> Floats:
    count = max(2, int((end - start) / ((low + high) / 2)))
    gaps = rng.uniform(low, high, count)
    return start + np.concatenate([[0.0], np.cumsum(gaps) * (end - start) / gaps.sum()])


def _nodes(
    axis: LineString,
    middle: float,
    columns: Floats,
    rows: Floats,
    zero: int,
    rng: np.random.Generator,
) -> Floats:
    """(columns, rows, 2) corners in metres; row `zero` lies on the river."""
    s, t = np.meshgrid(columns, rows, indexing="ij")
    fade = np.clip(np.abs(t) / 120.0, 0.0, 1.0)
    s = s * (1.0 - 0.00012 * np.clip(t, 0.0, None))
    phase = rng.uniform(0, 2 * np.pi, 4)
    s = s + fade * (34 * np.sin(t / 300 + phase[0]) + 24 * np.sin(s / 310 + t / 420 + phase[1]))
    t = t + fade * (30 * np.sin(s / 430 + phase[2]) + 16 * np.sin(s / 170 - t / 300 + phase[3]))
    s, t = s + fade * rng.normal(0, 5.0, s.shape), t + fade * rng.normal(0, 5.0, t.shape)
    foot = shapely.get_coordinates(shapely.line_interpolate_point(axis, (middle + s).ravel()))
    reach = 700.0
    ahead = shapely.get_coordinates(
        shapely.line_interpolate_point(axis, (middle + s + reach).ravel())
    )
    behind = shapely.get_coordinates(
        shapely.line_interpolate_point(axis, (middle + s - reach).ravel())
    )
    tangent = (ahead - behind) / np.linalg.norm(ahead - behind, axis=1, keepdims=True)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    place: Floats = (foot + normal * t.ravel()[:, None]).reshape(*s.shape, 2)
    return place


def _built(
    columns: Floats, rows: Floats, zero: int, town: TownInput, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which quads are built on: a lens along the river with a frayed edge."""
    s = (columns[:-1] + columns[1:])[:, None] / 2 / (town.length_m / 2)
    t = (rows[:-1] + rows[1:])[None, :] / 2
    north = np.clip(t / town.north_m, 0, None)
    south = np.clip(-t / town.south_m, 0, None)
    wobble = np.cumsum(rng.normal(0, 0.045, s.shape[0]))
    edge = 1.06 - 0.75 * np.abs(s) ** 2.6 + (wobble - wobble.mean())[:, None]
    built: NDArray[np.bool_] = (north < edge) & (south < edge * 1.05 - 0.25 * np.abs(s))
    built[:, zero] = True
    built[:, zero + 1] |= built[:, zero + 2]
    return built


def _quad(nodes: Floats, i: int, j: int) -> Polygon:
    return Polygon([nodes[i, j], nodes[i + 1, j], nodes[i + 1, j + 1], nodes[i, j + 1]])


def _course(nodes: Floats, i: int, j: int) -> float:
    course = nodes[i + 1, j] - nodes[i, j] + nodes[i + 1, j + 1] - nodes[i, j + 1]
    return float(np.arctan2(course[1], course[0]))


def _corners(nodes: Floats, built: NDArray[np.bool_]) -> dict[tuple[int, int], Polygon]:
    """Half quads in the steps of the town's edge, so that the edge runs aslant."""
    padded = np.pad(built, 1)
    found: dict[tuple[int, int], Polygon] = {}
    for i, j in zip(*np.nonzero(~built), strict=True):
        west, east = padded[i, j + 1], padded[i + 2, j + 1]
        south, north = padded[i + 1, j], padded[i + 1, j + 2]
        if west == east or south == north or (i - 1, j) in found or (i, j - 1) in found:
            continue
        ring = [nodes[i, j], nodes[i + 1, j], nodes[i + 1, j + 1], nodes[i, j + 1]]
        far = (2 if south else 1) if west else (3 if south else 0)
        del ring[far]
        found[int(i), int(j)] = Polygon(ring)
    return found


def _edge_lanes(blocks: tuple[Block, ...]) -> list[Street]:
    """A lane along the open side of every half quad, its longest."""
    lanes = []
    for block in blocks:
        if block.is_corner:
            ring = block.polygon.exterior.coords
            sides = [LineString(ring[k : k + 2]) for k in range(3)]
            lanes.append(Street(max(sides, key=lambda side: side.length), "lane", "环城路"))
    return lanes


def _side(s: float, t: float, town: TownInput) -> Side:
    if t < 0:
        return "south"
    if t > 0.66 * town.north_m:
        return "north"
    if abs(s) < 0.29 * town.length_m:
        return "core"
    return "east" if s > 0 else "west"


def _streets(
    nodes: Floats, built: NDArray[np.bool_], zero: int, rng: np.random.Generator
) -> list[Street]:
    """Streets follow the net wherever a block lies beside them; the river row carries bridges, no
    street, and about every fourth stretch of a lane between two blocks was never opened.
    """
    return _along(nodes, built, zero, rng) + _across(nodes, built, zero, rng)


def _along(
    nodes: Floats, built: NDArray[np.bool_], zero: int, rng: np.random.Generator
) -> list[Street]:
    padded = np.pad(built, 1)
    result = []
    for j in range(nodes.shape[1]):
        if j == zero:
            continue
        south, north = padded[1:-1, j], padded[1:-1, j + 1]
        kind = "main" if j == zero + 2 else "street" if (j - zero) % 2 == 0 else "lane"
        name = EAST_WEST_NAMES[(j - zero + 1) % len(EAST_WEST_NAMES)]
        opened = (south | north) & ~_unopened(south & north, kind, rng)
        result += [Street(LineString(nodes[a : b + 1, j]), kind, name) for a, b in _runs(opened)]
    return result


def _across(
    nodes: Floats, built: NDArray[np.bool_], zero: int, rng: np.random.Generator
) -> list[Street]:
    padded = np.pad(built, 1)
    columns = nodes.shape[0]
    bridges = {columns // 2, columns // 4, 3 * columns // 4}
    result = []
    for i in range(columns):
        west, east = padded[i, 1:-1], padded[i + 1, 1:-1]
        kind = "street" if i in bridges or i % 2 == 0 else "lane"
        kind = "main" if i == columns // 2 else kind
        name = NORTH_SOUTH_NAMES[i * len(NORTH_SOUTH_NAMES) // columns]
        opened = (west | east) & ~_unopened(west & east, kind, rng)
        if i not in bridges:
            opened[zero - 1 : zero + 1] = False
        result += [Street(LineString(nodes[i, a : b + 1]), kind, name) for a, b in _runs(opened)]
    return result


def _unopened(inner: NDArray[np.bool_], kind: str, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which stretches of a lane are missing."""
    return inner & (rng.random(inner.size) < 0.26) & (kind == "lane")


def _entries(streets: tuple[Street, ...], outline: Polygon) -> Floats:
    """For each end of a main street the nearest end of any street that lies on the town's edge."""
    ends = np.asarray([end for s in streets for end in (s.line.coords[0], s.line.coords[-1])])
    on_edge = ends[shapely.distance(outline.exterior, shapely.points(ends)) < 0.5]
    mains = [s.line for s in streets if s.kind == "main"]
    wanted = np.asarray([end for line in mains for end in (line.coords[0], line.coords[-1])])
    gap = np.hypot(*(on_edge[None] - wanted[:, None]).transpose(2, 0, 1))
    return np.asarray(on_edge[np.unique(np.argmin(gap, axis=1))], dtype=np.float64)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edge = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edge.reshape(-1, 2)]
