"""A real town: the buildings, roads, waters and railway of Снежинск, OpenStreetMap (ODbL).

Real are the shapes; made up, by a seed, are the households (floors x footprint) and the villages
(the town in pieces of about as many households each). EPSG:32641, metres.
"""

from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

CRS = 32641
KIND_OF = {
    "trunk": "arterial",
    "secondary": "arterial",
    "tertiary": "arterial",
    "trunk_link": "street",
    "tertiary_link": "street",
    "residential": "street",
    "unclassified": "street",
    "living_street": "street",
    "road": "street",
    "service": "street",
}
"""Roads that a grid may follow, by `highway`; footways and tracks divide nothing."""

_NO_HOMES = {
    "garages", "garage", "shed", "construction", "service", "kindergarten", "retail", "industrial",
    "hangar", "public", "commercial", "school", "office", "government", "collapsed", "roof",
    "supermarket", "fire_station", "kiosk", "gatehouse",
}  # fmt: skip
_NO_HOMES_ON = {"garages", "industrial", "military", "railway", "leisure_park", "quarry"}
_HOUSE_M2 = 260.0  # a footprint that is no larger is one house
_GROSS_M2 = 95.0  # of all floors, for one household of a block of flats
_LIVED_IN = 0.15  # of the garden houses, all year round
_MARGIN_M = 150.0
_LLOYD_ROUNDS = 30


class Town(NamedTuple):
    """What a town is balanced from."""

    buildings: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame


def load(folder: Path, villages: int = 12, seed: int = 0) -> Town:
    """The town in `folder` (parquet files): buildings with `households`, villages with their code
    in `village`, barriers with `kind`.
    """
    rng = np.random.default_rng(seed)
    layers = {
        name: gpd.read_parquet(folder / f"{name}.parquet").to_crs(CRS)
        for name in ("buildings", "roads", "water", "railway", "landuse")
    }
    buildings = layers["buildings"][["building", "levels", "geometry"]]
    buildings = buildings.assign(households=_households(buildings, layers["landuse"], rng))
    roads = layers["roads"]
    rows = [
        roads.assign(kind=roads["highway"].map(KIND_OF)).dropna(subset="kind"),
        layers["water"].assign(kind="river"),
        layers["railway"].assign(kind="railway"),
    ]
    barriers = pd.concat([one[["kind", "geometry"]] for one in rows], ignore_index=True)
    return Town(buildings, _villages(buildings, villages, rng), gpd.GeoDataFrame(barriers))


def _households(
    buildings: gpd.GeoDataFrame, landuse: gpd.GeoDataFrame, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Floors x footprint in blocks of flats, one in a house, few in gardens, none in a garage."""
    inner = buildings.geometry.representative_point()
    row, area = landuse.sindex.query(inner, predicate="within")
    land = np.full(len(buildings), "", dtype=object)
    for rank in (_NO_HOMES_ON, {"allotments"}, {"residential"}):
        here = landuse["landuse"].isin(rank).to_numpy()[area]
        land[row[here]] = landuse["landuse"].to_numpy()[area[here]]
    footprint = buildings.area.to_numpy()
    flats = (buildings["building"] == "apartments").to_numpy() | (
        (footprint > _HOUSE_M2) & (land == "residential")
    )
    known = pd.to_numeric(buildings["levels"], errors="coerce").to_numpy()
    guessed = rng.choice([2, 3, 5, 9], len(buildings), p=[0.15, 0.2, 0.45, 0.2])
    floors = np.where(np.isnan(known), guessed, known)
    homes = np.where(flats, np.maximum(footprint * floors / _GROSS_M2, 2).round(), 1)
    homes[~flats & (footprint < 25)] = 0
    homes[(land == "allotments") & (rng.random(len(buildings)) > _LIVED_IN)] = 0
    homes[buildings["building"].isin(_NO_HOMES) | np.isin(land, list(_NO_HOMES_ON))] = 0
    return homes.astype(np.int64)


def _villages(
    buildings: gpd.GeoDataFrame, count: int, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """The land round the town in pieces: what is nearest to each of some centres of its homes."""
    xy = shapely.get_coordinates(buildings.geometry.representative_point())
    homes = buildings["households"].to_numpy(dtype=np.float64)
    centres = xy[rng.choice(len(xy), count, replace=False, p=homes / homes.sum())]
    for _ in range(_LLOYD_ROUNDS):
        near = shapely.STRtree(shapely.points(centres)).nearest(shapely.points(xy))
        weight = np.maximum(np.bincount(near, homes, count), 1e-9)
        centres = np.column_stack(
            [np.bincount(near, homes * axis, count) / weight for axis in xy.T]
        )
    land = shapely.box(*buildings.total_bounds).buffer(_MARGIN_M, join_style="mitre")
    centres = centres[np.lexsort(centres.T)]
    pieces = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(centres), extend_to=land, ordered=True)
    )
    codes = [f"6500000{number:02}" for number in range(1, count + 1)]
    return gpd.GeoDataFrame(
        {"village": codes}, geometry=shapely.intersection(pieces, land), crs=CRS
    )
