"""Reads the edits of one namespace from mediawiki_history, the dumps of what happened on a wiki.

Tab-separated files without a header, of a month, a year or all time. What is counted of the edits
is not decided here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from resources.errors import InputError
from resources.sources.compressed import open_compressed
from resources.sources.lines import Lines, blocks_of, numbers, pieces
from resources.sources.sql_rows import Mask, Positions
from resources.sources.sql_values import decode

_NEWEST: tuple[str, ...] = (
    *("wiki_db", "event_log_id", "event_entity", "event_type", "event_timestamp", "event_comment"),
    *("event_user_id", "event_user_central_id", "event_user_text_historical", "event_user_text"),
    *("event_user_blocks_historical", "event_user_blocks"),
    *("event_user_groups_historical", "event_user_groups"),
    *("event_user_is_bot_by_historical", "event_user_is_bot_by", "event_user_is_created_by_self"),
    *("event_user_is_created_by_system", "event_user_is_created_by_peer"),
    *("event_user_is_anonymous", "event_user_is_temporary", "event_user_is_permanent"),
    *("event_user_is_cross_wiki", "event_user_registration_timestamp"),
    *("event_user_creation_timestamp", "event_user_first_edit_timestamp"),
    *("event_user_revision_count", "event_user_seconds_since_previous_revision"),
    *("page_id", "page_title_historical", "page_title", "page_namespace_historical"),
    *("page_namespace_is_content_historical", "page_namespace", "page_namespace_is_content"),
    *("page_is_redirect", "page_is_deleted", "page_creation_timestamp"),
    *("page_first_edit_timestamp", "page_revision_count", "page_seconds_since_previous_revision"),
    *("user_id", "user_central_id", "user_text_historical", "user_text"),
    *("user_blocks_historical", "user_blocks", "user_groups_historical", "user_groups"),
    *("user_is_bot_by_historical", "user_is_bot_by", "user_is_created_by_self"),
    *("user_is_created_by_system", "user_is_created_by_peer", "user_is_anonymous"),
    *("user_is_temporary", "user_is_permanent", "user_registration_timestamp"),
    *("user_creation_timestamp", "user_first_edit_timestamp"),
    *("revision_id", "revision_parent_id", "revision_minor_edit", "revision_deleted_parts"),
    *("revision_deleted_parts_are_suppressed", "revision_text_bytes", "revision_text_bytes_diff"),
    *("revision_text_sha1", "revision_content_model", "revision_content_format"),
    *("revision_is_deleted_by_page_deletion", "revision_deleted_by_page_deletion_timestamp"),
    *("revision_is_identity_reverted", "revision_first_identity_reverting_revision_id"),
    *("revision_seconds_to_identity_revert", "revision_is_identity_revert"),
    *("revision_is_from_before_page_creation", "revision_tags"),
)
_ADDED = (
    {"event_log_id", "event_user_is_cross_wiki"},
    {"event_user_central_id", "user_central_id"},
    {
        *("event_user_is_temporary", "event_user_is_permanent"),
        *("user_is_temporary", "user_is_permanent"),
    },
)
"""What came last, what before it, and so on."""


def _layouts() -> dict[int, tuple[str, ...]]:
    layouts, columns = {len(_NEWEST): _NEWEST}, _NEWEST
    for added in _ADDED:
        columns = tuple(name for name in columns if name not in added)
        layouts[len(columns)] = columns
    return layouts


LAYOUTS = _layouts()
"""The columns in their order, by how many there are: 78 since 2026-05, 76 since 2025-10, 74, and 70
until 2024-11. The order is that of Wikitech's page `MediaWiki history dumps` and of the schema in
Wikimedia's analytics/refinery/source, whose `page_artificial_id` the dumps leave out.
"""
_TIME = "%Y-%m-%d %H:%M:%S"
_TIME_BYTES = 19
_EXPECTED = ", ".join(map(str, sorted(LAYOUTS)))


@dataclass
class HistoryCounts:
    """``rows`` were in the files, ``edits`` of them were given. ``without_page`` are edits of the
    namespace that were dropped, since they have no page's id; ``without_time`` have no time.
    """

    rows: int = 0
    edits: int = 0
    without_page: int = 0
    without_time: int = 0


class History:
    """The edits of pages that are in ``namespace`` now, as record batches; iterate once.

    Given are revisions as they were created, but for those that a page's deletion took away.
    Columns as in ``schema``: ``is_anonymous`` are edits by IP addresses and temporary users.
    ``editor`` is one key for each registered user, `#` with the id, or the name where there is
    none; NULL for others. Memory does not grow with the files. Raises InputError for a file that is
    not whole, and for a row that has not as many columns as a layout and the file's first row, or
    is of another wiki.
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [
            ("wiki_db", pa.string()),
            ("page_id", pa.int64()),
            ("time", pa.timestamp("us", tz="UTC")),
            ("is_minor", pa.bool_()),
            ("is_anonymous", pa.bool_()),
            ("editor", pa.string()),
        ]
    )

    def __init__(
        self,
        files: Sequence[Path],
        wiki: str,
        namespace: int,
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        self.counts = HistoryCounts()
        self._files, self._wiki, self._on_bytes = files, wiki, on_bytes
        self._namespace = str(namespace)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the edits, a batch for each block of text that holds any."""
        for path in self._files:
            width = None
            with open_compressed(path, self._on_bytes) as file:
                for lines in blocks_of(file):
                    width = width or _width(path, lines)
                    rows = _Rows(path, lines, width)
                    _refuse_others(path, lines, rows, self._wiki)
                    edits = self._edits(rows)
                    if edits.num_rows:
                        yield edits

    def _edits(self, rows: "_Rows") -> pa.RecordBatch:
        rows.keep("page_namespace", self._namespace)
        rows.keep("event_entity", "revision")
        rows.keep("event_type", "create")
        rows.drop("revision_is_deleted_by_page_deletion", "true")
        found = len(rows.kept)
        rows.select(_are_ids(numbers(rows.values("page_id"))))
        times = _times(rows.values("event_timestamp"))
        is_anonymous = pc.or_(
            rows.are_true("event_user_is_anonymous"), rows.are_true("event_user_is_temporary")
        )
        counts = self.counts
        counts.rows += len(rows)
        counts.edits += len(rows.kept)
        counts.without_page += found - len(rows.kept)
        counts.without_time += times.null_count
        return pa.record_batch(
            [
                decode(rows.values("wiki_db"))[0],
                numbers(rows.values("page_id")),
                times,
                rows.are_true("revision_minor_edit"),
                is_anonymous,
                pc.if_else(is_anonymous, None, _editors(rows)),
            ],
            schema=self.schema,
        )


class _Rows:
    """The rows of a block, of which those ``kept`` are looked at, by number."""

    def __init__(self, path: Path, lines: Lines, width: int) -> None:
        self._text, self._size = lines.text, len(lines.ends)
        self._columns = {name: number for number, name in enumerate(LAYOUTS[width])}
        self._bounds = _bounds(path, lines, width)
        self.kept: Positions = np.arange(self._size)

    def __len__(self) -> int:
        return self._size

    def keep(self, column: str, value: str) -> None:
        """Keep the rows that have a value."""
        self.select(self.are(column, value))

    def drop(self, column: str, value: str) -> None:
        """Keep the rows that have another value."""
        self.select(~self.are(column, value))

    def select(self, chosen: Mask) -> None:
        """Keep those of the kept rows that are chosen."""
        self.kept = self.kept[chosen]

    def values(self, column: str) -> pa.Array:
        """Give a column as binary values."""
        return pieces(self._text, *self._places(column))

    def are_true(self, column: str) -> pa.Array:
        """Tell where a column is true; nowhere where the files did not have it yet."""
        if column not in self._columns:
            return pa.array(np.zeros(len(self.kept), np.bool_))
        return pc.equal(self.values(column), b"true")

    def are(self, column: str, value: str) -> Mask:
        """Tell which of the kept rows have a value."""
        begins, ends = self._places(column)
        are = ends - begins == len(value)
        for place, byte in enumerate(value.encode()):
            # A shorter value may be the last of the text.
            are &= self._text[np.minimum(begins + place, ends)] == byte
        return are

    def _places(self, column: str) -> tuple[Positions, Positions]:
        number = self._columns[column]
        return self._bounds[self.kept, number] + 1, self._bounds[self.kept, number + 1]


def _bounds(path: Path, lines: Lines, width: int) -> Positions:
    """Give what stands before and after each column, a row a line. Raises InputError."""
    tabs = lines.positions("\t")
    befores, ends = lines.begins - 1, lines.ends
    if len(tabs) == len(ends) * (width - 1):
        inner = tabs.reshape(len(ends), width - 1)
        if (inner[:, 0] > befores).all() and (inner[:, -1] < ends).all():
            return np.column_stack([befores, inner, ends])
    widths = np.diff(np.searchsorted(tabs, ends), prepend=0) + 1
    row = int(np.flatnonzero(widths != width)[0])
    raise _other_width(path, lines.first + row, int(widths[row]), f"{width} as in the rows before")


def _width(path: Path, lines: Lines) -> int:
    width = int(np.searchsorted(lines.positions("\t"), lines.ends[0])) + 1
    if width not in LAYOUTS:
        raise _other_width(path, 1, width, f"one of {_EXPECTED}")
    return width


def _refuse_others(path: Path, lines: Lines, rows: _Rows, wiki: str) -> None:
    """Raise InputError for a row of another wiki."""
    others = np.flatnonzero(~rows.are("wiki_db", wiki))
    if len(others):
        row = int(others[0])
        found = rows.values("wiki_db")[row].as_py().decode(errors="replace")
        raise InputError(
            path,
            f"the row is of {found[:40]!r}, expected {wiki}",
            where=f"line {lines.first + row}",
            advice="fetch the file of that wiki",
        )


def _other_width(path: Path, line: int, width: int, expected: str) -> InputError:
    return InputError(
        path,
        f"the row has {width} columns, expected {expected}",
        where=f"line {line}",
        advice="fetch the file again; where it stays so, the dumps have changed and the reader "
        "must learn their columns",
    )


def _times(values: pa.Array) -> pa.Array:
    """Read times of UTC, of whose fractions nothing is told; NULL for what is none."""
    texts = decode(pc.binary_slice(values, 0, _TIME_BYTES))[0]
    times = pc.strptime(texts, _TIME, "us", error_is_null=True)
    return pc.assume_timezone(times, "UTC")


def _editors(rows: _Rows) -> pa.Array:
    ids, names = numbers(rows.values("event_user_id")), decode(rows.values("event_user_text"))[0]
    keys = pc.binary_join_element_wise("#", ids.cast(pa.string()), "")
    return pc.if_else(_are_ids(ids), keys, pc.if_else(pc.equal(names, ""), None, names))


def _are_ids(found: pa.Array) -> Mask:
    """Tell which numbers are there and not 0, which stands for nobody and nothing."""
    return pc.greater(found, 0).fill_null(False).to_numpy(zero_copy_only=False)
