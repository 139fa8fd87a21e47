"""A process's own folder goes with it, however it ends, and never before."""

import gc
import multiprocessing
import time
from pathlib import Path
from typing import Any

import pytest

from resources.errors import UserError
from resources.scratch import Scratch, remove_abandoned

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
ROUNDS = 100


def hold(parent: Path, ready: Any) -> None:
    """Have a folder with something in it until killed."""
    scratch = Scratch(parent)
    (scratch.path / "half.parquet").write_text("half")
    ready.set()
    time.sleep(600)


def come_and_go(parent: Path) -> None:
    """Take folders and give them back, looking after those that others left."""
    for _ in range(ROUNDS):
        scratch = Scratch(parent)
        scratch.new("rows").write_text("mine")
        assert len(list(scratch.path.iterdir())) == 1
        scratch.close()


def test_a_scratch_folder_is_ones_own_and_gone_when_closed(tmp_path: Path) -> None:
    parent = tmp_path / "lake" / ".scratch"
    one, other = Scratch(parent), Scratch(parent)
    assert one.path != other.path
    assert one.new("rows") != one.new("rows")
    one.new("rows").write_text("something")
    one.close()
    assert not one.path.exists()
    assert other.path.is_dir()
    one.close()
    other.close()
    assert not list(parent.iterdir())


def test_a_scratch_folder_that_nobody_holds_any_more_is_removed(tmp_path: Path) -> None:
    path = Scratch(tmp_path).path
    gc.collect()
    assert not path.exists()
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_removed_by_the_next_and_not_before(tmp_path: Path) -> None:
    ready = FORKS.Event()
    process = FORKS.Process(target=hold, args=(tmp_path, ready))
    process.start()
    assert ready.wait(60)
    (lock,) = tmp_path.glob("*.lock")
    held = lock.with_suffix("") / "half.parquet"
    Scratch(tmp_path).close()
    assert held.exists()
    process.kill()
    process.join()
    assert held.exists()
    Scratch(tmp_path).close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("with_folder", [True, False])
def test_a_process_killed_before_or_after_its_folder_was_made_leaves_nothing(
    tmp_path: Path, with_folder: bool
) -> None:
    (tmp_path / "0.lock").touch()
    if with_folder:
        (tmp_path / "0").mkdir()
    remove_abandoned(tmp_path)
    assert not list(tmp_path.iterdir())


def test_processes_that_come_and_go_at_once_do_not_take_each_others_folders(
    tmp_path: Path,
) -> None:
    processes = [FORKS.Process(target=come_and_go, args=(tmp_path,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("no folder")
    with pytest.raises(UserError, match=rf"{tmp_path}/lake: .*cannot be written.*--lake"):
        Scratch(tmp_path / "lake" / ".scratch")
