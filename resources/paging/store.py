"""The pager's memory: one SQLite file, and the one lock for sending. No decision is taken here."""

import fcntl
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from resources.disk import alone_in
from resources.errors import UserError

_WAIT = 30.0
"""Seconds to wait for another process's transaction; none of them sends while it lasts."""
_SCHEMA = """
CREATE TABLE salt(salt BLOB NOT NULL);
CREATE TABLE sources(source TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE incidents(
    id INTEGER PRIMARY KEY AUTOINCREMENT, check_name TEXT NOT NULL, dataset TEXT NOT NULL,
    snapshot TEXT NOT NULL, wiki TEXT NOT NULL, severity TEXT NOT NULL, problems TEXT NOT NULL,
    link TEXT NOT NULL, opened REAL NOT NULL, told_at REAL NOT NULL, told TEXT NOT NULL,
    closed REAL);
CREATE UNIQUE INDEX open_incidents ON incidents(check_name, dataset, snapshot, wiki)
    WHERE closed IS NULL;
CREATE TABLE pages(
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    severity TEXT NOT NULL, routed TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,
    written REAL NOT NULL);
CREATE TABLE page_incidents(
    page INTEGER NOT NULL REFERENCES pages ON DELETE CASCADE,
    incident INTEGER NOT NULL REFERENCES incidents,
    PRIMARY KEY (page, incident)) WITHOUT ROWID;
CREATE INDEX incident_pages ON page_incidents(incident);
CREATE TABLE destinations(
    fingerprint TEXT PRIMARY KEY, label TEXT NOT NULL, error TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
CREATE TABLE deliveries(
    page INTEGER NOT NULL REFERENCES pages ON DELETE CASCADE,
    destination TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sending', 'delivered', 'passed on')),
    undelivered INTEGER NOT NULL AS (state IN ('waiting', 'sending')) STORED,
    attempts INTEGER NOT NULL DEFAULT 0, next_try REAL NOT NULL DEFAULT 0,
    overtaken INTEGER NOT NULL DEFAULT 0, repeats INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (page, destination)) WITHOUT ROWID;
CREATE INDEX waiting ON deliveries(destination, page) WHERE undelivered;
"""
_VERSION = 1


class Store:
    """The file ``path``, made with its folder where it is not there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.salt = self._opened()
        except OSError as error:
            raise UserError(_unusable(path, error)) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection on which all or nothing happens, one process after the other.

        What is committed is on the disk, whatever happens next.
        """
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def sending(self) -> Iterator[bool]:
        """Hold the right to send; gives False where another thread or process has it.

        The right goes with its process, even after ``kill -9``.
        """
        with self.path.with_name(f"{self.path.name}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _opened(self) -> bytes:
        """Make the file what it should be; give the salt that is in it."""
        # SQLite does not wait where it sets its journal mode.
        with alone_in(self.path.parent):
            with self._connection() as connection:
                connection.execute("PRAGMA journal_mode = WAL")
            with self.transaction() as connection:
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if version > _VERSION:
                    raise UserError(
                        f"{self.path}: a newer version made the pager's memory; "
                        f"it has format {version}, this one knows {_VERSION}"
                    )
                if not version:
                    _make(connection)
                salt: bytes
                (salt,) = connection.execute("SELECT salt FROM salt").fetchone()
        return salt

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        # A connection for each transaction: threads and forks never share one.
        try:
            with closing(
                sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)
            ) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                yield connection
        except sqlite3.Error as error:
            raise UserError(_unusable(self.path, error)) from error


def _unusable(path: Path, error: Exception) -> str:
    return (
        f"{path}: the pager's memory cannot be used: {error}; it must be a file that can be "
        "written, with room on its disk, and one that the pager made"
    )


def _make(connection: sqlite3.Connection) -> None:
    # Not executescript(), which would commit.
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO salt VALUES (?)", [secrets.token_bytes(16)])
    connection.execute(f"PRAGMA user_version = {_VERSION}")
