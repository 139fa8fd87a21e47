"""Partitions are replaced whole: whoever reads, writes or is killed meanwhile, none is half."""

import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources import lake as lake_module
from resources.errors import UserError
from resources.lake import Lake, Statistics

SNAPSHOT = "2026-11-02"
FILES = 3
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
KILLS = 15
GENERATIONS = 100
"""So many different ones are seen by who reads while others write."""


def write(lake: Lake, generation: int) -> None:
    """Write a partition of several files, all rows of which name the generation."""
    with lake.replacing("pages", SNAPSHOT) as folder:
        folder.mkdir()
        for number in range(FILES):
            pq.write_table(
                pa.table({"generation": [generation] * 50}), folder / f"{number}.parquet"
            )
        lake.record(folder, Statistics(rows=generation, bytes=0, seconds=0))


def generation_of(files: list[Path]) -> int:
    """Read the generation of a partition, which must be there whole and be of no other."""
    rows = [row for file in files for row in pq.read_table(file)["generation"].to_pylist()]
    assert len(rows) == 50 * FILES
    assert len(set(rows)) == 1
    generation: int = rows[0]
    return generation


def write_on_and_on(path: Path, in_two_steps: bool, first: int) -> None:
    """Replace the partition until killed."""
    if in_two_steps:
        # As on a file system that can not swap folders.
        lake_module._exchange = lake_module._exchange_in_two_steps
    lake = Lake(path)
    while True:
        write(lake, first)
        first += 1


@contextmanager
def writers(
    path: Path, number: int, in_two_steps: bool, first: int = 1
) -> Iterator[list[BaseProcess]]:
    """Have processes write, and kill them in the end."""
    processes: list[BaseProcess] = [
        FORKS.Process(target=write_on_and_on, args=(path, in_two_steps, first))
        for _ in range(number)
    ]
    for process in processes:
        process.start()
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.join()


def all_alive(processes: list[BaseProcess]) -> bool:
    return all(process.is_alive() for process in processes)


def wait_for_a_newer(lake: Lake, generation: int, writing: list[BaseProcess]) -> None:
    """Wait until the writers have begun to write."""
    while lake.statistics("pages", SNAPSHOT).rows <= generation:
        assert all_alive(writing)
        time.sleep(0.01)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """A lake with one partition, of generation 0."""
    made = Lake(tmp_path / "lake")
    write(made, 0)
    yield made
    made.close()


@pytest.fixture(params=[False, True], ids=["swap", "two-steps"])
def in_two_steps(request: pytest.FixtureRequest) -> bool:
    """Whether the file system can swap folders."""
    two: bool = request.param
    return two


def test_a_partition_is_listed_read_and_described(lake: Lake) -> None:
    assert lake.snapshots("pages") == [SNAPSHOT]
    assert lake.has("pages", SNAPSHOT)
    assert generation_of(lake.files("pages", SNAPSHOT)) == 0
    assert lake.statistics("pages", SNAPSHOT) == Statistics(rows=0, bytes=0, seconds=0)


@pytest.mark.parametrize("dataset", ["pages", "page_items"])
def test_a_partition_that_is_not_there_is_named(lake: Lake, dataset: str) -> None:
    snapshot = "2026-11-09"
    assert not lake.has(dataset, snapshot)
    for look in (lake.files, lake.statistics):
        with pytest.raises(
            UserError, match=f"{dataset} has no partition {snapshot} in {lake.path}"
        ):
            look(dataset, snapshot)


def test_a_partition_without_files_is_not_there(lake: Lake) -> None:
    for file in lake.partition("pages", SNAPSHOT).iterdir():
        file.unlink()
    for look in (lake.files, lake.statistics):
        with pytest.raises(UserError, match="pages has no partition"):
            look("pages", SNAPSHOT)


def test_files_that_are_read_stay_when_the_partition_is_replaced_or_removed(lake: Lake) -> None:
    before = lake.files("pages", SNAPSHOT)
    write(lake, 1)
    after = lake.files("pages", SNAPSHOT)
    for file in lake.partition("pages", SNAPSHOT).iterdir():
        file.unlink()
    assert (generation_of(before), generation_of(after)) == (0, 1)


def test_a_write_that_fails_leaves_the_old_partition_and_nothing_else(lake: Lake) -> None:
    def fail() -> None:
        with lake.replacing("pages", SNAPSHOT) as folder:
            folder.mkdir()
            (folder / "half.parquet").write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not list(lake.scratch.path.iterdir())
    assert generation_of(lake.files("pages", SNAPSHOT)) == 0


def test_a_place_that_cannot_be_written_is_named(lake: Lake) -> None:
    (lake.path / "signals").write_text("in the way")
    with (
        pytest.raises(UserError, match=rf"{lake.path}/signals/snapshot={SNAPSHOT}: .*cannot"),
        lake.replacing("signals", SNAPSHOT) as folder,
    ):
        folder.mkdir()


def test_who_reads_while_others_write_sees_whole_partitions_only(
    lake: Lake, in_two_steps: bool
) -> None:
    seen: set[int] = set()
    with writers(lake.path, 2, in_two_steps) as writing:
        wait_for_a_newer(lake, 0, writing)
        while len(seen) < GENERATIONS:
            assert all_alive(writing)
            seen.add(generation_of(lake.files("pages", SNAPSHOT)))
            assert lake.statistics("pages", SNAPSHOT).rows > 0


def test_killed_at_any_moment_a_write_leaves_the_old_partition_or_the_new_one(
    lake: Lake, in_two_steps: bool
) -> None:
    generation = 0
    for _ in range(KILLS):
        with writers(lake.path, 1, in_two_steps, generation + 1) as writing:
            wait_for_a_newer(lake, generation, writing)
            time.sleep(random.uniform(0, 0.02))
        # What a run does that starts after the one that was killed.
        following = Lake(lake.path)
        found = generation_of(following.files("pages", SNAPSHOT))
        assert found == following.statistics("pages", SNAPSHOT).rows > generation
        generation = found
        assert following.snapshots("pages") == [SNAPSHOT]
        following.close()
    lake.close()
    assert not list((lake.path / ".scratch").iterdir())
    assert [folder.name for folder in (lake.path / "pages").iterdir()] == [f"snapshot={SNAPSHOT}"]


def test_what_was_put_aside_comes_back_for_whoever_looks_first(lake: Lake) -> None:
    place = lake.partition("pages", SNAPSHOT)
    aside = place.with_name(f"{lake_module._ASIDE}{place.name}-{'0' * 32}")
    place.rename(aside)
    assert lake.statistics("pages", SNAPSHOT).rows == 0
    place.rename(aside)
    assert generation_of(lake.files("pages", SNAPSHOT)) == 0
    place.rename(aside)
    following = Lake(lake.path)
    assert following.scratch.path.is_dir()
    assert following.snapshots("pages") == [SNAPSHOT]
    following.close()


def test_a_partition_that_is_never_where_it_is_looked_for_is_found(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One writer puts a partition in its place and another takes it aside, between two looks."""
    place = lake.partition("pages", SNAPSHOT)
    put_back = Lake._put_back
    misses = iter(range(5))

    def taken_away_again(lake: Lake, dataset: str = "*") -> bool:
        if next(misses, None) is None:
            return put_back(lake, dataset)
        put_back(lake, dataset)
        place.rename(place.with_name(f"{lake_module._ASIDE}{place.name}-{'1' * 32}"))
        return False

    assert lake.scratch.path.is_dir()
    place.rename(place.with_name(f"{lake_module._ASIDE}{place.name}-{'0' * 32}"))
    monkeypatch.setattr(Lake, "_put_back", taken_away_again)
    assert lake.statistics("pages", SNAPSHOT).rows == 0
    assert next(misses, None) is None


def test_a_partition_without_its_files_is_not_there(lake: Lake) -> None:
    place = lake.partition("pages", SNAPSHOT)
    for file in place.iterdir():
        file.unlink()
    for look in (lake.files, lake.statistics):
        with pytest.raises(UserError, match="pages has no partition 2026-11-02"):
            look("pages", SNAPSHOT)
