"""Today's grids of a made town: drawn well for an earlier year, after which people moved.

Made without the search that is measured: villages are halved by straight sweeps, where the cut is
cheapest, along streets for the most part.
"""

from math import pi
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.balancing.cells import Units, units_of
from gridmap.balancing.intake import Asked, take
from gridmap.balancing.kernel import parts
from gridmap.balancing.problem import Contacts, Floats, Labels
from gridmap.balancing.villages import grids_for, problem_of

ANGLES = 4
SIZE = (300.0, 500.0)
BLOCKWISE = 0.5
"""How much a sweep takes a block whole rather than its buildings one by one."""

SLACK = 0.06
NEW_BLOCKS, LEFT_BLOCKS = 0.048, 0.05
GROWTH = 0.05


def grids_of_today(
    table: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
    block: NDArray[Any],
    rng: np.random.Generator,
) -> list[str]:
    """The code of each building's grid."""
    asked = Asked("households", "village", "compound", None)
    cells = take(table, None, barriers, None, asked).cells
    units = units_of(cells)
    earlier = np.bincount(units.of, _earlier(cells.households, cells.village, block, rng))
    spots = _spots(cells.shapes, units, block)
    label = np.zeros(len(units.weight), dtype=np.int64)
    grids = 0
    for village in range(len(units.bounds) - 1):
        here = slice(int(units.bounds[village]), int(units.bounds[village + 1]))
        weight = earlier[here]
        wanted = grids_for(float(weight.sum()), 0, SIZE)
        contacts = problem_of(units, village, SIZE).contacts
        local = _halved(contacts, weight, spots[here], min(wanted, len(weight)))
        label[here] = local + grids
        grids += int(local.max()) + 1
    return [f"P{one:05d}" for one in label[units.of].tolist()]


def _earlier(
    households: Floats, village: Labels, block: NDArray[Any], rng: np.random.Generator
) -> Floats:
    """How many households each building had then: some blocks are new, some villages grew."""
    grown = np.exp(rng.normal(0, GROWTH, int(village.max()) + 1))
    blocks = np.exp(rng.normal(0, 0.02, int(block.max()) + 1))
    drawn = rng.random(len(blocks))
    blocks[drawn < LEFT_BLOCKS] = 0.4
    blocks[drawn > 1 - NEW_BLOCKS] = 20.0
    return households / grown[village] / blocks[block]


def _spots(shapes: NDArray[Any], units: Units, block: NDArray[Any]) -> Floats:
    middle = shapely.centroid(shapes)
    spots = []
    for xy in (shapely.get_x(middle), shapely.get_y(middle)):
        of_block = np.bincount(block, xy) / np.bincount(block)
        drawn = BLOCKWISE * of_block[block] + (1 - BLOCKWISE) * xy
        spots.append(np.bincount(units.of, drawn) / units.buildings)
    return np.column_stack(spots)


def _halved(contacts: Contacts, weight: Floats, spots: Floats, grids: int) -> Labels:
    """Halves, and halves of halves; where no straight cut leaves two pieces, a grid stays whole."""
    label = np.zeros(len(weight), dtype=np.int32)
    owner = np.repeat(np.arange(len(weight)), np.diff(contacts.start))
    waiting, count = [(0, grids)], 1
    while waiting:
        grid, wanted = waiting.pop()
        if wanted < 2:
            continue
        half = wanted // 2
        apart = _best_cut(contacts, owner, weight, spots, label, grid, half / wanted)
        if apart is not None:
            label[apart] = count
            waiting += [(grid, wanted - half), (count, half)]
            count += 1
    return label


def _best_cut(
    contacts: Contacts, owner: NDArray[Any], weight: Floats, spots: Floats, label: Labels,
    grid: int, share: float,
) -> NDArray[Any] | None:  # fmt: skip
    """Which units of a grid to cut off, about `share` of its weight; None: no cut leaves two
    pieces."""
    members = np.flatnonzero(label == grid)
    count = len(members)
    rank = np.full(len(label), -1)
    tried = []
    for angle in np.arange(ANGLES) * 2 * pi / ANGLES:
        order = members[np.argsort(spots[members] @ (np.cos(angle), np.sin(angle)), kind="stable")]
        rank[order] = np.arange(count)
        inner = (rank[owner] >= 0) & (rank[contacts.other] > rank[owner])
        change = np.bincount(rank[owner[inner]], contacts.cost_m[inner], count)
        change -= np.bincount(rank[contacts.other[inner]], contacts.cost_m[inner], count)
        cost = np.cumsum(change)[:-1]
        off = np.abs(np.cumsum(weight[order])[:-1] / max(weight[order].sum(), 1e-9) - share)
        if len(cost):
            # Far from the right weight only what is far cheaper.
            at = int(np.argmin(cost * (1 + (off / SLACK) ** 2) + (off > SLACK) * (1e6 + 1e9 * off)))
            worth = cost[at] + (off[at] > SLACK) * 1e9 * off[at]
            tried.append((float(worth), order[: at + 1]))
    for _, apart in sorted(tried, key=lambda one: one[0]):
        halves = np.full(len(label), -1, dtype=np.int32)
        halves[members], halves[apart] = 0, 1
        rest = (label != grid).astype(np.int32)  # parts of all that is -1 count too
        before, _ = parts(contacts, np.where(rest, np.int32(-1), np.int32(0)))
        after, _ = parts(contacts, halves)
        if after == before + 1:
            return apart
    return None
