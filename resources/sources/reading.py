"""Reads many input files at once, each in bounded memory, and tells how far it has come."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any, TypeVar

OnBytes = Callable[[int], None]
T = TypeVar("T")

PROCESSES_FROM_BYTES = 64 * 10**6
"""Below this many stored bytes, starting processes takes longer than they save."""


@dataclass(frozen=True)
class Job:
    """One input file, and the Parquet file it is to become.

    ``extra`` are constant columns, such as the wiki; ``what`` tells the reader what it reads.
    """

    source: Path
    target: Path
    what: Any = None
    extra: tuple[tuple[str, str], ...] = ()


_queue: "SimpleQueue[int | None] | None" = None


def read_all(jobs: Sequence[Job], read: Callable[[Job, OnBytes], T], on_bytes: OnBytes) -> list[T]:
    """Let ``read`` work on each job, the largest file first; give what it returns, job by job.

    Files are read in as many processes as there are cores once that pays. ``read`` must be a
    function of a module. ``on_bytes`` hears how many stored bytes were read since it last did.
    The first job that fails ends the others, and its error is raised.
    """
    sizes = [job.source.stat().st_size if job.source.exists() else 0 for job in jobs]
    workers = min(os.cpu_count() or 1, len(jobs))
    if workers < 2 or sum(sizes) < PROCESSES_FROM_BYTES:
        return [read(job, on_bytes) for job in jobs]
    # Spawned, not forked: this process has threads, of the engine and of Arrow.
    spawn = multiprocessing.get_context("spawn")
    queue = spawn.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(queue, on_bytes), daemon=True)
    listener.start()
    try:
        with ProcessPoolExecutor(workers, spawn, _start, (queue,)) as pool:
            order = sorted(range(len(jobs)), key=lambda index: -sizes[index])
            futures = {index: pool.submit(_run, read, jobs[index]) for index in order}
            try:
                return [futures[index].result() for index in range(len(jobs))]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        queue.put(None)
        listener.join()


def _start(queue: "SimpleQueue[int | None]") -> None:
    global _queue
    _queue = queue


def _run(read: Callable[[Job, OnBytes], T], job: Job) -> T:
    queue = _queue
    if queue is None:
        raise RuntimeError("a reading process was started without its queue")
    return read(job, queue.put)


def _listen(queue: "SimpleQueue[int | None]", on_bytes: OnBytes) -> None:
    while (count := queue.get()) is not None:
        on_bytes(count)
