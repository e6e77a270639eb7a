"""GeoJSON files as batches, through the bounded reader of `geo.geojson`. GDAL never sees them."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyproj
from pyproj.exceptions import CRSError

from gridmap.errors import DataError
from gridmap.geo.geojson import Feature, crs_name, read_features
from gridmap.ingest.batch import BATCH_ROWS, MAX_COLUMNS, Batch
from gridmap.ingest.readers.encoding import encoding_of
from gridmap.profiles import Message

_HEAD_CHARACTERS = 1 << 16
_LOOK_AHEAD = 1_000


class GeojsonSource:
    """A collection or one feature per line; its columns are the properties of the first 1,000."""

    has_geometry = True
    total: int | None = None

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        """Raises: DataError: wrong encoding, no GeoJSON, too many properties."""
        self._path = path
        self._encoding = encoding_of(path, encoding)
        with path.open(encoding=self._encoding) as stream:
            self.crs = _written_crs(stream.read(_HEAD_CHARACTERS), path.name)
            stream.seek(0)
            first = list(islice(read_features(stream), _LOOK_AHEAD))
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
            features = read_features(stream)
            first = 1
            while some := list(islice(features, BATCH_ROWS)):
                yield self._batch(some, first)
                first += len(some)

    def close(self) -> None:
        """Nothing is held open between batches."""

    def _batch(self, features: list[Feature], first: int) -> Batch:
        columns = {name: [f.properties.get(name) for f in features] for name in self.columns}
        shapes = np.full(len(features), None, dtype=object)
        for index, feature in enumerate(features):
            shapes[index] = feature.geometry
        unreadable = {i: Message(*f.flaw) for i, f in enumerate(features) if f.flaw is not None}
        return Batch(list(range(first, first + len(features))), columns, shapes, unreadable)


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
