"""A change as the judge sees it: the grids it touches, before and after, in metres."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.plans.editing.division import Change, Division

_NEAR = 1e-6  # degrees, about ten centimetres


@dataclass(frozen=True)
class Scene:
    """Shapes in metres from the middle of the village, where lengths and areas can be judged."""

    division: Division
    change: Change

    @cached_property
    def village(self) -> Any:
        """The land of the village."""
        return self._metres([self.division.village])[0]

    @cached_property
    def changed(self) -> NDArray[np.object_]:
        """The new shapes, in the order of the change."""
        return self._metres(list(self.change.shapes.values()))

    @cached_property
    def touched(self) -> NDArray[np.object_]:
        """The shapes before, of the grids that changed or ended."""
        shapes, change = self.division.shapes, self.change
        return self._metres([shapes[c] for c in (*change.shapes, *change.ended) if c in shapes])

    @cached_property
    def beside(self) -> dict[str, Any]:
        """The grids that did not change and lie within reach of those that did, by code."""
        shapes, change = self.division.shapes, self.change
        still = [code for code in shapes if code not in (*change.shapes, *change.ended)]
        bounds = shapely.bounds([shapes[code] for code in still]).reshape(-1, 4)
        west, south, east, north = shapely.total_bounds(
            [*change.shapes.values(), *(shapes[code] for code in change.ended)]
        )
        near = (bounds[:, 0] <= east + _NEAR) & (bounds[:, 2] >= west - _NEAR)
        near &= (bounds[:, 1] <= north + _NEAR) & (bounds[:, 3] >= south - _NEAR)
        codes = [still[i] for i in np.flatnonzero(near)]
        return dict(zip(codes, self._metres([shapes[code] for code in codes]), strict=True))

    def place(self, shape: Any) -> Any:
        """A shape of the scene in degrees, to be shown on the map."""
        return self.division.stretch.to_degrees(shape)

    def _metres(self, shapes: list[Any]) -> NDArray[np.object_]:
        return self.division.stretch.to_metres(np.array(shapes, dtype=object))
