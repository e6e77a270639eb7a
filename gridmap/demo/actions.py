"""Build the synthetic county: one call, one seed, the same bytes every time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.demo.addresses import name_buildings
from gridmap.demo.buildings import Placed
from gridmap.demo.census import birth_years, household_sizes, residents, seat_people
from gridmap.demo.dwell import Homes, house, occupy, within_capacity
from gridmap.demo.elements import base_features, organisations, postings, street_assets
from gridmap.demo.happenings import Places, incidents
from gridmap.demo.landscape import Landscape, draw_landscape
from gridmap.demo.populate import build_everywhere, choose_parks, households_per_grid
from gridmap.demo.register import admin_units, number_grids
from gridmap.demo.streets import Block
from gridmap.demo.territory import Territory, read_territory
from gridmap.demo.tints import tint
from gridmap.demo.town import Town
from gridmap.geo.crs import STORED
from gridmap.profiles import Profile

Progress = Callable[[str, int, int], None]
Ints = NDArray[np.int64]

FIRST_DAY, LAST_DAY = "2025-09-01", "2026-08-31"
INCIDENTS = 14_000
SEED = 20260831
STEPS = ("地形与网格", "楼栋", "户与人", "部件、组织与底图", "事件", "汇总")
_ROAD_PULL = {"main": 9.0, "street": 3.0, "lane": 1.2}
_WAY_PULL = {"national": 0.5, "provincial": 0.45, "county": 0.3}


@dataclass(frozen=True)
class _County:
    """What the tables are made from: the inputs, the land, its grids and buildings."""

    profile: Profile
    territory: Territory
    land: Landscape
    grids: gpd.GeoDataFrame

    @property
    def names(self) -> dict[str, str]:
        units = self.territory.units
        return dict(zip(units["code"], units["name"], strict=True))

    @property
    def urban(self) -> set[str]:
        quarters = self.territory.layout.town.quarters
        return {quarter.code for quarter in quarters if quarter.side == "core"}


def build_town(
    profile: Profile, data_dir: Path, seed: int = SEED, progress: Progress | None = None
) -> Town:
    """The demo county of `profile` from the inputs in `data_dir`; everything but its outline, codes
    and names is invented, by `seed` alone.

    `progress(step, done, total)` is called before each step and once at the end.

    Raises:
        CallError: the county of this profile has no demo inputs.
    """
    tell = progress or (lambda step, done, total: None)
    rng = np.random.default_rng(seed)
    tell(STEPS[0], 0, len(STEPS))
    county = _survey(profile, data_dir, rng)
    tell(STEPS[1], 1, len(STEPS))
    households = int(county.territory.census["家庭户数"])
    wanted = households_per_grid(county.land, county.urban, households, profile.size_limits, rng)
    parks = choose_parks(county.land, rng)
    placed, lanes = build_everywhere(
        county.land, county.territory, wanted, county.urban, parks, rng
    )
    placed = _in_order(placed, county.grids)
    wanted = within_capacity(wanted, placed)
    buildings = _buildings(placed, county)
    tell(STEPS[2], 2, len(STEPS))
    key_of = np.asarray([item.grid for item in placed])
    counts = occupy(placed, key_of, wanted, rng)
    homes = house(placed, buildings["code"].tolist(), counts, profile.county_code, rng)
    town: Town = {
        "admin_units": admin_units(county.grids, county.territory),
        "grids": county.grids.reset_index(drop=True),
        "postings": postings(county.grids, profile, rng),
        "buildings": _stored(buildings, profile.area_srid),
        "dwellings": homes.dwellings,
        "households": homes.households,
        "residents": _people(homes, county.territory, profile.county_code, rng),
    }
    tell(STEPS[3], 3, len(STEPS))
    town |= _elements(county, placed, buildings, lanes, parks, rng)
    tell(STEPS[4], 4, len(STEPS))
    places = _places(county, placed, buildings, homes)
    year = incidents(profile, places, INCIDENTS, FIRST_DAY, LAST_DAY, rng)
    town["incidents"] = _stored(year, profile.area_srid)
    tell(STEPS[5], len(STEPS), len(STEPS))
    return town


def _survey(profile: Profile, data_dir: Path, rng: np.random.Generator) -> _County:
    territory = read_territory(profile.name, data_dir)
    land = draw_landscape(territory, profile.area_srid, rng)
    urban = {q.code for q in territory.layout.town.quarters if q.side == "core"}
    return _County(profile, territory, land, number_grids(land, territory, urban))


def _stored(table: gpd.GeoDataFrame, area_srid: int) -> gpd.GeoDataFrame:
    """Metres to EPSG:4490, rounded to 1e-8 degrees (1 mm)."""
    stored = table.set_crs(area_srid).to_crs(STORED)
    rounded = shapely.transform(stored.geometry.to_numpy(), lambda c: np.round(c, 8))
    return stored.set_geometry(rounded, crs=STORED)


def _in_order(placed: list[Placed], grids: gpd.GeoDataFrame) -> list[Placed]:
    """By grid code, then from west to east."""
    codes = grids["code"].to_dict()

    def key(item: Placed) -> tuple[str, float, float]:
        centre = item.polygon.centroid
        return codes[item.grid], centre.x, centre.y

    return sorted(placed, key=key)


def _buildings(placed: list[Placed], county: _County) -> gpd.GeoDataFrame:
    """The buildings table, metres; codes are the village's code and a number."""
    villages = [county.land.village_of(item.grid) for item in placed]
    number = pd.Series(villages).groupby(villages).cumcount() + 1
    town = county.territory.layout.town.name
    names, addresses = name_buildings(
        placed, villages, county.names, town, list(county.land.town.streets)
    )
    return gpd.GeoDataFrame(
        {
            "code": [f"{village}{n:05d}" for village, n in zip(villages, number, strict=True)],
            "name": names,
            "address": addresses,
            "kind": ["residential" if i.kind == "apartment" else i.kind for i in placed],
            "floors": [item.floors for item in placed],
        },
        geometry=[item.polygon for item in placed],
    )


def _people(
    homes: Homes, territory: Territory, prefix: str, rng: np.random.Generator
) -> pd.DataFrame:
    census = territory.census
    people = int(census["家庭户人口数"])
    sizes = household_sizes(len(homes.households), people, int(census["一人户数"]), rng)
    years = seat_people(sizes, birth_years(census, people, rng), rng)
    return residents(homes.households["code"].tolist(), sizes, years, prefix, rng)


def _elements(
    county: _County,
    placed: list[Placed],
    buildings: gpd.GeoDataFrame,
    lanes: list[shapely.LineString],
    parks: list[Block],
    rng: np.random.Generator,
) -> Town:
    """Organisations, assets and the base map."""
    land, prefix, srid = county.land, county.profile.county_code, county.profile.area_srid
    villages = [land.village_of(item.grid) for item in placed]
    addresses = buildings["address"].tolist()
    groups = organisations(placed, addresses, villages, county.names, prefix, rng)
    streets = list(land.town.streets)
    assets = street_assets(streets, lanes, prefix, rng)
    areas = tint(land, placed, parks, rng)
    ground = base_features([*land.water, *land.roads], streets, lanes, areas, prefix)
    return {
        "organisations": _stored(groups, srid),
        "assets": _stored(assets, srid),
        "base_features": _stored(ground, srid),
    }


def _places(
    county: _County, placed: list[Placed], buildings: gpd.GeoDataFrame, homes: Homes
) -> Places:
    land = county.land
    polygons = np.asarray([item.polygon for item in placed], dtype=object)
    seats = shapely.STRtree([shapely.Point(place) for place in land.hamlet_places()])
    roads = [(s.line, s.name, _ROAD_PULL[s.kind]) for s in land.town.streets]
    for way in land.roads:
        village = land.hamlets[int(seats.nearest(way.line.centroid))].village
        name = f"{way.name or ''}{county.names[village]}路段"
        roads.append((way.line, name, _WAY_PULL.get(way.rank, 0.06)))
    weight = np.asarray([line.length * pull for line, _, pull in roads])
    return Places(
        points=shapely.get_coordinates(shapely.centroid(polygons)),
        kinds=np.asarray([item.kind for item in placed], dtype=object),
        households=homes.per_building,
        in_town=np.asarray([item.grid < 0 for item in placed]),
        addresses=buildings["address"].to_numpy(dtype=object),
        roads=[line for line, _, _ in roads],
        road_names=[name for _, name, _ in roads],
        road_weights=weight / weight.sum(),
        land=land.outline,
    )
