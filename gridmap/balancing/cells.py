"""Cells of buildings as arrays, and the problem that each village is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gridmap.balancing.contacts import Lines, Segments, followed
from gridmap.balancing.kernel import parts
from gridmap.balancing.problem import Contacts, Floats, Labels, summed

Numbers = NDArray[np.int64]

NECK_M = 1.0
"""What is joined by less of a border than this is not joined."""


@dataclass(frozen=True)
class Borders:
    """The borders between two buildings of one village, each once.

    Attributes:
        one, other: int64, the buildings.
        length_m, cost_m, natural_m: how long, what it costs as a grid border, and how much of it
            follows a street, a river or a railway.
        open: whether people get across.
    """

    one: Numbers
    other: Numbers
    length_m: Floats
    cost_m: Floats
    natural_m: Floats
    open: NDArray[np.bool_]


@dataclass(frozen=True)
class Cells:
    """Buildings with the ground that goes with each: cells that tile the villages.

    Arrays have one position per building; a projected CRS, metres.

    Attributes:
        shapes: polygons.
        village: int32, a position in `villages`.
        unit: int64, buildings of one number stay together; none is in two villages.
        present: int32, a position in `codes`, -1 where a building is in no grid today.
        outline_m: how much of a cell's border is that of its village.
    """

    shapes: NDArray[np.object_]
    villages: Sequence[str]
    village: Labels
    unit: Numbers
    weight: Floats
    households: Floats
    codes: Sequence[str]
    present: Labels
    area_m2: Floats
    outline_m: Floats
    borders: Borders

    def __len__(self) -> int:
        return len(self.shapes)

    @cached_property
    def contacts(self) -> Contacts:
        """Which buildings of a village touch."""
        return _contacts(self.borders, np.arange(len(self)), len(self))


def borders_of(segments: Segments, village: Labels, lines: Lines | None) -> tuple[Borders, Floats]:
    """The borders inside of villages, and how long the rest of each cell's border is."""
    one, other = segments.one.astype(np.int64), segments.other.astype(np.int64)
    inner = (other >= 0) & (one != other) & (village[one] == village[np.maximum(other, 0)])
    length = segments.length_m
    count = len(village)
    outside = (other < 0) | ((one != other) & ~inner)
    outline = summed(one[outside], length[outside], count)
    shared = outside & (other >= 0)
    outline += summed(other[shared], length[shared], count)
    what = followed(segments.ends[inner], lines)
    low, high = np.minimum(one, other)[inner], np.maximum(one, other)[inner]
    pair, at = np.unique(low * count + high, return_inverse=True)
    length = length[inner]

    def total(values: Floats) -> Floats:
        return summed(at, values, len(pair))

    borders = Borders(
        pair // count, pair % count, total(length), total(length * what.cost),
        total(length * what.natural), total(what.open * length) > 0,
    )  # fmt: skip
    return borders, outline


@dataclass(frozen=True)
class Units:
    """Cells drawn together to units, those of a village side by side.

    Attributes:
        of: int64, the unit of each building.
        bounds: int64, the units of village v are bounds[v]:bounds[v + 1].
        weight, households, buildings, area_m2, outline_m: of each unit, as in a problem.
        torn: how many of its buildings change their grid wherever the unit is, because today they
            are in several; none does where all are in one.
        leaving: how many more change, at the least, if the unit leaves `present`.
        present: int32, the grid (a position in the codes) that holds most of its households.
        contacts: of all units; none crosses a village line.
    """

    of: Numbers
    bounds: Numbers
    weight: Floats
    households: Floats
    buildings: Floats
    torn: Floats
    leaving: Floats
    area_m2: Floats
    outline_m: Floats
    present: Labels
    contacts: Contacts


def units_of(cells: Cells) -> Units:
    """The units of all villages."""
    wide = int(cells.unit.max(initial=0)) + 1
    keys, of = np.unique(cells.village.astype(np.int64) * wide + cells.unit, return_inverse=True)
    count = len(keys)
    bounds = np.searchsorted(keys // wide, np.arange(len(cells.villages) + 1))

    def total(values: Floats) -> Floats:
        return summed(of, values, count)

    present, torn, leaving = _present(cells, of, count)
    return Units(
        of, bounds.astype(np.int64), total(cells.weight), total(cells.households),
        total(np.ones(len(cells))), torn, leaving, total(cells.area_m2), total(cells.outline_m),
        present, _contacts(cells.borders, of, count),
    )  # fmt: skip


def _present(cells: Cells, of: Numbers, count: int) -> tuple[Labels, Floats, Floats]:
    """Where most households of each unit are (where nobody lives, most buildings), how many of its
    buildings change wherever it is, and how many more, at the least, if it leaves."""
    wide = len(cells.codes) + 1
    pair, at = np.unique(of * wide + cells.present + 1, return_inverse=True)
    unit, grid, number = pair // wide, pair % wide - 1, np.bincount(at)
    present = np.full(count, -1, dtype=np.int32)
    order = np.argsort(np.bincount(at, cells.households + 1e-6), kind="stable")
    present[unit[order]] = grid[order]
    known = grid >= 0
    own, other = known & (grid == present[unit]), known & (grid != present[unit])
    here, elsewhere = np.zeros(count), np.zeros(count)
    here[unit[own]] = number[own]
    np.maximum.at(elsewhere, unit[other], number[other])
    torn = summed(unit[known], number[known], count) - np.maximum(here, elsewhere)
    return present, torn, np.maximum(here - elsewhere, 0)


def _contacts(borders: Borders, of: Numbers, count: int) -> Contacts:
    one, other = of[borders.one], of[borders.other]
    apart = one != other
    low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    pair, at = np.unique(low * count + high, return_inverse=True)
    length = summed(at, borders.length_m[apart], len(pair))
    cost = summed(at, borders.cost_m[apart], len(pair))
    opened = summed(at, borders.open[apart], len(pair)) > 0
    start, end = (
        np.concatenate([pair // count, pair % count]),
        np.concatenate([pair % count, pair // count]),
    )
    order = np.lexsort((end, start))
    rows = np.concatenate([[0], np.cumsum(np.bincount(start, minlength=count))])
    return _wide_enough(Contacts(
        rows.astype(np.int64), end[order].astype(np.int32), np.tile(length, 2)[order],
        np.tile(cost, 2)[order], np.tile(opened, 2)[order],
    ))  # fmt: skip


def _wide_enough(contacts: Contacts) -> Contacts:
    """A grid that hangs together by a neck is not whole: short contacts are closed, but for those
    without which there would be islands."""
    neck = contacts.open & (contacts.length_m < NECK_M)
    if not neck.any():
        return contacts
    wide = replace(contacts, open=contacts.open & ~neck)
    units = len(contacts.start) - 1
    _, part = parts(wide)
    owner = np.repeat(np.arange(units), np.diff(contacts.start))
    needed = neck & (part[owner] != part[contacts.other])
    return replace(contacts, open=wide.open | needed)
