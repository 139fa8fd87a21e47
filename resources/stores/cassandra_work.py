"""What is done with rows in Cassandra: written, removed, read, counted; in whichever process."""

import gc
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import groupby, repeat
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
from cassandra.cluster import ResponseFuture, Session
from cassandra.policies import HostDistance
from cassandra.query import UNSET_VALUE, BoundStatement, PreparedStatement
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from resources.sources.parquet import write_parquet
from resources.stores.cassandra_batches import Binder, Partition, batches, stored_bytes
from resources.stores.cassandra_connection import PASSING, connected
from resources.stores.files import DUMPED, table_of
from resources.stores.settings import CassandraSettings
from resources.stores.store import ORIGIN, OnRows, Step, Table, texts

FETCHED = 5_000
"""Rows that are asked for at once when a whole table is read."""
TOLD_EVERY = 1_000
_AT = "[timestamp]"
"""What Cassandra calls the value of USING TIMESTAMP."""
_BATCH_ROWS = 50_000
_WRITES: dict[Step, str] = {
    "put_title_cache": "INSERT INTO {keyspace}.title_cache (wiki, title, page_id, page_rev) "
    "VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
    "put_instanceof_cache": "INSERT INTO {keyspace}.instanceof_cache "
    "(wiki, page_id, page_rev, instance_of) VALUES (?, ?, ?, ?) USING TIMESTAMP ?",
    "put_suggestions": "INSERT INTO {keyspace}.suggestions (wiki, page_id, id, origin_wiki, "
    "page_rev, page_qid, image, confidence, found_on, kind) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
    "remove_suggestions": "DELETE FROM {keyspace}.suggestions USING TIMESTAMP ? "
    "WHERE wiki = ? AND page_id = ?",
    "remove_title_cache": "DELETE FROM {keyspace}.title_cache USING TIMESTAMP ? "
    "WHERE wiki = ? AND title = ?",
    "remove_instanceof_cache": "DELETE FROM {keyspace}.instanceof_cache USING TIMESTAMP ? "
    "WHERE wiki = ? AND page_id = ?",
}
_READS: dict[str, str] = {
    "suggestions": "SELECT id, image, origin_wiki, confidence, found_on, kind, page_rev, "
    "section_heading, section_index, page_qid FROM {keyspace}.suggestions "
    "WHERE wiki = ? AND page_id = ?",
    "title_cache": "SELECT page_id, page_rev FROM {keyspace}.title_cache "
    "WHERE wiki = ? AND title = ?",
    "instanceof_cache": "SELECT page_rev, instance_of FROM {keyspace}.instanceof_cache "
    "WHERE wiki = ? AND page_id = ?",
}
_PARTITIONS: dict[Table, str] = {
    "suggestions": "wiki, page_id",
    "title_cache": "wiki, title",
    "instanceof_cache": "wiki, page_id",
}
_DUMPED: dict[Table, str] = {
    "suggestions": "wiki, page_id, id, image, confidence, found_on, kind, page_rev, page_qid",
    "title_cache": "wiki, title, page_id, page_rev",
    "instanceof_cache": "wiki, page_id, page_rev, instance_of",
}


class Work:
    """Statements on the keyspace of ``settings``.

    It can be sent to another process, which gives it a session of its own.
    """

    def __init__(self, settings: CassandraSettings) -> None:
        self._settings = settings
        self._session: Session | None = None
        self._prepared: dict[str, PreparedStatement] = {}

    def use(self, session: Session) -> None:
        """Work on a session."""
        self._session = session

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_session": None, "_prepared": {}}

    @property
    def settings(self) -> CassandraSettings:
        """How the keyspace is reached."""
        return self._settings

    def write(
        self, step: Step, wiki: str, made: UUID, at: int, file: Path, group: int, on_rows: OnRows
    ) -> int:
        """Do a step with a row group of a file; give how many rows that were.

        ``made`` is the id of new rows; all of it bears the time ``at``, in microseconds.

        All is acknowledged when this returns. What fails in passing is tried again, with growing
        waits, as long as the settings' patience lasts; then it is raised.
        """
        rows = table_of(file, group)
        flying: deque[tuple[ResponseFuture, Any, int]] = deque()
        told = 0
        partitions = self._partitions(step, wiki, made, at, rows)
        for statement, count in batches(partitions, self._placing()):
            if len(flying) >= self._settings.in_flight:
                told += self._landed(*flying.popleft())
                if told >= TOLD_EVERY:
                    on_rows(told)
                    told = 0
            flying.append((self._now.execute_async(statement), statement, count))
        while flying:
            told += self._landed(*flying.popleft())
        on_rows(told)
        return len(rows)

    def dump(self, table: Table, after: int, until: int, wikis: frozenset[str], file: Path) -> int:
        """Write what a part of the token ring holds of ``wikis`` to a file; give the rows read."""
        schema = DUMPED[table]
        sets = [place for place, each in enumerate(schema) if pa.types.is_list(each.type)]
        read = 0

        def batches() -> Iterator[pa.RecordBatch]:
            nonlocal read
            kept: list[tuple[Any, ...]] = []
            for row in self._scan(table, _DUMPED[table], after, until):
                read += 1
                if row[0] in wikis:
                    kept.append(row)
                if len(kept) >= _BATCH_ROWS:
                    yield _batch(kept, schema, sets)
                    kept = []
            if kept:
                yield _batch(kept, schema, sets)

        write_parquet(batches(), schema, file, {})
        return read

    def counts(self, table: Table, after: int, until: int) -> dict[str, int]:
        """Count the rows that readers see in a part of the token ring, by wiki."""
        counts: dict[str, int] = {}
        if table != "suggestions":
            for (wiki,) in self._scan(table, "wiki", after, until):
                counts[wiki] = counts.get(wiki, 0) + 1
            return counts
        # A page's rows come one after the other, the newest id last.
        for (wiki, _), page in groupby(
            self._scan(table, "wiki, page_id, id", after, until), itemgetter(0, 1)
        ):
            ids = [row[2] for row in page]
            counts[wiki] = counts.get(wiki, 0) + ids.count(ids[-1])
        return counts

    def read(self, table: Table, *key: object) -> list[tuple[Any, ...]]:
        """Read a partition of a table."""
        statement = self._statement(_READS[table]).bind(key)
        return list(self._again(statement))

    @property
    def _now(self) -> Session:
        if self._session is None:
            raise RuntimeError("this work has no session yet")
        return self._session

    def _statement(self, text: str) -> PreparedStatement:
        if text not in self._prepared:
            cql = text.format(keyspace=self._settings.keyspace)
            prepared = self._retrying()(self._now.prepare, cql)
            prepared.is_idempotent = True
            self._prepared[text] = prepared
        return self._prepared[text]

    def _partitions(
        self, step: Step, wiki: str, made: UUID, at: int, rows: pa.Table
    ) -> Iterator[Partition]:
        """Give what is to be done, partition by partition."""
        prepared = self._statement(_WRITES[step])
        # Rows of suggestions come where nothing is; those of the caches over what is there.
        bind = Binder(prepared, UNSET_VALUE if step == "put_suggestions" else None)
        # What all rows have in common is brought to bytes once.
        given = {"wiki": wiki, "id": made, "origin_wiki": ORIGIN, _AT: at}
        bound = map(
            bind,
            zip(
                *(
                    bind.column(column.name, rows[column.name])
                    if column.name in rows.column_names
                    else repeat(bind.bytes_of(column.name, given[column.name]), len(rows))
                    for column in prepared.column_metadata
                ),
                strict=True,
            ),
        )
        sizes = stored_bytes(rows)
        if step != "put_suggestions":
            for statement, size in zip(bound, sizes, strict=True):
                yield Partition([statement], 1, size)
            return
        remove = Binder(self._statement(_WRITES["remove_suggestions"]))
        # Earlier than the rows that come with it, which it would remove too.
        before = remove.bytes_of(_AT, at - 1), remove.bytes_of("wiki", wiki)
        page_ids, fresh = rows["page_id"].to_pylist(), rows["fresh"].to_pylist()
        for page_id, page in groupby(
            zip(page_ids, fresh, bound, sizes, strict=True), itemgetter(0)
        ):
            each = list(page)
            gone = [] if each[0][1] else [remove((*before, remove.bytes_of("page_id", page_id)))]
            statements = [*gone, *(row[2] for row in each)]
            yield Partition(statements, len(each), sum(row[3] for row in each))

    def _placing(self) -> Callable[[BoundStatement], Hashable]:
        """Tell the node that the driver sends a statement to: the first near one that has it."""
        metadata, profiles = self._now.cluster.metadata, self._now.cluster.profile_manager
        if len(metadata.all_hosts()) == 1:
            return lambda _: None
        distance = profiles.default.load_balancing_policy.distance
        keyspace = self._settings.keyspace

        def place(statement: BoundStatement) -> Hashable:
            nodes = metadata.get_replicas(keyspace, statement.routing_key)
            return next((node for node in nodes if distance(node) == HostDistance.LOCAL), None)

        return place

    def _landed(self, flight: ResponseFuture, statement: Any, count: int) -> int:
        try:
            flight.result()
        except PASSING:
            self._again(statement)
        return count

    def _again(self, statement: Any) -> Iterable[tuple[Any, ...]]:
        found: Iterable[tuple[Any, ...]] = self._retrying()(self._now.execute, statement)
        return found

    def _retrying(self) -> Retrying:
        return Retrying(
            retry=retry_if_exception_type(PASSING),
            wait=wait_random_exponential(0.25, max=10),
            stop=stop_after_delay(self._settings.patience),
            reraise=True,
        )

    def _scan(
        self, table: Table, columns: str, after: int, until: int
    ) -> Iterator[tuple[Any, ...]]:
        token = f"token({_PARTITIONS[table]})"
        least = ">=" if after == -(2**63) else ">"
        text = (
            f"SELECT {columns} FROM {{keyspace}}.{table} "  # noqa: S608 - no text from outside
            f"WHERE {token} {least} ? AND {token} <= ?"
        )
        statement = self._statement(text).bind((after, until))
        statement.fetch_size = FETCHED
        pages = self._retrying()(self._now.execute, statement)
        while True:
            yield from pages.current_rows
            if not pages.has_more_pages:
                return
            self._retrying()(pages.fetch_next_page)


def _batch(rows: list[tuple[Any, ...]], schema: pa.Schema, sets: list[int]) -> pa.RecordBatch:
    columns: list[Any] = list(zip(*rows, strict=True))
    for place in sets:
        columns[place] = [texts(value) for value in columns[place]]
    if "id" in schema.names:
        place = schema.get_field_index("id")
        columns[place] = [str(value) for value in columns[place]]
    return pa.RecordBatch.from_arrays(list(map(pa.array, columns, schema.types)), schema=schema)


_work: Work | None = None


def begin(work: Work) -> None:
    """Let this process do ``work``, with a session of its own."""
    global _work
    _work = work
    _work.use(connected(work.settings)[1])
    # What was imported stays; to look through it for what does not costs a tenth of the time.
    gc.freeze()


def write(step: Step, wiki: str, made: UUID, at: int, file: Path, group: int) -> int:
    """See Work.write; in another process."""
    return _here().write(step, wiki, made, at, file, group, lambda _: None)


def dump(table: Table, after: int, until: int, wikis: frozenset[str], file: Path) -> int:
    """See Work.dump; in another process."""
    return _here().dump(table, after, until, wikis, file)


def counts(table: Table, after: int, until: int) -> dict[str, int]:
    """See Work.counts; in another process."""
    return _here().counts(table, after, until)


def _here() -> Work:
    if _work is None:
        raise RuntimeError("this process was not begun")
    return _work
