"""Cuts what an engine wrote for all wikis into a file a wiki, in bounded memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

GROUP_ROWS = 1_000
"""Rows in a row group, about: it ends where a page does. One is what a process does at once."""
STATE_ROWS = 10_000
"""The same of what the ledger remembers, which no process shares with others."""
_texts = pa.list_(pa.string())

STATE = pa.schema(
    [
        ("wiki_db", pa.string()),
        ("page_id", pa.int64()),
        ("title", pa.string()),
        ("image", pa.string()),
        ("found_on", _texts),
        ("instance_of", _texts),
        ("page_rev", pa.int64()),
        ("page_qid", pa.string()),
        ("confidence", pa.float64()),
        ("kind", _texts),
        ("id", pa.string()),
    ]
)
"""The columns of what the ledger remembers of a wiki: a row a page and file, and its id."""
KEYS = pa.schema([("wiki_db", pa.string()), ("page_id", pa.int64()), ("title", pa.string())])
"""The columns of what is about to be touched: pages by their id, titles by themselves."""


def split(files: Sequence[Path], schema: pa.Schema, folder: Path, name: str) -> None:
    """Write ``<folder>/<wiki>/<name>.parquet`` for each wiki in ``files``, which are sorted by it.

    Row groups end where a page does, if there is a page_id. Raises ValueError where the rows of a
    wiki are in two places.
    """
    writer: pq.ParquetWriter | None = None
    last, waiting = "", schema.empty_table()
    most = STATE_ROWS if schema is STATE else GROUP_ROWS
    try:
        for wiki, rows in _runs(files, schema):
            if wiki != last:
                if writer is not None:
                    _write(writer, waiting)
                    writer.close()
                place = folder / wiki / f"{name}.parquet"
                if place.exists():
                    raise ValueError(f"the rows of {wiki} for {name} are not sorted by wiki")
                place.parent.mkdir(parents=True, exist_ok=True)
                writer = pq.ParquetWriter(place, schema, compression="zstd")
                last, waiting = wiki, schema.empty_table()
            waiting = pa.concat_tables([waiting, rows])
            while writer is not None and len(waiting) > most:
                cut = _end_of_page(waiting, most)
                if cut == len(waiting):
                    break
                _write(writer, waiting.slice(0, cut))
                waiting = waiting.slice(cut)
        if writer is not None:
            _write(writer, waiting)
    finally:
        if writer is not None:
            writer.close()


def _write(writer: pq.ParquetWriter, rows: pa.Table) -> None:
    if len(rows):
        writer.write_table(rows, row_group_size=len(rows))


def _runs(files: Sequence[Path], schema: pa.Schema) -> Iterator[tuple[str, pa.Table]]:
    """Give the rows of each batch wiki by wiki, in the columns of ``schema``."""
    for file in files:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches():
                rows = pa.Table.from_batches([batch])
                wikis = rows["wiki_db"].combine_chunks()
                ends = [*_ends(wikis), len(rows)]
                columns = rows.select(schema.names).cast(schema)
                for start, end in zip([0, *ends], ends, strict=False):
                    if end > start:
                        yield wikis[start].as_py(), columns.slice(start, end - start)


def _end_of_page(rows: pa.Table, least: int) -> int:
    """Give where the first page ends at or after ``least`` rows; all rows where there is none."""
    if "page_id" not in rows.column_names:
        return least
    ends = _ends(rows["page_id"].combine_chunks())
    place = int(np.searchsorted(ends, least))
    return int(ends[place]) if place < len(ends) else len(rows)


def _ends(values: pa.Array) -> np.ndarray:
    """Give where a value is another than the one before."""
    if len(values) < 2:
        return np.empty(0, np.int64)
    differ = pc.fill_null(pc.not_equal(values[1:], values[:-1]), True)
    return np.flatnonzero(differ.to_numpy(zero_copy_only=False)) + 1
