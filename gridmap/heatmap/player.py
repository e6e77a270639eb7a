"""What the player of a heat map in one file is given. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from shapely.geometry import shape

from gridmap.heatmap.selection import Period
from gridmap.heatmap.store import CellCount
from gridmap.heatmap.summary import Summary

Features: TypeAlias = Sequence[Mapping[str, Any]]
"""GeoJSON features in EPSG:4490."""


def player_data(
    summary: Summary, period: Period | None, cells: Sequence[CellCount], townships: Features
) -> dict[str, Any]:
    """The argument of `gridmapHeat` in player.js; nothing in it is HTML.

    `cells` are [lat, lon]; a frame counts them in one flat list [cell, n, cell, n, …].
    """
    places, frames, whole = _cells_and_frames(cells, len(period.frames) if period else 0)
    middles = _middles(townships)
    asked = [*summary.selection.categories, *summary.selection.statuses]
    names = {code: name for code, name, _ in summary.categories}
    note = "、".join(names.get(code, code) for code in asked) or "全部事件 all incidents"
    days = {"from": str(period.since), "to": str(period.until)} if period else {}
    return {
        "title": "事件热力图",
        "note": " · ".join(filter(None, [" – ".join(days.values()), note])),
        "totals": [
            ["事件 incidents", summary.total],
            ["已定位 located", summary.located],
            ["未定位 no location", summary.unlocated],
            ["网格外 outside", summary.outside],
        ],
        "townships": [
            {
                "name": one.name,
                "count": one.count,
                "trend": one.trend,
                "place": middles.get(one.code),
            }
            for one in summary.townships
        ],
        "cells": places,
        "whole": {**days, "count": summary.total, "cells": whole},
        "frames": [
            {"from": str(frame.first), "to": str(frame.last), "count": count, "cells": cells_of}
            for (frame, count), cells_of in zip(summary.frames, frames, strict=True)
        ],
    }


def _cells_and_frames(
    cells: Sequence[CellCount], frame_count: int
) -> tuple[list[list[float]], list[list[int]], list[int]]:
    """The mean [lat, lon] of each cell; flat lists [cell, n, …] a frame, and of all frames."""
    sums: dict[tuple[int, int], list[float]] = {}
    for one in cells:
        of_cell = sums.setdefault(one.cell, [0, 0, 0])
        for position, value in enumerate((one.lat, one.lon, one.n)):
            of_cell[position] += value
    numbers = {cell: number for number, cell in enumerate(sums)}
    frames: list[list[int]] = [[] for _ in range(frame_count)]
    for one in cells:
        frames[one.frame] += [numbers[one.cell], one.n]
    places = [[round(lat / n, 5), round(lon / n, 5)] for lat, lon, n in sums.values()]
    whole = [value for number, (*_, n) in enumerate(sums.values()) for value in (number, int(n))]
    return places, frames, whole


def _middles(features: Features) -> dict[str, list[float]]:
    """A [lat, lon] inside each feature, by code."""
    points = {
        one["properties"]["code"]: shape(one["geometry"]).representative_point() for one in features
    }
    return {code: [round(point.y, 5), round(point.x, 5)] for code, point in points.items()}
