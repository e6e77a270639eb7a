"""Dwellings in buildings and households in dwellings."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.demo.buildings import Placed

Ints = NDArray[np.int64]
_ROOMS = ("正房", "东厢房", "西厢房", "南房")


class Homes(NamedTuple):
    """The dwellings and households tables, and the number of households in each building."""

    dwellings: pd.DataFrame
    households: pd.DataFrame
    per_building: Ints


def share_households(
    total: int, parts: Ints, weights: NDArray[np.float64], low: Ints, high: Ints
) -> Ints:
    """`total` split over `parts` near `weights`, within `low`..`high` as far as the sum allows."""
    scale, counts = 1.0, np.zeros(parts.size, dtype=np.int64)
    for _ in range(60):
        counts = np.clip(np.round(weights * scale), low, high).astype(np.int64)
        if abs(int(counts.sum()) - total) <= parts.size:
            break
        scale *= (total / max(1, int(counts.sum()))) ** 0.9
    order = np.argsort(-weights, kind="stable")
    step = 0
    while counts.sum() != total:
        index = order[step % order.size]
        move = 1 if counts.sum() < total else -1
        if step >= 50 * order.size or low[index] <= counts[index] + move <= high[index]:
            counts[index] = max(0, counts[index] + move)
        step += 1
    return counts


def within_capacity(wanted: dict[int, int], placed: list[Placed]) -> dict[int, int]:
    """`wanted` households per grid, those for which a grid has no dwelling moved to grids with most
    room; the sum stays.
    """
    room = dict.fromkeys(wanted, 0)
    for item in placed:
        room[item.grid] += item.capacity
    fitted = {grid: min(count, room[grid]) for grid, count in wanted.items()}
    homeless = sum(wanted.values()) - sum(fitted.values())
    while homeless > 0:
        grid = max(fitted, key=lambda key: room[key] - 2 * fitted[key])
        fitted[grid] += 1
        homeless -= 1
    return fitted


def occupy(
    placed: list[Placed], grid_of: Ints, wanted: dict[int, int], rng: np.random.Generator
) -> Ints:
    """Households per building so that each grid has those `wanted`; houses first get one each."""
    counts = np.zeros(len(placed), dtype=np.int64)
    capacity = np.asarray([item.capacity for item in placed])
    for grid, households in wanted.items():
        homes = np.flatnonzero((grid_of == grid) & (capacity > 0))
        if homes.size == 0 or households == 0:
            continue
        order = rng.permutation(homes)
        counts[order[:households]] = 1
        rest = households - int(counts[homes].sum())
        while rest > 0:
            room = np.maximum(capacity[homes] - counts[homes], 0)
            if room.sum() == 0:
                room = np.ones(homes.size, dtype=np.int64)
            chosen = rng.choice(homes, size=max(1, rest // 3), p=room / room.sum())
            np.add.at(counts, chosen, 1)
            rest -= chosen.size
    return counts


def house(
    placed: list[Placed], codes: list[str], counts: Ints, prefix: str, rng: np.random.Generator
) -> Homes:
    """Dwellings of every building (some empty) and the households in them."""
    rows: list[tuple[str, str, str | None, int, str]] = []
    lived_in: list[str] = []
    for item, code, count in zip(placed, codes, counts.tolist(), strict=True):
        if item.units == 0:
            continue
        doors = _doors(item, count, rng)
        own = [(f"{code}-{n:03d}", code, *door) for n, door in enumerate(doors, start=1)]
        taken = (
            np.sort(rng.permutation(len(own))[:count])
            if item.kind == "apartment"
            else np.arange(count)
        )
        lived_in += [own[int(k)][0] for k in taken]
        rows += own
    dwellings = pd.DataFrame(rows, columns=["code", "building_code", "unit", "floor", "room"])
    households = pd.DataFrame(
        {
            "code": [f"{prefix}H{n:06d}" for n in range(1, len(lived_in) + 1)],
            "dwelling_code": lived_in,
            "kind": "family",
        }
    )
    return Homes(dwellings, households, counts)


def _doors(item: Placed, count: int, rng: np.random.Generator) -> list[tuple[str | None, int, str]]:
    if item.kind != "apartment":
        number = max(1, count + int(rng.random() < 0.12))
        return [(None, 1 + n // len(_ROOMS), _ROOMS[n % len(_ROOMS)]) for n in range(number)]
    floors = item.floors
    while item.units * item.doors * floors < count:
        floors += 1
    return [
        (f"{unit}单元", floor, f"{floor}{door:02d}室")
        for unit in range(1, item.units + 1)
        for floor in range(1, floors + 1)
        for door in range(1, item.doors + 1)
    ]
