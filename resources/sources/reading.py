"""Reads many input files at once, each in bounded memory, and tells how far it has come."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from ctypes import Array, c_bool, c_int64
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from resources.errors import StoppedError
from resources.lake_paths import LakePath
from resources.processes import begin_worker, worker_killed

OnBytes = Callable[[int], None]
Counts = Mapping[str, object]
"""What a reader counted in its files, by what it is."""
T = TypeVar("T")

PROCESSES_FROM_BYTES = 64 * 10**6
"""Below this many stored bytes, starting processes takes longer than they save."""

_LISTEN_SECONDS = 0.1


@dataclass(frozen=True)
class Job:
    """One input file, or several, and the Parquet file it is to become.

    ``extra`` are constant columns, such as the wiki; ``what`` tells the reader what it reads;
    ``more`` are the files that it reads beside ``source``.
    """

    source: Path
    target: Path
    what: Any = None
    extra: tuple[tuple[str, str], ...] = ()
    more: tuple[Path, ...] = ()

    @property
    def bytes(self) -> int:
        """How many stored bytes the files have; one that is not there has none."""
        return sum(each.stat().st_size for each in (self.source, *self.more) if each.exists())


def wiki_of(job: Job) -> str:
    """Name the wiki whose files a job reads."""
    return dict(job.extra)["wiki_db"]


@dataclass(frozen=True)
class _Shared:
    """Memory that all processes see.

    ``counts`` has a place for each job, which only its own process writes: bytes read. Without
    locks, since a process that is killed would keep them for ever.
    """

    counts: "Array[c_int64]"
    stop: c_bool


_shared: _Shared | None = None


def read_all(
    jobs: Sequence[Job], read: Callable[[Job, OnBytes], T], on_bytes: OnBytes
) -> list[tuple[LakePath, T]]:
    """Let ``read`` work on each job, the largest file first; give, job by job, where what it wrote
    is, and what it returns.

    Files are read in as many processes as there are cores once that pays. ``read`` must be a
    function of a module. ``on_bytes`` hears how many stored bytes were read since it last did.
    The first job that fails ends the others, and its error is raised; UserError when a process is
    killed.
    """
    sizes = [job.bytes for job in jobs]
    workers = min(os.cpu_count() or 1, len(jobs))
    if workers < 2 or sum(sizes) < PROCESSES_FROM_BYTES:
        return [(job.target, read(job, on_bytes)) for job in jobs]
    # Spawned, not forked: this process has threads, of the engine and of Arrow.
    spawn = multiprocessing.get_context("spawn")
    shared = _Shared(spawn.RawArray(c_int64, len(jobs)), spawn.RawValue(c_bool, False))
    with (
        listening(lambda: sum(shared.counts), on_bytes, _LISTEN_SECONDS),
        ProcessPoolExecutor(workers, spawn, _start, (shared,)) as pool,
    ):
        order = sorted(range(len(jobs)), key=lambda index: -sizes[index])
        futures = {index: pool.submit(_run, read, jobs[index], index) for index in order}
        try:
            results = _results([futures[index] for index in range(len(jobs))])
            return [(job.target, result) for job, result in zip(jobs, results, strict=True)]
        except BaseException:
            shared.stop.value = True
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def listening(done: Callable[[], int], on_bytes: OnBytes, every: float) -> Iterator[None]:
    """Tell ``on_bytes`` what ``done`` gives more than before, each ``every`` seconds and at the
    end.
    """
    ended = threading.Event()

    def listen() -> None:
        told, last = 0, False
        while not last:
            last = ended.wait(every)
            if count := done() - told:
                on_bytes(count)
                told += count

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield
    finally:
        ended.set()
        listener.join()


def _results(futures: list[Future[T]]) -> list[T]:
    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
    try:
        for future in done:
            future.result()
        return [future.result() for future in futures]
    except BrokenProcessPool as error:
        raise worker_killed("reading files") from error


def _start(shared: _Shared) -> None:
    global _shared
    _shared = shared
    begin_worker()


def _run(read: Callable[[Job, OnBytes], T], job: Job, index: int) -> T:
    shared = _shared
    if shared is None:
        raise RuntimeError("a reading process was started without what it shares")

    def on_bytes(count: int) -> None:
        if shared.stop.value:
            raise StoppedError
        shared.counts[index] += count

    return read(job, on_bytes)
