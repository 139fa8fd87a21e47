"""Reads files of one wiki as a run does, and gives the rows of what was written."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from module_assets.reading.jobs import Files, Sources
from module_assets.reading.readers import READERS, job_of
from module_assets.reading.tables import TABLES
from resources.sources.reading import Counts
from tests.resources.sources.sql_writer import Value, dump_text, store

Rows = list[dict[str, Any]]


def read(
    table: str, files: Files, target: Path, wiki: str = "bgwiki", page_ids: list[int] | None = None
) -> tuple[Rows, Counts]:
    """Read a table; see that its columns are those that are declared."""
    sources = Sources(files, np.array(page_ids or [], np.int64))
    job = job_of(table, wiki, sources, target / f"{table}.parquet")
    assert job
    # As it gets to another process.
    reader, job = pickle.loads(pickle.dumps((READERS[table].read, job)))
    passed: list[int] = []
    counts = reader(job, passed.append)
    assert sum(passed) == job.bytes
    assert [path.name for path in target.glob("*.parquet") if path == job.target]
    return rows_of(table, job.target), counts


def rows_of(table: str, *files: Path) -> Rows:
    """Give the rows of files of a table; see that its columns are those that are declared."""
    found = [pq.read_table(file) for file in files]
    for each in found:
        assert each.schema.equals(TABLES[table]), each.schema
    return pa.concat_tables(found).to_pylist()


def sql(folder: Path, table: str, columns: list[str], rows: list[tuple[Value, ...]]) -> Path:
    """Write a dump of a table."""
    definitions = dict.fromkeys(columns, "varbinary(255) DEFAULT NULL")
    path = folder / f"bgwiki-20260101-{table}.sql.gz"
    return store(path, dump_text(table, definitions, rows))
