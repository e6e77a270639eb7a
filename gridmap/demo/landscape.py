"""The land before people are counted: relief, town, territories, roads, streams, and the grids
that tile the county.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from gridmap.demo.lines import curve_through, meander
from gridmap.demo.parcel import cover, rural_borders
from gridmap.demo.quarters import TownGrid, divide_town
from gridmap.demo.roads import Way, road_ways, water_ways
from gridmap.demo.settle import Hamlet, settle
from gridmap.demo.streets import TownNet, lay_out_town
from gridmap.demo.terrain import Terrain, frame_around, shape_terrain
from gridmap.demo.territory import Territory, Valley, to_metres
from gridmap.geo.crs import STORED

CELL_M = 100.0
VILLAGE_GRIDS_IN_TOWN = 56
SPECIAL_GRIDS = 7


@dataclass(frozen=True)
class Landscape:
    """Everything drawn before buildings. Geometry is metres, except `cover`: the grids in lon/lat
    (EPSG:4490).

    `cover` and `land` (the same polygons in metres) are indexed by hamlet number, or -1 - n for
    `town_grids[n]`.
    """

    outline: Polygon
    terrain: Terrain
    town: TownNet
    town_grids: tuple[TownGrid, ...]
    hamlets: tuple[Hamlet, ...]
    water: tuple[Way, ...]
    roads: tuple[Way, ...]
    cover: gpd.GeoSeries
    land: gpd.GeoSeries

    def village_of(self, key: int) -> str:
        """The code of the village or community of a grid."""
        return self.hamlets[key].village if key >= 0 else self.town_grids[-1 - key].village

    def hamlet_places(self) -> NDArray[np.float64]:
        """(n, 2) seats of the hamlets in metres."""
        return self.terrain.frame.place(np.asarray([hamlet.cell for hamlet in self.hamlets]))


def draw_landscape(territory: Territory, area_srid: int, rng: np.random.Generator) -> Landscape:
    """The land of a county, by its inputs and the generator of random numbers alone."""
    layout = territory.layout
    outline = gpd.GeoSeries([territory.outline], crs=STORED).to_crs(area_srid).iloc[0]
    center = to_metres([layout.town.center], area_srid).iloc[0]
    still = (np.array([center.x, center.y]), layout.town.length_m * 0.75)
    river = _valley(layout.river, area_srid, 190.0, rng, still)
    valleys = [river, *(_valley(v, area_srid, 220.0, rng, still) for v in layout.tributaries)]
    town = lay_out_town(layout.town, river, np.array([center.x, center.y]), rng)
    river = _embanked(river, town.river)
    terrain = shape_terrain(
        outline, frame_around(outline, CELL_M, 4), [river, *valleys[1:]], rng, layout.elevation_m
    )
    in_town = layout.town.urban_grids + VILLAGE_GRIDS_IN_TOWN + SPECIAL_GRIDS
    town_grids = divide_town(town, layout.town, in_town, rng)
    settled = settle(terrain, territory, town.outline, area_srid, layout.grid_count - in_town, rng)
    tiles = cover(
        territory.outline,
        rural_borders(settled.label, terrain.frame, town.outline, rng),
        settled.label,
        terrain.frame,
        [grid.polygon for grid in town_grids],
        area_srid,
    )
    return Landscape(
        outline=outline,
        terrain=terrain,
        town=town,
        town_grids=tuple(town_grids),
        hamlets=settled.hamlets,
        water=tuple(water_ways(terrain, river, layout.river.name, outline, town.outline, rng)),
        roads=tuple(road_ways(terrain, territory, settled.hamlets, town, outline, area_srid, rng)),
        cover=tiles,
        land=tiles.to_crs(area_srid),
    )


def _valley(
    valley: Valley,
    area_srid: int,
    swing_m: float,
    rng: np.random.Generator,
    still: tuple[NDArray[np.float64], float],
) -> LineString:
    bends = to_metres(valley.bends, area_srid)
    curve = curve_through(np.column_stack([bends.x, bends.y]), 80.0)
    return meander(curve, rng, swing_m, 2200.0, still)


def _embanked(river: LineString, bank: LineString) -> LineString:
    """`river` (east to west) with its course through the town replaced by the straightened `bank`
    (west to east).
    """
    start, end = sorted(river.project(shapely.Point(p)) for p in (bank.coords[0], bank.coords[-1]))
    coords = [p for p in river.coords if river.project(shapely.Point(p)) < start - 5.0]
    tail = [p for p in river.coords if river.project(shapely.Point(p)) > end + 5.0]
    return LineString([*coords, *bank.coords[::-1], *tail])
