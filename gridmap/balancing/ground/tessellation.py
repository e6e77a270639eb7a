"""Between buildings of one block: the lines half-way from footprint to footprint.

Voronoi cells of points along the footprints, after Fleischmann et al., "Morphological tessellation
as a way of partitioning space", Computers, Environment and Urban Systems 80 (2020). Coordinates are
metres near the origin.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from gridmap.balancing.ground.planar import (
    LATTICE_M,
    Bools,
    Floats,
    Ints,
    Shapes,
    borders,
)

MARGIN_M = 0.02
"""Along the edge of a block: a cell that is narrower there would pass for a gap."""

_SHRUNK_M = 0.3  # so that walls in common do not put two buildings on one point
_DENSEST_M, _SPARSEST_M = 1.0, 8.0  # between points along a footprint
_SMOOTHED_M = 0.4  # the zigzag that points instead of lines leave behind
_SITE_DIGITS = 4  # points nearer than this (in decimal digits of a metre) are one
_POINT_AREA_M2 = 0.5  # a building smaller than this is one point
_FENCE = 4.0  # how far off, in diagonals of a block, sites of nobody stand round it
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


def lines_between(sites: Sites, blocks: Shapes, core: Shapes) -> Shapes:
    """The lines between the sites of different buildings, smoothed, up to the edge of the block.

    Over the margin they go straight: no line runs along an edge with a hair of land between.

    Args:
        core: the blocks without a margin.
    """
    found = []
    start = 0
    while start < len(sites.block):
        stop = min(start + _BATCH, len(sites.block))
        last = sites.block[stop - 1]
        stop = int(np.searchsorted(sites.block, last, side="right"))
        lines, block = _lines(sites.where(slice(start, stop)), blocks)
        found.append(_ended(lines, blocks[block], core[block]))
        start = stop
    return np.concatenate([np.empty(0, dtype=object), *found])


def _ended(lines: Shapes, own: Shapes, core: Shapes) -> Shapes:
    """Lines cut off at the margin of the block of each, and led on to its edge."""
    shapely.prepare(core)
    crosses = np.flatnonzero(~shapely.contains_properly(core, lines))
    parts, row = shapely.get_parts(
        shapely.intersection(lines[crosses], core[crosses]), return_index=True
    )
    kept = shapely.length(parts) > 0
    parts, row = parts[kept], crosses[row[kept]]
    ends = shapely.get_point(np.r_[parts, parts], np.repeat([0, -1], len(parts)))
    edge = shapely.boundary(own)[np.r_[row, row]]
    at_margin = shapely.dwithin(ends, edge, MARGIN_M + LATTICE_M)
    led_on = shapely.shortest_line(ends[at_margin], edge[at_margin])
    return np.concatenate([np.delete(lines, crosses), parts, led_on])


def _fenced(sites: Sites, blocks: Shapes, numbers: Ints) -> Sites:
    """The sites, and round each block four of nobody, so far away that no land is near to them.

    Between them every line ends at a place that three sites agree on; at the edge of a diagram it
    would end at one that each side computes for itself.
    """
    west, south, east, north = shapely.bounds(blocks[numbers]).T
    far = _FENCE * np.hypot(east - west, north - south)
    x, y = (west + east) / 2, (south + north) / 2
    spots = np.r_[x - far, x + far, x, x], np.r_[y, y, y - far, y + far]
    fence = np.asarray(shapely.points(*spots), dtype=object)
    block = np.r_[sites.block, np.tile(numbers, 4)]
    order = np.argsort(block, kind="stable")
    building = np.r_[sites.building, np.full(len(fence), -1)]
    return Sites(np.r_[sites.points, fence][order], block[order], building[order])


def _lines(sites: Sites, blocks: Shapes) -> tuple[Shapes, Ints]:
    """The lines between sites of different buildings, and the block of each."""
    numbers = np.unique(sites.block)
    sites = _fenced(sites, blocks, numbers)
    index = np.searchsorted(numbers, sites.block)
    diagrams = shapely.voronoi_polygons(
        shapely.multipoints(sites.points, indices=index),
        extend_to=shapely.envelope(blocks[numbers]),
        ordered=True,
    )
    edges = borders(shapely.get_parts(diagrams))
    edges = edges.where(edges.right >= 0)
    one, other = sites.building[edges.left], sites.building[edges.right]
    divides = (one != other) & (one >= 0) & (other >= 0)
    divides &= sites.block[edges.left] == sites.block[edges.right]
    edges, one, other = edges.where(divides), one[divides], other[divides]
    block = sites.block[edges.left]
    order = np.lexsort([np.maximum(one, other), np.minimum(one, other), block])
    key = np.column_stack([block, np.minimum(one, other), np.maximum(one, other)])[order]
    is_new = np.r_[False, (key[1:] != key[:-1]).any(axis=1)]
    bundle = np.cumsum(is_new)
    bundles = shapely.multilinestrings(edges.lines[order], indices=bundle)
    lines, row = shapely.get_parts(shapely.line_merge(bundles), return_index=True)
    lines = shapely.simplify(lines, _SMOOTHED_M)
    return lines, key[np.searchsorted(bundle, row), 0]
