"""The cells of a village: the land around each of its buildings, cut along the borders of today.

A grid that keeps its buildings so keeps its borders, bit for bit. A building is at home in the grid
that holds its anchor; a grid without buildings is one cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.balancing import ground
from gridmap.balancing.ground.planar import borders, within
from gridmap.errors import DataError
from gridmap.geo.coverage import NOISE_WIDTH_M, mean_width_m
from gridmap.plans.balancing.lines import barriers, compounds, crs_of
from gridmap.plans.balancing.model import Village
from gridmap.plans.networks.arrangement import (
    Faces,
    Ground,
    Vertices,
    arrange,
    as_floats,
    joined,
    vertices,
)

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

_BEYOND_M = 0.01  # a line goes a little too far, so that it surely meets the border it ends at

_ON_BORDER_DEGREES = 1e-9  # 0.1 mm


@dataclass(frozen=True)
class Cells:
    """A village in cells, numbered from 0: those of grids that are balanced come first.

    Attributes:
        frame: those first ones, in metres: households, residents, buildings, village, compound,
            present (their grid of today).
        home: the cell of each building of the village; -1: it stands in a special grid.
        grids: the grid of today of every cell.
        barriers: what lies on the cells' borders, in metres.
        repairs: what was mended, in Chinese and English.
    """

    frame: gpd.GeoDataFrame
    home: Ints
    grids: tuple[str, ...]
    barriers: gpd.GeoDataFrame
    repairs: tuple[str, ...]
    faces: Faces
    cell: Ints
    kept: Vertices

    def shapes(self, assignment: Mapping[int, str]) -> dict[str, Any]:
        """The grids in degrees that come of cells given to grids; other cells stay as they are."""
        codes = [assignment.get(cell, code) for cell, code in enumerate(self.grids)]
        names, owner = np.unique(codes, return_inverse=True)
        made = joined(self.faces, np.append(owner, -1)[self.cell], self.kept)
        return {
            str(name): shapely.multipolygons(shapely.get_parts(shape))
            for name, shape in zip(names, made, strict=True)
        }


def cells_of(village: Village, locked: frozenset[str]) -> Cells:
    """Cut a village into cells.

    Args:
        locked: grids out of which no compound may reach.

    Raises:
        DataError: the land cannot be cut cleanly.
    """
    outline = village.division.village
    walls = np.array([outline, *village.zones.values()], dtype=object)
    flat = Ground.of(walls, walls[:1])
    built = _built(village, flat, locked)
    lines = flat.to_degrees([*_inner_lines(built.cells, flat.to_metres(walls))])
    drawn = np.concatenate([shapely.boundary(walls), lines])
    faces = arrange(village.code, outline, drawn, flat)
    return _numbered(village, built, faces, _kept(walls, lines))


def _kept(walls: Shapes, lines: Shapes) -> Vertices:
    """The vertices that are somebody's; not those where a line only ends at a border of today."""
    drawn = vertices(lines)
    borders = shapely.multilinestrings(list(shapely.get_parts(shapely.boundary(walls))))
    shapely.prepare(borders)
    ends = shapely.dwithin(shapely.points(as_floats(drawn)), borders, _ON_BORDER_DEGREES)
    return np.union1d(vertices(walls), drawn[~ends])


def _built(village: Village, flat: Ground, locked: frozenset[str]) -> ground.Ground:
    """The cells of buildings inside the grids of today."""
    homes = village.homes
    grids = homes.grids(village.zones)
    at = [n for n, grid in enumerate(grids) if grid is not None and village.is_general(grid)]
    if not at:
        raise DataError(
            f"{village.name} 没有楼栋在一般网格里：没有可均衡的",
            f"no building stands in a general grid of {village.code}: nothing is to be balanced",
        )
    yards = compounds(village.lines, homes.lon, homes.lat)
    for n, grid in enumerate(grids):
        if grid in locked and yards[n]:
            yards[n] = f"{yards[n]}@{grid}"
    crs = crs_of(flat.stretch)
    buildings = gpd.GeoDataFrame(
        {"grid": [grids[n] for n in at], "compound": [yards[n] for n in at]},
        geometry=list(flat.to_metres(homes.footprints.shapes[at])), index=at, crs=crs,
    )  # fmt: skip
    inhabited = sorted(set(buildings["grid"]))
    shapes = np.array([village.zones[code] for code in inhabited], dtype=object)
    territory = gpd.GeoDataFrame(
        {"grid": inhabited}, geometry=list(flat.to_metres(shapes)), crs=crs
    )
    return ground.build(
        buildings, territory, barriers(village.lines, flat.stretch), within="grid", unit="compound"
    )


def _inner_lines(cells: gpd.GeoDataFrame, walls: Shapes) -> Shapes:
    """The borders between cells inside their grids, a little too long where they end at a wall."""
    shapes = np.asarray(cells.geometry, dtype=object)
    rings, shape = shapely.get_rings(shapes, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[:-1] == ring[1:]
    ends = np.hstack([xy[:-1][inside], xy[1:][inside]])
    back = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends[back] = ends[back][:, [2, 3, 0, 1]]
    grids = np.asarray(cells["grid"].factorize()[0])[shape[ring[:-1][inside]]]
    keys, times = np.unique(np.column_stack([ends, grids]), axis=0, return_counts=True)
    shared = keys[times > 1][:, :4].reshape(-1, 2, 2)
    if not len(shared):
        return np.array([], dtype=object)
    lines = np.asarray(shapely.linestrings(shared), dtype=object)
    merged = shapely.line_merge(shapely.multilinestrings(lines))
    return _beyond(np.asarray(shapely.get_parts(merged), dtype=object), walls)


def _beyond(lines: Shapes, walls: Shapes) -> Shapes:
    """Lines whose loose ends on a wall surely meet it: in its vertex if there is one, or beyond."""
    corners = shapely.extract_unique_points(shapely.geometrycollections(list(walls)))
    borders = shapely.multilinestrings(list(shapely.get_parts(shapely.boundary(walls))))
    shapely.prepare(borders)
    shapely.prepare(corners)
    made = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        for end, before in ((0, 1), (-1, -2)):
            tip = shapely.points(xy[end])
            if shapely.dwithin(corners, tip, _BEYOND_M):
                xy[end] = shapely.get_coordinates(shapely.shortest_line(corners, tip))[0]
            elif shapely.dwithin(borders, tip, _BEYOND_M):
                way = xy[end] - xy[before]
                xy[end] += way * (2 * _BEYOND_M / np.hypot(*way))
        made.append(shapely.linestrings(xy))
    return np.array(made, dtype=object)


def _numbered(village: Village, built: ground.Ground, faces: Faces, kept: Vertices) -> Cells:
    """Every face belongs to a cell: of a building, or of a grid that has none.

    But for hairs of no width: a vertex of a grid's border is on a slanted village line only as far
    as rounding allows, and what is between them is in no grid, today or to be (cell -1).
    """
    shapes = village.zones
    codes = np.array([*shapes, None], dtype=object)
    at = within(shapely.point_on_surface(faces.shapes), np.array([*shapes.values()]))
    at[_hairs(faces)] = -1
    grid = codes[at]
    owner = _owners(faces, grid, built.cells)
    bare = sorted(
        set(grid[(owner < 0) & (at >= 0)]), key=lambda code: (not village.is_general(code), code)
    )
    inhabited = np.unique(owner[owner >= 0])
    cell = np.searchsorted(inhabited, owner)
    for number, code in enumerate(bare, start=len(inhabited)):
        cell[(owner < 0) & (grid == code)] = number
    cell[at < 0] = -1
    grids = [*built.cells["grid"].iloc[inhabited], *bare]
    balanced = sum(village.is_general(code) for code in grids)
    home = _homes(village, faces, grid, cell)
    home[home >= balanced] = -1
    frame = _frame(village, faces, cell, home, grids[:balanced], built.cells.iloc[inhabited])
    return Cells(frame, home, tuple(grids), built.barriers, tuple(built.repairs), faces, cell, kept)


def _hairs(faces: Faces) -> Ints:
    """The faces of no width along the outline."""
    found = borders(faces.flat)
    outer = np.unique(found.left[found.right < 0])
    narrow = [mean_width_m(face) < NOISE_WIDTH_M for face in faces.flat[outer]]
    return outer[narrow]


def _owners(faces: Faces, grid: Shapes, cells: gpd.GeoDataFrame) -> Ints:
    """The building's cell that each face is part of: the nearest of its grid; -1 without any."""
    owner = np.full(len(faces.shapes), -1, dtype=np.int64)
    spots = shapely.point_on_surface(faces.flat)
    shapes = np.asarray(cells.geometry, dtype=object)
    for code in cells["grid"].unique():
        mine, here = np.flatnonzero(cells["grid"] == code), np.flatnonzero(grid == code)
        face, near = shapely.STRtree(shapes[mine]).query_nearest(spots[here], all_matches=False)
        owner[here[face]] = mine[near]
    return owner


def _homes(village: Village, faces: Faces, grid: Shapes, cell: Ints) -> Ints:
    """The cell that the anchor of each building lies in, of its grid."""
    homes = village.homes
    at = np.array(homes.grids(village.zones), dtype=object)
    found = np.full(len(at), -1, dtype=np.int64)
    points = shapely.points(homes.lon, homes.lat)
    home, face = shapely.STRtree(faces.shapes).query(points, predicate="intersects")
    same = grid[face] == at[home]
    found[home[same]] = cell[face[same]]
    return found


def _frame(
    village: Village,
    faces: Faces,
    cell: Ints,
    home: Ints,
    grids: Sequence[str],
    buildings: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    lives = home >= 0
    homes = village.homes

    def total(values: Any) -> Any:
        return np.bincount(home[lives], values[lives], len(grids))

    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(len(grids) + 1))
    shapes = [
        shapely.coverage_union_all(faces.flat[order[start:stop]])
        for start, stop in pairwise(bounds)
    ]
    compound = [*buildings["compound"], *[None] * (len(grids) - len(buildings))]
    return gpd.GeoDataFrame(
        {
            "households": total(homes.households),
            "residents": total(homes.residents),
            "buildings": total(np.ones(len(home))),
            "village": village.code,
            "compound": compound,
            "present": [code or None for code in grids],
        },
        geometry=shapes,
        crs=buildings.crs,
    )
