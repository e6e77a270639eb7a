"""GeoJSON files as batches, through the bounded reader of `geo.geojson`. GDAL never sees them."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyproj
from pyproj.exceptions import CRSError

from gridmap.errors import DataError
from gridmap.geo.geojson import Feature, crs_name, read_features
from gridmap.ingest.batch import BATCH_CHARACTERS, BATCH_ROWS, MAX_COLUMNS, Batch
from gridmap.ingest.readers.encoding import encoding_of
from gridmap.profiles import Message

_HEAD_CHARACTERS = 1 << 16
_LOOK_AHEAD = 10_000


class GeojsonSource:
    """A collection or one feature per line; its columns are the properties of the first 10,000."""

    has_geometry = True
    total: int | None = None

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        """Raises: DataError: wrong encoding, no GeoJSON, too many properties."""
        self._path = path
        self._told: set[str] = set()
        self._encoding = encoding_of(path, encoding)
        with path.open(encoding=self._encoding) as stream:
            self.crs = _written_crs(stream.read(_HEAD_CHARACTERS), path.name)
            stream.seek(0)
            first = islice(read_features(stream), _LOOK_AHEAD)
            names = dict.fromkeys(name for feature in first for name in feature.properties)
        self.columns = list(names)
        if len(self.columns) > MAX_COLUMNS:
            raise DataError(
                f"{path.name} 有 {len(names):,} 个属性，最多 {MAX_COLUMNS:,} 个",
                f"{path.name} has {len(names):,} properties, at most {MAX_COLUMNS:,} are read",
            )

    def batches(self) -> Iterator[Batch]:
        """The features; numbers count from 1.

        Raises:
            DataError: cut off or no longer GeoJSON somewhere inside.
        """
        with self._path.open(encoding=self._encoding) as stream:
            some: list[Feature] = []
            first = 1
            size = 0
            for feature in read_features(stream):
                some.append(feature)
                size += feature.size
                if len(some) == BATCH_ROWS or size > BATCH_CHARACTERS:
                    yield self._batch(some, first)
                    first, some, size = first + len(some), [], 0
            yield self._batch(some, first)

    def close(self) -> None:
        """Nothing is held open between batches."""

    def _batch(self, features: list[Feature], first: int) -> Batch:
        columns = {name: [f.properties.get(name) for f in features] for name in self.columns}
        shapes = np.full(len(features), None, dtype=object)
        for index, feature in enumerate(features):
            shapes[index] = feature.geometry
        unreadable = {i: Message(*f.flaw) for i, f in enumerate(features) if f.flaw is not None}
        batch = Batch(list(range(first, first + len(features))), columns, shapes, unreadable)
        late = {name for f in features for name in f.properties} - set(self.columns) - self._told
        if late:
            self._told |= late
            names = ", ".join(sorted(late)[:20])
            batch.notes.append(
                Message(
                    f"属性 {names} 在前 {_LOOK_AHEAD:,} 个要素之后才出现，没有读取",
                    f"the properties {names} first occur after {_LOOK_AHEAD:,} features"
                    " and were not read",
                )
            )
        return batch


def _written_crs(head: str, file: str) -> pyproj.CRS:
    """What the old `crs` member says, else longitude and latitude of WGS 84 (RFC 7946)."""
    name = crs_name(head)
    if name is None:
        return pyproj.CRS.from_epsg(4326)
    code = name.rsplit(":", 1)[-1]
    try:
        if name.upper().endswith("CRS84"):
            return pyproj.CRS.from_epsg(4326)
        return pyproj.CRS.from_epsg(int(code))
    except (ValueError, CRSError) as error:
        raise DataError(
            f"{file} 写明的坐标系 {name!r} 无法识别：请改正或删去 crs",
            f"the CRS {name!r} written in {file} is not known: correct or remove its crs member",
        ) from error
