"""Growing from seeds over a raster by cost-distance: territories, least-cost paths (Dijkstra)."""

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Spread(NamedTuple):
    """Flat rasters: the seed number that reaches each cell cheapest (-1 nowhere), the cost, the
    cell before.
    """

    seed: Ints
    cost: Floats
    before: Ints


def spread(
    cost: Floats,
    columns: int,
    seeds: list[int],
    region: Ints,
    head_start: list[float] | None = None,
) -> Spread:
    """Grow from `seeds` (flat cells) to 8 neighbours; a step costs the mean of both cells times
    its length in cells.

    Growth stays within cells of the same `region` number; negative regions are closed.
    `head_start` (cost units, per seed) makes a seed begin late.
    """
    price, zone = cost.tolist(), region.tolist()
    size = len(price)
    best = [float("inf")] * size
    owner, before = [-1] * size, [-1] * size
    heap: list[tuple[float, int]] = []
    for number, cell in enumerate(seeds):
        start = head_start[number] if head_start else 0.0
        if start < best[cell]:
            best[cell], owner[cell] = start, number
            heap.append((start, cell))
    heapq.heapify(heap)
    diagonal = 2.0**0.5 / 2.0
    steps = [(-1, 0.5), (1, 0.5), (-columns, 0.5), (columns, 0.5)]
    steps += [(a + b, diagonal) for a in (-columns, columns) for b in (-1, 1)]
    push, pop = heapq.heappush, heapq.heappop
    while heap:
        reached, cell = pop(heap)
        if reached > best[cell]:
            continue
        here, mine = price[cell], zone[cell]
        for step, half in steps:
            other = cell + step
            if zone[other] != mine or mine < 0:
                continue
            there = reached + (here + price[other]) * half
            if there < best[other]:
                best[other] = there
                owner[other] = owner[cell]
                before[other] = cell
                push(heap, (there, other))
    return Spread(np.asarray(owner), np.asarray(best), np.asarray(before))
