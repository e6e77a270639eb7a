"""The reader for a file, chosen by its content."""

from gridmap.errors import CallError
from gridmap.ingest.batch import Source
from gridmap.ingest.readers.delimited import DelimitedSource
from gridmap.ingest.readers.excel import ExcelSource
from gridmap.ingest.readers.geojson import GeojsonSource
from gridmap.ingest.readers.kinds import FileKind, kind_of, local_file
from gridmap.ingest.readers.ogr import OgrSource, ShapefileSource
from gridmap.ingest.readers.parquet import ParquetSource


def open_source(name: str, sheet: str | None = None, encoding: str | None = None) -> Source:
    """An opened source for the file of that name.

    Args:
        sheet: the sheet of a workbook, or the layer in a GeoPackage.
        encoding: of a text file or a dBASE table, where it cannot be told from the bytes.

    Raises:
        CallError: no local file, or an option that this kind of file does not have.
        DataError: a file that is broken, hostile or of no known kind.
    """
    path = local_file(name)
    kind = kind_of(path)
    if sheet is not None and kind not in {FileKind.EXCEL, FileKind.GEOPACKAGE}:
        raise CallError(
            f"{path.name} 里没有工作表或子图层可选",
            f"{path.name} has no sheets or layers to choose",
        )
    if kind is FileKind.PARQUET:
        return ParquetSource(path)
    if kind is FileKind.GEOJSON:
        return GeojsonSource(path, encoding)
    if kind is FileKind.EXCEL:
        return ExcelSource(path, sheet)
    if kind is FileKind.GEOPACKAGE:
        return OgrSource(path, path.name, sheet or "")
    if kind in {FileKind.SHAPEFILE, FileKind.ZIPPED_SHAPEFILE}:
        return ShapefileSource(path, kind is FileKind.ZIPPED_SHAPEFILE, encoding)
    return DelimitedSource(path, encoding)
