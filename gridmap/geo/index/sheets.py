"""Spreads grids over sheets: on each sheet no two overlap, so each is a coverage of its own.

Real territories need one sheet. Overlapping grids are coloured like a map: grids that overlap go
on different sheets; what eight sheets cannot hold is left to the plain scan.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.index import raster, rational
from gridmap.geo.index.raster import Conflict, RasterIndex, build_raster
from gridmap.geo.index.scan import PolygonScan

Ranks = NDArray[np.int32]
Engine = RasterIndex | PolygonScan

MOST_SHEETS = 8
_INTERIORS_MEET = "T********"


@dataclass(frozen=True)
class Part:
    """Some of the grids and what finds them; `ranks` (ascending) are their numbers among all."""

    engine: Engine
    ranks: Ranks


@dataclass(frozen=True)
class Pair:
    """Two overlapping grids by rank, and a place where they overlap."""

    first: int
    second: int
    lon: float
    lat: float


def spread(polygons: NDArray[np.object_], compiled: bool) -> tuple[list[Part], list[Pair]]:
    """Finds for every grid a sheet, or the scan; and all pairs of grids that overlap.

    With `compiled` False everything is scanned, and only the pairs are looked for.
    """
    everything = np.arange(len(polygons), dtype=np.int32)
    if not len(polygons):
        return [], []
    if not compiled:
        return scan(polygons, everything), overlaps(polygons, everything)
    index, conflicts = build_raster(polygons)
    if not conflicts:
        return [Part(index, everything)], []
    suspects = _suspects(conflicts, everything)
    pairs = overlaps(polygons, suspects)
    return _colour(polygons, suspects, pairs), pairs


def scan(polygons: NDArray[np.object_], ranks: Ranks) -> list[Part]:
    """The plain way for these grids: one part, or none without grids."""
    return [Part(PolygonScan(polygons[ranks].tolist()), ranks)] if len(ranks) else []


def overlaps(polygons: NDArray[np.object_], suspects: Ranks) -> list[Pair]:
    """Every pair of grids whose insides meet and one of which is a suspect."""
    polygons, factor = rational.ordinary(polygons)
    tree = shapely.STRtree(polygons)
    one, other = tree.query(polygons[suspects], predicate="intersects")
    first, second = np.sort(np.stack([suspects[one], other]), axis=0)
    pairs = np.unique(np.stack([first, second])[:, first != second], axis=1)
    meet = shapely.relate_pattern(polygons[pairs[0]], polygons[pairs[1]], _INTERIORS_MEET)
    first, second = pairs[:, meet]
    shared = shapely.intersection(polygons[first], polygons[second])
    place = shapely.point_on_surface(
        np.where(shapely.is_empty(shared), polygons[first], shared)  # thinner than GEOS can draw
    )
    rows = np.column_stack([first, second]).tolist()
    places = (shapely.get_coordinates(place) / factor).tolist()
    return [Pair(*row, *xy) for row, xy in zip(rows, places, strict=True)]


def _suspects(conflicts: list[Conflict], ranks: Ranks) -> Ranks:
    named = {n for conflict in conflicts for n in (conflict.one, conflict.other) if n >= 0}
    # Without a name everybody is a suspect: rows that do not come back to "outside".
    return ranks[sorted(named)] if named else ranks


def _colour(polygons: NDArray[np.object_], suspects: Ranks, pairs: list[Pair]) -> list[Part]:
    neighbours: dict[int, set[int]] = {}
    for pair in pairs:
        neighbours.setdefault(pair.first, set()).add(pair.second)
        neighbours.setdefault(pair.second, set()).add(pair.first)
    sheet = np.zeros(len(polygons), dtype=np.int64)
    for rank in sorted(neighbours, key=lambda r: (-len(neighbours[r]), r)):
        sheet[rank] = -1
    for rank in sorted(neighbours, key=lambda r: (-len(neighbours[r]), r)):
        taken = {int(sheet[other]) for other in neighbours[rank]}
        sheet[rank] = next(n for n in range(len(neighbours) + 1) if n not in taken)
    parts: list[Part] = []
    left: list[Ranks] = [np.flatnonzero(sheet >= MOST_SHEETS).astype(np.int32)]
    for number in range(min(MOST_SHEETS, int(sheet.max(initial=0)) + 1)):
        index, ranks, rest = _sheet(polygons, np.flatnonzero(sheet == number).astype(np.int32))
        parts.append(Part(index, ranks))
        left.append(rest)
    return parts + scan(polygons, np.sort(np.concatenate(left)))


def _sheet(polygons: NDArray[np.object_], ranks: Ranks) -> tuple[RasterIndex, Ranks, Ranks]:
    """A sheet of these grids but for those that overlap by less than GEOS can tell."""
    rest: list[Ranks] = []
    while True:
        index, conflicts = build_raster(polygons[ranks])
        if not conflicts:
            return index, ranks, np.concatenate([np.empty(0, dtype=np.int32), *rest])
        bad = _suspects(conflicts, np.arange(len(ranks), dtype=np.int32))
        rest.append(ranks[bad])
        ranks = np.delete(ranks, bad)


def kernel_is_built() -> bool:
    """Whether this process has the compiled kernel."""
    return raster.KERNEL is not None
