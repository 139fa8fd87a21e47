"""One run at a time works on a snapshot of a lake; who that is. What it does is not known here."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from resources.errors import UserError
from resources.processes import Process
from resources.storage import Storage

_FOLDER = ".runs"
_LOOK_SECONDS = 0.2


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
    give_back: Callable[[], None]
    holders: int = 0


_turns: dict[str, _Turn] = {}
"""Those of this process: what is set up twice for one run takes its turn once."""


@contextmanager
def turn(storage: Storage, snapshot: str, run: str, say: Callable[[str], object]) -> Iterator[None]:
    """Be the only run that works on a snapshot, among all processes; ``say`` for whom one waits.

    The turn goes with its process, even after ``kill -9``; how far that holds between machines,
    Storage.take() says. Raises UserError where the lake can not be written.
    """
    place = str(storage.path(_place(snapshot)))
    mine = _turns.get(place)
    if mine is None or mine.run != run:
        mine = _turns[place] = _Turn(run, _take(storage, snapshot, run, say))
    mine.holders += 1
    try:
        yield
    finally:
        mine.holders -= 1
        if not mine.holders:
            del _turns[place]
            mine.give_back()


def worker(storage: Storage, snapshot: str) -> Worker | None:
    """Tell who works on a snapshot now; None where nobody does."""
    who = storage.holder(_place(snapshot))
    if who is None:
        return None
    try:
        return Worker(**json.loads(who))
    except (ValueError, TypeError):
        # It has just come, and not said yet who it is.
        return Worker(snapshot, "", "", "")


def workers(storage: Storage) -> list[Worker]:
    """List who works on any snapshot now."""
    snapshots = [unquote(name) for name in storage.names(_FOLDER)]
    return [who for snapshot in snapshots if (who := worker(storage, snapshot))]


def _place(snapshot: str) -> str:
    return f"{_FOLDER}/{quote(snapshot, safe='')}"


def _take(
    storage: Storage, snapshot: str, run: str, say: Callable[[str], object]
) -> Callable[[], None]:
    """Wait until nobody else has the turn, and take it."""
    me = Worker(snapshot, run, str(Process.this()), _now())
    told = False
    try:
        while (give_back := storage.take(_place(snapshot), json.dumps(asdict(me)))) is None:
            if not told and (who := worker(storage, snapshot)):
                say(f"waits: {who}")
                told = True
            time.sleep(_LOOK_SECONDS)
    except OSError as error:
        raise UserError(
            f"{storage.path('')}: the lake folder cannot be written: {error.strerror}; "
            "choose another with --lake or IMAGESUGGEST_LAKE"
        ) from error
    return give_back


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
