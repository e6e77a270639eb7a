"""Which grids of a proposal can be taken over without the others. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from gridmap.plans.editing import Division

_EXCHANGED_M2 = 0.01


def groups(division: Division, shapes: Mapping[str, Any], ended: Sequence[str]) -> list[list[str]]:
    """The grids that change, come or go, in sets that exchange land only among themselves.

    Args:
        shapes: the grids that change or come, as proposed; EPSG:4490 degrees.
        ended: those that go.
    """
    before = {code: division.shapes[code] for code in (*shapes, *ended) if code in division.shapes}
    old, new = list(before), list(shapes)
    to_metres = division.stretch.to_metres
    was, will = to_metres(np.array([*before.values()])), to_metres(np.array([*shapes.values()]))
    at, on = shapely.STRtree(will).query(was, predicate="intersects")
    common = shapely.area(shapely.intersection(was[at], will[on])) > _EXCHANGED_M2
    group = {code: {code} for code in (*shapes, *ended)}
    for one, other in zip(at[common].tolist(), on[common].tolist(), strict=True):
        joined = group[old[one]] | group[new[other]]
        group |= dict.fromkeys(joined, joined)
    return [list(one) for one in sorted({tuple(sorted(one)) for one in group.values()})]
