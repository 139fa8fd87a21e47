"""The pager: told what was judged, it writes the pages that are due and sees them delivered.

It remembers in one file (store.py). A page is on the disk before anybody is told of it, is sent
until every destination has it, and is sent once: only where the machine fails or the process is
killed after a receiver took a page and before that is on the disk is the page sent again, with the
same key, by which receivers can know it. The same holds for a receiver that takes a page and
answers too late, or with an error.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from sqlite3 import Connection
from types import MappingProxyType
from uuid import uuid4

from resources.paging import incidents, outbox
from resources.paging.destinations import Destination
from resources.paging.outbox import Due, Waiting
from resources.paging.problems import Incident, Judgement, Kind, Page, worst
from resources.paging.store import Store
from resources.paging.texts import PRODUCT, compose

AGAIN_AFTER = timedelta(hours=24)
_NO_RUNBOOK: Mapping[str, str] = MappingProxyType({})


@dataclass
class Delivered:
    """What came of delivering: pages taken and tries that failed, over all destinations.

    ``busy``: somebody else was delivering, so nothing was tried.
    """

    delivered: int = 0
    failed: int = 0
    busy: bool = False


class Pager:
    """Tells people what is wrong: once, again while it lasts, once when it is over.

    ``store`` is the file to remember in. ``runbook`` has a paragraph by check, ``product`` is what
    titles begin with. ``again_after`` is how long it stays quiet about what lasts. Safe to use from
    several processes and threads.
    """

    def __init__(
        self,
        store: Path,
        destinations: Sequence[Destination] = (),
        *,
        runbook: Mapping[str, str] = _NO_RUNBOOK,
        product: str = PRODUCT,
        again_after: timedelta = AGAIN_AFTER,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = Store(store)
        self._runbook, self._product = runbook, product
        self._again_after = again_after
        self._clock = clock
        salt = self._store.salt
        self._destinations = {outbox.fingerprint(to.url, salt): to for to in destinations}
        with self._store.transaction() as connection:
            outbox.know(connection, self._destinations)

    def report(self, source: str, judgements: Iterable[Judgement]) -> bool:
        """Take in what was judged, and write the pages due; all of it or nothing.

        One report is one cause: what it opens is one page a snapshot, what it ends one page.
        ``source`` says where the judgements are from, such as a run; a source is taken in once.
        Gives False where it was before.
        """
        now = self._clock()
        with self._store.transaction() as connection:
            if not connection.execute(
                "INSERT INTO sources VALUES (?, ?) ON CONFLICT DO NOTHING",
                [source, now.timestamp()],
            ).rowcount:
                return False
            changes = incidents.judge(connection, judgements, now)
            self._write_by_snapshot(connection, "open", changes.opened.values(), now)
            if changes.over:
                self._write(connection, "over", [*changes.over.values()], now)
        return True

    def knows(self, source: str) -> bool:
        """Tell whether a source was taken in, and was not forgotten since."""
        with self._store.transaction() as connection:
            found = connection.execute("SELECT 1 FROM sources WHERE source = ?", [source])
            return found.fetchone() is not None

    def remind(self) -> int:
        """Write a page for each snapshot with incidents that were not spoken of for long."""
        now = self._clock()
        with self._store.transaction() as connection:
            lasting = [
                incident
                for incident in incidents.open_incidents(connection)
                if now - incident.told_at >= self._again_after
            ]
            return self._write_by_snapshot(connection, "again", lasting, now)

    def deliver(self, *, for_seconds: float = 40) -> Delivered:
        """Write what is due again, and send what waits, oldest first for each destination.

        Begins nothing new after ``for_seconds``. Where somebody else is delivering, does nothing.
        """
        end = time.monotonic() + for_seconds
        self.remind()
        with self._store.sending() as mine:
            if not mine:
                return Delivered(busy=True)
            with self._store.transaction() as connection:
                outbox.pass_on(connection, self._destinations)
                outbox.prune(connection)
            done = Delivered()
            for key, destination in self._destinations.items():
                self._deliver_to(key, destination, end, done)
            return done

    def pending(self) -> list[Waiting]:
        """Tell for every destination what it has not got, and why."""
        with self._store.transaction() as connection:
            return outbox.waiting(connection, self._destinations)

    def open_incidents(self) -> list[Incident]:
        """List what is wrong now, oldest first."""
        with self._store.transaction() as connection:
            return incidents.open_incidents(connection)

    def pages(self, limit: int = 20) -> list[Page]:
        """Give the newest pages, the newest first, whether they are delivered or not."""
        with self._store.transaction() as connection:
            return outbox.newest(connection, limit)

    def forget_sources(self, before: datetime) -> int:
        """Forget sources reported before a time, which can not be reported again; count them."""
        with self._store.transaction() as connection:
            return connection.execute(
                "DELETE FROM sources WHERE at < ?", [before.timestamp()]
            ).rowcount

    def _write_by_snapshot(
        self, connection: Connection, kind: Kind, about: Iterable[Incident], now: datetime
    ) -> int:
        by_snapshot = groupby(sorted(about, key=_snapshot), key=_snapshot)
        return sum(self._write(connection, kind, list(some), now) for _, some in by_snapshot)

    def _write(
        self, connection: Connection, kind: Kind, about: Sequence[Incident], now: datetime
    ) -> int:
        """Write one page; give 1."""
        key = uuid4().hex
        title, body = compose(kind, about, self._runbook, key, now, self._product)
        severity = worst(incident.severity for incident in about)
        if kind == "over":
            routed = incidents.severities_told(connection, about)
        else:
            routed = frozenset([severity])
            incidents.told(connection, about, severity, now)
        page = Page(key, kind, severity, routed, title, body, now)
        outbox.write(connection, page, [incident.id for incident in about], self._destinations)
        return 1

    def _deliver_to(self, key: str, to: Destination, end: float, done: Delivered) -> None:
        """Send what is due for one destination; stop where it seems to take nothing."""
        failures = 0
        tried: set[int] = set()
        while time.monotonic() < end and failures < 2:
            due = self._next(key, tried)
            if due is None:
                return
            tried.add(due.id)
            with self._store.transaction() as connection:
                outbox.begin(connection, due.id, key)
            why = to.send(due.page)
            with self._store.transaction() as connection:
                if why:
                    outbox.failed(connection, due.id, key, why, self._clock())
                else:
                    outbox.delivered(connection, due.id, key, self._clock())
            if why:
                done.failed += 1
                failures += 1
                if due.attempts + 1 < outbox.PATIENCE and not due.overtaken:
                    return
            else:
                done.delivered += 1

    def _next(self, destination: str, tried: set[int]) -> Due | None:
        """Give the oldest page to send now: order is kept, but for pages that are refused."""
        with self._store.transaction() as connection:
            waiting = outbox.due(connection, destination)
        now = self._clock()
        for due in waiting:
            if due.id in tried:
                continue
            if due.next_try <= now:
                return due
            if not due.overtaken:
                return None
        return None


def _snapshot(incident: Incident) -> str:
    return incident.snapshot
