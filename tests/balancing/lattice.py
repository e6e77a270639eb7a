"""Random territories: a jittered lattice of cells, cut into villages, with streets in between."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely

from gridmap.balancing.cells import units_of
from gridmap.balancing.intake import Asked, take
from gridmap.balancing.problem import Problem
from gridmap.balancing.villages import problem_of

CRS = "EPSG:4546"
SIDE_M = 40.0


@dataclass(frozen=True)
class Town:
    """Cells that tile the villages, the villages, and the streets between blocks of 3 x 3 cells."""

    cells: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame


def town(
    seed: int,
    columns: int = 12,
    rows: int = 9,
    villages: int = 2,
    *,
    compounds: bool = True,
    present: bool = True,
    heaviest: int = 90,
) -> Town:
    """A town of columns x rows cells; its villages are strips from west to east."""
    rng = np.random.default_rng(seed)
    nodes = np.stack(
        np.meshgrid(np.arange(columns + 1), np.arange(rows + 1), indexing="ij"), axis=-1
    )
    points = (nodes + rng.uniform(-0.25, 0.25, nodes.shape)) * SIDE_M + (500_000, 4_280_000)
    i, j = (axis.ravel() for axis in np.indices((columns, rows)))
    corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
    rings = np.stack([points[at] for at in corners], axis=1)
    shapes = shapely.polygons(rings)
    village = (i * villages // columns).astype(int)
    names = np.array([f"14092910{number:04d}" for number in range(villages)])
    households = np.minimum(rng.lognormal(3.0, 1.0, len(i)).astype(int), heaviest)
    cells = gpd.GeoDataFrame(
        {"building": np.arange(len(i)), "households": households, "village": names[village]},
        geometry=shapes, crs=CRS,
    )  # fmt: skip
    if compounds:
        cells["compound"] = _compounds(rng, i, j, rows)
    if present:
        blocks = (i // 4) * 100 + j // 3
        cells["present"] = [f"P{v:02d}{b:04d}" for v, b in zip(village, blocks, strict=True)]
    outlines = [shapely.coverage_union_all(shapes[village == number]) for number in range(villages)]
    return Town(
        cells,
        gpd.GeoDataFrame({"village": names}, geometry=outlines, crs=CRS),
        _streets(points, columns, rows),
    )


def _compounds(rng: np.random.Generator, i: np.ndarray, j: np.ndarray, rows: int) -> np.ndarray:
    """Now and then a cell and the one to its north are one compound."""
    compound = np.arange(len(i))
    joined = (rng.random(len(i)) < 0.12) & (j + 1 < rows) & (j % 2 == 0)
    compound[np.flatnonzero(joined) + 1] = np.flatnonzero(joined)
    return compound


def _streets(points: np.ndarray, columns: int, rows: int) -> gpd.GeoDataFrame:
    lines = [shapely.linestrings(points[at]) for at in range(3, columns, 3)]
    lines += [shapely.linestrings(points[:, at]) for at in range(3, rows, 3)]
    return gpd.GeoDataFrame({"kind": ["street"] * len(lines)}, geometry=lines, crs=CRS)


def problem(
    seed: int,
    columns: int,
    rows: int,
    *,
    compounds: bool,
    present: bool,
    kinds: int,
    officers: bool,
) -> Problem:
    """One village of such a town, with facilities of some kinds, and officers in today's grids."""
    there = town(seed, columns, rows, 1, compounds=compounds, present=present)
    asked = Asked(
        "households", "village", "compound" if compounds else None, "present" if present else None
    )
    taken = take(there.cells, there.villages, there.streets, None, asked)
    found = problem_of(units_of(taken.cells), 0, (250, 450))
    rng = np.random.default_rng(seed)
    today = int(found.present.max(initial=-1)) + 1
    return replace(
        found,
        grids=min(found.grids, found.units),
        facilities=(rng.random((found.units, kinds)) < 0.1).astype(float),
        capacity=rng.integers(1, 3, today).astype(float) if officers and today else np.ones(0),
    )
