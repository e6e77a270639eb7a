"""What networks, territory and buildings must be before they are merged."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import CallError, DataError
from gridmap.plans.networks.model import TOUCHING, Buildings, NetworkGrid, Shapes, Size

WIDEST_TOLERANCE_M = 50.0


def check_call(sizes: Iterable[Size], weights: Mapping[str, float], tolerance_m: float) -> None:
    """Limits, weights and tolerance must be usable.

    Raises:
        CallError: says which is not.
    """
    for low, high in sizes:
        if not 0 < low <= high:
            raise CallError(
                f"户数下限、上限应满足 0 < 下限 ≤ 上限，给出的是 {low}、{high}",
                f"limits of households must be 0 < lowest ≤ highest, given were {low}, {high}",
            )
    for name, weight in weights.items():
        if not 0 <= weight < float("inf"):
            raise CallError(
                f"网络“{name}”的权重应为不小于 0 的数，给出的是 {weight}",
                f"the weight of network {name!r} must be a number from 0, given was {weight}",
            )
    if sum(weights.values()) <= 0:
        raise CallError("至少一个网络的权重要大于 0", "at least one network needs a weight above 0")
    if not 0 < tolerance_m <= WIDEST_TOLERANCE_M:
        raise CallError(
            f"容差应大于 0 且不超过 {WIDEST_TOLERANCE_M:.0f} 米，给出的是 {tolerance_m}",
            f"the tolerance must be above 0 and at most {WIDEST_TOLERANCE_M:.0f} m,"
            f" given was {tolerance_m}",
        )


def check_territory(territory: Mapping[str, Any]) -> None:
    """Every village needs a valid outline.

    Raises:
        CallError: there is no village.
        DataError: names the village, and what is wrong with its outline.
    """
    if not territory:
        raise CallError(
            "没有给出村（社区）：请先导入行政区划",
            "no village was given: load the administrative units first",
        )
    for code, outline in territory.items():
        flaw = _flaw(outline)
        if flaw is not None:
            raise DataError(
                f"村（社区）{code} 的边界{flaw[0]}", f"the outline of village {code} {flaw[1]}"
            )


def check_networks(
    networks: Mapping[str, Sequence[NetworkGrid]], territory: Mapping[str, Any]
) -> None:
    """Every network needs grids with codes of their own, valid, on the territory.

    Raises:
        DataError: names the network, the grid, and what is wrong with it.
    """
    land = shapely.union_all(list(territory.values()))
    shapely.prepare(land)
    for name, grids in networks.items():
        if not grids:
            raise DataError(
                f"网络“{name}”没有网格：请先导入，或不要合并它",
                f"network {name!r} has no grid: load it first, or leave it out",
            )
        seen: set[str] = set()
        for grid in grids:
            flaw = _twice(grid.code, seen) or _flaw(grid.shape) or _elsewhere(grid.shape, land)
            seen.add(grid.code)
            if flaw is not None:
                raise DataError(
                    f"网络“{name}”的网格 {grid.code} {flaw[0]}",
                    f"grid {grid.code} of network {name!r} {flaw[1]}",
                )


def check_buildings(buildings: Buildings) -> None:
    """The columns must be of one length, places finite, counts not negative, footprints valid.

    Raises:
        DataError: says which building it is, by its position.
    """
    n = len(buildings.households)
    footprints = buildings.footprints
    lengths = {n, len(buildings.residents), len(buildings.anchors)}
    lengths |= set() if footprints is None else {len(footprints)}
    if len(lengths) != 1 or buildings.anchors.shape != (n, 2):
        raise DataError(
            f"建筑的各列长短不一：{sorted(lengths)}",
            f"the columns of the buildings differ in length: {sorted(lengths)}",
        )
    wrong = ~np.isfinite(buildings.anchors).all(axis=1)
    wrong |= (buildings.households < 0) | (buildings.residents < 0)
    if footprints is not None:
        known = ~shapely.is_missing(footprints)
        areal = np.isin(shapely.get_type_id(footprints), [3, 6])
        wrong |= known & ~(areal & shapely.is_valid(footprints))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"第 {at + 1} 栋建筑有错：位置应为有限数，户数人数不为负，轮廓应为有效多边形",
            f"building {at + 1} is wrong: its place must be finite, its counts not negative,"
            " its footprint a valid polygon",
        )


def _twice(code: str, seen: set[str]) -> tuple[str, str] | None:
    return (
        ("出现了两次：编码应唯一", "occurs twice: a code must be unique") if code in seen else None
    )


def elsewhere(shapes: Shapes, land: Any) -> NDArray[np.bool_]:
    """Which of valid shapes share no ground with a land, but for rounding along its line."""
    away = ~shapely.relate_pattern(shapes, land, "T********")
    crossing = ~away & ~shapely.covered_by(shapes, land)
    shared = shapely.area(shapely.intersection(shapes[crossing], land))
    away[crossing] = shared <= TOUCHING * shapely.area(shapes[crossing])
    return np.asarray(away)


def _elsewhere(shape: Any, land: Any) -> tuple[str, str] | None:
    if not elsewhere(np.array([shape], dtype=object), land)[0]:
        return None
    return (
        "不在本辖区内：请核对坐标系和文件",
        "lies outside the territory: check the CRS and the file",
    )


def _flaw(shape: Any) -> tuple[str, str] | None:
    """What keeps a shape from being ground, to follow its name."""
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or shape.is_empty:
        return "不是多边形，或者是空的", "is no polygon, or is empty"
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return "有 NaN 或无穷大的坐标", "has a coordinate that is NaN or infinite"
    if not shapely.is_valid(shape):
        reason = shapely.is_valid_reason(shape)
        return f"图形无效：{reason}", f"is not valid: {reason}"
    return None
