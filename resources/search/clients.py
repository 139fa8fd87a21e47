"""Elasticsearch and OpenSearch, each by its own client: found out, connected with, asked.

The clients take half a second to import, so nothing imports this before it is needed.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import elastic_transport
import elasticsearch
import msgspec
import opensearchpy
from opensearchpy.connection.http_urllib3 import Urllib3HttpConnection

from resources.errors import UserError
from resources.search.server import FIELD, PASSING, TOLD, Access, Server, UnavailableError

PLUGIN = "super_detect_noop"
"""The language of the scripts that apply the multilist rule in the server."""
REQUEST_SECONDS = 120.0
_NO_CLUSTER = "_na_"
"""What a server calls its cluster before it has found or made one."""
_ANY = msgspec.json.Decoder()


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
        cluster = str(told.get("cluster_uuid") or _NO_CLUSTER)
        if cluster == _NO_CLUSTER:
            raise UnavailableError(f"{access.shown}: the server is in no cluster yet")
    except BaseException:
        asked.close()
        raise
    server: _Client = asked
    if told["version"].get("distribution") != "opensearch":
        asked.close()
        server = _Elasticsearch(access, connections, seconds)
    server.name = f"{server.kind} {told['version']['number']}"
    server.cluster = cluster
    server.plugin = PLUGIN in server.languages()
    return server


class _Client(Server):
    """What both clients can do under the same names."""

    kind: str

    def __init__(self, access: Access, client: Any) -> None:
        self.name = access.shown
        self._access, self._client = access, client

    def exists(self, index: str) -> bool:
        """See Server."""
        with self._errors():
            return bool(self._client.indices.exists(index=index))

    def count(self, index: str, begins: str) -> int:
        """See Server. Where nobody said how tags are kept, servers keep them whole apart."""
        fields = (FIELD, f"{FIELD}.keyword")
        query = {"bool": {"should": [{"prefix": {field: begins}} for field in fields]}}
        with self._errors():
            self._client.indices.refresh(index=index)
            told = str(self._client.count(index=index, **self._asking(query)))
        return int(self._decoded(_ANY, told)["count"])

    def info(self) -> Any:
        """Ask the server what it is."""
        with self._errors():
            told = str(self._client.info())
        return self._decoded(_ANY, told)

    def languages(self) -> list[str]:
        """List the languages of scripts that the server knows, those of its plugins included."""
        with self._errors():
            told = str(self._client.get_script_languages())
        contexts = self._decoded(_ANY, told)["language_contexts"]
        return [context["language"] for context in contexts]

    def close(self) -> None:
        """See Server."""
        self._client.close()

    def _asking(self, query: dict[str, Any]) -> dict[str, Any]:
        """Name a query as the client wants it."""
        return {"body": {"query": query}}

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
            serializer=_ElasticsearchJson(),
            **_trust(access),
        )
        super().__init__(access, client)

    def _asking(self, query: dict[str, Any]) -> dict[str, Any]:
        return {"query": query}

    def _bulk(self, index: str, lines: bytes, shown: str) -> str:
        with self._errors():
            return str(self._client.bulk(index=index, operations=[lines], filter_path=shown))

    def _read(self, index: str, ids: Sequence[str], shown: str) -> str:
        with self._errors():
            return str(self._client.mget(index=index, ids=ids, filter_path=shown))

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
            serializer=_OpenSearchJson(),
            **_trust(access),
        )
        super().__init__(access, client)

    def _bulk(self, index: str, lines: bytes, shown: str) -> str:
        with self._errors():
            return str(self._client.bulk(index=index, body=lines, params={"filter_path": shown}))

    def _read(self, index: str, ids: Sequence[str], shown: str) -> str:
        body, params = {"ids": list(ids)}, {"filter_path": shown}
        with self._errors():
            return str(self._client.mget(index=index, body=body, params=params))

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


class _ElasticsearchJson(elastic_transport.JsonSerializer):
    """Leaves what is answered as it came: server.py knows what it is, and decodes it."""

    def loads(self, data: bytes) -> str:
        """Give the text."""
        return data.decode("utf-8", "surrogatepass")


class _OpenSearchJson(opensearchpy.serializer.JSONSerializer):
    """The same for the other client."""

    def loads(self, s: str) -> str:
        """Give the text."""
        return s


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
    problem = f"{access.shown}: HTTP {status}: {' '.join(told.split())[:TOLD]}"
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


def _seconds(header: str | None) -> float:
    """Read Retry-After in seconds; a date is not minded."""
    return float(header) if header and header.isdecimal() else 0.0


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:TOLD]
