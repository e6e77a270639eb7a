"""The judge: is the village still divided as it must be, after a change?

Only the grids that changed and those beside them are looked at. Faults that were there before are
not blamed on the change: a draft may begin with some.
"""

from typing import Any

import numpy as np
import shapely

from gridmap.geo.coverage import NOISE_WIDTH_M, conflicts, mean_width_m
from gridmap.plans.editing.bounds import crossing_itself
from gridmap.plans.editing.division import Change, Division, Footprints, Notice, Rules, Setting
from gridmap.plans.editing.quality import cut_building, sliver
from gridmap.plans.editing.refusal import Refused
from gridmap.plans.editing.scene import Scene

_SEARCH_WIDTH_M = 0.01  # GEOS finds narrow gaps only when told a width
_SEARCH_WIDTH_DEGREES = 1e-7


def judge(before: Division, change: Change, footprints: Footprints, rules: Rules) -> list[Notice]:
    """What speaks against a change that is done all the same; mostly nothing.

    Raises:
        Refused: empty_grid, self_crossing, not_connected, overlap, gap, off_village,
            outline_moved; and sliver or building_cut where the rules say block.
    """
    scene = Scene(before, change)
    _polygons(scene)
    _connected(before, change)
    _tiling(scene)
    _same_land(scene)
    notices = []
    if rules.sliver != "off":
        notices += _weighed(rules.sliver, sliver(scene))
    if rules.building_cut != "off":
        notices += _weighed(rules.building_cut, cut_building(scene, footprints))
    return notices


def _weighed(setting: Setting, notice: Notice | None) -> list[Notice]:
    if notice and setting == "block":
        raise Refused(notice.rule, notice.zh, notice.en, notice.place)
    return [notice] if notice else []


def _polygons(scene: Scene) -> None:
    for code, shape in scene.change.shapes.items():
        if shape.is_empty:
            raise Refused(
                "empty_grid",
                f"网格 {code} 将没有土地：要撤销它，请用合并",
                f"grid {code} would have no land left: merge it if it is to end",
                scene.division.shapes.get(code),
            )
        if not shape.is_valid:
            _not_over_others(scene)
            raise crossing_itself(shape, f"网格 {code} ", f"grid {code}")


def _not_over_others(scene: Scene) -> None:
    """What a border crosses is said better by the grid that it runs over than by its own knot."""
    lines = shapely.union_all(shapely.boundary(scene.changed))
    for code, grid in scene.beside.items():
        over = shapely.intersection(lines, shapely.buffer(grid, -_SEARCH_WIDTH_M))
        if not over.is_empty:
            raise Refused(
                "overlap",
                f"边界会越过网格 {code}",
                f"the border would run over grid {code}",
                scene.place(over),
            )


def _connected(before: Division, change: Change) -> None:
    for code, shape in change.shapes.items():
        sources = [c for c in (code, *change.ancestors.get(code, ())) if c in before.shapes]
        parts = shapely.get_parts(shape)
        most = max((int(shapely.get_num_geometries(before.shapes[c])) for c in sources), default=1)
        if len(parts) > most:
            by_area = parts[np.argsort(-shapely.area(parts))]
            raise Refused(
                "not_connected",
                f"网格 {code} 会断成 {len(parts)} 块：一个网格必须连成一片",
                f"grid {code} would fall into {len(parts)} pieces: a grid must hang together",
                shapely.MultiPolygon(list(by_area[most:])),
            )


def _tiling(scene: Scene) -> None:
    """Neighbours share their borders vertex by vertex, and no land."""
    after = np.array([*scene.changed, *scene.beside.values()], dtype=object)
    if shapely.coverage_is_valid(after, gap_width=_SEARCH_WIDTH_M):
        return
    division = scene.division
    old = [one.shape for one in conflicts(list(division.shapes.values()))]
    known = shapely.buffer(shapely.union_all(old), _SEARCH_WIDTH_DEGREES)
    for fault in conflicts(list(division.after(scene.change).shapes.values())):
        if known.covers(fault.shape):
            continue
        if fault.kind == "border":
            raise Refused(
                "gap",
                "这里相邻网格的边界会对不上，中间留下缝隙",
                "the borders of neighbours would not match here and leave a crack",
                fault.shape,
            )
        raise Refused(
            "overlap",
            f"网格会在这里重叠（{fault.area_m2:.0f} 平方米）",
            f"grids would overlap here ({fault.area_m2:.0f} m²)",
            fault.shape,
        )


def _same_land(scene: Scene) -> None:
    """No land is lost; land is only won where the operation is made for it, inside the village."""
    old, new = shapely.union_all(scene.touched), shapely.union_all(scene.changed)
    if shapely.equals_exact(old, new, normalize=True):
        return
    for part in _wide(shapely.difference(old, new)):
        if _is_along(part, shapely.boundary(scene.village)):
            raise Refused(
                "outline_moved",
                "村界不能移动：这里的土地会不属于任何网格",
                "the village line cannot move: this land would be in no grid",
                scene.place(part),
            )
        raise Refused(
            "gap",
            "这里的土地会不属于任何网格",
            "this land would be in no grid",
            scene.place(part),
        )
    won = shapely.difference(new, old)
    for part in _wide(shapely.difference(won, scene.village)):
        raise Refused(
            "off_village",
            "网格会越过村界",
            "a grid would reach over the village line",
            scene.place(part),
        )
    for part in [] if scene.change.adds_land else _wide(won):
        raise Refused(
            "gap",
            "这里的土地不属于任何网格：请用填缝把它划给一个网格",
            "this land is in no grid: give it to a grid by filling the gap",
            scene.place(part),
        )


def _is_along(part: Any, line: Any) -> bool:
    """Whether a polygon has more than a corner on a line."""
    return bool(
        shapely.length(shapely.intersection(line, shapely.buffer(part, NOISE_WIDTH_M)))
        > _SEARCH_WIDTH_M
    )


def _wide(shape: Any) -> list[Any]:
    """The polygons that are more than rounding, the largest first."""
    parts = [part for part in shapely.get_parts(shape) if mean_width_m(part) > NOISE_WIDTH_M]
    return sorted(parts, key=shapely.area, reverse=True)
