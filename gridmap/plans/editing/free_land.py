"""Land of the village that is in no grid, bounded by the very vertices of grids and village."""

from collections import Counter
from typing import Any

import numpy as np
import shapely

from gridmap.geo.coverage import NOISE_WIDTH_M, mean_width_m
from gridmap.plans.editing.division import Division
from gridmap.plans.editing.faces import Polygons, enclosed
from gridmap.plans.editing.rings import edges_of, with_vertices
from gridmap.plans.editing.weave import Weave


def free_land(division: Division) -> tuple[dict[str, Any], Polygons]:
    """The gaps as polygons, and the grids that need vertices of the village line to match them."""
    if not _has_gaps(division):
        return {}, []
    weave = Weave(division.shapes.values(), division.stretch, NOISE_WIDTH_M)
    weave.thread_around(division.village)
    changed = with_vertices(division.shapes, weave.inserts)
    noded = {**division.shapes, **changed}
    times = Counter(edges_of(noded.values()))
    times.update(weave.threads)
    faces = enclosed(one for one, count in times.items() if count % 2)
    middles = shapely.point_on_surface(faces)
    free = shapely.intersects(division.village, middles)
    tree, grids = shapely.STRtree(middles), np.array(list(noded.values()), dtype=object)
    free[tree.query(grids, predicate="intersects")[1]] = False
    gaps = [face for face, is_free in zip(faces, free, strict=True) if is_free]
    return changed, [gap for gap in gaps if _is_wide(division, gap)]


def _has_gaps(division: Division) -> bool:
    bare = shapely.difference(division.village, shapely.union_all(list(division.shapes.values())))
    return any(_is_wide(division, part) for part in shapely.get_parts(bare))


def _is_wide(division: Division, part: Any) -> bool:
    flat = division.stretch.to_metres(np.array([part], dtype=object))[0]
    return mean_width_m(flat) > NOISE_WIDTH_M
