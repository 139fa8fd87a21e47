"""Reads the pages of one namespace from a multistream export by its index: of a wiki's hundreds of
thousands of bz2 streams only those that hold such a page are decompressed.

The index has a line `offset:page id:title` for each page; a hundred pages share a stream.
"""

import bz2
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from resources.errors import InputError
from resources.sources.compressed import open_compressed
from resources.sources.export.pages import ExportedPage, PageReader
from resources.sources.export.siteinfo import SiteInfo, read_siteinfo

_MAGIC = b"BZh"
_READ_BYTES = 1 << 16
_PIECE_BYTES = 1 << 20
EXAMPLES = 20
_DATED = re.compile(r"[a-z0-9_]+-(\d{8})-")
_NO_LINE = re.compile(rb"^(?!\d{1,18}:\d{1,18}:[^\n])[^\n]+", re.M)
_BOTH = "fetch both files again, of one date"


@dataclass(frozen=True)
class Part:
    """A file of the export, and its index."""

    dump: Path
    index: Path


@dataclass
class StreamCounts:
    """What was read. ``listed`` are the index's titles of the namespace, ``pages`` what was found,
    ``missing`` titles that the index lists and their stream lacks, with the first of them by name.
    ``streams`` were decompressed, to ``bytes`` of text, of ``stored`` bytes.
    """

    listed: int = 0
    pages: int = 0
    missing: int = 0
    examples: list[str] = field(default_factory=list)
    streams: int = 0
    bytes: int = 0
    stored: int = 0


class Multistream:
    """The pages of a namespace, part by part; iterate once.

    ``on_bytes`` hears how many stored bytes of each file were passed. Raises InputError for an
    index of another date, an offset at which no stream begins, a stream that is cut off, and what
    is no export.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        namespace: int,
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        self._parts, self._namespace, self._on_bytes = parts, namespace, on_bytes
        self.counts = StreamCounts()
        self.siteinfo = _siteinfo(parts)

    def __iter__(self) -> Iterator[ExportedPage]:
        """Give the pages as their streams are decompressed, one stream at a time."""
        local = self.siteinfo.namespaces.get(self._namespace)
        for part in self._parts:
            if local is not None:
                yield from self._pages(part, local.name)
            elif self._on_bytes:
                self._on_bytes(part.dump.stat().st_size + part.index.stat().st_size)

    def _pages(self, part: Part, local: str) -> Iterator[ExportedPage]:
        _check_dates(part)
        listed = _listed(part, local, self._on_bytes)
        reader = PageReader(part.dump, self._namespace)
        passed = 0
        with _opened(part.dump) as file:
            for offset in sorted(listed):
                reader.where = f"the stream at byte {offset}"
                found = set()
                pieces = self._stream(part, file, offset)
                for page in reader.read(pieces, is_part=True):
                    found.add(page.page_id)
                    self.counts.pages += 1
                    yield page
                self._compare(listed[offset], found)
                passed = self._tell(passed, file.tell())
            self._tell(passed, part.dump.stat().st_size)

    def _stream(self, part: Part, file: BinaryIO, offset: int) -> Iterator[bytes]:
        for text, stored in _decompressed(part, file, offset):
            self.counts.bytes += len(text)
            self.counts.stored += stored
            yield text
        self.counts.streams += 1

    def _compare(self, listed: dict[int, str], found: set[int]) -> None:
        self.counts.listed += len(listed)
        for page_id in listed.keys() - found:
            self.counts.missing += 1
            if len(self.counts.examples) < EXAMPLES:
                self.counts.examples.append(listed[page_id])

    def _tell(self, passed: int, now: int) -> int:
        if self._on_bytes and now > passed:
            self._on_bytes(now - passed)
        return max(passed, now)


def _check_dates(part: Part) -> None:
    """Refuse an index that is of another dump than its file."""
    dump, index = (_DATED.match(each.name) for each in (part.dump, part.index))
    if dump and index and dump[1] != index[1]:
        raise InputError(
            part.index, f"it is of {index[1]}, and {part.dump.name} of {dump[1]}", advice=_BOTH
        )


def _listed(
    part: Part, local: str, on_bytes: Callable[[int], None] | None
) -> dict[int, dict[int, str]]:
    """Give the pages of the namespace by the offset of their stream: titles by page id. Raises
    InputError for what is no index, and for an empty one of a file that has pages.
    """
    index = part.index
    wanted = re.compile(rb"^(\d{1,19}):(\d{1,19}):(%s:[^\n]*)$" % re.escape(local.encode()), re.M)
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    rest, lines = b"", 0
    with open_compressed(index, on_bytes) as file:
        while data := file.read(_PIECE_BYTES):
            end = data.rfind(b"\n") + 1
            text, rest = rest + data[:end], data[end:] if end else rest + data
            if end:
                _refuse_damaged(index, text[:-1], lines)
                lines += text.count(b"\n")
                _collect(wanted, text, found)
    if rest:
        _refuse_damaged(index, rest, lines)
        _collect(wanted, rest, found)
    elif not lines and _has_pages(part):
        raise InputError(index, f"it is empty, and {part.dump.name} has pages", advice=_BOTH)
    return found


def _has_pages(part: Part) -> bool:
    """Tell whether the stream after the first, which is the siteinfo, begins with a page."""
    with _opened(part.dump) as file:
        for _ in _decompressed(part, file, 0):
            pass
        if file.tell() == part.dump.stat().st_size:
            return False
        text, _ = next(_decompressed(part, file, file.tell()))
        return b"<page>" in text


def _refuse_damaged(index: Path, text: bytes, before: int) -> None:
    """Raise InputError for a line that is none of an index; so many lines were ``before``."""
    if damaged := _NO_LINE.search(text):
        line = before + text.count(b"\n", 0, damaged.start()) + 1
        problem = f"the line is {damaged[0][:60]!r}, expected `offset:page id:title`"
        raise InputError(index, problem, where=f"line {line}", advice=_BOTH)


def _collect(
    wanted: re.Pattern[bytes], text: bytes, found: defaultdict[int, dict[int, str]]
) -> None:
    for line in wanted.finditer(text):
        found[int(line[1])][int(line[2])] = line[3].decode(errors="replace")


def _siteinfo(parts: Sequence[Part]) -> SiteInfo:
    """Read it from the first stream, which holds nothing else."""
    first = parts[0]
    with _opened(first.dump) as file:
        return read_siteinfo(first.dump, (text for text, _ in _decompressed(first, file, 0)))


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(path, f"cannot be opened: {error.strerror}") from error


def _decompressed(part: Part, file: BinaryIO, offset: int) -> Iterator[tuple[bytes, int]]:
    """Decompress one stream; give its text in pieces, with the stored bytes that each took."""
    where = f"byte {offset}"
    try:
        file.seek(offset)
        decompressor, data = bz2.BZ2Decompressor(), file.read(_READ_BYTES)
        if not data.startswith(_MAGIC):
            problem = f"no bz2 stream begins there, though {part.index.name} says so"
            raise InputError(part.dump, problem, where=where, advice=_BOTH)
        while not decompressor.eof:
            if not data and decompressor.needs_input:
                raise InputError(part.dump, "the stream is cut off", where=where, advice=_BOTH)
            text = decompressor.decompress(data, _PIECE_BYTES)
            yield text, len(data) - len(decompressor.unused_data)
            data = file.read(_READ_BYTES) if decompressor.needs_input else b""
        # Where the stream ends, and not how far was read.
        file.seek(-len(decompressor.unused_data), 1)
    except (OSError, EOFError, ValueError) as error:
        problem = f"the stream is damaged: {error}"
        raise InputError(part.dump, problem, where=where, advice=_BOTH) from error
