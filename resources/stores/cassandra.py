"""The readers' store as a Cassandra keyspace. What is many rows is done by several processes, since
one can not keep it busy.

How it is connected to is in cassandra_connection.py, the tables' CQL in cassandra_schema.py.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from resources.stores import cassandra_work
from resources.stores.cassandra_connection import connected, failures
from resources.stores.cassandra_processes import Processes
from resources.stores.cassandra_schema import check_tables, statements
from resources.stores.files import row_groups
from resources.stores.settings import CassandraSettings
from resources.stores.store import (
    INT_MAX,
    OnRows,
    Step,
    Suggestion,
    Table,
    newest,
    snapshot_id,
    texts,
)

RANGES = 64
"""Parts of the token ring that a whole table is read in."""
FEW_ROWS = 40_000
"""So many are read sooner in this process than others are started."""
FEW_GROUPS = 1
MANY_ROWS = 400_000
"""Suggestions of a snapshot of which a week's change, about a twentieth, is written sooner by
processes that were started when the load began than by this one."""
SCHEMA_SECONDS = 60.0
"""A cluster of many nodes takes its time to agree on a table."""
_RING = (-(2**63), 2**63 - 1)
T = TypeVar("T")


class CassandraStore:
    """The keyspace of ``settings``, connected. Raises StoreError where that is not possible.

    What it writes bears the time at which the step began, so that what a killed load still has on
    its way loses against the next load, whenever it arrives.
    """

    kind = "cassandra"

    def __init__(self, settings: CassandraSettings) -> None:
        self._settings = settings
        self.where = f"{', '.join(settings.points)}, keyspace {settings.keyspace}"
        # One more than the processes, so that none waits for the end of a step of another wiki.
        self.at_once = settings.processes + 1
        here = replace(settings, in_flight=max(1, settings.in_flight // self.at_once))
        self._work = cassandra_work.Work(here)
        self._lock = threading.Lock()
        self._at = 0
        self._cluster, self._session = connected(settings)
        self._work.use(self._session)
        self._processes = Processes(cassandra_work.Work(settings), settings.processes)

    def close(self) -> None:
        """Let go of the connections, and of the other processes."""
        self._processes.close()
        self._cluster.shutdown()

    def check(self) -> None:
        """See Store. The tables must be there: `imagesuggest cassandra-schema` makes them."""
        with self._failures():
            self._cluster.refresh_schema_metadata()
        check_tables(self._cluster.metadata, self._settings.keyspace, self.where)

    def expect(self, rows: int) -> None:
        """See Store."""
        if rows >= MANY_ROWS:
            self._processes.start()

    def identity(self) -> str:
        """See Store."""
        with self._failures():
            row = self._session.execute(
                "SELECT id FROM system_schema.tables WHERE keyspace_name = %s AND table_name = %s",
                [self._settings.keyspace, "suggestions"],
            ).one()
        return str(row[0])

    def apply(self, step: Step, wiki: str, snapshot: str, file: Path, on_rows: OnRows) -> None:
        """See Store."""
        groups = row_groups(file)
        with self._lock:
            # Microseconds; the one before is for what has to go first.
            at = self._at = max(self._at + 2, time.time_ns() // 1000)
        made = snapshot_id(snapshot)
        tasks = [(step, wiki, made, at, file, group) for group in range(groups)]
        with self._failures():
            if groups <= FEW_GROUPS and not self._processes.started:
                for task in tasks:
                    self._work.write(*task, on_rows)
            else:
                for rows in self._processes.run(cassandra_work.write, tasks):
                    on_rows(rows)

    def dump(self, table: Table, wikis: Collection[str], folder: Path) -> list[Path]:
        """See Store."""
        folder.mkdir(parents=True, exist_ok=True)
        chosen = frozenset(wikis)
        tasks = [
            (table, *part, chosen, folder / f"{number:03}.parquet")
            for number, part in enumerate(_parts())
        ]
        with self._failures():
            list(self._spread(self._work.dump, cassandra_work.dump, tasks, lambda rows: rows))
        return [task[-1] for task in tasks]

    def counts(self, table: Table) -> dict[str, int]:
        """See Store."""
        tasks = [(table, *part) for part in _parts()]
        counts: dict[str, int] = {}
        with self._failures():
            for found in self._spread(
                self._work.counts, cassandra_work.counts, tasks, lambda each: sum(each.values())
            ):
                for wiki, rows in found.items():
                    counts[wiki] = counts.get(wiki, 0) + rows
        return counts

    def suggestions(self, wiki: str, page_id: int) -> list[Suggestion]:
        """See Store."""
        if page_id > INT_MAX:
            return []
        with self._failures():
            rows = self._work.read("suggestions", wiki, page_id)
        return newest(
            Suggestion(made, image, origin, confidence, texts(found_on), texts(kind), *more)
            for made, image, origin, confidence, found_on, kind, *more in rows
        )

    def title(self, wiki: str, title: str) -> tuple[int, int] | None:
        """See Store."""
        with self._failures():
            rows = self._work.read("title_cache", wiki, title)
        return (rows[0][0], rows[0][1]) if rows else None

    def instance_of(self, wiki: str, page_id: int) -> tuple[int, tuple[str, ...] | None] | None:
        """See Store."""
        with self._failures():
            rows = self._work.read("instanceof_cache", wiki, page_id)
        return (rows[0][0], texts(rows[0][1])) if rows else None

    def _spread(
        self,
        here: Callable[..., T],
        elsewhere: Callable[..., T],
        tasks: Sequence[tuple[Any, ...]],
        size: Callable[[T], int],
    ) -> Iterator[T]:
        """Do the first task here; it tells whether the others are worth other processes."""
        first = here(*tasks[0])
        yield first
        if size(first) * len(tasks) > FEW_ROWS:
            yield from self._processes.run(elsewhere, tasks[1:])
        else:
            for task in tasks[1:]:
                yield here(*task)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        with failures(self.where):
            yield


def make_schema(settings: CassandraSettings) -> None:
    """Make the keyspace and the tables where they are not there. Raises StoreError."""
    cluster, session = connected(settings)
    try:
        with failures(", ".join(settings.points)):
            for statement in statements(settings):
                session.execute(statement, timeout=SCHEMA_SECONDS)
    finally:
        cluster.shutdown()


def _parts() -> list[tuple[int, int]]:
    """Cut the token ring: each part begins after its first token and ends with its second."""
    low, high = _RING
    cuts = [low + (high - low) * place // RANGES for place in range(RANGES)]
    return list(zip(cuts, [*cuts[1:], high], strict=True))
