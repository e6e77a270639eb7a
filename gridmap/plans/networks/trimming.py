"""Parts of grids too narrow to walk in: they go to the neighbour along them.

Lines that meet at a small angle, or a wall that lies askew to a border, leave needles which no
sliver test finds, because they are parts of something wide.
"""

from typing import Any

import numpy as np
import shapely

from gridmap.errors import DataError
from gridmap.geo.coverage import SLIVER_WIDTH_M
from gridmap.plans.networks.arrangement import Faces, Ground, arrange
from gridmap.plans.networks.model import Ints, Shapes
from gridmap.plans.networks.refinement import absorb, connected

_ROUNDS = 3
_BLUNTEST = 5.0  # mitre limit: corners wider than 23 degrees are no needles
_SMALLEST_M2 = 1e-6
_OVERLAP = 0.02  # how far cuts reach beyond the edges, in half widths


def trim(
    village: str, outline: Any, faces: Faces, owner: Ints, footprints: Shapes, ground: Ground
) -> tuple[Faces, Ints]:
    """The same grids without parts narrower than a sliver, as far as they are at their ends.

    A neck between two wide parts stays, and so does what only a cut footprint could take away.

    Args:
        owner: the grid of each face, numbered from 0.

    Returns:
        The faces, cut further, and the grid of each.
    """
    houses = shapely.STRtree(ground.to_metres(footprints))
    for _ in range(_ROUNDS):
        mouths, ends = _narrow_ends(faces, owner, houses)
        if not ends:
            break
        cuts = ground.to_degrees(mouths)
        lines = np.concatenate([faces.around(), faces.between(owner), cuts])
        try:
            finer = arrange(village, outline, lines, ground)
        except DataError:
            break  # cuts that lie too close to one another: the needle does no harm
        inside = shapely.point_on_surface(finer.shapes)
        new, old = shapely.STRtree(faces.shapes).query(inside, predicate="intersects")
        before = np.empty(len(inside), dtype=np.int64)
        before[new] = owner[old]
        piece = before.copy()
        inside = shapely.point_on_surface(finer.flat)
        new, end = shapely.STRtree(ends).query(inside, predicate="intersects")
        piece[new] = owner.max() + 1 + end
        part, _ = absorb(finer, connected(finer, piece), (1 + _OVERLAP) * SLIVER_WIDTH_M)
        faces, owner = finer, _owners(finer, part, before)
    return faces, owner


def _narrow_ends(faces: Faces, owner: Ints, houses: shapely.STRtree) -> tuple[list[Any], list[Any]]:
    """The lines that cut the narrow ends off, and these ends, in metres."""
    half = SLIVER_WIDTH_M / 2
    mouths: list[Any] = []
    ends: list[Any] = []
    for n in range(owner.max() + 1):
        grid = shapely.coverage_union_all(faces.flat[owner == n])
        core = shapely.buffer(grid, -half, join_style="mitre")
        wide = shapely.get_parts(
            shapely.buffer(core, (1 + _OVERLAP) * half, join_style="mitre", mitre_limit=_BLUNTEST)
        )
        rest = shapely.get_parts(shapely.difference(grid, shapely.union_all(wide)))
        edge = shapely.boundary(shapely.union_all(wide))
        for part in rest[shapely.area(rest) > _SMALLEST_M2]:
            is_end = (shapely.distance(wide, part) <= _OVERLAP * half).sum() == 1
            if is_end and not _cuts(part, houses):
                reach = shapely.buffer(part, 2 * _OVERLAP * half)
                lines = shapely.get_parts(shapely.intersection(edge, reach))
                mouths += lines[shapely.get_dimensions(lines) == 1].tolist()
                ends.append(part)
    return mouths, ends


def _cuts(end: Any, houses: shapely.STRtree) -> bool:
    """Whether a house lies partly on an end: to take the end away would cut it."""
    near = houses.geometries.take(houses.query(end, predicate="intersects"))
    common = shapely.area(shapely.intersection(near, end))
    beyond = shapely.area(shapely.difference(near, end))
    return bool(((common > _SMALLEST_M2) & (beyond > _SMALLEST_M2)).any())


def _owners(faces: Faces, part: Ints, before: Ints) -> Ints:
    """The grid of each part: that of its largest face."""
    order = np.argsort(shapely.area(faces.flat), kind="stable")
    largest = np.empty(part.max() + 1, dtype=np.int64)
    largest[part[order]] = before[order]
    return np.asarray(largest[part], dtype=np.int64)
