"""The ground: from real buildings, villages and barriers to cells that tile the villages. Pure."""

from gridmap.balancing.ground.building import Ground, build
from gridmap.balancing.ground.frame import plane_of

__all__ = ["Ground", "build", "plane_of"]
