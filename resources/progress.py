"""How far reading has come, told to whoever shows it: the log, or a terminal."""

import time
from collections.abc import Callable

LOG_EVERY_SECONDS = 5.0


class Progress:
    """Hears about the files that an asset reads. This one keeps it to itself."""

    def start(self, asset: str, total: int) -> None:
        """``asset`` is about to read files of ``total`` bytes, as they are stored."""

    def advance(self, asset: str, count: int) -> None:
        """``count`` more bytes have been read."""

    def finish(self, asset: str) -> None:
        """All its files have been read."""


class LoggedProgress(Progress):
    """Writes a line to a log every few seconds, for runs that nobody watches on a terminal."""

    def __init__(self, log: Callable[[str], object]) -> None:
        self._log = log
        self._total = 0
        self._read = 0
        self._last = 0.0

    def start(self, asset: str, total: int) -> None:
        """See Progress."""
        self._total, self._read, self._last = total, 0, time.monotonic()

    def advance(self, asset: str, count: int) -> None:
        """See Progress."""
        self._read += count
        if time.monotonic() - self._last > LOG_EVERY_SECONDS:
            self._last = time.monotonic()
            self._log(f"{asset}: read {megabytes(self._read)} of {megabytes(self._total)}")


def megabytes(count: int) -> str:
    """Write a number of bytes for people, such as ``12.3 MB``."""
    return f"{count / 1e6:,.1f} MB"
