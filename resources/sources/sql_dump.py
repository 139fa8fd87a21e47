"""Streams the rows of one table out of a MediaWiki SQL dump, as Arrow record batches.

Memory does not grow with the file or with its longest line. Which tables there are, and which of
their columns and rows matter, is in mediawiki.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from resources.errors import InputError
from resources.sources.compressed import OnBytes, open_compressed
from resources.sources.sql_batches import finished_batch, merged, raw_batch
from resources.sources.sql_rows import RowError, RowFinder
from resources.sources.sql_statements import (
    CreateTable,
    Ending,
    Insert,
    NotUnderstood,
    Statement,
    next_statement,
)
from resources.sources.sql_table import SqlColumn, SqlTable
from resources.sources.sql_text import LONGEST_BYTES, SqlText
from resources.sources.sql_values import Values

__all__ = ["SqlColumn", "SqlCounts", "SqlDump", "SqlTable"]

BLOCK_BYTES = 1 << 20
"""Bytes read at a time; from 1 to 2 MiB measured fastest, half of it or double that 10 % slower."""

_FIRST_BYTES = 1 << 14
_AGAIN = "fetch the file again"


@dataclass
class SqlCounts:
    """What was read: rows in the file and rows kept, bytes of SQL text, and values of text in kept
    rows that were not UTF-8, whose wrong parts became U+FFFD.
    """

    rows: int = 0
    kept: int = 0
    sql_bytes: int = 0
    not_utf8: int = 0


class SqlDump:
    """The rows of a table's dump file; each iteration reads the file from its beginning.

    Gives record batches with the table's schema; ``counts`` is complete after the last one.
    ``on_bytes`` is called with the number of stored bytes read since it last was. Raises InputError
    for a file that is not whole, is of another table, lacks a column, or has a value of the wrong
    kind in a column wanted, even in a row that is not kept.
    """

    def __init__(
        self,
        path: Path,
        table: SqlTable,
        on_bytes: OnBytes | None = None,
        *,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self.path = path
        self.table = table
        self.counts = SqlCounts()
        self._on_bytes = on_bytes
        self._block_bytes = block_bytes

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Read the file."""
        self.counts = SqlCounts()
        with open_compressed(self.path, self._on_bytes) as source:
            for raw in merged(self._statements(SqlText(source, self._block_bytes))):
                batch, not_utf8 = finished_batch(self.table, raw)
                self.counts.not_utf8 += not_utf8
                yield batch

    def _statements(self, text: SqlText) -> Iterator[pa.RecordBatch]:
        ending = Ending()
        created: CreateTable | None = None
        while (statement := self._next_statement(text)) is not None:
            match statement:
                case CreateTable():
                    self._check_table(statement.table)
                    self._check_columns(statement.columns)
                    created = statement
                case Insert():
                    self._check_table(statement.table)
                    columns = self._columns_of_insert(statement, created)
                    yield from self._rows(text, RowFinder(len(columns), statement.head), columns)
                case NotUnderstood(shown):
                    start = shown[:60].decode("utf-8", "replace")
                    raise InputError(self.path, f"not understood: {start!r}")
                case _:
                    ending.hear(statement.text)
        if created is None:
            raise self._error(f"there is no CREATE TABLE `{self.table.name}`")
        if missing := ending.missing():
            raise self._error(f"cut off: {missing!r} never comes", advice=_AGAIN)

    def _next_statement(self, text: SqlText) -> Statement | None:
        """Give the next statement or comment; None at the end of the file."""
        while True:
            statement, text.begin = next_statement(
                text.memory.data, text.begin, text.end, text.last
            )
            if statement is not None:
                return statement
            if text.last:
                break
            self._read_on(text, "a statement")
        if text.begin < text.end:
            raise self._error("cut off within a statement", advice=_AGAIN)
        return None

    def _read_on(self, text: SqlText, what: str) -> None:
        if text.end - text.begin > LONGEST_BYTES:
            raise self._error(
                f"{what} of more than {LONGEST_BYTES:,} bytes",
                where=f"after row {self.counts.rows}",
            )
        text.read_on()
        self.counts.sql_bytes = text.read_bytes

    def _check_table(self, name: str) -> None:
        if name != self.table.name:
            raise self._error(f"the table `{name}`, but `{self.table.name}` is expected")

    def _check_columns(self, found: tuple[str, ...]) -> None:
        shown = f"its columns are {', '.join(found)}"
        for column in self.table.columns:
            if not column.optional and column.name not in found:
                raise self._error(f"there is no column {column.name}", advice=shown)
        groups = self.table.one_of
        if groups and not any(set(group) <= set(found) for group in groups):
            wanted = ", nor ".join(" with ".join(group) for group in groups)
            raise self._error(f"there is no column {wanted}", advice=shown)

    def _columns_of_insert(self, insert: Insert, created: CreateTable | None) -> tuple[str, ...]:
        if created is None:
            raise self._error("rows before the CREATE TABLE that names their columns")
        if insert.columns is None:
            return created.columns
        if unknown := set(insert.columns) - set(created.columns):
            raise self._error(f"INSERT into columns that are not there: {', '.join(unknown)}")
        self._check_columns(insert.columns)
        return insert.columns

    def _rows(
        self, text: SqlText, finder: RowFinder, columns: tuple[str, ...]
    ) -> Iterator[pa.RecordBatch]:
        """Read the rows of one INSERT, and of those that follow it with the same head."""
        size = _FIRST_BYTES
        while True:
            end = min(text.end, text.begin + size)
            try:
                rows = finder.find(text.memory[text.begin : end])
                if len(rows):
                    values = Values(text.memory, text.begin, end, rows)
                    batch = raw_batch(self.table, columns, values)
                    self.counts.kept += len(batch)
                    yield batch
            except RowError as error:
                where = f"row {self.counts.rows + error.row + 1}"
                raise self._error(error.problem, where=where) from None
            self.counts.rows += len(rows)
            text.begin += rows.used
            if rows.ended:
                return
            # A short INSERT shall not cost as much as a whole block.
            size *= 4
            if end == text.end:
                if text.last:
                    where = f"after row {self.counts.rows}"
                    raise self._error("cut off within an INSERT", where=where, advice=_AGAIN)
                self._read_on(text, "a row")

    def _error(self, problem: str, *, where: str = "", advice: str = "") -> InputError:
        return InputError(self.path, problem, where=where, advice=advice)
