"""The four criteria of a good division (凉州): size, service distance, staff, facilities. Pure.

Each is a share from 0 to 1 with the figure behind it, so that two drafts can be compared. The
editor computes the same while a border moves (web/src/plans/arcs/criteria.ts); the file
tests/plans/criteria.json holds both to the same values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gridmap.geo.coverage import Stretch
from gridmap.plans.figures import Homes, Load, loads
from gridmap.profiles import SizeLimits

NEAR_M = {"urban": 500.0, "rural": 1_500.0}
"""How far a home may lie from the middle of its grid to be served well."""


@dataclass(frozen=True)
class Criterion:
    """One criterion: `score` from 0 to 1, what it is the share of, and the figure in words."""

    name: str
    score: float
    zh: str
    en: str


def criteria(
    kinds: Mapping[str, str],
    limits: SizeLimits,
    homes: Homes,
    grids: Sequence[str | None],
    staff: Mapping[str, int],
    served: Sequence[str | None],
    stretch: Stretch,
) -> list[Criterion]:
    """How good a division is.

    Args:
        kinds: urban or rural, by the code of every grid that counts.
        grids: the grid of each building of `homes`.
        staff: people posted, by grid.
        served: the grid of each facility.
        stretch: degrees to metres in the village.
    """
    return [
        _size(kinds, loads(homes, grids), limits),
        _distance(kinds, homes, grids, stretch),
        _share(
            "staff", kinds, {code for code in kinds if staff.get(code)},
            "有人任职的网格", "grids with somebody posted",
        ),
        _share(
            "facilities", kinds, {code for code in served if code},
            "有服务单位的网格", "grids with an organisation in them",
        ),
    ]  # fmt: skip


def _size(
    kinds: Mapping[str, str], found: Mapping[str | None, Load], limits: SizeLimits
) -> Criterion:
    within = set()
    for code, kind in kinds.items():
        low, high = limits.urban if kind == "urban" else limits.rural
        if low <= found.get(code, Load()).households <= high:
            within.add(code)
    return _share(
        "size", kinds, within, "户数在范围内的网格", "grids with as many households as wanted"
    )


def _distance(
    kinds: Mapping[str, str], homes: Homes, grids: Sequence[str | None], stretch: Stretch
) -> Criterion:
    """From each home to the middle of the homes of its grid, as the crow flies."""
    inside = np.array([code in kinds for code in grids], dtype=bool) & (homes.households > 0)
    if not inside.any():
        return Criterion("distance", 1.0, "没有住户", "no households")
    points = np.column_stack([homes.lon, homes.lat])[inside]
    weights = homes.households[inside]
    codes = np.array([code or "" for code in grids], dtype=object)[inside]
    metres = stretch.metres(points)
    distance = np.zeros(len(points))
    for code in set(codes.tolist()):
        mine = codes == code
        middle = np.average(metres[mine], axis=0, weights=weights[mine])
        distance[mine] = np.hypot(*(metres[mine] - middle).T)
    near = np.array([NEAR_M[kinds[code]] for code in codes])
    share = float(weights[distance <= near].sum() / weights.sum())
    mean = float(np.average(distance, weights=weights))
    return Criterion(
        "distance", share, f"住户到网格中心平均 {mean:,.0f} 米",
        f"{mean:,.0f} m on average from a household to the middle of its grid",
    )  # fmt: skip


def _share(name: str, kinds: Mapping[str, Any], good: set[str], zh: str, en: str) -> Criterion:
    number = len(good & set(kinds))
    score = number / len(kinds) if kinds else 1.0
    return Criterion(name, score, f"{zh} {number} / {len(kinds)}", f"{number} of {len(kinds)} {en}")
