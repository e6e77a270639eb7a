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
    codes = np.array(village)
    found = [np.setdiff1d(_rim(shapes[codes == code]), fixed) for code in outlines]
    old = np.concatenate(found)
    if not len(old):
        return shapes
    owner = np.repeat(list(outlines), [len(part) for part in found])
    nodes = firsts(old, fixed, _SAME_SPOT_DEGREES)
    made = _moved(shapes, old, nodes)
    node, shape = shapely.STRtree(shapely.boundary(made)).query(
        shapely.points(as_floats(nodes)), predicate="dwithin", distance=ROUNDING_DEGREES
    )
    beyond = owner[node] != codes[shape]
    for at in np.unique(shape[beyond]).tolist():
        there = nodes[node[beyond & (shape == at)]]
        missing = np.setdiff1d(there, vertices(made[at : at + 1]))
        made[at] = redrawn(made[at], partial(_with, nodes=missing))
    return made


def _rim(shapes: Shapes) -> Vertices:
    """The vertices along the outline of these shapes."""
    return vertices(np.array([shapely.boundary(shapely.coverage_union_all(shapes))], dtype=object))


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
