"""Work on record batches by several processes: in order, in bounds, and no failure is lost."""

import multiprocessing
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources import batches
from resources.batches import Work, in_processes
from resources.engine import WORKED_ROWS, Engine
from resources.errors import InputError, UserError
from tests.resources.batches_work import doubled, killed, refused

ROWS = 10
DOUBLED = pa.schema([("number", pa.int64()), ("process", pa.int64())])


@pytest.fixture(autouse=True)
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two, whatever this machine has."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first batch be all that is worked on here."""
    monkeypatch.setattr(batches, "ALONE_BYTES", 1)


def given(count: int, taken: list[int] | None = None) -> Iterator[pa.RecordBatch]:
    """So many batches of ROWS numbers; ``taken`` hears which is asked for."""
    for batch in range(count):
        if taken is not None:
            taken.append(batch)
        first = ROWS * batch
        yield pa.record_batch({"number": list(range(first, first + ROWS))})


def worked(count: int, work: Work = doubled) -> tuple[list[dict[str, int]], list[int]]:
    """The rows that come of so many batches, and what was heard of how far it is."""
    heard: list[int] = []
    found = [
        row for each in in_processes(given(count), work, heard.append) for row in each.to_pylist()
    ]
    return found, heard


def test_rows_come_in_the_order_of_what_was_given_and_are_counted(large: None) -> None:
    found, heard = worked(30)
    assert [row["number"] for row in found] == [2 * number for number in range(30 * ROWS)]
    assert heard == [ROWS] * 30
    processes = {row["process"] for row in found[ROWS:]}
    assert os.getpid() not in processes
    assert {row["process"] for row in found[:ROWS]} == {os.getpid()}


def test_what_is_small_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(batches, "ProcessPoolExecutor", refuse)
    found, heard = worked(5)
    assert {row["process"] for row in found} == {os.getpid()}
    assert heard == [ROWS] * 5
    assert worked(0) == ([], [])


def test_on_one_core_no_process_is_started(monkeypatch: pytest.MonkeyPatch, large: None) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    found, _ = worked(3)
    assert {row["process"] for row in found} == {os.getpid()}


def test_no_more_batches_are_under_way_than_the_processes_can_soon_do(large: None) -> None:
    taken: list[int] = []
    waiting = []
    for done, _ in enumerate(in_processes(given(30, taken), doubled, lambda _: None)):
        waiting.append(len(taken) - done)
    assert max(waiting) <= 3 * 2 + 1
    assert len(taken) == len(waiting) == 30


@pytest.mark.parametrize("batch", [0, 1, 20, 29])
def test_an_error_comes_through_whoever_meets_it(large: None, batch: int) -> None:
    with pytest.raises(InputError, match=f"row {ROWS * batch}: is refused"):
        worked(30, partial(refused, number=ROWS * batch))
    assert not multiprocessing.active_children()


def test_a_process_that_is_killed_is_told_and_its_rows_are_not_left_out(large: None) -> None:
    with pytest.raises(UserError, match="was killed, perhaps for want of memory"):
        worked(30, partial(killed, number=20 * ROWS))
    assert not multiprocessing.active_children()


def test_who_stops_asking_leaves_no_process_behind(large: None) -> None:
    some = in_processes(given(30), doubled, lambda _: None)
    next(some)
    next(some)
    assert multiprocessing.active_children()
    some.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_an_engine_lets_all_rows_be_worked_on(engine: Engine, tmp_path: Path) -> None:
    count = 3 * WORKED_ROWS + 1
    pq.write_table(pa.table({"number": list(range(count))}), tmp_path / "rows.parquet")
    table = engine.read([tmp_path / "rows.parquet"])
    rows = table.filter(table.number % 2 == 0)
    heard: list[int] = []
    engine.worked(rows, doubled, DOUBLED, tmp_path / "worked", heard.append)
    files = sorted((tmp_path / "worked").iterdir())
    assert {file.suffix for file in files} == {".parquet"}
    found = [row["number"] for row in engine.rows(engine.read(files))]
    assert sorted(found) == list(range(0, 2 * count, 4))
    assert sum(heard) in (0, len(found))


def test_an_engine_works_on_no_rows_at_all(engine: Engine, tmp_path: Path) -> None:
    pq.write_table(pa.table({"number": pa.array([], pa.int64())}), tmp_path / "rows.parquet")
    table = engine.read([tmp_path / "rows.parquet"])
    engine.worked(table, doubled, DOUBLED, tmp_path / "worked", lambda _: None)
    files = sorted((tmp_path / "worked").iterdir())
    assert engine.rows(engine.read(files)) == []


def test_what_an_engine_s_work_refuses_is_told(duckdb_engine: Engine, tmp_path: Path) -> None:
    pq.write_table(pa.table({"number": [0]}), tmp_path / "rows.parquet")
    table = duckdb_engine.read([tmp_path / "rows.parquet"])
    with pytest.raises(InputError, match="is refused"):
        duckdb_engine.worked(
            table, partial(refused, number=0), DOUBLED, tmp_path / "worked", lambda _: None
        )
    assert not list((tmp_path / "worked").glob("*.parquet"))
