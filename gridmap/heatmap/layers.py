"""The tile layers: their statements, what they depend on, from which zoom they are drawn. Pure."""

from dataclasses import dataclass

from gridmap.errors import NotFound

MOST_ZOOM = 22
POINTS_FROM_ZOOM = 12
"""From this zoom every incident is a feature of its own; below, cells count them."""

CELLS = 64
"""Cells along one side of a tile, in heat tiles and in incident tiles of low zooms."""

WORLD_M = 40075016.685578488
"""The side of the Web Mercator square, in its metres."""

_HOMES = ("buildings", "dwellings", "households")


@dataclass(frozen=True)
class TileLayer:
    """What one layer's tiles are made from.

    Attributes:
        statement: the `.sql` file below gridmap/heatmap/sql, without its ending.
        depends: the layers whose versions make up the ETag.
        first_zoom: below it the tiles are empty.
        dated: the tile shows the territory of one day.
        selects: the tile takes a selection of incidents.
    """

    statement: str
    depends: tuple[str, ...]
    first_zoom: int = 0
    dated: bool = False
    selects: bool = False
    level: str | None = None


LAYERS = {
    "base": TileLayer("base", ("base_features",)),
    "townships": TileLayer("units", ("admin_units",), dated=True, level="township_level"),
    "villages": TileLayer(
        "units", ("admin_units",), first_zoom=8, dated=True, level="community_level"
    ),
    "grids": TileLayer("grids", ("grids", "incidents", *_HOMES), first_zoom=9, dated=True),
    "buildings": TileLayer("buildings", _HOMES, first_zoom=13),
    "incidents": TileLayer("incidents", ("incidents",), selects=True),
    "heat": TileLayer("heat", ("incidents",), selects=True),
}


@dataclass(frozen=True)
class TileAddress:
    """One tile: layer, zoom, column from the west, row from the north."""

    layer: str
    z: int
    x: int
    y: int

    @property
    def source(self) -> TileLayer:
        """What the tile is made from."""
        return LAYERS[self.layer]

    @property
    def statement(self) -> str:
        """The statement that draws the tile at its zoom."""
        binned = self.layer == "incidents" and self.z < POINTS_FROM_ZOOM
        return "incident_cells" if binned else self.source.statement

    @property
    def cells_per_m(self) -> float:
        """How many cells lie along one Web Mercator metre at the tile's zoom."""
        return (CELLS << self.z) / WORLD_M

    @property
    def unit_m(self) -> float:
        """A 2048th of the tile's side, in Web Mercator metres: a quarter of a pixel on screen."""
        return WORLD_M / (2048 << self.z)


def tile_address(layer: str, z: int, x: int, y: int) -> TileAddress:
    """The address, checked.

    Raises:
        NotFound: no such layer (lists the layers), or no such tile.
    """
    if layer not in LAYERS:
        known = ", ".join(LAYERS)
        raise NotFound(
            f"没有名为 {layer} 的瓦片图层；可用的有：{known}",
            f"there is no tile layer {layer}; known: {known}",
        )
    if not (0 <= z <= MOST_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise NotFound(
            f"没有瓦片 {z}/{x}/{y}：级别为 0 至 {MOST_ZOOM}，行列号从 0 起，小于 2^级别",
            f"there is no tile {z}/{x}/{y}: zooms go from 0 to {MOST_ZOOM}, "
            "columns and rows from 0 to below 2^zoom",
        )
    return TileAddress(layer, z, x, y)
