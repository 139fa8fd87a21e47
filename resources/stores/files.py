"""The Parquet files between a store and who loads it: what is to be written, and what is there.

Row groups of what is to be written end where a page does, so that a page is never in two of them.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from resources.stores.store import Table

_texts = pa.list_(pa.string())
STEP_SCHEMAS: dict[str, pa.Schema] = {
    "put_suggestions": pa.schema(
        [
            ("page_id", pa.int64()),
            ("fresh", pa.bool_()),
            ("page_rev", pa.int64()),
            ("page_qid", pa.string()),
            ("image", pa.string()),
            ("confidence", pa.float64()),
            ("found_on", _texts),
            ("kind", _texts),
        ]
    ),
    "put_title_cache": pa.schema(
        [("title", pa.string()), ("page_id", pa.int64()), ("page_rev", pa.int64())]
    ),
    "put_instanceof_cache": pa.schema(
        [("page_id", pa.int64()), ("page_rev", pa.int64()), ("instance_of", _texts)]
    ),
    "remove_suggestions": pa.schema([("page_id", pa.int64())]),
    "remove_title_cache": pa.schema([("title", pa.string())]),
    "remove_instanceof_cache": pa.schema([("page_id", pa.int64())]),
}
"""The columns of the file of each step, all of one wiki. ``fresh`` pages have no row yet."""
DUMPED: dict[Table, pa.Schema] = {
    "suggestions": pa.schema(
        [
            ("wiki_db", pa.string()),
            ("page_id", pa.int64()),
            ("id", pa.string()),
            ("image", pa.string()),
            ("confidence", pa.float64()),
            ("found_on", _texts),
            ("kind", _texts),
            ("page_rev", pa.int64()),
            ("page_qid", pa.string()),
        ]
    ),
    "title_cache": pa.schema(
        [
            ("wiki_db", pa.string()),
            ("title", pa.string()),
            ("page_id", pa.int64()),
            ("page_rev", pa.int64()),
        ]
    ),
    "instanceof_cache": pa.schema(
        [
            ("wiki_db", pa.string()),
            ("page_id", pa.int64()),
            ("page_rev", pa.int64()),
            ("instance_of", _texts),
        ]
    ),
}
"""The columns in which a store gives what is in it."""


def row_groups(file: Path) -> int:
    """Count the row groups of a file; a page is never in two of them."""
    return int(pq.read_metadata(file).num_row_groups)


def table_of(file: Path, group: int) -> pa.Table:
    """Read a row group of a file; it is too small for several threads."""
    with pq.ParquetFile(file) as parquet:
        return parquet.read_row_group(group, use_threads=False)


def rows_of(file: Path, group: int) -> list[tuple[Any, ...]]:
    """Read a row group of a file as tuples in the order of its columns."""
    columns = table_of(file, group).columns
    return list(zip(*(column.to_pylist() for column in columns), strict=True))
