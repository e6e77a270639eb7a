"""Villages, houses and streets in metres, and what must be true of the cells made from them."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridmap.balancing.ground import Ground, build
from gridmap.balancing.ground.tessellation import MARGIN_M

CRS = 4546
EAST, NORTH = 500_000.0, 4_284_000.0
Shape = Any


def at(x: float, y: float) -> tuple[float, float]:
    """A place by its metres from a corner near 岢岚, in EPSG:4546."""
    return EAST + x, NORTH + y


def rectangle(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(*at(west, south), *at(east, north))


SQUARE = rectangle(0, 0, 100, 100)


def house(x: float, y: float, size: float = 10) -> shapely.Polygon:
    """A square house around a place."""
    half = size / 2
    return rectangle(x - half, y - half, x + half, y + half)


def line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([at(*place) for place in places])


def point(x: float, y: float) -> shapely.Point:
    return shapely.Point(at(x, y))


def buildings(shapes: Sequence[Shape], **columns: Sequence[object]) -> gpd.GeoDataFrame:
    """Buildings B0, B1, …"""
    index = [f"B{number}" for number in range(len(shapes))]
    return gpd.GeoDataFrame(dict(columns), geometry=list(shapes), index=index, crs=CRS)


def villages(**shapes: Shape) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"village": list(shapes)}, geometry=list(shapes.values()), crs=CRS)


def barriers(*rows: tuple[str, Shape]) -> gpd.GeoDataFrame:
    kinds, shapes = [row[0] for row in rows], [row[1] for row in rows]
    return gpd.GeoDataFrame({"kind": kinds}, geometry=shapes, crs=CRS)


def cells_of(
    shapes: Sequence[Shape], territory: Mapping[str, Shape], *lines: tuple[str, Shape]
) -> dict[str, Shape]:
    """The cell of each building, by its index."""
    ground = build(buildings(shapes), villages(**territory), barriers(*lines))
    assert_tiles(ground, villages(**territory))
    return dict(zip(ground.cells.index, ground.cells.geometry, strict=True))


def assert_tiles(ground: Ground, territory: gpd.GeoDataFrame, *, single: bool = True) -> None:
    """The cells of each village are a valid coverage of it and nothing else, vertices included."""
    cells = ground.cells
    assert shapely.is_valid(cells.geometry).all()
    assert shapely.coverage_is_valid(cells.geometry.to_numpy(), gap_width=0.01)
    assert not single or set(cells.geom_type) == {"Polygon"}
    for name, outline in zip(territory["village"], territory.geometry, strict=True):
        own = cells.loc[cells["village"] == name, "geometry"].to_numpy()
        if not len(own):
            assert any(str(name) in line and "没有楼栋" in line for line in ground.repairs)
            continue
        union = shapely.coverage_union_all(own)
        assert shapely.hausdorff_distance(union, outline) < 1e-4
        # Corners on the line lie up to half a lattice step off it: 5 µm.
        assert abs(union.area - outline.area) < max(1e-6 * outline.area, 1e-5 * outline.length)
        assert vertices(outline) <= vertices(union)


def vertices(shape: Shape) -> set[tuple[float, float]]:
    """The vertices, to the bit."""
    return set(map(tuple, shapely.get_coordinates(shape).tolist()))


def assert_covered(
    cells: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame, territory: gpd.GeoDataFrame
) -> None:
    """Each footprint lies in its own cell, to 0.1 mm: as far as it is in its village, and along
    the line of that but for the margin in which a sharp cell is blunted.
    """
    land = shapely.buffer(territory.geometry.to_numpy(), -1.1 * MARGIN_M, join_style="mitre")
    core = dict(zip(territory["village"], land, strict=True))
    own = np.array([core[name] for name in cells["village"]])
    inside = shapely.intersection(shapes.geometry.loc[cells.index].to_numpy(), own)
    over = shapely.difference(inside, shapely.buffer(cells.geometry.to_numpy(), 1e-4))
    assert shapely.area(over).max() < 1e-6
