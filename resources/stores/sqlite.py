"""The readers' store as one SQLite file, for those who have no Cassandra: same tables, same rows.

Sets are JSON arrays of text, sorted, and NULL where empty; ids are UUIDs as text.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pyarrow as pa

from resources.sources.parquet import write_parquet
from resources.stores.files import DUMPED, row_groups, rows_of
from resources.stores.store import (
    COLUMNS,
    KEYS,
    ORIGIN,
    OnRows,
    Step,
    StoreError,
    Suggestion,
    Table,
    newest,
    snapshot_id,
    texts,
)

_WAIT = 60.0
"""Seconds to wait for another process's transaction."""
_TYPES = {"int": "INTEGER", "float": "REAL", "boolean": "INTEGER"}
_ROWS = 50_000
_GROUPS = 10
_WRITES: dict[Step, str] = {
    "put_title_cache": "INSERT OR REPLACE INTO title_cache(wiki, title, page_id, page_rev) "
    "VALUES (?, ?, ?, ?)",
    "put_instanceof_cache": "INSERT OR REPLACE INTO "
    "instanceof_cache(wiki, page_id, page_rev, instance_of) VALUES (?, ?, ?, ?)",
    "put_suggestions": "INSERT OR REPLACE INTO suggestions(wiki, page_id, id, origin_wiki, "
    "page_rev, page_qid, image, confidence, found_on, kind) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "remove_suggestions": "DELETE FROM suggestions WHERE wiki = ? AND page_id = ?",
    "remove_title_cache": "DELETE FROM title_cache WHERE wiki = ? AND title = ?",
    "remove_instanceof_cache": "DELETE FROM instanceof_cache WHERE wiki = ? AND page_id = ?",
}
_DUMPS: dict[Table, str] = {
    "suggestions": "SELECT wiki, page_id, id, image, confidence, found_on, kind, page_rev, "
    "page_qid FROM suggestions WHERE wiki = ?",
    "title_cache": "SELECT wiki, title, page_id, page_rev FROM title_cache WHERE wiki = ?",
    "instanceof_cache": "SELECT wiki, page_id, page_rev, instance_of FROM instanceof_cache "
    "WHERE wiki = ?",
}
_COUNTS: dict[Table, str] = {
    "suggestions": "SELECT wiki, sum(rows) FROM (SELECT wiki, count(*) AS rows FROM suggestions "
    "GROUP BY wiki, page_id HAVING min(id) = max(id)) GROUP BY wiki",
    "title_cache": "SELECT wiki, count(*) FROM title_cache GROUP BY wiki",
    "instanceof_cache": "SELECT wiki, count(*) FROM instanceof_cache GROUP BY wiki",
}


class SQLiteStore:
    """The file ``path``, made with its folder and tables where it is not there yet."""

    kind = "sqlite"
    at_once = 1

    def __init__(self, path: Path) -> None:
        self.where = str(path)
        with self._failures():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Whoever loads may do so in another thread, while this one leaves it alone.
            self._connection = sqlite3.connect(
                path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def check(self) -> None:
        """See Store. Tables that are not there yet are made."""
        with self._transaction():
            for table, columns in COLUMNS.items():
                expected = {name: _TYPES.get(kind, "TEXT") for name, kind in columns.items()}
                found = dict(
                    self._connection.execute("SELECT name, type FROM pragma_table_info(?)", [table])
                )
                if found and found != expected:
                    raise StoreError(
                        f"{self.where}: the table {table} has the columns {_told(found)}, expected "
                        f"{_told(expected)}; move the file away, or set IMAGESUGGEST_STORE to "
                        "another"
                    )
            for table in COLUMNS:
                self._connection.execute(_create(table))
            self._connection.execute("CREATE TABLE IF NOT EXISTS identity(id TEXT NOT NULL)")
            if self._connection.execute("SELECT 1 FROM identity").fetchone() is None:
                self._connection.execute("INSERT INTO identity VALUES (?)", [str(uuid4())])

    def expect(self, rows: int) -> None:
        """See Store. There is nothing to get ready."""

    def identity(self) -> str:
        """See Store."""
        with self._failures():
            (found,) = self._connection.execute("SELECT id FROM identity").fetchone()
        return str(found)

    def apply(self, step: Step, wiki: str, snapshot: str, file: Path, on_rows: OnRows) -> None:
        """See Store. One transaction for each few row groups."""
        groups = row_groups(file)
        for first in range(0, groups, _GROUPS):
            done = 0
            with self._transaction():
                for group in range(first, min(groups, first + _GROUPS)):
                    rows = rows_of(file, group)
                    if step == "put_suggestions":
                        self._put_suggestions(wiki, snapshot, rows)
                    else:
                        values = ((wiki, *map(_stored, row)) for row in rows)
                        self._connection.executemany(_WRITES[step], values)
                    done += len(rows)
            on_rows(done)

    def dump(self, table: Table, wikis: Collection[str], folder: Path) -> list[Path]:
        """See Store."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{table}.parquet"
        with self._failures():
            write_parquet(self._batches(table, wikis), DUMPED[table], file, {})
        return [file]

    def counts(self, table: Table) -> dict[str, int]:
        """See Store."""
        with self._failures():
            counts: dict[str, int] = dict(self._connection.execute(_COUNTS[table]))
            if table == "suggestions":
                # Of pages with several ids, readers see only the newest.
                mixed = self._connection.execute(
                    "SELECT wiki, page_id FROM suggestions GROUP BY wiki, page_id "
                    "HAVING min(id) <> max(id)"
                ).fetchall()
                for wiki, page_id in mixed:
                    counts[wiki] = counts.get(wiki, 0) + len(self.suggestions(wiki, page_id))
        return counts

    def suggestions(self, wiki: str, page_id: int) -> list[Suggestion]:
        """See Store."""
        with self._failures():
            rows = self._connection.execute(
                "SELECT id, image, origin_wiki, confidence, found_on, kind, page_rev, "
                "section_heading, section_index, page_qid FROM suggestions "
                "WHERE wiki = ? AND page_id = ?",
                [wiki, page_id],
            ).fetchall()
        return newest(
            Suggestion(UUID(made), image, origin, confidence, _read(found_on), _read(kind), *more)
            for made, image, origin, confidence, found_on, kind, *more in rows
        )

    def title(self, wiki: str, title: str) -> tuple[int, int] | None:
        """See Store."""
        with self._failures():
            found: tuple[int, int] | None = self._connection.execute(
                "SELECT page_id, page_rev FROM title_cache WHERE wiki = ? AND title = ?",
                [wiki, title],
            ).fetchone()
        return found

    def instance_of(self, wiki: str, page_id: int) -> tuple[int, tuple[str, ...] | None] | None:
        """See Store."""
        with self._failures():
            found = self._connection.execute(
                "SELECT page_rev, instance_of FROM instanceof_cache WHERE wiki = ? AND page_id = ?",
                [wiki, page_id],
            ).fetchone()
        return (found[0], _read(found[1])) if found else None

    def _put_suggestions(self, wiki: str, snapshot: str, rows: list[tuple[Any, ...]]) -> None:
        pages = {row[0] for row in rows if not row[1]}
        gone = ((wiki, page_id) for page_id in pages)
        self._connection.executemany(_WRITES["remove_suggestions"], gone)
        made = str(snapshot_id(snapshot))
        values = (
            (wiki, page_id, made, ORIGIN, *more[:4], _stored(more[4]), _stored(more[5]))
            for page_id, _, *more in rows
        )
        self._connection.executemany(_WRITES["put_suggestions"], values)

    def _batches(self, table: Table, wikis: Collection[str]) -> Iterator[pa.RecordBatch]:
        schema = DUMPED[table]
        lists = [place for place, each in enumerate(schema) if pa.types.is_list(each.type)]
        for wiki in sorted(wikis):
            with closing(self._connection.cursor()) as cursor:
                cursor.execute(_DUMPS[table], [wiki])
                while rows := cursor.fetchmany(_ROWS):
                    columns: list[Any] = list(zip(*rows, strict=True))
                    for place in lists:
                        columns[place] = [_read(value) for value in columns[place]]
                    arrays = map(pa.array, columns, schema.types)
                    yield pa.RecordBatch.from_arrays(list(arrays), schema=schema)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._failures():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self.where}: the store can not be used: {error}; it must be a SQLite file that "
                "can be written, with room on its disk"
            ) from error


def _create(table: str) -> str:
    columns = ", ".join(
        f"{name} {_TYPES.get(kind, 'TEXT')}" for name, kind in COLUMNS[table].items()
    )
    partition, sorting = KEYS[table]
    key = ", ".join((*partition, *sorting))
    return f"CREATE TABLE IF NOT EXISTS {table}({columns}, PRIMARY KEY ({key})) WITHOUT ROWID"


def _told(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


def _stored(value: Any) -> Any:
    """Bring a value to what a column holds."""
    if isinstance(value, list):
        return json.dumps(sorted(value), ensure_ascii=False) if value else None
    return value


def _read(value: str | None) -> tuple[str, ...] | None:
    found: Iterable[str] | None = json.loads(value) if value else None
    return texts(found)
