"""An index of a real search server, as tests fill and read it, without the project's code."""

import http.client
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

KEPT = "other.group/kept|1"


class Index:
    """One index of the server at ``port``, made anew, with the documents of these pages."""

    def __init__(self, port: int, name: str, pages: Iterable[int]) -> None:
        self.port, self.name = port, name
        self.ask("DELETE", f"/{name}")
        mapping = {"properties": {"weighted_tags": {"type": "keyword"}}}
        self.ask("PUT", f"/{name}", {"mappings": mapping})
        self.put({page: [KEPT] for page in pages})

    def put(self, tags: Mapping[int, Sequence[str]]) -> None:
        """Write whole documents."""
        lines: list[Any] = []
        for page, each in tags.items():
            lines += [{"index": {"_id": str(page)}}, {"title": f"Å {page}", "weighted_tags": each}]
        if lines:
            told = self.ask("POST", f"/{self.name}/_bulk", *lines)
            assert not told["errors"]

    def tags(self) -> dict[int, list[str]]:
        """Read the tags of all pages."""
        self.ask("POST", f"/{self.name}/_refresh")
        told = self.ask("GET", f"/{self.name}/_search?size=10000")
        for hit in told["hits"]["hits"]:
            assert hit["_source"]["title"] == f"Å {hit['_id']}"
        return {int(hit["_id"]): hit["_source"]["weighted_tags"] for hit in told["hits"]["hits"]}

    def versions(self) -> dict[int, int]:
        """Read how often each page was written."""
        self.ask("POST", f"/{self.name}/_refresh")
        told = self.ask("GET", f"/{self.name}/_search?size=10000&version=true")
        return {int(hit["_id"]): hit["_version"] for hit in told["hits"]["hits"]}

    def delete(self, page: int) -> None:
        """Delete a page."""
        self.ask("DELETE", f"/{self.name}/_doc/{page}")

    def ask(self, method: str, path: str, *lines: Any) -> Any:
        """Ask the server; an answer of any status."""
        kind = "application/x-ndjson" if path.endswith("_bulk") else "application/json"
        body = "".join(json.dumps(line) + "\n" for line in lines)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body.encode() or None, {"content-type": kind})
        told = json.loads(connection.getresponse().read())
        connection.close()
        return told


def pairs(tags: Mapping[int, Sequence[str]], index: str) -> bytes:
    """Write the pairs of a bulk file."""
    lines = []
    for page, each in tags.items():
        source = {"handlers": {"weighted_tags": "multilist"}, "source": {"weighted_tags": each}}
        lines.append({"update": {"_index": index, "_id": str(page)}})
        name = "super_detect_noop"
        lines.append({"script": {"source": name, "lang": name, "params": source}})
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
