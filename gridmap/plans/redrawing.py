"""A village redrawn in another program: tidied, compared with what it was, or its faults named.

Pure. Shapes are EPSG:4490 degrees; the outline of the village is kept bit for bit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely

from gridmap.errors import DataError
from gridmap.geo.coverage import SLIVER_WIDTH_M, Stretch, faults, mean_width_m
from gridmap.plans.editing import Change, Division
from gridmap.plans.figures import Homes, Load, loads, moves
from gridmap.plans.networks.arrangement import (
    Ground,
    Vertices,
    as_floats,
    joined,
    redrawn,
    vertices,
)
from gridmap.plans.networks.crosswalk import overlaps
from gridmap.plans.networks.refinement import Refined, refine

Kind = Literal["gap", "overlap", "outside", "lost"]
Fate = Literal["created", "ended", "changed", "same"]

_SAME_DEGREES = 1e-9  # 0.1 mm
_MOVED_M2 = 0.01
_ANCESTOR_M2 = 1.0  # less in common with an old grid is no descent


@dataclass(frozen=True)
class Flaw:
    """What tidying cannot mend: where, how large, and the grids at fault (by code, or `#row`)."""

    kind: Kind
    grids: tuple[str, ...]
    area_m2: float
    shape: Any

    @property
    def place(self) -> tuple[float, float]:
        """A longitude and latitude inside of it."""
        spot = shapely.point_on_surface(self.shape)
        return float(shapely.get_x(spot)), float(shapely.get_y(spot))


@dataclass(frozen=True)
class Tidied:
    """Grids that tile their village, unless there are flaws; `mended`: whether tidying was due."""

    shapes: Mapping[str, Any]
    flaws: tuple[Flaw, ...]
    mended: bool


@dataclass(frozen=True)
class Difference:
    """What became of a grid; areas in m². `gained`, `lost`: buildings that came and went.

    `same`: it has the same ground, though perhaps another vertex on its border.
    """

    code: str
    fate: Fate
    gained_m2: float
    lost_m2: float
    gained: int
    lost: int
    households_before: int
    households_after: int


def restored(before: Division, shapes: Mapping[str, Any]) -> dict[str, Any]:
    """The shapes with the bits of every vertex that they have from before.

    Another CRS, or a format that writes 15 digits, moves a vertex by some nanometres.
    """
    known = np.unique(vertices(np.array([before.village, *before.shapes.values()], dtype=object)))
    tree = shapely.STRtree(np.asarray(shapely.points(as_floats(known)), dtype=object))

    def back(ring: Vertices) -> Vertices:
        points = shapely.points(as_floats(ring))
        at, nearest = tree.query_nearest(points, max_distance=_SAME_DEGREES, all_matches=False)
        made = ring.copy()
        made[at] = known[nearest]
        return made

    return {code: redrawn(shape, back) for code, shape in shapes.items()}


def tidied(
    village: str, outline: Any, shapes: Mapping[str, Any], tolerance_m: float = SLIVER_WIDTH_M
) -> Tidied:
    """Grids made to tile their village where only narrow faults keep them from it.

    Borders that nearly coincide become one, gaps and overlaps narrower than the tolerance are
    closed, and what reaches over the outline by less is cut at it. Grids that tile the village
    are left as they are, bit for bit.

    Args:
        shapes: valid polygons by code; the borders of the first win.
    """
    if shapes and not faults(list(shapes.values()), outline):
        return Tidied(dict(shapes), (), mended=False)
    flaws = _outside(outline, shapes, tolerance_m)
    drawn = np.array(list(shapes.values()), dtype=object)
    ground = Ground.of(np.array([outline, *drawn], dtype=object), np.array([outline], dtype=object))
    flat = ground.to_metres(drawn) if len(drawn) else drawn
    rings = [ring for grid in flat for ring in shapely.get_parts(shapely.boundary(grid))]
    try:
        refined = refine(village, outline, rings, np.array([], dtype=object), ground, tolerance_m)
    except DataError:
        whole = float(shapely.area(ground.to_metres(outline)[0]))
        return Tidied({}, (Flaw("overlap", tuple(shapes), whole, outline),), mended=True)
    owner, found = _owners(refined, list(shapes), flat)
    flaws += found
    used, number = np.unique(owner, return_inverse=True)
    made = joined(refined.faces, number, refined.kept)
    codes = [*shapes, None]
    there = {code: shape for at, shape in zip(used, made, strict=True) if (code := codes[at])}
    lost = [Flaw("lost", (code,), 0.0, shapes[code]) for code in shapes if code not in there]
    return Tidied(there, (*flaws, *lost), mended=True)


def _outside(outline: Any, shapes: Mapping[str, Any], tolerance_m: float) -> list[Flaw]:
    """What of the grids lies outside of the village and is no sliver."""
    stretch = Stretch.around([outline])
    found = []
    for code, shape in shapes.items():
        for part in shapely.get_parts(shapely.difference(shape, outline)):
            flat = stretch.to_metres(np.array([part]))[0]
            if mean_width_m(flat) >= tolerance_m:
                found.append(Flaw("outside", (code,), float(shapely.area(flat)), part))
    return found


def _owners(refined: Refined, codes: Sequence[str], flat: Any) -> tuple[Any, list[Flaw]]:
    """The grid of each face (one number more: none), and the pieces that have none or several."""
    faces, piece = refined.faces, refined.piece
    pieces = np.array(
        [shapely.coverage_union_all(faces.flat[piece == n]) for n in range(piece.max() + 1)],
        dtype=object,
    )
    owner = np.full(len(pieces), len(codes), dtype=np.int64)
    flaws = []
    for at, found in enumerate(overlaps(pieces, flat) if len(codes) else [{}] * len(pieces)):
        area = float(shapely.area(pieces[at]))
        holders = sorted(old for old, common in found.items() if common > area / 2)
        if holders:
            owner[at] = holders[0]
        if len(holders) != 1:
            kind: Kind = "overlap" if holders else "gap"
            shape = shapely.coverage_union_all(faces.shapes[piece == at])
            flaws.append(Flaw(kind, tuple(codes[old] for old in holders), area, shape))
    return owner[piece], flaws


def change_of(before: Division, after: Mapping[str, Any]) -> Change:
    """What turns a division into the grids of `after`; grids that are alike are no part of it."""
    shapes = {}
    for code, shape in after.items():
        old = before.shapes.get(code)
        if old is None or not _alike(old, shape):
            shapes[code] = _multi(shape)
    new = {code: shape for code, shape in shapes.items() if code not in before.shapes}
    ended = tuple(code for code in before.shapes if code not in after)
    ancestors = {code: _ancestors(before, shape) for code, shape in new.items()}
    return Change(shapes, ended, ancestors, adds_land=True)


def differences(before: Division, change: Change, homes: Homes) -> list[Difference]:
    """What becomes of every grid, by code."""
    after = before.after(change).shapes
    was, will = homes.grids(before.shapes), homes.grids(after)
    loads_before, loads_after = loads(homes, was), loads(homes, will)
    moved = moves(homes, was, will)
    found = []
    for code in sorted({*before.shapes, *after}, key=str.encode):
        gained_m2 = _beyond_m2(before, after.get(code), before.shapes.get(code))
        lost_m2 = _beyond_m2(before, before.shapes.get(code), after.get(code))
        found.append(
            Difference(
                code,
                _fate(code, before, change, gained_m2 + lost_m2),
                gained_m2,
                lost_m2,
                sum(load.buildings for (_, to), load in moved.items() if to == code),
                sum(load.buildings for (start, _), load in moved.items() if start == code),
                loads_before.get(code, Load()).households,
                loads_after.get(code, Load()).households,
            )
        )
    return found


def _fate(code: str, before: Division, change: Change, moved_m2: float) -> Fate:
    if code in change.ended:
        return "ended"
    if code not in before.shapes:
        return "created"
    # A neighbour of what was drawn may only have got a vertex on its border.
    return "changed" if code in change.shapes and moved_m2 > _MOVED_M2 else "same"


def _beyond_m2(division: Division, shape: Any, other: Any) -> float:
    """The area of a shape that is not in the other one."""
    if shape is None:
        return 0.0
    rest = shape if other is None else shapely.difference(shape, other)
    return float(shapely.area(division.stretch.to_metres(np.array([rest]))[0]))


def _ancestors(before: Division, shape: Any) -> tuple[str, ...]:
    return tuple(
        code
        for code, old in before.shapes.items()
        if _beyond_m2(before, shapely.intersection(old, shape), None) > _ANCESTOR_M2
    )


def _alike(one: Any, other: Any) -> bool:
    """Whether two shapes have the same vertices, wherever their rings begin."""
    return bool(shapely.equals_exact(_multi(one), _multi(other), 0, normalize=True))


def _multi(shape: Any) -> Any:
    return shapely.multipolygons(shapely.get_parts(shape))
