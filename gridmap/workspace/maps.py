"""GeoDataFrames on an offline folium map."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np

from gridmap.db import CRS
from gridmap.errors import CallError
from gridmap.heatmap import render

MOST_FEATURES = 20_000
_COLOURS = ("#fff2bf", "#fdd27a", "#f9a34c", "#ea6c34", "#c63a25")
_UNKNOWN = "#c9d1db"
_PLAIN = {"color": "#0f5ea8", "weight": 1, "fillColor": "#5c86b8", "fillOpacity": 0.25}
_COUNTY_WITHOUT_SHAPES = (73.0, 18.0, 135.0, 54.0)


def draw_map(
    layers: Sequence[gpd.GeoDataFrame],
    *,
    colour: str | None,
    heat: gpd.GeoDataFrame | None,
    backdrop: render.Backdrop | None,
) -> render.OfflineMap:
    """The layers on the backdrop, from the ground up, then the heat.

    Raises:
        CallError: no layer has the column `colour`, or there is too much to draw in one page.
    """
    drawn = [layer.to_crs(CRS) for layer in layers]
    _refuse_too_much(drawn)
    page = render.OfflineMap(_bounds([*drawn, *([] if heat is None else [heat])], backdrop))
    if backdrop is not None:
        render.add_backdrop(page, backdrop)
    limits = _class_limits(drawn, colour)
    for number, layer in enumerate(drawn, 1):
        _add_layer(page, layer, f"图层 layer {number}", colour, limits)
    if colour is not None:
        render.add_legend(page, colour, _legend(limits))
    if heat is not None:
        centres = heat.geometry.centroid if heat.crs is None else _centres(heat)
        places = [(round(x, 5), round(y, 5)) for x, y in zip(centres.x, centres.y, strict=True)]
        render.add_heat(page, places, [int(n) for n in heat["n"]])
    return page


def _refuse_too_much(layers: Sequence[gpd.GeoDataFrame]) -> None:
    count = sum(len(layer) for layer in layers)
    if count > MOST_FEATURES:
        raise CallError(
            f"一页地图画不下 {count:,} 个要素（上限 {MOST_FEATURES:,}）：请先筛选，"
            "或用 heat=ws.heat(…) 画热力",
            f"{count:,} features are too many for one page (at most {MOST_FEATURES:,}): "
            "filter first, or draw them as heat=ws.heat(…)",
        )


def _centres(cells: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """The middles of small cells, by their corners: exact enough and no projection needed."""
    box = cells.geometry.bounds
    return gpd.GeoSeries.from_xy(
        (box["minx"] + box["maxx"]) / 2, (box["miny"] + box["maxy"]) / 2, crs=CRS
    )


def _bounds(layers: Sequence[gpd.GeoDataFrame], backdrop: render.Backdrop | None) -> render.Bounds:
    """The box around what was asked for; around the townships when that is nothing."""
    boxes = [layer.total_bounds for layer in layers if not layer.geometry.isna().all()]
    if not boxes and backdrop is not None and backdrop.townships:
        boxes = [gpd.GeoDataFrame.from_features(backdrop.townships).total_bounds]
    if not boxes:
        return _COUNTY_WITHOUT_SHAPES
    west, south = np.min(boxes, axis=0)[:2]
    east, north = np.max(boxes, axis=0)[2:]
    return (float(west), float(south), float(east), float(north))


def _class_limits(layers: Sequence[gpd.GeoDataFrame], colour: str | None) -> list[float]:
    """The upper limits of up to five classes with about as many features each."""
    if colour is None:
        return []
    columns = [layer[colour] for layer in layers if colour in layer]
    if not columns or not all(np.issubdtype(column.dtype, np.number) for column in columns):
        raise CallError(
            f"没有哪个图层有数值列 {colour}",
            f"no layer has a column of numbers named {colour}",
        )
    values = np.concatenate([column.to_numpy(dtype=float) for column in columns])
    values = values[np.isfinite(values)]
    if not len(values):
        return []
    shares = np.linspace(0, 1, len(_COLOURS) + 1)[1:]
    return sorted({float(limit) for limit in np.quantile(values, shares, method="higher")})


def _colour_of(value: object, limits: Sequence[float]) -> str:
    if not isinstance(value, int | float) or not np.isfinite(value):
        return _UNKNOWN
    return _COLOURS[min(int(np.searchsorted(limits, value)), len(limits) - 1)]


def _legend(limits: Sequence[float]) -> list[tuple[str, str]]:
    return [(_COLOURS[number], f"≤ {limit:,.6g}") for number, limit in enumerate(limits)]


def _add_layer(
    page: render.OfflineMap,
    layer: gpd.GeoDataFrame,
    name: str,
    colour: str | None,
    limits: Sequence[float],
) -> None:
    placed = layer[~layer.geometry.isna()]
    columns = [column for column in placed.columns if column != placed.geometry.name]
    shown = placed.astype({column: str for column in columns if placed[column].dtype.kind == "M"})
    shaded = colour is not None and colour in columns

    def style(feature: Mapping[str, Any]) -> render.Style:
        if not shaded:
            return dict(_PLAIN)
        fill = _colour_of(feature["properties"].get(colour), limits)
        return {"color": "#4d6b93", "weight": 0.8, "fillColor": fill, "fillOpacity": 0.75}

    features = json.loads(shown.to_json(drop_id=True))["features"]
    render.add_features(
        page, features, name, style=style, fields={column: column for column in columns}
    )
