"""Reads the file of one SQL table of one wiki. Which files are read is known in wiki_tables.py.

The processes that read import this: no Dagster here.
"""

import pyarrow as pa

from imagesuggest_assets.catalog.datasets import DATASETS
from resources.errors import InputError
from resources.sources.dumps import COMMONS
from resources.sources.mediawiki import TABLES
from resources.sources.parquet import write_parquet
from resources.sources.reading import Counts, Job, OnBytes, wiki_of
from resources.sources.sql_dump import SqlDump


def read_table(job: Job, on_bytes: OnBytes) -> Counts:
    """Read the SQL file of one table of one wiki; give what was counted."""
    table = TABLES[job.what]
    dump = SqlDump(job.source, table, on_bytes)
    columns = [
        column.name
        for column in DATASETS[f"mediawiki_{table.name}"].columns
        if column.name != "wiki_db"
    ]
    schema = pa.schema([(column.name, column.type) for column in table.columns])
    schema = pa.schema([schema.field(name) for name in columns])
    batches = (batch.select(columns) for batch in dump)
    write_parquet(batches, schema, job.target, dict(job.extra))
    counts = dump.counts
    return {
        "rows in the dump": counts.rows,
        "rows kept": counts.kept,
        "bytes of SQL": counts.sql_bytes,
        "values that are not UTF-8": counts.not_utf8,
    }


def read_table_or_tell(job: Job, on_bytes: OnBytes) -> Counts | InputError:
    """Read a table as read_table does, but give the error of a target wiki's instead."""
    try:
        return read_table(job, on_bytes)
    except InputError as error:
        if wiki_of(job) == COMMONS:
            raise
        return error
