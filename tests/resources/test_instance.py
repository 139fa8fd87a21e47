"""The Dagster instance, which several commands may use at the same time."""

import multiprocessing
import sys
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from resources.instance import add_partition, open_instance

PROCESSES = 4
KEYS = [f"2026-01-{day:02}" for day in range(1, 29)]


def _add(together: Barrier) -> None:
    try:
        with open_instance() as instance:
            for key in KEYS:
                together.wait()
                add_partition(instance, "snapshot", key)
    finally:
        # Nobody waits for one that has failed.
        if sys.exc_info()[0]:
            together.abort()


def test_a_partition_that_many_add_at_once_is_added_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    spawn = multiprocessing.get_context("spawn")
    together = spawn.Barrier(PROCESSES, timeout=300)
    processes = [spawn.Process(target=_add, args=(together,)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    with open_instance() as instance:
        assert instance.get_dynamic_partitions("snapshot") == KEYS
