"""Sites for settlements: where the land invites, and how to draw some of them well apart."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from gridmap.demo.terrain import Terrain

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def valley_floor(terrain: Terrain, cell: int) -> int:
    """The cell on the floor of the largest valley within 1.5 km of `cell`."""
    place = terrain.frame.place(np.asarray([cell]))[0]
    x, y = terrain.frame.centres()
    near = np.flatnonzero(terrain.inside & (np.hypot(x - place[0], y - place[1]) < 1500.0))
    dry = near[(terrain.above_water[near] > 2.0) & (terrain.above_water[near] < 14.0)]
    pool = dry if dry.size else near
    return int(pool[np.argmax(terrain.stream[pool])])


def suitability(terrain: Terrain, town: Polygon, township: Ints) -> Floats:
    """How inviting each cell is for a settlement (0 = none), flat: just above a lasting stream,
    away from borders.
    """
    above, stream = terrain.above_water, terrain.stream
    fit = np.exp(-(((above - 9.0) / 9.0) ** 2)) * np.log1p(stream / 60.0)
    fit[(above < 1.5) | (above > 45.0) | (terrain.drained > 60) | (township < 0)] = 0.0
    x, y = terrain.frame.centres()
    fit[~_heartland(township.reshape(terrain.frame.rows, terrain.frame.columns), 6).ravel()] = 0.0
    fit[shapely.contains_xy(town.buffer(450.0), x, y)] = 0.0
    return np.asarray(fit, dtype=np.float64)


def _heartland(label: Ints, depth: int) -> NDArray[np.bool_]:
    """Cells at least `depth` cells away from any other label."""
    same = np.zeros(label.shape, dtype=bool)
    same[1:-1, 1:-1] = (
        (label[1:-1, 1:-1] == label[:-2, 1:-1])
        & (label[1:-1, 1:-1] == label[2:, 1:-1])
        & (label[1:-1, 1:-1] == label[1:-1, :-2])
        & (label[1:-1, 1:-1] == label[1:-1, 2:])
    )
    for _ in range(depth - 1):
        core = same.copy()
        core[1:] &= same[:-1]
        core[:-1] &= same[1:]
        core[:, 1:] &= same[:, :-1]
        core[:, :-1] &= same[:, 1:]
        same = core
    return same


def scatter(
    terrain: Terrain,
    fit: Floats,
    count: int,
    taken: list[int],
    rng: np.random.Generator,
    cells: int,
) -> list[int]:
    """`count` cells drawn by `fit`, kept as far from each other and from `taken` as the land
    (`cells`) allows; where nothing is inviting any cell that is not closed (below 0) will do.
    """
    pool = np.flatnonzero(fit > 0)
    if pool.size < count:
        pool = np.union1d(pool, rng.choice(np.flatnonzero(fit >= 0), count, replace=False))
    keys = rng.random(pool.size) ** (1.0 / (fit[pool] ** 2 + 1e-9))
    pool = pool[np.argsort(-keys)]
    places = terrain.frame.place(pool)
    spacing = 0.95 * terrain.frame.cell * float(np.sqrt(cells / max(count, 1)))
    start = terrain.frame.place(np.asarray(taken, dtype=np.int64)) if taken else np.empty((0, 2))
    while True:
        kept = start
        chosen: list[int] = []
        for cell, place in zip(pool.tolist(), places, strict=True):
            if len(chosen) == count:
                break
            if kept.size == 0 or np.min(np.hypot(*(kept - place).T)) >= spacing:
                kept = np.vstack([kept, place])
                chosen.append(cell)
        if len(chosen) == count:
            return chosen
        spacing *= 0.9


def along_the_valley(terrain: Terrain, own: Floats, seed: int, count: int) -> list[int]:
    """Up to `count` further parts of the main settlement, 350 to 700 m apart on the same valley
    floor.
    """
    chosen: list[int] = []
    pool = np.flatnonzero(own > 0)
    places = terrain.frame.place(pool)
    for _ in range(count):
        kept = terrain.frame.place(np.asarray([seed, *chosen]))
        gap = np.min(np.hypot(*(places[:, None, :] - kept[None]).transpose(2, 0, 1)), axis=1)
        near = np.flatnonzero((gap > 350.0) & (gap < 700.0))
        if not near.size:
            break
        chosen.append(int(pool[near[np.argmax(own[pool[near]])]]))
    return chosen
