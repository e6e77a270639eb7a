"""Folium maps that need no network: every script, style and picture is inside the page.

The only module that names folium. Its own libraries come as links to servers far away; an
`OfflineMap` carries Leaflet from this package instead, as `data:` addresses, so that the page
works from a memory stick and inside a notebook.
"""

import html
import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeAlias

import folium
from branca.element import Element, Figure, MacroElement
from folium.elements import JSCSSMixin
from folium.template import Template

from gridmap.heatmap.player import Features, player_data
from gridmap.heatmap.selection import Period
from gridmap.heatmap.store import CellCount
from gridmap.heatmap.summary import Summary

Style: TypeAlias = dict[str, Any]
Bounds: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""

_ASSETS = files("gridmap.heatmap") / "assets"
_MEDIA = {"js": "text/javascript", "css": "text/css", "png": "image/png"}
_PICTURE = re.compile(r"url\(images/([a-z0-9-]+\.png)\)")
_BASE_FILLS = {"water": "#b5d4e6", "green": "#dfe9d1", "settlement": "#ece4d6"}
_BASE_LINES = {"road": "#d9cdb6", "river": "#8fbcd6", "railway": "#9a9fa8"}
_WIDE = {"motorway", "trunk", "national", "primary", "provincial", "river"}
_MOST_ZOOM = 18


def data_url(asset: str) -> str:
    """A file of this package as an address that holds the whole file."""
    content = (_ASSETS / asset).read_bytes()
    if asset == "leaflet.css":
        text = _PICTURE.sub(lambda found: f"url({data_url(found.group(1))})", content.decode())
        content = text.encode()
    return f"data:{_MEDIA[asset.rpartition('.')[2]]};base64,{b64encode(content).decode()}"


class OfflineMap(folium.Map):
    """A folium map without tile server and without links; folium's own layers work on it.

    Plugins of folium bring links of their own and need the network.
    """

    default_js = [("leaflet", data_url("leaflet.js"))]  # noqa: RUF012
    default_css = [  # noqa: RUF012
        ("leaflet_css", data_url("leaflet.css")),
        ("heat_css", data_url("player.css")),
    ]

    def __init__(self, bounds: Bounds, *, bottom: int = 12, **options: Any) -> None:
        """Show the box; `bottom` pixels at the lower edge are kept free."""
        west, south, east, north = bounds
        super().__init__(
            location=[(south + north) / 2, (west + east) / 2],
            tiles=None,
            prefer_canvas=True,
            max_zoom=_MOST_ZOOM,
            attribution_control=False,
            zoom_snap=0.25,
            **options,
        )
        self.fit_bounds(
            [[south, west], [north, east]],
            padding_top_left=(12, 12),
            padding_bottom_right=(12, bottom),
        )
        self.add_child(_OwnIcons())


class _OwnIcons(MacroElement):
    """Markers with pictures from the page; and the one call of jQuery that folium's popups make."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}
        <link rel="icon" href="data:,">
        <script>
            L.Icon.Default.mergeOptions({{ this.pictures|tojson }});
            delete L.Icon.Default.prototype._getIconUrl;
            window.$ = window.$ || (text => {
                const made = document.createElement("template");
                made.innerHTML = text.trim();
                return made.content.children;
            });
        </script>
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "OwnIcons"
        self.pictures = {
            "iconUrl": data_url("marker-icon.png"),
            "iconRetinaUrl": data_url("marker-icon-2x.png"),
            "shadowUrl": data_url("marker-shadow.png"),
        }


class _Heat(JSCSSMixin):
    """Calls one function of player.js with the map and its arguments."""

    default_js = [  # noqa: RUF012
        ("leaflet_heat", data_url("leaflet-heat.js")),
        ("heat_player", data_url("player.js")),
    ]
    _template = Template(
        """
        {% macro script(this, kwargs) %}
            {{ this.call }}({{ this._parent.get_name() }}, ...{{ this.arguments|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, call: str, *arguments: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Heat"
        self.call = call
        self.arguments = arguments


@dataclass(frozen=True)
class Backdrop:
    """What heat is seen against: GeoJSON features (EPSG:4490) of a day."""

    base: Features
    townships: Features
    grids: Features


def heat_page(
    summary: Summary, period: Period | None, cells: Sequence[CellCount], backdrop: Backdrop
) -> str:
    """The commander's heat map as one HTML page with a player, complete in itself."""
    data = player_data(summary, period, cells, backdrop.townships)
    drawn = [*backdrop.townships, *backdrop.grids]
    page = OfflineMap(_bounds(drawn, data["cells"]), bottom=84)
    add_backdrop(page, backdrop)
    page.add_child(_Heat("gridmapHeat", data))
    folium.LayerControl(position="topleft", collapsed=True).add_to(page)
    figure = page.get_root()
    assert isinstance(figure, Figure)
    figure.title = "事件热力图 Incident heat map"
    return str(figure.render())


def add_backdrop(page: folium.Map, backdrop: Backdrop) -> None:
    """Draw base map, townships and grids, from the ground up."""
    add_features(
        page,
        [one for one in backdrop.townships if one["geometry"]],
        "乡镇底色 land",
        style=lambda _: {"stroke": False, "fillColor": "#f6f4ee", "fillOpacity": 1},
    )
    add_features(page, backdrop.base, "底图 base map", style=_base_style)
    add_features(
        page,
        backdrop.grids,
        "网格 grids",
        style=lambda _: {"color": "#4d6b93", "weight": 0.7, "opacity": 0.4, "fillOpacity": 0},
        fields={"name": "网格", "code": "编码"},
    )
    add_features(
        page,
        backdrop.townships,
        "乡镇 townships",
        style=lambda _: {"color": "#7c5f96", "weight": 2, "opacity": 0.8, "fill": False},
    )


def add_features(
    page: folium.Map,
    features: Features,
    name: str,
    *,
    style: Callable[[Mapping[str, Any]], Style],
    fields: Mapping[str, str] | None = None,
) -> None:
    """Add GeoJSON features as a layer one can switch off.

    Args:
        style: a feature's Leaflet path options.
        fields: properties to show under the pointer, with their labels.
    """
    if not features:
        return
    shown = [{**one, "properties": _escaped(one["properties"])} for one in features]
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": shown},
        name=name,
        style_function=style,
        marker=folium.CircleMarker(radius=4, weight=1, fill=True, fill_opacity=0.7),
        # On a canvas even a shape without fill would take the pointer from those below it.
        interactive=bool(fields),
    )
    if fields:
        folium.GeoJsonTooltip(list(fields), aliases=list(fields.values())).add_to(layer)
    layer.add_to(page)


def add_heat(page: folium.Map, places: Sequence[tuple[float, float]], counts: list[int]) -> None:
    """Add heat without a player. `places` are (lon, lat)."""
    page.add_child(_Heat("gridmapBlobs", [[lat, lon] for lon, lat in places], counts))


def add_legend(page: folium.Map, title: str, classes: Sequence[tuple[str, str]]) -> None:
    """Add a legend of (colour, label)."""
    rows = "".join(
        f'<p style="margin:2px 0"><i style="display:inline-block;width:14px;height:10px;'
        f'margin-right:6px;background:{colour}"></i>{html.escape(label)}</p>'
        for colour, label in classes
    )
    figure = page.get_root()
    assert isinstance(figure, Figure)
    figure.html.add_child(
        Element(
            '<section class="heat-panel" style="width:auto;padding:8px 12px">'
            f"<b>{html.escape(title)}</b>{rows}</section>"
        )
    )


def _escaped(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Folium's tooltips are HTML: a name must stay a name."""
    return {
        key: html.escape(value) if isinstance(value, str) else value
        for key, value in properties.items()
    }


def _base_style(feature: Mapping[str, Any]) -> Style:
    properties = feature["properties"]
    kind = properties["kind"]
    if "Polygon" in feature["geometry"]["type"]:
        return {"stroke": False, "fillColor": _BASE_FILLS.get(kind, "#ece4d6"), "fillOpacity": 0.8}
    wide = properties["class"] in _WIDE
    return {
        "color": _BASE_LINES.get(kind, "#d3ccbe"),
        "weight": 1.8 if wide else 0.6,
        "fill": False,
    }


def _bounds(features: Features, places: Sequence[Sequence[float]]) -> Bounds:
    """The box around the territory; around the incidents when there is none."""
    numbers = re.compile(r"\[(-?[\d.]+(?:e-?\d+)?), (-?[\d.]+(?:e-?\d+)?)")
    found = [
        (float(lon), float(lat))
        for feature in features
        for lon, lat in numbers.findall(json.dumps(feature["geometry"]))
    ] or [(lon, lat) for lat, lon in places]
    if not found:
        return (73.0, 18.0, 135.0, 54.0)
    lons, lats = zip(*found, strict=True)
    return (min(lons), min(lats), max(lons), max(lats))
