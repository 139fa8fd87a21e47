"""A small table to try the SQL reader with, and ways to read it."""

import pyarrow as pa
import pytest

from resources.errors import InputError
from resources.sources.sql_dump import SqlColumn, SqlDump, SqlTable
from tests.resources.sources.sql_writer import dump_text, store

PAGES = SqlTable("page", (SqlColumn("id", pa.int64()), SqlColumn("title", pa.string())))
DEFINITIONS = {"id": "int(8) unsigned NOT NULL", "title": "varbinary(255) NOT NULL"}
ROWS = [(1, "One"), (2, "Two"), (3, "Three")]
EXPECTED = [{"id": id_, "title": title} for id_, title in ROWS]


def read(path, table=PAGES, **options):
    return [row for batch in SqlDump(path, table, **options) for row in batch.to_pylist()]


def read_text(tmp_path, text, table=PAGES, **options):
    return read(store(tmp_path / "dump.sql.gz", text), table, **options)


def refusal(tmp_path, text, table=PAGES):
    path = store(tmp_path / "dump.sql.gz", text)
    with pytest.raises(InputError) as caught:
        read(path, table)
    with pytest.raises(InputError) as again:
        read(path, table, block_bytes=1)
    assert str(again.value) == str(caught.value)
    assert caught.value.path == path
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(path))


def refused_rows(tmp_path, rows, definitions=DEFINITIONS, table=PAGES):
    return refusal(tmp_path, dump_text("page", definitions, rows), table)
