"""gridmap: grids, premises and incidents on one map, for grid-based local government."""
