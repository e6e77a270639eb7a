"""The problem of each village, and how many grids it gets. Pure."""

import math

import numpy as np

from gridmap.balancing.cells import Units
from gridmap.balancing.problem import Contacts, Labels, Problem

_KEEP = 0.15  # as many grids as today, while their mean is so near to the middle of the range
Size = tuple[float, float]


def grids_for(weight: float, today: int, size: Size) -> int:
    """How many grids a village of this weight gets: today's number where that still fits."""
    low, high = size
    middle = (low + high) / 2
    if today and abs(weight / today / middle - 1) <= _KEEP:
        return today
    least = math.ceil(weight / high - 1e-9)
    most = math.floor(weight / low + 1e-9) if low > 0 else least + round(weight / middle)
    wanted = max(round(weight / middle), 1)
    return max(min(max(wanted, least), most), 1) if least <= most else wanted


def problem_of(units: Units, village: int, size: Size) -> Problem:
    """One village, to be divided into as many grids as fit.

    Its grids of today are numbered from 0 in the order of their positions, see `todays`.
    """
    here = slice(int(units.bounds[village]), int(units.bounds[village + 1]))
    known = todays(units, village)
    present = units.present[here]
    local = np.where(present >= 0, np.searchsorted(known, present), -1).astype(np.int32)
    weight = units.weight[here]
    rows = units.contacts.start[here.start : here.stop + 1]
    at = slice(int(rows[0]), int(rows[-1]))
    contacts = Contacts(
        rows - rows[0], units.contacts.other[at] - np.int32(here.start),
        units.contacts.length_m[at], units.contacts.cost_m[at], units.contacts.open[at],
    )  # fmt: skip
    return Problem(
        weight, units.households[here], units.buildings[here], units.area_m2[here],
        units.outline_m[here], contacts, local,
        grids_for(float(weight.sum()), len(known), size), size,
        np.zeros((len(weight), 0)), np.ones(0),
    )  # fmt: skip


def todays(units: Units, village: int) -> Labels:
    """Which of today's grids a village has: positions in the codes, ascending."""
    present = units.present[int(units.bounds[village]) : int(units.bounds[village + 1])]
    return np.unique(present[present >= 0])
