"""A division as CP-SAT understands it: which unit goes to which grid, within the range.

That grids hang together is not in the model at first. A division whose grid falls into pieces is
met with cuts: a unit of the piece is in that grid only if some unit around the piece is, too. Every
connected division obeys them, so that the optimum of the model stays a bound, and once it is
connected, the optimum.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from gridmap.balancing.exact.naming import names, todays
from gridmap.balancing.exact.pieces import border, members, neighbours, pieces
from gridmap.balancing.problem import Labels, Problem

Objective = Literal["moves", "even", "outside"]
FINEST = 1_000_000
"""Weights are counted in whole numbers, fractions to the millionth."""


class Model:
    """The units of a village and the grids they may be in, with one objective to be least.

    Grids bear today's numbers, see `naming`; where there are more of those than wanted, which of
    them go on is for the solver to choose. All grids are taken as alike.

    Objectives, as whole numbers: `moves`, the buildings that change their grid; `even`, the largest
    difference between a grid's load and the target, times the number of grids, whatever the grids
    are called; `outside`, the weight outside of the range, with the moves to decide among equals.
    Only `outside` lets a grid leave the range.
    """

    def __init__(self, problem: Problem, objective: Objective) -> None:
        self.problem = problem
        self.objective = objective
        self.near = neighbours(problem.contacts)
        self.names = problem.grids if objective == "even" else names(problem)
        self.scale = _scale(problem.weight, problem.size)
        self.weight = np.rint(problem.weight * self.scale).astype(np.int64)
        self.low, self.high = (round(limit * self.scale) for limit in problem.size)
        self.moved = _moved(problem)
        self.cp = cp_model.CpModel()
        self.inside = [
            [self.cp.new_bool_var("") for _ in range(self.names)] for _ in range(problem.units)
        ]
        self.borne = [self.cp.new_bool_var("") for _ in range(self.names)]
        self.loads = [
            cp_model.LinearExpr.weighted_sum(column, self.weight.tolist())
            for column in zip(*self.inside, strict=True)
        ]
        self._short: list[cp_model.IntVar] = []
        self._complete()
        self._interchangeable()
        self._aim = self._objective()
        self.cp.minimize(self._aim)
        for unit in range(problem.units):
            self._cut([unit], unit)

    def value(self, labels: Labels) -> int:
        """The objective of a division."""
        loads = self._loads(labels)
        if self.objective == "even":
            return int(np.abs(self.problem.grids * loads - self.weight.sum()).max())
        moves = int(self.moved[np.arange(len(labels)), labels].sum())
        return moves if self.objective == "moves" else self._outside(loads) * self.rank + moves

    def allows(self, labels: Labels) -> bool:
        """Whether a division is complete, has as many grids as wanted, connected and in range."""
        if labels.min() < 0 or labels.max() >= self.names:
            return False
        loads = self._loads(labels)
        ranged = self.objective == "outside" or not self._outside(loads)
        return ranged and len(loads) == self.problem.grids and self.connected(labels)

    def connected(self, labels: Labels) -> bool:
        """Whether every grid is one piece."""
        return all(len(pieces(units, self.near)) == 1 for units in members(labels))

    def better_than(self, labels: Labels) -> None:
        """Only look for divisions that are better than this one."""
        value = self.value(labels)
        self.cp.add(self._aim <= value - 1)
        if self.objective == "even":
            # What is nearer to the target has no grid lighter than this.
            lightest = int(self.weight.sum()) - value + 1
            self.low = max(self.low, -(-lightest // self.problem.grids))

    def hint(self, labels: Labels) -> None:
        """Where to begin."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]
        for unit, row in enumerate(self.inside):
            for grid, variable in enumerate(row):
                self.cp.add_hint(variable, bool(labels[unit] == grid))

    def read(self, holds: Callable[[cp_model.IntVar], bool]) -> Labels:
        """The division of a solution."""
        return np.array([[*map(holds, row)].index(True) for row in self.inside], dtype=np.int32)

    def connect(self, labels: Labels) -> None:
        """Rule out every grid of the division that is not one piece, and its like elsewhere."""
        for units in members(labels):
            found = pieces(units, self.near)
            found.sort(key=lambda piece: -int(self.weight[piece].sum()))
            for piece in found if len(found) > 1 else []:
                wide = self._widened(piece, set(units) - set(piece))
                for unit in wide:
                    self._cut(wide, unit)
            for piece in found[1:]:
                self._part(piece, found[0])

    def _complete(self) -> None:
        """Every unit has one grid, as many as wanted have units, and each keeps the range."""
        for row in self.inside:
            self.cp.add_exactly_one(row)
        self.cp.add(cp_model.LinearExpr.sum(self.borne) == self.problem.grids)
        for grid, column in enumerate(zip(*self.inside, strict=True)):
            borne, load = self.borne[grid], self.loads[grid]
            self.cp.add_bool_or([*column, borne.negated()])
            for variable in column:
                self.cp.add_implication(variable, borne)
            if self.objective != "outside":
                self.cp.add(load >= self.low * borne)
                self.cp.add(load <= self.high * borne)

    def _interchangeable(self) -> None:
        """Grids that nothing tells apart are numbered by their first units."""
        first_new = 0 if self.objective == "even" else todays(self.problem)
        for first, second in pairwise(range(first_new, self.names)):
            for unit, row in enumerate(self.inside):
                earlier = [before[first] for before in self.inside[:unit]]
                self.cp.add_bool_or([row[second].negated(), *earlier])

    def _objective(self) -> cp_model.LinearExprT:
        if self.objective == "even":
            return self._uneven()
        flat = [variable for row in self.inside for variable in row]
        moves = cp_model.LinearExpr.weighted_sum(flat, self.moved.ravel().tolist())
        if self.objective == "moves":
            return moves
        most = int(self.weight.sum()) + self.low
        above = []
        for load, borne in zip(self.loads, self.borne, strict=True):
            above.append(self.cp.new_int_var(0, most, ""))
            self._short.append(self.cp.new_int_var(0, most, ""))
            self.cp.add(load - self.high <= above[-1])
            self.cp.add(self.low * borne - load <= self._short[-1])
        return self.rank * cp_model.LinearExpr.sum(above + self._short) + moves

    def _uneven(self) -> cp_model.LinearExprT:
        grids, total = self.problem.grids, int(self.weight.sum())
        largest = self.cp.new_int_var(0, grids * total, "")
        for load in self.loads:
            self.cp.add(grids * load - total <= largest)
            self.cp.add(total - grids * load <= largest)
        return largest

    @property
    def rank(self) -> int:
        """What one unit of weight outside counts: more than all moves together."""
        return int(self.moved.max(axis=1).sum()) + 1

    def _loads(self, labels: Labels) -> NDArray[np.int64]:
        return np.array([self.weight[units].sum() for units in members(labels)], dtype=np.int64)

    def _outside(self, loads: NDArray[np.int64]) -> int:
        return int((np.maximum(loads - self.high, 0) + np.maximum(self.low - loads, 0)).sum())

    def _cut(self, piece: list[int], unit: int) -> None:
        """A grid that holds the unit and nobody around the piece holds no more than the piece."""
        lack = self.low - int(self.weight[piece].sum())
        if lack <= 0:
            return
        around = border(piece, self.near)
        for grid in range(self.names):
            ways = [self.inside[other][grid] for other in around]
            if self.objective == "outside":
                here = self.inside[unit][grid] - cp_model.LinearExpr.sum(ways)
                self.cp.add(self._short[grid] >= lack * here)
            else:
                self.cp.add(self.inside[unit][grid] <= cp_model.LinearExpr.sum(ways))

    def _widened(self, piece: list[int], apart: set[int]) -> list[int]:
        """The piece with more around it, while its surroundings do not grow: a sharper cut.

        It stays lighter than a grid, and away from the grid's other pieces.
        """
        wide, around = set(piece), set(border(piece, self.near))
        room = self.low - int(self.weight[piece].sum())
        while True:
            ways = []
            for unit in around:
                beyond = set(self.near[unit]) - wide - around
                if self.weight[unit] < room and len(beyond) <= 1 and not beyond & apart:
                    ways.append((len(beyond), int(self.weight[unit]), unit, beyond))
            if not ways:
                return sorted(wide)
            _, weight, unit, beyond = min(ways)
            wide.add(unit)
            around = (around - {unit}) | beyond
            room -= weight

    def _part(self, piece: list[int], main: list[int]) -> None:
        """Units on both sides of a divide are in one grid only if somebody on the divide is."""
        if self.objective != "outside" and int(self.weight[piece].sum()) < self.low:
            return
        around = set(border(piece, self.near))
        far = set(range(self.problem.units)) - set(piece) - around
        reach = next(part for part in pieces(far, self.near) if main[0] in part)
        divide = sorted(around & set(border(reach, self.near)))
        one, other = (max(side, key=lambda unit: int(self.weight[unit])) for side in (piece, main))
        for grid in range(self.names):
            ways = [self.inside[unit][grid] for unit in divide]
            both = self.inside[one][grid] + self.inside[other][grid]
            self.cp.add(both <= 1 + cp_model.LinearExpr.sum(ways))


def _scale(weight: NDArray[np.float64], size: tuple[float, float]) -> int:
    """The smallest power of ten that makes the weights whole."""
    numbers = np.append(weight, size)
    scale = 1
    while scale < FINEST and np.abs(numbers * scale - np.rint(numbers * scale)).max() > 1e-9:
        scale *= 10
    return scale


def _moved(problem: Problem) -> NDArray[np.int64]:
    """How many buildings move when a unit (row) is put into a grid (column)."""
    counted = np.where(problem.present >= 0, np.rint(problem.buildings), 0).astype(np.int64)
    stays = problem.present[:, None] == np.arange(names(problem))
    return np.where(stays, 0, counted[:, None])
