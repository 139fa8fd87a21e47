"""One run at a time works on a snapshot of a lake; who that is. What it does is not known here."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from resources.errors import UserError
from resources.processes import Process

_FOLDER = ".runs"


@dataclass(frozen=True)
class Worker:
    """Who works on a snapshot: a run, the process that it runs in, since when (ISO 8601).

    The run is empty where somebody does who has not said who it is.
    """

    snapshot: str
    run: str
    process: str
    since: str

    def __str__(self) -> str:
        at = Process.of(self.process)
        who = f"the run {self.run[:8]}" if self.run else "another run"
        where = f" (process {at.number} on {at.host})" if at else ""
        since = f" since {self.since}" if self.since else ""
        return f"{who}{where} works on {self.snapshot}{since}"


@dataclass
class _Turn:
    run: str
    file: BinaryIO
    holders: int = 0


_turns: dict[Path, _Turn] = {}
"""Those of this process: what is set up twice for one run takes its turn once."""


@contextmanager
def turn(lake: Path, snapshot: str, run: str, say: Callable[[str], object]) -> Iterator[None]:
    """Be the only run that works on a snapshot, among all processes; ``say`` for whom one waits.

    The turn goes with its process, even after ``kill -9``. Between machines it holds where the
    lake's file system passes locks on (flock(2)). Raises UserError where the lake can not be
    written.
    """
    place = _place(lake, snapshot)
    mine = _turns.get(place)
    if mine is None or mine.run != run:
        mine = _Turn(run, _take(place, lambda: _tell(lake, snapshot, say)))
        _turns[place] = mine
    mine.holders += 1
    try:
        if mine.holders == 1:
            _write(mine.file, Worker(snapshot, run, str(Process.this()), _now()))
        yield
    finally:
        mine.holders -= 1
        if not mine.holders:
            del _turns[place]
            place.unlink(missing_ok=True)
            mine.file.close()


def worker(lake: Path, snapshot: str) -> Worker | None:
    """Tell who works on a snapshot now; None where nobody does."""
    try:
        with _place(lake, snapshot).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read(file, snapshot)
    except (FileNotFoundError, NotADirectoryError):
        pass
    return None


def workers(lake: Path) -> list[Worker]:
    """List who works on any snapshot now."""
    snapshots = [unquote(file.name) for file in (lake.absolute() / _FOLDER).glob("*")]
    return [who for snapshot in snapshots if (who := worker(lake, snapshot))]


def _place(lake: Path, snapshot: str) -> Path:
    return lake.absolute() / _FOLDER / quote(snapshot, safe="")


def _take(place: Path, tell: Callable[[], None]) -> BinaryIO:
    """Open the file of a snapshot, locked, when nobody else has it so."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        while True:
            file = place.open("a+b", buffering=0)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                tell()
                fcntl.flock(file, fcntl.LOCK_EX)
            # Who had it before has taken it away at its end.
            if _is_at(place, file):
                return file
            file.close()
    except OSError as error:
        raise UserError(
            f"{place.parent.parent}: the lake folder cannot be written: {error.strerror}; "
            "choose another with --lake or IMAGESUGGEST_LAKE"
        ) from error


def _is_at(place: Path, file: BinaryIO) -> bool:
    try:
        return place.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False


def _tell(lake: Path, snapshot: str, say: Callable[[str], object]) -> None:
    if who := worker(lake, snapshot):
        say(f"waits: {who}")


def _write(file: BinaryIO, who: Worker) -> None:
    file.seek(0)
    file.truncate()
    file.write(json.dumps(asdict(who)).encode())


def _read(file: BinaryIO, snapshot: str) -> Worker:
    try:
        return Worker(**json.loads(file.read()))
    except (ValueError, TypeError):
        # It has just come, and not said yet who it is.
        return Worker(snapshot, "", "", "")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
