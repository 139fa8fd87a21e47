"""What gives a snapshot its inputs, seen in one way: the dumps, or the Data Lake's tables (SPEC.md
section 2). Which of them make up a snapshot is not decided here.

The dumps are in dumps.py, the tables in hive/.
"""

from collections.abc import Iterator
from typing import Protocol

from resources.errors import UserError
from resources.sources.dumps import Entities, Known, Status
from resources.sources.places import Origin


class Provider(Protocol):
    """A dump of a source is what it has of a date, ``YYYYMMDD``; a source is a wiki, or one of the
    two kinds of entities. Paths are names of files, or of partitions of tables.

    Each call raises UserError for what can not be looked at.
    """

    @property
    def place(self) -> Origin:
        """Where the files or partitions are."""

    def wikis(self) -> list[str]:
        """List the wikis that have a dump and can be targets."""

    def perhaps_wikis(self) -> list[str]:
        """List the wikis that may have a dump, without a look into each."""

    def no_wikis(self) -> UserError:
        """Say what is expected where there is no wiki."""

    def dumps_of(
        self, source: str, first: str = "", last: str = "9", known: Known = lambda _: None
    ) -> Iterator[str]:
        """Give the dates of the dumps of a source, from ``first`` to ``last``, newest first."""

    def tables_of(self, wiki: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Name the tables that a dump of a wiki has, and those that it may have."""

    def table(self, wiki: str, date: str, table: str) -> str | None:
        """Find a wiki's table, where it is there."""

    def entity_file(self, entities: Entities, date: str) -> str | None:
        """Find the entities of a date, where they are there."""

    def missing(self, source: str, date: str, table: str = "") -> str:
        """Name what is expected of a source and is not there."""

    def feedback(self) -> list[str]:
        """List the files of feedback events; none is no error."""

    def status(self, wiki: str, date: str) -> Status | None:
        """Read what a dump says of itself; None where it says nothing.

        Raises ValueError where it can not be read, as while it is being written.
        """

    def sums(self, path: str) -> dict[str, str]:
        """Read a list of sha1 sums: one a file name; none where the list is not there."""
