"""A village of squares drawn as text, and who complains about what."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import shapely
from shapely import Polygon

from gridmap.plans.editing import Change, Division, Footprints, Notice, Refused, Rules, judge
from tests.drawing import CELL, draw, lonlat, square

NONE = Footprints.none()
XY = tuple[float, float]


def village(drawing: str) -> Division:
    """The grids of a drawing; its dots are land of the village in no grid."""
    whole = draw("\n".join("1" * len(row.strip()) for row in drawing.strip().splitlines()))["1"]
    return Division(whole, draw(drawing))


def places(*cells: XY) -> list[XY]:
    """Longitudes and latitudes of places on the lattice of a drawing."""
    return [lonlat(*cell) for cell in cells]


def region(*cells: XY) -> Polygon:
    return Polygon(places(*cells))


def houses(*cells: XY, size: float = 0.1, households: Sequence[int] = ()) -> Footprints:
    """Houses around places, a tenth of a cell wide; the anchor is in the middle."""
    shapes = [square(x - size / 2, y - size / 2, size, size) for x, y in cells]
    counts = households or [1] * len(shapes)
    return Footprints(np.array(shapes, object), np.array(places(*cells)), np.array(counts))


def judged(division: Division, change: Change, buildings: Footprints = NONE) -> Division:
    """What a change leaves behind, once the judge has let it pass without a word."""
    assert said(division, change, buildings) == []
    return division.after(change)


def said(
    division: Division, change: Change, buildings: Footprints = NONE, rules: Rules | None = None
) -> list[Notice]:
    return judge(division, change, buildings, rules or Rules())


def refusal(
    division: Division, operation: Callable[[], Change], buildings: Footprints = NONE
) -> Refused:
    """The refusal of an operation, by itself or by the judge."""
    with pytest.raises(Refused) as caught:
        judge(division, operation(), buildings, Rules(building_cut="block"))
    return caught.value


def has(division: Division, code: str, place: XY) -> bool:
    """Whether a grid has exactly this vertex."""
    return place in vertices(division, code)


def vertices(division: Division, code: str) -> set[XY]:
    """The vertices of a grid."""
    return {(x, y) for x, y in shapely.get_coordinates(division.shapes[code]).tolist()}


def cells_of(division: Division, code: str) -> float:
    """The area of a grid, in cells of the drawing."""
    return round(division.shapes[code].area / CELL**2, 6)
