"""Random villages, buildings and barriers: the cells always tile, and hold their footprints."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.balancing.ground import build
from tests.balancing.ground.tiling import (
    CRS,
    assert_covered,
    assert_tiles,
    at,
    barriers,
    rectangle,
    villages,
)

KINDS = ["street", "arterial", "river", "railway"]


def random_villages(rng: np.random.Generator, size: float) -> gpd.GeoDataFrame:
    """A square cut into a few villages, sometimes with a hole."""
    count = int(rng.integers(1, 5))
    seeds = shapely.MultiPoint(rng.uniform(0, size, (count, 2)) + at(0, 0))
    whole = rectangle(0, 0, size, size)
    if count == 1 and rng.random() < 0.5:
        whole = shapely.difference(whole, rectangle(*(size * np.array([0.4, 0.45, 0.5, 0.52]))))
    cuts = [whole]
    if count > 1:
        diagram = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=whole))
        lines = shapely.union_all(
            [shapely.boundary(whole), *shapely.intersection(shapely.boundary(diagram), whole)],
            grid_size=1e-6,
        )
        faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
        cuts = [face for face in faces if whole.contains(face.representative_point())]
    return villages(**{f"V{number}": shape for number, shape in enumerate(cuts)})


def random_buildings(rng: np.random.Generator, size: float, count: int) -> gpd.GeoDataFrame:
    """Turned rectangles, points, buildings of two parts; some overlap, some stand across lines."""
    shapes: list[shapely.Geometry] = []
    for _ in range(count):
        x, y = rng.uniform(0.02 * size, 0.98 * size, 2)
        half = rng.uniform(1, 9, 2)
        one = rectangle(x - half[0], y - half[1], x + half[0], y + half[1])
        turned = shapely.affinity.rotate(one, rng.uniform(0, 90))
        draw = rng.random()
        if draw < 0.2:
            shapes.append(shapely.Point(at(x, y)))
        elif draw < 0.25:
            shapes.append(shapely.union(turned, shapely.affinity.translate(turned, 40, 15)))
        else:
            shapes.append(turned)
    return gpd.GeoDataFrame(geometry=shapes, crs=CRS)


def random_barriers(rng: np.random.Generator, size: float, count: int) -> gpd.GeoDataFrame:
    rows = []
    for _ in range(count):
        bends = rng.uniform(-0.1 * size, 1.1 * size, (int(rng.integers(2, 6)), 2)) + at(0, 0)
        rows.append((str(rng.choice(KINDS)), shapely.LineString(bends)))
    return barriers(*rows)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32),
    size=st.sampled_from([60.0, 300.0, 4000.0]),
    count=st.integers(1, 60),
    lines=st.integers(0, 14),
)
def test_random_cells_tile_their_villages_and_hold_their_footprints(
    seed: int, size: float, count: int, lines: int
) -> None:
    rng = np.random.default_rng(seed)
    territory = random_villages(rng, size)
    homes = random_buildings(rng, size, count)
    streets = random_barriers(rng, size, lines)
    ground = build(homes, territory, streets)
    assert_tiles(ground, territory, single=False)
    reached = shapely.dwithin(homes.geometry, shapely.union_all(territory.geometry), 20)
    homes = homes[reached]
    assert list(ground.cells.index) == list(homes.index)
    # A point is given a square of 0.2 m, which may lie on a footprint beside it.
    near = shapely.STRtree(homes.geometry).query(homes.geometry, predicate="dwithin", distance=0.2)
    alone = np.bincount(near[0], minlength=len(homes)) == 1
    if alone.any():
        assert_covered(ground.cells[alone], homes, territory)
    pd.testing.assert_frame_equal(ground.cells, build(homes, territory, streets).cells)
