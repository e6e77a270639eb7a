"""Where every old grid went, by area and by households; and which old grids split one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import shapely

from gridmap.plans.networks.arrangement import Ground
from gridmap.plans.networks.model import (
    TOUCHING,
    Buildings,
    Conflict,
    Ints,
    MergedGrid,
    NetworkGrid,
    Shapes,
    Share,
)


@dataclass(frozen=True)
class Cut:
    """A piece for the page of conflicts: the main old grid by network, and what is on it."""

    village: str
    shape: Any
    area_m2: float
    households: int
    main: Mapping[str, str]


def crosswalk(
    networks: Mapping[str, Sequence[NetworkGrid]],
    grids: Sequence[MergedGrid],
    buildings: Buildings,
    home: Ints,
    ground: Ground,
) -> list[Share]:
    """The shares of every old grid, by network, old code and new code; what lies outside last.

    Args:
        home: the position of each building's grid in `grids`, -1 outside.
    """
    new = ground.to_metres([grid.shape for grid in grids])
    tree = shapely.STRtree(new)
    anchors = shapely.points(buildings.anchors)
    rows: list[Share] = []
    for name, olds in networks.items():
        flat = ground.to_metres([old.shape for old in olds])
        near, found = tree.query(flat, predicate="intersects")
        shared = shapely.area(shapely.intersection(flat[near], new[found]))
        covered = shapely.STRtree([old.shape for old in olds]).query(anchors, "intersects")
        for at, old in sorted(enumerate(olds), key=lambda pair: pair[1].code):
            areas = dict(zip(found[near == at].tolist(), shared[near == at].tolist(), strict=True))
            inside = covered[0][covered[1] == at]
            rows += _shares(name, old.code, float(shapely.area(flat[at])), areas, inside,
                            grids, buildings, home)  # fmt: skip
    return rows


def _shares(
    network: str,
    code: str,
    area_m2: float,
    areas: dict[int, float],
    inside: Ints,
    grids: Sequence[MergedGrid],
    buildings: Buildings,
    home: Ints,
) -> list[Share]:
    """The rows of one old grid; `inside`: the buildings in it."""
    at = home[inside]
    households = np.bincount(at + 1, buildings.households[inside], len(grids) + 1)
    residents = np.bincount(at + 1, buildings.residents[inside], len(grids) + 1)
    areas = {new: area for new, area in areas.items() if area > TOUCHING * area_m2}
    beyond = area_m2 - sum(areas.values())
    if beyond > TOUCHING * area_m2:
        areas[-1] = beyond
    for new in at.tolist():
        areas.setdefault(new, 0.0)
    total, all_households, all_residents = sum(areas.values()), households.sum(), residents.sum()
    return [
        Share(
            network,
            code,
            grids[new].code if new >= 0 else None,
            areas[new],
            int(households[new + 1]),
            int(residents[new + 1]),
            areas[new] / total,
            float(households[new + 1] / all_households) if all_households else None,
            float(residents[new + 1] / all_residents) if all_residents else None,
        )
        for new in sorted(areas, key=lambda new: (new < 0, new))
    ]


def conflicts(cuts: Sequence[Cut], order: Sequence[str]) -> list[Conflict]:
    """The pairs of old grids that share ground though neither holds the other; largest first.

    Told on the pieces, so that a border which was digitised twice is no conflict.
    """
    found = []
    for village in sorted({cut.village for cut in cuts}):
        here = [cut for cut in cuts if cut.village == village]
        for one, other in combinations(order, 2):
            found += _between(here, one, other)
    return sorted(found, key=lambda row: (-row.area_m2, row.village, row.grids))


def _between(cuts: Sequence[Cut], one: str, other: str) -> list[Conflict]:
    common: dict[tuple[str, str], list[Cut]] = {}
    partners: tuple[dict[str, set[str | None]], dict[str, set[str | None]]] = ({}, {})
    for cut in cuts:
        mine, yours = cut.main.get(one), cut.main.get(other)
        if mine is not None:
            partners[0].setdefault(mine, set()).add(yours)
        if yours is not None:
            partners[1].setdefault(yours, set()).add(mine)
        if mine is not None and yours is not None:
            common.setdefault((mine, yours), []).append(cut)
    found = []
    for (mine, yours), shared in sorted(common.items()):
        if len(partners[0][mine]) > 1 and len(partners[1][yours]) > 1:
            shape: Any = shapely.union_all([cut.shape for cut in shared])
            spot = shapely.point_on_surface(max(shared, key=lambda cut: cut.area_m2).shape)
            found.append(
                Conflict(
                    shared[0].village,
                    ((one, mine), (other, yours)),
                    sum(cut.area_m2 for cut in shared),
                    sum(cut.households for cut in shared),
                    shape,
                    (float(shapely.get_x(spot)), float(shapely.get_y(spot))),
                )
            )
    return found


def overlaps(pieces: Shapes, olds: Shapes) -> list[dict[int, float]]:
    """For each piece the area in common with each old grid, by position; metres."""
    found: list[dict[int, float]] = [{} for _ in pieces]
    near, old = shapely.STRtree(olds).query(pieces, predicate="intersects")
    areas = shapely.area(shapely.intersection(pieces[near], olds[old]))
    for piece, at, area in zip(near.tolist(), old.tolist(), areas.tolist(), strict=True):
        if area > 0:
            found[piece][at] = area
    return found
