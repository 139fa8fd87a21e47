"""Writes tables as the text of a SQL dump, in every way in which dumps are written."""

import bz2
import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Value = int | str | bytes | None | Callable[[], bytes]

_ESCAPES = {
    0: rb"\0",
    10: rb"\n",
    13: rb"\r",
    26: rb"\Z",
    34: rb"\"",
    39: rb"\'",
    92: rb"\\",
}


@dataclass(frozen=True)
class Style:
    """How a dump is written.

    ``rows_per_insert``: rows of one INSERT. ``break_rows``: a line break between them, as MariaDB
    does since 2024. ``name_columns``: the INSERT lists its columns. ``double_quotes``: a quote is
    doubled instead of escaped. ``locks`` and ``keys``: the statements that surround the rows;
    ``comments``: the first and the last line.
    """

    rows_per_insert: int = 1000
    break_rows: bool = False
    name_columns: bool = False
    double_quotes: bool = False
    locks: bool = False
    keys: bool = True
    comments: bool = True


def raw(text: bytes) -> Callable[[], bytes]:
    """A value that stands in the dump just as it is."""
    return lambda: text


def write_value(value: Value, style: Style = Style()) -> bytes:
    """One value as it stands in a row."""
    if value is None:
        return b"NULL"
    if isinstance(value, int):
        return str(value).encode()
    if callable(value):
        return value()
    escapes = _ESCAPES | ({39: b"''"} if style.double_quotes else {})
    data = value.encode() if isinstance(value, str) else value
    return b"'" + b"".join(escapes.get(byte, bytes([byte])) for byte in data) + b"'"


def write_rows(rows: Sequence[Sequence[Value]], style: Style = Style()) -> bytes:
    """Rows with what stands between them."""
    separator = b",\n" if style.break_rows else b","
    return separator.join(
        b"(" + b",".join(write_value(value, style) for value in row) + b")" for row in rows
    )


def create_table(table: str, columns: Mapping[str, str]) -> bytes:
    """A CREATE TABLE with the definition of each column."""
    lines = [f"  `{name}` {definition}" for name, definition in columns.items()]
    lines.append(f"  PRIMARY KEY (`{next(iter(columns))}`)")
    body = ",\n".join(lines)
    return f"CREATE TABLE `{table}` (\n{body}\n) ENGINE=InnoDB DEFAULT CHARSET=binary;\n".encode()


def dump_text(
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Value]],
    style: Style = Style(),
) -> bytes:
    """The whole text of a dump."""
    parts = []
    if style.comments:
        parts.append(b"/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n--\n\n")
    parts.append(f"DROP TABLE IF EXISTS `{table}`;\n".encode())
    parts.append(b"/*!40101 SET character_set_client = utf8 */;\n")
    parts.append(create_table(table, columns))
    if style.locks:
        parts.append(f"\nLOCK TABLES `{table}` WRITE;\n".encode())
    if style.keys:
        parts.append(f"/*!40000 ALTER TABLE `{table}` DISABLE KEYS */;\n".encode())
    head = f"INSERT INTO `{table}` "
    if style.name_columns:
        head += "(" + ", ".join(f"`{name}`" for name in columns) + ") "
    head += "VALUES\n" if style.break_rows else "VALUES "
    for first in range(0, len(rows), style.rows_per_insert):
        some = rows[first : first + style.rows_per_insert]
        parts.append(head.encode() + write_rows(some, style) + b";\n")
    if style.keys:
        parts.append(f"/*!40000 ALTER TABLE `{table}` ENABLE KEYS */;\n".encode())
    if style.locks:
        parts.append(b"UNLOCK TABLES;\n")
    if style.comments:
        parts.append(b"/*!40103 SET TIME_ZONE='+00:00' */;\n\n-- Dump completed on 2024-05-01\n")
    return b"".join(parts)


def store(path: Path, text: bytes) -> Path:
    """Write text to a file, packed as its ending says."""
    pack = {".gz": gzip.compress, ".bz2": bz2.compress}.get(path.suffix, bytes)
    path.write_bytes(pack(text))
    return path
