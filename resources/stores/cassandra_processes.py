"""Several processes that write to Cassandra, or read from it, each with a session of its own."""

import multiprocessing
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import Any, TypeVar

from resources.processes import end_with_parent
from resources.stores.cassandra_work import Work, begin

T = TypeVar("T")


class Processes:
    """Started by start(), or when there is work for them; ended by close() or with this process."""

    def __init__(self, work: Work, number: int) -> None:
        self._work = work
        self._number = number
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._starting: threading.Thread | None = None

    @property
    def started(self) -> bool:
        """Tell whether there are any, be it that they only begin."""
        return self._pool is not None

    def start(self) -> None:
        """Let them begin, which takes half a second, while this process goes on."""
        self._starting = threading.Thread(target=self._executor().submit, args=(_nothing,))
        self._starting.start()

    def run(self, function: Callable[..., T], tasks: Iterable[tuple[Any, ...]]) -> Iterator[T]:
        """Give what ``function`` gives for each task, in any order. The first error ends it all.

        Several threads may ask for it at the same time.
        """
        pool = self._executor()
        waiting: set[Future[T]] = set()
        try:
            for task in tasks:
                waiting.add(pool.submit(function, *task))
                # No more than that wait, lest a large load be a large list.
                while len(waiting) > 2 * self._number:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (each.result() for each in done)
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in done)
        finally:
            for each in waiting:
                each.cancel()

    def _executor(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                # A copy of this process, with its threads and open connections, would not work.
                # They are copies of one that has only imported what they need, and that once.
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload([Work.__module__])
                self._pool = ProcessPoolExecutor(
                    self._number,
                    mp_context=context,
                    initializer=_begin,
                    initargs=(self._work,),
                )
            return self._pool

    def close(self) -> None:
        """End them."""
        if self._starting is not None:
            self._starting.join()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _nothing() -> None:
    """A pool starts its processes when there is something to do."""


def _begin(work: Work) -> None:
    end_with_parent()
    begin(work)
