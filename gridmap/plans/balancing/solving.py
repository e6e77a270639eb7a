"""A village balanced: the division as it is to be. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridmap.areas.codes import next_code
from gridmap.balancing import BalancedPlan, balance
from gridmap.plans.balancing.cells import Cells, cells_of
from gridmap.plans.balancing.model import Village, Wish
from gridmap.profiles import GridCodeScheme

Figures = dict[str, Any]


@dataclass(frozen=True)
class Balanced:
    """A village as it is proposed.

    Attributes:
        shapes: its grids in EPSG:4490 degrees, the special ones too; they tile the village.
        before, after: what both divisions measure (see `gridmap.balance`).
        exceptions: what cannot be had, and why, in Chinese and English.
        repairs: what was mended of the land to cut it, in Chinese.
    """

    shapes: Mapping[str, Any]
    before: Figures
    after: Figures
    exceptions: Sequence[tuple[str, str]] = ()
    repairs: Sequence[str] = ()


class Balancer:
    """Balances one village in several ways; its land is cut once."""

    def __init__(self, village: Village, locked: frozenset[str]) -> None:
        """Cut the village.

        Raises:
            DataError: the land cannot be cut, or nobody lives there.
        """
        self.village = village
        self.locked = locked & set(village.general)
        self.cells: Cells = cells_of(village, self.locked)

    def balanced(
        self,
        wish: Wish,
        scheme: GridCodeScheme,
        taken: Sequence[str],
        cancelled: Callable[[], bool] | None = None,
    ) -> Balanced:
        """The village as a wish has it; grids that come new get the codes that are next.

        Args:
            taken: every code of the village, of whatever plan.
        """
        cells = self.cells
        plan = balance(
            cells.frame, None, weight=dict(wish.weights.items()), within="village",
            unit="compound", current="present", barriers=cells.barriers, size=self.village.size,
            mode=wish.mode, seed=wish.seed, locked=sorted(self.locked), prove_s=wish.prove_s,
            cancelled=cancelled,
        )  # fmt: skip
        names = _named(self.village, plan.assignment, scheme, taken)
        shapes = cells.shapes(dict(enumerate(plan.assignment.map(names))))
        return Balanced(
            shapes, *_figures(plan), [(one.zh, one.en) for one in plan.report.exceptions],
            [*cells.repairs, *plan.report.repairs],
        )  # fmt: skip


def _named(
    village: Village, assignment: Any, scheme: GridCodeScheme, taken: Sequence[str]
) -> dict[str, str]:
    """The code of each grid that was made: its own, or the next that no grid ever had."""
    known, names = [*taken], {}
    for code in sorted(set(assignment)):
        names[code] = code
        if code not in village.division.shapes:
            names[code] = next_code(scheme, village.code, known)
            known.append(names[code])
    return names


def _figures(plan: BalancedPlan) -> tuple[Figures, Figures]:
    nothing = dict.fromkeys(plan.report.total)
    return nothing | plan.report.before, plan.report.total
