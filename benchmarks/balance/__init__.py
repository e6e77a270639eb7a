"""How good and how fast `gridmap.balance` is, beside its peers: `python -m benchmarks.balance`."""
