import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources.errors import InputError
from resources.sources.parquet import write_parquet
from resources.sources.sql_dump import SqlDump
from tests.resources.sources.sql_pages import DEFINITIONS, EXPECTED, PAGES, ROWS
from tests.resources.sources.sql_writer import dump_text, store


def test_a_reader_streams_into_parquet_with_constant_columns_first(tmp_path):
    path = store(tmp_path / "dump.sql.gz", dump_text("page", DEFINITIONS, ROWS))
    target = tmp_path / "page.parquet"
    assert write_parquet(SqlDump(path, PAGES), PAGES.schema, target, {"wiki_db": "chwiki"}) == 3
    table = pq.read_table(target)
    assert table.schema == pa.schema(
        [("wiki_db", pa.string()), ("id", pa.int64()), ("title", pa.string())]
    )
    assert table.to_pylist() == [{"wiki_db": "chwiki", **row} for row in EXPECTED]


def test_a_parquet_file_without_rows_has_its_columns(tmp_path):
    assert write_parquet([], PAGES.schema, tmp_path / "a.parquet", {"wiki_db": "chwiki"}) == 0
    assert pq.read_table(tmp_path / "a.parquet").schema.names == ["wiki_db", "id", "title"]


def test_no_parquet_file_is_left_when_the_dump_is_not_whole(tmp_path):
    text = dump_text("page", DEFINITIONS, ROWS * 50_000)
    path = store(tmp_path / "dump.sql.gz", text[:-300])
    with pytest.raises(InputError):
        write_parquet(SqlDump(path, PAGES), PAGES.schema, tmp_path / "a.parquet", {})
    assert not (tmp_path / "a.parquet").exists()
