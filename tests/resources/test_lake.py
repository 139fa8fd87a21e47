"""Partitions are replaced whole: whoever reads, writes or is killed meanwhile, none is half."""

import json
import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources import lake as lake_module
from resources.errors import InputError, UserError
from resources.lake import Lake
from resources.storage import LocalStorage
from resources.versions import CURRENT, Statistics
from tests.acceptance.command import current_of, files_of

SNAPSHOT = "2026-11-02"
FILES = 3
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
KILLS = 10
GENERATIONS = 100
"""So many different ones are seen by who reads while others write."""


def write(lake: Lake, generation: int) -> None:
    """Write a partition of several files, all rows of which name the generation."""
    statistics = Statistics(rows=generation, bytes=0, seconds=0)
    with lake.replacing("pages", SNAPSHOT, statistics) as folder:
        folder.mkdir()
        for number in range(FILES):
            pq.write_table(
                pa.table({"generation": [generation] * 50}), folder / f"{number}.parquet"
            )


def generation_of(files: list[Path]) -> int:
    """Read the generation of a partition, which must be there whole and be of no other."""
    rows = [row for file in files for row in pq.read_table(file)["generation"].to_pylist()]
    assert len(rows) == 50 * FILES
    assert len(set(rows)) == 1
    generation: int = rows[0]
    return generation


def write_on_and_on(path: Path, first: int) -> None:
    """Replace the partition until killed, again where another did so meanwhile."""
    lake = Lake(path)
    while True:
        with suppress(UserError):
            write(lake, first)
        first += 1


@contextmanager
def writers(path: Path, number: int, first: int = 1) -> Iterator[list[BaseProcess]]:
    """Have processes write, and kill them in the end."""
    processes: list[BaseProcess] = [
        FORKS.Process(target=write_on_and_on, args=(path, first)) for _ in range(number)
    ]
    for process in processes:
        process.start()
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.join()


def version(lake: Lake) -> str:
    """The version that counts."""
    name: str = current_of(lake.path, "pages", SNAPSHOT)["version"]
    return name


def lose_a_race(lake: Lake) -> None:
    """Replace the partition while another run does: it is told so, and changes nothing."""

    def write_while_another_does() -> None:
        with lake.replacing("pages", SNAPSHOT, Statistics(2, 0, 0)) as folder:
            folder.mkdir()
            write(lake, 1)

    with pytest.raises(UserError, match="another run has replaced the partition meanwhile"):
        write_while_another_does()
    assert generation_of(lake.files("pages", SNAPSHOT)) == 1


def versions(lake: Lake) -> set[str]:
    """All versions that are there."""
    return {each.name for each in lake.partition("pages", SNAPSHOT).iterdir() if each.is_dir()}


def make_old(place: Path, hours: int) -> None:
    """Let a place not have changed for so long."""
    then = time.time() - hours * 3600
    os.utime(place, (then, then))


def note_replaced(lake: Lake, name: str, hours: int) -> None:
    """Let a version have counted no more for so long."""
    current = current_of(lake.path, "pages", SNAPSHOT)
    assert name in current["replaced"]
    then = datetime.now(UTC) - timedelta(hours=hours)
    current["replaced"][name] = then.isoformat()
    (lake.partition("pages", SNAPSHOT) / CURRENT).write_text(json.dumps(current))


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


def test_a_partition_of_which_nothing_is_left_is_not_there(lake: Lake) -> None:
    shutil.rmtree(lake.partition("pages", SNAPSHOT))
    assert lake.snapshots("pages") == []
    for look in (lake.files, lake.statistics):
        with pytest.raises(UserError, match="pages has no partition"):
            look("pages", SNAPSHOT)


def test_a_partition_in_which_no_version_counts_is_not_there(lake: Lake) -> None:
    (lake.partition("pages", SNAPSHOT) / CURRENT).unlink()
    assert lake.snapshots("pages") == []
    for look in (lake.files, lake.statistics):
        with pytest.raises(UserError, match="pages has no partition"):
            look("pages", SNAPSHOT)


@pytest.mark.parametrize("left", range(FILES))
def test_a_partition_of_which_files_are_missing_says_so(lake: Lake, left: int) -> None:
    for file in lake.files("pages", SNAPSHOT)[left:]:
        file.unlink()
    with pytest.raises(InputError, match=r"pages has no partition .*: files are missing; mater"):
        lake.files("pages", SNAPSHOT)


def test_only_what_a_version_names_is_read(lake: Lake) -> None:
    (file, *_) = lake.files("pages", SNAPSHOT)
    shutil.copy(file, file.with_name("copy.parquet"))
    assert generation_of(lake.files("pages", SNAPSHOT)) == 0


def test_files_that_are_read_stay_when_the_partition_is_replaced(lake: Lake) -> None:
    before = lake.files("pages", SNAPSHOT)
    write(lake, 1)
    after = lake.files("pages", SNAPSHOT)
    write(lake, 2)
    assert (generation_of(before), generation_of(after)) == (0, 1)
    assert generation_of(files_of(lake.path, "pages", SNAPSHOT)) == 2


def test_of_two_who_replace_a_partition_at_once_the_second_says_so_and_changes_nothing(
    lake: Lake,
) -> None:
    lose_a_race(lake)
    assert versions(lake) == {*current_of(lake.path, "pages", SNAPSHOT)["replaced"], version(lake)}


def test_of_two_who_write_a_new_partition_at_once_the_second_says_so(lake: Lake) -> None:
    def write_while_another_does() -> None:
        with lake.replacing("signals", SNAPSHOT, Statistics(2, 0, 0)) as folder:
            folder.mkdir()
            with lake.replacing("signals", SNAPSHOT, Statistics(1, 0, 0)) as other:
                other.mkdir()

    with pytest.raises(UserError, match="another run has replaced the partition meanwhile"):
        write_while_another_does()
    assert lake.statistics("signals", SNAPSHOT).rows == 1


def test_a_version_stays_for_a_day_after_it_counted_last_however_old_it_is(lake: Lake) -> None:
    first = version(lake)
    make_old(lake.partition("pages", SNAPSHOT) / first, 1000)
    write(lake, 1)
    second = version(lake)
    write(lake, 2)
    assert versions(lake) == {first, second, version(lake)}
    note_replaced(lake, first, 25)
    write(lake, 3)
    assert first not in versions(lake)
    assert second in versions(lake)
    assert first not in current_of(lake.path, "pages", SNAPSHOT)["replaced"]


def test_what_counts_no_more_is_removed_by_who_writes_another_snapshot(lake: Lake) -> None:
    write(lake, 1)
    (first,) = versions(lake) - {version(lake)}
    note_replaced(lake, first, 25)
    with lake.replacing("pages", "2026-11-09", Statistics(0, 0, 0)) as folder:
        folder.mkdir()
    assert versions(lake) == {version(lake)}


def test_a_version_that_is_named_elsewhere_stays_however_old_it_is(lake: Lake) -> None:
    first, location = version(lake), lake.location("pages", SNAPSHOT)
    assert location == f"file://{lake.partition('pages', SNAPSHOT)}/{first}"
    write(lake, 1)
    note_replaced(lake, first, 25)
    for named in ([location], []):
        with lake.replacing("pages", "2026-11-09", Statistics(0, 0, 0), named=named) as folder:
            folder.mkdir()
        assert (first in versions(lake)) == bool(named)


def test_a_removed_partition_is_none_before_the_first_of_its_files_is_gone(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(shutil, "rmtree", lambda *_, **__: None)
        lake.remove("pages", SNAPSHOT)
    assert lake.snapshots("pages") == []
    assert lake.left_over("pages") == [SNAPSHOT]
    assert list(lake.partition("pages", SNAPSHOT).glob("*/*.parquet"))
    lake.remove("pages", SNAPSHOT)
    assert lake.left_over("pages") == []
    assert not lake.partition("pages", SNAPSHOT).exists()


def test_what_a_killed_run_left_before_it_counted_is_removed_when_it_is_a_day_old(
    lake: Lake,
) -> None:
    place = lake.partition("pages", SNAPSHOT)
    left = ["20261101T100000Z-0123abcd", f".{'0' * 32}.part", "20261101T100000Z-4567abcd"]
    for name in left:
        (place / name).mkdir()
    for name in left[:2]:
        make_old(place / name, 25)
    theirs = place / "notes"
    theirs.mkdir()
    make_old(theirs, 1000)
    write(lake, 1)
    assert {*left} & {each.name for each in place.iterdir()} == {left[2]}
    assert theirs.is_dir()


def test_a_spoiled_partition_can_be_written_again_and_does_not_hold_up_others(lake: Lake) -> None:
    (lake.partition("pages", SNAPSHOT) / CURRENT).write_text("{")
    with pytest.raises(InputError, match=f"{CURRENT}: can not be read: .*; materialize pages of"):
        lake.files("pages", SNAPSHOT)
    with lake.replacing("pages", "2026-11-09", Statistics(0, 0, 0)) as folder:
        folder.mkdir()
    write(lake, 1)
    assert generation_of(lake.files("pages", SNAPSHOT)) == 1


def test_a_write_that_fails_leaves_the_old_partition_and_nothing_else(lake: Lake) -> None:
    def fail() -> None:
        with lake.replacing("pages", SNAPSHOT, Statistics(9, 0, 0)) as folder:
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
        lake.replacing("signals", SNAPSHOT, Statistics(0, 0, 0)) as folder,
    ):
        folder.mkdir()


def test_who_reads_while_others_write_sees_whole_partitions_only(lake: Lake) -> None:
    seen: set[int] = set()
    with writers(lake.path, 2) as writing:
        wait_for_a_newer(lake, 0, writing)
        while len(seen) < GENERATIONS:
            assert all_alive(writing)
            seen.add(generation_of(lake.files("pages", SNAPSHOT)))
            assert lake.statistics("pages", SNAPSHOT).rows > 0


def test_killed_at_any_moment_a_write_leaves_the_old_partition_or_the_new_one(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = 0
    for _ in range(KILLS):
        with writers(lake.path, 1, generation + 1) as writing:
            wait_for_a_newer(lake, generation, writing)
            time.sleep(random.uniform(0, 0.02))
        # What a run does that starts after the one that was killed.
        following = Lake(lake.path)
        found = generation_of(following.files("pages", SNAPSHOT))
        assert found == following.statistics("pages", SNAPSHOT).rows > generation
        generation = found
        assert following.scratch.path.is_dir()
        assert following.snapshots("pages") == [SNAPSHOT]
        following.close()
    assert [folder.name for folder in (lake.path / "pages").iterdir()] == [f"snapshot={SNAPSHOT}"]
    monkeypatch.setattr(lake_module, "KEPT", timedelta(0))
    write(lake, generation + 1)
    there = {each.name for each in lake.partition("pages", SNAPSHOT).iterdir()}
    assert there == {CURRENT, version(lake)}
    lake.close()
    assert not list((lake.path / ".scratch").iterdir())


@pytest.mark.parametrize("step", ["bring", "put"])
def test_ended_before_or_after_a_version_is_brought_a_write_leaves_the_old_partition(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def end(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(LocalStorage, step, end)
        with pytest.raises(UserError, match="the partition cannot be written: No space left"):
            write(lake, 1)
    assert generation_of(lake.files("pages", SNAPSHOT)) == 0
    write(lake, 2)
    assert generation_of(lake.files("pages", SNAPSHOT)) == 2
