"""Writes what a reader streams into one Parquet file, and streams what is in such files.

Where they are kept is not known here.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from resources.lake_paths import LakePath, readable

GROUP_ROWS = 1 << 20
"""Rows in a row group; what is not written yet is kept in memory."""

GROUP_BYTES = 1 << 27
"""Bytes in a row group, unless somebody wants fewer in memory."""


def write_parquet(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    path: Path,
    extra: Mapping[str, str],
    group_bytes: int = GROUP_BYTES,
) -> int:
    """Write all batches to one file; give the number of their rows.

    ``extra``: columns that have one text in every row, which come first. ``group_bytes``: a row
    group is written earlier when it holds as many. Without rows it is a file with the schema alone.
    When anything fails, no file is left.
    """
    constants = [pa.field(name, pa.dictionary(pa.int32(), pa.string())) for name in extra]
    whole = pa.schema([*constants, *schema])
    rows = 0
    try:
        with (
            pq.ParquetWriter(path, whole, **_options(whole, extra)) as writer,
            closing(_groups(batches, schema, group_bytes)) as groups,
        ):
            for group in groups:
                columns = [_constant(value, len(group)) for value in extra.values()]
                table = pa.Table.from_arrays([*columns, *group.columns], schema=whole)
                writer.write_table(table, row_group_size=GROUP_ROWS)
                rows += len(group)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return rows


def read_parquet(
    files: Iterable[LakePath], most: int, columns: list[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Give the rows of files one after the other, no more than ``most`` at a time.

    All ``columns`` are read, unless some are named. In one thread: several take more processor time
    and are no sooner done with so few rows.
    """
    for file in files:
        with pq.ParquetFile(readable(file)) as parquet:
            yield from parquet.iter_batches(most, columns=columns, use_threads=False)


def _options(schema: pa.Schema, extra: Mapping[str, str]) -> dict[str, object]:
    """What was fastest to write of all that DuckDB and Spark read, and small."""
    return {
        "compression": "snappy",
        "use_dictionary": list(extra),
        # A reader shall see constants as the text they are, not as Arrow's dictionaries.
        "store_schema": False,
        "column_encoding": {
            field.name: "DELTA_BINARY_PACKED" for field in schema if field.type == pa.int64()
        },
        # Of text it would take a comparison a row, and help nobody.
        "write_statistics": [field.name for field in schema if field.type != pa.string()],
    }


def _constant(value: str, rows: int) -> pa.DictionaryArray:
    places = pa.Array.from_buffers(pa.int32(), rows, [None, pa.py_buffer(bytes(4 * rows))])
    return pa.DictionaryArray.from_arrays(places, pa.array([value], pa.string()))


def _groups(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, group_bytes: int
) -> Generator[pa.Table, None, None]:
    """Put small batches together."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows += len(batch)
        size += batch.nbytes
        if rows >= GROUP_ROWS or size >= group_bytes:
            yield pa.Table.from_batches(waiting, schema)
            waiting, rows, size = [], 0, 0
    if rows:
        yield pa.Table.from_batches(waiting, schema)
