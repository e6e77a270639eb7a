"""Codes and names: grids numbered west to east, then north to south inside the village; units
above them.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.demo.landscape import Landscape
from gridmap.demo.territory import Territory
from gridmap.geo.crs import STORED

_DIGITS = "零一二三四五六七八九"


def chinese_number(value: int) -> str:
    """1 to 99 in Chinese numerals."""
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def number_grids(land: Landscape, territory: Territory, urban: set[str]) -> gpd.GeoDataFrame:
    """The grids table (EPSG:4490), indexed like `land.cover`, in order of code.

    Numbering (DB11/T 2157): by the west edge of the grid's inner point, then from the north.
    """
    names = dict(zip(territory.units["code"], territory.units["name"], strict=True))
    table = pd.DataFrame(
        {"key": land.cover.index, "village": [land.village_of(k) for k in land.cover.index]}
    )
    inner = land.cover.representative_point()
    table["x"], table["y"] = inner.x.round(4).to_numpy(), inner.y.to_numpy()
    table = table.sort_values(["village", "x", "y"], ascending=[True, True, False])
    table["number"] = table.groupby("village").cumcount() + 1
    special = [land.town_grids[-1 - k].name if k < 0 else None for k in table["key"]]
    return gpd.GeoDataFrame(
        {
            "code": [f"{v}{n:03d}" for v, n in zip(table["village"], table["number"], strict=True)],
            "name": [
                f"{names[v]}第{chinese_number(n)}网格"
                if use is None
                else f"{names[v]}{use}专属网格"
                for v, n, use in zip(table["village"], table["number"], special, strict=True)
            ],
            "village_code": table["village"].to_numpy(),
            "kind": ["general" if use is None else "special" for use in special],
            "area_kind": ["urban" if v in urban else "rural" for v in table["village"]],
        },
        geometry=land.cover.loc[table["key"]].to_numpy(),
        index=table["key"].to_numpy(),
        crs=STORED,
    )


def admin_units(grids: gpd.GeoDataFrame, territory: Territory) -> gpd.GeoDataFrame:
    """County, townships and villages as unions of the grids, so that all levels share their
    borders.
    """
    units = territory.units
    shapes = {
        code: shapely.coverage_union_all(group.to_numpy())
        for code, group in grids.geometry.groupby(grids["village_code"].to_numpy())
    }
    parent = dict(zip(units["code"], units["parent_code"], strict=True))
    for level_length in (9, 6):
        below = sorted(code for code in shapes if len(code) == {9: 12, 6: 9}[level_length])
        above: dict[str, list[shapely.Geometry]] = {}
        for code in below:
            above.setdefault(parent[code], []).append(shapes[code])
        shapes |= {
            code: shapely.coverage_union_all(np.asarray(parts)) for code, parts in above.items()
        }
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "code": [territory.code],
                    "name": [territory.name],
                    "level": ["county"],
                    "parent_code": [None],
                }
            ),
            units,
        ],
        ignore_index=True,
    )
    return gpd.GeoDataFrame(table, geometry=[shapes[code] for code in table["code"]], crs=STORED)
