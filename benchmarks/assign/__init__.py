"""How fast GridIndex assigns points to grids, beside its peers: `python -m benchmarks.assign`."""
