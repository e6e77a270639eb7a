"""`python -m gridmap.geo.index` builds the compiled kernel beside its source, where it is not."""

import sys

from gridmap.geo.index.native import LIBRARY, build, load

if __name__ == "__main__":
    if load() is None:
        build()
    sys.stdout.write(f"{LIBRARY}\n")
