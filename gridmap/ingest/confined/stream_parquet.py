"""Streams a Parquet file as it is: stream_parquet.py PATH GROUP.

Writes one line of JSON, the head or an error, then an Arrow stream of the rows from that row group
on, with the types and the metadata of the file. For files of any number of rows: where
read_parquet.py takes small steps, this one takes steps by the size of the first rows.
"""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

SAMPLE_ROWS = 64
BATCH_ROWS = 1 << 16
BATCH_BYTES = 8 << 20
BUFFER_BYTES = 1 << 20


def main() -> None:
    """Say the head, then stream the rows."""
    path, group = sys.argv[1], int(sys.argv[2])
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER_BYTES) as file:
            stream(file, group)
    except (pa.ArrowException, OSError, ValueError) as error:
        # Said before the head it is an answer; after it the stream just ends short of its mark.
        say({"error": "broken", "detail": str(error).splitlines()[0][:300]})
        sys.exit(1)


def stream(file: pq.ParquetFile, group: int) -> None:
    """The head, then the rows."""
    meta = file.metadata
    groups = [meta.row_group(i).num_rows for i in range(meta.num_row_groups)]
    first = next(file.iter_batches(batch_size=SAMPLE_ROWS), None)
    row_bytes = max(1, first.nbytes // first.num_rows) if first is not None else 1
    codec = meta.row_group(0).column(0).compression if groups and meta.num_columns else "SNAPPY"
    say({"groups": groups, "row_bytes": row_bytes, "codec": codec})
    rows = max(SAMPLE_ROWS, min(BATCH_ROWS, BATCH_BYTES // row_bytes))
    wanted = list(range(group, len(groups)))
    with pa.ipc.new_stream(sys.stdout.buffer, file.schema_arrow) as out:
        for batch in file.iter_batches(batch_size=rows, row_groups=wanted):
            out.write_batch(batch)


def say(head: dict[str, object]) -> None:
    """The one line of JSON."""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
