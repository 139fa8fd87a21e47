"""Reads pages from the readers' SQLite file, also while another process loads it.

A page is read in some twenty microseconds, in less time than another thread would be asked in; a
write never keeps a reader waiting (WAL).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from resources.stores.reading import Row, selects
from resources.stores.store import COLUMNS, StoreError

_WAIT = 1.0
"""Seconds to wait where a file is being put in order after a crash; else nothing is waited for."""
_SELECTS = selects()


class SQLiteReader:
    """The file ``path``, opened when it is first read, and again when another takes its place."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    async def rows(self, table: str, wiki: str, key: int | str) -> list[Row]:
        """See Reader."""
        with self._failures():
            found = self._opened().execute(_SELECTS[table], (wiki, key)).fetchall()
        columns, read = COLUMNS[table], _READ[table]
        rows = [dict(zip(columns, row, strict=True)) for row in found]
        for row in rows:
            for name, convert in read:
                if row[name] is not None:
                    row[name] = convert(row[name])
        return rows

    async def identity(self) -> str:
        """See Reader."""
        with self._failures():
            (found,) = self._opened().execute("SELECT id FROM identity").fetchone()
        return str(found)

    async def close(self) -> None:
        """See Reader."""
        self._let_go()

    def _opened(self) -> sqlite3.Connection:
        """Give a connection to the file that is there now, which may be another than before."""
        there = self._path.stat()
        file = there.st_dev, there.st_ino
        if self._connection is None or self._file != file:
            self._let_go()
            self._connection = sqlite3.connect(
                f"{self._path.as_uri()}?mode=ro", uri=True, timeout=_WAIT, isolation_level=None
            )
            self._file = file
        return self._connection

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._file = None

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            self._let_go()
            raise StoreError(
                f"{self._path}: the readers' store is not there; `imagesuggest run` publishes one"
            ) from None
        except (sqlite3.Error, OSError, ValueError, TypeError) as error:
            self._let_go()
            raise StoreError(f"{self._path}: the readers' store can not be read: {error}") from None


_texts = msgspec.json.Decoder(list[str]).decode
_READ: dict[str, list[tuple[str, Any]]] = {
    table: [
        (name, bool if kind == "boolean" else lambda text: _texts(text) or None)
        for name, kind in columns.items()
        if kind in ("boolean", "set<text>")
    ]
    for table, columns in COLUMNS.items()
}
"""How what SQLite keeps as something else is read, by table."""
