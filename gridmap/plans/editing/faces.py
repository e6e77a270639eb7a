"""Faces: what borders and lines enclose, cut and joined without a coordinate being computed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from gridmap.plans.editing.rings import Edge, edges_of

Polygons = list[Any]


def cut(shape: Any, threads: Iterable[Edge]) -> Polygons:
    """The pieces of a shape between lines that are woven into its border."""
    return within(shape, enclosed({*edges_of([shape]), *threads}))


def enclosed(edges: Iterable[Edge]) -> Polygons:
    """The faces between edges that meet only in their ends."""
    lines = np.asarray(shapely.linestrings(np.array(list(edges)).reshape(-1, 2, 2)))
    return list(shapely.get_parts(shapely.polygonize(lines)))


def area_of(threads: Iterable[Edge]) -> Any:
    """The land inside closed lines; an edge that they run along twice encloses nothing."""
    once = [one for one, times in Counter(threads).items() if times % 2]
    return shapely.build_area(shapely.multilinestrings(np.array(once).reshape(-1, 2, 2)))


def within(shape: Any, faces: Polygons) -> Polygons:
    """Those of the faces that lie in a shape; each lies inside or outside as a whole."""
    shapely.prepare(shape)
    inside = shapely.contains(shape, shapely.point_on_surface(faces))
    return [face for face, is_inside in zip(faces, inside, strict=True) if is_inside]


def parted(shape: Any, threads: Iterable[Edge], land: Any) -> tuple[Polygons, Polygons]:
    """The pieces of a shape inside the land that the lines enclose, and those outside."""
    faces = cut(shape, threads)
    going = {id(face) for face in within(land, faces)}
    return (
        [face for face in faces if id(face) in going],
        [face for face in faces if id(face) not in going],
    )


def joined(faces: Sequence[Any]) -> shapely.MultiPolygon:
    """Faces or grids that share their borders as one shape; no vertex is lost or moved."""
    whole = shapely.coverage_union_all(faces)
    return shapely.MultiPolygon(list(shapely.get_parts(whole)))


def parts(shape: Any) -> int:
    """Of how many pieces a shape consists."""
    return int(shapely.get_num_geometries(shape))
