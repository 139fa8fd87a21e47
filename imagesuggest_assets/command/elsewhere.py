"""Ratings that were made elsewhere, read from a CSV into a file of ratings."""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from graph.columns import ITEM_PATTERN
from resources.disk import make_folder, put
from resources.engine import DuckDBEngine
from resources.errors import InputError, UserError
from resources.lake import Lake
from resources.sources.names import normalize_typed_name
from resources.sources.ratings import FOLDER, MOST, Verdict

VERDICTS = get_args(Verdict)
SKIP = "skip"
_COLUMNS = ("wiki", "page_id", "item", "file_name", "verdict", "judge")
_ADVICE = (
    "write the columns wiki and page_id, or item, and file_name, verdict (fits, used, rejected, "
    "skip) and judge (a number)"
)
_WIKI = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ITEM = re.compile(ITEM_PATTERN)
_NUMBER = re.compile(r"[0-9]{1,10}")
_MEMORY = "512MB"


class Row(NamedTuple):
    """A row of the CSV: ``wiki`` and ``page`` (and ``item`` is empty), or ``item``."""

    number: int
    wiki: str
    page: int
    item: str
    name: str
    verdict: str
    judge: int

    def told(self) -> str:
        """Name it."""
        return f"row {self.number} ({self.wiki} {self.page or self.item} {self.name})"


@dataclass(frozen=True)
class ReadElsewhere:
    """What became of a CSV. ``unknown`` are the rows of which no kinds are known, each named."""

    place: Path
    again: bool = False
    rated: int = 0
    skipped: int = 0
    unknown: Sequence[str] = field(default=())
    snapshot: str = ""


def read_elsewhere(file: Path, lake: Lake, judgements: Path) -> ReadElsewhere:
    """Read a CSV into a file of the judgements' folder that is called by its content.

    Raises InputError for a file that can not be read whole, with the row, and UserError where the
    lake has no snapshot to look kinds up in, or none of them is there.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(file, f"cannot be read: {error.strerror}") from error
    name = hashlib.sha256(content).hexdigest()[:16]
    place = judgements / FOLDER / f"elsewhere-{name}.ndjson"
    if place.exists():
        return ReadElsewhere(place, again=True)
    rows = list(_rows(file, content))
    rated = [row for row in rows if row.verdict != SKIP]
    snapshot, found = _looked_up(rated, lake)
    unknown = [row.told() for row in rated if row.number not in found]
    if len(unknown) == len(rated):
        raise UserError(
            f"{file}: there is no row to rate: none of its files is a candidate of the article's "
            f"item in the snapshot {snapshot}"
        )
    now = datetime.now(UTC)
    lines = [
        msgspec.json.encode(_rating(row, found[row.number], snapshot, now))
        for row in rated
        if row.number in found
    ]
    make_folder(place.parent)
    put(place, b"\n".join([*lines, b""]))
    return ReadElsewhere(
        place,
        rated=len(lines),
        skipped=len(rows) - len(rated),
        unknown=unknown,
        snapshot=snapshot,
    )


def _rows(file: Path, content: bytes) -> Iterator[Row]:
    """Give the rows that are not blank. Raises InputError for the first that is not understood."""

    def refused(line: int, problem: str) -> InputError:
        return InputError(file, problem, where=f"row {line}", advice=_ADVICE)

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(file, "is no UTF-8 there", where=f"row {line}") from error
    reader = csv.DictReader(text.splitlines(keepends=True), strict=True, restkey="", restval=None)
    said: dict[tuple[object, ...], int] = {}
    try:
        names = reader.fieldnames or []
        _check_columns(file, names)
        for record in reader:
            if "" in record or None in record.values():
                raise refused(reader.line_num, f"has not {len(names)} values, as the first row")
            values = {name: value.strip() for name, value in record.items()}
            if not any(values.values()):
                continue
            try:
                row = _row(reader.line_num, values)
            except ValueError as error:
                raise refused(reader.line_num, str(error)) from None
            about = row.wiki, row.page, row.item, row.name, row.judge
            if about in said:
                raise refused(row.number, f"judge {row.judge} says in row {said[about]} what fits")
            said[about] = row.number
            yield row
    except csv.Error as error:
        raise refused(reader.reader.line_num, f"is no row of a CSV: {error}") from error
    if not said:
        raise InputError(file, "has no rows", advice=_ADVICE)


def _check_columns(file: Path, names: Sequence[str]) -> None:
    there = {*names}
    missing = {"file_name", "verdict", "judge"} - there
    if not (there >= {"wiki", "page_id"} or "item" in there):
        missing |= {"wiki", "page_id"} - there
    unknown = [name for name in names if name not in _COLUMNS]
    if missing or unknown or len(there) < len(names):
        wrong = (
            f"has no column {sorted(missing)[0]}"
            if missing
            else f"has a column {unknown[0]!r} that nobody knows"
            if unknown
            else "has a column twice"
        )
        raise InputError(file, wrong, where="row 1", advice=_ADVICE)


def _row(number: int, values: Mapping[str, str]) -> Row:
    """Read a row. Raises ValueError with what is wrong with it."""
    wiki, page, item = (values.get(name, "") for name in ("wiki", "page_id", "item"))
    by_page = bool(wiki or page)
    if by_page and not _WIKI.fullmatch(wiki):
        raise ValueError(f"wiki is {wiki!r}, expected a database name such as chwiki")
    if not by_page and not _ITEM.fullmatch(item):
        raise ValueError(f"item is {item!r}, expected one such as Q42, or a wiki and a page_id")
    name, verdict = normalize_typed_name(values["file_name"]), values["verdict"].lower()
    if not name or len(name.encode()) > 255:
        raise ValueError(f"file_name is {values['file_name']!r}, expected a name such as Cat.jpg")
    if verdict not in (*VERDICTS, SKIP):
        raise ValueError(f"verdict is {verdict!r}, expected one of {', '.join((*VERDICTS, SKIP))}")
    return Row(
        number,
        wiki,
        _number("page_id", page, 1) if by_page else 0,
        "" if by_page else item,
        name,
        verdict,
        _number("judge", values["judge"], 0),
    )


def _number(name: str, text: str, least: int) -> int:
    number = int(text) if _NUMBER.fullmatch(text) else -1
    if not least <= number <= MOST:
        raise ValueError(f"{name} is {text!r}, expected a number from {least} to {MOST}")
    return number


def _looked_up(rows: Sequence[Row], lake: Lake) -> tuple[str, dict[int, dict[str, Any]]]:
    """Give the newest snapshot, and by row's number the item, kinds and confidence of its file."""
    there = {*lake.snapshots("candidate_images")} & {*lake.snapshots("page_items")}
    if not there:
        raise UserError(
            f"{lake.path}: no snapshot is there to look kinds up in; `imagesuggest run` makes one"
        )
    snapshot = max(there)
    asked = lake.scratch.new("rated").with_suffix(".parquet")
    pq.write_table(
        pa.table(
            {
                "number": pa.array([row.number for row in rows], pa.int64()),
                "wiki_db": pa.array([row.wiki for row in rows], pa.string()),
                "page_id": pa.array([row.page for row in rows], pa.int64()),
                "item": pa.array([row.item for row in rows], pa.string()),
                "image": pa.array([row.name for row in rows], pa.string()),
            }
        ),
        asked,
    )
    engine = DuckDBEngine(_MEMORY, lake.scratch.path)
    try:
        items = engine.read(lake.files("page_items", snapshot))
        files = engine.read(lake.files("candidate_images", snapshot))
        items = items.rename(of_article="item_id")
        rated = engine.read([asked]).left_join(items, ["wiki_db", "page_id"])
        rated = rated.drop("wiki_db_right", "page_id_right")
        rated = rated.mutate(item_id=rated.item.nullif("").coalesce(rated.of_article))
        files = files.select("item_id", "image", "kinds", "confidence")
        found = engine.rows(rated.inner_join(files, ["item_id", "image"]))
    finally:
        engine.close()
    return snapshot, {row["number"]: row for row in found}


def _rating(row: Row, found: Mapping[str, Any], snapshot: str, now: datetime) -> dict[str, object]:
    """Make a line as the server writes it; see Rating."""
    return {
        "wiki": row.wiki,
        "page_id": row.page,
        "item_id": found["item_id"],
        "file_name": row.name,
        "kinds": found["kinds"],
        "confidence": found["confidence"],
        "snapshot": snapshot,
        "verdict": row.verdict,
        "reasons": [],
        "judge": row.judge,
        "mode": "measure",
        "dt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "event_id": None,
    }
