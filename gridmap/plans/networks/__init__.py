"""多网合一: the grids that departments drew for themselves, merged into one network. Pure."""

from gridmap.plans.networks.merge import merge_networks
from gridmap.plans.networks.model import (
    Buildings,
    Conflict,
    Merged,
    MergedGrid,
    NetworkGrid,
    Share,
    VillageReport,
)

__all__ = [
    "Buildings",
    "Conflict",
    "Merged",
    "MergedGrid",
    "NetworkGrid",
    "Share",
    "VillageReport",
    "merge_networks",
]
