"""Build the synthetic county: one call, one seed, the same bytes every time."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from gridmap.demo.blocks import street_names
from gridmap.demo.buildings import Placed
from gridmap.demo.census import birth_years, household_sizes, residents, seat_people
from gridmap.demo.dwell import Homes, house, occupy
from gridmap.demo.elements import base_features, organisations, postings, street_assets
from gridmap.demo.happenings import Places, incidents
from gridmap.demo.landscape import Landscape, draw_landscape
from gridmap.demo.populate import build_everywhere, households_per_grid
from gridmap.demo.register import admin_units, number_grids
from gridmap.demo.roads import WATER_HALF_WIDTH_M
from gridmap.demo.territory import Territory, read_territory
from gridmap.demo.town import Town, write_town
from gridmap.geo.crs import STORED
from gridmap.profiles import Profile

__all__ = ["FIRST_DAY", "LAST_DAY", "build_town", "write_town"]

Progress = Callable[[str, int, int], None]
Ints = NDArray[np.int64]

FIRST_DAY, LAST_DAY = "2025-09-01", "2026-08-31"
INCIDENTS = 14_000
STEPS = ("地形与网格", "楼栋", "户与人", "部件与组织", "事件", "汇总")


def build_town(
    profile: Profile, data_dir: Path, seed: int = 20260831, progress: Progress | None = None
) -> Town:
    """The demo county of `profile` from the inputs in `data_dir`; everything but outline, codes and names is invented.

    `progress(step, done, total)` is called before each step and once at the end.

    Raises:
        CallError: the county of this profile has no demo inputs.
    """
    tell = progress or (lambda step, done, total: None)
    total = len(STEPS)
    rng = np.random.default_rng(seed)
    tell(STEPS[0], 0, total)
    territory = read_territory(profile.name, data_dir)
    land = draw_landscape(territory, profile.area_srid, rng)
    urban = {quarter.code for quarter in territory.layout.town.quarters if quarter.side == "core"}
    grids = number_grids(land, territory, urban)
    tell(STEPS[1], 1, total)
    households = int(territory.census["家庭户数"])
    wanted = households_per_grid(land, urban, households, profile.size_limits, rng)
    placed, lanes = build_everywhere(land, territory, wanted, urban, rng)
    placed = [placed[k] for k in _building_order(placed, grids)]
    key_of = np.asarray([item.grid for item in placed])
    buildings = _buildings(placed, grids, land, territory, profile.area_srid)
    tell(STEPS[2], 2, total)
    counts = occupy(placed, key_of, wanted, rng)
    homes = house(placed, buildings["code"].tolist(), counts, profile.county_code, rng)
    people = _people(homes, territory, profile.county_code, rng)
    tell(STEPS[3], 3, total)
    names = dict(zip(territory.units["code"], territory.units["name"], strict=True))
    villages = [land.village_of(int(k)) for k in key_of]
    groups = organisations(
        placed, buildings["address"].tolist(), villages, names, profile.county_code, rng
    )
    assets = street_assets(list(land.town.streets), lanes, profile.county_code, rng)
    ground = base_features(
        [*land.water, *land.roads],
        list(land.town.streets),
        lanes,
        _tints(land, placed),
        profile.county_code,
    )
    tell(STEPS[4], 4, total)
    year = incidents(
        profile, _places(land, placed, buildings, homes), INCIDENTS, FIRST_DAY, LAST_DAY, rng
    )
    tell(STEPS[5], 5, total)
    town: Town = {
        "admin_units": admin_units(grids, territory),
        "grids": grids.reset_index(drop=True),
        "postings": postings(grids, profile, rng),
        "base_features": _stored(ground, profile.area_srid),
        "buildings": buildings,
        "dwellings": homes.dwellings,
        "households": homes.households,
        "residents": people,
        "assets": _stored(assets, profile.area_srid),
        "organisations": _stored(groups, profile.area_srid),
        "incidents": _stored(year, profile.area_srid),
    }
    tell(STEPS[5], total, total)
    return town


def _stored(table: gpd.GeoDataFrame, area_srid: int) -> gpd.GeoDataFrame:
    """Metres to EPSG:4490, rounded to 1e-8 degrees (1 mm)."""
    stored = table.set_crs(area_srid).to_crs(STORED)
    return stored.set_geometry(
        shapely.transform(stored.geometry.to_numpy(), lambda c: np.round(c, 8)), crs=STORED
    )


def _building_order(placed: list[Placed], grids: gpd.GeoDataFrame) -> list[int]:
    """By grid code, then from west to east."""
    codes = grids["code"].to_dict()
    return sorted(
        range(len(placed)),
        key=lambda k: (
            codes[placed[k].grid],
            placed[k].polygon.centroid.x,
            placed[k].polygon.centroid.y,
        ),
    )


def _buildings(
    placed: list[Placed],
    grids: gpd.GeoDataFrame,
    land: Landscape,
    territory: Territory,
    area_srid: int,
) -> gpd.GeoDataFrame:
    names = dict(zip(territory.units["code"], territory.units["name"], strict=True))
    villages = [land.village_of(item.grid) for item in placed]
    number = pd.Series(villages).groupby(villages).cumcount().to_numpy() + 1
    streets = street_names(placed, [(street.line, street.name) for street in land.town.streets])
    addresses = [
        f"{territory.layout.town.name}{street}{n}号" if item.grid < 0 else f"{names[village]}{n}号"
        for item, village, street, n in zip(placed, villages, streets, number.tolist(), strict=True)
    ]
    table = gpd.GeoDataFrame(
        {
            "code": [
                f"{village}{n:05d}" for village, n in zip(villages, number.tolist(), strict=True)
            ],
            "name": [
                item.name or f"{n}号{'楼' if item.kind == 'apartment' else ''}"
                for item, n in zip(placed, number.tolist(), strict=True)
            ],
            "address": addresses,
            "kind": ["residential" if item.kind == "apartment" else item.kind for item in placed],
            "floors": [item.floors for item in placed],
        },
        geometry=[item.polygon for item in placed],
    )
    return _stored(table, area_srid)


def _people(
    homes: Homes, territory: Territory, prefix: str, rng: np.random.Generator
) -> pd.DataFrame:
    census = territory.census
    people = int(census["家庭户人口数"])
    sizes = household_sizes(len(homes.households), people, int(census["一人户数"]), rng)
    years = seat_people(sizes, birth_years(census, people, rng), rng)
    return residents(homes.households["code"].tolist(), sizes, years, prefix, rng)


def _places(
    land: Landscape, placed: list[Placed], buildings: gpd.GeoDataFrame, homes: Homes
) -> Places:
    anchors = shapely.get_coordinates(
        shapely.centroid(np.asarray([item.polygon for item in placed], dtype=object))
    )
    streets = [
        (s.line, s.name, {"main": 9.0, "street": 3.0, "lane": 1.2}[s.kind])
        for s in land.town.streets
    ]
    ways = [
        (
            w.line,
            w.name or "乡村道路",
            {"national": 0.5, "provincial": 0.45, "county": 0.3}.get(w.rank, 0.06),
        )
        for w in land.roads
    ]
    roads = streets + ways
    weight = np.asarray([line.length * factor for line, _, factor in roads])
    return Places(
        points=anchors,
        kinds=np.asarray([item.kind for item in placed], dtype=object),
        households=homes.per_building,
        in_town=np.asarray([item.grid < 0 for item in placed]),
        addresses=buildings["address"].to_numpy(dtype=object),
        roads=[line for line, _, _ in roads],
        road_names=[name for _, name, _ in roads],
        road_weights=weight / weight.sum(),
        land=land.outline,
    )


def _tints(
    land: Landscape, placed: list[Placed]
) -> list[tuple[str, str, str | None, shapely.Geometry]]:
    """Soft areas for the base map: water surface, the town, and the built-up patch of each hamlet."""
    rivers = [way for way in land.water if way.rank == "river"]
    areas: list[tuple[str, str, str | None, shapely.Geometry]] = [
        (
            "water",
            "river",
            way.name,
            way.line.buffer(WATER_HALF_WIDTH_M["river"]).intersection(land.outline),
        )
        for way in rivers
    ]
    areas.append(("settlement", "town", None, land.town.outline))
    groups: dict[int, list[Polygon]] = {}
    for item in placed:
        if item.grid >= 0:
            groups.setdefault(item.grid, []).append(item.polygon)
    for key in sorted(groups):
        patch = (
            shapely.union_all(shapely.buffer(np.asarray(groups[key], dtype=object), 22.0))
            .buffer(-12.0)
            .simplify(2.0)
        )
        areas.append(("settlement", "village", None, patch))
    return areas
