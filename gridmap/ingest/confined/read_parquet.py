"""Reads a Parquet file: read_parquet.py PATH.

Writes one line of JSON, the head or an error, then an Arrow stream in batches of bounded size. A
few bytes of Parquet can stand for gigabytes of rows: behind the walls that ends this program only.
"""

import json
import sys
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

BATCH_ROWS = 10_000
BATCH_BYTES = 32 << 20
STEP_ROWS = 64
GEOMETRY_NAMES = ("geometry", "geom", "wkb_geometry")


def main() -> None:
    """Say the head, then stream the rows."""
    try:
        with pq.ParquetFile(sys.argv[1], memory_map=False, pre_buffer=False) as file:
            read(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        # Said before the head it is an answer; after it the stream just ends short of its mark.
        say({"error": "broken", "detail": str(error).splitlines()[0][:300]})
        sys.exit(1)


def read(file: pq.ParquetFile) -> None:
    """The head, then the rows."""
    schema = file.schema_arrow
    geo = (schema.metadata or {}).get(b"geo")
    binary = [field.name for field in schema if is_binary(field.type)]
    say(
        {
            "columns": schema.names,
            "binary": binary,
            "geo": None if geo is None else geo.decode("utf-8", "replace"),
            "total": file.metadata.num_rows,
        }
    )
    plain = pa.schema([pa.field(f.name, storage(f.type)) for f in schema])
    with pa.ipc.new_stream(sys.stdout.buffer, plain) as stream:
        for table in gathered(file):
            for batch in table.cast(plain).combine_chunks().to_batches():
                stream.write_batch(batch)


def gathered(file: pq.ParquetFile) -> Iterator[pa.Table]:
    """Rows in tables of bounded size, read in small steps so that no step is large."""
    some: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in file.iter_batches(batch_size=STEP_ROWS):
        some.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= BATCH_ROWS or size >= BATCH_BYTES:
            yield pa.Table.from_batches(some)
            some, rows, size = [], 0, 0
    if some:
        yield pa.Table.from_batches(some)


def storage(kind: pa.DataType) -> pa.DataType:
    """The type without extensions and dictionaries."""
    if isinstance(kind, pa.BaseExtensionType):
        return storage(kind.storage_type)
    return storage(kind.value_type) if pa.types.is_dictionary(kind) else kind


def is_binary(kind: pa.DataType) -> bool:
    """Whether values are bytes."""
    plain = storage(kind)
    return bool(pa.types.is_binary(plain) or pa.types.is_large_binary(plain))


def say(head: dict[str, object]) -> None:
    """The one line of JSON."""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
