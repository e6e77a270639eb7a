"""What is to be divided: the units of one village, who lives in them, and what they border on.

A unit is what no border may cut: a compound, or a building that belongs to none. Lengths are
metres and areas square metres of a projected CRS. Arrays have one position per unit, or one per
contact. Pure.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int32]
"""The grid of each unit, numbered from 0; -1: none."""


def summed(at: NDArray[Any], values: NDArray[Any], count: int) -> Floats:
    """The sum of the values at each of `count` positions."""
    return np.bincount(at, values, count).astype(np.float64, copy=False)


@dataclass(frozen=True)
class Contacts:
    """Which units share a border, as compressed rows: those of unit u are start[u]:start[u+1].

    Each border stands there twice, once from either side.

    Attributes:
        start: int64, one more than there are units.
        other: int32, the unit on the far side.
        length_m: how long the border is.
        cost_m: the same, less where it follows a street or a river: what a grid border costs there.
        open: whether people get across; a river without a bridge divides, though it is a border.
    """

    start: NDArray[np.int64]
    other: NDArray[np.int32]
    length_m: Floats
    cost_m: Floats
    open: NDArray[np.bool_]

    def of(self, unit: int) -> slice:
        """Where the contacts of a unit stand."""
        return slice(int(self.start[unit]), int(self.start[unit + 1]))


@dataclass(frozen=True)
class Problem:
    """A village to be divided into `grids` grids of `size` (least, most) weight each.

    Attributes:
        weight: what the grids are to have alike: households, or a workload.
        households: who would get another officer if the unit changed its grid.
        buildings: how many buildings the unit holds.
        area_m2, outline_m: its area; how much of its border is the village's.
        contacts: which units touch.
        present: the grid of each unit today; numbers from `grids` on are grids that must end.
        facilities: float64 (units, kinds), how many of each kind a unit has; at most 8 kinds.
        capacity: how many times as much each of today's grids carries as a new one (two officers:
            2); those without a number here carry as much as a new one.
    """

    weight: Floats
    households: Floats
    buildings: Floats
    area_m2: Floats
    outline_m: Floats
    contacts: Contacts
    present: Labels
    grids: int
    size: tuple[float, float]
    facilities: Floats
    capacity: Floats

    @property
    def units(self) -> int:
        """How many there are."""
        return len(self.weight)

    @property
    def capacities(self) -> Floats:
        """Of each of the `grids`."""
        known = self.capacity[: self.grids]
        return np.append(known, np.ones(self.grids - len(known)))

    @property
    def target(self) -> float:
        """The weight that a grid of capacity 1 would have if all were alike."""
        return float(self.weight.sum() / self.capacities.sum())
