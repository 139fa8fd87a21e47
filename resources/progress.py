"""How far reading or sending has come, told to whoever shows it: the log, or a terminal."""

import time
from collections.abc import Callable

LOG_EVERY_SECONDS = 5.0
BYTES = "bytes"


class Progress:
    """Hears about what an asset reads, or sends. This one keeps it to itself."""

    def start(self, asset: str, total: int, unit: str = BYTES) -> None:
        """``asset`` is about to read files of ``total`` bytes, as they are stored.

        With another ``unit``, such as ``rows``, it is about to send so many of them.
        """

    def advance(self, asset: str, count: int) -> None:
        """``count`` more bytes have been read, or units sent."""

    def finish(self, asset: str) -> None:
        """All has been read, or sent."""


class LoggedProgress(Progress):
    """Writes a line to a log every few seconds, for runs that nobody watches on a terminal."""

    def __init__(self, log: Callable[[str], object]) -> None:
        self._log = log
        self._total = self._done = 0
        self._unit = BYTES
        self._started = self._last = 0.0

    def start(self, asset: str, total: int, unit: str = BYTES) -> None:
        """See Progress."""
        self._total, self._done, self._unit = total, 0, unit
        self._started = self._last = time.monotonic()

    def advance(self, asset: str, count: int) -> None:
        """See Progress."""
        self._done += count
        now = time.monotonic()
        if now - self._last > LOG_EVERY_SECONDS:
            self._last = now
            told = how_far(self._done, self._total, self._unit, now - self._started)
            self._log(f"{asset}: {'read ' if self._unit == BYTES else ''}{told}")


def how_far(done: int, total: int, unit: str, seconds: float) -> str:
    """Write how much is done, for people: of bytes ``1.2 MB of 3.4 MB``, else with a rate."""
    if unit == BYTES:
        return f"{megabytes(done)} of {megabytes(total)}"
    return f"{done:,} of {total:,} {unit}, {done / max(seconds, 1e-6):,.0f} {unit}/s"


def megabytes(count: int) -> str:
    """Write a number of bytes for people, such as ``12.3 MB``."""
    return f"{count / 1e6:,.1f} MB"
