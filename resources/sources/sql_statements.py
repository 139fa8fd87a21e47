"""The grammar of a dump around its rows: comments, statements, CREATE TABLE, the head of an INSERT.

Where the rows of an INSERT begin and end is found in sql_rows.py.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

Text: TypeAlias = bytes | memoryview

_NAME = rb"`(?:[^`]|``)+`|\"[^\"]+\"|[\w$]+"
_TABLE = rb"(?:(?:" + _NAME + rb")\s*\.\s*)?(?P<table>" + _NAME + rb")"
_STRING = rb"'(?:[^'\\]++|\\.|'')*+'|\"(?:[^\"\\]++|\\.|\"\")*+\"|`[^`]*+`"
_COMMENT = rb"/\*.*?\*/|--(?:[ \t\r][^\n]*+)?\n|\#[^\n]*+\n"

_SPACE = re.compile(rb"[\s;]*+")
_STATEMENT = re.compile(
    rb"(?:[^;'\"`/\#-]++|" + _STRING + rb"|" + _COMMENT + rb"|/(?!\*)|-(?!-[ \t\r\n]))*+;",
    re.DOTALL,
)
_INSERT = re.compile(
    rb"(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|HIGH_PRIORITY|DELAYED|IGNORE)\s+)*INTO\s+"
    + _TABLE
    + rb"\s*(?:\((?P<columns>[^()]*)\)\s*)?VALUES\s*(?=\()",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    rb"(?!(?:INSERT|REPLACE|LOAD|UPDATE|DELETE|TRUNCATE|WITH|EXECUTE|CALL)\b)[a-z]", re.IGNORECASE
)
_CREATE = re.compile(
    rb"CREATE\s+(?:TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _TABLE + rb"\s*\(",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    _COMMENT + rb"|(?P<string>'(?:[^'\\]++|\\.|'')*+')|(?P<name>" + _NAME + rb")|(?P<mark>[(),])",
    re.DOTALL,
)
_NO_COLUMN = frozenset(
    b"PRIMARY KEY UNIQUE INDEX CONSTRAINT FOREIGN FULLTEXT SPATIAL CHECK PERIOD".split()
)
_MARKS = re.compile(rb"(DIS|EN)ABLE\s+KEYS|(UN)?LOCK\s+TABLES", re.IGNORECASE)


@dataclass(frozen=True)
class CreateTable:
    """``columns``: the names in the order of the rows' values."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Insert:
    """The head of an INSERT up to its first row; ``columns`` is None where it lists none."""

    table: str
    columns: tuple[str, ...] | None
    head: bytes


@dataclass(frozen=True)
class Other:
    """A comment or a statement that says nothing about rows."""

    text: bytes


@dataclass(frozen=True)
class NotUnderstood:
    """What may say something about rows, in a form that dumps do not have."""

    text: bytes


Statement: TypeAlias = CreateTable | Insert | Other | NotUnderstood


def next_statement(text: Text, begin: int, end: int, last: bool) -> tuple[Statement | None, int]:
    """Read one statement or comment of ``text[begin:end]``; give it and where it ends.

    None: there is none, but space, or its end is not there; it begins where is told. ``last`` says
    that nothing follows this text.
    """
    begin = _SPACE.match(text, begin, end).end()  # type: ignore[union-attr]
    first = bytes(text[begin : min(begin + 3, end)])
    if first[:1] == b"#" or re.match(rb"--[ \t\r\n]", first) or (last and first == b"--"):
        return _line_comment(text, begin, end, last)
    if first[:2] == b"/*":
        close = re.compile(rb"\*/").search(text, begin + 2, end)
        return (Other(bytes(text[begin : close.end()])), close.end()) if close else (None, begin)
    insert = _INSERT.match(text, begin, end)
    if insert:
        columns = insert["columns"]
        names = None if columns is None else tuple(_names(bytes(columns)))
        return Insert(_name(insert["table"]), names, bytes(insert[0])), insert.end()
    statement = _STATEMENT.match(text, begin, end)
    if not statement:
        return None, begin
    return _whole_statement(bytes(statement[0])), statement.end()


def _line_comment(text: Text, begin: int, end: int, last: bool) -> tuple[Statement | None, int]:
    line = re.compile(rb"[^\n]*").match(text, begin, end)
    if line is None or (line.end() == end and not last):
        return None, begin
    return Other(bytes(line[0])), line.end()


def _whole_statement(text: bytes) -> Statement:
    create = _CREATE.match(text)
    if create:
        columns = _columns(text[create.end() :])
        return CreateTable(_name(create["table"]), columns) if columns else NotUnderstood(text)
    return Other(text) if _HARMLESS.match(text) else NotUnderstood(text)


def _columns(text: bytes) -> tuple[str, ...]:
    """The columns of a CREATE TABLE, from behind its opening parenthesis; none: not understood."""
    columns: list[str] = []
    depth, first = 1, True
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        depth += {b"(": 1, b")": -1}.get(mark, 0)
        if depth == 0:
            return tuple(columns)
        if depth == 1 and mark == b",":
            first = True
        elif first and token["name"]:
            first = False
            if token["name"].upper() not in _NO_COLUMN:
                columns.append(_name(token["name"]))
    return ()


def _names(text: bytes) -> list[str]:
    return [_name(found[0]) for found in re.finditer(_NAME, text)]


def _name(text: Text) -> str:
    name = bytes(text).decode("utf-8", "replace")
    return name[1:-1].replace("``", "`") if name[0] in '`"' else name


class Ending:
    """Whether a dump has come to its end, as far as its own words tell.

    mysqldump disables keys and locks tables before the rows and takes both back behind them; with
    comments it says at its beginning what it is and at its end that it is complete.
    """

    def __init__(self) -> None:
        self._begun: set[bytes] = set()
        self._done: set[bytes] = set()
        self._named = False
        self._completed = False

    def hear(self, text: bytes) -> None:
        """Take in a comment or a statement."""
        if re.match(rb"-- (?:MySQL|MariaDB) dump ", text):
            self._named = True
        self._completed |= text.startswith(b"-- Dump completed")
        if text.startswith(b"--"):
            return
        for mark in _MARKS.finditer(text):
            what = mark[0].split()[-1].upper()
            begins = mark[1] is not None and mark[1].upper() == b"DIS"
            begins |= what == b"TABLES" and mark[2] is None
            (self._begun if begins else self._done).add(what)

    def missing(self) -> str:
        """Name what should have come and has not; empty when nothing tells of a missing end."""
        if self._completed:
            return ""
        if b"KEYS" in self._begun - self._done:
            return "ENABLE KEYS"
        if b"TABLES" in self._begun - self._done:
            return "UNLOCK TABLES"
        return "-- Dump completed" if self._named and not self._begun else ""
