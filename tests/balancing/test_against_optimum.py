"""The small villages of the measured towns against their proven optimum."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import gridmap

UNITS = 60


@pytest.fixture(scope="module")
def villages(shared_data: Path) -> pd.DataFrame:
    """The report on every village of up to 60 units that can be in range, finished exactly."""
    folder = shared_data / "balance" / "town_20k"
    cells = gpd.read_parquet(folder / "cells.parquet")
    units = cells.groupby("village")["compound"].nunique()
    small = units.index[units <= UNITS]
    plan = gridmap.balance(
        cells[cells["village"].isin(small)],
        gpd.read_parquet(folder / "villages.parquet").query("village in @small"),
        barriers=gpd.read_parquet(folder / "barriers.parquet"),
        mode="stable",
        seed=0,
        prove_s=5,
    )
    report = plan.report.villages
    return report[report["in_range"] == report["grids"]]


def test_no_village_moves_more_than_a_fifth_above_what_it_must(villages: pd.DataFrame) -> None:
    assert len(villages) >= 70
    assert (villages["moved_buildings"] >= villages["moved_at_least"]).all()
    assert (villages["moved_buildings"] <= 1.2 * villages["moved_at_least"]).all()


def test_nearly_every_village_is_proven_to_be_at_its_optimum(villages: pd.DataFrame) -> None:
    assert villages["optimal"].mean() >= 0.95
    proven = villages[villages["optimal"]]
    assert (proven["moved_buildings"] == proven["moved_at_least"]).all()
    assert (proven["moved_buildings"] > 0).sum() >= 15
