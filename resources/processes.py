"""Which process is which, whether it lives, and how one ends with the one that started it."""

import multiprocessing
import os
import signal
import socket
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from resources.errors import UserError

_CLOCKS = timedelta(seconds=1)
"""How far the clock may be wrong that a process's start is told by."""


@dataclass(frozen=True)
class Process:
    """A process, told from any other that has or had its number.

    ``host`` is the name of its machine, ``boot`` another text each time that starts, ``space``
    where its number counts (each container has numbers of its own), ``started`` when it began, in
    the machine's own clock. All but host and number are empty where the system does not tell.
    """

    host: str
    number: int
    boot: str = ""
    space: str = ""
    started: str = ""

    @classmethod
    def this(cls) -> Self:
        """Give this process."""
        number = os.getpid()
        _, started = _state(number)
        return cls(socket.gethostname(), number, _boot(), _space(), started)

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Read what str() wrote, or a host and a number alone; None for anything else."""
        host, *rest = text.split(":")
        if len(rest) not in (1, 4) or not host or not rest[0].isdecimal():
            return None
        return cls(host, int(rest[0]), *rest[1:])

    def __str__(self) -> str:
        return ":".join((self.host, str(self.number), self.boot, self.space, self.started))

    def lives(self, seen: datetime | None = None) -> bool | None:
        """Tell whether it lives; None where that can not be told from here.

        ``seen`` is a time when it did: where nobody wrote down when it began, one of its number
        that began later is another.
        """
        if self.host != socket.gethostname():
            return None
        if self.boot and self.boot != _boot():
            return False
        if self.space and self.space != _space():
            return None
        if not is_alive(self.number):
            return False
        _, started = _state(self.number)
        if self.started:
            return started == self.started
        began = _began(started)
        return began is None or seen is None or began <= seen + _CLOCKS


def is_alive(number: int) -> bool:
    """Tell whether a process of this number goes on, whoever's it is."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    # What was killed, and nobody asked after yet, still has its number.
    return _state(number)[0] not in ("Z", "X")


def begin_worker() -> None:
    """Let this process end when the one that started it says so, or is gone.

    For the first lines of a process of a pool.
    """
    # Ctrl-C on a terminal reaches every process; the one that started this one stops it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def worker_killed(doing: str) -> UserError:
    """Make the error that a process of a pool was killed while it was ``doing`` something."""
    return UserError(
        f"a process that was {doing} was killed, perhaps for want of memory; "
        "run it again with less running beside it"
    )


def end_with_parent() -> None:
    """Let this process end when the one that started it is gone: kill -9 of that says nothing here.

    For the first lines of a process that multiprocessing has started; elsewhere it does nothing.
    """
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _state(number: int) -> tuple[str, str]:
    """Give a process's state, one letter, and its start, in ticks since the machine's (proc(5))."""
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    # Its name stands in parentheses, and may have any in it.
    fields = text.rpartition(")")[2].split()
    return fields[0], fields[19]


def _began(started: str) -> datetime | None:
    if not started:
        return None
    up = time.clock_gettime(time.CLOCK_BOOTTIME)
    ago = up - int(started) / os.sysconf("SC_CLK_TCK")
    return datetime.now(UTC) - timedelta(seconds=ago)


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _space() -> str:
    try:
        return "".join(filter(str.isdecimal, Path("/proc/self/ns/pid").readlink().name))
    except OSError:
        return ""
