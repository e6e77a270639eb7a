"""Do polygons tile a territory? Gaps, overlaps, slivers, and borders that do not share vertices.

Input and output are EPSG:4490 degrees, the coordinates that are stored. Widths and areas are
metres: within one call the degrees are stretched by two constants, the lengths of a degree at the
middle of the territory, which keeps straight lines straight. A Gauss-Krueger projection would bend
them: a corner on a neighbour's 10 km edge would seem to leave a gap 1.5 m wide. The stretch is true
to 0.1 % in a village and 0.5 % in a county: enough to judge a fault, never used for stored areas.

What GEOS alone would miss (reproduced): a coverage is valid though a whole member is missing, and
a wide gap always passes, so that the union is compared with the territory too.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Kind = Literal["gap", "overlap", "outside", "sliver", "border"]

SLIVER_WIDTH_M = 1.0
"""A fault narrower than this on average is a sliver: two lines drawn where one was meant."""

NOISE_WIDTH_M = 1e-4
"""What is narrower is rounding; stored coordinates resolve some nanometres."""

# GEOS finds what is not quite closed only when told a width. A triangle as high as this is noise on
# average; wider, and a corner a centimetre from an edge that is not its own would pass for a fault.
_SEARCH_WIDTH_M = 2 * NOISE_WIDTH_M
_SEMI_MAJOR_AXIS_M = 6378137.0
_ECCENTRICITY_SQUARED = 0.00669438002290


@dataclass(frozen=True)
class Fault:
    """Where polygons do not tile: a polygon (or, for a border, a line) in EPSG:4490 degrees.

    members are positions in the input: the one or two polygons that are at fault, or next to it.
    """

    kind: Kind
    members: tuple[int, ...]
    shape: shapely.Geometry
    area_m2: float
    width_m: float


def faults(members: Sequence[Any], territory: Any = None) -> list[Fault]:
    """Every fault of polygons that ought to tile a territory, in EPSG:4490 degrees.

    Args:
        members: valid polygons.
        territory: the polygon they ought to cover; None looks only for faults between them, and
            takes a hole that they enclose for a gap.
    """
    bare = uncovered(members, territory)
    return conflicts(members, bare) + bare


def uncovered(members: Sequence[Any], territory: Any = None) -> list[Fault]:
    """Ground of the territory under no member, and ground of members outside the territory.

    Without a territory: the holes that the members enclose.
    """
    shapes = np.asarray(members, dtype=object)
    if not len(shapes) and territory is None:
        return []
    stretch = Stretch.around([*shapes, *([] if territory is None else [territory])])
    flat = stretch.to_metres(shapes)
    is_valid = shapely.coverage_is_valid(flat, gap_width=_SEARCH_WIDTH_M)
    union = _union(flat, bool(is_valid))
    bare: list[shapely.Polygon] = []
    beyond: list[shapely.Polygon] = []
    if territory is None:
        rings = [ring for part in _polygons(union) for ring in shapely.get_rings(part)[1:]]
        bare = [shapely.Polygon(ring) for ring in rings]
    else:
        land = stretch.to_metres(np.array([territory]))[0]
        # Most often they are alike to the vertex, which is told in a hundredth of the time.
        if not shapely.equals_exact(*map(_simple, (land, union)), normalize=True):
            bare = _polygons(shapely.difference(land, union))
            beyond = _polygons(shapely.difference(union, land))
    found = [_fault("gap", part, _near(flat, part)) for part in bare]
    found += [_fault("outside", part, _near(flat, part)) for part in beyond]
    return [stretch.back(one) for one in found if one.width_m > NOISE_WIDTH_M]


def conflicts(members: Sequence[Any], known: Sequence[Fault] = ()) -> list[Fault]:
    """Ground that two members share, and borders whose vertices do not match.

    Args:
        members: valid polygons.
        known: gaps found before, which explain why the borders along them do not match.
    """
    shapes = np.asarray(members, dtype=object)
    if len(shapes) < 2:
        return []
    stretch = Stretch.around(shapes)
    flat = stretch.to_metres(shapes)
    if shapely.coverage_is_valid(flat, gap_width=_SEARCH_WIDTH_M):
        return []
    suspect = np.asarray(shapely.coverage_invalid_edges(flat, gap_width=_SEARCH_WIDTH_M))
    found = _overlaps(flat, suspect)
    gaps = stretch.to_metres(np.array([one.shape for one in known], dtype=object))
    found += _unmatched(suspect, [*gaps, *(one.shape for one in found)])
    return [stretch.back(one) for one in found]


@dataclass(frozen=True)
class Stretch:
    """Degrees to metres by two constants; lines stay straight, equal points stay equal.

    True to 0.1 % in a village and 0.5 % in a county: to judge and to measure, never to store.
    """

    origin: NDArray[np.float64]
    metres_per_degree: NDArray[np.float64]

    @classmethod
    def around(cls, shapes: Iterable[shapely.Geometry]) -> "Stretch":
        """The stretch that is true in the middle of shapes in EPSG:4490 degrees."""
        west, south, east, north = shapely.total_bounds(np.array(list(shapes), dtype=object))
        latitude = math.radians((south + north) / 2)
        bulge = 1 - _ECCENTRICITY_SQUARED * math.sin(latitude) ** 2
        parallel = _SEMI_MAJOR_AXIS_M * math.cos(latitude) / math.sqrt(bulge)
        meridian = _SEMI_MAJOR_AXIS_M * (1 - _ECCENTRICITY_SQUARED) / bulge**1.5
        return cls(
            np.array([(west + east) / 2, (south + north) / 2]),
            np.radians([parallel, meridian]),
        )

    def metres(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points, one a row, in metres from the middle."""
        return (lonlat - self.origin) * self.metres_per_degree

    def degrees(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points in metres from the middle, in degrees again; rounded in the last digit."""
        return xy / self.metres_per_degree + self.origin

    def to_metres(self, shapes: Shapes) -> Shapes:
        """The shapes in metres from the middle, each vertex on its own."""
        return np.asarray(shapely.transform(shapely.force_2d(shapes), self.metres), dtype=object)

    def to_degrees(self, shape: Any) -> Any:
        """A shape in metres, in degrees again: a place to show, never to store."""
        return shapely.transform(shape, self.degrees)

    def back(self, fault: Fault) -> Fault:
        """The fault with its shape in degrees again."""
        return replace(fault, shape=self.to_degrees(fault.shape))


def mean_width_m(shape: shapely.Geometry) -> float:
    """The mean width of a shape in metres: that of a strip of this area and perimeter."""
    perimeter = shapely.length(shape)
    return float(2 * shapely.area(shape) / perimeter) if perimeter else 0.0


def _union(flat: Shapes, is_valid: bool) -> Any:
    if is_valid:
        try:
            return shapely.coverage_union_all(flat)
        except shapely.errors.GEOSException:
            pass  # it is stricter than the check: vertices some nanometres apart are too much
    return shapely.union_all(flat)


def _overlaps(flat: Shapes, suspect: Shapes) -> list[Fault]:
    """Where two polygons share ground. One of the two has invalid edges: only those are asked."""
    asked = np.flatnonzero(~shapely.is_empty(suspect))
    near, other = shapely.STRtree(flat).query(flat[asked], predicate="intersects")
    pairs = {(min(i, j), max(i, j)) for i, j in zip(asked[near], other, strict=True) if i != j}
    found = []
    for first, second in sorted((int(i), int(j)) for i, j in pairs):
        common = shapely.intersection(flat[first], flat[second])
        found += [
            _fault("overlap", part, (first, second))
            for part in _polygons(common)
            if mean_width_m(part) > NOISE_WIDTH_M
        ]
    return found


def _unmatched(suspect: Shapes, explained: Sequence[Any]) -> list[Fault]:
    """Invalid edges that no fault explains: a neighbour's corner lies on an edge without vertex."""
    reasons = shapely.union_all(shapely.buffer(np.array(explained, dtype=object), _SEARCH_WIDTH_M))
    shapely.prepare(reasons)
    found = []
    for member in np.flatnonzero(~shapely.is_empty(suspect)):
        edges = shapely.get_parts(suspect[member])
        edges = edges[~shapely.intersects(reasons, edges)]
        if len(edges):
            line: Any = shapely.line_merge(shapely.multilinestrings(edges))
            found.append(Fault("border", (int(member),), line, 0.0, 0.0))
    return found


def _fault(kind: Kind, part: Any, members: tuple[int, ...]) -> Fault:
    width = mean_width_m(part)
    narrow = width < SLIVER_WIDTH_M
    return Fault("sliver" if narrow else kind, members, part, float(shapely.area(part)), width)


def _near(flat: Shapes, part: Any) -> tuple[int, ...]:
    """Positions of the members that touch a part, to a millimetre."""
    found = shapely.STRtree(flat).query(part, predicate="dwithin", distance=0.001)
    return tuple(int(position) for position in np.sort(found))


def _simple(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape


def _polygons(shape: Any) -> list[shapely.Polygon]:
    parts = shapely.get_parts(shape)
    areal = parts[(shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)]
    return [part for part in areal if isinstance(part, shapely.Polygon)]
