"""What a server that holds the search index can do, whichever it is. The clients are in clients.py.

What is sent to it, and what of that is tried again, is in sending.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from resources.errors import UserError

FIELD = "weighted_tags"
PASSING = (408, 429, 502, 503, 504)
"""Statuses after which the same request may go well."""
TOLD = 300
"""Letters of what a server says of an error, at most."""


class UnavailableError(Exception):
    """The server could not be asked, or is too busy, right now.

    ``retry_after`` is how many seconds it asks to wait.
    """

    def __init__(self, problem: str, retry_after: float = 0.0) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Access:
    """Where the servers of a cluster are, and as whom one comes. What is secret is not shown."""

    urls: tuple[str, ...]
    ca: str = ""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """Name the servers for people."""
        return ", ".join(self.urls)


# What there is one of for each page can be in no circle, and there are thousands at a time: to have
# Python look for circles among them takes a third of all that is done here.
class Document(msgspec.Struct, gc=False):
    """The tags of a page in the index, and which state of it they were read from."""

    tags: Sequence[str]
    sequence_number: int
    primary_term: int


class Answer(msgspec.Struct, gc=False):
    """What the server says of one page: an HTTP status, whether anything changed, why it failed."""

    status: int
    changed: bool = True
    reason: str = ""


class _Source(msgspec.Struct, gc=False):
    tags: list[str] | str | None = msgspec.field(default=None, name=FIELD)


class _Page(msgspec.Struct, gc=False):
    """A page as it is read. One that is there has a state to be changed from."""

    found: bool = False
    error: Any = None
    sequence_number: int = msgspec.field(default=-1, name="_seq_no")
    primary_term: int = msgspec.field(default=-1, name="_primary_term")
    source: _Source = msgspec.field(default_factory=_Source, name="_source")

    def __post_init__(self) -> None:
        if self.found and (self.sequence_number < 0 or self.primary_term < 0):
            raise ValueError("a page without `_seq_no` or `_primary_term`")


class _Update(msgspec.Struct, gc=False):
    """What became of a page that was sent."""

    status: int
    result: str = ""
    error: Any = None


class _Item(msgspec.Struct, gc=False):
    update: _Update


class _Pages(msgspec.Struct):
    docs: list[_Page]


class _Items(msgspec.Struct):
    items: list[_Item]


T = TypeVar("T")
_PAGES, _ITEMS = msgspec.json.Decoder(_Pages), msgspec.json.Decoder(_Items)


class Server(ABC):
    """A cluster. Every method raises UnavailableError, or UserError for what will not go well."""

    name: str
    cluster: str
    """Its UUID: who it is, whatever its addresses."""
    plugin: bool

    @abstractmethod
    def exists(self, index: str) -> bool:
        """Tell whether an index is there; to update a page of one that is not would make it."""

    @abstractmethod
    def close(self) -> None:
        """Close all connections."""

    @abstractmethod
    def count(self, index: str, begins: str) -> int:
        """Count the pages with a tag that begins with a text, those just written included."""

    def bulk(self, index: str, lines: bytes) -> list[Answer]:
        """Send update pairs; give the answer of each."""
        shown = "items.update.status,items.update.result,items.update.error"
        told = self._decoded(_ITEMS, self._bulk(index, lines, shown))
        return [_answer(item.update) for item in told.items]

    def read(self, index: str, pages: Sequence[int]) -> dict[int, Document | Answer]:
        """Read the tags of pages as they are now; an Answer says why there are none."""
        # To leave fields out of a source, these servers make a map of the whole document; of an
        # answer they leave them out as they write it. Each page has `found` or `error`, so that
        # none is left out, and they come in the order in which they were asked for.
        shown = f"docs.found,docs.error,docs._seq_no,docs._primary_term,docs._source.{FIELD}"
        told = self._decoded(_PAGES, self._read(index, [str(page) for page in pages], shown))
        return dict(zip(pages, map(_document, told.docs), strict=True))

    def _decoded(self, decoder: msgspec.json.Decoder[T], text: str) -> T:
        try:
            return decoder.decode(text)
        except msgspec.MsgspecError as error:
            raise UserError(
                f"{self.name}: this answer was not asked for: {error}; look whether "
                "something between here and the server changes what it says"
            ) from error

    @abstractmethod
    def _bulk(self, index: str, lines: bytes, shown: str) -> str: ...

    @abstractmethod
    def _read(self, index: str, ids: Sequence[str], shown: str) -> str: ...


def _answer(told: _Update) -> Answer:
    reason = "" if told.error is None else _reason(told.error)
    return Answer(told.status, told.result != "noop", reason)


def _document(told: _Page) -> Document | Answer:
    if told.error is not None:
        return Answer(400, reason=_reason(told.error))
    if not told.found:
        return Answer(404)
    # One text is as good as a list of one in these servers.
    tags = [told.source.tags] if isinstance(told.source.tags, str) else told.source.tags or []
    return Document(tags, told.sequence_number, told.primary_term)


def _reason(error: object) -> str:
    """Write an error of the server in a line; its cause says more than it does."""
    if not isinstance(error, Mapping):
        return str(error)[:TOLD]
    cause = error.get("caused_by")
    text = f"{error.get('type')}: {error.get('reason')}"
    if isinstance(cause, Mapping):
        text += f" ({cause.get('reason')})"
    return " ".join(text.split())[:TOLD]
