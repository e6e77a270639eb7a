"""GeoJSON from strangers, read in a stream with bounds: RFC 7946 and one feature per line.

The text is cut into features by counting braces outside strings, and each feature is decoded by
itself: a file of any size needs the memory of one feature, and a feature may not be large, deep or
long without end. NaN and Infinity, which Python and JavaScript tools write against the standard,
make one row bad, not the file.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TextIO

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import DataError

MAX_FEATURE_CHARACTERS = 16 << 20
_CHUNK_CHARACTERS = 1 << 18
_MAX_OUTER_DEPTH = 64
_STRING = r'"(?:[^"\\]|\\.)*+\\?(?:"|(?P<open>\Z))'
_EVERY_BRACKET = re.compile(_STRING + r"|[{}\[\]]", re.DOTALL)
_BRACES = re.compile(_STRING + r"|[{}]", re.DOTALL)
_BETWEEN = " \t\r\n,\x1e\ufeff"
_CRS_NAME = re.compile(r'"crs"\s*:\s*\{[^{}]*\{[^{}]*"name"\s*:\s*"([^"]{1,80})"')


class Flaw(NamedTuple):
    """Why a feature cannot be read, in Chinese and in English."""

    zh: str
    en: str


_NOT_FINITE = Flaw("坐标是 NaN 或无穷大", "coordinates are NaN or infinite")
_TOO_LARGE = Flaw(
    f"要素超过 {MAX_FEATURE_CHARACTERS:,} 个字符（顶点太多）：请先化简或拆分",
    f"the feature has over {MAX_FEATURE_CHARACTERS:,} characters (too many vertices):"
    " simplify or split it first",
)
_BROKEN = Flaw("不是正确的 GeoJSON 要素", "this is no well-formed GeoJSON feature")
_BAD_COORDINATES = Flaw("坐标数组不合规", "the coordinates are not well-formed")


@dataclass(frozen=True)
class Feature:
    """One feature: its properties and its geometry in the file's CRS, or its flaw.

    `size` is the length of its text in characters.
    """

    properties: dict[str, object]
    geometry: shapely.Geometry | None
    flaw: Flaw | None = None
    size: int = 0


def read_features(stream: TextIO) -> Iterator[Feature]:
    """The features of a text stream, in order; bad ones carry their flaw.

    Raises:
        DataError: no GeoJSON features, cut off, or nested without end.
    """
    return (_feature(piece) for piece in _Cutter(stream).pieces())


def crs_name(head: str) -> str | None:
    """The name in the old `crs` member (GeoJSON 2008) at the head of a file, if there is one."""
    found = _CRS_NAME.search(head.split('"features"')[0])
    return found.group(1) if found else None


class _Cutter:
    """Cuts a stream into the texts of its features; a too long one comes as None."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._buffer = stream.read(_CHUNK_CHARACTERS)
        self._at = 0  # scanned up to here
        self._start: int | None = None  # where the feature being read begins
        self._too_long = False

    def pieces(self) -> Iterator[str | None]:
        is_wrapped = self._is_wrapped()
        depth = base = 2 if is_wrapped else 0
        if is_wrapped:
            self._skip_to_features()
        found_any = is_wrapped
        while True:
            token = self._next(_EVERY_BRACKET)
            if token is None:
                break
            if depth == base and token.group() == "{":
                found_any = True
                yield self._piece(token)
                continue
            if not is_wrapped or token.group() != "]":
                raise _no_geojson()
            depth = self._skip_rest()
            break
        if (is_wrapped and depth != 0) or not found_any:
            raise _cut_off()

    def _is_wrapped(self) -> bool:
        """Whether features lie in a collection, as against one after the other."""
        depth, key = 0, ""
        for token in _EVERY_BRACKET.finditer(self._buffer):
            mark = token.group()
            depth += (mark in "{[") - (mark in "}]")
            if depth == 1 and mark[0] == '"':
                if key == '"type"':
                    return mark != '"Feature"'
                key = mark
                if key in {'"features"', '"geometry"', '"properties"'}:
                    return key == '"features"'
            if depth > _MAX_OUTER_DEPTH:
                break
        raise _no_geojson()

    def _skip_to_features(self) -> None:
        """Go behind the bracket that opens the features."""
        depth, last = 0, ""
        while (token := self._next(_EVERY_BRACKET)) is not None:
            mark = token.group()
            depth += (mark in "{[") - (mark in "}]")
            self._at = token.end()
            if depth == 2 and mark == "[" and last == '"features"':
                return
            if depth > _MAX_OUTER_DEPTH or depth == 0:
                raise _no_geojson()
            last = mark
        raise _cut_off()

    def _skip_rest(self) -> int:
        """Go through what follows the features; the depth at the end, 0 if all is closed."""
        depth = 2
        while (token := self._next(_EVERY_BRACKET)) is not None:
            mark = token.group()
            depth += (mark in "{[") - (mark in "}]")
            self._at = token.end()
            if not 0 <= depth <= _MAX_OUTER_DEPTH:
                raise _no_geojson()
        return depth

    def _piece(self, opening: re.Match[str]) -> str | None:
        """The text of the feature that opens here."""
        if self._buffer[self._at : opening.start()].strip(_BETWEEN):
            raise _no_geojson()
        self._start, self._too_long = opening.start(), False
        self._at, depth = opening.end(), 1
        while depth > 0:
            token = self._next(_BRACES)
            if token is None:
                raise _cut_off()
            mark = token.group()
            depth += (mark == "{") - (mark == "}")
            self._at = token.end()
        written = self._buffer[self._start or 0 : self._at]
        self._start = None
        return None if self._too_long or len(written) > MAX_FEATURE_CHARACTERS else written

    def _next(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The next token, reading on as needed; None at the end."""
        while True:
            token = pattern.search(self._buffer, self._at)
            if token is not None and token["open"] is None:
                return token
            if token is None and self._start is not None:
                self._at = len(self._buffer)
            if not self._read_on():
                if token is not None:
                    raise _cut_off()
                return None

    def _read_on(self) -> bool:
        if self._start is not None and len(self._buffer) - self._start > MAX_FEATURE_CHARACTERS:
            self._start, self._too_long = None, True
        keep = self._at if self._start is None else self._start
        if len(self._buffer) - keep > 2 * MAX_FEATURE_CHARACTERS:
            raise DataError(
                "GeoJSON 里有一段没有尽头的文字", "the GeoJSON holds a text that does not end"
            )
        more = self._stream.read(max(_CHUNK_CHARACTERS, len(self._buffer) - keep))
        self._buffer = self._buffer[keep:] + more
        self._at -= keep
        if self._start is not None:
            self._start = 0
        return more != ""


def _no_geojson() -> DataError:
    return DataError(
        "文件不是 GeoJSON：应为 FeatureCollection，或每行一个 Feature",
        "the file is not GeoJSON: a FeatureCollection, or one Feature per line, is expected",
    )


def _cut_off() -> DataError:
    return DataError(
        "GeoJSON 文件不完整：结尾缺失，可能没有传完",
        "the GeoJSON file is cut off: its end is missing",
    )


def _feature(written: str | None) -> Feature:
    if written is None:
        return Feature({}, None, _TOO_LARGE)
    try:
        made = json.loads(written)
    except (ValueError, RecursionError):
        return Feature({}, None, _BROKEN)
    properties = made.get("properties") or {}
    if made.get("type") != "Feature" or not isinstance(properties, dict):
        return Feature({}, None, _BROKEN)
    if "id" in made and "id" not in properties:
        properties["id"] = made["id"]
    shape = made.get("geometry")
    if shape is None:
        return Feature(properties, None, size=len(written))
    geometry, flaw = _geometry(shape)
    return Feature(properties, geometry, flaw, len(written))


def _geometry(shape: object) -> tuple[shapely.Geometry | None, Flaw | None]:
    if not isinstance(shape, dict) or not isinstance(shape.get("type"), str):
        return None, _BROKEN
    build = _BUILDERS.get(shape["type"])
    if build is None:
        kind = str(shape["type"])[:40]
        return None, Flaw(f"不支持图形类型 {kind}", f"geometry type {kind} is not supported")
    try:
        return build(shape.get("coordinates")), None
    except _NonFinite:
        return None, _NOT_FINITE
    except (ValueError, TypeError, RecursionError, shapely.errors.ShapelyError):
        return None, _BAD_COORDINATES


class _NonFinite(Exception):
    pass


def _vertices(written: object, at_least: int) -> NDArray[np.float64]:
    """Positions as an array (n, 2); a third number is dropped."""
    if not isinstance(written, list) or len(written) < at_least:
        raise ValueError(written)
    made = np.array(written)
    if made.ndim != 2 or made.dtype.kind not in "fi" or not 2 <= made.shape[1] <= 4:
        raise ValueError(made.shape)
    if not np.isfinite(made).all():
        raise _NonFinite
    return made[:, :2].astype(np.float64)


def _point(written: object) -> shapely.Point:
    return shapely.Point(_vertices([written], 1)[0])


def _line(written: object) -> shapely.LineString:
    return shapely.LineString(_vertices(written, 2))


def _polygon(written: object) -> shapely.Polygon:
    rings = [_vertices(ring, 4) for ring in _parts(written)]
    return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()


def _parts(written: object) -> list[object]:
    if not isinstance(written, list):
        raise TypeError(type(written))
    return written


def _multi_point(written: object) -> shapely.MultiPoint:
    return shapely.MultiPoint([_point(part) for part in _parts(written)])


def _multi_line(written: object) -> shapely.MultiLineString:
    return shapely.MultiLineString([_line(part) for part in _parts(written)])


def _multi_polygon(written: object) -> shapely.MultiPolygon:
    parts = _parts(written)
    if not all(parts):  # a few bytes each, and a million of them take half a minute
        raise ValueError(written)
    return shapely.MultiPolygon([_polygon(part) for part in parts])


_BUILDERS: dict[str, Callable[[object], shapely.Geometry]] = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": _multi_point,
    "MultiLineString": _multi_line,
    "MultiPolygon": _multi_polygon,
}
