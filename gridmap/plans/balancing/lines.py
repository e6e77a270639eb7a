"""What on the base map divides a village, and what holds its buildings together. Pure; metres."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gridmap.geo.coverage import Stretch
from gridmap.plans.balancing.model import Line

ARTERIAL = frozenset(
    {"motorway", "trunk", "primary", "secondary", "national", "provincial", "main", "高速", "国道",
     "省道", "县道"}
)  # fmt: skip
"""Classes of roads that part a neighbourhood; every other road is a street."""

BROOK = frozenset({"stream", "brook", "ditch", "canal"})
"""Classes of rivers that are crossed anywhere: a border may follow them as it does a street."""


def barriers(lines: Sequence[Line], stretch: Stretch) -> gpd.GeoDataFrame:
    """Streets, rivers and railways with their `kind`, as the balancing names them."""
    found = [(kind, line.shape) for line in lines if (kind := _kind(line)) is not None]
    shapes = stretch.to_metres(np.array([shape for _, shape in found], dtype=object))
    kinds = [kind for kind, _ in found]
    return gpd.GeoDataFrame({"kind": kinds}, geometry=list(shapes), crs=crs_of(stretch))


def _kind(line: Line) -> str | None:
    if shapely.get_dimensions(line.shape) != 1:
        return None
    if line.kind == "road":
        return "arterial" if line.rank in ARTERIAL else "street"
    if line.kind == "river":
        return "street" if line.rank in BROOK else "river"
    return "railway" if line.kind == "railway" else None


def compounds(
    lines: Sequence[Line], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> list[str | None]:
    """The compound of each building by its place: what one closed wall surrounds."""
    walls = [line.shape for line in lines if line.kind == "wall"]
    yards = shapely.get_parts(shapely.polygonize(walls)) if walls else np.array([], dtype=object)
    found: list[str | None] = [None] * len(lon)
    if len(yards):
        homes, inside = shapely.STRtree(yards).query(shapely.points(lon, lat), "within")
        # The smallest yard last: a wall inside of another one does not part what that one holds.
        for home, yard in sorted(zip(homes.tolist(), inside.tolist(), strict=True), reverse=True):
            found[home] = f"wall{yard}"
    return found


def crs_of(stretch: Stretch) -> pyproj.CRS:
    """The name of the metres that a stretch makes: an equirectangular projection on a sphere."""
    east, north = stretch.metres_per_degree.tolist()
    lon, lat = stretch.origin.tolist()
    radius, parallel = np.degrees(north), np.degrees(np.arccos(min(east / north, 1.0)))
    return pyproj.CRS.from_proj4(
        f"+proj=eqc +lat_ts={parallel:.12f} +lat_0={lat:.12f} +lon_0={lon:.12f} +R={radius:.6f}"
        " +units=m +no_defs"
    )
