"""Small villages: drawn at random or written by hand, and divided in every possible way."""

from collections.abc import Sequence
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
        grids=grids,
        size=size,
        facilities=np.zeros((units, 0)),
        capacity=np.ones(grids),
    )


def row(*weight: float, **more: object) -> Problem:
    """Units one after the other along a road."""
    return village(weight, [(unit, unit + 1) for unit in range(len(weight) - 1)], **more)  # type: ignore[arg-type]


@st.composite
def villages(draw: st.DrawFn, most: int = 9) -> Problem:
    """Up to nine units on a lattice, some of its contacts missing, some not to be crossed.

    Grids end, are new, or go on; some buildings have none today.
    """
    units = draw(st.integers(2, most))
    names = draw(st.integers(1, 3 if units > 7 else 4))
    grids = draw(st.integers(1, min(names, units)))
    wide = draw(st.integers(2, 3))
    lattice = [(u, u + 1) for u in range(units - 1) if (u + 1) % wide]
    lattice += [(u, u + wide) for u in range(units - wide)]
    kinds = draw(
        st.lists(st.sampled_from("o" * 14 + "sm"), min_size=len(lattice), max_size=len(lattice))
    )
    step = draw(st.sampled_from([1.0, 0.5, 0.01]))
    weight = [step * w for w in draw(st.lists(st.integers(0, 90), min_size=units, max_size=units))]
    target = sum(weight) / grids
    low = draw(st.sampled_from([0.3, 0.5, 0.75, 0.9, 1.1]))
    high = draw(st.sampled_from([1.2, 1.4, 1.8]))
    today = st.lists(st.integers(-1, names - 1), min_size=units, max_size=units)
    return village(
        weight,
        [pair for pair, kind in zip(lattice, kinds, strict=True) if kind == "o"],
        shut=[pair for pair, kind in zip(lattice, kinds, strict=True) if kind == "s"],
        grids=grids,
        size=(round(low * target, 2) or 0.01, round(high * target, 2) or 0.02),
        buildings=draw(st.lists(st.integers(1, 3), min_size=units, max_size=units)),
        present=draw(today),
    )


@dataclass(frozen=True)
class Every:
    """All connected divisions of a village into the grids wanted, named as today's: one a row.

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
    units, names = problem.units, max(problem.grids, int(problem.present.max()) + 1)
    labels = np.indices([names] * units).reshape(units, -1).T
    joined = _joined(problem)
    borne = np.stack([(labels == name).any(axis=1) for name in range(names)], axis=1)
    good = borne.sum(axis=1) == problem.grids
    for name in range(names):
        good &= joined[((labels == name) << np.arange(units)).sum(axis=1)]
    labels, borne = labels[good], borne[good]
    loads = np.stack([(labels == name) @ problem.weight for name in range(names)], axis=1)
    low, high = problem.size
    off = np.where(borne, np.maximum(loads - high, 0) + np.maximum(low - loads, 0), 0)
    counted = np.where(problem.present >= 0, problem.buildings, 0)
    return Every(
        labels,
        ((labels != problem.present) * counted).sum(axis=1),
        off.sum(axis=1),
        ((off < 1e-6) & borne).sum(axis=1),
        np.where(borne, np.abs(loads / max(problem.target, 1e-12) - 1), 0).max(axis=1),
    )


def _joined(problem: Problem) -> np.ndarray:
    """Whether a set of units, as bits, hangs together; so does the empty one."""
    reach = [
        sum(1 << int(v) for v in problem.contacts.other[rows][problem.contacts.open[rows]])
        for rows in map(problem.contacts.of, range(problem.units))
    ]
    found = np.ones(1 << problem.units, dtype=bool)
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
