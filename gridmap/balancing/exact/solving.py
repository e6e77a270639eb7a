"""The best division of a small village, found and proven by OR-tools CP-SAT.

Lazy cuts, as Oehrlein and Haunert (2017), "A cutting-plane method for contiguity-constrained
spatial aggregation", do for integer programs: solve, cut off what is not connected, solve again.
On the 27 villages of a measured town with up to 60 units that need a change, this takes 2 s of CPU;
a single model in which every unit has a parent took 80 s and left three unsolved.

Time is CP-SAT's deterministic time, which counts operations and is close to seconds: the same call
gives the same answer on a slow machine too. Only what runs five times over by the clock is stopped.
"""

from dataclasses import dataclass, replace
from math import ceil
from time import monotonic
from typing import Literal

import numpy as np
from ortools.sat.python import cp_model

from gridmap.balancing.exact import arithmetic
from gridmap.balancing.exact.bounds import ended_buildings, moves_at_least
from gridmap.balancing.exact.model import Model, Objective
from gridmap.balancing.exact.naming import as_today, moved, numbered
from gridmap.balancing.problem import Labels, Problem

Status = Literal["optimal", "better", "as_found", "infeasible"]
OVERTIME = 5.0


@dataclass(frozen=True)
class Solved:
    """What the solver made of a division.

    Attributes:
        labels: the division; if `infeasible`, the one with least weight outside of the range.
        status: `optimal`, proven; `better` than found or as found, without a proof; `infeasible`,
            proven that no connected division is in range.
        value, bound: buildings moved (or for `even` the largest deviation, as a share of the
            target) in this division, and in any division in range at least.
        outside, outside_at_least: weight outside of the range here, and at least; 0 in range.
    """

    labels: Labels
    status: Status
    value: float
    bound: float
    outside: float = 0.0
    outside_at_least: float = 0.0


def improve(
    problem: Problem,
    found: Labels,
    *,
    seconds: float,
    seed: int = 0,
    objective: Literal["moves", "even"] = "moves",
) -> Solved:
    """A division at least as good as the found one, and how much better one could be.

    Both bear today's numbers, see `naming`. `found` need not be in range nor connected: then
    whatever is comes before it. Meant for up to some 60 units.
    """
    run = _Run(Model(problem, objective), seconds, seed)
    if objective == "moves":
        run.bound = moves_at_least(problem)
    ended = run.search(found if objective == "moves" else numbered(problem, found)[0])
    if run.best is None and ended:
        return least_outside(problem, found, seconds=run.left(), seed=seed)
    same = run.best is None or run.best is run.first
    status: Status = "optimal" if ended else "as_found" if same else "better"
    best = found if same or run.best is None else run.best
    if objective == "moves":
        return _measured(problem, best, status, run.bound)
    best = best if same else as_today(problem, best)
    total = float(problem.weight.sum())
    return _measured(problem, best, status, run.bound / (total * run.model.scale), "even")


def least_outside(problem: Problem, found: Labels, *, seconds: float, seed: int = 0) -> Solved:
    """The connected division with the least weight outside of the range, and then fewest moves.

    For villages that cannot be in range. As found, if no division is connected at all.
    """
    run = _Run(Model(problem, "outside"), seconds, seed)
    run.search(found)
    labels = found if run.best is None else run.best
    solved = _measured(problem, labels, "infeasible", ended_buildings(problem))
    return replace(solved, outside_at_least=run.bound // run.model.rank / run.model.scale)


def moves_bound(problem: Problem, seconds: float, seed: int = 0) -> int:
    """How many buildings move in any division in range, at least; whether connected is not asked.

    Where no division is in range, the buildings of the grids that must end.
    """
    run = _Run(Model(problem, "moves"), seconds, seed)
    if run.once() == cp_model.INFEASIBLE:
        return ended_buildings(problem)
    return max(run.bound, moves_at_least(problem))


class _Run:
    """One search: solves, cuts, and keeps the best connected division."""

    def __init__(self, model: Model, seconds: float, seed: int) -> None:
        self.model = model
        self.first: Labels | None = None
        self.best: Labels | None = None
        self.bound = 0
        self._seed = seed
        self._seconds = seconds
        self._used = 0.0
        self._until = monotonic() + OVERTIME * seconds
        self._met: list[Labels] = []

    def left(self) -> float:
        """Deterministic seconds that are left."""
        return max(0.0, self._seconds - self._used)

    def search(self, found: Labels) -> bool:
        """Go on until the best is proven, or that there is none, or the time is up: False."""
        self.first = found
        if self.model.allows(found):
            self._take(found)
        self.model.hint(found)
        while not self._proven() and not self._over():
            if self.once() == cp_model.INFEASIBLE:
                if self.best is not None:
                    self.bound = self.model.value(self.best)
                return True
            self._look()
        return self._proven()

    def once(self) -> cp_model.CpSolverStatus:
        """Solve the model as it is; raises the bound."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self._seed
        solver.parameters.max_deterministic_time = self.left()
        solver.parameters.max_time_in_seconds = max(0.0, self._until - monotonic())
        collector = _Collector(self.model)
        status = solver.solve(self.model.cp, collector)
        self._met = collector.met
        self._used += solver.response_proto.deterministic_time
        if status != cp_model.INFEASIBLE:
            self.bound = max(self.bound, ceil(solver.best_objective_bound - 1e-6))
        return status

    def _look(self) -> None:
        """Keep the best connected division of the last solve, and cut off those that beat it."""
        for labels in reversed(self._met):
            if self.model.connected(labels):
                self._take(labels)
                break
            self.model.connect(labels)
        if self._met:
            self.model.hint(self._met[-1])

    def _take(self, labels: Labels) -> None:
        """The best so far; from now on only better ones are looked for."""
        self.best = labels
        self.model.better_than(labels)

    def _proven(self) -> bool:
        return self.best is not None and self.bound >= self.model.value(self.best)

    def _over(self) -> bool:
        return self.left() <= 0.0 or monotonic() >= self._until


class _Collector(cp_model.CpSolverSolutionCallback):
    """The divisions a solve meets on its way, each better than the one before."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.met: list[Labels] = []
        self._model = model

    def on_solution_callback(self) -> None:
        """Called by the solver."""
        self.met.append(self._model.read(self.boolean_value))


def _measured(
    problem: Problem, labels: Labels, status: Status, bound: float, objective: Objective = "moves"
) -> Solved:
    loads = arithmetic.loads(problem, labels)
    value = float(moved(problem, labels))
    if objective == "even":
        value = float(np.abs(loads * problem.grids / problem.weight.sum() - 1).max())
    beside = float(np.abs(arithmetic.outside(loads, problem.size)).sum())
    return Solved(labels, status, value, bound, beside)
