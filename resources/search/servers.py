"""The servers that hold the search index: Elasticsearch and OpenSearch, each by its own client.

What is sent to them, and what of it is tried again, is in sending.py.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import elastic_transport
import elasticsearch
import opensearchpy
from opensearchpy.connection.http_urllib3 import Urllib3HttpConnection

from resources.errors import UserError

PLUGIN = "super_detect_noop"
"""The language of the scripts that apply the multilist rule in the server."""
FIELD = "weighted_tags"
PASSING = (408, 429, 502, 503, 504)
"""Statuses after which the same request may go well."""
REQUEST_SECONDS = 120.0
_TOLD = 300


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


@dataclass(frozen=True)
class Document:
    """The tags of a page in the index, and which state of it they were read from."""

    tags: tuple[str, ...]
    sequence_number: int
    primary_term: int


@dataclass(frozen=True)
class Answer:
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
        shown = "docs._id,docs.found,docs.error,docs._seq_no,docs._primary_term,docs._source"
        told = self._read(index, [str(page) for page in pages], shown)
        return {int(each["_id"]): _document(each) for each in told["docs"]}

    @abstractmethod
    def _bulk(self, index: str, lines: bytes, shown: str) -> Any: ...

    @abstractmethod
    def _read(self, index: str, ids: Sequence[str], shown: str) -> Any: ...


def connect(access: Access, connections: int, seconds: float = REQUEST_SECONDS) -> Server:
    """Ask the servers what they are, and connect with the client that is made for them.

    Each request may take ``seconds``. Raises UnavailableError, and UserError where one may not
    come in, or what answers is no search server.
    """
    asked = _OpenSearch(access, connections, seconds)
    try:
        told = asked.info()
        if not isinstance(told, Mapping) or "number" not in told.get("version", {}):
            raise UserError(f"{access.shown}: this is no search server; set IMAGESUGGEST_SEARCH")
    except BaseException:
        asked.close()
        raise
    server: _Client = asked
    if told["version"].get("distribution") != "opensearch":
        asked.close()
        server = _Elasticsearch(access, connections, seconds)
    server.name = f"{server.kind} {told['version']['number']}"
    server.plugin = PLUGIN in server.languages()
    return server


class _Client(Server):
    """What both clients can do under the same names."""

    kind: str

    def __init__(self, access: Access, client: Any) -> None:
        self._access, self._client = access, client

    def exists(self, index: str) -> bool:
        """See Server."""
        with self._errors():
            return bool(self._client.indices.exists(index=index))

    def info(self) -> Any:
        """Ask the server what it is."""
        with self._errors():
            return self._client.info()

    def languages(self) -> list[str]:
        """List the languages of scripts that the server knows, those of its plugins included."""
        with self._errors():
            told = self._client.get_script_languages()
        return [context["language"] for context in told["language_contexts"]]

    def close(self) -> None:
        """See Server."""
        self._client.close()

    def _errors(self) -> Any:
        raise NotImplementedError


class _Elasticsearch(_Client):
    kind = "Elasticsearch"

    def __init__(self, access: Access, connections: int, seconds: float) -> None:
        # The server says it with every answer; whoever runs it without has decided so.
        warnings.filterwarnings("ignore", "Elasticsearch built-in security features are not")
        client = elasticsearch.Elasticsearch(
            list(access.urls),
            basic_auth=(access.user, access.password) if access.user else None,
            api_key=access.api_key or None,
            connections_per_node=connections,
            request_timeout=seconds,
            max_retries=0,
            **_trust(access),
        )
        super().__init__(access, client)

    def _bulk(self, index: str, lines: bytes, shown: str) -> Any:
        with self._errors():
            return self._client.bulk(index=index, operations=[lines], filter_path=shown)

    def _read(self, index: str, ids: Sequence[str], shown: str) -> Any:
        with self._errors():
            return self._client.mget(
                index=index, ids=ids, source_includes=[FIELD], filter_path=shown
            )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except elasticsearch.ApiError as error:
            after = error.meta.headers.get("retry-after") or ""
            _judge(self._access, error.meta.status, str(error.body), after)
        except elastic_transport.TlsError as error:
            raise _untrusted(self._access, error) from error
        except (elasticsearch.ConnectionError, elasticsearch.ConnectionTimeout) as error:
            raise UnavailableError(f"{self._access.shown}: {_line(error)}") from error


class _OpenSearch(_Client):
    kind = "OpenSearch"

    def __init__(self, access: Access, connections: int, seconds: float) -> None:
        client = opensearchpy.OpenSearch(
            list(access.urls),
            http_auth=(access.user, access.password) if access.user else None,
            headers={"authorization": f"ApiKey {access.api_key}"} if access.api_key else None,
            connection_class=_Connection,
            pool_maxsize=connections,
            timeout=seconds,
            max_retries=0,
            **_trust(access),
        )
        super().__init__(access, client)

    def _bulk(self, index: str, lines: bytes, shown: str) -> Any:
        with self._errors():
            return self._client.bulk(index=index, body=lines, params={"filter_path": shown})

    def _read(self, index: str, ids: Sequence[str], shown: str) -> Any:
        params = {"filter_path": shown, "_source_includes": FIELD}
        with self._errors():
            return self._client.mget(index=index, body={"ids": list(ids)}, params=params)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except opensearchpy.exceptions.SSLError as error:
            raise _untrusted(self._access, error) from error
        except opensearchpy.exceptions.ConnectionError as error:
            raise UnavailableError(f"{self._access.shown}: {_line(error)}") from error
        except opensearchpy.exceptions.TransportError as error:
            _judge(self._access, int(error.status_code), str(error.info or error.error), "")
        except opensearchpy.exceptions.SerializationError as error:
            raise UserError(f"{self._access.shown}: no JSON is answered: {_line(error)}") from error


class _Connection(Urllib3HttpConnection):
    """A connection that minds Retry-After, which the client's errors do not tell."""

    def get_response_headers(self, response: Any) -> Any:
        """Give the headers of an answer that is an error; only then is it called."""
        headers = super().get_response_headers(response)
        after = _seconds(headers.get("retry-after", ""))
        if response.status in PASSING and after:
            raise UnavailableError(f"{self.host}: HTTP {response.status}", after)
        return headers


def _trust(access: Access) -> dict[str, Any]:
    """Name the authority to trust; without one each client has its own list."""
    return {"ca_certs": access.ca} if access.ca else {}


def _judge(access: Access, status: int, told: str, retry_after: str) -> None:
    """Raise what an answer with an error is."""
    problem = f"{access.shown}: HTTP {status}: {' '.join(told.split())[:_TOLD]}"
    if status in PASSING:
        raise UnavailableError(problem, _seconds(retry_after))
    advice = "set IMAGESUGGEST_SEARCH to the address of the search cluster"
    if status in (401, 403):
        advice = (
            "set IMAGESUGGEST_SEARCH_USER and _PASSWORD, or _API_KEY, to somebody who may read "
            "and write the index"
        )
    raise UserError(f"{problem}; {advice}")


def _untrusted(access: Access, error: Exception) -> UserError:
    return UserError(
        f"{access.shown}: its certificate is not trusted: {_line(error)}; name the file with the "
        "certificate of its authority in IMAGESUGGEST_SEARCH_CA"
    )


def _answer(told: Mapping[str, Any]) -> Answer:
    error = told.get("error")
    reason = ""
    if error is not None:
        reason = _reason(error)
    return Answer(told["status"], told.get("result") != "noop", reason)


def _document(told: Mapping[str, Any]) -> Document | Answer:
    if "error" in told:
        return Answer(400, reason=_reason(told["error"]))
    if not told.get("found"):
        return Answer(404)
    tags = told.get("_source", {}).get(FIELD) or []
    # One text is as good as a list of one in these servers.
    tags = [tags] if isinstance(tags, str) else tags
    return Document(tuple(tags), told["_seq_no"], told["_primary_term"])


def _reason(error: object) -> str:
    """Write an error of the server in a line; its cause says more than it does."""
    if not isinstance(error, Mapping):
        return str(error)[:_TOLD]
    cause = error.get("caused_by")
    text = f"{error.get('type')}: {error.get('reason')}"
    if isinstance(cause, Mapping):
        text += f" ({cause.get('reason')})"
    return " ".join(text.split())[:_TOLD]


def _seconds(header: str | None) -> float:
    """Read Retry-After in seconds; a date is not minded."""
    return float(header) if header and header.isdecimal() else 0.0


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:_TOLD]
