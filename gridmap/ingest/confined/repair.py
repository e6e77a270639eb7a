"""Repairs shapes: lines of hexadecimal WKB in, lines out, empty where a repair would be a guess.

Each shape has SECONDS of processor time; one that takes longer ends the program, and the caller
knows by the missing line which it was: repair.py SECONDS.
"""

import signal
import sys

import shapely

MOST_CHANGE = 0.01


def main() -> None:
    """Repair line by line."""
    seconds = float(sys.argv[1])
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        mended = repaired(shapely.from_wkb(line.strip()))
        signal.setitimer(signal.ITIMER_PROF, 0)
        print("" if mended is None else shapely.to_wkb(mended, hex=True), flush=True)


def repaired(shape: shapely.Geometry) -> shapely.Geometry | None:
    """The valid shape meant: of the same type and number of parts, and nearly the same area."""
    mended: shapely.Geometry = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    parts, kind = shapely.get_num_geometries(shape), shapely.get_type_id(shape)
    if isinstance(mended, shapely.Polygon) and kind == 6 and parts == 1:
        mended = shapely.MultiPolygon([mended])
    if shapely.get_type_id(mended) != kind or shapely.get_num_geometries(mended) != parts:
        return None
    before, after = shapely.area(shape), shapely.area(mended)
    if after == 0 or abs(after - before) > MOST_CHANGE * after:
        return None
    return mended if shapely.is_valid(mended) else None


if __name__ == "__main__":
    main()
