"""What is edited: the grids of one village, and what an operation makes of them.

Coordinates are the stored ones, EPSG:4490 degrees, bit for bit. Two grids share a border when both
rings hold the same vertices; nothing here rounds a coordinate that it does not mean to change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.coverage import NOISE_WIDTH_M, Stretch

XY = tuple[float, float]
Setting = Literal["block", "warn", "off"]


@dataclass(frozen=True)
class Division:
    """The grids of one village: Polygons or MultiPolygons in EPSG:4490, by grid code."""

    village: Any
    shapes: Mapping[str, Any]

    @cached_property
    def stretch(self) -> Stretch:
        """Degrees to metres in this village."""
        return Stretch.around([self.village])

    def is_inside(self, points: Sequence[XY]) -> NDArray[np.bool_]:
        """Which points are in the village or on its line."""
        land = self.stretch.to_metres(np.array([self.village]))[0]
        return self._near(land, points)

    def is_on_outline(self, points: Sequence[XY]) -> NDArray[np.bool_]:
        """Which points are on the village line, to a tenth of a millimetre."""
        land = self.stretch.to_metres(np.array([self.village]))[0]
        return self._near(shapely.boundary(land), points)

    def _near(self, shape: Any, points: Sequence[XY]) -> NDArray[np.bool_]:
        metres = self.stretch.metres(np.array(points, dtype=np.float64).reshape(-1, 2))
        shapely.prepare(shape)
        near = shapely.dwithin(shape, shapely.points(metres), NOISE_WIDTH_M)
        return np.asarray(near, dtype=bool)

    def after(self, change: "Change") -> "Division":
        """The division that a change leaves behind."""
        kept = {code: shape for code, shape in self.shapes.items() if code not in change.ended}
        return Division(self.village, kept | change.shapes)


@dataclass(frozen=True)
class Footprints:
    """The buildings of a village, one a position: what must not be cut, and who lives there.

    Attributes:
        shapes: footprints, polygons in EPSG:4490.
        anchors: the (n, 2) longitudes and latitudes that tell which grid a building is in.
        households: how many live in each.
    """

    shapes: NDArray[np.object_]
    anchors: NDArray[np.float64]
    households: NDArray[np.int64]

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """West, south, east, north of each footprint."""
        return np.asarray(shapely.bounds(self.shapes)).reshape(-1, 4)

    def is_in(self, shape: Any) -> NDArray[np.bool_]:
        """Which buildings have their anchor in a shape or on its border."""
        shapely.prepare(shape)
        return np.asarray(shapely.intersects_xy(shape, self.anchors), dtype=bool)

    def crossing(self, lines: Any) -> NDArray[np.intp]:
        """Positions of the buildings that lines meet, be it only at a wall."""
        west, south, east, north = shapely.bounds(lines)
        away = (self.bounds[:, 0] > east) | (self.bounds[:, 2] < west)
        away |= (self.bounds[:, 1] > north) | (self.bounds[:, 3] < south)
        near = np.flatnonzero(~away)
        shapely.prepare(lines)
        return near[shapely.intersects(lines, self.shapes[near])]

    def households_in(self, shape: Any) -> int:
        """How many households live in a shape."""
        return int(self.households[self.is_in(shape)].sum())

    @classmethod
    def none(cls) -> "Footprints":
        """No buildings at all."""
        return cls(np.empty(0, object), np.empty((0, 2)), np.empty(0, np.int64))


@dataclass(frozen=True)
class Change:
    """What an operation makes of a division.

    Attributes:
        shapes: new and changed grids by code, also neighbours that only got a vertex; always
            MultiPolygons, as they are stored.
        ended: codes of grids that are gone.
        ancestors: for a grid that came from others, their codes.
        adds_land: whether land that was in no grid may be in one now (draw, fill).
    """

    shapes: dict[str, Any]
    ended: tuple[str, ...] = ()
    ancestors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    adds_land: bool = False


@dataclass(frozen=True)
class Rules:
    """Which rules of good drawing block an operation, only warn, or are not looked at."""

    building_cut: Setting = "warn"
    sliver: Setting = "block"


@dataclass(frozen=True)
class Notice:
    """What was done all the same, though a rule that only warns speaks against it.

    place is a geometry in EPSG:4490 degrees.
    """

    rule: str
    zh: str
    en: str
    place: Any

    def as_json(self) -> dict[str, Any]:
        """Ready to be JSON; the place is GeoJSON."""
        place = None if self.place is None else dict(shapely.geometry.mapping(self.place))
        return {"rule": self.rule, "zh": self.zh, "en": self.en, "place": place}
