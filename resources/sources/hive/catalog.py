"""Asks a Spark session's catalog for tables, their partitions, and the files of these.

By Spark's own statements alone, so that it is the same for a metastore, for a catalog in memory and
through Spark Connect.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import unquote

from resources.errors import UserError
from resources.sources.places import PassingError

Partition = Mapping[str, str]
"""What a partition is of: its values by column, such as snapshot and wiki_db."""
_ROWS = re.compile(r"(\d+) rows")
_CHANGED = re.compile(r"transient_lastDdlTime=(\d+)")


class HasSession(Protocol):
    """Starts a Spark session when it is asked for the first time."""

    @property
    def spark_session(self) -> Any:
        """Give the session."""


@dataclass(frozen=True)
class File:
    """A file of a partition: where it is below the partition's location, and when it changed."""

    path: str
    bytes: int
    changed: datetime


@dataclass(frozen=True)
class Stored:
    """Where a partition lies, what its catalog says of it, and its files, by path.

    ``rows`` and ``changed`` are None where the catalog does not know; ``marked`` says whether the
    marker is there.
    """

    location: str
    rows: int | None
    changed: datetime | None
    files: tuple[File, ...]
    marked: bool = False


class Catalog:
    """The tables that a Spark session knows. What was asked once is not asked again.

    Each call raises PassingError where the catalog, or where the files are, can not be reached.
    """

    def __init__(self, spark: HasSession) -> None:
        self._spark = spark
        self._partitions: dict[str, tuple[Partition, ...] | None] = {}

    @cached_property
    def session(self) -> Any:
        """The Spark session."""
        return self._spark.spark_session

    def forget(self) -> None:
        """Ask anew from now on."""
        self._partitions.clear()

    def partitions(self, name: str) -> tuple[Partition, ...] | None:
        """List the partitions of a table; None where there is no such table.

        Raises UserError for a table without partitions.
        """
        if name not in self._partitions:
            with _told(name):
                there = self.session.catalog.tableExists(name)
                if there and not any(
                    column.isPartition for column in self.session.catalog.listColumns(name)
                ):
                    raise UserError(f"{name} has no partitions, expected some by snapshot")
                found = (
                    self.session.sql(f"SHOW PARTITIONS {_quoted(name)}").collect() if there else []
                )
            specs = tuple(_spec(row[0]) for row in found)
            self._partitions[name] = specs if there else None
        return self._partitions[name]

    def table(self, name: str) -> Any:
        """Give a table as a DataFrame, as it is now."""
        with _told(name):
            # What the session remembers of its files may be of before they were replaced.
            self.session.catalog.refreshTable(name)
            return self.session.table(name)

    def root(self, name: str) -> str:
        """Give where a table lies."""
        return self._described(f"DESCRIBE FORMATTED {_quoted(name)}", name)["Location"]

    def stored(self, name: str, partitions: Sequence[Partition], marker: str) -> list[Stored]:
        """Look at partitions, in the same order; at the files of all of them in one go."""
        found = []
        for partition in partitions:
            values = ", ".join(
                f"`{column}` = {_text(value)}" for column, value in partition.items()
            )
            statement = f"DESCRIBE FORMATTED {_quoted(name)} PARTITION ({values})"
            told = self._described(statement, name)
            rows = _ROWS.search(told.get("Partition Statistics", ""))
            changed = _CHANGED.search(told.get("Partition Parameters", ""))
            location = told["Location"].rstrip("/")
            marked = bool(marker) and any(
                self.is_there(f"{folder}/{marker}")
                for folder in (location, location.rpartition("/")[0])
            )
            found.append(
                Stored(
                    location,
                    int(rows[1]) if rows else None,
                    datetime.fromtimestamp(int(changed[1]), UTC) if changed else None,
                    (),
                    marked,
                )
            )
        files = self.files([each.location for each in found])
        return [
            Stored(each.location, each.rows, each.changed, files[each.location], each.marked)
            for each in found
        ]

    def files(self, locations: Sequence[str]) -> dict[str, tuple[File, ...]]:
        """List the files below folders, by folder. Those of names such as ``_SUCCESS`` are none."""
        there = [location for location in dict.fromkeys(locations) if self.is_there(location)]
        found: dict[str, list[File]] = {location: [] for location in locations}
        if there:
            with _told(there[0]):
                listed = (
                    self.session.read.format("binaryFile")
                    .option("recursiveFileLookup", "true")
                    .load(there)
                    .selectExpr("path", "length", "unix_millis(modificationTime) AS changed")
                )
                for row in listed.collect():
                    path = _plain(row.path)
                    location = next(each for each in there if _below(path, each))
                    changed = datetime.fromtimestamp(row.changed / 1000, UTC)
                    name = path[len(_plain(location)) :].strip("/")
                    found[location].append(File(name, row.length, changed))
        return {
            location: tuple(sorted(files, key=lambda file: file.path))
            for location, files in found.items()
        }

    def is_there(self, path: str) -> bool:
        """Tell whether there is a file or a folder."""
        from pyspark.errors import AnalysisException

        with _told(path):
            try:
                # Spark looks whether there is anything before it reads it.
                _ = self.session.read.format("binaryFile").load(path).schema
            except AnalysisException as error:
                if error.getCondition() == "PATH_NOT_FOUND":
                    return False
                raise
        return True

    def _described(self, statement: str, name: str) -> dict[str, str]:
        with _told(name):
            rows = self.session.sql(statement).collect()
        told: dict[str, str] = {}
        for row in rows:
            # Of a partition its own comes first, then that of the table.
            told.setdefault(row["col_name"], row["data_type"] or "")
        return told


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Tell a person of what Spark can not do; its stack traces help nobody."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        first = next((line for line in str(error).splitlines() if line.strip()), "")
        raise PassingError(f"{what}: the catalog gives no answer: {first[:500]}") from error


def _spec(text: str) -> Partition:
    pairs = (part.partition("=") for part in text.split("/"))
    return {column: unquote(value) for column, _, value in pairs}


def _quoted(name: str) -> str:
    return ".".join(f"`{part}`" for part in name.split("."))


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _plain(path: str) -> str:
    """Write an address in one way: a path of this machine is told with one slash or with three."""
    return unquote(re.sub(r"^file:/+", "file:/", path)).rstrip("/")


def _below(path: str, location: str) -> bool:
    return path.startswith(f"{_plain(location)}/")
