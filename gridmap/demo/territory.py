"""The inputs of a synthetic county: its real outline, codes, names and census, and where its
valleys lie.
"""

import tomllib
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from shapely.geometry import MultiPolygon, Polygon

from gridmap.errors import CallError, DataError
from gridmap.geo.crs import STORED

Place = tuple[float, float]
Side = Literal["core", "east", "west", "north", "south"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Quarter(_Part):
    """A village or community that owns a part of the built-up town, and on which side."""

    code: str
    side: Side


class TownInput(_Part):
    """The county town: centre in degrees, extent along and across its river in metres."""

    name: str
    center: Place
    length_m: float = Field(gt=0)
    north_m: float = Field(gt=0)
    south_m: float = Field(gt=0)
    urban_grids: int = Field(gt=0)
    quarters: tuple[Quarter, ...]


class Valley(_Part):
    """A river by its bends, in degrees, from the source to the mouth."""

    name: str
    bends: tuple[Place, ...] = Field(min_length=2)


class Seat(_Part):
    """Where a township is governed from: a village code and a place in degrees."""

    village: str
    at: Place


class Gate(_Part):
    """A numbered road that leaves the county towards a place in degrees."""

    ref: str
    at: Place


class Layout(_Part):
    """`territory.toml` of a county."""

    grid_count: int = Field(gt=0)
    elevation_m: float
    town: TownInput
    river: Valley
    tributaries: tuple[Valley, ...]
    seats: tuple[Seat, ...]
    gates: tuple[Gate, ...]


class Territory(BaseModel):
    """A county as the generator sees it.

    `outline` is lon/lat (EPSG:4490). `units` has code, name, level, parent_code of every township
    and village. `census` is the row of the 2020 census of the county, by its Chinese column
    names.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    code: str
    name: str
    outline: Polygon | MultiPolygon
    units: pd.DataFrame
    census: dict[str, float]
    layout: Layout


def short_name(name: str) -> str:
    """The name of the place of a committee: 东街村委会 → 东街村, 东城社区居委会 → 东城社区."""
    for tail, kept in (
        ("村村委会", "村"),
        ("村委会", "村"),
        ("社区居委会", "社区"),
        ("居委会", "社区"),
    ):
        if name.endswith(tail):
            return name[: -len(tail)] + kept
    return name


def read_territory(name: str, data_dir: Path) -> Territory:
    """The inputs in `data_dir`/`name`.

    Raises:
        CallError: this county has no demo inputs; says which file is missing.
        DataError: the layout file is wrong; names the fields.
    """
    folder = data_dir / name
    for file in ("territory.toml", "outline.geojson", "units.csv", "census2020.csv"):
        if not (folder / file).is_file():
            raise CallError(
                f"县域 {name} 还没有示范数据：缺少 {folder / file}；可用 kelan",
                f"there is no demo of {name}: {folder / file} is missing; kelan has one",
            )
    try:
        layout = Layout.model_validate(
            tomllib.loads((folder / "territory.toml").read_text("utf-8"))
        )
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise DataError(
            f"{folder / 'territory.toml'} 有错：{error}",
            f"{folder / 'territory.toml'} is wrong: {error}",
        ) from error
    outline = gpd.read_file(folder / "outline.geojson")
    units = pd.read_csv(folder / "units.csv", dtype=str)
    units["name"] = units["name"].map(short_name)
    census = pd.read_csv(folder / "census2020.csv").iloc[0]
    return Territory(
        code=str(outline["code"].iloc[0]),
        name=str(outline["name"].iloc[0]),
        outline=outline.geometry.iloc[0],
        units=units,
        census={str(key): float(value) for key, value in census.items() if _is_number(value)},
        layout=layout,
    )


def to_metres(places: list[Place] | tuple[Place, ...], area_srid: int) -> gpd.GeoSeries:
    """Lon/lat pairs as points in the Gauss-Krueger zone, metres."""
    xs, ys = [p[0] for p in places], [p[1] for p in places]
    return gpd.GeoSeries(gpd.points_from_xy(xs, ys), crs=STORED).to_crs(area_srid)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or hasattr(value, "dtype")
