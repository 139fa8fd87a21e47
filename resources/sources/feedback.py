"""Reads what editors said of suggestions: events `mediawiki.image_suggestions_feedback`, 2.1.0.

Others write them, with fields that nobody checks: what is wrong with an event costs that event,
and what is wrong with a file costs the rest of it. What an event takes out is not decided here.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import msgspec
import pyarrow as pa

from resources.errors import InputError
from resources.sources.compressed import CompressedFile, open_compressed
from resources.sources.names import normalize_typed_name

OnBytes = Callable[[int], None]

BATCH_ROWS = 1 << 16
LONGEST_LINE = 1 << 24
"""In bytes: four times what an event stream takes. No line has to fill the memory."""
EXAMPLES = 20
"""Dropped events that are shown with file and line."""

UNDECIDED_REASONS = frozenset({"unfamiliar", "foreignlanguage"})
"""Who rejects for these alone does not know whether the picture fits (SPEC §5)."""

_CANARY = "canary"
_WIKI = re.compile(r"[a-z0-9_]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,19}")
_LONGEST_NAME = 255
"""In bytes of UTF-8, as MediaWiki's columns for titles are."""
_FLAGS = {"true": True, "1": True, "false": False, "0": False, "": False}


@dataclass
class FeedbackCounts:
    """What was in the event files. Each event became a row or is one of ``dropped``, by reason.

    ``canaries`` are no events. ``sections`` and ``pages`` are rows that are not about an article.
    Of events whose dt is no time, ``times_of_meta`` have that of their meta, ``without_time`` none.
    ``json_bytes`` are bytes of uncompressed text.
    """

    events: int = 0
    canaries: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    sections: int = 0
    pages: int = 0
    times_of_meta: int = 0
    without_time: int = 0
    json_bytes: int = 0

    def __add__(self, other: "FeedbackCounts") -> "FeedbackCounts":
        """Count what was in the files of both."""
        dropped = dict(Counter(self.dropped) + Counter(other.dropped))
        names = [each.name for each in fields(self) if each.name != "dropped"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return FeedbackCounts(**sums, dropped=dropped)


class Dropped(NamedTuple):
    """An event that could not be understood: where it was, and why."""

    file: str
    line: int
    why: str


class Event(msgspec.Struct):
    """The fields that are read, whatever they hold."""

    wiki: Any = None
    page_id: Any = None
    filename: Any = None
    is_accepted: Any = None
    is_rejected: Any = None
    rejection_reasons: Any = None
    section_title: Any = None
    dt: Any = None
    meta: Any = None


_DECODE = msgspec.json.Decoder(Event).decode


class _OddError(Exception):
    """An event that can not be understood; the text is the same for all of a kind."""


class Feedback:
    """The events in files of one JSON event a line, as record batches.

    ``files`` are by the names that people know them by. Iterate once; columns as in ``schema``,
    with file names in the form of SPEC §1, ``outcome`` (accepted, rejected, undecided) and
    ``about`` (article, section, page) of SPEC §5. An event that says both accepted and rejected is
    accepted; one without a file name is about the page, whatever section it names. Rows are in the
    order of the files and not made distinct, so that memory does not grow with them.

    When iteration has ended, ``counts`` are of all, ``examples`` tell of a few dropped events,
    ``shares`` how many were dropped, and of how many, in each file that had any, and ``damaged``
    where in a file its damage begins, and what it is. What comes before that is read, what comes
    after is not. A plain file of no bytes is whole: it is begun before its first event is.
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [
            ("wiki_db", pa.string()),
            ("page_id", pa.int64()),
            ("file_name", pa.string()),
            ("outcome", pa.string()),
            ("about", pa.string()),
            ("dt", pa.timestamp("us", tz="UTC")),
        ]
    )

    def __init__(self, files: Mapping[str, Path], on_bytes: OnBytes | None = None) -> None:
        self.counts = FeedbackCounts()
        self.examples: list[Dropped] = []
        self.shares: dict[str, tuple[int, int]] = {}
        self.damaged: dict[str, str] = {}
        self._files = files
        self._on_bytes = on_bytes
        self._rows: list[tuple[Any, ...]] = []

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the rows, as soon as there is a batch of them."""
        counts = self.counts
        for name, path in self._files.items():
            events, rows = counts.events, counts.rows
            for number, line in self._lines(name, path):
                try:
                    self.add(name, number, partial(_event, line))
                except (UnicodeDecodeError, json.JSONDecodeError) as error:
                    self.damaged[name] = f"line {number}: not one whole JSON object: {error}"
                    break
                yield from self.batches(BATCH_ROWS)
            events, rows = counts.events - events, counts.rows - rows
            if rows < events:
                self.shares[name] = events - rows, events
        yield from self.batches()

    def add(self, name: str, number: int, event: Callable[[], Event]) -> None:
        """Take one event of a file; one that can not be understood is dropped and counted."""
        try:
            self._take(event())
        except _OddError as odd:
            self._drop(Dropped(name, number, str(odd)))

    def batches(self, least: int = 1) -> Iterator[pa.RecordBatch]:
        """Give the rows where there are ``least`` of them or more."""
        if len(self._rows) >= least:
            yield self._batch()

    def _lines(self, name: str, path: Path) -> Iterator[tuple[int, bytes]]:
        """Give the lines that are not blank, with their numbers, as far as the file is whole."""
        try:
            if path.suffix == ".json" and not path.stat().st_size:
                return
            with open_compressed(path, self._on_bytes) as file:
                for number, line in enumerate(_lines_of(file), 1):
                    self.counts.json_bytes += len(line) + 1
                    if line.strip():
                        yield number, line
        except OSError as error:
            self.damaged[name] = f"cannot be read: {error.strerror}"
        except InputError as error:
            self.damaged[name] = f"{error.where}: {error.problem}" if error.where else error.problem

    def _take(self, event: Event) -> None:
        """Make an event a row. Raises _OddError for one that can not be understood."""
        meta = event.meta if isinstance(event.meta, dict) else {}
        if meta.get("domain") == _CANARY:
            self.counts.canaries += 1
            return
        wiki, page = event.wiki, _page_id(event.page_id)
        if not isinstance(wiki, str) or not _WIKI.fullmatch(wiki):
            raise _OddError("wiki: no name of a wiki")
        if page is None:
            raise _OddError("page_id: no id of a page")
        name, outcome = _file_name(event.filename), _outcome(event)
        about = "page" if not name else "section" if event.section_title else "article"
        own = _time(event.dt)
        when = own or _time(meta.get("dt"))
        self._rows.append((wiki, page, name, outcome, about, when))
        self.counts.events += 1
        self.counts.rows += 1
        self.counts.sections += about == "section"
        self.counts.pages += about == "page"
        self.counts.times_of_meta += own is not when
        self.counts.without_time += when is None

    def _drop(self, dropped: Dropped) -> None:
        counts = self.counts
        counts.events += 1
        counts.dropped[dropped.why] = counts.dropped.get(dropped.why, 0) + 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(dropped)

    def _batch(self) -> pa.RecordBatch:
        columns = zip(*self._rows, strict=True)
        self._rows = []
        return pa.RecordBatch.from_arrays(
            [
                pa.array(column, field.type)
                for column, field in zip(columns, self.schema, strict=True)
            ],
            schema=self.schema,
        )


def _lines_of(file: CompressedFile) -> Iterator[bytes]:
    """Give the lines without their ends, those before any damage first.

    Of one that is too long a beginning is given that is, too.
    """
    rest = b""
    while some := file.read_some():
        first, *others = some.split(b"\n")
        if len(rest) <= LONGEST_LINE:
            rest += first
        if others:
            yield rest
            yield from others[:-1]
            rest = others[-1]
    if rest:
        yield rest


def _event(line: bytes) -> Event:
    """Read a line.

    Raises _OddError where it is no event, UnicodeDecodeError or JSONDecodeError where no JSON.
    """
    if len(line) > LONGEST_LINE:
        raise _OddError(f"a line of more than {LONGEST_LINE:,} bytes")
    try:
        return _DECODE(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Python's reader tells what is no JSON from what is odd, and reads more of that.
        return _odd_event(line.decode("utf-8-sig"))


def _odd_event(text: str) -> Event:
    try:
        return msgspec.convert(json.loads(text), Event)
    except RecursionError:
        raise _OddError("nested too deep") from None
    except msgspec.ValidationError:
        raise _OddError("no JSON object") from None
    except json.JSONDecodeError:
        raise
    except ValueError:
        # Python's bound, 4,300 digits.
        raise _OddError("a number of too many digits") from None


def _page_id(value: object) -> int | None:
    """Read a page's id, which may come as text; None for what is none."""
    if isinstance(value, str):
        value = int(value) if _NUMBER.fullmatch(value.strip()) else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63:
        return value
    return None


def _file_name(value: object) -> str:
    """Bring a file's name to the form of SPEC §1; empty where there is none."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _OddError("filename: no text")
    name = normalize_typed_name(value)
    try:
        longest = len(name.encode()) > _LONGEST_NAME
    except UnicodeEncodeError:
        raise _OddError("filename: half of a character") from None
    if longest:
        raise _OddError(f"filename: more than {_LONGEST_NAME} bytes")
    return name


def _outcome(event: Event) -> str:
    accepted = _flag("is_accepted", event.is_accepted)
    rejected = _flag("is_rejected", event.is_rejected)
    if accepted:
        return "accepted"
    if rejected and not _only_undecided(event.rejection_reasons):
        return "rejected"
    return "undecided"


def _flag(field: str, value: object) -> bool:
    """Read a yes or no, which may come as a number or as text; absent and null are no."""
    if value is None or isinstance(value, bool):
        return bool(value)
    flag = _FLAGS.get(str(value).strip().lower())
    if flag is None:
        raise _OddError(f"{field}: neither true nor false")
    return flag


def _only_undecided(reasons: object) -> bool:
    """Tell whether there are reasons, and each says that somebody could not decide."""
    named = [reasons] if isinstance(reasons, str) else reasons or []
    if not isinstance(named, list):
        raise _OddError("rejection_reasons: no list")
    return bool(named) and all(
        isinstance(reason, str) and reason in UNDECIDED_REASONS for reason in named
    )


def _time(value: object) -> datetime | None:
    """Read a time with its offset; None for what is none."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
        return when.astimezone(UTC) if when.tzinfo else None
    except (ValueError, OverflowError):
        return None
