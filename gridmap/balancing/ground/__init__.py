"""The ground: from real buildings, villages and barriers to cells that tile the villages. Pure."""

from gridmap.balancing.ground.building import Ground, build

__all__ = ["Ground", "build"]
