"""`python -m benchmarks.assign.proof`: GridIndex against exact arithmetic, on ten million points.

The test suite checks some 11 million points of the same kinds; this goes on with other seeds until
as many points as asked have been compared, and ends with 1 at the first wrong answer. Points on
and beside borders are decided in whole numbers, the others by GEOS, and in whole numbers where
GEOS disagrees: on territories of 1e-160 degrees it runs out of exponents.
"""

import argparse
import sys
from itertools import count

import numpy as np

from gridmap import GridIndex
from tests.geo.coverages import COVERAGES, TANGLES, Polygons
from tests.geo.reference import Reference, anywhere, awkward_points, random_codes


def wrong_answers(
    polygons: Polygons, rng: np.random.Generator, awkward: int, many: int
) -> tuple[int, int, list[str]]:
    """Points compared near borders, points compared anywhere, and what was wrong."""
    codes = random_codes(rng, len(polygons))
    index, reference = GridIndex(polygons, codes), Reference(polygons, codes)
    lon, lat = awkward_points(rng, polygons, awkward)
    wrong = index.assign(lon, lat) != reference.assign_exactly(lon, lat)
    places = [f"({x.hex()}, {y.hex()})" for x, y in zip(lon[wrong], lat[wrong], strict=True)]
    far_lon, far_lat = anywhere(rng, polygons, many)
    answer = index.assign(far_lon, far_lat)
    doubtful = np.flatnonzero(answer != reference.assign(far_lon, far_lat))
    far_lon, far_lat = far_lon[doubtful], far_lat[doubtful]
    wrong = answer[doubtful] != reference.assign_exactly(far_lon, far_lat)
    places += [
        f"({x.hex()}, {y.hex()})" for x, y in zip(far_lon[wrong], far_lat[wrong], strict=True)
    ]
    return len(lon), many, places


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.assign.proof", description=__doc__)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    near = far = 0
    for seed in count(asked.seed):
        for kind in (*COVERAGES, *TANGLES):
            rng = np.random.default_rng(seed)
            some, more, wrong = wrong_answers(kind(rng), rng, 6_000, 250_000)
            near, far = near + some, far + more
            if wrong:
                print(f"WRONG: {kind.__name__}, seed {seed}: {wrong[:5]}")
                return 1
        print(f"seed {seed}: {near:,} points near borders, {far:,} anywhere: 0 wrong", flush=True)
        if near + far >= asked.points:
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
