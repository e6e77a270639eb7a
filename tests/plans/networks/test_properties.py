"""Random towns and networks: the result always tiles, loses nobody, and is the same again."""

from typing import Any

import numpy as np
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.random import Generator

from gridmap.plans.networks import Buildings, NetworkGrid, merge_networks
from tests.geo.coverages import organic, placed
from tests.plans.networks.towns import METRE, assert_sums, assert_tiles, digitised

SCALE = 0.003  # degrees from knot to knot: some 300 m


def town(rng: Generator, n: int) -> tuple[list[Any], dict[str, Any]]:
    """Blocks, and two villages made of them, west and east."""
    blocks = placed(organic(rng, n, 4), SCALE, 111.5, 38.7)
    blocks.sort(key=lambda block: block.centroid.x)
    west, east = blocks[: len(blocks) // 2], blocks[len(blocks) // 2 :]
    return blocks, {
        f"14092910020{at}": shapely.coverage_union_all(part)
        for at, part in enumerate((west, east), start=1)
    }


def department(rng: Generator, blocks: list[Any], kind: str) -> list[NetworkGrid]:
    """Blocks put together at random; digitised anew, or not caring for blocks at all."""
    if kind == "free":
        spots = shapely.points(
            rng.uniform(0, 1, (6, 2)) * np.ptp(shapely.total_bounds(blocks).reshape(2, 2), axis=0)
            + shapely.total_bounds(blocks)[:2]
        )
        hull = shapely.box(*shapely.total_bounds(blocks))
        cells = shapely.voronoi_polygons(shapely.multipoints(spots), extend_to=hull)
        made = [shapely.intersection(cell, hull) for cell in shapely.get_parts(cells)]
    else:
        owner = rng.integers(0, max(2, len(blocks) // 2), len(blocks))
        made = [
            shapely.union_all([b for b, o in zip(blocks, owner, strict=True) if o == n])
            for n in np.unique(owner)
        ]
        if kind == "unsteady":
            made = [digitised(shape, rng, rng.uniform(0.5, 4)) for shape in made]
        if kind == "gappy":
            made = [digitised(shape, rng, 1) for shape in made if rng.random() < 0.7] or made[:1]
    land = shapely.buffer(shapely.union_all(blocks), -5 * METRE)
    real = [shape for shape in made if shapely.is_valid(shape) and shapely.intersects(shape, land)]
    return [NetworkGrid(f"{kind}{n}", shape) for n, shape in enumerate(real)]


def houses(rng: Generator, ground: Any, number: int) -> Buildings:
    """Houses anywhere, whole inside the ground or not."""
    west, south, east, north = ground.bounds
    xy = np.column_stack([rng.uniform(west, east, number), rng.uniform(south, north, number)])
    size = rng.uniform(5, 15, (number, 2)) * METRE
    shapes = shapely.box(*(xy - size).T, *(xy + size).T)
    households = rng.integers(0, 30, number)
    return Buildings(xy, households, households * 2, np.asarray(shapes, dtype=object))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 5),
    kinds=st.lists(st.sampled_from(["exact", "unsteady", "gappy", "free"]), min_size=1, max_size=4),
    tolerance_m=st.sampled_from([1.0, 5.0, 12.0]),
)
def test_whatever_the_networks_the_result_tiles_every_village_and_loses_nobody(
    seed: int, n: int, kinds: list[str], tolerance_m: float
) -> None:
    rng = np.random.default_rng(seed)
    blocks, villages = town(rng, n)
    assume(len(blocks) >= 4)
    networks = {f"{k}-{at}": department(rng, blocks, k) for at, k in enumerate(kinds)}
    buildings = houses(rng, shapely.union_all(blocks), 60)
    options: dict[str, Any] = {"size": (60, 200), "tolerance_m": tolerance_m}
    found = merge_networks(networks, villages, buildings, **options)

    assert_tiles(found, villages)
    assert_sums(found)
    inside = shapely.intersects(
        shapely.union_all(list(villages.values())), shapely.points(buildings.anchors)
    )
    assert sum(grid.buildings for grid in found.grids) == inside.sum()
    assert sum(grid.households for grid in found.grids) == buildings.households[inside].sum()
    assert found.homeless == (~inside).sum()
    assert buildings.footprints is not None
    for village, outline in villages.items():
        own = np.array([grid.shape for grid in found.grids if grid.village == village])
        for house in shapely.intersection(buildings.footprints, outline):
            for part in shapely.get_parts(house):
                cut = shapely.area(shapely.intersection(own, part)) > 1e-6 * METRE**2
                assert cut.sum() <= 1 or len(shapely.get_parts(house)) > 1
    for grid in found.grids:
        assert (grid.reason is None) == (60 <= grid.households <= 200)
    again = merge_networks(networks, villages, buildings, **options)
    assert [shapely.to_wkb(g.shape) for g in again.grids] == [
        shapely.to_wkb(g.shape) for g in found.grids
    ]
    assert again.crosswalk == found.crosswalk
