"""Reads the modules of a wiki with their texts from its export."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from module_assets.reading.jobs import export_of
from module_assets.reading.tables import EXPORTED_MODULES, of_one_wiki
from resources.disk import replacing
from resources.sources.export.multistream import Multistream
from resources.sources.export.pages import ExportedPage
from resources.sources.export.plain import PlainExport
from resources.sources.names import NS_MODULE, normalize_title, with_capital
from resources.sources.parquet import read_parquet, write_parquet
from resources.sources.reading import Counts, Job, OnBytes, wiki_of

MODEL = "Scribunto"
WHITE_SPACE = " \t\n\f\v"
_BYTE_ORDER_MARK = "\ufeff"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_BATCH_CHARACTERS = 1 << 22
_BATCH_ROWS = 1 << 12
_READ_ROWS = 1 << 8
_GROUP_BYTES = 1 << 25
_SCHEMA = of_one_wiki(EXPORTED_MODULES)

_MODULE, _EMPTY = "modules", "modules with an empty text"
_OTHER_MODEL = "pages of other content models"
_DELETED, _TOO_LONG = "deleted texts", "texts that are too long"
_KEPT = (_MODULE, _EMPTY)


def read_modules(job: Job, on_bytes: OnBytes) -> Counts:
    """Read the export of a wiki (`text …`, `index …`) as EXPORTED_MODULES; give what was counted.

    Of a page that is there twice, however far apart, the higher revision counts. No more texts are
    in memory than a group of rows has. A wiki that has no modules gives a file without rows.
    """
    export = export_of(job, on_bytes)
    rows = _Rows(export)
    write_parquet(rows, _SCHEMA, job.target, dict(job.extra), _GROUP_BYTES)
    if rows.pages.replaced:
        _rewrite(job.target, rows.pages.replaced, wiki_of(job))
    listed = export.counts
    return {
        "titles in the index": listed.listed,
        "titles that their stream lacks": listed.missing,
        "of these": listed.examples,
        "pages of the namespace": listed.pages,
        "pages that are there twice": rows.pages.twice,
        **rows.pages.of_kinds(),
        "revisions without a time": rows.without_time,
        "bytes of XML": listed.bytes,
    }


def as_text(exported: str) -> str:
    """Bring a text to the form of module_text: line ends are LF, no byte-order mark at the start,
    no white space of Lua at the end.
    """
    lines = exported.replace("\r\n", "\n").replace("\r", "\n")
    return lines.lstrip(_BYTE_ORDER_MARK).rstrip(WHITE_SPACE)


class _Seen(NamedTuple):
    revision_id: int
    kind: str
    row: int | None


class _Pages:
    """What was seen of each page, and in which row its text was written."""

    def __init__(self) -> None:
        self.twice = 0
        self.replaced: list[int] = []
        self._seen: dict[int, _Seen] = {}
        self._rows = 0

    def takes(self, page: ExportedPage, kind: str) -> bool:
        """Note a page; tell whether it is to be the next row."""
        before = self._seen.get(page.page_id)
        if before is not None:
            self.twice += 1
            if page.revision_id <= before.revision_id:
                return False
            if before.row is not None:
                self.replaced.append(before.row)
        is_row = kind in _KEPT
        row = self._rows if is_row else None
        self._seen[page.page_id] = _Seen(page.revision_id, kind, row)
        self._rows += is_row
        return is_row

    def of_kinds(self) -> dict[str, int]:
        """Count the pages by their kinds, each once."""
        found = Counter(seen.kind for seen in self._seen.values())
        kinds = (_MODULE, _EMPTY, _OTHER_MODEL, _DELETED, _TOO_LONG)
        return {kind: found[kind] for kind in kinds} | {_MODULE: found[_MODULE] + found[_EMPTY]}


class _Rows:
    """The rows of an export's modules, as record batches; iterate once."""

    def __init__(self, export: Multistream | PlainExport) -> None:
        self.pages = _Pages()
        self.without_time = 0
        self._export = export
        local = export.siteinfo.namespaces.get(NS_MODULE)
        self._is_first_letter = local is not None and not local.is_case_sensitive

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        rows: list[tuple[object, ...]] = []
        size = 0
        for page in self._export:
            text = as_text(page.text or "")
            if not self.pages.takes(page, _kind(page, text)):
                continue
            rows.append(self._row(page, text))
            size += len(text)
            if size >= _BATCH_CHARACTERS or len(rows) >= _BATCH_ROWS:
                yield self._batch(rows)
                rows, size = [], 0
        if rows:
            yield self._batch(rows)

    def _row(self, page: ExportedPage, text: str) -> tuple[object, ...]:
        # The namespace has no colon in its name, which titles may have.
        title = normalize_title(page.title.partition(":")[2])
        return (
            page.page_id,
            with_capital(title) if self._is_first_letter else title,
            page.revision_id,
            page.timestamp,
            len((page.text or "").encode()),
            page.is_redirect,
            text,
        )

    def _batch(self, rows: list[tuple[object, ...]]) -> pa.RecordBatch:
        columns = dict(zip(_SCHEMA.names, zip(*rows, strict=True), strict=True))
        times = pc.strptime(pa.array(columns["revised_at"]), _TIME, "us", error_is_null=True)
        self.without_time += times.null_count
        columns["revised_at"] = pc.assume_timezone(times, "UTC")
        return pa.record_batch([pa.array(columns[f.name], f.type) for f in _SCHEMA], schema=_SCHEMA)


def _kind(page: ExportedPage, text: str) -> str:
    if page.model != MODEL:
        return _OTHER_MODEL
    if page.is_too_long:
        return _TOO_LONG
    if page.text is None:
        return _DELETED
    return _MODULE if text else _EMPTY


def _rewrite(target: Path, replaced: list[int], wiki: str) -> None:
    """Take out the rows of revisions that a higher one was found of later."""
    unwanted, first = pa.array(replaced), 0

    def kept() -> Iterator[pa.RecordBatch]:
        nonlocal first
        for batch in read_parquet([target], _READ_ROWS, _SCHEMA.names):
            places = pa.array(range(first, first + len(batch)))
            first += len(batch)
            yield batch.filter(pc.invert(pc.is_in(places, value_set=unwanted))).cast(_SCHEMA)

    with replacing(target) as whole:
        write_parquet(kept(), _SCHEMA, whole, {"wiki_db": wiki}, _GROUP_BYTES)
