"""One village divided anew: refined into pieces, which are grouped to grids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridmap.plans.networks.arrangement import Ground, joined
from gridmap.plans.networks.crosswalk import Cut, overlaps
from gridmap.plans.networks.grouping import Grouping, Piece
from gridmap.plans.networks.model import Buildings, Ints, NetworkGrid, Shapes, Size
from gridmap.plans.networks.refinement import Refined, main_of, refine
from gridmap.plans.networks.trimming import trim

_MARGIN = 4.0  # tolerances beyond the village in which lines still count


@dataclass(frozen=True)
class Networks:
    """All networks in metres, the heaviest first, with the positions of what is near."""

    weights: Mapping[str, float]
    order: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]
    shapes: Mapping[str, Shapes]

    @classmethod
    def of(
        cls,
        networks: Mapping[str, Sequence[NetworkGrid]],
        weights: Mapping[str, float],
        ground: Ground,
    ) -> "Networks":
        """The networks by weight, then name; their grids by code."""
        order = tuple(sorted(networks, key=lambda name: (-weights[name], name)))
        grids = {name: sorted(networks[name], key=lambda grid: grid.code) for name in order}
        return cls(
            weights,
            order,
            {name: tuple(grid.code for grid in grids[name]) for name in order},
            {name: ground.to_metres([grid.shape for grid in grids[name]]) for name in order},
        )

    def rings(self, outline: Any, tolerance_m: float) -> list[Any]:
        """The borders near a village, one network after the other."""
        margin = _MARGIN * tolerance_m
        west, south, east, north = shapely.bounds(outline)
        window = (west - margin, south - margin, east + margin, north + margin)
        near = shapely.box(*window)
        found: list[Any] = []
        for name in self.order:
            shapes = self.shapes[name]
            borders = shapely.boundary(shapes[shapely.intersects(shapes, near)])
            clipped = shapely.get_parts(shapely.clip_by_rect(borders, *window))
            found += shapely.get_parts(shapely.line_merge(clipped)).tolist()
        return [line for line in found if not line.is_empty]


@dataclass(frozen=True)
class Group:
    """A grid to be: its shape in degrees, what it is made of, and what lies beside it.

    `largest`: the households of its largest piece; `neighbours`: how many groups lie beside it.
    """

    shape: Any
    pieces: int
    largest: int
    neighbours: int
    main: Mapping[str, str]


@dataclass(frozen=True)
class Divided:
    """A village divided anew; `slivers` absorbed, `bent` footprints that borders go around."""

    village: str
    groups: tuple[Group, ...]
    cuts: tuple[Cut, ...]
    slivers: int
    bent: int


def divide(
    village: str,
    outline: Any,
    networks: Networks,
    buildings: Buildings,
    footprints: Shapes,
    size: Size,
    ground: Ground,
    tolerance_m: float,
) -> Divided:
    """One village divided into grids of the wanted size.

    Args:
        outline: in degrees, kept bit for bit.
        buildings: those whose anchor lies in the village.
        footprints: all that reach into it.

    Raises:
        DataError: lines nearly coincide, whatever the tolerance.
    """
    flat = ground.to_metres(outline)[0]
    rings = networks.rings(flat, tolerance_m)
    refined = refine(village, outline, rings, footprints, ground, tolerance_m)
    cuts, pieces = _pieces(village, refined, networks, buildings)
    borders = refined.borders()
    groups = Grouping(pieces, borders, networks.weights, size).run()
    owner = np.empty(len(pieces), dtype=np.int64)
    for at, members in enumerate(groups):
        owner[members] = at
    faces, grid = trim(village, outline, refined.faces, owner[refined.piece], footprints, ground)
    shapes = joined(faces, grid, refined.kept)
    made = [
        _group(shape, members, [cuts[at] for at in members], borders, owner, networks)
        for shape, members in zip(shapes, groups, strict=True)
    ]
    return Divided(village, tuple(made), tuple(cuts), refined.slivers, refined.bent)


def _pieces(
    village: str, refined: Refined, networks: Networks, buildings: Buildings
) -> tuple[list[Cut], list[Piece]]:
    """What is on each piece, and where it lay before."""
    faces, piece = refined.faces, refined.piece
    flat = np.array(
        [shapely.coverage_union_all(faces.flat[piece == n]) for n in range(piece.max() + 1)],
        dtype=object,
    )
    shapes = joined(faces, piece, refined.kept)
    face = first_holding(faces.shapes, buildings.anchors)
    households = np.bincount(piece[face[face >= 0]], buildings.households[face >= 0], len(flat))
    areas, around = shapely.area(flat), shapely.length(flat)
    labels: list[dict[str, dict[str, float]]] = [{} for _ in flat]
    mains: list[dict[str, str]] = [{} for _ in flat]
    for name in networks.order:
        codes = networks.codes[name]
        for at, found in enumerate(overlaps(flat, networks.shapes[name])):
            shares = {codes[old]: area / areas[at] for old, area in found.items()}
            labels[at][name] = shares
            main = main_of(shares, 1.0)
            if main is not None:
                mains[at][name] = main
    cuts = [
        Cut(village, shapes[at], float(areas[at]), int(households[at]), mains[at])
        for at in range(len(flat))
    ]
    pieces = [
        Piece(cut.households, float(around[at]), cut.area_m2, labels[at])
        for at, cut in enumerate(cuts)
    ]
    return cuts, pieces


def _group(
    shape: Any,
    members: Sequence[int],
    cuts: Sequence[Cut],
    borders: Mapping[int, Mapping[int, float]],
    owner: Ints,
    networks: Networks,
) -> Group:
    mine = int(owner[members[0]])
    beside = {int(owner[other]) for at in members for other in borders[at]} - {mine}
    main: dict[str, str] = {}
    for name in networks.order:
        ground: dict[str, float] = {}
        for cut in cuts:
            code = cut.main.get(name)
            if code is not None:
                ground[code] = ground.get(code, 0.0) + cut.area_m2
        best = main_of(ground, sum(cut.area_m2 for cut in cuts))
        if best is not None:
            main[name] = best
    return Group(shape, len(members), max(cut.households for cut in cuts), len(beside), main)


def first_holding(shapes: Shapes, places: Any) -> Ints:
    """The first of the shapes that holds each place (n, 2), border included; -1 for none."""
    found = np.full(len(places), len(shapes), dtype=np.int64)
    place, shape = shapely.STRtree(shapes).query(shapely.points(places), predicate="intersects")
    np.minimum.at(found, place, shape)
    found[found == len(shapes)] = -1
    return found
