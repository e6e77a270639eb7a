"""The four criteria of a good division (凉州): size, service distance, staff, facilities. Pure.

Each has a score from 0 to 1 and the figure behind it.
"""

from typing import Any

import numpy as np
import shapely

from gridmap.balancing.cells import Cells, Numbers
from gridmap.balancing.problem import Floats
from gridmap.balancing.scoring import Measured

NEAR_M = 500.0
"""So far from the middle of its grid a home is served well."""

_FAIR = 0.25  # of the mean load of an officer, that one may have more or less


def criteria(
    cells: Cells, measured: Measured, facilities: Floats, staff: Floats, today: Numbers
) -> dict[str, dict[str, Any]]:
    """The criteria of a division, by name.

    Args:
        facilities: float64 (buildings, kinds).
        staff: officers of each of today's grids; empty where nothing is known.
        today: which of today's grids each grid is; -1: it is new.
    """
    grids = len(today)
    within = int(measured.in_range.sum())
    found = {
        "size": _told(
            within / max(grids, 1), f"户数在范围内的网格 {within} / {grids}",
            f"{within} of {grids} grids in range",
        ),
        "distance": _distance(cells, measured),
    }  # fmt: skip
    if len(staff):
        found["staff"] = _staff(measured, staff, today)
    if facilities.shape[1]:
        there = np.array([np.bincount(measured.label, one, grids) > 0 for one in facilities.T]).all(
            axis=0
        )
        count = int(there.sum())
        found["facilities"] = _told(
            count / max(grids, 1), f"设施齐全的网格 {count} / {grids}",
            f"{count} of {grids} grids have every facility",
        )  # fmt: skip
    return found


def _told(score: float, zh: str, en: str) -> dict[str, Any]:
    return {"score": score, "zh": zh, "en": en}


def _distance(cells: Cells, measured: Measured) -> dict[str, Any]:
    """From each home to the middle of the homes of its grid, as the crow flies."""
    middles = shapely.centroid(cells.shapes)
    points = np.column_stack([shapely.get_x(middles), shapely.get_y(middles)])
    weight = cells.households + 1e-9
    label, grids = measured.label, len(measured.village)
    total = np.bincount(label, weight, grids)
    centre = np.column_stack(
        [np.bincount(label, weight * points[:, axis], grids) / total for axis in (0, 1)]
    )
    away = np.hypot(*(points - centre[label]).T)
    mean = float(np.average(away, weights=weight))
    return _told(
        float(weight[away <= NEAR_M].sum() / weight.sum()), f"住户到网格中心平均 {mean:,.0f} 米",
        f"{mean:,.0f} m on average from a household to the middle of its grid",
    )  # fmt: skip


def _staff(measured: Measured, staff: Floats, today: Numbers) -> dict[str, Any]:
    """Grids whose load per officer is near to the mean; a new grid has one officer."""
    officers = np.where(today >= 0, staff[np.maximum(today, 0)], 1.0)
    manned = officers > 0
    load = measured.weight / np.maximum(officers, 1e-9)
    mean = float(measured.weight.sum() / max(officers.sum(), 1e-9))
    fair = int((manned & (np.abs(load / max(mean, 1e-9) - 1) <= _FAIR)).sum())
    return _told(
        fair / max(len(today), 1), f"人均工作量相近的网格 {fair} / {len(today)}",
        f"{fair} of {len(today)} grids have about the mean load per officer",
    )  # fmt: skip
