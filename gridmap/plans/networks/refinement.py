"""A village cut into pieces: the common refinement of the networks, without slivers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
import shapely

from gridmap.errors import DataError
from gridmap.plans.networks.arrangement import Faces, Ground, Vertices, arrange, vertices
from gridmap.plans.networks.linework import drawn_once
from gridmap.plans.networks.model import Ints, Shapes

_SMALLER = (1.0, 0.9, 0.8)


@dataclass(frozen=True)
class Refined:
    """A village in pieces.

    Attributes:
        faces: what the pieces are made of.
        piece: the piece of each face, numbered from 0; the faces of a piece hang together.
        kept: the vertices that somebody drew, as against the nodes where lines cross.
        slivers: how many faces a neighbour took.
        bent: how many footprints a line was led around.
    """

    faces: Faces
    piece: Ints
    kept: Vertices
    slivers: int
    bent: int

    def borders(self) -> dict[int, dict[int, float]]:
        """By piece, the neighbours and the metres of border with each."""
        return borders_of(self.faces, self.piece)


def refine(
    village: str,
    outline: Any,
    rings: Sequence[Any],
    footprints: Shapes,
    ground: Ground,
    tolerance_m: float,
) -> Refined:
    """The common refinement of networks in one village.

    Lines that lie so badly that their crossings cannot be told are tried again with a tolerance
    that is a little smaller.

    Args:
        outline: the village in degrees, kept bit for bit.
        rings: the borders of the old grids in metres, the heaviest network first.
        footprints: polygons in degrees that no border may cross.

    Raises:
        DataError: lines nearly coincide, whatever the tolerance.
    """
    for less in _SMALLER[:-1]:
        try:
            return _refined(village, outline, rings, footprints, ground, less * tolerance_m)
        except DataError:
            continue
    return _refined(village, outline, rings, footprints, ground, _SMALLER[-1] * tolerance_m)


def _refined(
    village: str,
    outline: Any,
    rings: Sequence[Any],
    footprints: Shapes,
    ground: Ground,
    tolerance_m: float,
) -> Refined:
    lines = drawn_once(ground.to_metres(outline)[0], rings, tolerance_m)
    drawn = np.array([shapely.boundary(outline), *ground.to_degrees(lines)], dtype=object)
    faces = arrange(village, outline, drawn, ground)
    piece, slivers = absorb(faces, np.arange(len(faces.shapes)), tolerance_m)
    blocks, bent = _crossed(faces.between(piece), footprints)
    if not bent:
        return Refined(faces, piece, _kept(outline, drawn, faces), slivers, 0)
    walls = shapely.boundary(blocks)
    bending = arrange(
        village, outline, np.concatenate([faces.around(), faces.between(piece), walls]), ground
    )
    owner = _whole_blocks(bending, faces, piece, blocks)
    piece, more = absorb(bending, connected(bending, owner), tolerance_m)
    kept = _kept(outline, np.concatenate([drawn, walls]), bending)
    return Refined(bending, piece, kept, slivers + more, bent)


def _kept(outline: Any, drawn: Shapes, faces: Faces) -> Vertices:
    """What somebody drew; of the vertices on the outline only its own."""
    inner = np.setdiff1d(vertices(drawn), faces.rim)
    return np.concatenate([vertices(np.array([outline], dtype=object)), inner])


def absorb(faces: Faces, owner: Ints, tolerance_m: float) -> tuple[Ints, int]:
    """Slivers go to the neighbour with the longest border, the narrowest first.

    A sliver is narrower than the tolerance on average. Neighbours that are slivers themselves are
    taken only where there is no other.

    Args:
        owner: what each face belongs to at first, numbered from 0.

    Returns:
        What each face belongs to then, numbered from 0, and how many slivers there were.
    """
    regions = _Regions(faces, owner)
    parent = list(range(owner.max() + 1))
    narrow = {at for at in parent if regions.is_sliver(at, tolerance_m)}
    queue = [(regions.width_m(at), at) for at in sorted(narrow)]
    heapify(queue)
    taken = 0
    while queue:
        _, sliver = heappop(queue)
        if sliver not in narrow:
            continue
        narrow.discard(sliver)
        taker = regions.give_away(sliver, narrow)
        parent[sliver] = taker
        taken += 1
        if taker in narrow:
            narrow.discard(taker)
            if regions.is_sliver(taker, tolerance_m):
                narrow.add(taker)
                heappush(queue, (regions.width_m(taker), taker))
    return _numbered(np.array([_root(parent, at) for at in owner.tolist()])), taken


class _Regions:
    """Faces put together, with what it takes to tell slivers; metres."""

    def __init__(self, faces: Faces, owner: Ints) -> None:
        self._borders = borders_of(faces, owner)
        self._areas = np.bincount(owner, shapely.area(faces.flat)).tolist()
        around = np.bincount(owner, shapely.length(faces.flat))
        inner = owner[faces.sides[:, 0]] == owner[faces.sides[:, 1]]
        np.subtract.at(around, owner[faces.sides[inner, 0]], 2 * faces.lengths_m[inner])
        self._around = around.tolist()

    def width_m(self, at: int) -> float:
        """The mean width: that of a long strip of this area and perimeter."""
        around = self._around[at]
        return float(2 * self._areas[at] / around) if around > 0 else 0.0

    def is_sliver(self, at: int, tolerance_m: float) -> bool:
        """Whether it is narrow and somebody can take it."""
        return bool(self._borders[at]) and self.width_m(at) < tolerance_m

    def give_away(self, sliver: int, narrow: Collection[int]) -> int:
        """Join a sliver with a neighbour, rather with none that is narrow too; tells which."""
        beside = self._borders.pop(sliver)
        taker = max(beside, key=lambda at: (at not in narrow, beside[at], -at))
        for neighbour, length in beside.items():
            del self._borders[neighbour][sliver]
            if neighbour != taker:
                longer = self._borders[taker].get(neighbour, 0.0) + length
                self._borders[taker][neighbour] = self._borders[neighbour][taker] = longer
        self._areas[taker] += self._areas[sliver]
        self._around[taker] += self._around[sliver] - 2 * beside[taker]
        return taker


def borders_of(faces: Faces, owner: Ints) -> dict[int, dict[int, float]]:
    """Metres of border between owners."""
    found: dict[int, dict[int, float]] = {int(n): {} for n in range(owner.max() + 1)}
    for one, beside in faces.borders().items():
        for other, length in beside.items():
            a, b = int(owner[one]), int(owner[other])
            if a != b:
                found[a][b] = found[a].get(b, 0.0) + length
    return found


def _crossed(lines: Shapes, footprints: Shapes) -> tuple[Shapes, int]:
    """The footprints that lines cross, and those that overlap with them, in blocks; their number.

    A line led around one footprint must not cross the next, so that overlapping ones go together.
    """
    if not len(lines) or not len(footprints):
        return np.array([], dtype=object), 0
    tree = shapely.STRtree(footprints)
    line, near = tree.query(lines, predicate="intersects")
    into = shapely.relate_pattern(lines[line], footprints[near], "T********")
    found = set(np.unique(near[into]).tolist())
    edge = list(found)
    while edge:
        at = edge.pop()
        for other in tree.query(footprints[at], predicate="intersects").tolist():
            overlaps = shapely.relate_pattern(footprints[at], footprints[other], "T********")
            if other not in found and overlaps:
                found.add(other)
                edge.append(other)
    if not found:
        return np.array([], dtype=object), 0
    together = shapely.union_all(footprints[sorted(found)])
    return np.asarray(shapely.get_parts(together), dtype=object), len(found)


def _whole_blocks(bending: Faces, faces: Faces, piece: Ints, blocks: Shapes) -> Ints:
    """The piece of each new face: by place, but a block goes whole where most of it lies."""
    inside = shapely.point_on_surface(bending.shapes)
    owner = np.empty(len(inside), dtype=np.int64)
    new, old = shapely.STRtree(faces.shapes).query(inside, predicate="intersects")
    owner[new[::-1]] = piece[old[::-1]]
    new, block = shapely.STRtree(blocks).query(inside, predicate="intersects")
    areas: dict[int, dict[int, float]] = {}
    for face, at in zip(new.tolist(), block.tolist(), strict=True):
        shares = areas.setdefault(at, {})
        mine = int(owner[face])
        shares[mine] = shares.get(mine, 0.0) + float(shapely.area(bending.flat[face]))
    for face, at in zip(new.tolist(), block.tolist(), strict=True):
        owner[face] = max(areas[at], key=lambda mine: (areas[at][mine], -mine))
    return owner


def connected(faces: Faces, owner: Ints) -> Ints:
    """The parts of owners that hang together by a border, numbered from 0."""
    parent = list(range(len(owner)))
    for one, other in faces.sides[owner[faces.sides[:, 0]] == owner[faces.sides[:, 1]]].tolist():
        a, b = _root(parent, one), _root(parent, other)
        parent[max(a, b)] = min(a, b)
    return _numbered(np.array([_root(parent, at) for at in range(len(owner))]))


def _root(parent: list[int], at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


def _numbered(owner: Ints) -> Ints:
    return np.asarray(np.unique(owner, return_inverse=True)[1], dtype=np.int64)


def main_of(shares: Mapping[str, float], whole: float) -> str | None:
    """The old grid that holds most of a piece, None where most of it is in none."""
    if not shares:
        return None
    best = max(sorted(shares), key=lambda code: shares[code])
    return best if shares[best] >= whole - sum(shares.values()) else None
