"""Where grids do not tile their villages, nor units the unit above. Pure: outlines in, rows out.

Rows have code, name, ref, amount (m²), width_m, kind, lon, lat (EPSG:4490), as the rules of
`checks` read them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from gridmap.chain.checks import Row
from gridmap.geo.coverage import Fault, conflicts, uncovered

_NEAR = 5
_ON_LINE_DEGREES = 1e-8
_OUTSIDE_LET_PASS_M2 = 1.0  # as the database lets pass, when it writes a grid


@dataclass(frozen=True)
class Outline:
    """A grid or an admin unit with its polygon in EPSG:4490, None where it is not drawn."""

    level: str
    id: int
    code: str
    name: str
    parent_id: int | None
    shape: Any


def ground_faults(outlines: Sequence[Outline]) -> Mapping[str, list[Row]]:
    """The rows that break the links of the ground, by link."""
    drawn: dict[str, list[Outline]] = defaultdict(list)
    for outline in outlines:
        if outline.shape is not None:
            drawn[outline.level].append(outline)
    rows: dict[str, list[Row]] = defaultdict(list)
    _tile_grids(drawn, rows)
    for level, above in (("community_level", "township_level"), ("township_level", "county")):
        _tile_units(drawn[level], drawn[above], rows["unit_tiling"])
    for found in rows.values():
        found.sort(key=lambda row: -row["amount"])
    return rows


def overlapping(rows: Mapping[str, list[Row]]) -> list[int]:
    """The ids of grids that share ground with another, by more than a line's rounding."""
    shared = [*rows.get("grid_overlap", ()), *rows.get("grid_sliver", ())]
    return sorted({member for row in shared for member in row["members"]})


def _tile_grids(drawn: Mapping[str, list[Outline]], rows: dict[str, list[Row]]) -> None:
    grids = drawn["grid"]
    members = _by_parent(grids)
    villages = {village.id: village for village in drawn["community_level"]}
    gaps: list[Fault] = []
    for village_id in {*villages, *members}:
        inside = members[village_id]
        village = None if village_id is None else villages.get(village_id)
        found = uncovered([one.shape for one in inside], village.shape if village else None)
        for fault in found:
            near = [inside[i] for i in fault.members]
            if fault.kind == "outside" and village:
                if fault.area_m2 > _OUTSIDE_LET_PASS_M2:
                    rows["grid_village"].append(_row(fault, near[0], [village]))
                continue
            gaps.append(fault)
            link = "grid_sliver" if _is_between(fault) else "land_in_grid"
            rows[link].append(_row(fault, village or near[0], near))
    for fault in conflicts([one.shape for one in grids], gaps):
        first, *others = (grids[position] for position in fault.members)
        if fault.kind == "border" and _is_on_line(fault, villages.get(first.parent_id or 0)):
            continue
        near = others or _neighbours(fault, grids, first)
        rows[f"grid_{fault.kind}"].append(_row(fault, first, near))


def _is_on_line(fault: Fault, village: Outline | None) -> bool:
    """Villages are divided one at a time: beyond its line nobody need share a new vertex."""
    if village is None:
        return False
    line = shapely.buffer(shapely.boundary(village.shape), _ON_LINE_DEGREES)
    return bool(shapely.covers(line, fault.shape))


def _is_between(fault: Fault) -> bool:
    """A narrow strip between two grids; one along the village line alone is land left out."""
    return fault.kind == "sliver" and len(fault.members) > 1


def _tile_units(units: list[Outline], above: list[Outline], rows: list[Row]) -> None:
    members = _by_parent(units)
    for parent in above:
        children = members[parent.id]
        if not children:
            continue
        found = uncovered([child.shape for child in children], parent.shape)
        rows += [_row(fault, parent, [children[i] for i in fault.members]) for fault in found]
    for fault in conflicts([unit.shape for unit in units]):
        if fault.kind != "border":
            first, *others = (units[position] for position in fault.members)
            rows.append(_row(fault, first, others))


def _by_parent(outlines: Sequence[Outline]) -> dict[int | None, list[Outline]]:
    members: dict[int | None, list[Outline]] = defaultdict(list)
    for outline in outlines:
        members[outline.parent_id].append(outline)
    return members


def _neighbours(fault: Fault, grids: list[Outline], but: Outline) -> list[Outline]:
    tree = shapely.STRtree([grid.shape for grid in grids])
    found = tree.query(fault.shape, predicate="dwithin", distance=1e-7)
    return [grids[position] for position in sorted(found) if grids[position] is not but]


def _row(fault: Fault, named: Outline, near: Sequence[Outline]) -> Row:
    point = shapely.point_on_surface(fault.shape)
    others = [one.code for one in near if one is not named]
    return {
        "code": named.code,
        "name": named.name,
        "ref": ", ".join(others[:_NEAR]) + (" …" if len(others) > _NEAR else ""),
        "amount": fault.area_m2,
        "width_m": fault.width_m,
        "kind": fault.kind,
        "lon": float(shapely.get_x(point)),
        "lat": float(shapely.get_y(point)),
        "members": [one.id for one in (named, *near)],
    }
