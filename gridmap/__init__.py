"""gridmap: grids, premises and incidents on one map, for grid-based local government.

For analysts: `gridmap.connect()` opens the county's database and answers with GeoDataFrames and
maps; `gridmap.GridIndex` tells which grid points are in, and `gridmap.balance` proposes grids, both
without a database. What they need is
imported when it is first asked for: the command line starts without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gridmap.balancing import BalancedPlan, balance
    from gridmap.geo.index import GridIndex
    from gridmap.workspace import Workspace, connect

__all__ = ["BalancedPlan", "GridIndex", "Workspace", "balance", "connect"]

_HOME_OF = {
    "balance": "gridmap.balancing",
    "BalancedPlan": "gridmap.balancing",
    "connect": "gridmap.workspace",
    "GridIndex": "gridmap.geo.index",
    "Workspace": "gridmap.workspace",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'gridmap' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
