"""Draws what `benchmarks.balance.picture` prepared; needs matplotlib.

`python -m benchmarks.balance.draw FOLDER TARGET TITLES`
"""

import json
import sys
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm

MIDDLE, LOW, HIGH = 400, 200, 600
LINES = {"street": ("#8a8a8a", 1.1), "arterial": ("#e0a93a", 3.0), "river": ("#4a90d9", 4.0)}


def main(folder: Path, target: Path, titles: list[str]) -> None:
    """A map for each title."""
    grids, cells, barriers = (
        gpd.read_parquet(folder / f"picture-{name}.parquet")
        for name in ("grids", "cells", "barriers")
    )
    shades = TwoSlopeNorm(MIDDLE, LOW, HIGH)
    figure, maps = plt.subplots(1, len(titles), figsize=(15, 5.9), layout="constrained")
    for part, (one, title) in enumerate(zip(maps, titles, strict=True)):
        draw(one, grids[grids["part"] == part], cells, barriers, shades)
        one.set_title(title, fontsize=12)
    colours = mpl.cm.ScalarMappable(shades, "RdBu_r")
    figure.colorbar(colours, ax=maps, label="households in the grid (300 to 500 wanted)",
                    shrink=0.8, extend="both")  # fmt: skip
    figure.savefig(target, dpi=80)


def draw(
    one: Axes, grids: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame,
    shades: TwoSlopeNorm,
) -> None:  # fmt: skip
    """A division: grids by their households, with cells, streets and borders."""
    grids.plot(ax=one, column="households", cmap="RdBu_r", norm=shades)
    cells.boundary.plot(ax=one, color="#00000018", linewidth=0.4)
    for kind, (colour, width) in LINES.items():
        lines = barriers[barriers["kind"] == kind]
        if len(lines):
            lines.plot(ax=one, color=colour, linewidth=width)
    grids.boundary.plot(ax=one, color="#222222", linewidth=2.2)
    for shape, households in zip(grids.geometry, grids["households"], strict=True):
        spot = shape.representative_point()
        one.annotate(f"{households:.0f}", (spot.x, spot.y), ha="center", va="center", fontsize=9,
                     bbox={"boxstyle": "round", "fc": "#ffffffcc", "ec": "none"})  # fmt: skip
    one.set_axis_off()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
