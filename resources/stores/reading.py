"""What reads single pages from a readers' store for many at once, and never writes to it.

Unlike a Store it outlives the store: what is out of reach may come back, and is then read again.
Here is what both kinds of stores share; see sqlite_reader.py and cassandra_reader.py.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec

from resources.stores.resource import StoreResource
from resources.stores.store import COLUMNS, KEYS, newest_id

Row = Any
"""What one of ROWS makes. Sets are sorted tuples, None where empty; ids are lower-case texts."""
ROWS: dict[str, Callable[..., Row]] = {
    table: msgspec.defstruct(table, [(name, Any) for name in columns], gc=False)
    for table, columns in COLUMNS.items()
}
"""By table, what makes a row of the values of its columns. To read a page and write it as JSON took
22 microseconds with dictionaries, and 17 with these."""

Convert = Callable[[Any], Any]
Conversions = Mapping[str, Sequence[tuple[str, Convert]]]
"""By table, the columns that a store keeps as something else, and what makes of it what we give;
NULL stays what it is."""


class Reader(Protocol):
    """A readers' store, within one event loop. Every method may raise StoreError."""

    kind: str

    async def rows(self, table: str, wiki: str, key: int | str) -> list[Row]:
        """Read what a table of COLUMNS has for a page id, or for a title, with every column."""

    def version(self) -> object:
        """Give what is another as soon as anything of the store is; None where that is not known
        without reading it.
        """

    async def identity(self) -> str:
        """Name what is there, as Store.identity() does."""

    async def close(self) -> None:
        """Let go of it."""


def reader_of(store: StoreResource) -> Reader:
    """Give what reads a store; nothing is opened yet."""
    if store.cassandra is None:
        from resources.stores.sqlite_reader import SQLiteReader

        return SQLiteReader(store.path)
    from resources.stores.cassandra_reader import CassandraReader

    return CassandraReader(store.cassandra)


def selects(prefix: str = "") -> dict[str, str]:
    """Give for each table the statement that reads a page or title; ``?`` is wiki and that."""
    return {
        table: f"SELECT {', '.join(columns)} FROM {prefix}{table} "  # noqa: S608 - our own names
        f"WHERE {' AND '.join(f'{name} = ?' for name in KEYS[table][0])}"
        for table, columns in COLUMNS.items()
    }


def conversions(of_type: Mapping[str, Convert]) -> Conversions:
    """Give the columns of each table that have one of these types, with what converts them."""
    return {
        table: [(name, of_type[kind]) for name, kind in columns.items() if kind in of_type]
        for table, columns in COLUMNS.items()
    }


def made(table: str, found: Iterable[Sequence[Any]], converted: Conversions) -> list[Row]:
    """Make rows of what a store gave for its columns."""
    make, columns = ROWS[table], converted[table]
    rows = [make(*values) for values in found]
    for row in rows:
        for name, convert in columns:
            if (value := getattr(row, name)) is not None:
                setattr(row, name, convert(value))
    return rows


def of_newest_id(rows: list[Row]) -> list[Row]:
    """Keep the rows that readers use: those of a page's newest id."""
    ids = {row.id for row in rows}
    if len(ids) < 2:
        return rows
    last = str(newest_id(map(UUID, ids)))
    return [row for row in rows if row.id == last]
