"""Bulk files for the search index: gzip NDJSON pairs of the `_bulk` API (SPEC.md section 6).

Rows become text in Arrow, a batch at a time: no row is ever a Python object.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from isal import igzip

from resources.errors import InputError
from resources.lake_paths import LakePath
from resources.search.places import Place

MOST_PAIRS = 200_000
"""In a file; SPEC.md section 6."""
MANIFEST = "manifest.json"
_BATCH_ROWS = 100_000
_GZIP_LEVEL = 1
_BODY = (
    '{"script":{"source":"super_detect_noop","lang":"super_detect_noop",'
    '"params":{"handlers":{"weighted_tags":"multilist"},"source":{"weighted_tags":['
)
_END = '"]}}}}\n'
_NEEDS_ESCAPE = np.zeros(256, bool)
_NEEDS_ESCAPE[:32] = True
_NEEDS_ESCAPE[[ord('"'), ord("\\")]] = True
ORDER = ("wikiid", "page_namespace", "page_id", "tag")
"""Of rows in bulk files; the first three tell pages apart."""


@dataclass(frozen=True)
class BulkFile:
    """One file: the pairs of pages ``first_page`` to ``last_page`` of one wiki and namespace.

    ``delta`` is what it was made of; ``bytes`` and ``sha256`` are of the file as it is stored.
    """

    name: str
    delta: str
    wiki: str
    page_namespace: int
    index: str
    pairs: int
    first_page: int
    last_page: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """All files of a snapshot, in the order in which they are to be sent.

    What the manifest does not name does not count.
    """

    snapshot: str
    files: tuple[BulkFile, ...]

    @property
    def pairs(self) -> int:
        """How many pages are updated."""
        return sum(file.pairs for file in self.files)

    def to_json(self) -> str:
        """Write it down."""
        return json.dumps({**asdict(self), "pairs": self.pairs}, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read what to_json() wrote."""
        told = json.loads(text)
        files = tuple(BulkFile(**file) for file in told["files"])
        return cls(told["snapshot"], files)


def index_of(wiki: str, page_namespace: int, indexes: Mapping[str, str]) -> str:
    """Name the index that holds a wiki's pages; ``indexes`` has those that are named otherwise."""
    usual = f"{wiki}_file" if page_namespace == 6 else f"{wiki}_content"
    return indexes.get(usual, usual)


def write_bulk_files(
    delta: Sequence[LakePath],
    place: Place,
    *,
    snapshot: str,
    delta_id: str,
    indexes: Mapping[str, str],
    memory: str,
    spill: Path,
    before: Sequence[BulkFile] = (),
    most_pairs: int = MOST_PAIRS,
) -> Manifest:
    """Write the rows of ``delta`` (Parquet files) as bulk files to ``place``, the manifest last.

    ``memory`` (such as ``1GB``) is for sorting, which spills to the folder ``spill`` beyond it.
    ``before`` are files of the place that stay, and come before those that are written.
    """
    rows = _sorted(delta, memory, spill)
    files = bulk_files(rows, place, delta_id, indexes, len(before), most_pairs)
    return name_bulk_files(place, snapshot, [*before, *files])


def bulk_files(
    rows: Iterator[pa.RecordBatch],
    place: Place,
    delta_id: str,
    indexes: Mapping[str, str],
    first: int = 0,
    most_pairs: int = MOST_PAIRS,
) -> list[BulkFile]:
    """Write rows, sorted by ORDER, as bulk files that no manifest names yet; ``first`` is the
    number of the first.
    """
    with _Writer(place, delta_id, indexes, first, most_pairs) as writer:
        for batch in pages_whole(rows):
            writer.add(batch)
    return writer.files


def name_bulk_files(place: Place, snapshot: str, files: Sequence[BulkFile]) -> Manifest:
    """Let files that were written be those that count, in this order."""
    manifest = Manifest(snapshot, tuple(files))
    place.finish(MANIFEST, manifest.to_json().encode(), [file.name for file in files])
    return manifest


def read_manifest(place: Place) -> Manifest | None:
    """Read which files a place has; None where there are none."""
    told = place.read(MANIFEST)
    return Manifest.from_json(told.decode()) if told is not None else None


def read_pairs(place: Place, file: BulkFile) -> bytes:
    """Read the pairs of a file. Raises InputError where it is not the one that was written."""
    data = place.read(file.name)
    if data is None or hashlib.sha256(data).hexdigest() != file.sha256:
        raise InputError(
            f"{place.shown}/{file.name}",
            "the file is gone" if data is None else "it is not the file that was written",
            advice="materialize search_bulk_files again",
        )
    pairs: bytes = igzip.decompress(data)
    return pairs


def _sorted(delta: Sequence[LakePath], memory: str, spill: Path) -> Iterator[pa.RecordBatch]:
    """Give the rows sorted, so that a page's tags and a wiki's pages are one after the other."""
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = $1", [memory])
        connection.execute("SET temp_directory = $1", [str(spill)])
        rows = connection.read_parquet([os.fspath(file) for file in delta], hive_partitioning=False)
        yield from (
            rows.select(*ORDER, "values").order(", ".join(ORDER)).to_arrow_reader(_BATCH_ROWS)
        )


def pages_whole(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Cut batches anew, so that no page is in two of them, nor two wikis in one."""
    rest: pa.RecordBatch | None = None
    for batch in batches:
        if rest is not None:
            batch = pa.concat_batches([rest, batch])
        starts = np.flatnonzero(_changes(batch))
        if not len(starts):
            continue
        yield from _by_wiki(batch.slice(0, starts[-1]))
        rest = batch.slice(starts[-1])
    if rest is not None:
        yield from _by_wiki(rest)


def _changes(batch: pa.RecordBatch, *columns: str) -> np.ndarray:
    """Tell of each row whether it differs from the one before in any of ``columns``; the first
    row does. Without columns it is those that tell pages apart."""
    changes = np.zeros(batch.num_rows, bool)
    changes[:1] = True
    for name in columns or ORDER[:3]:
        values = batch.column(name)
        differs = pc.not_equal(values.slice(1), values.slice(0, max(len(values) - 1, 0)))
        changes[1:] |= differs.to_numpy(zero_copy_only=False)
    return changes


def _by_wiki(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    starts = [*np.flatnonzero(_changes(batch, *ORDER[:2])), batch.num_rows]
    for start, end in pairwise(starts):
        yield batch.slice(start, end - start)


def _texts(batch: pa.RecordBatch, index: str) -> tuple[np.ndarray, np.ndarray, memoryview]:
    """Write the pairs of a batch: the pages, where the text of each begins (and ends), the text."""
    first = _changes(batch)
    last = np.roll(first, -1)
    tags, values = _escaped(batch.column("tag")), batch.column("values")
    values = pa.ListArray.from_arrays(
        pc.subtract(values.offsets, values.offsets[0]), _escaped(values.flatten())
    )
    action = f'{{"update":{{"_index":{json.dumps(index)},"_id":"'
    page = pc.cast(batch.column("page_id"), pa.string())
    head = pc.binary_join_element_wise(action, page, f'"}}}}\n{_BODY}', "")
    text = pc.binary_join_element_wise(
        pc.if_else(pa.array(first), head, ","),
        pc.binary_join_element_wise('"', tags, "/", ""),
        pc.binary_join(values, pc.binary_join_element_wise('","', tags, "/", "")),
        pc.if_else(pa.array(last), _END, '"'),
        "",
    )
    begins, data = _stored(text)
    pages = batch.column("page_id").to_numpy()[first]
    return pages, np.append(begins[:-1][first], begins[-1]), data


def _escaped(texts: pa.Array) -> pa.Array:
    """Write texts as JSON strings without their quotes; most need nothing."""
    begins, data = _stored(texts)
    codes = np.frombuffer(data, np.uint8)[begins[0] : begins[-1]]
    there = np.unique(codes[_NEEDS_ESCAPE[codes]])
    # The backslash first: the others bring some.
    for code in sorted(there.tolist(), key=lambda code: code != ord("\\")):
        texts = pc.replace_substring(texts, chr(code), json.dumps(chr(code))[1:-1])
    return texts


def _stored(texts: pa.Array) -> tuple[np.ndarray, memoryview]:
    """Give where each text begins, and where the last ends, in the bytes of all of them."""
    _, offsets, data = texts.buffers()
    begins = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return begins, memoryview(data or b"")


class _Writer:
    """Cuts pairs into files of one wiki. Compresses in a thread while the next text is made."""

    def __init__(
        self,
        place: Place,
        delta: str,
        indexes: Mapping[str, str],
        first: int,
        most_pairs: int,
    ) -> None:
        self.files: list[BulkFile] = []
        self._first = first
        self._place, self._delta = place, delta
        self._indexes, self._most = indexes, most_pairs
        self._thread = ThreadPoolExecutor(1)
        self._writing: list[Future[Any]] = []
        self._file: _OpenFile | None = None

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._end()
        finally:
            self._thread.shutdown(cancel_futures=True)

    def add(self, batch: pa.RecordBatch) -> None:
        """Add pages of one wiki and namespace."""
        wiki, namespace = (
            batch.column("wikiid")[0].as_py(),
            batch.column("page_namespace")[0].as_py(),
        )
        index = index_of(wiki, namespace, self._indexes)
        pages, begins, text = _texts(batch, index)
        done = 0
        while done < len(pages):
            if self._file is None or not self._file.takes(wiki, namespace, self._most):
                self._end()
                number = self._first + len(self.files)
                self._file = _OpenFile(self._place, wiki, namespace, index, number)
            upto = min(len(pages), done + self._most - self._file.pairs)
            self._file.count(pages[done:upto])
            self._write(self._file, text[begins[done] : begins[upto]])
            done = upto

    def _write(self, file: "_OpenFile", text: memoryview) -> None:
        self._writing.append(self._thread.submit(file.write, text))
        while len(self._writing) > 2:
            self._writing.pop(0).result()

    def _end(self) -> None:
        while self._writing:
            self._writing.pop(0).result()
        if self._file is not None:
            self.files.append(self._file.close(self._delta))
            self._file = None


class _OpenFile:
    """A file that pairs are being written to."""

    def __init__(self, place: Place, wiki: str, namespace: int, index: str, number: int) -> None:
        self._about = (wiki, namespace, index)
        self._name = place.new(f"{number:06}-{wiki}-{namespace}.ndjson.gz")
        self._stored = _Counted(place.open(self._name, "wb"))
        # Without the time the same pairs give the same bytes.
        self._gzip = igzip.IGzipFile(
            fileobj=self._stored, mode="wb", compresslevel=_GZIP_LEVEL, mtime=0, filename=""
        )
        self.pairs = 0
        self._first = self._last = 0

    def takes(self, wiki: str, namespace: int, most: int) -> bool:
        return self._about[:2] == (wiki, namespace) and self.pairs < most

    def count(self, pages: np.ndarray) -> None:
        if not self.pairs:
            self._first = int(pages[0])
        self._last = int(pages[-1])
        self.pairs += len(pages)

    def write(self, text: memoryview) -> None:
        self._gzip.write(text)

    def close(self, delta: str) -> BulkFile:
        self._gzip.close()
        self._stored.file.close()
        wiki, namespace, index = self._about
        return BulkFile(
            name=self._name,
            delta=delta,
            wiki=wiki,
            page_namespace=namespace,
            index=index,
            pairs=self.pairs,
            first_page=self._first,
            last_page=self._last,
            bytes=self._stored.bytes,
            sha256=self._stored.sha256.hexdigest(),
        )


class _Counted:
    """A file that counts and fingerprints what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.bytes, self.sha256 = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.bytes += len(data)
        self.sha256.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        """Leave it to close()."""
