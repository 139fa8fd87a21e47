"""Things that are done beside each other in a few threads, of which the first error ends all."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from threading import Event
from typing import Any, Self

from resources.errors import StoppedError


class Threads:
    """``number`` threads. Leaving them waits for all that was to be done, and raises its error.

    After an error, what was not begun is not done, and what goes on ends where it asks go_on().
    """

    def __init__(self, number: int) -> None:
        self._pool = ThreadPoolExecutor(number)
        self._waiting: set[Future[None]] = set()
        self._stopped = Event()

    def __enter__(self) -> Self:
        return self

    def do(self, function: Callable[..., None], *arguments: Any) -> None:
        """Let a thread do something when one is free; raise what was an error by now."""
        ended = {each for each in self._waiting if each.done()}
        self._waiting -= ended
        for each in ended:
            each.result()
        self._waiting.add(self._pool.submit(function, *arguments))

    def go_on(self, _: object = None) -> None:
        """Raise StoppedError if an error has ended it all."""
        if self._stopped.is_set():
            raise StoppedError

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                for each in as_completed(self._waiting):
                    each.result()
        finally:
            self._stopped.set()
            self._pool.shutdown(cancel_futures=True)
