"""What a server that holds the search index can do, whichever it is. The clients are in clients.py.

What is sent to it, and what of that is tried again, is in sending.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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


class Document(NamedTuple):
    """The tags of a page in the index, and which state of it they were read from."""

    tags: Sequence[str]
    sequence_number: int
    primary_term: int


class Answer(NamedTuple):
    """What the server says of one page: an HTTP status, whether anything changed, why it failed."""

    status: int
    changed: bool = True
    reason: str = ""


class Server(ABC):
    """A cluster. Every method raises UnavailableError, or UserError for what will not go well."""

    name: str
    plugin: bool

    @abstractmethod
    def exists(self, index: str) -> bool:
        """Tell whether an index is there; to update a page of one that is not would make it."""

    @abstractmethod
    def close(self) -> None:
        """Close all connections."""

    def bulk(self, index: str, lines: bytes) -> list[Answer]:
        """Send update pairs; give the answer of each."""
        shown = "items.update.status,items.update.result,items.update.error"
        return [_answer(item["update"]) for item in self._bulk(index, lines, shown)["items"]]

    def read(self, index: str, pages: Sequence[int]) -> dict[int, Document | Answer]:
        """Read the tags of pages as they are now; an Answer says why there are none."""
        # To leave fields out of a source, these servers make a map of the whole document; of an
        # answer they leave them out as they write it. Each page has `found` or `error`, so that
        # none is left out, and they come in the order in which they were asked for.
        shown = f"docs.found,docs.error,docs._seq_no,docs._primary_term,docs._source.{FIELD}"
        told = self._read(index, [str(page) for page in pages], shown)
        return dict(zip(pages, map(_document, told["docs"]), strict=True))

    @abstractmethod
    def _bulk(self, index: str, lines: bytes, shown: str) -> Any: ...

    @abstractmethod
    def _read(self, index: str, ids: Sequence[str], shown: str) -> Any: ...


def _answer(told: Mapping[str, Any]) -> Answer:
    reason = _reason(told["error"]) if "error" in told else ""
    return Answer(told["status"], told.get("result") != "noop", reason)


def _document(told: Mapping[str, Any]) -> Document | Answer:
    if "error" in told:
        return Answer(400, reason=_reason(told["error"]))
    if not told.get("found"):
        return Answer(404)
    tags = told.get("_source", {}).get(FIELD) or []
    # One text is as good as a list of one in these servers.
    tags = [tags] if isinstance(tags, str) else tags
    return Document(tags, told["_seq_no"], told["_primary_term"])


def _reason(error: object) -> str:
    """Write an error of the server in a line; its cause says more than it does."""
    if not isinstance(error, Mapping):
        return str(error)[:TOLD]
    cause = error.get("caused_by")
    text = f"{error.get('type')}: {error.get('reason')}"
    if isinstance(cause, Mapping):
        text += f" ({cause.get('reason')})"
    return " ".join(text.split())[:TOLD]
