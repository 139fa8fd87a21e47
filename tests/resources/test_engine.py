"""Rows as they are computed, in their order, on each engine."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from imagesuggest_assets.definitions import build_definitions
from imagesuggest_assets.settings import Settings
from resources.engine import GROUP_BYTES, DuckDBEngine, Engine
from resources.errors import UserError
from resources.io_manager import count_written
from resources.versions import Statistics


def test_batches_come_in_order_with_no_more_rows_than_asked_for(
    engine: Engine, tmp_path: Path
) -> None:
    numbers = [(number * 7919) % 1000 for number in range(1000)]
    rows = pa.table({"number": numbers, "texts": [[str(number)] for number in numbers]})
    pq.write_table(rows, tmp_path / "rows.parquet")
    table = engine.read([tmp_path / "rows.parquet"])
    batches = list(engine.batches(table.order_by("number"), 300, tmp_path / "aside"))
    assert all(0 < batch.num_rows <= 300 for batch in batches)
    found = pa.Table.from_batches(batches).to_pylist()
    assert found == [{"number": number, "texts": [str(number)]} for number in range(1000)]


@pytest.mark.parametrize(
    "name", ["snapshot=2026-11-02", "a b", "50%25", "a[b]{c}?*", "ägé", "a:b#c"]
)
def test_a_path_is_read_and_written_whatever_is_in_its_name(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    place = tmp_path / name
    place.mkdir()
    pq.write_table(pa.table({"number": [1]}), place / "rows.parquet")
    engine.write(engine.read([place / "rows.parquet"]), place / "written")
    written = sorted((place / "written").iterdir())
    assert engine.rows(engine.read(written)) == [{"number": 1}]


def test_what_is_written_is_counted_the_same_by_spark_and_beside_it(
    spark_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wikis = ["arwiki", "ptwiki", None, "ptwiki"]
    pq.write_table(pa.table({"wiki_db": pa.array(wikis)}), tmp_path / "rows.parquet")
    spark_engine.write(spark_engine.read([tmp_path / "rows.parquet"]), tmp_path / "written")
    counted = []
    for small in (2**20, 0):
        monkeypatch.setattr("resources.engine.SMALL", small)
        statistics = Statistics(rows=0, bytes=0, seconds=0)
        _, looking, _ = count_written(spark_engine, tmp_path / "written", statistics)
        assert (looking is spark_engine) == (small == 0)
        counted.append(statistics)
    assert counted[0] == counted[1]
    # What is of no wiki is counted by none.
    assert counted[0].rows_by_wiki == {"arwiki": 1, "ptwiki": 2}


@pytest.mark.parametrize("numbers", [range(100), range(10), ()])
def test_rows_without_flags_are_written_and_all_are_counted(
    engine: Engine, tmp_path: Path, numbers: Sequence[int]
) -> None:
    rows = pa.table(
        {
            "number": pa.array(numbers, "int64"),
            "few": pa.array([number < 10 for number in numbers], "bool"),
            "fifth": pa.array([number % 5 == 0 and number >= 10 for number in numbers], "bool"),
        }
    )
    pq.write_table(rows, tmp_path / "rows.parquet")
    table = engine.read([tmp_path / "rows.parquet"])
    # What comes before a join is done more than once on Spark; it is not counted there.
    table = table.semi_join(table.view(), "number")
    to, aside = tmp_path / "written", tmp_path / "aside"
    counted = engine.write_unflagged(table, ["few", "fifth"], to, aside)
    left = [number for number in numbers if number >= 10 and number % 5]
    few = sum(number < 10 for number in numbers)
    assert counted == (len(numbers), {"few": few, "fifth": len(numbers) - few - len(left)})
    written = engine.read(sorted(to.glob("*.parquet")))
    assert written.columns == ("number",)
    assert sorted(row["number"] for row in engine.rows(written)) == left


def test_no_rows_are_no_batch_with_any(engine: Engine, tmp_path: Path) -> None:
    pq.write_table(pa.table({"number": pa.array([], pa.int64())}), tmp_path / "rows.parquet")
    table = engine.read([tmp_path / "rows.parquet"])
    assert sum(map(len, engine.batches(table, 300, tmp_path / "aside"))) == 0


@pytest.mark.parametrize("size", ["0GB", "0.0MB", "1KB", "31MB"])
def test_a_size_of_memory_that_is_none_is_refused_before_any_run_begins(size: str) -> None:
    with pytest.raises(UserError, match=rf"^IMAGESUGGEST_MEMORY is '{size}', expected 32MB or"):
        build_definitions(Settings(memory=size))


def test_rows_of_long_texts_are_written_in_memory_that_does_not_grow_with_them(
    tmp_path: Path,
) -> None:
    texts = pa.table({"text": [str(number) * 2_000 for number in range(10_000, 40_000)]})
    assert texts.nbytes > 4 * GROUP_BYTES
    pq.write_table(texts, tmp_path / "texts.parquet", row_group_size=1_000)
    engine = DuckDBEngine("400MB", tmp_path / "spill")
    engine.write(engine.read([tmp_path / "texts.parquet"]), tmp_path / "written")
    engine.close()
    (file,) = (tmp_path / "written").iterdir()
    groups = pq.read_metadata(file)
    sizes = [groups.row_group(each).total_byte_size for each in range(groups.num_row_groups)]
    assert (groups.num_rows, max(sizes) < 2 * GROUP_BYTES) == (len(texts), True)
