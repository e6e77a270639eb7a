"""Snap: the border of two grids is pulled onto a road, a river or a wall."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import shapely

from gridmap.plans.editing.bounds import checked_distance, checked_lines, known_grids
from gridmap.plans.editing.division import XY, Change, Division
from gridmap.plans.editing.pulling import Pull
from gridmap.plans.editing.refusal import Refused
from gridmap.plans.editing.rings import Ring, edge, edges_of, holders, rings_of, shape_of


def snap(
    division: Division, codes: tuple[str, str], lines: Sequence[Any], within_m: float
) -> Change:
    """The shared border of two grids pulled onto the nearest line, where that is within reach.

    The ends of the border stay where they are; what is farther from the line stays too.

    Args:
        lines: roads, rivers, walls in EPSG:4490: lines, or polygons whose borders are meant.
        within_m: how far the border is pulled at most, metres.

    Raises:
        Refused: unknown_grid, not_adjacent, no_line_near, not_finite.
    """
    known_grids(division, codes)
    within_m = checked_distance(within_m)
    pull = Pull.of(checked_lines(lines), division.stretch, within_m)
    borders = _shared(division, *codes)
    if not borders:
        raise Refused(
            "not_adjacent",
            f"网格 {codes[0]} 和 {codes[1]} 没有公共边界",
            f"grids {codes[0]} and {codes[1]} share no border",
        )
    pulled = [(old, new) for old in borders if (new := pull.along(old)) is not None]
    if not pulled:
        raise Refused(
            "no_line_near",
            f"公共边界 {within_m:g} 米内没有可贴的线，或已贴在线上",
            f"no line is within {within_m:g} m of the shared border, or it is on the line already",
            shapely.MultiLineString(borders),
        )
    return Change({code: _exchanged(division.shapes[code], pulled) for code in codes})


def _shared(division: Division, one: str, other: str) -> list[Ring]:
    """The borders that two grids share, each from junction to junction; closed ones come back."""
    common = set(edges_of([division.shapes[one]])) & set(edges_of([division.shapes[other]]))
    ends = {end for ends in common for end in ends}
    others = {c: shape for c, shape in division.shapes.items() if c not in (one, other)}
    junctions: set[XY] = set().union(*holders(others, ends).values()) if others and ends else set()
    borders: list[Ring] = []
    for ring in (ring for rings in rings_of(division.shapes[one]) for ring in rings):
        borders += _runs(_from_a_break(ring, common, junctions), common, junctions)
    return borders


def _from_a_break(ring: Ring, common: set[Any], junctions: set[XY]) -> Ring:
    """The closed ring, begun where no shared border goes on."""
    for i, vertex in enumerate(ring):
        if vertex in junctions or edge(ring[i - 1], vertex) not in common:
            return [*ring[i:], *ring[: i + 1]]
    return [*ring, ring[0]]


def _runs(ring: Ring, common: set[Any], junctions: set[XY]) -> Iterable[Ring]:
    run: Ring = []
    for here, onward in pairwise(ring):
        if edge(here, onward) in common:
            run = [*(run or [here]), onward]
        if run and (edge(here, onward) not in common or onward in junctions):
            yield run
            run = []
    if run:
        yield run


def _exchanged(shape: Any, pulled: Sequence[tuple[Ring, Ring]]) -> shapely.MultiPolygon:
    parts = rings_of(shape)
    for old, new in pulled:
        parts = [[_with(_with(ring, old, new), old[::-1], new[::-1]) for ring in r] for r in parts]
    return shape_of(parts)


def _with(ring: Ring, old: Ring, new: Ring) -> Ring:
    """The ring with a run of its vertices exchanged, if it has it in this direction."""
    for start, vertex in enumerate(ring):
        if vertex == old[0]:
            turned = [*ring[start:], *ring[: start + 1]]
            if turned[: len(old)] == old:
                return [*new[:-1], *turned[len(old) - 1 : -1]]
    return ring
