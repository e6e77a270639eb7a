"""Balancing: grids that are even, connected, along streets, and close to those of today."""

from gridmap.balancing.actions import Cancelled, balance
from gridmap.balancing.exact import Statement
from gridmap.balancing.outcome import BalancedPlan, Report
from gridmap.balancing.search import Mode

__all__ = ["BalancedPlan", "Cancelled", "Mode", "Report", "Statement", "balance"]
