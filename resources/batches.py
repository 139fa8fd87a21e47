"""Works on record batches with as many processes as there are cores, in bounded memory."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pyarrow as pa

from resources.processes import begin_worker, worker_killed

Work = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
"""From batches to batches; what comes of one batch depends on no other."""
ALONE_BYTES = 16 * 2**20
"""So much is worked on in this process: to start others takes longer than they would save."""
_WAITING = 3
"""Batches for each process that are under way at once."""
_work: Work | None = None
"""What this process was started for: it may hold much, and is sent once, not with each batch."""


def in_processes(
    batches: Iterable[pa.RecordBatch], work: Work, on_rows: Callable[[int], None]
) -> Iterator[pa.RecordBatch]:
    """Give what comes of all batches, in their order. ``work`` is a function of a module, or a
    partial of one, and called for each batch; each process has its own copy of what the partial
    holds. ``on_rows`` hears how many rows are done. Raises UserError when a process is killed.
    """
    batches, cores = iter(batches), os.cpu_count() or 1
    alone = 0
    for batch in batches:
        yield from work([batch])
        on_rows(batch.num_rows)
        alone += batch.nbytes
        if cores > 1 and alone >= ALONE_BYTES:
            break
    else:
        return
    # Spawned, not forked: this process has threads, of the engine and of Arrow.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, spawn, _start, (work,)) as pool:
        under_way: deque[tuple[int, Future[list[pa.RecordBatch]]]] = deque()

        def first() -> list[pa.RecordBatch]:
            rows, done = under_way.popleft()
            made = done.result()
            on_rows(rows)
            return made

        try:
            for batch in batches:
                under_way.append((batch.num_rows, pool.submit(_done, batch)))
                if len(under_way) >= _WAITING * cores:
                    yield from first()
            while under_way:
                yield from first()
        except BrokenProcessPool as error:
            raise worker_killed("working on rows") from error
        finally:
            pool.shutdown(cancel_futures=True)


def _start(work: Work) -> None:
    global _work
    _work = work
    begin_worker()


def _done(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    if _work is None:
        raise RuntimeError("a process was started without what it is to do")
    return list(_work([batch]))
