"""A border pulled onto lines: where it runs near one, it takes the vertices of that line."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.coverage import NOISE_WIDTH_M, Stretch
from gridmap.plans.editing.division import XY
from gridmap.plans.editing.rings import Ring

_PROBES_PER_REACH = 4
_FEWEST_PROBES = 40  # a reach longer than the border itself must not pass all lines by
_MOST_PROBES = 20_000
_SAME_M = 0.05
"""A border that would move by less is on its line already."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Probe:
    """A place on the border: how far along, which line is near (-1: none), how far along that."""

    at_m: float
    vertex: XY | None
    line: int
    along_line_m: float


@dataclass(frozen=True)
class Pull:
    """Lines that pull a border, in degrees and in metres."""

    lonlat: list[Floats]
    metres: list[Any]
    stretch: Stretch
    within_m: float

    @classmethod
    def of(cls, lines: list[Any], stretch: Stretch, within_m: float) -> "Pull":
        """The lines joined where just two meet."""
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
        lonlat = [shapely.get_coordinates(line) for line in merged]
        metres = [shapely.LineString(stretch.metres(xy)) for xy in lonlat]
        return cls(lonlat, metres, stretch, within_m)

    def distances_m(self, at: XY) -> Floats:
        """How far each line is from a place."""
        return np.asarray(
            shapely.distance(self.metres, shapely.Point(self.stretch.metres(np.array(at))))
        )

    def only(self, line: int) -> "Pull":
        """As if there were no other line."""
        return Pull([self.lonlat[line]], [self.metres[line]], self.stretch, self.within_m)

    def along(self, border: Ring) -> Ring | None:
        """The border as it is pulled, its two ends unmoved; None when nothing moves."""
        line = shapely.LineString(self.stretch.metres(np.array(border)))
        pulled: Ring = [border[0]]
        moved = False
        probes = self._probes(border, line)
        for index, group in groupby(probes, key=lambda probe: probe.line):
            run = list(group)
            path = self._path(index, run) if index >= 0 and len(run) > 1 else None
            moved |= path is not None
            kept = [probe.vertex for probe in run if probe.vertex is not None]
            pulled += kept if path is None else path
        pulled.append(border[-1])
        after = shapely.LineString(self.stretch.metres(np.array(pulled)))
        is_same = not moved or shapely.hausdorff_distance(line, after, densify=0.1) < _SAME_M
        return None if is_same else pulled

    def _probes(self, border: Ring, line: Any) -> list[Probe]:
        """The vertices between the ends, and places in between."""
        xy = shapely.get_coordinates(line)
        at_vertex = np.r_[0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
        coarse = min(self.within_m / _PROBES_PER_REACH, line.length / _FEWEST_PROBES)
        step = max(coarse, line.length / _MOST_PROBES)
        between = np.arange(step, line.length, step)
        at = np.r_[at_vertex[1:-1], between]
        vertices = [*border[1:-1], *[None] * len(between)]
        places = shapely.line_interpolate_point(line, at)
        near = np.full(len(at), -1)
        found = shapely.STRtree(self.metres).query_nearest(
            places, max_distance=self.within_m, all_matches=False
        )
        near[found[0]] = found[1]
        first, last = self._distance(xy[0]), self._distance(xy[-1])
        near[(at < first) | (at > line.length - last)] = -1
        return [
            Probe(at[i], vertices[i], int(near[i]), self._along_line(int(near[i]), places[i]))
            for i in np.argsort(at, kind="stable").tolist()
        ]

    def _distance(self, end: Floats) -> float:
        """How far an end is from the lines, at most the reach; the border bends over as far."""
        nearest = float(shapely.distance(self.metres, shapely.Point(end)).min())
        return 0.0 if nearest < NOISE_WIDTH_M else min(nearest, self.within_m)

    def _along_line(self, index: int, place: Any) -> float:
        return float(self.metres[index].project(place)) if index >= 0 else 0.0

    def _path(self, index: int, run: list[Probe]) -> Ring | None:
        """The line between the first and the last probe of a run; None if it goes elsewhere."""
        line = self.metres[index]
        xy = shapely.get_coordinates(line)
        at_vertex = np.r_[0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
        start, stop = run[0].along_line_m, run[-1].along_line_m
        if abs(stop - start) > 2 * (run[-1].at_m - run[0].at_m) + 2 * self.within_m:
            return None
        low, high = sorted((start, stop))
        inner = np.flatnonzero((at_vertex > low + _SAME_M) & (at_vertex < high - _SAME_M))
        between = [(x, y) for x, y in self.lonlat[index][inner].tolist()]
        ends = [self.lonlat_of(line.interpolate(at)) for at in (low, high)]
        path = [ends[0], *between, ends[1]]
        return path if start <= stop else path[::-1]

    def lonlat_of(self, place: Any) -> XY:
        """A point in metres as (lon, lat)."""
        lon, lat = self.stretch.degrees(np.array([place.x, place.y])).tolist()
        return lon, lat
