"""Snap: the border of two grids is pulled onto a road, a river or a wall."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from gridmap.plans.editing.bounds import (
    checked_distance,
    checked_lines,
    checked_points,
    known_grids,
)
from gridmap.plans.editing.division import XY, Change, Division
from gridmap.plans.editing.pulling import Pull
from gridmap.plans.editing.refusal import Refused
from gridmap.plans.editing.rings import Ring, edge, edges_of, holders, rings_of, shape_of

_MEANT_M = 20.0
"""Who points at a line comes nearer to it than this."""

_ALONE_M = 1.0
_ON_LINE_M = 0.1

_ALONG = 4.0
"""A street that crosses a border at over 27 degrees is near it for less than so many times as far
as it pulls."""

_SHARES = (0.5, 0.37, 0.61, 0.27, 0.71, 0.13, 0.83)


def snap(
    division: Division,
    codes: tuple[str, str],
    lines: Sequence[Any],
    within_m: float,
    meant: XY | None = None,
) -> Change:
    """The shared border of two grids pulled onto the nearest line, where that is within reach.

    The ends of the border stay where they are; what is farther from the line stays too.

    Args:
        lines: roads, rivers, walls in EPSG:4490: lines, or polygons whose borders are meant. Lines
            of which just two meet in a point are one line.
        within_m: how far the border is pulled at most, metres.
        meant: a (lon, lat) on or beside the one line that is to pull; None where any may.

    Raises:
        Refused: unknown_grid, not_adjacent, no_line_here, no_line_near, not_finite.
    """
    borders, pull = _ready(division, codes, lines, within_m)
    if meant is not None:
        pull = _meant(pull, *checked_points([meant]))
    pulled = [(old, new) for old in borders if pull and (new := pull.along(old)) is not None]
    if not pulled:
        raise _out_of_reach(borders, within_m, meant is not None)
    return Change({code: _exchanged(division.shapes[code], pulled) for code in codes})


@dataclass(frozen=True)
class PullingLines:
    """The lines that a border would follow.

    Attributes:
        lines: each with a place that means it alone, the nearest first.
        is_any: whether the border also moves where any of them may pull; it does not where it is on
            the nearest already.
    """

    lines: list[tuple[shapely.LineString, XY]]
    is_any: bool


def pulling_lines(
    division: Division, codes: tuple[str, str], lines: Sequence[Any], within_m: float
) -> PullingLines:
    """The lines that the shared border of two grids would follow, one of them alone or any.

    A street that only crosses the border is none. Args and errors as of `snap`.
    """
    borders, pull = _ready(division, codes, lines, within_m)
    if pull is None:
        return PullingLines([], False)
    (flat,) = division.stretch.to_metres(np.array([shapely.MultiLineString(borders)]))
    far_m = shapely.distance(pull.metres, flat)
    found = [
        (shapely.LineString(pull.lonlat[line]), _place_on(pull, line))
        for line in np.argsort(far_m).tolist()
        if far_m[line] <= pull.within_m
        and any(_runs_along(pull.only(line), border) for border in borders)
    ]
    return PullingLines(found, any(pull.along(border) is not None for border in borders))


def _runs_along(pull: Pull, border: Ring) -> bool:
    """Whether a border would follow the line, and not only be bent where both cross."""
    pulled = pull.along(border)
    if pulled is None:
        return False
    before, after = (shapely.LineString(pull.stretch.metres(np.array(r))) for r in (border, pulled))
    on_line = shapely.intersection(after, shapely.buffer(pull.metres[0], _ON_LINE_M))
    return bool(on_line.length > min(_ALONG * pull.within_m, before.length / 2))


def _ready(
    division: Division, codes: tuple[str, str], lines: Sequence[Any], within_m: float
) -> tuple[list[Ring], Pull | None]:
    """The borders that two grids share, and what could pull them: None where there are no lines."""
    known_grids(division, codes)
    within_m = checked_distance(within_m)
    known = checked_lines(lines)
    borders = _shared(division, *codes) if codes[0] != codes[1] else []
    if not borders:
        raise Refused(
            "not_adjacent",
            f"网格 {codes[0]} 和 {codes[1]} 没有公共边界",
            f"grids {codes[0]} and {codes[1]} share no border",
        )
    return borders, Pull.of(known, division.stretch, within_m) if known else None


def _meant(pull: Pull | None, at: XY) -> Pull:
    """As if there were only the line nearest to a place."""
    far_m = pull.distances_m(at) if pull else np.array([np.inf])
    if pull is None or far_m.min() > _MEANT_M:
        raise Refused(
            "no_line_here",
            f"所指位置 {_MEANT_M:g} 米内没有道路、河流或围墙：请点在要贴的线上",
            f"no road, river or wall is within {_MEANT_M:g} m of the place: point at the line",
            shapely.Point(at),
        )
    return pull.only(int(np.argmin(far_m)))


def _place_on(pull: Pull, line: int) -> XY:
    """A place on a line, not where it crosses another one."""
    places = [pull.metres[line].interpolate(share, normalized=True) for share in _SHARES]
    lonlat = [pull.lonlat_of(place) for place in places]
    alone = [at for at in lonlat if (pull.distances_m(at) < _ALONE_M).sum() == 1]
    return [*alone, lonlat[0]][0]


def _out_of_reach(borders: Sequence[Ring], within_m: float, is_one: bool) -> Refused:
    zh, en = ("所选的线", "the chosen line is not") if is_one else ("可贴的线", "no line is")
    return Refused(
        "no_line_near",
        f"公共边界 {within_m:g} 米内没有{zh}，或已贴在线上",
        f"{en} within {within_m:g} m of the shared border, or the border is on it already",
        shapely.MultiLineString(borders),
    )


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
