"""The measured towns as problems: units and contacts, read from their cells.

The cells share whole segments, so that two cells touch where they have a segment in common.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.balancing.problem import Contacts, Problem

SIZE = (300.0, 500.0)


def problems(town: Path, *, most: int | None = None) -> dict[str, Problem]:
    """The villages of a town by code; only those of at most so many units, if told."""
    cells = gpd.read_parquet(town / "cells.parquet")
    found = {}
    for village, rows in cells.groupby("village"):
        if most is None or rows["compound"].nunique() <= most:
            found[str(village)] = _problem(rows)
    return found


def grids_wanted(weight: float, present: int) -> int:
    """As many as there are while they are of good size, else one to every 400."""
    return present if 340 <= weight / present <= 460 else max(1, round(weight / 400))


def _problem(rows: gpd.GeoDataFrame) -> Problem:
    unit, _ = pd.factorize(rows["compound"])
    units = int(unit.max()) + 1
    households = np.bincount(unit, rows["households"], units)
    present = np.zeros(units, dtype=np.int32)
    present[unit], codes = pd.factorize(rows["present"], sort=True)
    grids = grids_wanted(float(households.sum()), len(codes))
    area = np.bincount(unit, rows.area, units)
    return Problem(
        weight=households,
        households=households,
        buildings=np.bincount(unit, minlength=units).astype(np.float64),
        area_m2=area,
        outline_m=np.zeros(units),
        contacts=_contacts(rows, unit, units),
        present=present,
        grids=grids,
        size=SIZE,
        facilities=np.zeros((units, 0)),
        capacity=np.ones(grids),
    )


def _contacts(rows: gpd.GeoDataFrame, unit: np.ndarray, units: int) -> Contacts:
    points, cell = shapely.get_coordinates(rows.geometry.to_numpy(), return_index=True)
    same = cell[1:] == cell[:-1]
    ends = np.hstack([points[:-1], points[1:]])[same]
    flip = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends[flip] = ends[flip][:, [2, 3, 0, 1]]
    sides = pd.DataFrame(ends, columns=["ax", "ay", "bx", "by"]).assign(unit=unit[cell[:-1][same]])
    pairs = sides.merge(sides, on=["ax", "ay", "bx", "by"], suffixes=("", "_far"))
    pairs = pairs[pairs["unit"] != pairs["unit_far"]]
    length = np.hypot(pairs["ax"] - pairs["bx"], pairs["ay"] - pairs["by"])
    border = length.groupby([pairs["unit"], pairs["unit_far"]]).sum()
    near = border.index.get_level_values(0)
    return Contacts(
        start=np.searchsorted(near, np.arange(units + 1)).astype(np.int64),
        other=border.index.get_level_values(1).to_numpy(dtype=np.int32),
        length_m=border.to_numpy(),
        cost_m=border.to_numpy(),
        open=np.ones(len(border), dtype=np.bool_),
    )
