"""Reads pages from the readers' SQLite file, also while another process loads it.

A page is read in some ten microseconds, in less time than another thread would be asked in; a write
never keeps a reader waiting (WAL). What is read in one turn of the event loop is read in one
transaction, since each takes locks of the file and looks for what was committed.
"""

import asyncio
import sqlite3
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from resources.stores.reading import Row, conversions, made, selects
from resources.stores.store import NoStoreError, StoreError

_WAIT = 1.0
"""Seconds to wait where a file is being put in order after a crash; else nothing is waited for."""
_CACHE_KIB = 16_000
LOOK_SECONDS = 0.1
"""How long it may take until it is seen that the file went away, or that another is there."""
_SELECTS = selects()


class SQLiteReader:
    """The file ``path``, opened when it is first read, and again when another takes its place."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._next_look = 0.0
        self._connections = 0
        self._version: tuple[int, int] | None = None

    async def rows(self, table: str, wiki: str, key: int | str) -> list[Row]:
        """See Reader."""
        try:
            found = self._opened().execute(_SELECTS[table], (wiki, key)).fetchall()
            return made(table, found, _CONVERTED)
        except _FAILURES as error:
            raise self._failed(error) from error

    def version(self) -> object:
        """See Reader. SQLite tells it of what others have committed."""
        try:
            connection = self._opened()
            if self._version is None:
                (changes,) = connection.execute("PRAGMA data_version").fetchone()
                # Each connection counts anew.
                self._version = self._connections, changes
        except _FAILURES as error:
            raise self._failed(error) from error
        return self._version

    async def identity(self) -> str:
        """See Reader."""
        try:
            self._next_look = 0.0
            (found,) = self._opened().execute("SELECT id FROM identity").fetchone()
        except _FAILURES as error:
            raise self._failed(error) from error
        return str(found)

    async def close(self) -> None:
        """See Reader."""
        self._let_go()

    def _opened(self) -> sqlite3.Connection:
        """Give a connection to the file that is there now, which may be another than before; what
        it reads in this turn of the event loop it reads as of one moment.
        """
        now = time.monotonic()
        if self._connection is None or now >= self._next_look:
            there = self._path.stat()
            file = there.st_dev, there.st_ino
            if self._connection is None or self._file != file:
                self._let_go()
                self._connection = sqlite3.connect(
                    f"{self._path.as_uri()}?mode=ro", uri=True, timeout=_WAIT, isolation_level=None
                )
                self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
                self._file = file
                self._connections += 1
            self._next_look = now + LOOK_SECONDS
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")
            asyncio.get_running_loop().call_soon(self._end_turn)
        return self._connection

    def _end_turn(self) -> None:
        self._version = None
        if self._connection is not None and self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._file = self._version = None

    def _failed(self, error: Exception) -> StoreError:
        """Let go of the file, so that it is opened anew next time; say what is wrong."""
        self._let_go()
        if isinstance(error, FileNotFoundError):
            return NoStoreError(self._path, "it is not there; `imagesuggest run` publishes to it")
        return StoreError(f"{self._path}: it can not be read: {error}")


@lru_cache(10_000)
def _texts(text: str) -> tuple[str, ...] | None:
    """Read a set; few of them differ."""
    return _decode(text) or None


_decode = msgspec.json.Decoder(tuple[str, ...]).decode
_FAILURES: Any = (sqlite3.Error, OSError, ValueError, TypeError)
"""What a file does that is not there, is damaged, or is none of ours."""
_CONVERTED = conversions({"set<text>": _texts, "boolean": bool})
