"""Networks of several departments merged into one, village by village."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from gridmap.errors import CallError, DataError
from gridmap.geo.coverage import faults
from gridmap.plans.networks.arrangement import Ground
from gridmap.plans.networks.checks import (
    check_buildings,
    check_call,
    check_networks,
    check_territory,
)
from gridmap.plans.networks.crosswalk import conflicts, crosswalk
from gridmap.plans.networks.grouping import why_not
from gridmap.plans.networks.model import (
    Buildings,
    Ints,
    Merged,
    MergedGrid,
    NetworkGrid,
    Shapes,
    Size,
    VillageReport,
)
from gridmap.plans.networks.seams import with_nodes_of_neighbours
from gridmap.plans.networks.villages import Divided, Group, Networks, divide, first_holding

TOLERANCE_M = 5.0
"""Lines closer than this were meant as one, unless somebody says otherwise."""

_MOST_GRIDS = 999  # three digits of the code


def merge_networks(
    networks: Mapping[str, Sequence[NetworkGrid]],
    territory: Mapping[str, Any],
    buildings: Buildings,
    size: Size | Mapping[str, Size],
    *,
    weights: Mapping[str, float] | None = None,
    tolerance_m: float = TOLERANCE_M,
    taken: Collection[str] = (),
) -> Merged:
    """One network out of several: their common refinement, grouped to size in every village.

    The grids tile each village exactly: its outline is kept bit for bit, neighbours hold the same
    vertices, also across the line between two villages. Borders are those of the heaviest network
    that drew them. No footprint is cut, except by the outline of a village. The same input gives
    the same result.

    Args:
        networks: by name, grids that may leave gaps, overlap, and cross the lines of villages.
        territory: the outlines of the villages by code, in EPSG:4490 degrees.
        size: the limits of households per grid, for all villages or by village.
        weights: how much the borders of a network count, 1 where nothing is said.
        tolerance_m: lines that are closer were meant as one; what is narrower is a sliver.
        taken: codes that new grids must not get.

    Raises:
        CallError: limits, weights or tolerance are out of range, or there is nothing to merge.
        DataError: a network is empty, a grid lies outside or is not valid, lines cannot be crossed
            with the outline of a village; says which.
    """
    weighed = _weighed(networks, weights or {})
    sizes = _sizes(territory, size)
    check_call(sizes.values(), weighed, tolerance_m)
    check_territory(territory)
    check_networks(networks, territory)
    check_buildings(buildings)
    ground = _ground(networks, territory)
    known = Networks.of(networks, weighed, ground)
    divided = _divided(known, territory, buildings, sizes, ground, tolerance_m)
    grids, home = _grids(divided, territory, buildings, sizes, ground, taken)
    rows = crosswalk(networks, grids, buildings, home, ground)
    cuts = [cut for part in divided for cut in part.cuts]
    reports = tuple(_report(part, grids) for part in divided)
    split = tuple(conflicts(cuts, known.order))
    return Merged(grids, tuple(rows), split, reports, int((home < 0).sum()))


def _divided(
    networks: Networks,
    territory: Mapping[str, Any],
    buildings: Buildings,
    sizes: Mapping[str, Size],
    ground: Ground,
    tolerance_m: float,
) -> list[Divided]:
    """Every village by itself, in order of code."""
    villages = sorted(territory)
    outlines = np.array([territory[village] for village in villages], dtype=object)
    home = first_holding(outlines, buildings.anchors)
    every = buildings.footprints
    footprints = shapely.STRtree([] if every is None else every[~shapely.is_missing(every)])
    return [
        divide(
            village,
            territory[village],
            networks,
            _only(buildings, home == at),
            _reaching(footprints, territory[village]),
            sizes[village],
            ground,
            tolerance_m,
        )
        for at, village in enumerate(villages)
    ]


def _sizes(territory: Mapping[str, Any], size: Size | Mapping[str, Size]) -> dict[str, Size]:
    """The limits of every village."""
    if not isinstance(size, Mapping):
        return dict.fromkeys(territory, size)
    unknown = sorted(set(territory) - set(size))
    if unknown:
        raise CallError(
            f"没有给出这些村（社区）的户数上下限：{'、'.join(unknown)}",
            f"no limits of households are given for these villages: {', '.join(unknown)}",
        )
    return {village: size[village] for village in territory}


def _weighed(
    networks: Mapping[str, Sequence[NetworkGrid]], weights: Mapping[str, float]
) -> dict[str, float]:
    if not networks:
        raise CallError("没有给出要合并的网络", "no network to merge was given")
    unknown = sorted(set(weights) - set(networks))
    if unknown:
        raise CallError(
            f"有权重而没有网格的网络：{'、'.join(unknown)}；有：{'、'.join(networks)}",
            f"weights are given for unknown networks: {', '.join(unknown)};"
            f" there are: {', '.join(networks)}",
        )
    return {name: float(weights.get(name, 1.0)) for name in networks}


def _ground(networks: Mapping[str, Sequence[NetworkGrid]], territory: Mapping[str, Any]) -> Ground:
    outlines = np.array(list(territory.values()), dtype=object)
    drawn = [grid.shape for grids in networks.values() for grid in grids]
    return Ground.of(np.array([*outlines, *drawn], dtype=object), outlines)


def _only(buildings: Buildings, chosen: Any) -> Buildings:
    """The buildings of one village, in order."""
    return Buildings(
        buildings.anchors[chosen], buildings.households[chosen], buildings.residents[chosen]
    )


def _reaching(footprints: shapely.STRtree, outline: Any) -> Shapes:
    """The footprints that reach into a village, wherever their anchors lie."""
    found = np.sort(footprints.query(outline, predicate="intersects"))
    return np.asarray(footprints.geometries.take(found), dtype=object)


def _grids(
    divided: Sequence[Divided],
    territory: Mapping[str, Any],
    buildings: Buildings,
    sizes: Mapping[str, Size],
    ground: Ground,
    taken: Collection[str],
) -> tuple[tuple[MergedGrid, ...], Ints]:
    """The new grids by code, and the position of each building's grid in them (-1: none)."""
    groups = [(part, group) for part in divided for group in _numbered(part)]
    codes = [code for part in divided for code in _codes(part, set(taken))]
    shapes = np.array([group.shape for _, group in groups], dtype=object)
    shapes = with_nodes_of_neighbours(shapes, [part.village for part, _ in groups], territory)
    _must_tile(shapes, groups, territory)
    home = first_holding(shapes, buildings.anchors)
    areas = shapely.area(ground.to_metres(shapes))
    grids = []
    for at, (part, group) in enumerate(groups):
        mine = home == at
        households = int(buildings.households[mine].sum())
        alone = len(part.groups) == 1
        reason = why_not(households, group.largest, group.neighbours, alone, sizes[part.village])
        grids.append(
            MergedGrid(
                codes[at], part.village, shapes[at], float(areas[at]), households,
                int(buildings.residents[mine].sum()), int(mine.sum()), group.main, group.pieces,
                reason,
            )
        )  # fmt: skip
    return tuple(grids), home


def _numbered(part: Divided) -> list[Group]:
    """The grids of a village from west to east, then from north to south (DB11/T 2157)."""

    def key(group: Group) -> tuple[float, float]:
        inner = shapely.point_on_surface(group.shape)
        return round(float(shapely.get_x(inner)), 4), -float(shapely.get_y(inner))

    return sorted(part.groups, key=key)


def _codes(part: Divided, taken: set[str]) -> list[str]:
    free = (f"{part.village}{n:03d}" for n in range(1, _MOST_GRIDS + 1))
    codes = [code for code in free if code not in taken][: len(part.groups)]
    if len(codes) < len(part.groups):
        raise DataError(
            f"村（社区）{part.village} 的网格编码不够用：最多 {_MOST_GRIDS} 个，请放宽户数下限",
            f"village {part.village} has no codes left, it has {_MOST_GRIDS}: raise the limits",
        )
    return codes


def _must_tile(
    shapes: Shapes, groups: Sequence[tuple[Divided, Group]], territory: Mapping[str, Any]
) -> None:
    """Nothing that does not tile leaves this module."""
    village = np.array([part.village for part, _ in groups])
    for code in np.unique(village).tolist():
        own = shapes[village == code]
        if faults(list(own), territory[code]):
            raise DataError(
                f"村（社区）{code} 的网格合并后会有缝隙或重叠，未采用：请换一个容差重试",
                f"merged grids of village {code} would leave a gap or overlap and were not taken:"
                " try another tolerance",
            )


def _report(part: Divided, grids: Sequence[MergedGrid]) -> VillageReport:
    mine = [grid for grid in grids if grid.village == part.village]
    fit = sum(grid.reason is None for grid in mine)
    return VillageReport(part.village, len(part.cuts), part.slivers, part.bent, len(mine), fit)
