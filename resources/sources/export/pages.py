"""Reads pages of one namespace from MediaWiki's XML export, a piece at a time.

What a page's text means is not known here. Nothing of XML is read that an export does not have: a
document type, and with it any entity of its own, is refused.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from resources.errors import InputError
from resources.sources.id_set import LARGEST

LONGEST_TEXT = 1 << 22
"""In characters: twice MediaWiki's limit. A longer text is left out, so that none fills the
memory."""
_ROOT = b"<mediawiki>"
_KEPT = frozenset({"title", "ns", "id", "timestamp", "model", "text"})
_AGAIN = "fetch the file again"


@dataclass
class ExportedPage:
    """A page with its newest revision.

    ``text`` is None where it is deleted, or longer than LONGEST_TEXT (``is_too_long``); ``model``
    is that of the main slot, "" where the export does not tell.
    """

    page_id: int = 0
    title: str = ""
    namespace: int = 0
    is_redirect: bool = False
    revision_id: int = 0
    timestamp: str = ""
    model: str = ""
    text: str | None = None
    is_too_long: bool = False


@dataclass
class _Revision:
    revision_id: int = 0
    timestamp: str = ""
    model: str = ""
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    is_deleted: bool = False


class PageReader:
    """Gives the pages of a namespace as their ends are fed to it.

    ``where`` says, for errors, which place of the file ``path`` is being fed. Of several revisions
    of a page the one of the highest id counts. Raises InputError for what is no export.
    """

    def __init__(self, path: Path, namespace: int) -> None:
        self._path, self._namespace = path, namespace
        self._parser = self._new()
        self._open: list[str] = []
        self._pages: list[ExportedPage] = []
        self._page = ExportedPage()
        self._revision = _Revision()
        self._said: list[str] | None = None
        self.where = ""

    def read(self, pieces: Iterable[bytes], *, is_part: bool) -> Iterator[ExportedPage]:
        """Give the pages of one document. ``is_part``: pages alone, with no element around them."""
        self._parser, self._open = self._new(), []
        if is_part:
            self._feed(_ROOT)
        for piece in pieces:
            self._feed(piece)
            yield from self._taken()
        self._feed(b"</mediawiki>" if is_part else b"", last=True)
        yield from self._taken()

    def _taken(self) -> list[ExportedPage]:
        pages, self._pages = self._pages, []
        return pages

    def _feed(self, data: bytes, *, last: bool = False) -> None:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            place = f"line {error.lineno}, column {error.offset}"
            raise self._wrong(f"no whole XML: {expat.ErrorString(error.code)}", place) from error

    def _new(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def _doctype(self, *_: object) -> None:
        raise self._wrong("it declares a document type, which no export does", "")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._open.append(name)
        parent = self._open[-2] if len(self._open) > 1 else ""
        if name == "page":
            self._page = ExportedPage()
        elif name == "revision":
            self._revision = _Revision()
        elif name == "redirect" and parent == "page":
            self._page.is_redirect = True
        elif name == "text" and parent == "revision":
            self._revision.is_deleted = "deleted" in attributes
        # Further slots are in <content>, and are of no use here; nor is who wrote it.
        self._said = [] if name in _KEPT and parent in ("page", "revision") else None

    def _text(self, data: str) -> None:
        if self._said is None:
            return
        if self._open[-1] != "text":
            self._said.append(data)
        elif self._page.namespace == self._namespace:
            revision = self._revision
            revision.length += len(data)
            if revision.length <= LONGEST_TEXT:
                revision.pieces.append(data)
            else:
                revision.pieces.clear()

    def _end(self, name: str) -> None:
        self._open.pop()
        said = "".join(self._said) if self._said is not None else ""
        parent = self._open[-1] if self._open else ""
        if self._said is not None and name != "text":
            self._set(parent, name, said.strip() if name != "title" else said)
        self._said = None
        if name == "revision":
            self._take_revision()
        elif name == "page" and self._page.namespace == self._namespace:
            if not self._page.page_id or not self._page.title:
                raise self._wrong("a page without an id or a title", self._line())
            if not 0 < self._page.page_id < LARGEST:
                problem = f"{self._page.page_id} is the id of no page of a wiki"
                raise self._wrong(problem, self._line())
            self._pages.append(self._page)

    def _set(self, parent: str, name: str, said: str) -> None:
        page, revision = self._page, self._revision
        if parent == "page":
            if name == "title":
                page.title = said
            elif name == "ns":
                page.namespace = self._number(name, said)
            elif name == "id":
                page.page_id = self._number(name, said)
        elif name == "id":
            revision.revision_id = self._number(name, said)
        elif name == "timestamp":
            revision.timestamp = said
        elif name == "model":
            revision.model = said

    def _take_revision(self) -> None:
        page, revision = self._page, self._revision
        if page.revision_id and revision.revision_id < page.revision_id:
            return
        page.revision_id, page.timestamp = revision.revision_id, revision.timestamp
        page.model = revision.model
        page.is_too_long = revision.length > LONGEST_TEXT
        is_there = not revision.is_deleted and not page.is_too_long
        page.text = "".join(revision.pieces) if is_there else None

    def _number(self, name: str, said: str) -> int:
        if not said.isascii() or not said.removeprefix("-").isdecimal() or len(said) > 18:
            raise self._wrong(f"<{name}> is {said[:40]!r}, expected a whole number", self._line())
        return int(said)

    def _line(self) -> str:
        return f"line {self._parser.CurrentLineNumber}"

    def _wrong(self, problem: str, place: str) -> InputError:
        where = ", ".join(filter(None, (self.where, place)))
        return InputError(self._path, problem, where=where, advice=_AGAIN)
