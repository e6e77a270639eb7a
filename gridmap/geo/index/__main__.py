"""`python -m gridmap.geo.index` builds the compiled kernel beside its source."""

import sys

from gridmap.geo.index.native import build

if __name__ == "__main__":
    sys.stdout.write(f"{build()}\n")
