"""The territory and the points of the benchmark: made from a seed, the same for every engine."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEST, SOUTH, KILOMETRE = 111.2, 38.4, 0.01  # near Kelan; a grid is about a kilometre wide


@dataclass(frozen=True)
class Made:
    """A coverage: polygons in EPSG:4490 and their codes, neighbours sharing every vertex."""

    polygons: NDArray[np.object_]
    codes: list[str]
    vertices: int


def make_territory(grids: int, vertices: int, seed: int = 1) -> Made:
    """`grids` grids with winding borders and `vertices` vertices each, in a rough square."""
    rng = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(grids)))
    rows = int(np.ceil(grids / columns))
    steps = max(1, round(vertices / 4))
    knots = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), -1)
    knots += rng.uniform(-0.22, 0.22, knots.shape)
    across = _sides(rng, knots[:, :-1], knots[:, 1:], steps)
    along = _sides(rng, knots[:-1], knots[1:], steps)
    outline = np.concatenate(
        [across[:-1], along[:, 1:], across[1:, :, ::-1], along[:, :-1, ::-1]], axis=2
    )
    # Each side brings both its ends; the next begins where it ended.
    keep = np.ones(outline.shape[2], dtype=bool)
    keep[steps + 1 :: steps + 1] = False
    outline = outline[:, :, keep].reshape(rows * columns, -1, 2)[:grids]
    polygons = shapely.polygons(outline * KILOMETRE + (WEST, SOUTH))
    codes = [f"1409291{n // 999:05d}{n % 999 + 1:03d}" for n in range(grids)]
    return Made(np.asarray(polygons), codes, grids * outline.shape[1])


def _sides(rng: np.random.Generator, start: Floats, end: Floats, steps: int) -> Floats:
    """Winding lines from start to end, shape (…, steps + 1, 2): waves that fade at both ends."""
    t = np.linspace(0, 1, steps + 1)
    wander = np.zeros((*start.shape[:-1], steps + 1))
    for wave in (1, 2, 4, 8):
        size = rng.uniform(-0.11, 0.11, (*start.shape[:-1], 1)) / wave
        wander += size * np.sin(np.pi * wave * t) * np.sin(np.pi * t)
    along = (end - start)[..., None, :]
    aside = np.stack([-along[..., 1], along[..., 0]], -1)
    line = start[..., None, :] + along * t[:, None] + aside * wander[..., None]
    line[..., 0, :], line[..., -1, :] = start, end
    return line


def make_points(made: Made, n: int, seed: int = 2) -> tuple[Floats, Floats]:
    """`n` points: four of five in hot spots, about one of seven outside every grid."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(made.polygons)
    size = np.array([east - west, north - south])
    spots = rng.uniform(-0.02, 1.02, (60, 2)) * size + (west, south)
    xy = spots[rng.integers(0, len(spots), n)] + rng.normal(0, 0.015, (n, 2)) * size
    far = rng.random(n) < 0.2
    xy[far] = rng.uniform(-0.15, 1.15, (int(far.sum()), 2)) * size + (west, south)
    return xy[:, 0].copy(), xy[:, 1].copy()
