"""Between buildings of one block: the lines half-way from footprint to footprint.

Voronoi cells of points along the footprints, after Fleischmann et al., "Morphological tessellation
as a way of partitioning space", Computers, Environment and Urban Systems 80 (2020). Coordinates are
metres near the origin.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from gridmap.balancing.ground.planar import Bools, Floats, Ints, Shapes, borders

_SHRUNK_M = 0.3  # so that walls in common do not put two buildings on one point
_DENSEST_M, _SPARSEST_M = 1.0, 8.0  # between points along a footprint
_SMOOTHED_M = 0.4  # the zigzag that points instead of lines leave behind
_SITE_DIGITS = 4  # points nearer than this (in decimal digits of a metre) are one
_POINT_AREA_M2 = 0.5  # a building smaller than this is one point
_BATCH = 200_000  # points whose cells are held in memory together


@dataclass(frozen=True)
class Sites:
    """Points that stand for the footprints, ordered by block.

    Attributes:
        points: as shapely points.
        block, building: whose they are.
    """

    points: Shapes
    block: Ints
    building: Ints

    def where(self, wanted: Bools | slice) -> "Sites":
        """Some of them."""
        return Sites(self.points[wanted], self.block[wanted], self.building[wanted])


def place_sites(footprints: Shapes, building: Ints, block: Ints) -> Sites:
    """Points along the footprints of blocks that hold more than one building.

    They stand the closer together the closer the next footprint is.
    """
    pairs = np.unique(np.column_stack([block, building]), axis=0)
    crowded = np.bincount(pairs[:, 0], minlength=int(block.max(initial=0)) + 1) > 1
    asked = np.flatnonzero(crowded[block])
    small = shapely.area(footprints[asked]) < _POINT_AREA_M2
    large = asked[~small]
    outline, row = _along(footprints[large])
    xy = np.round(
        np.concatenate(
            [shapely.get_coordinates(shapely.point_on_surface(footprints[asked[small]])), outline]
        ),
        _SITE_DIGITS,
    )
    owner = np.concatenate([asked[small], large[row]])
    _, first = np.unique(np.column_stack([block[owner], xy]), axis=0, return_index=True)
    owner = owner[first]
    points = np.asarray(shapely.points(xy[first]), dtype=object)
    return Sites(points, block[owner], building[owner])


def _along(footprints: Shapes) -> tuple[Floats, Ints]:
    """Points just inside the outlines, and the row of the footprint of each."""
    gap = np.full(len(footprints), _SPARSEST_M)
    if len(footprints) > 1:
        tree = shapely.STRtree(footprints)
        (row, _), distance = tree.query_nearest(
            footprints,
            max_distance=_SPARSEST_M,
            exclusive=True,
            return_distance=True,
            all_matches=False,
        )
        gap[row] = np.clip(distance, _DENSEST_M, _SPARSEST_M)
    inner = shapely.buffer(footprints, -_SHRUNK_M, join_style="mitre")
    thin = shapely.is_empty(inner)
    inner[thin] = footprints[thin]
    outline = shapely.segmentize(shapely.boundary(inner), gap)
    xy, row = shapely.get_coordinates(outline, return_index=True)
    return xy, row


def lines_between(sites: Sites, blocks: Shapes) -> Shapes:
    """The lines between the sites of different buildings, smoothed, cut off at the block."""
    found = []
    start = 0
    while start < len(sites.block):
        stop = min(start + _BATCH, len(sites.block))
        last = sites.block[stop - 1]
        stop = int(np.searchsorted(sites.block, last, side="right"))
        found.append(_lines(sites.where(slice(start, stop)), blocks))
        start = stop
    return np.concatenate([np.empty(0, dtype=object), *found])


def _lines(sites: Sites, blocks: Shapes) -> Shapes:
    numbers, index = np.unique(sites.block, return_inverse=True)
    diagrams = shapely.voronoi_polygons(
        shapely.multipoints(sites.points, indices=index),
        extend_to=shapely.envelope(blocks[numbers]),
        ordered=True,
    )
    edges = borders(shapely.get_parts(diagrams))
    edges = edges.where(edges.right >= 0)
    one, other = sites.building[edges.left], sites.building[edges.right]
    divides = (one != other) & (sites.block[edges.left] == sites.block[edges.right])
    edges, one, other = edges.where(divides), one[divides], other[divides]
    block = sites.block[edges.left]
    order = np.lexsort([np.maximum(one, other), np.minimum(one, other), block])
    key = np.column_stack([block, np.minimum(one, other), np.maximum(one, other)])[order]
    is_new = np.r_[False, (key[1:] != key[:-1]).any(axis=1)]
    bundle = np.cumsum(is_new)
    bundles = shapely.multilinestrings(edges.lines[order], indices=bundle)
    lines, row = shapely.get_parts(shapely.line_merge(bundles), return_index=True)
    lines = shapely.simplify(lines, _SMOOTHED_M)
    own = blocks[key[np.searchsorted(bundle, row), 0]]
    shapely.prepare(blocks[numbers])
    outside = ~shapely.contains_properly(own, lines)
    lines[outside] = shapely.intersection(lines[outside], own[outside])
    parts = shapely.get_parts(lines)
    return np.asarray(parts[shapely.get_dimensions(parts) == 1], dtype=object)
