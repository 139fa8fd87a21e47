"""Writing dump files: gzip with checksums, and tables the way mysqldump writes them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from isal import isal_zlib

from resources.sample.columns import Column, body, join, starts

LEVEL = 1
GZIP_WINDOW = 31  # zlib's number for a gzip frame; its header has no name and no time
LINE_BYTES = 1_040_000
LONG_LINE_BYTES = 12_000_000
LONG_LINE_AFTER = 40


@dataclass(frozen=True)
class DumpFile:
    """A file that was written; ``rows`` are table rows or entities."""

    path: Path
    rows: int
    bytes: int
    text_bytes: int
    sha1: str
    md5: str


class GzipFile:
    """A gzip file whose bytes hang on its content alone, nearly always, on processors of one kind.

    Its header has no name and no time; deflate itself may differ where isal has other machine code,
    and was seen once to differ by two bytes where it has not.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._packer = isal_zlib.compressobj(LEVEL, wbits=GZIP_WINDOW)
        self._sums = hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
        self._bytes = self._text_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, text: bytes | memoryview) -> None:
        """Adds this text."""
        self._text_bytes += len(text)
        self._put(self._packer.compress(text))

    def finish(self) -> DumpFile:
        """Closes the file and says what it is."""
        self._put(self._packer.flush())
        self._file.close()
        sha1, md5 = (total.hexdigest() for total in self._sums)
        return DumpFile(self.path, self.rows, self._bytes, self._text_bytes, sha1, md5)

    def _put(self, packed: bytes) -> None:
        self._bytes += len(packed)
        for total in self._sums:
            total.update(packed)
        self._file.write(packed)


@dataclass(frozen=True)
class Table:
    """A table's name, its columns with their SQL types in the order of the file, and its keys."""

    name: str
    columns: Mapping[str, str]
    keys: Sequence[str] = field(default=())

    def create(self) -> str:
        """The CREATE TABLE statement."""
        lines = [f"  `{name}` {kind}" for name, kind in self.columns.items()]
        lines += [f"  {key}" for key in self.keys]
        inside = ",\n".join(lines)
        return f"CREATE TABLE `{self.name}` (\n{inside}\n) ENGINE=InnoDB DEFAULT CHARSET=binary;\n"


def quoted(values: Column) -> tuple[bytes, Column, bytes]:
    """The pieces of a string value; ``values`` are escaped already."""
    return (b"'", values, b"'")


class SqlFile(GzipFile):
    """A dump of one table. Rows come in batches of columns and leave as long INSERT lines."""

    def __init__(self, path: Path, database: str, table: Table, day: date) -> None:
        super().__init__(path)
        self.table = table
        self._day = day
        self._lines = 0
        self._room = 0
        self._opening = b"INSERT INTO `" + table.name.encode() + b"` VALUES "
        self.write(_header(database, table).encode())

    def add(self, pieces: Mapping[str, Any]) -> None:
        """Adds rows: for each column a Column, ``bytes`` for all rows, or a tuple of both."""
        parts: list[Any] = []
        for number, name in enumerate(self.table.columns):
            piece = pieces[name]
            parts.append(b"(" if number == 0 else b",")
            parts.extend(piece if isinstance(piece, tuple) else (piece,))
        parts.append(b"),")
        self.add_rows(join(*_merged(parts)))

    def add_rows(self, rows: Column) -> None:
        """Adds rows that are written already, each as ``(…),``."""
        ends = starts(rows)[1:]
        text = memoryview(body(rows))
        self.rows += len(rows)
        done = 0
        while done < len(text):
            if self._room <= 0:
                self._begin_line()
            else:
                self.write(b",")
            last = int(np.searchsorted(ends, done + self._room))
            end = int(ends[min(last, len(ends) - 1)])
            self.write(text[done : end - 1])
            self._room -= end - done
            done = end

    def finish(self) -> DumpFile:
        """Ends the statement and the file."""
        if self._lines:
            self.write(b";\n")
        self.write(_footer(self.table, self._day).encode())
        return super().finish()

    def _begin_line(self) -> None:
        if self._lines:
            self.write(b";\n")
        self._lines += 1
        self._room = LONG_LINE_BYTES if self._lines == LONG_LINE_AFTER else LINE_BYTES
        self.write(self._opening)


def _merged(parts: Sequence[Any]) -> list[Any]:
    """Neighbouring constants as one, since each piece costs time in every row."""
    merged: list[Any] = []
    for part in parts:
        if isinstance(part, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += part
        else:
            merged.append(part)
    return merged


def _header(database: str, table: Table) -> str:
    return (
        "/*M!999999\\- enable the sandbox mode */ \n"
        "-- MariaDB dump 10.19  Distrib 10.11.14-MariaDB, for debian-linux-gnu (x86_64)\n"
        f"--\n-- Host: db1206    Database: {database}\n"
        "-- ------------------------------------------------------\n"
        "-- Server version\t10.11.13-MariaDB-log\n\n"
        "/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;\n"
        "/*!40101 SET NAMES utf8mb4 */;\n"
        "/*!40103 SET TIME_ZONE='+00:00' */;\n\n"
        f"--\n-- Table structure for table `{table.name}`\n--\n\n"
        f"DROP TABLE IF EXISTS `{table.name}`;\n"
        "/*!40101 SET @saved_cs_client     = @@character_set_client */;\n"
        "/*!40101 SET character_set_client = utf8mb4 */;\n"
        f"{table.create()}"
        "/*!40101 SET character_set_client = @saved_cs_client */;\n\n"
        f"--\n-- Dumping data for table `{table.name}`\n--\n\n"
        f"/*!40000 ALTER TABLE `{table.name}` DISABLE KEYS */;\n"
    )


def _footer(table: Table, day: date) -> str:
    return (
        f"/*!40000 ALTER TABLE `{table.name}` ENABLE KEYS */;\n"
        "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n"
        "/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;\n\n"
        f"-- Dump completed on {day.isoformat()}  3:14:15\n"
    )
