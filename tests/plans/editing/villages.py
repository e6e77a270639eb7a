"""Villages of every awkward kind, each from a seed: faces of a net, grids inside grids, gaps.

About a kilometre wide, near 岢岚, in EPSG:4490; neighbours share their vertices to the last bit.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.random import Generator
from shapely import LineString, MultiPolygon, Point, Polygon

from gridmap.plans.editing import Division, Footprints

MIDDLE = np.array([111.57, 38.70])
DEGREES_PER_METRE = np.array([1.15e-5, 9.0e-6])


def lonlat(xy: np.ndarray) -> np.ndarray:
    """Metres from the middle of the village (to 0.1 %) in degrees."""
    return MIDDLE + np.asarray(xy) * DEGREES_PER_METRE


def voronoi(rng: Generator, grids: int) -> list[LineString]:
    """Cells around random points, cut off by a crooked outline."""
    seeds = shapely.multipoints(rng.uniform(-500, 500, (grids, 2)))
    edges = shapely.voronoi_polygons(seeds, only_edges=True)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 12))
    radii = rng.uniform(350, 520, 12)
    outline = Polygon(np.c_[np.cos(angles), np.sin(angles)] * radii[:, None]).buffer(60)
    faces = shapely.polygonize([shapely.unary_union([outline.exterior, edges])])
    inside = shapely.contains(outline, shapely.point_on_surface(shapely.get_parts(faces)))
    return list(shapely.boundary(shapely.get_parts(faces)[inside]))


def streets(rng: Generator, grids: int) -> list[LineString]:
    """A net of streets, nearly at right angles, with a vertex now and then between crossings."""
    n = max(2, round(grids**0.5))
    knots = np.stack(np.meshgrid(np.linspace(-500, 500, n + 1), np.linspace(-400, 400, n + 1)), -1)
    knots[1:-1, 1:-1] += rng.uniform(-60, 60, knots[1:-1, 1:-1].shape)
    lines = []
    for row in (*knots, *knots.swapaxes(0, 1)):
        for one, other in pairwise(row):
            middle = (one + other) / 2 + rng.uniform(-15, 15, 2)
            lines.append(LineString([one, middle, other]))
    return lines


def village(rng: Generator, kind: str, grids: int, holes: int, gaps: int) -> Division:
    """A village of about so many grids, some inside another one, with some land in none."""
    net = shapely.unary_union((voronoi if kind == "voronoi" else streets)(rng, grids))
    degrees = shapely.transform(net, lonlat)
    faces = list(shapely.get_parts(shapely.polygonize(shapely.get_parts(degrees))))
    outline = shapely.coverage_union_all(faces)
    for face in sorted(faces, key=shapely.area)[-holes:] if holes else ():
        inner = _inside(rng, face)
        faces.remove(face)
        faces += [Polygon(face.exterior, [inner.exterior]), inner]
    order = rng.permutation(len(faces))[min(gaps, len(faces) - 1) :]
    shapes = {f"{number:03}": MultiPolygon([faces[i]]) for number, i in enumerate(order, start=1)}
    assert shapely.coverage_is_valid(list(shapes.values()))
    return Division(outline, shapes)


def buildings(rng: Generator, division: Division, count: int) -> Footprints:
    """Houses of some ten metres; a few stand on a border from the beginning."""
    west, south, east, north = shapely.bounds(division.village)
    anchors = rng.uniform((west, south), (east, north), (count, 2))
    anchors = anchors[shapely.contains_xy(division.village, anchors)]
    sizes = rng.uniform(3, 9, (len(anchors), 2)) * DEGREES_PER_METRE
    shapes = shapely.box(*(anchors - sizes).T, *(anchors + sizes).T)
    return Footprints(np.asarray(shapes), anchors, rng.integers(0, 30, len(anchors)))


def _inside(rng: Generator, face: Polygon) -> Polygon:
    """A grid of its own kind in the middle of another one: a school, a market."""
    middle = shapely.point_on_surface(face)
    reach = shapely.distance(middle, face.exterior) * 0.8
    third = 2 * np.pi / 6
    angles = (np.arange(6) + rng.uniform(0, 0.9, 6)) * third
    return Polygon([(middle.x + reach * np.cos(a), middle.y + reach * np.sin(a)) for a in angles])


def free_places(division: Division) -> Sequence[Point]:
    """A place in each gap that is more than rounding."""
    bare = shapely.difference(division.village, shapely.union_all(list(division.shapes.values())))
    return [
        shapely.point_on_surface(part)
        for part in shapely.get_parts(bare)
        if shapely.area(part) > 1e-9
    ]
