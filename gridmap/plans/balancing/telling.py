"""A proposal told: its grids beside those of today, who moves where, and what it measures. Pure.

What comes back is ready to be JSON; the shapes are GeoJSON in EPSG:4490, every double as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from gridmap.plans.balancing.model import Village, Weight
from gridmap.plans.balancing.solving import Balanced, Figures
from gridmap.plans.figures import Load, loads, moves
from gridmap.plans.redrawing import change_of, differences

Told = dict[str, Any]
_COUNTED = ("buildings", "households")
Weights = Mapping[Weight, float]

_COUNTS = ("grids", "buildings", "households", "in_range", "possible", "connected",
           "moved_buildings", "moved_households", "moved_at_least")  # fmt: skip


def present(village: Village, weights: Weights, locked: frozenset[str]) -> list[Told]:
    """The grids of today, with the versions that a proposal is made for."""
    rows = _grids(village, village.division.shapes, weights, locked)
    return [{**row, "version": village.versions[row["code"]]} for row in rows]


def proposed(
    village: Village, balanced: Balanced, weights: Weights, locked: frozenset[str]
) -> Told:
    """One village of a proposal: figures, grids, ended, moves, exceptions, repairs."""
    division, homes = village.division, village.homes
    change = change_of(division, balanced.shapes)
    fates = {one.code: one.fate for one in differences(division, change, homes)}
    was, will = homes.grids(division.shapes), homes.grids(balanced.shapes)
    moved = moves(homes, was, will)
    return {
        "before": balanced.before | _counts(village, was, {}),
        "after": balanced.after | _counts(village, will, moved),
        "grids": [
            {**row, "fate": fates[row["code"]]}
            for row in _grids(village, balanced.shapes, weights, locked)
        ],
        "ended": [{"code": code, "village": village.code} for code in change.ended],
        "moves": [
            {"village": village.code, "from": one, "to": other, **vars(load)}
            for (one, other), load in moved.items()
        ],
        "exceptions": [
            {"village": village.code, "zh": zh, "en": en} for zh, en in balanced.exceptions
        ],
        "repairs": [
            {"village": village.code, "zh": zh, "en": en}
            for zh, _, en in (told.partition(" / ") for told in balanced.repairs)
        ],
    }


def together(mode: str, villages: Sequence[tuple[Village, Told]], today: Sequence[Told]) -> Told:
    """The villages of one proposal as one.

    Args:
        today: the grids of all of them as `present` tells them.
    """
    told = {
        name: [row for _, one in villages for row in one[name]]
        for name in ("grids", "ended", "moves", "exceptions", "repairs")
    }
    before, after = ([one[side] for _, one in villages] for side in ("before", "after"))
    return {
        "mode": mode,
        "before": in_all(before, today),
        "after": in_all(after, told["grids"]),
        "villages": [
            {"code": village.code, "name": village.name, "before": one["before"],
             "after": one["after"]}
            for village, one in villages
        ],
        **told,
    }  # fmt: skip


def of_village(village: str, rows: Sequence[Told]) -> list[Told]:
    """Those of the rows of a proposal that are about one village."""
    return [row for row in rows if row.get("village", row.get("code")) == village]


def in_all(figures: Sequence[Figures], grids: Sequence[Told]) -> Figures:
    """The figures of several villages as one: sums, and means over grids or metres."""

    def of(name: str) -> Any:
        return np.array([one.get(name) or 0.0 for one in figures], dtype=np.float64)

    def share(part: Any, whole: Any) -> float | None:
        return float(part.sum() / whole.sum()) if whole.sum() else None

    off = np.abs([row["deviation"] for row in grids if row["deviation"] is not None])
    return {
        **{name: int(of(name).sum()) for name in _COUNTS},
        "border_m": float(of("border_m").sum()),
        "border_cost_m": float(of("border_cost_m").sum()),
        "max_deviation": float(off.max()) if len(off) else None,
        "mean_deviation": float(off.mean()) if len(off) else None,
        "p95_deviation": float(np.quantile(off, 0.95)) if len(off) else None,
        "road_share": share(of("road_share") * of("border_m"), of("border_m")),
        "polsby_popper": share(of("polsby_popper") * of("grids"), of("grids")),
        "moved_share": share(of("moved_buildings"), of("buildings")),
        "moved_households_share": share(of("moved_households"), of("households")),
    }


def _counts(
    village: Village,
    grids: Sequence[str | None],
    moved: Mapping[tuple[str | None, str | None], Load],
) -> Figures:
    """What is counted by the anchors of buildings: a cell may hold none of them, or several."""
    found = loads(village.homes, grids)
    here = [load for code, load in found.items() if village.kinds.get(code or "") != "special"]
    buildings, households = (sum(getattr(one, name) for one in here) for name in _COUNTED)
    gone = [load for (one, _), load in moved.items() if one is not None]
    moved_buildings, moved_households = (sum(getattr(one, n) for one in gone) for n in _COUNTED)
    return {
        "buildings": buildings,
        "households": households,
        "moved_buildings": moved_buildings,
        "moved_households": moved_households,
        "moved_share": moved_buildings / buildings if buildings else None,
        "moved_households_share": moved_households / households if households else None,
    }


def _grids(
    village: Village, shapes: Mapping[str, Any], weights: Weights, locked: frozenset[str]
) -> list[Told]:
    found = loads(village.homes, village.homes.grids(shapes))
    areas = shapely.area(village.division.stretch.to_metres(np.array([*shapes.values()], object)))
    kinds = {code: village.kinds.get(code, "general") for code in shapes}
    weight = {code: _weight(found.get(code, Load()), weights) for code in shapes}
    general = [code for code in shapes if kinds[code] == "general"]
    target = sum(weight[code] for code in general) / len(general) if general else 0.0
    low, high = village.size
    rows = []
    for code, area in sorted(zip(shapes, areas.tolist(), strict=True)):
        counts = kinds[code] == "general"
        rows.append(
            {
                "code": code,
                "name": village.name_of(code),
                "village": village.code,
                "kind": kinds[code],
                "area_kind": village.area_kinds.get(code, village.area_kind),
                "locked": code in locked,
                **vars(found.get(code, Load())),
                "weight": weight[code],
                "deviation": weight[code] / target - 1 if counts and target else None,
                "in_range": low <= weight[code] <= high if counts else None,
                "area_m2": area,
                "geometry": dict(shapely.geometry.mapping(shapes[code])),
            }
        )
    return rows


def _weight(load: Load, weights: Weights) -> float:
    return float(sum(getattr(load, name) * factor for name, factor in weights.items()))
