"""The finished demo county as tables, and how it is written to files for the public load path."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

Town = dict[str, pd.DataFrame]
"""Layer name → table; layers with geometry are GeoDataFrames in EPSG:4490."""

LAYERS = (
    "admin_units",
    "grids",
    "postings",
    "base_features",
    "buildings",
    "dwellings",
    "households",
    "residents",
    "assets",
    "organisations",
    "incidents",
)
"""The layers of a town, in the order in which they can be loaded."""


def write_town(town: Town, folder: Path) -> dict[str, Path]:
    """One GeoParquet (with geometry) or Parquet file per layer in `folder`; layer → file."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for layer in LAYERS:
        table = town[layer]
        files[layer] = folder / f"{layer}.parquet"
        if isinstance(table, gpd.GeoDataFrame):
            table.to_parquet(files[layer], index=False, compression="zstd", geometry_encoding="WKB")
        else:
            table.to_parquet(files[layer], index=False, compression="zstd")
    return files
