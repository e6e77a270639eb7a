"""Which grid a point is in: `GridIndex`, and what it reports about its grids."""

from gridmap.geo.index.grid_index import GridIndex
from gridmap.geo.index.report import Overlap, Report

__all__ = ["GridIndex", "Overlap", "Report"]
