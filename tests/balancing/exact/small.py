"""Small villages: drawn at random or written by hand, and divided in every possible way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from gridmap.balancing.problem import Contacts, Problem


def village(
    weight: Sequence[float],
    contacts: Sequence[tuple[int, int]],
    *,
    grids: int,
    size: tuple[float, float] = (300, 500),
    buildings: Sequence[int] | None = None,
    present: Sequence[int] | None = None,
    locked: Sequence[int] | None = None,
    shut: Sequence[tuple[int, int]] = (),
) -> Problem:
    """A village of units with these contacts; those in `shut` touch, but nobody gets across."""
    units = len(weight)
    rows = sorted(
        (one, other, pair not in set(shut))
        for pair in {*contacts, *shut}
        for one, other in (pair, pair[::-1])
    )
    near = np.array([row[0] for row in rows], dtype=np.int64)
    return Problem(
        weight=np.array(weight, dtype=np.float64),
        households=np.array(weight, dtype=np.float64),
        buildings=np.array(buildings or [1] * units, dtype=np.float64),
        area_m2=np.full(units, 100.0),
        outline_m=np.zeros(units),
        contacts=Contacts(
            start=np.searchsorted(near, np.arange(units + 1)).astype(np.int64),
            other=np.array([row[1] for row in rows], dtype=np.int32),
            length_m=np.full(len(rows), 10.0),
            cost_m=np.full(len(rows), 10.0),
            open=np.array([row[2] for row in rows], dtype=np.bool_),
        ),
        present=np.array(present if present is not None else [0] * units, dtype=np.int32),
        locked=np.array(locked if locked is not None else [-1] * units, dtype=np.int32),
        grids=grids,
        size=size,
    )


def row(*weight: float, **more: object) -> Problem:
    """Units one after the other along a road."""
    return village(weight, [(unit, unit + 1) for unit in range(len(weight) - 1)], **more)  # type: ignore[arg-type]


@st.composite
def villages(draw: st.DrawFn, most: int = 9) -> Problem:
    """Up to nine units on a lattice, some of its contacts missing, some not to be crossed."""
    units = draw(st.integers(2, most))
    grids = draw(st.integers(1, min(3 if units > 7 else 4, units)))
    wide = draw(st.integers(1, 3))
    lattice = [(u, u + 1) for u in range(units - 1) if (u + 1) % wide]
    lattice += [(u, u + wide) for u in range(units - wide)]
    kinds = draw(st.lists(st.sampled_from("oooosm"), min_size=len(lattice), max_size=len(lattice)))
    step = draw(st.sampled_from([1.0, 0.5, 0.01]))
    weight = [step * w for w in draw(st.lists(st.integers(0, 90), min_size=units, max_size=units))]
    target = sum(weight) / grids
    low = draw(st.sampled_from([0.5, 0.75, 0.9, 1.1]))
    high = draw(st.sampled_from([1.2, 1.4, 1.8]))
    labels = st.lists(st.integers(-1, grids), min_size=units, max_size=units)
    locks = draw(st.lists(st.sampled_from([-1] * 8 + [*range(grids)]), min_size=units, max_size=units))
    return village(
        weight,
        [pair for pair, kind in zip(lattice, kinds, strict=True) if kind == "o"],
        shut=[pair for pair, kind in zip(lattice, kinds, strict=True) if kind == "s"],
        grids=grids,
        size=(round(low * target, 2) or 0.01, round(high * target, 2) or 0.02),
        buildings=draw(st.lists(st.integers(1, 3), min_size=units, max_size=units)),
        present=draw(labels),
        locked=locks if draw(st.booleans()) else None,
    )


@dataclass(frozen=True)
class Every:
    """All connected divisions of a village that keep its locks: one a row.

    outside: the weight outside of the range; inside: how many grids are in it; uneven: the largest
    share that a grid's weight is off the target.
    """

    labels: np.ndarray
    moves: np.ndarray
    outside: np.ndarray
    inside: np.ndarray
    uneven: np.ndarray

    @property
    def ranged(self) -> np.ndarray:
        """Those with every grid in range."""
        return self.outside < 1e-6


def every(problem: Problem) -> Every:
    """By trying them all: nothing here is shared with what it is to check."""
    units, grids = problem.units, problem.grids
    labels = np.indices([grids] * units).reshape(units, -1).T
    joined = _joined(problem)
    exact = set(_exact(problem))
    good = np.ones(len(labels), dtype=bool)
    for unit, lock in enumerate(problem.locked.tolist()):
        if lock >= 0:
            good &= labels[:, unit] == lock
        else:
            good &= ~np.isin(labels[:, unit], [*exact])
    for grid in range(grids):
        good &= joined[((labels == grid) << np.arange(units)).sum(axis=1)]
    labels = labels[good]
    loads = np.stack([(labels == grid) @ problem.weight for grid in range(grids)], axis=1)
    low, high = problem.size
    off = np.maximum(loads - high, 0) + np.maximum(low - loads, 0)
    counted = np.where(problem.present >= 0, problem.buildings, 0)
    return Every(
        labels,
        ((labels != problem.present) * counted).sum(axis=1),
        off.sum(axis=1),
        (off < 1e-6).sum(axis=1),
        np.abs(loads / max(problem.target, 1e-12) - 1).max(axis=1),
    )


def _exact(problem: Problem) -> Iterator[int]:
    """Grids of which every unit is locked, and nobody else's."""
    for grid in set(problem.locked.tolist()) - {-1}:
        if [*(problem.locked == grid)] == [*(problem.present == grid)]:
            yield grid


def _joined(problem: Problem) -> np.ndarray:
    """Whether a set of units, as bits, hangs together; the empty one does not."""
    reach = [
        sum(1 << int(v) for v in problem.contacts.other[rows][problem.contacts.open[rows]])
        for rows in map(problem.contacts.of, range(problem.units))
    ]
    found = np.zeros(1 << problem.units, dtype=bool)
    for units in range(1, 1 << problem.units):
        held = units & -units
        while True:
            more = held
            for unit in range(problem.units):
                if held >> unit & 1:
                    more |= reach[unit] & units
            if more == held:
                break
            held = more
        found[units] = held == units
    return found
