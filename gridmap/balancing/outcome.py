"""What balancing answers: the grids, where every building goes, and how good it is."""

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from gridmap.balancing.exact import Statement


@dataclass(frozen=True)
class Report:
    """How good a division is, beside that of today.

    Attributes:
        total, villages: the figures (`gridmap.balancing.scoring.FIGURES`) of all and of every
            village; `moved_at_least`: so many buildings have to change in any division that is as
            much in range.
        before: the figures of today's grids; empty where there are none.
        criteria: the four criteria of a good division, each from 0 to 1, with figures in words.
        exceptions: why villages are not in range: forbidden by arithmetic, proven, or not proven.
        repairs: what of the input was mended, in Chinese and English.
    """

    total: dict[str, Any]
    villages: pd.DataFrame
    before: dict[str, Any]
    criteria: dict[str, dict[str, Any]]
    exceptions: list[Statement] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class BalancedPlan:
    """A proposed division.

    Attributes:
        grids: code, village, weight, households, buildings, area_m2, geometry; in the CRS of the
            input. The grids of a village tile it.
        assignment: the code of each building's grid, under the index of the buildings.
        moves: building, from_code, to_code, households, of every building that changes its grid.
        report: the figures.
    """

    grids: gpd.GeoDataFrame
    assignment: pd.Series
    moves: pd.DataFrame
    report: Report
