"""The villages of an instance as graphs in a file: what every peer is given, by numpy alone."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Graph:
    """Units of a village (compounds drawn together), and what they border on: those of unit u are
    start[u]:start[u + 1].

    Attributes:
        length_m, cost_m: of each border; the cost is less along streets and rivers.
        weight: households.
        grids: one position: into how many grids it is to be divided, the same for all methods.
        size: least and most weight of a grid; both alike: the less they differ the better.
        evenness: how far from the target random trees may be at first, and if that is not found.
    """

    start: NDArray[np.int64]
    other: NDArray[np.int64]
    length_m: Floats
    cost_m: Floats
    weight: Floats
    x: Floats
    y: Floats
    area_m2: Floats
    grids: NDArray[np.int64]
    size: Floats
    evenness: Floats

    @property
    def units(self) -> int:
        """How many there are."""
        return len(self.weight)

    @property
    def k(self) -> int:
        """How many grids."""
        return int(self.grids[0])

    @property
    def target(self) -> float:
        """The weight of a grid if all were alike."""
        return float(self.weight.sum()) / self.k

    @property
    def owner(self) -> NDArray[np.int64]:
        """The unit that each contact is of."""
        return np.repeat(np.arange(self.units), np.diff(self.start))

    def worth(self, label: Labels) -> tuple[float, float]:
        """How many grids are out of range, and what the borders cost: the less the better. Where a
        size of one number is asked for, how far the weights lie apart comes first."""
        weight = np.bincount(label, self.weight, self.k)
        if self.size[0] == self.size[1]:
            return float(np.ptp(weight)), 0.0
        outside = int(((weight < self.size[0]) | (weight > self.size[1])).sum())
        return outside, float(self.cost_m[label[self.owner] != label[self.other]].sum()) / 2


def save(path: Path, graphs: Sequence[Graph]) -> None:
    """All graphs into one file."""
    arrays: dict[str, Any] = {}
    for field in fields(Graph):
        values = [getattr(graph, field.name) for graph in graphs]
        arrays[field.name] = np.concatenate(values)
        arrays[f"{field.name}_ends"] = np.cumsum([len(value) for value in values])
    np.savez(path, **arrays)


def load(path: Path) -> list[Graph]:
    """The graphs of a file."""
    with np.load(path) as arrays:
        columns = [
            np.split(arrays[field.name], arrays[f"{field.name}_ends"][:-1])
            for field in fields(Graph)
        ]
    return [Graph(*values) for values in zip(*columns, strict=True)]
