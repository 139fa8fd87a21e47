"""Reads what people rated: files of one rating a line, as `imagesuggest serve` and `imagesuggest
ratings` write them (SPEC.md section 13). What a rating counts for is not decided here.

Files may have been put there by others: what is wrong with a line costs that line.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
import pyarrow as pa
from msgspec import Meta

from resources.sources.feedback import EXAMPLES, UNDECIDED_REASONS, Dropped

FOLDER, OPEN = "ratings", "open"
"""Of the judgements' folder: what is sealed, and what a server still adds to."""
MOST = 2**31 - 1
Verdict = Literal["fits", "used", "rejected"]
Item = Annotated[str, Meta(pattern=r"\AQ[1-9][0-9]{0,17}\Z")]
Whole = Annotated[int, Meta(ge=0, le=MOST)]


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """A line. ``wiki`` is empty and ``page_id`` 0 where what was rated is a file for an item.

    ``judge`` is a number and never a name; ``dt`` is when, with its offset from UTC.
    """

    wiki: Annotated[str, Meta(pattern=r"\A[a-z0-9_]{0,64}\Z")]
    page_id: Whole
    item_id: Item
    file_name: Annotated[str, Meta(min_length=1, max_length=255)]
    kinds: Annotated[list[Annotated[str, Meta(pattern=r"\A[a-z0-9-]+\Z")]], Meta(min_length=1)]
    confidence: Annotated[float, Meta(ge=0, le=100)]
    snapshot: Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
    verdict: Verdict
    reasons: list[str] = []
    judge: Whole
    mode: Literal["measure", "browse"]
    dt: Annotated[datetime, Meta(tz=True)]
    event_id: str | None = None


@dataclass
class RatingCounts:
    """What was in the files. Each line became a row or is one of ``dropped``, by reason."""

    lines: int = 0
    rows: int = 0
    dropped: dict[str, int] = field(default_factory=dict)


class Ratings:
    """The ratings in files, as record batches; columns as in ``schema``. Iterate once.

    ``outcome`` is good (`fits`, `used`), bad, or undecided: a rejection for nothing but reasons of
    who does not know. When iteration has ended, ``counts`` are of all, ``examples`` tell of a few
    dropped lines, and ``unreadable`` of each file that could not be read why.
    """

    schema: ClassVar[pa.Schema] = pa.schema(
        [
            ("wiki_db", pa.string()),
            ("page_id", pa.int64()),
            ("item_id", pa.string()),
            ("file_name", pa.string()),
            ("kinds", pa.list_(pa.string())),
            ("confidence", pa.int64()),
            ("snapshot", pa.string()),
            ("outcome", pa.string()),
            ("judge", pa.int64()),
            ("mode", pa.string()),
            ("dt", pa.timestamp("us", tz="UTC")),
        ]
    )

    def __init__(self, files: Sequence[Path]) -> None:
        self.counts = RatingCounts()
        self.examples: list[Dropped] = []
        self.unreadable: dict[str, str] = {}
        self._files = files

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give the rows of one file after the other."""
        dropped: Counter[str] = Counter()
        for file in self._files:
            rows = []
            try:
                lines = file.read_bytes().splitlines()
            except OSError as error:
                self.unreadable[file.name] = f"cannot be read: {error.strerror}"
                continue
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                self.counts.lines += 1
                try:
                    rows.append(_row(line))
                except (msgspec.MsgspecError, ValueError) as error:
                    why = str(error)
                    dropped[why] += 1
                    if len(self.examples) < EXAMPLES:
                        self.examples.append(Dropped(file.name, number, why))
            self.counts.rows += len(rows)
            if rows:
                yield pa.RecordBatch.from_pylist(rows, self.schema)
        self.counts.dropped = dict(dropped)


def files_in(judgements: Path) -> list[Path]:
    """List the sealed files of ratings in the judgements' folder, the oldest first; none where it
    is not there.
    """
    return _files(judgements / FOLDER)


def open_files_in(judgements: Path) -> list[Path]:
    """List the files that are not sealed, likewise. They may be so a moment later."""
    return _files(judgements / OPEN)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*.ndjson"))


_decode = msgspec.json.Decoder(Rating).decode


def _row(line: bytes) -> dict[str, object]:
    rating = _decode(line)
    if bool(rating.wiki) != bool(rating.page_id):
        raise ValueError("a wiki and a page_id, expected both or none of them")
    undecided = bool(rating.reasons) and UNDECIDED_REASONS.issuperset(rating.reasons)
    good = rating.verdict != "rejected"
    return {
        "wiki_db": rating.wiki or None,
        "page_id": rating.page_id or None,
        "item_id": rating.item_id,
        "file_name": rating.file_name,
        "kinds": sorted({*rating.kinds}),
        "confidence": round(rating.confidence),
        "snapshot": rating.snapshot,
        "outcome": "good" if good else "undecided" if undecided else "bad",
        "judge": rating.judge,
        "mode": rating.mode,
        "dt": rating.dt.astimezone(UTC),
    }
