"""How good a division is: one way to measure ours, today's and anybody's. Pure.

Deviation is |weight / target - 1|, where the target of a village is its weight by the number of its
grids. Compactness is Polsby and Popper's 4 pi A / P^2, with P the whole border of a grid. Inner
borders are those between grids of one village.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gridmap.balancing.cells import Cells, Numbers
from gridmap.balancing.kernel import parts
from gridmap.balancing.problem import Floats, Labels, summed


@dataclass(frozen=True)
class Measured:
    """The figures of each grid, and of each building whether it changes its grid.

    Arrays have one position per grid, `moved` and `label` one per building.

    Attributes:
        village: int32, a position in the villages of the cells.
        connected: whether one gets everywhere without leaving the grid.
        border_m, border_cost_m, natural_m: half of each inner border, so that sums count it once.
        split_units: of each village, how many units lie in more than one grid.
    """

    label: Labels
    village: Labels
    weight: Floats
    households: Floats
    buildings: Floats
    area_m2: Floats
    perimeter_m: Floats
    deviation: Floats
    in_range: NDArray[np.bool_]
    connected: NDArray[np.bool_]
    border_m: Floats
    border_cost_m: Floats
    natural_m: Floats
    moved: NDArray[np.bool_]
    split_units: NDArray[np.int64]

    @property
    def polsby_popper(self) -> Floats:
        """1 for a disc, less for anything else."""
        around = np.maximum(self.perimeter_m, 1e-9)
        compact: Floats = 4 * np.pi * self.area_m2 / around**2
        return compact


def measure(cells: Cells, label: Labels, today: Numbers, size: ArrayLike) -> Measured:
    """Measures a division.

    Args:
        label: int32, the grid of each building, numbered from 0; no number is left out, and no
            grid lies in two villages.
        today: which of today's grids (a position in the codes) each grid is; -1: it is new.
        size: least and most weight, of all grids or of each (grids, 2).
    """
    grids = len(today)
    village = np.zeros(grids, dtype=np.int32)
    village[label] = cells.village

    def total(values: Floats) -> Floats:
        return summed(label, values, grids)

    borders = cells.borders
    cut = label[borders.one] != label[borders.other]
    sides = np.concatenate([label[borders.one[cut]], label[borders.other[cut]]])

    def along(values: Floats) -> Floats:
        return summed(sides, np.tile(values[cut], 2), grids)

    low, high = np.broadcast_to(np.asarray(size, dtype=np.float64), (grids, 2)).T
    weight, border = total(cells.weight), along(borders.length_m)
    target = np.bincount(village, weight) / np.bincount(village)
    return Measured(
        label, village, weight, total(cells.households), total(np.ones(len(cells))),
        total(cells.area_m2), total(cells.outline_m) + border,
        np.abs(weight / np.maximum(target[village], 1e-9) - 1),
        (weight >= low) & (weight <= high), _connected(cells, label, grids),
        border / 2, along(borders.cost_m) / 2, along(borders.natural_m) / 2,
        (today[label] != cells.present) & (cells.present >= 0), _split_units(cells, label),
    )  # fmt: skip


def _connected(cells: Cells, label: Labels, grids: int) -> NDArray[np.bool_]:
    count, part = parts(cells.contacts, label)
    grid = np.empty(count, dtype=np.int64)
    grid[part] = label
    whole: NDArray[np.bool_] = np.bincount(grid, minlength=grids) == 1
    return whole


def _split_units(cells: Cells, label: Labels) -> NDArray[np.int64]:
    """How many units of each village lie in more than one grid."""
    wide = int(label.max(initial=0)) + 1
    pairs = np.unique(cells.unit * wide + label) // wide
    unit, count = np.unique(pairs, return_counts=True)
    village = np.zeros(int(cells.unit.max(initial=0)) + 1, dtype=np.int64)
    village[cells.unit] = cells.village
    return np.bincount(village[unit[count > 1]], minlength=len(cells.villages))


FIGURES = (
    "grids", "buildings", "households", "weight", "in_range", "possible", "max_deviation",
    "mean_deviation", "p95_deviation", "connected", "split_units", "border_m", "border_cost_m",
    "road_share", "polsby_popper", "moved_buildings", "moved_households", "moved_share",
    "moved_households_share",
)  # fmt: skip
"""What `figures` tells; lengths in metres, deviations and shares from 0 to 1."""


def figures(cells: Cells, measured: Measured, possible: NDArray[np.bool_]) -> dict[str, Any]:
    """The figures of all villages together.

    Args:
        possible: of each grid, whether arithmetic allows its village to be in range.
    """
    one = np.zeros(1, dtype=np.int64)
    table = _table(cells, measured, possible, np.broadcast_to(one, len(cells.villages)))
    return {name: table[name].item() for name in FIGURES}


def by_village(cells: Cells, measured: Measured, possible: NDArray[np.bool_]) -> pd.DataFrame:
    """The figures of every village, one row each, under its code."""
    table = _table(cells, measured, possible, np.arange(len(cells.villages)))
    return pd.DataFrame(table, index=pd.Index(cells.villages, name="village"))


def _table(
    cells: Cells, m: Measured, possible: NDArray[np.bool_], group: Numbers
) -> dict[str, NDArray[Any]]:
    """Arrays of one position per group of villages."""
    groups = int(group.max(initial=0)) + 1
    grid, building = group[m.village], group[cells.village]
    grids = np.bincount(grid, minlength=groups)

    def total(values: NDArray[Any], of: Numbers = grid) -> Floats:
        return summed(of, values, groups)

    def count(values: NDArray[Any], of: Numbers = grid) -> Numbers:
        return total(values, of).astype(np.int64)

    def share(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
        divided: Floats = np.divide(part, whole, out=np.zeros(groups), where=whole > 0)
        return divided

    deviation = pd.Series(m.deviation).groupby(grid)
    households = total(cells.households, building)
    buildings = count(np.ones(len(cells)), building)
    moved_households = total(cells.households * m.moved, building)
    moved = count(m.moved, building)
    return {
        "grids": grids,
        "buildings": buildings,
        "households": households,
        "weight": total(m.weight),
        "in_range": count(m.in_range),
        "possible": count(possible),
        "max_deviation": deviation.max().to_numpy(),
        "mean_deviation": deviation.mean().to_numpy(),
        "p95_deviation": deviation.quantile(0.95).to_numpy(),
        "connected": count(m.connected),
        "split_units": summed(group, m.split_units, groups).astype(np.int64),
        "border_m": total(m.border_m),
        "border_cost_m": total(m.border_cost_m),
        "road_share": share(total(m.natural_m), total(m.border_m)),
        "polsby_popper": share(total(m.polsby_popper), grids),
        "moved_buildings": moved,
        "moved_households": moved_households,
        "moved_share": share(moved, buildings),
        "moved_households_share": share(moved_households, households),
    }
