"""Reads one layer of a GeoPackage or a shapefile: read_ogr.py PATH LAYER ENCODING (may be empty).

Writes one line of JSON, the head or an error, then an Arrow stream. Of GDAL's drivers only two are
ever registered: the program starts itself once more with all others in OGR_SKIP, because a driver
cannot be taken away once GDAL is up, and some follow what a file says to other files and servers.
"""

import json
import os
import sys

sys.modules["geopandas"] = sys.modules["pandas"] = None  # type: ignore[assignment] # slow, unused

import pyarrow as pa  # noqa: E402
import pyogrio  # noqa: E402

ALLOWED = {"GPKG", "ESRI Shapefile"}
BATCH_ROWS = 10_000


def main() -> None:
    """Keep only the allowed drivers, then read."""
    others = sorted(set(pyogrio.list_drivers()) - ALLOWED)
    if others:
        if os.environ.get("OGR_SKIP"):
            say({"error": "drivers", "detail": ", ".join(others)})
            return
        skip = ",".join(others)
        os.environ.update({"OGR_SKIP": skip, "GDAL_SKIP": skip})
        os.execv(sys.executable, [sys.executable, "-I", *sys.argv])  # noqa: S606
    path, layer, encoding = sys.argv[1:4]
    try:
        read(path, layer or None, encoding or None)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        say({"error": "broken", "detail": str(error)[:300]})


def read(path: str, layer: str | None, encoding: str | None) -> None:
    """Say the head, then stream the rows."""
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    if layer is None and len(names) > 1:
        say({"error": "choose", "detail": ", ".join(names[:40])})
        return
    if layer is not None and layer not in names:
        say({"error": "missing", "detail": ", ".join(names[:40])})
        return
    options = {"IMMUTABLE": "YES"} if not path.lower().endswith(".shp") else {}
    layer = layer or names[0]
    info = pyogrio.read_info(path, layer=layer, encoding=encoding, **options)
    with pyogrio.open_arrow(
        path, layer=layer, encoding=encoding, batch_size=BATCH_ROWS, use_pyarrow=True, **options
    ) as (meta, reader):
        geometry = meta["geometry_name"] or "wkb_geometry"
        has_geometry = geometry in reader.schema.names
        total = int(info["features"])
        say(
            {
                "columns": [name for name in reader.schema.names if name != geometry],
                "geometry": geometry if has_geometry else None,
                "crs": info["crs"],
                "total": total if total >= 0 else None,
            }
        )
        with pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)


def say(head: dict[str, object]) -> None:
    """The one line of JSON."""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
