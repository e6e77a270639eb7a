"""Knit: grids beyond the village line take the vertices that end on it."""

from collections.abc import Mapping
from typing import Any

import shapely

from gridmap.geo.coverage import NOISE_WIDTH_M
from gridmap.plans.editing.division import Division
from gridmap.plans.editing.rings import with_vertices
from gridmap.plans.editing.weave import Weave


def knit(division: Division, around: Mapping[str, Any]) -> dict[str, Any]:
    """Those grids of other villages, by code, that lack a vertex which a border puts on their edge.

    A split that ends on the village line leaves a vertex there, a nanometre off a straight edge of
    the grid on the other side. Comes back with the vertex, that grid matches; no land changes.
    """
    weave = Weave(around.values(), division.stretch, NOISE_WIDTH_M)
    weave.thread_around(shapely.union_all(list(division.shapes.values())))
    return dict(with_vertices(around, weave.inserts))
