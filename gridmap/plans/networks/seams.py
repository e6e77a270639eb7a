"""The lines between villages: a border that ends there gives its vertex to the grid beyond."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import shapely

from gridmap.plans.networks.arrangement import (
    ROUNDING_DEGREES,
    Vertices,
    as_floats,
    firsts,
    redrawn,
    vertices,
)
from gridmap.plans.networks.model import Shapes

_SAME_SPOT_DEGREES = 1e-9  # 0.1 mm: one line, crossed with the outlines of two villages


def with_nodes_of_neighbours(
    shapes: Shapes, village: Sequence[str], outlines: Mapping[str, Any]
) -> Shapes:
    """Shapes that hold each other's vertices also across the lines between villages.

    Args:
        shapes: they hold each other's vertices within a village.
        village: the village of each shape.
        outlines: by village; those of neighbours hold the same vertices.
    """
    fixed = np.unique(vertices(np.array(list(outlines.values()), dtype=object)))
    found = [np.array([], dtype=np.complex128)]
    for code, outline in outlines.items():
        own = shapes[np.array(village) == code]
        new = np.setdiff1d(vertices(own), fixed)
        edge = shapely.boundary(outline)
        found.append(new[shapely.dwithin(shapely.points(as_floats(new)), edge, ROUNDING_DEGREES)])
    nodes = np.concatenate(found)
    if not len(nodes):
        return shapes
    made = _moved(shapes, nodes, firsts(nodes, fixed, _SAME_SPOT_DEGREES))
    nodes = np.setdiff1d(firsts(nodes, fixed, _SAME_SPOT_DEGREES), fixed)
    node, shape = shapely.STRtree(shapely.boundary(made)).query(
        shapely.points(as_floats(nodes)), predicate="dwithin", distance=ROUNDING_DEGREES
    )
    for at in np.unique(shape).tolist():
        here = np.setdiff1d(nodes[node[shape == at]], vertices(made[at : at + 1]))
        if len(here):
            made[at] = redrawn(made[at], partial(_with, nodes=here))
    return made


def _moved(shapes: Shapes, nodes: Vertices, to: Vertices) -> Shapes:
    """The shapes with some vertices moved."""
    order = np.argsort(nodes, kind="stable")
    nodes, to = nodes[order], to[order]
    off = nodes[nodes != to]

    def move(ring: Vertices) -> Vertices:
        at = np.searchsorted(nodes, ring).clip(max=len(nodes) - 1)
        moved = np.where(nodes[at] == ring, to[at], ring)
        return np.asarray(moved[moved != np.roll(moved, 1)], dtype=np.complex128)

    touched = [bool(np.isin(vertices(shapes[i : i + 1]), off).any()) for i in range(len(shapes))]
    return np.array(
        [redrawn(one, move) if hit else one for one, hit in zip(shapes, touched, strict=True)],
        dtype=object,
    )


def _with(ring: Vertices, nodes: Vertices) -> Vertices:
    """An open ring with the nodes that lie on it, each in the edge that it lies on."""
    for node in nodes:
        way = np.roll(ring, -1) - ring
        along = ((node - ring) * way.conjugate()).real / np.abs(way) ** 2
        off = np.abs(node - ring - along.clip(0, 1) * way)
        edge = int(np.argmin(off))
        if off[edge] <= ROUNDING_DEGREES:
            ring = np.insert(ring, edge + 1, node)
    return ring
