"""The compiled search `gridmap/balancing/_search.c`, called through ctypes; the GIL is released."""

import ctypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap import native
from gridmap.balancing.contacts import COST_OF
from gridmap.balancing.problem import Contacts, Floats, Labels, Problem
from gridmap.errors import Unavailable

SOURCE = Path(__file__).with_name("_search.c")
_Address = ctypes.c_void_p
_Long = ctypes.c_int64
_Real = ctypes.c_double


class _Village(ctypes.Structure):
    """`village_t` of the C file."""

    _fields_ = (
        *((name, _Long) for name in ("n", "k")),
        *((name, _Address) for name in ("start", "other", "length", "cost", "open")),
        *((name, _Address) for name in ("weight", "area", "outline", "away")),
        *((name, _Address) for name in ("present", "capacity")),
        ("kinds", _Long),
        ("facility", _Address),
        *((name, _Real) for name in ("low", "high", "target")),
        *((name, _Real) for name in ("range", "balance", "shape", "border", "lacking")),
        ("random", ctypes.c_uint64 * 2),
        ("label", _Address),
    )


def _functions() -> Any:
    try:
        loaded = native.opened(SOURCE, "gb_source")
    except OSError:
        return None
    village = ctypes.POINTER(_Village)
    loaded.gb_energy.argtypes, loaded.gb_energy.restype = (village,), _Real
    loaded.gb_anneal.argtypes = (village, _Real, _Real, _Long, _Real, _Real, _Real)
    loaded.gb_anneal.restype = _Real
    loaded.gb_quench.argtypes, loaded.gb_quench.restype = (village, _Long), _Real
    loaded.gb_split.argtypes = (village, ctypes.c_int32, ctypes.c_int32, _Real, _Long, _Real)
    loaded.gb_split.restype = ctypes.c_int32
    loaded.gb_parts.argtypes = (_Long, *[_Address] * 5)
    loaded.gb_parts.restype = _Long
    return loaded


_KERNEL = _functions()


@dataclass(frozen=True)
class Energy:
    """What is to be little: the weights of the terms that are told at the top of `_search.c`.

    Attributes:
        range, balance, shape: per grid.
        border: for a border as long as the side of a grid of mean area.
        household, building: for each household (in targets) and building (in those of a mean grid)
            that gets into another grid than today's.
        lacking: for each kind of facility that a grid lacks.
        block: how many times more a metre costs inside a block, beside what it costs anyway.
    """

    range: float
    balance: float
    shape: float
    border: float
    household: float
    building: float
    lacking: float = 1.0
    block: float = 0.0


@dataclass
class Search:
    """One village under one energy: `label` is the division so far, changed by every call.

    Args:
        label: a grid for every unit, each grid connected and none without a unit.

    Raises:
        Unavailable: the kernel is not built.
        MemoryError: the village needs more than there is.
    """

    problem: Problem
    energy: Energy
    label: Labels
    seed: int
    _kept: list[NDArray[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._kernel = _built()
        problem, contacts = self.problem, self.problem.contacts
        self.label = np.ascontiguousarray(self.label, dtype=np.int32)
        side_m = float(np.sqrt(max(problem.area_m2.sum(), 1.0) / problem.grids))
        capacities = problem.capacities
        low, high = problem.size
        random = np.random.SeedSequence(self.seed).generate_state(2, np.uint64)
        self._village = _Village(
            n=problem.units, k=problem.grids,
            start=self._at(contacts.start, np.int64), other=self._at(contacts.other, np.int32),
            length=self._at(contacts.length_m), cost=self._at(self._cost_m()),
            open=self._at(contacts.open, np.uint8),
            weight=self._at(problem.weight), area=self._at(problem.area_m2),
            outline=self._at(problem.outline_m), away=self._at(self._away()),
            present=self._at(problem.present, np.int32),
            capacity=self._at(capacities) if (capacities != 1).any() else None,
            kinds=problem.facilities.shape[1], facility=self._at(problem.facilities),
            low=low, high=high, target=max(problem.target, 1e-9),
            range=self.energy.range, balance=self.energy.balance, shape=self.energy.shape,
            border=self.energy.border / side_m, lacking=self.energy.lacking,
            random=(ctypes.c_uint64 * 2)(*random.tolist()), label=self._at(self.label, np.int32),
        )  # fmt: skip

    def _cost_m(self) -> Floats:
        contacts = self.problem.contacts
        street = COST_OF["street"] * contacts.length_m
        in_block_m = np.maximum(contacts.cost_m - street, 0) / (1 - COST_OF["street"])
        return contacts.cost_m + self.energy.block * in_block_m

    def _away(self) -> Floats:
        problem = self.problem
        per_grid = max(float(problem.buildings.sum()) / problem.grids, 1e-9)
        households = max(float(problem.households.sum()) / problem.grids, 1e-9)
        return (
            self.energy.household * problem.households / households
            + self.energy.building * problem.buildings / per_grid
        )

    def _at(self, array: NDArray[Any], kind: type[np.generic] = np.float64) -> int:
        """The address of an array, which is kept alive as long as this."""
        kept = np.ascontiguousarray(array, dtype=kind)
        self._kept.append(kept)
        return int(kept.ctypes.data)

    def measured(self) -> float:
        """The energy of the division."""
        return self._sound(self._kernel.gb_energy(self._village))

    def anneal(
        self, hot: float, cold: float, moves: int, *, trees: float, swaps: float, bias: float
    ) -> float:
        """Try so many moves while the temperature falls; returns the least energy met.

        Args:
            trees, swaps: which share of the moves recombine two grids, or swap two units.
            bias: how much the trees shun borders along streets; 0: not at all.
        """
        done = self._kernel.gb_anneal(self._village, hot, cold, moves, trees, swaps, bias)
        return self._sound(done)

    def quench(self, rounds: int = 50) -> float:
        """Take what lessens the energy until nothing does; returns the energy."""
        return self._sound(self._kernel.gb_quench(self._village, rounds))

    def split(self, grid: int, new: int, share: float, tries: int = 8, bias: float = 0.5) -> bool:
        """Give about `share` of a grid's weight to a new one; False: it has but one unit."""
        done = self._kernel.gb_split(self._village, grid, new, share, tries, bias)
        if done < 0:
            raise MemoryError
        return bool(done)

    @staticmethod
    def _sound(energy: float) -> float:
        if np.isnan(energy):
            raise MemoryError
        return float(energy)


def parts(contacts: Contacts, label: Labels | None = None) -> tuple[int, Labels]:
    """The connected parts of all grids, reached through open contacts.

    Args:
        label: the grid of each unit; -1 is one like another. None: all are one grid, whose parts
            are islands.

    Returns:
        How many there are, and in which each unit is.

    Raises:
        Unavailable, MemoryError: as `Search`.
    """
    kernel = _built()
    if label is None:
        label = np.zeros(len(contacts.start) - 1, dtype=np.int32)
    arrays = [
        np.ascontiguousarray(array, dtype=kind)
        for array, kind in (
            (contacts.start, np.int64), (contacts.other, np.int32), (contacts.open, np.uint8),
            (label, np.int32),
        )
    ]  # fmt: skip
    part = np.empty(len(label), dtype=np.int32)
    addresses = [array.ctypes.data for array in arrays]
    found = int(kernel.gb_parts(len(label), *addresses, part.ctypes.data))
    if found < 0:
        raise MemoryError
    return found, part


def _built() -> Any:
    if _KERNEL is None:
        raise Unavailable(
            "均衡内核尚未编译：make setup（需要 C 编译器：apt-get install gcc libc6-dev）",
            "the balancing kernel is not built: make setup"
            " (needs a C compiler: apt-get install gcc libc6-dev)",
        )
    return _KERNEL
