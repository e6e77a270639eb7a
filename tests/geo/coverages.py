"""Territories of every awkward kind, each from a seed; and territories that are no coverage."""

from collections.abc import Callable

import numpy as np
import shapely
from numpy.random import Generator
from shapely import LineString, MultiPolygon, Polygon, affinity, box

Polygons = list[shapely.Geometry]


def faces(lines: list[LineString]) -> Polygons:
    """The faces that these lines enclose: neighbours share their vertices to the last bit."""
    return list(shapely.get_parts(shapely.polygonize([shapely.unary_union(lines)])))


def rough(rng: Generator, a: np.ndarray, b: np.ndarray, steps: int, share: float) -> LineString:
    """A line from a to b that wanders off by at most `share` of its length."""
    t = np.linspace(0, 1, steps + 1)[:, None]
    line = a + (b - a) * t
    line[1:-1] += rng.uniform(-share, share, (steps - 1, 2)) * np.hypot(*(b - a))
    return LineString(line)


def organic(rng: Generator, n: int = 8, steps: int = 6, share: float = 0.06) -> Polygons:
    """Like villages: a net of jittered knots, joined by rough lines."""
    knots = np.stack(np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0)), -1)
    knots += rng.uniform(-0.3, 0.3, knots.shape)
    east = [rough(rng, knots[i, j], knots[i, j + 1], steps, share) for i, j in np.ndindex(n + 1, n)]
    north = [
        rough(rng, knots[i, j], knots[i + 1, j], steps, share) for i, j in np.ndindex(n, n + 1)
    ]
    return faces(east + north)


def merged(rng: Generator, parts: Polygons, grids: int) -> Polygons:
    """Each part given to one of the grids at random: exclaves, holes, and touching at points."""
    owner = rng.integers(0, grids, len(parts))
    groups = [[p for p, o in zip(parts, owner, strict=True) if o == g] for g in range(grids)]
    return [shapely.coverage_union_all(group) for group in groups if group]


def placed(polygons: Polygons, scale: float, x: float, y: float) -> Polygons:
    """The same territory elsewhere; equal vertices stay equal."""
    return [shapely.transform(p, lambda c: c * scale + (x, y)) for p in polygons]


def fishnet(rng: Generator) -> Polygons:
    return [box(i, j, i + 1, j + 1) for i, j in np.ndindex(9, 7)]


def turned_fishnet(rng: Generator) -> Polygons:
    lines = [LineString([(i, 0), (i, 9)]) for i in range(10)]
    lines += [LineString([(0, i), (9, i)]) for i in range(10)]
    return faces([affinity.rotate(line, 33.3, origin=(0, 0)) for line in lines])


def bricks(rng: Generator) -> Polygons:
    """T-junctions: the neighbour above and below has no vertex where a joint meets it."""
    return [box(2 * i + j % 2, j, 2 * i + j % 2 + 2, j + 1) for i, j in np.ndindex(6, 8)]


def slanted_bricks(rng: Generator) -> Polygons:
    """T-junctions on slanted lines, exactly on them."""
    shear = np.array([[2, 1], [1, 3]])
    return [shapely.transform(p, lambda c: c @ shear) for p in bricks(rng)]


def villages(rng: Generator) -> Polygons:
    return organic(rng)


def county(rng: Generator) -> Polygons:
    """A county in degrees, to the seven decimals of a survey."""
    moved = placed(organic(rng, 7), 0.01, 111.4, 38.6)
    return faces([shapely.boundary(p) for p in shapely.set_precision(moved, 1e-7)])


def exclaves(rng: Generator) -> Polygons:
    return merged(rng, organic(rng, 9, 4), 20)


def few_of_many_parts(rng: Generator) -> Polygons:
    return merged(rng, fishnet(rng), 4)


def with_missing_grids(rng: Generator) -> Polygons:
    return [p for p in organic(rng) if rng.random() < 0.7]


def checkerboard(rng: Generator) -> Polygons:
    """Grids that touch only at points."""
    return [box(i, j, i + 1, j + 1) for i, j in np.ndindex(8, 8) if (i + j) % 2]


def gaps(rng: Generator) -> Polygons:
    return [p.buffer(-0.01 * rng.random(), join_style="mitre") for p in organic(rng, 6)]


def rings(rng: Generator) -> Polygons:
    """Grids around grids: holes filled by others, down to the middle."""
    discs = [shapely.Point(0.3, 0.7).buffer(r, quad_segs=5) for r in range(1, 9)]
    hulls = [shapely.get_exterior_ring(d).coords for d in discs]
    holes = [[]] + [[hull] for hull in hulls[:-1]]
    return [Polygon(hull, hole) for hull, hole in zip(hulls, holes, strict=True)]


def enclaves(rng: Generator) -> Polygons:
    """Little grids inside of large ones, some touching their border."""
    parts = fishnet(rng)
    inner = [affinity.scale(p, 0.5, 0.5, origin=p.centroid) for p in parts[::3]]
    corner = [affinity.scale(p, 0.25, 0.25, origin=p.exterior.coords[0]) for p in parts[1::3]]
    outer = [p.difference(q) for p, q in zip(parts[::3], inner, strict=True)]
    rest = [p.difference(q) for p, q in zip(parts[1::3], corner, strict=True)]
    return [*outer, *inner, *rest, *corner, *parts[2::3]]


def slivers(rng: Generator) -> Polygons:
    """A fan of needles that all end in one point."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, 200))
    rim = np.stack([np.cos(angle), np.sin(angle)], -1) * rng.uniform(1, 3, (200, 1))
    return [Polygon([(0, 0), rim[i], rim[(i + 1) % 200]]) for i in range(200)]


def thin_strips(rng: Generator) -> Polygons:
    """Strips thinner than a micrometre, leaning a little."""
    x = np.cumsum(rng.uniform(1e-12, 1e-9, 60)) + 1
    return [
        Polygon([(x[i], 0), (x[i + 1], 0), (x[i + 1] + 0.1, 5), (x[i] + 0.1, 5)]) for i in range(59)
    ]


def level_strips(rng: Generator) -> Polygons:
    """Long, flat strips: every side nearly level, some exactly."""
    y = np.cumsum(rng.uniform(1e-7, 1e-3, 40))
    return [
        Polygon([(0, y[i]), (9, y[i] + 1e-9), (9, y[i + 1] + 1e-9), (0, y[i + 1])])
        for i in range(39)
    ]


def around_zero(rng: Generator) -> Polygons:
    return [box(i, j, i + 1, j + 1) for i, j in np.ndindex(3, 3)] + placed(
        fishnet(rng), 1e-3, -9e-3, -7e-3
    )


def tiny_around_zero(rng: Generator) -> Polygons:
    return placed(organic(rng, 5), 1e-160, -2e-160, -2e-160)


def subnormal(rng: Generator) -> Polygons:
    return placed(fishnet(rng), 5e-324, 0, 0)


def metres(rng: Generator) -> Polygons:
    """A projected system: millions of metres, to the millimetre."""
    return placed(organic(rng, 6), 321.0, 37_543_210.125, 4_287_654.5)


def a_few_ulps(rng: Generator) -> Polygons:
    """Grids whose sides are a few doubles long."""
    return placed(fishnet(rng), 2.0**-44, 111.0, 38.0)


def town_in_province(rng: Generator) -> Polygons:
    """A dense town in the middle of a large, coarse territory."""
    around = [p for p in fishnet(rng) if not p.equals(box(4, 3, 5, 4))]
    return around + placed(fishnet(rng), 2.0**-11, 4.5, 3.5)


def triangle(rng: Generator) -> Polygons:
    return [Polygon(rng.uniform(0, 1, (3, 2)))]


def coast(rng: Generator) -> Polygons:
    """Few grids with thousands of vertices each."""
    return organic(rng, 2, 1500, 0.0006)


def comb(rng: Generator) -> Polygons:
    """Two grids with interlocked teeth."""
    teeth = np.repeat(np.arange(200.0), 2)
    saw = np.stack([teeth, np.tile([0.0, 5.0, 5.0, 0.0], 100)], -1)
    return [
        Polygon([(-1, -1), *saw, (200, -1)]),
        Polygon([(-1, -1), *saw, (200, -1), (200, 6), (-1, 6)]),
    ]


def spiral(rng: Generator) -> Polygons:
    t = np.linspace(0, 30, 900)
    arm = np.stack([t * np.cos(t), t * np.sin(t)], -1)
    return [Polygon([*arm, *(arm[::-1] * 1.03 + 0.01)]).buffer(0)]


def triangulation(rng: Generator) -> Polygons:
    points = shapely.MultiPoint(rng.uniform(0, 1, (150, 2)))
    return list(shapely.get_parts(shapely.delaunay_triangles(points)))


def antimeridian(rng: Generator) -> Polygons:
    west, east = placed(fishnet(rng), 0.25, 177.75, 60), placed(fishnet(rng), 0.25, -180, 60)
    return [MultiPolygon([west[-1], east[0]]), *west[:-1], *east[1:]]


def islands(rng: Generator) -> Polygons:
    """Far apart, with nothing between them."""
    centre = rng.uniform(-90, 90, (30, 2))
    return [affinity.translate(organic(rng, 2, 9, 0.05)[0], *(c * 2)) for c in centre]


def staircase(rng: Generator) -> Polygons:
    """Right angles only, as where borders follow a raster."""
    cells = merged(rng, [box(i, j, i + 1, j + 1) for i, j in np.ndindex(24, 24)], 40)
    return [part for cell in cells for part in shapely.get_parts(cell)]


COVERAGES: list[Callable[[Generator], Polygons]] = [
    *(
        fishnet,
        turned_fishnet,
        bricks,
        slanted_bricks,
        villages,
        county,
        exclaves,
        few_of_many_parts,
    ),
    *(with_missing_grids, checkerboard, gaps, rings, enclaves, slivers, thin_strips, level_strips),
    *(around_zero, tiny_around_zero, subnormal, metres, a_few_ulps, town_in_province, triangle),
    *(coast, comb, spiral, triangulation, antimeridian, islands, staircase),
]


def overlapping_boxes(rng: Generator) -> Polygons:
    corner, size = rng.uniform(0, 10, (40, 2)), rng.uniform(0.5, 3, (40, 2))
    return [box(*c, *(c + s)) for c, s in zip(corner, size, strict=True)]


def nested(rng: Generator) -> Polygons:
    return [box(-i, -i, i, i) for i in range(1, 12)]


def twins(rng: Generator) -> Polygons:
    parts = organic(rng, 4)
    return parts + parts[::2]


def crosses(rng: Generator) -> Polygons:
    """Strips that cross, each vertex outside of every other strip."""
    return [box(i, -1, i + 0.5, 9) for i in range(8)] + [box(-1, i, 9, i + 0.5) for i in range(8)]


def one_ulp_over(rng: Generator) -> Polygons:
    """Every grid reaches over its neighbour by one double."""
    up = np.nextafter
    return [box(i, j, up(i + 1, 99), up(j + 1, 99)) for i, j in np.ndindex(6, 6)]


def drawn_apart(rng: Generator) -> Polygons:
    """Neighbours drawn by different hands: each border twice, a little apart."""
    rings = [np.array(shapely.segmentize(p, 0.4).exterior.coords)[:-1] for p in fishnet(rng)]
    return [Polygon(ring + rng.uniform(-1e-3, 1e-3, ring.shape)) for ring in rings]


def a_map_over_another(rng: Generator) -> Polygons:
    return organic(rng, 6) + placed(organic(rng, 5), 1.1, 0.2, 0.1)


def touching_from_inside(rng: Generator) -> Polygons:
    """A grid inside another, sharing a vertex, a side, or a point of a side."""
    return [
        box(0, 0, 4, 4),
        Polygon([(0, 0), (1, 2), (2, 1)]),
        box(3, 1, 4, 2),
        Polygon([(2, 4), (1, 3), (3, 3)]),
        Polygon([(2, 5), (2, 4), (2, -1), (7, -1)]),
    ]


TANGLES: list[Callable[[Generator], Polygons]] = [
    *(overlapping_boxes, nested, twins, crosses, one_ulp_over, drawn_apart, a_map_over_another),
    touching_from_inside,
]
