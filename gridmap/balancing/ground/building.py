"""From real buildings to cells that tile the villages: the one call of this folder."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from gridmap.balancing.ground.blocks import lay_blocks
from gridmap.balancing.ground.cells import draw_cells
from gridmap.balancing.ground.compounds import Kin, close_together, name_units, on_one_land
from gridmap.balancing.ground.footprints import Apart, pull_apart
from gridmap.balancing.ground.frame import Frame
from gridmap.balancing.ground.intake import barrier_rows, check_cells, named
from gridmap.balancing.ground.linework import BRIDGE, DIVIDES, Linework, crossings
from gridmap.balancing.ground.planar import Ints, Shapes, borders, shapes_of
from gridmap.balancing.ground.rim import blunt
from gridmap.balancing.ground.survey import Survey, survey


@dataclass(frozen=True)
class Ground:
    """Cells that tile the villages, what lies on their borders, and what was mended.

    Attributes:
        cells: the rows of the buildings that have one, with their index and columns; the column
            `within` is the village the building stands in, `unit` what no border may cut, and the
            geometry its cell. A projected CRS in metres.
        barriers: lines on borders between cells, vertex by vertex, by `kind`; rows of kind `bridge`
            where people get across rivers and railways. One that is an empty point: there is none.
        repairs: what was mended, left out or attached, in Chinese.
    """

    cells: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    repairs: list[str]


def build(
    buildings: gpd.GeoDataFrame,
    villages: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame | None,
    *,
    within: str = "village",
    unit: str | None = "compound",
    landuse: gpd.GeoDataFrame | None = None,
    compound_distance_m: float | None = None,
) -> Ground:
    """One cell for each building; those of a village tile it exactly.

    Streets, rivers and railways cut the villages into blocks; a block without a building joins the
    neighbour from which the least divides it; in each block every place belongs to the nearest
    footprint. A footprint lies in its own cell, also where it stands across a street. A cell is one
    polygon unless the parts of a building stand apart or an island of its village is empty.

    A village without a building gets no cell: it is told in `repairs`, and whoever draws its grids
    makes it one grid as it is. Buildings without geometry or farther than 20 m from every village
    have no row in `cells`.

    Args:
        buildings: points, polygons or multipolygons, in any CRS.
        villages: one row each, code in the column `within`; valid, not overlapping.
        barriers: lines, or areas of water, by `kind`: street, arterial, river, railway, bridge.
        unit: the column of compounds, read where buildings have it, made where not; None: no units.
        landuse: compounds as areas; give only areas that no grid may cut.
        compound_distance_m: buildings nearer than this with no barrier between are one compound.

    Returns:
        The cells in the CRS of the villages; degrees and web mercator become the Gauss-Krueger zone
        of the villages (outside China the UTM zone), told in `repairs`.

    Raises:
        CallError: a table without CRS or without a column it needs.
        DataError: what cannot be mended: village outlines, indexes, kinds, large invalid polygons.
    """
    others = {"barriers": barriers, "landuse": landuse}
    others = {name: table for name, table in others.items() if table is not None}
    site = survey(buildings, villages, within, others)
    lines, kinds, bridges, notes = barrier_rows(barriers, site.frame)
    work = Linework.of(lines, kinds).near(site.outlines)
    apart = pull_apart(site.footprints, site.village)
    if apart.overlapping:
        notes.append(
            f"{apart.overlapping} 栋与别的楼重叠：共有的地归较小者，多则合为一个单元 /"
            f" {apart.overlapping} buildings overlap others: what they share goes to the smaller,"
            " where it is much they are one unit"
        )
    parts, building = shapely.get_parts(apart.footprints, return_index=True)
    blocks = lay_blocks(site.outlines, work, parts, site.village[building])
    cells = draw_cells(parts, building, blocks, len(site.rows))
    check_cells(cells, site.rows.index)
    cells = blunt(cells, site.village)
    split = site.rows.index[shapely.get_num_geometries(cells) > 1]
    if len(split):
        which = named(list(split))
        notes.append(
            f"{len(split)} 栋的单元格分成几块，作一个单元：{which} /"
            f" the cells of {len(split)} buildings are in pieces, one unit each: {which}"
        )
    rows = site.rows.assign(**{within: site.names.to_numpy()[site.village]})
    if unit is not None:
        kin = _kin(site, apart, work, landuse, compound_distance_m)
        rows[unit], torn = name_units(rows, unit, site.village, site.names, kin)
        notes += torn
    shapes = gpd.GeoSeries(_returned(cells, site.frame), index=rows.index, crs=site.frame.crs)
    block = np.empty(len(cells), dtype=np.int64)
    block[building] = blocks.home
    borderlines = _on_borders(cells, block, work, bridges, site.frame)
    return Ground(rows.set_geometry(shapes), borderlines, site.repairs + notes)


def _kin(
    site: Survey,
    apart: Apart,
    work: Linework,
    landuse: gpd.GeoDataFrame | None,
    distance_m: float | None,
) -> Kin:
    kin = Kin(apart.one, apart.other)
    if landuse is not None:
        kin = kin.and_of(on_one_land(site.footprints, site.frame.bring(landuse)))
    if distance_m is not None:
        kin = kin.and_of(close_together(site.footprints, distance_m, work))
    return kin


def _returned(cells: Shapes, frame: Frame) -> Shapes:
    """The cells in their CRS, village vertices with the bits they had, if that keeps them valid."""
    exact = frame.back(cells)
    if shapely.is_valid(exact).all() and shapely.coverage_is_valid(exact):
        return exact
    return np.asarray(shapely.transform(cells, lambda xy: xy + frame.origin), dtype=object)


def _on_borders(
    cells: Shapes, block: Ints, work: Linework, bridges: Shapes, frame: Frame
) -> gpd.GeoDataFrame:
    """Barriers where they lie between cells of two blocks, and the bridges."""
    edges = borders(cells)
    edges = edges.where(edges.right >= 0)
    edges = edges.where(block[edges.left] != block[edges.right])
    kind_of = work.kind_along(edges)
    lines: list[shapely.Geometry] = []
    kinds: list[str] = []
    for kind in sorted({*kind_of.tolist()} - {""}):
        pieces = shapely.multilinestrings(edges.where(kind_of == kind).lines)
        lines += shapely.get_parts(shapely.line_merge(pieces)).tolist()
        kinds += [kind] * (len(lines) - len(kinds))
    if len(work.of_kind(*DIVIDES)):
        across = [*bridges, *crossings(work)] or [shapely.Point()]
        lines += across
        kinds += [BRIDGE] * len(across)
    return gpd.GeoDataFrame({"kind": kinds}, geometry=frame.back(shapes_of(lines)), crs=frame.crs)
