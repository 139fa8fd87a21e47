"""Reads what editors said of suggestions: events `mediawiki.image_suggestions_feedback`, 2.1.0.

What an event means for the suggestions, and which of several counts, is not decided here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pyarrow as pa

from resources.sources.json_lines import JsonLines
from resources.sources.names import normalize_typed_name

OnBytes = Callable[[int], None]

BATCH_ROWS = 1 << 16

UNDECIDED_REASONS = frozenset({"unfamiliar", "foreignlanguage"})
"""Who rejects for these alone does not know whether the picture fits (SPEC §5)."""

_COMPRESSED = (".gz", ".bz2")


@dataclass
class FeedbackCounts:
    """What was in the event files: each event became a row or is one of ``sections``.

    ``sections`` speak of a section of an article; ``json_bytes`` are bytes of uncompressed text.
    """

    events: int = 0
    sections: int = 0
    rows: int = 0
    json_bytes: int = 0


class _Meta(msgspec.Struct):
    dt: str | None = None


class _Event(msgspec.Struct):
    wiki: str | None = None
    page_id: int | None = None
    filename: str | None = None
    is_accepted: bool | None = None
    is_rejected: bool | None = None
    rejection_reasons: list[str] | None = None
    section_title: str | None = None
    dt: str | None = None
    meta: _Meta | None = None


class Feedback:
    """The events on whole articles in files of one JSON event a line, as record batches.

    Iterate once; columns as in ``schema``, with file names in the form of SPEC §1 and ``outcome``
    of SPEC §5: accepted, rejected or undecided; an event that says both accepted and rejected is
    accepted. Events on a section are only counted; ``counts`` is right when iteration has ended.
    Rows are in the order of the files and not made distinct, so that memory does not grow with
    them. A plain file of no bytes has no events. Raises InputError with file and line for what is
    not an event or lacks wiki, page_id, filename or a time with its offset (``dt``, else
    ``meta.dt``).
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [
            ("wiki_db", pa.string()),
            ("page_id", pa.int64()),
            ("file_name", pa.string()),
            ("outcome", pa.string()),
            ("dt", pa.timestamp("us", tz="UTC")),
        ]
    )

    def __init__(self, paths: Sequence[Path], on_bytes: OnBytes | None = None) -> None:
        self.counts = FeedbackCounts()
        self._paths = paths
        self._on_bytes = on_bytes
        self._rows: list[tuple[Any, ...]] = []

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the rows, as soon as there is a batch of them."""
        for path in self._paths:
            if _is_blank(path):
                continue
            lines = JsonLines(path, _Event, array=False, on_bytes=self._on_bytes)
            for event in lines:
                self._read(event, lines)
                if len(self._rows) >= BATCH_ROWS:
                    yield self._batch()
            self.counts.json_bytes += lines.json_bytes
        if self._rows:
            yield self._batch()

    def _read(self, event: _Event, lines: JsonLines[_Event]) -> None:
        self.counts.events += 1
        name = normalize_typed_name(event.filename or "")
        page = event.page_id
        for field, value in (("wiki", event.wiki), ("page_id", page), ("filename", name)):
            if not value:
                lines.fail(f"the event has no {field}")
        if page is None or not 0 < page < 1 << 63:
            lines.fail(f"page_id {page} is not the id of a page")
        when = _time(event, lines)
        if event.section_title:
            self.counts.sections += 1
        else:
            self._rows.append((event.wiki, page, name, _outcome(event), when))

    def _batch(self) -> pa.RecordBatch:
        columns = zip(*self._rows, strict=True)
        self.counts.rows += len(self._rows)
        self._rows = []
        return pa.RecordBatch.from_arrays(
            [
                pa.array(column, field.type)
                for column, field in zip(columns, self.schema, strict=True)
            ],
            schema=self.schema,
        )


def _is_blank(path: Path) -> bool:
    """A plain file is begun before its first event is; a compressed one always has bytes."""
    return path.suffix not in _COMPRESSED and path.is_file() and path.stat().st_size == 0


def _outcome(event: _Event) -> str:
    if event.is_accepted:
        return "accepted"
    reasons = event.rejection_reasons or []
    if event.is_rejected and not (reasons and UNDECIDED_REASONS.issuperset(reasons)):
        return "rejected"
    return "undecided"


def _time(event: _Event, lines: JsonLines[_Event]) -> datetime:
    text = event.dt or (event.meta and event.meta.dt)
    if not text:
        lines.fail("the event has no dt")
    try:
        when = datetime.fromisoformat(text)
        if when.tzinfo is None:
            lines.fail(f"dt {text!r} does not end in Z or an offset such as +00:00")
        return when.astimezone(UTC)
    except (ValueError, OverflowError):
        lines.fail(f"dt {text!r} is not a time such as 2024-05-01T12:34:56Z")
