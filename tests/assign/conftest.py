"""A small coverage, points in and around it, and the answer by shapely alone."""

import json
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

WEST, SOUTH, EAST, NORTH = 113.0, 23.0, 113.4, 23.3


def smallest_codes(grids: gpd.GeoDataFrame, x: NDArray, y: NDArray, code: str = "code") -> list:
    """For each point the smallest code, in byte order, of the grids that touch it; else None."""
    there = np.isfinite(x) & np.isfinite(y)
    places = shapely.points(np.where(there, x, 0.0), np.where(there, y, 0.0))
    found: list = [None] * len(x)
    tree = shapely.STRtree(places)
    for shape, one in zip(grids.geometry, grids[code], strict=True):
        for at in tree.query(shape, predicate="intersects"):
            if there[at] and (found[at] is None or str(one).encode() < str(found[at]).encode()):
                found[at] = one
    return found


@dataclass(frozen=True)
class Ground:
    """Grids, points (lon, lat in EPSG:4490) and the code that each point must get."""

    grids: gpd.GeoDataFrame
    lon: NDArray
    lat: NDArray
    codes: list


@pytest.fixture(scope="session")
def ground() -> Ground:
    """60 grids; points inside, outside, on every vertex and on every border."""
    rng = np.random.default_rng(20260301)
    seeds = shapely.points(rng.uniform(WEST, EAST, 60), rng.uniform(SOUTH, NORTH, 60))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds)))
    cells = shapely.intersection(cells, shapely.box(WEST, SOUTH, EAST, NORTH))
    codes = [f"G{number}" for number in rng.permutation(len(cells))]
    grids = gpd.GeoDataFrame({"code": codes}, geometry=cells, crs="EPSG:4490")
    corners = shapely.get_coordinates(cells)
    lon = np.concatenate([rng.uniform(WEST - 0.1, EAST + 0.1, 2_000), corners[:, 0]])
    lat = np.concatenate([rng.uniform(SOUTH - 0.1, NORTH + 0.1, 2_000), corners[:, 1]])
    return Ground(grids, lon, lat, smallest_codes(grids, lon, lat))


@pytest.fixture(scope="session")
def grids_file(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The grids as GeoJSON, with every digit of their coordinates."""
    path = tmp_path_factory.mktemp("grids") / "grids.geojson"
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": shapely.geometry.mapping(shape),
        }
        for code, shape in zip(ground.grids["code"], ground.grids.geometry, strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path
