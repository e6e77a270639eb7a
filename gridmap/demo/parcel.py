"""From borders to a coverage: lines are noded together with the county outline, faces are
labelled and joined.

Everything happens on lon/lat (EPSG:4490) coordinates rounded to 1e-9 degrees (0.1 mm), so that
neighbours share their vertices exactly and the union of all faces is the outline.
"""

from collections import defaultdict

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Polygon

from gridmap.demo.lines import borders, line_parts, meander, smooth
from gridmap.demo.terrain import Frame
from gridmap.geo.crs import STORED

Ints = NDArray[np.int64]
PRECISION_DEG = 1e-9


def rural_borders(
    label: Ints, frame: Frame, town: Polygon, rng: np.random.Generator
) -> list[LineString]:
    """Smooth borders between the land of hamlets, outside the town; metres.

    They run 2 m into the town: after projection an end on the town's edge would lie beside it,
    and a border that ends in the air closes no face.
    """
    core = town.buffer(-2.0)
    smoothed = [_winding(smooth(line, 9, 1.0), rng) for line in borders(label, frame)]
    return [
        part
        for line in smoothed
        for part in line_parts(shapely.difference(line, core) if line.intersects(core) else line)
    ]


def _winding(line: LineString, rng: np.random.Generator) -> LineString:
    """Small bends, as paths and ditches have them; short lines stay as they are."""
    if line.length < 400.0 or line.is_closed:
        return line
    bent = meander(line, rng, 15.0, 420.0).simplify(4.0)
    return bent if isinstance(bent, LineString) else line


def cover(
    outline: Polygon | MultiPolygon,
    rural: list[LineString],
    label: Ints,
    frame: Frame,
    town_parts: list[Polygon],
    area_srid: int,
) -> gpd.GeoSeries:
    """The grid polygons (EPSG:4490) that tile `outline` (lon/lat) exactly.

    The index is the hamlet number for rural land (as in `label`), and -1 - n for `town_parts[n]`
    (metres).
    """
    edges = gpd.GeoSeries([*rural, *(part.exterior for part in town_parts)], crs=area_srid).to_crs(
        STORED
    )
    noded = shapely.union_all(
        np.concatenate([edges.to_numpy(), [outline.boundary]]), grid_size=PRECISION_DEG
    )
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inner = shapely.point_on_surface(faces)
    grown = outline.buffer(1e-8)
    shapely.prepare(grown)
    inside = shapely.contains(grown, inner)
    faces, inner = faces[inside], gpd.GeoSeries(inner[inside], crs=STORED).to_crs(area_srid)
    owner = label[frame.index(inner.x.to_numpy(), inner.y.to_numpy())].copy()
    tree = shapely.STRtree(town_parts)
    face, part = tree.query(inner.to_numpy(), predicate="intersects")
    owner[face] = -1 - part
    in_town = np.zeros(owner.size, dtype=bool)
    in_town[face] = True
    return _join(faces, owner, in_town)


def _join(faces: NDArray[np.object_], owner: Ints, fixed: NDArray[np.bool_]) -> gpd.GeoSeries:
    """Unite the faces of each owner; a piece cut off from its main part goes to the neighbour it
    touches longest.
    """
    shared = _shared_lengths(faces)
    area = shapely.area(faces)
    owner = owner.copy()
    for _ in range(12):
        stray = _strays(owner, fixed, shared, area)
        if not stray:
            break
        for pieces in stray:
            reach: dict[int, float] = defaultdict(float)
            for piece in pieces:
                for other, length in shared[piece].items():
                    if not fixed[other] and other not in pieces:
                        reach[int(owner[other])] += length
            if reach:
                owner[list(pieces)] = max(sorted(reach), key=lambda key: reach[key])
    order = np.unique(owner)
    return gpd.GeoSeries(
        [shapely.coverage_union_all(faces[owner == label]) for label in order],
        index=order,
        crs=STORED,
    )


def _shared_lengths(faces: NDArray[np.object_]) -> list[dict[int, float]]:
    shared: list[dict[int, float]] = [{} for _ in range(faces.size)]
    left, right = shapely.STRtree(faces).query(faces, predicate="touches")
    later = left < right
    length = shapely.length(shapely.intersection(faces[left[later]], faces[right[later]]))
    for a, b, edge in zip(
        left[later].tolist(), right[later].tolist(), length.tolist(), strict=True
    ):
        if edge > 0:
            shared[a][b] = shared[b][a] = edge
    return shared


def _strays(
    owner: Ints, fixed: NDArray[np.bool_], shared: list[dict[int, float]], area: NDArray[np.float64]
) -> list[set[int]]:
    """Connected pieces of an owner other than its largest; land without owner is all stray."""
    seen: set[int] = set()
    pieces: dict[int, list[set[int]]] = defaultdict(list)
    for start in range(owner.size):
        if start in seen or fixed[start]:
            continue
        piece, stack = {start}, [start]
        while stack:
            for other in shared[stack.pop()]:
                if other not in piece and owner[other] == owner[start] and not fixed[other]:
                    piece.add(other)
                    stack.append(other)
        seen |= piece
        pieces[int(owner[start])].append(piece)
    stray = []
    for label, found in pieces.items():
        found.sort(key=lambda piece: -sum(area[i] for i in piece))
        stray += found if label < 0 else found[1:]
    return stray
