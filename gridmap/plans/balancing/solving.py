"""A village balanced: the division as it is to be. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gridmap.areas.codes import next_code
from gridmap.balancing import BalancedPlan, balance
from gridmap.errors import DataError
from gridmap.plans.balancing.cells import Cells, cells_of
from gridmap.plans.balancing.model import Village, Wish, load_of
from gridmap.plans.editing import Refused, Rules, judge
from gridmap.plans.redrawing import change_of
from gridmap.profiles import GridCodeScheme

Figures = dict[str, Any]

_TRIES = 3  # a grid that hangs together by less than a metre of border is drawn otherwise


@dataclass(frozen=True)
class Balanced:
    """A village as it is proposed.

    Attributes:
        shapes: its grids in EPSG:4490 degrees, the special ones too; they tile the village.
        before, after: what both divisions measure (see `gridmap.balance`).
        exceptions: what cannot be had, and why, in Chinese and English.
        repairs: what was mended of the land to cut it, in Chinese and English.
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

        Raises:
            DataError: there is nothing to balance, or what was found cannot be drawn.
        """
        refusal = None
        for seed in range(wish.seed, wish.seed + _TRIES):
            plan = self._plan(replace(wish, seed=seed), cancelled)
            names = _named(self.village, plan.assignment, scheme, taken)
            codes = plan.assignment.map(names)
            shapes = self.cells.shapes(dict(zip(codes.index.tolist(), codes.tolist(), strict=True)))
            refusal = _refusal(self.village, shapes)
            if refusal is None:
                told = [(one.zh, one.en) for one in plan.report.exceptions]
                repairs = [*self.cells.repairs, *plan.report.repairs]
                return Balanced(shapes, *_figures(plan), told, repairs)
        assert refusal is not None
        raise DataError(
            f"{self.village.name} 的均衡方案画不成合格的网格：{refusal.zh}",
            f"what was found for {self.village.code} cannot be drawn: {refusal.en}",
        )

    def _plan(self, wish: Wish, cancelled: Callable[[], bool] | None) -> BalancedPlan:
        village = self.village
        return balance(
            self.cells.frame, None, weight=load_of(wish.weights), within="village",
            unit="compound", current="present", barriers=self.cells.barriers, size=village.size,
            mode=wish.mode, seed=wish.seed, locked=sorted(self.locked), prove_s=wish.prove_s,
            grids=self._as_many(wish), cancelled=cancelled,
        )  # fmt: skip

    def _as_many(self, wish: Wish) -> dict[str, int] | None:
        """As many grids as today where few are to move and all of today's are in range."""
        low, high = self.village.size
        frame = self.cells.frame
        load = sum(frame[name] * factor for name, factor in wish.weights.items())
        today = load.groupby(frame["present"]).sum()
        fits = len(today) > 0 and today.between(low, high).all()
        return {self.village.code: len(today)} if fits and wish.mode == "stable" else None


def as_proposed(village: Village, found: Sequence[Balanced | DataError]) -> list[Balanced]:
    """One village in several modes: where one failed, it stays as it is, with the reason.

    Raises:
        DataError: the first one, where all modes failed.
    """
    done = next((one for one in found if isinstance(one, Balanced)), None)
    if done is None:
        raise next(one for one in found if isinstance(one, DataError))
    return [
        one if isinstance(one, Balanced)
        else Balanced(village.division.shapes, done.before, done.before, [(one.zh, one.en)])
        for one in found
    ]  # fmt: skip


def _refusal(village: Village, shapes: Mapping[str, Any]) -> Refused | None:
    """What speaks against drawing these grids; None where nothing does, or nothing changes."""
    change = change_of(village.division, shapes)
    if not change.shapes and not change.ended:
        return None
    try:
        judge(village.division, change, village.homes.footprints, Rules())
    except Refused as refused:
        return refused
    return None


def _named(
    village: Village, assignment: Any, scheme: GridCodeScheme, taken: Sequence[str]
) -> dict[str, str]:
    """The code of each grid that was made: its own, or the next that no grid ever had."""
    known, names = [*taken, *village.division.shapes], {}
    for code in sorted(set(assignment)):
        names[code] = code
        if code not in village.general:  # the balancing knows of no special grid
            names[code] = next_code(scheme, village.code, known)
            known.append(names[code])
    return names


def _figures(plan: BalancedPlan) -> tuple[Figures, Figures]:
    nothing = dict.fromkeys(plan.report.total)
    return nothing | plan.report.before, plan.report.total
