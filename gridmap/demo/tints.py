"""The calm areas of the base map: water, woods, parks, the built-up town and hamlets; and
compound walls.
"""

from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from gridmap.demo.buildings import Placed
from gridmap.demo.landscape import Landscape
from gridmap.demo.lines import borders, smooth
from gridmap.demo.roads import HALF_WIDTH_M, WATER_HALF_WIDTH_M
from gridmap.demo.streets import RIVERSIDE_M, Block
from gridmap.demo.terrain import noise

WOODS_ABOVE_WATER_M = 88.0
SMALLEST_WOOD_M2 = 250_000.0
_WALLED = {"school", "hospital", "government", "works"}


class Area(NamedTuple):
    """A base feature that is no road: kind, class, name, geometry in metres."""

    kind: str
    rank: str
    name: str | None
    geometry: BaseGeometry


def tint(
    land: Landscape, placed: list[Placed], parks: list[Block], rng: np.random.Generator
) -> list[Area]:
    """All areas and walls, the widest first."""
    return [
        *(Area("green", "woods", None, wood) for wood in _woods(land, rng)),
        Area("settlement", "town", None, land.town.outline),
        *_hamlet_patches(placed),
        *_water(land),
        *_greens(land, parks),
        *_walls(land, parks),
    ]


def _woods(land: Landscape, rng: np.random.Generator) -> list[BaseGeometry]:
    """Woods on the high slopes, their edge frayed by noise."""
    frame = land.terrain.frame
    height = land.terrain.above_water + 16.0 * noise(frame, rng, 3000.0, 1.4)
    wooded = (land.terrain.inside & (height > WOODS_ABOVE_WATER_M)).astype(np.int64)
    edges = [smooth(line, 8, 4.0, 50.0) for line in borders(wooded, frame)]
    faces = shapely.get_parts(
        shapely.polygonize(shapely.get_parts(shapely.union_all(edges, grid_size=0.01)))
    )
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    inside = wooded[frame.index(inner[:, 0], inner[:, 1])] == 1
    found = shapely.difference(
        shapely.intersection(faces[inside], land.outline), land.town.outline.buffer(160.0)
    )
    return [
        wood
        for wood in shapely.get_parts(found)
        if isinstance(wood, Polygon) and wood.area > SMALLEST_WOOD_M2
    ]


def _water(land: Landscape) -> list[Area]:
    rivers = [way for way in land.water if way.rank == "river"]
    half = WATER_HALF_WIDTH_M["river"]
    return [
        Area("water", "river", way.name, way.line.buffer(half).intersection(land.outline))
        for way in rivers
    ]


def _hamlet_patches(placed: list[Placed]) -> list[Area]:
    groups: dict[int, list[Polygon]] = {}
    for item in placed:
        if item.grid >= 0:
            groups.setdefault(item.grid, []).append(item.polygon)
    areas = []
    for key in sorted(groups):
        grown = shapely.union_all(shapely.buffer(np.asarray(groups[key], dtype=object), 22.0))
        areas.append(Area("settlement", "village", None, grown.buffer(-12.0).simplify(2.0)))
    return areas


def _greens(land: Landscape, parks: list[Block]) -> list[Area]:
    """Parks, and the strips along the embanked river."""
    streets = shapely.union_all(
        [
            street.line.buffer(HALF_WIDTH_M.get(street.kind, 4.5) + 3.0)
            for street in land.town.streets
        ]
    )
    areas = [
        Area("green", "park", "公园", block.polygon.buffer(-8.0).difference(streets))
        for block in parks
    ]
    banks = land.town.river.buffer(RIVERSIDE_M - 4.0, cap_style="flat").difference(
        land.town.river.buffer(WATER_HALF_WIDTH_M["river"] + 2.0)
    )
    strips = shapely.get_parts(banks.intersection(land.town.outline).difference(streets))
    return areas + [
        Area("green", "riverside", None, strip) for strip in strips if strip.area > 400.0
    ]


def _walls(land: Landscape, parks: list[Block]) -> list[Area]:
    """Walls around schools, offices, works and most blocks of flats."""
    taken = set(parks)
    walls = []
    for grid in land.town_grids:
        for block in grid.blocks:
            flats = (
                grid.use is None and block.side == "core" and (block.column + 2 * block.row) % 3 > 0
            )
            if block not in taken and (flats or grid.use in _WALLED):
                ring = block.polygon.buffer(-7.5, join_style="mitre")
                free = ring.exterior.difference(land.town.river.buffer(RIVERSIDE_M))
                walls += [Area("wall", "compound", None, part) for part in shapely.get_parts(free)]
    return walls
