"""gridmap: grids, premises and incidents on one map, for grid-based local government.

For analysts: `gridmap.connect()` opens the county's database and answers with GeoDataFrames and
maps. What it needs is imported when it is first asked for: the command line starts without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gridmap.workspace import Workspace, connect

__all__ = ["Workspace", "connect"]

_HOME_OF = {"connect": "gridmap.workspace", "Workspace": "gridmap.workspace"}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'gridmap' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
