"""Reading a dump folder for the reference: the name form, SQL rows, entity lines, which dump.

Slow, exact, everything in memory: for comparison in tests, never for the product.
"""

import bz2
import gzip
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SqlRow = dict[str, bytes | None]

COMMONS = "commonswiki"
WIKI_TABLES = ("page", "page_props", "pagelinks", "linktarget", "imagelinks", "image")
COMMONS_TABLES = ("page", "categorylinks", "linktarget")
OLDEST = timedelta(days=35)

_OPENERS = {".gz": gzip.decompress, ".bz2": bz2.decompress}
_COLUMN = re.compile(rb"^\s+`(\w+)`", re.MULTILINE)
_INSERT = re.compile(rb"^INSERT INTO `\w+` VALUES ", re.MULTILINE)
_VALUE = re.compile(rb"(NULL)|(-?[0-9][-+.0-9eE]*)|'([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPED = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a"}
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e]")
_BLANKS = re.compile("[_ \u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_PREFIXES = ("file", "image", "category")


def name_form(text: str) -> str:
    """A file or category name in the one form of SPEC section 1."""
    text = _BLANKS.sub("_", unicodedata.normalize("NFC", _DIRECTION.sub("", text))).strip("_")
    upper = text[:1].upper()
    if len(upper) != 1 or "\u10d0" <= text[0] <= "\u10ff":
        return text
    return upper + text[1:]


def file_form(text: str) -> str:
    """The same of a name that somebody typed, without one leading ``File:`` or the like."""
    prefix, colon, rest = name_form(text).partition(":")
    return name_form(rest) if colon and prefix.strip("_").lower() in _PREFIXES else name_form(text)


def title_form(text: str) -> str:
    """A title of namespace 0, as its wiki has it."""
    return unicodedata.normalize("NFC", text.replace(" ", "_"))


def sql_rows(dump: bytes) -> Iterator[SqlRow]:
    """Every row of one dumped table, by the column names of its own CREATE TABLE; NULL is None."""
    create = dump.index(b"CREATE TABLE")
    columns = [c.decode() for c in _COLUMN.findall(dump, create, dump.index(b"\n)", create))]
    position = create
    while insert := _INSERT.search(dump, position):
        position = insert.end()
        while True:
            values, position = _row(dump, position)
            yield dict(zip(columns, values, strict=True))
            separator = dump[position : position + 1]
            position += 1
            if separator == b";":
                break
            _expect(separator == b",", dump, position)


def _row(dump: bytes, position: int) -> tuple[list[bytes | None], int]:
    """One ``(…)`` that starts at the position, and where it ends."""
    _expect(dump[position : position + 1] == b"(", dump, position)
    values: list[bytes | None] = []
    separator = b","
    while separator == b",":
        value = _VALUE.match(dump, position + 1)
        if value is None:
            raise ValueError(f"no value at byte {position + 1}")
        null, number, text = value.groups()
        values.append(None if null else number if number else _ESCAPE.sub(_unescape, text))
        position = value.end()
        separator = dump[position : position + 1]
    _expect(separator == b")", dump, position)
    return values, position + 1


def _unescape(escape: re.Match[bytes]) -> bytes:
    return _ESCAPED.get(escape[1], escape[1])


def _expect(condition: bool, dump: bytes, position: int) -> None:
    if not condition:
        raise ValueError(f"not SQL at byte {position}: {dump[position - 20 : position + 20]!r}")


def read(path: Path) -> bytes:
    """All bytes of a file that may be plain, ``.gz`` or ``.bz2``."""
    return _OPENERS.get(path.suffix, bytes)(path.read_bytes())


def entities(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of an entity dump, one a line, or of a file of events."""
    for line in read(path).decode("utf-8-sig").split("\n"):
        text = line.strip().removesuffix(",")
        if text not in ("", "[", "]"):
            yield json.loads(text)


class DumpFolder:
    """A folder with the layout of SPEC section 2, as it stands for one snapshot."""

    def __init__(self, root: Path, snapshot: str) -> None:
        self.root = root
        self.key = date.fromisoformat(snapshot)

    def target_wikis(self) -> list[str]:
        """Every wiki with a dump dated the snapshot, apart from Commons."""
        folders = self.root.glob(f"*/{self.key:%Y%m%d}")
        return sorted(f.parent.name for f in folders if f.parent.name != COMMONS)

    def table(self, wiki: str, table: str) -> Iterator[SqlRow]:
        """Rows of one table; none where an optional table is absent."""
        needed = COMMONS_TABLES if wiki == COMMONS else WIKI_TABLES
        day = self.key
        if wiki == COMMONS:
            day = self._newest(self.root / wiki, [f"{wiki}-{{}}-{t}.sql" for t in needed])
        stem = f"{wiki}-{day:%Y%m%d}-{table}.sql"
        path = _compressed(self.root / wiki / f"{day:%Y%m%d}", stem)
        if path is None and table in needed:
            raise FileNotFoundError(stem)
        return sql_rows(read(path)) if path else iter(())

    def entities(self, wiki: str, stem: str) -> Iterator[dict[str, Any]]:
        """Entities of ``wikidatawiki`` or ``commonswiki``; ``{}`` in the stem is the date."""
        folder = self.root / "other" / "wikibase" / wiki
        day = f"{self._newest(folder, [stem]):%Y%m%d}"
        path = _compressed(folder / day, stem.format(day))
        return entities(path) if path else iter(())

    def feedback(self) -> Iterator[dict[str, Any]]:
        """Every feedback event there is."""
        folder = self.root / "event" / "mediawiki_image_suggestions_feedback"
        for path in sorted(folder.glob("*")):
            if re.search(r"\.json(\.gz|\.bz2)?$", path.name):
                yield from entities(path)

    def _newest(self, folder: Path, stems: list[str]) -> date:
        """The newest whole dump dated on or before the key and not too old."""
        days = [
            date.fromisoformat(day.name)
            for day in folder.glob("[0-9]" * 8)
            if all(_compressed(day, stem.format(day.name)) for stem in stems)
        ]
        return max(day for day in days if self.key - OLDEST <= day <= self.key)


def _compressed(folder: Path, stem: str) -> Path | None:
    paths = [folder / f"{stem}{suffix}" for suffix in _OPENERS]
    return next((path for path in paths if path.exists()), None)
