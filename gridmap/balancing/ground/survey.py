"""The buildings of some villages in one plane, each standing in its village."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap.balancing.ground.footprints import REACH_M, Standing, stand
from gridmap.balancing.ground.frame import Frame, plane_of
from gridmap.balancing.ground.intake import (
    check_index,
    check_villages,
    named,
    sound_buildings,
    stated_villages,
    usable,
    village_names,
)
from gridmap.balancing.ground.planar import Ints, Shapes
from gridmap.errors import DataError


@dataclass(frozen=True)
class Survey:
    """What there is to build on.

    Attributes:
        names: the codes of the villages; outlines: their shapes in the frame.
        rows: the buildings that have ground, as they came.
        footprints: theirs, in the frame, within the village.
        village: the position of the village of each.
        repairs: what was mended or left out.
    """

    frame: Frame
    names: "pd.Series[str]"
    outlines: Shapes
    rows: gpd.GeoDataFrame
    footprints: Shapes
    village: Ints
    repairs: list[str]


def survey(
    buildings: gpd.GeoDataFrame,
    villages: gpd.GeoDataFrame,
    within: str,
    others: dict[str, gpd.GeoDataFrame],
) -> Survey:
    """Buildings and villages, checked and in one plane of metres.

    Raises:
        CallError: a table (also one of the others) without CRS, villages without the column.
        DataError: no building stands in a village, or something that cannot be mended.
    """
    check_index(buildings)
    names = village_names(villages, within)
    crs = plane_of(villages, {"buildings": buildings, **others})
    flat = villages.to_crs(crs)
    check_villages(np.asarray(flat.geometry.array, dtype=object), list(names))
    frame = Frame.around(np.asarray(flat.geometry.array, dtype=object), crs)
    outlines = frame.fixed(frame.bring(flat))
    repairs = []
    if crs != villages.crs:
        repairs.append(f"坐标已投影到 {crs.name} / projected to {crs.name}")
    shapes = frame.bring(buildings)
    there = usable(shapes)
    if not there.all():
        repairs.append(
            _told("没有图形，未编入", "without a shape, left out", buildings.index[~there])
        )
    rows, shapes = buildings[there], shapes[there]
    shapes, mended = sound_buildings(shapes, rows.index)
    found = stand(shapes, stated_villages(rows, within, names), outlines)
    kept = found.village >= 0
    if not kept.any():
        raise DataError(
            "没有一栋楼在任何村内：请核对坐标系和村界",
            "no building stands in any village: check the CRS and the outlines",
        )
    mended += _placed(found, rows.index, names)
    return Survey(
        frame, names, outlines, rows[kept], found.footprints[kept], found.village[kept],
        repairs + mended,
    )  # fmt: skip


def _placed(found: Standing, index: Any, names: "pd.Series[str]") -> list[str]:
    """Which buildings are in no village, or in another than they stand in, and what is empty."""
    notes = []
    for zh, en, which in (
        (
            f"在所有村外超过 {REACH_M:.0f} m，未编入",
            f"more than {REACH_M:.0f} m outside of every village, left out",
            np.flatnonzero(found.village < 0),
        ),
        (
            f"在村外 {REACH_M:.0f} m 内，归最近的村",
            f"within {REACH_M:.0f} m of a village, given to the nearest",
            found.moved,
        ),
        (
            "跨村界，只取所在村内的部分",
            "across a village line, cut at it",
            found.clipped,
        ),
    ):
        if len(which):
            notes.append(_told(zh, en, index[which]))
    empty = np.setdiff1d(np.arange(len(names)), found.village)
    if len(empty):
        told = named(list(names.iloc[empty]))
        notes.append(
            f"{len(empty)} 个村没有楼栋，没有单元格：{told} /"
            f" {len(empty)} villages without a building have no cells: {told}"
        )
    return notes


def _told(zh: str, en: str, index: Sequence[object]) -> str:
    which = named(list(index))
    return f"{len(index)} 栋{zh}：{which} / {len(index)} buildings {en}: {which}"
