"""Files on the way to the readers' store: sorted rows read by wiki, and a wiki's files written.

Both in bounded memory: nothing here holds more than a few thousand rows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

READ_ROWS = 20_000
"""Rows that are read at once, at most."""
GROUP_ROWS = 5_000
"""Rows in a row group, about: it ends where a page does. One is what a process does at once."""
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
        ("digest", pa.int64()),
        ("id", pa.string()),
    ]
)
"""The columns of what the ledger remembers of a wiki: a row a page and file, and its id."""
PAGE_KEYS = pa.schema([("wiki_db", pa.string()), ("page_id", pa.int64())])
"""The columns of what names pages."""
DIGESTS = pa.schema([*PAGE_KEYS, ("rows", pa.int64()), ("digest", pa.int64())])
"""The columns of what sums up a page: the number of its rows, and a digest of them."""
WANTED = STATE.remove(STATE.get_field_index("id"))
"""The columns of what is to be in the store."""
KEYS = pa.schema([("wiki_db", pa.string()), ("page_id", pa.int64()), ("title", pa.string())])
"""The columns of what is about to be touched: pages by their id, titles by themselves."""
_REPEATED = ["wiki_db", "found_on.list.element", "instance_of.list.element", "kind.list.element"]
"""Columns of few different values; of others Parquet's dictionary costs time and saves no room."""


class ByWiki:
    """Rows that come sorted by wiki, to be asked for in that order."""

    def __init__(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> None:
        self._schema = schema
        self._runs = _runs(batches, schema)
        self._next = next(self._runs, None)

    def of(self, wiki: str) -> Iterator[pa.Table]:
        """Give the rows of a wiki in the columns of the schema; first a table without any."""
        yield self._schema.empty_table()
        while self._next is not None and self._next[0] == wiki:
            yield self._next[1]
            self._next = next(self._runs, None)

    def end(self) -> None:
        """Raise ValueError where rows are left: they were not sorted as they should be."""
        if self._next is not None:
            raise ValueError(
                f"the rows of {self._next[0]} are not where they should be by its name"
            )


def _runs(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[tuple[str, pa.Table]]:
    """Give the rows of each batch wiki by wiki."""
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        wikis = rows["wiki_db"].combine_chunks()
        ends = [*_ends(wikis), len(rows)]
        columns = rows.select(schema.names).cast(schema)
        for start, end in zip([0, *ends], ends, strict=False):
            if end > start:
                yield wikis[start].as_py(), columns.slice(start, end - start)


class WikiFile:
    """A Parquet file that is there only if it has rows; its row groups end where a page does."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._schema = schema
        self._waiting = schema.empty_table()
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.end()
        elif self._writer is not None:
            self._writer.close()

    def add(self, rows: pa.Table) -> None:
        """Take more rows, which have the schema's columns and maybe others."""
        rows = rows.select(self._schema.names).cast(self._schema)
        self._waiting = pa.concat_tables([self._waiting, rows])
        while len(self._waiting) > GROUP_ROWS:
            cut = _end_of_page(self._waiting, GROUP_ROWS)
            if cut == len(self._waiting):
                return
            self._write(self._waiting.slice(0, cut))
            self._waiting = self._waiting.slice(cut)

    def end(self) -> None:
        """Write what is waiting, and close the file."""
        if len(self._waiting):
            self._write(self._waiting)
            self._waiting = self._schema.empty_table()
        if self._writer is not None:
            self._writer.close()

    def _write(self, rows: pa.Table) -> None:
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(
                self._path, self._schema, compression="lz4", use_dictionary=_REPEATED
            )
        self._writer.write_table(rows, row_group_size=len(rows))


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
