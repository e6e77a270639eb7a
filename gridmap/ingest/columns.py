"""Which column of the file is which field: flags first, then the profile, then the known names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gridmap.errors import CallError
from gridmap.ingest.spec import Layer
from gridmap.ingest.spellings import GEOMETRY_NAMES, LATITUDE_NAMES, LONGITUDE_NAMES


@dataclass(frozen=True)
class Mapped:
    """The columns taken: field → column of the file, and where coordinates come from.

    Exactly one of `has_geometry`, `lon`+`lat`, `wkt` is set for a layer on the map; none when the
    file has no location.
    """

    fields: Mapping[str, str]
    has_geometry: bool = False
    lon: str | None = None
    lat: str | None = None
    wkt: str | None = None

    @property
    def is_located(self) -> bool:
        """Whether rows can have a location."""
        return self.has_geometry or self.lon is not None or self.wkt is not None

    def column_of(self, field: str) -> str:
        """What a person calls the column of a field."""
        return self.fields.get(field, field)


def map_columns(
    layer: Layer,
    columns: Sequence[str],
    has_geometry: bool,
    flags: Mapping[str, str],
    profile: Mapping[str, str],
    lon: str | None = None,
    lat: str | None = None,
    constants: Mapping[str, str] = MappingProxyType({}),
) -> Mapped:
    """The mapping of a file's columns to the fields of a layer.

    Args:
        flags: `ours → theirs` from the call; a field or column that does not exist is an error.
        profile: the same from the profile; columns that this file lacks are passed over.
        lon, lat: the columns of coordinates.
        constants: fields that have one value for all rows and need no column.

    Raises:
        CallError: a flag names something unknown, or a required field has no column.
    """
    known = {_fold(column): column for column in reversed(columns)}
    fields: dict[str, str] = {}
    for field in layer.fields:
        if field.name in constants:
            continue
        if field.name in flags:
            fields[field.name] = _column_of_flag(field.name, flags[field.name], known)
            continue
        theirs = known.get(_fold(profile.get(field.name, "")))
        theirs = theirs or _first(field.names, known, set(fields.values()))
        if theirs is not None:
            fields[field.name] = theirs
    _refuse_unknown_fields(layer, (*flags, *constants))
    located = _locate(
        layer, known, has_geometry, lon or profile.get("lon"), lat or profile.get("lat")
    )
    mapped = Mapped(fields, *located)
    _refuse_missing(layer, {*fields, *constants}, mapped.is_located, columns)
    return mapped


def _locate(
    layer: Layer, known: Mapping[str, str], has_geometry: bool, lon: str | None, lat: str | None
) -> tuple[bool, str | None, str | None, str | None]:
    if layer.geometry is None:
        return False, None, None, None
    if (lon is None) != (lat is None):
        raise CallError("--lon 和 --lat 要同时给出", "--lon and --lat go together")
    if lon is not None and lat is not None:
        return False, _column_of_flag("lon", lon, known), _column_of_flag("lat", lat, known), None
    if has_geometry:
        return True, None, None, None
    east, north = _first(LONGITUDE_NAMES, known), _first(LATITUDE_NAMES, known)
    if east is not None and north is not None:
        return False, east, north, None
    return False, None, None, _first(GEOMETRY_NAMES, known)


def _column_of_flag(ours: str, theirs: str, known: Mapping[str, str]) -> str:
    column = known.get(_fold(theirs))
    if column is None:
        listed = ", ".join(list(known.values())[:40])
        raise CallError(
            f"文件里没有列“{theirs}”（对应 {ours}）；有：{listed}",
            f"the file has no column {theirs!r} (for {ours}); it has: {listed}",
        )
    return column


def _first(
    names: Sequence[str], known: Mapping[str, str], taken: set[str] | None = None
) -> str | None:
    found = (known.get(_fold(name)) for name in names)
    return next((name for name in found if name is not None and name not in (taken or ())), None)


def _refuse_unknown_fields(layer: Layer, names: Sequence[str]) -> None:
    unknown = [name for name in names if layer.field(name) is None]
    if unknown:
        fields = ", ".join(field.name for field in layer.fields)
        raise CallError(
            f"图层 {layer.name} 没有字段 {', '.join(unknown)}；有：{fields}",
            f"layer {layer.name} has no field {', '.join(unknown)}; it has: {fields}",
        )


def _refuse_missing(
    layer: Layer, given: set[str], is_located: bool, columns: Sequence[str]
) -> None:
    missing = [field.name for field in layer.fields if field.required and field.name not in given]
    if layer.geometry is not None and layer.geometry_required and not is_located:
        missing.append("geometry")
    if missing:
        names, listed = ", ".join(missing), ", ".join(columns[:40]) or "-"
        raise CallError(
            f"文件缺少 {names} 列：请用 --column {missing[0]}=列名 指明（坐标用 --lon、--lat）；"
            f"文件有：{listed}",
            f"the file has no column for {names}: name it with --column {missing[0]}=COLUMN"
            f" (coordinates with --lon and --lat); it has: {listed}",
        )


def _fold(name: str) -> str:
    return re.sub(r"[\s_]", "", name).casefold()
