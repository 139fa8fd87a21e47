"""Runs in processes that can be killed, forked from one that has imported everything already."""

import multiprocessing
import operator
import os
import time
import warnings
from collections import Counter
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from imagesuggest_assets.catalog.datasets import DATASETS
from resources.instance import add_partition, open_instance
from tests.acceptance.broken_dumps import SNAPSHOT, run_here
from tests.acceptance.command import current_of, rows_of

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])

Rows = Counter[tuple[Any, ...]]


def _run(dumps: Path, lake: Path, home: Path) -> None:
    warnings.simplefilter("ignore")
    os.environ["DAGSTER_HOME"] = str(home)
    # The dumps may be others than those of the run before.
    error = run_here(dumps, lake, choose_again=True).error
    if error:
        raise SystemExit(error)


def _open(home: Path) -> None:
    warnings.simplefilter("ignore")
    os.environ["DAGSTER_HOME"] = str(home)
    add_partition(open_instance(), "snapshot", SNAPSHOT)


def start_run(dumps: Path, lake: Path, home: Path) -> BaseProcess:
    """Run everything in a process of its own, which ends in 0 or in 1."""
    return _start(_run, dumps, lake, home)


def start_opening(home: Path) -> BaseProcess:
    """Open a Dagster instance, and write to it, in a process of its own."""
    return _start(_open, home)


def _start(function: Callable[..., None], *arguments: Path) -> BaseProcess:
    process = FORKS.Process(target=function, args=arguments)
    process.start()
    return process


def kill_after(process: BaseProcess, seconds: float) -> None:
    """Kill a process that has not ended by then."""
    process.join(seconds)
    process.kill()
    process.join()


def kill_when_replaced(process: BaseProcess, lake: Path, share: float) -> None:
    """Kill a process that has just begun, as soon as it has replaced a share of all partitions."""
    before = _partitions(lake)
    replaced = 0
    while replaced < share * (len(before) - 1):
        replaced = sum(map(operator.ne, _partitions(lake), before))
        assert process.is_alive()
        process.join(0.002)
    process.kill()
    process.join()


def seconds_of(process: BaseProcess) -> float:
    """Wait for a process to end in 0; give how long that took."""
    began = time.monotonic()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - began


def _partitions(lake: Path) -> list[str]:
    """Tell the partitions of all datasets apart from those that take their places."""
    return [current_of(lake, name, SNAPSHOT)["version"] for name in DATASETS]


def contents(lake: Path) -> dict[str, Rows]:
    """Read all partitions there are; fails for one that cannot be read as a whole."""
    return {
        dataset: Counter(
            tuple(tuple(value) if isinstance(value, list) else value for value in row.values())
            for row in rows_of(lake, dataset, SNAPSHOT)
        )
        for dataset in DATASETS
        if (lake / dataset).exists()
    }
