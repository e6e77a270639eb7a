"""A whole county: 324 grids of each of four departments, in 36 villages."""

import time

import numpy as np
import pytest
import shapely

from gridmap.plans.networks import Buildings, NetworkGrid, merge_networks
from tests.geo.coverages import organic, placed
from tests.plans.networks.towns import assert_sums, assert_tiles, digitised

SIDE, VILLAGES = 18, 6


@pytest.mark.slow
def test_four_networks_of_a_county_become_one_in_a_minute() -> None:
    rng = np.random.default_rng(0)
    blocks = placed(organic(rng, SIDE, 8, 0.04), 0.008, 111.4, 38.6)
    west, south, east, north = shapely.total_bounds(blocks)
    village = [
        int((b.centroid.x - west) / (east - west) * VILLAGES) * 10
        + int((b.centroid.y - south) / (north - south) * VILLAGES)
        for b in blocks
    ]
    territory = {
        f"1409291{at:02}200": shapely.union_all(
            [b for b, v in zip(blocks, village, strict=True) if v == at]
        )
        for at in sorted(set(village))
    }
    networks = {
        name: [NetworkGrid(f"{n}", digitised(block, rng, metres)) for n, block in enumerate(blocks)]
        for name, metres in (("civil", 0.5), ("party", 2.0), ("city", 3.0), ("market", 40.0))
    }
    xy = rng.uniform((west, south), (east, north), (12_000, 2))
    households = rng.integers(0, 6, len(xy))
    houses = np.asarray(shapely.box(*(xy - 8e-5).T, *(xy + 8e-5).T), dtype=object)
    buildings = Buildings(xy, households, households * 2, houses)

    started = time.process_time()
    found = merge_networks(networks, territory, buildings, (60, 200), weights={"civil": 2})
    seconds = time.process_time() - started

    in_range = sum(village.in_range for village in found.villages)
    pieces = sum(village.pieces for village in found.villages)
    print(
        f"\n{len(blocks)} grids x {len(networks)} networks, {len(territory)} villages,"
        f" {len(xy):,} buildings: {seconds:.1f} s; {pieces} pieces, {len(found.grids)} grids,"
        f" {in_range} within the limits"
    )
    assert_tiles(found, territory)
    assert_sums(found)
    assert in_range > 0.9 * len(found.grids)
    assert seconds < 60
