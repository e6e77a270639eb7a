"""From the divisions of all villages to grids with codes and shapes, moves and a report. Pure."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.balancing.cells import Cells, Units
from gridmap.balancing.criteria import criteria
from gridmap.balancing.divisions import Divided
from gridmap.balancing.ground.planar import joined
from gridmap.balancing.intake import Taken
from gridmap.balancing.numbering import new_codes, reading_order, scheme_of
from gridmap.balancing.outcome import BalancedPlan, Report
from gridmap.balancing.problem import Floats
from gridmap.balancing.scoring import Measured, by_village, figures, measure
from gridmap.balancing.villages import Size

Numbers = NDArray[np.int64]


def assembled(
    taken: Taken, units: Units, done: Sequence[Divided], sizes: Sequence[Size], staff: Floats
) -> BalancedPlan:
    """The proposed plan.

    Args:
        done: the division of each village.
        sizes: of each village.
        staff: officers of each of today's grids; empty where nothing is known.
    """
    cells = taken.cells
    first = np.cumsum([0, *(len(one.today) for one in done)])
    label = np.concatenate([one.label + first[v] for v, one in enumerate(done)])
    label = label.astype(np.int32)[units.of]
    today = np.concatenate([one.today for one in done]).astype(np.int64)
    village = np.repeat(np.arange(len(done)), np.diff(first))
    measured = measure(cells, label, today, _per_grid(sizes, village))
    shapes = joined(cells.shapes, label.astype(np.int64), len(today))
    codes = _codes(taken, today, village, shapes)
    possible = np.array([one.possible for one in done], dtype=bool)[village]
    return BalancedPlan(
        _grids(taken, measured, codes, shapes),
        pd.Series(np.array(codes, dtype=object)[label], index=taken.table.index, name="code"),
        _moves(taken, measured, codes),
        Report(
            _with_bounds(figures(cells, measured, possible), done),
            _villages(by_village(cells, measured, possible), done),
            _before(cells, sizes),
            criteria(cells, measured, taken.facilities, staff, today),
            [one.exceptional for one in done if one.exceptional is not None],
            taken.repairs,
        ),
    )


def _per_grid(sizes: Sequence[Size], village: NDArray[Any]) -> Floats:
    found: Floats = np.array(sizes, dtype=np.float64)[village]
    return found


def _codes(
    given: Taken, today: Numbers, village: NDArray[Any], shapes: NDArray[np.object_]
) -> list[str]:
    """The code of each grid: what stays keeps its own, the others get the next free numbers."""
    cells = given.cells
    codes = [cells.codes[one] if one >= 0 else "" for one in today.tolist()]
    new = np.array([not code for code in codes], dtype=bool)
    middle = shapely.centroid(shapes)
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    taken: dict[str, list[str]] = {}
    for code, at in zip(cells.codes, given.holders.tolist(), strict=True):
        if code:
            taken.setdefault(cells.villages[at], []).append(code)
    wanted = np.bincount(village[new], minlength=len(cells.villages)).tolist()
    scheme = scheme_of([code for code in cells.codes if code], cells.villages)
    made = new_codes(scheme, cells.villages, taken, wanted)
    side_m = float(np.sqrt(np.mean(cells.area_m2.sum() / max(len(codes), 1))))
    for at in np.flatnonzero(wanted).tolist():
        grids = np.flatnonzero(new & (village == at))
        for grid, code in zip(
            grids[reading_order(x[grids], y[grids], side_m)].tolist(), made[at], strict=True
        ):
            codes[grid] = code
    return codes


def _grids(
    taken: Taken, measured: Measured, codes: Sequence[str], shapes: NDArray[np.object_]
) -> gpd.GeoDataFrame:
    cells = taken.cells
    found = gpd.GeoDataFrame(
        {
            "code": codes,
            "village": np.array(cells.villages, dtype=object)[measured.village],
            "weight": measured.weight,
            "households": measured.households,
            "buildings": measured.buildings.astype(np.int64),
            "area_m2": measured.area_m2,
        },
        geometry=shapes,
        crs=taken.table.crs,
    )
    if len(taken.empty):
        found = pd.concat([found, _bare(taken)], ignore_index=True)
        # Their outlines lack the vertices that the borders of grids have on the village line.
        found.geometry = shapely.coverage_clean(  # type: ignore[attr-defined]
            np.asarray(found.geometry, dtype=np.object_)
        )
    return found.to_crs(taken.crs) if taken.table.crs != taken.crs else found


def _bare(taken: Taken) -> gpd.GeoDataFrame:
    """Villages without a building: each is one grid, so that the grids tile the territory."""
    villages = [str(village) for village in taken.empty.index]
    scheme = scheme_of([code for code in taken.cells.codes if code], villages)
    codes = [code for (code,) in new_codes(scheme, villages, {}, [1] * len(villages))]
    return gpd.GeoDataFrame(
        {
            "code": codes,
            "village": villages,
            "weight": 0.0,
            "households": 0.0,
            "buildings": 0,
            "area_m2": taken.empty.geometry.area.to_numpy(),
        },
        geometry=taken.empty.geometry.to_numpy(),
        crs=taken.empty.crs,
    )


def _moves(taken: Taken, measured: Measured, codes: Sequence[str]) -> pd.DataFrame:
    cells, moved = taken.cells, measured.moved
    return pd.DataFrame(
        {
            "building": taken.table.index[moved],
            "from_code": np.array([*cells.codes, ""], dtype=object)[cells.present[moved]],
            "to_code": np.array(codes, dtype=object)[measured.label[moved]],
            "households": cells.households[moved],
        }
    )


def _with_bounds(total: dict[str, Any], done: Sequence[Divided]) -> dict[str, Any]:
    return total | {
        "moved_at_least": sum(one.at_least for one in done),
        "villages": len(done),
        "optimal": sum(one.optimal for one in done),
    }


def _villages(table: pd.DataFrame, done: Sequence[Divided]) -> pd.DataFrame:
    return table.assign(
        moved_at_least=[one.at_least for one in done], optimal=[one.optimal for one in done]
    )


def _before(cells: Cells, sizes: Sequence[Size]) -> dict[str, Any]:
    """The figures of today's grids; nothing where some building is in none."""
    if not len(cells.codes) or (cells.present < 0).any():
        return {}
    used, label = np.unique(cells.present, return_inverse=True)
    village = np.zeros(len(used), dtype=np.int64)
    village[label] = cells.village
    measured = measure(
        cells, label.astype(np.int32), used.astype(np.int64), _per_grid(sizes, village)
    )
    return figures(cells, measured, np.ones(len(used), dtype=bool))
