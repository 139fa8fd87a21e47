"""What every readers' store can do, and the tables of SPEC.md section 7. No store is here.

What is to be written, and what is in a store, comes in Parquet files, see files.py.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from resources.errors import NothingThereError, UserError

KINDS = ("sqlite", "cassandra")
"""Of stores, and of their ledgers."""
ORIGIN = "commonswiki"
"""The wiki that all suggested files are from."""
INT_MAX = 2**31 - 1
"""What a column of type int holds at most."""
_GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)
_NODE = 0x0169_6D61_6765
"""The same on every machine; its lowest bit of the first octet says that it is no network card."""
_VERSION_1_CLOCK_0 = (1 << 76) | (0x8000 << 48)

Table = Literal["suggestions", "title_cache", "instanceof_cache"]
TABLES: tuple[Table, ...] = ("title_cache", "instanceof_cache", "suggestions")

COLUMNS: dict[str, dict[str, str]] = {
    "suggestions": {
        "wiki": "text",
        "page_id": "int",
        "id": "timeuuid",
        "image": "text",
        "origin_wiki": "text",
        "confidence": "float",
        "found_on": "set<text>",
        "kind": "set<text>",
        "page_rev": "int",
        "section_heading": "text",
        "section_index": "int",
        "page_qid": "text",
    },
    "title_cache": {"wiki": "text", "title": "text", "page_id": "int", "page_rev": "int"},
    "instanceof_cache": {
        "wiki": "text",
        "page_id": "int",
        "page_rev": "int",
        "instance_of": "set<text>",
    },
    "feedback": {
        "wiki": "text",
        "page_id": "int",
        "filename": "text",
        "id": "timeuuid",
        "origin_wiki": "text",
        "user_id": "int",
        "is_accepted": "boolean",
        "is_rejected": "boolean",
        "rejection_reasons": "set<text>",
    },
}
"""The columns of each table with the types that Cassandra calls them by."""
KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "suggestions": (("wiki", "page_id"), ("id", "image")),
    "title_cache": (("wiki", "title"), ()),
    "instanceof_cache": (("wiki", "page_id"), ()),
    "feedback": (("wiki", "page_id"), ("filename", "id")),
}
"""Each table's key: what finds a partition, and what sorts within it."""

Step = Literal[
    "put_title_cache",
    "put_instanceof_cache",
    "put_suggestions",
    "remove_suggestions",
    "remove_title_cache",
    "remove_instanceof_cache",
]
STEPS: tuple[Step, ...] = (
    "put_title_cache",
    "put_instanceof_cache",
    "put_suggestions",
    "remove_suggestions",
    "remove_title_cache",
    "remove_instanceof_cache",
)
"""In this order a page's caches are there before its suggestions, and go after them."""

OnRows = Callable[[int], object]
"""Hears how many more rows were written or removed."""


class StoreError(UserError):
    """A store that can not be used, or that failed; what is in doubt is known to the ledger."""


class NoStoreError(StoreError, NothingThereError):
    """A store that is not there."""


class Suggestion(NamedTuple):
    """A row of suggestions as a reader sees it; sets are sorted, an empty one is None."""

    id: UUID
    image: str
    origin_wiki: str | None
    confidence: float | None
    found_on: tuple[str, ...] | None
    kind: tuple[str, ...] | None
    page_rev: int | None
    section_heading: str | None
    section_index: int | None
    page_qid: str | None


class Store(Protocol):
    """A store that somebody opened. Every method may raise StoreError."""

    kind: str
    where: str
    """For people, without secrets."""
    at_once: int
    """How many threads may be in apply() at the same time, each with a wiki of its own."""

    def check(self) -> None:
        """Make sure before the first write that the tables have the columns they should."""

    def expect(self, rows: int) -> None:
        """Hear before a load how many suggestions its snapshot has, to get ready for as many."""

    def identity(self) -> str:
        """Name what is there: another store, or a store made anew, has another name."""

    def apply(self, step: Step, wiki: str, snapshot: str, file: Path, on_rows: OnRows) -> None:
        """Write or remove the rows in ``file``; all is acknowledged when this returns.

        A page's suggestions change as one: whatever was there goes, and the new rows come, in the
        same moment for every reader. Doing it again, or a part of it, changes nothing more.
        """

    def dump(self, table: Table, wikis: Collection[str], folder: Path) -> list[Path]:
        """Write all that a table holds of these wikis to Parquet files in ``folder``, as DUMPED."""

    def counts(self, table: Table) -> dict[str, int]:
        """Count the rows that readers see, by wiki."""

    def suggestions(self, wiki: str, page_id: int) -> list[Suggestion]:
        """Read a page as readers do: the rows of its newest id, by image."""

    def title(self, wiki: str, title: str) -> tuple[int, int] | None:
        """Give the page id and revision of a title; None where it has no suggestions."""

    def instance_of(self, wiki: str, page_id: int) -> tuple[int, tuple[str, ...] | None] | None:
        """Give the revision and the classes of a page; None where it has no suggestions."""


def snapshot_id(snapshot: str) -> UUID:
    """Give the version-1 UUID of a snapshot ``YYYY-MM-DD``: of its midnight UTC, and of no machine.

    The same for all its rows; later snapshots have later ones.
    """
    day = datetime.strptime(snapshot, "%Y-%m-%d").replace(tzinfo=UTC)
    ticks = (day - _GREGORIAN).days * 86_400 * 10_000_000
    low, middle, high = ticks & 0xFFFF_FFFF, (ticks >> 32) & 0xFFFF, ticks >> 48
    return UUID(int=low << 96 | middle << 80 | high << 64 | _VERSION_1_CLOCK_0 | _NODE)


def newest(rows: Iterable[Suggestion]) -> list[Suggestion]:
    """Keep the rows that readers use: those of the newest id, by image."""
    rows = list(rows)
    last = newest_id(row.id for row in rows)
    return sorted(row for row in rows if row.id == last)


def newest_id(ids: Iterable[UUID]) -> UUID | None:
    """Choose the id of the rows that readers use, as Cassandra sorts ids; None of none."""
    return max(ids, key=lambda each: (each.time, each.bytes), default=None)


def texts(value: Iterable[str] | None) -> tuple[str, ...] | None:
    """Bring a set of texts to the form in which it is compared."""
    return tuple(sorted(value)) if value else None
