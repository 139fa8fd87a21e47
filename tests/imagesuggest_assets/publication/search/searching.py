"""Snapshots for the search index, run through the real assets; and an index of dictionaries."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import dagster as dg
import msgspec

from asset_checks.search_published import run_published
from imagesuggest_assets.datasets.search_index import FLAG
from imagesuggest_assets.publication.search.delta import DeltaConfig, search_index_delta
from imagesuggest_assets.publication.search.update import (
    UpdateConfig,
    search_bulk_files,
    search_index_update,
)
from resources.engine import EngineResource
from resources.io_manager import LakeIOManager, LakeResource, Statistics
from resources.lake import Lake
from resources.progress import Progress
from resources.search import multilist
from resources.search.resource import Search
from resources.search.sending import Bounds, Log
from resources.search.server import Answer, Document, Server
from resources.spark import spark_resource
from tests.acceptance.command import rows_of
from tests.asset_checks.partitions import keep, keep_gate

P18 = "image.linked.from.wikidata.p18"
P373 = "image.linked.from.wikidata.p373"
Tags = Mapping[tuple[str, int, str], Sequence[str]]
"""Values by wiki, page and tag."""
QUICK = Bounds(request_pages=3, first_wait_seconds=0.01, longest_wait_seconds=0.05, attempts=6)


def flags(wiki: str, *pages: int) -> dict[tuple[str, int, str], list[str]]:
    """Give articles their flag."""
    return {(wiki, page, FLAG): ["exists|1"] for page in pages}


def time_of(at: str) -> datetime | None:
    return datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None


def namespace(wiki: str) -> int:
    return 6 if wiki == "commonswiki" else 0


class OpenLake(LakeResource):
    """A lake that stays open from one asset to the next, as in a run; copies of it are the same."""

    opened: ClassVar[dict[str, Lake]] = {}

    def get(self) -> Lake:
        return self.opened.setdefault(self.path, Lake(self.path))


class World:
    """Snapshots, what comes of them, and what is shipped of that."""

    def __init__(self, folder: Path, search: Search) -> None:
        self.lake = OpenLake(path=str(folder / "lake"))
        self.search = search
        self._instance = dg.DagsterInstance.ephemeral()
        engine = EngineResource(kind="duckdb", memory="512MB", spark=spark_resource("1GB", {}))
        self._io = LakeIOManager(lake=self.lake, engine=engine)
        self._engine = engine

    def close(self) -> None:
        self._instance.dispose()
        self._engine.teardown_after_execution(dg.build_init_resource_context())
        OpenLake.opened.pop(self.lake.path).close()

    def snapshot(
        self,
        key: str,
        tags: Tags,
        feedback: Iterable[tuple[str, int, str]] = (),
        held: Iterable[str] = (),
        moved: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Keep what a snapshot has; ``feedback`` is wiki, page and ISO time or "", all so far.

        It is on `F.jpg`, or what is meant by that when files ``moved``, each from and to a name.
        """
        redirects = dict(moved)
        name = redirects.get("F.jpg", "F.jpg")
        lake = self.lake.get()
        rows = [
            (wiki, page, namespace(wiki), tag, list(values))
            for (wiki, page, tag), values in tags.items()
        ]
        keep(lake, "search_index_full", rows, snapshot=key)
        judged = [
            (wiki, page, name, "rejected", "article", time_of(at)) for wiki, page, at in feedback
        ]
        keep(lake, "feedback", judged, snapshot=key)
        keep(lake, "file_redirects", redirects.items(), snapshot=key)
        keep(lake, "local_files", snapshot=key)
        self.gate(key, held)

    def gate(self, key: str, held: Iterable[str] = ()) -> None:
        """Let all wikis out but those."""
        every = ("arwiki", "commonswiki", "ptwiki")
        states = {wiki: "held" if wiki in held else "published" for wiki in every}
        keep_gate(self.lake.get(), key, states)

    def delta(self, key: str, **config: bool) -> dict[tuple[str, int, str], list[str]]:
        """Compute the delta; give its values by wiki, page and tag."""
        lake, read = self.lake.get(), self._engine.get(self.lake.get().scratch.path).read
        kept = search_index_delta(
            dg.build_asset_context(partition_key=key, instance=self._instance),
            config=DeltaConfig(**config),
            **{
                name: read(lake.files(name, key))
                for name in ("search_index_full", "file_redirects", "local_files")
            },
            lake=self.lake,
            search=self.search,
        )
        output = dg.build_output_context(
            asset_key=dg.AssetKey("search_index_delta"), partition_key=key
        )
        self._io.handle_output(output, kept)
        rows = rows_of(lake.path, "search_index_delta", key)
        assert all(row["page_namespace"] == namespace(row["wikiid"]) for row in rows)
        return {(row["wikiid"], row["page_id"], row["tag"]): row["values"] for row in rows}

    def files(self, key: str) -> dict[str, Any]:
        """Write the bulk files; give what people see."""
        made = search_bulk_files(
            dg.build_asset_context(partition_key=key, instance=self._instance),
            lake=self.lake,
            engine=self._engine,
            search=self.search,
        )
        return plain(made.metadata)

    def update(self, key: str, **config: bool) -> dict[str, Any]:
        """Send the bulk files; give what people see."""
        made = search_index_update(
            dg.build_asset_context(partition_key=key, instance=self._instance),
            config=UpdateConfig(**config),
            lake=self.lake,
            search=self.search,
            progress=Progress(),
        )
        return plain(made.metadata)

    def ship(self, key: str) -> dict[str, Any]:
        """Do all of it, as a run does."""
        self.delta(key)
        self.files(key)
        return self.update(key)

    def check(self, key: str) -> dg.AssetCheckResult:
        """Read back."""
        return run_published(self.lake.get(), self.search, key, print)

    def statistics(self, key: str) -> Statistics:
        return self.lake.get().statistics("search_index_delta", key)


def plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata as plain values, tables as lists of rows."""
    told: dict[str, Any] = {}
    for name, value in metadata.items():
        if isinstance(value, dg.TableMetadataValue):
            told[name] = [dict(record.data) for record in value.records]
        else:
            told[name] = getattr(value, "value", value)
    return told


class DiedError(BaseException):
    """The process was killed here."""


@dataclass
class Model(Server):
    """An index in plain dictionaries. ``dies`` says, before and after each request, when."""

    name: str = "a model"
    cluster: str = "a cluster"
    plugin: bool = False
    pages: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    dies: Callable[[], bool] = lambda: False
    requests: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: dict[tuple[str, int], int] = {}

    def exists(self, index: str) -> bool:
        return index in self.pages

    def close(self) -> None:
        pass

    def count(self, index: str, begins: str) -> int:
        there = self.pages.get(index, {}).values()
        return sum(any(tag.startswith(begins) for tag in tags) for tags in there)

    def read(self, index: str, pages: Sequence[int]) -> dict[int, Document | Answer]:
        there = self.pages[index]
        return {
            page: Document(tuple(there[page]), self._changes.get((index, page), 0), 1)
            if page in there
            else Answer(404)
            for page in pages
        }

    def bulk(self, index: str, lines: bytes) -> list[Answer]:
        with self._lock:
            self.requests += 1
            if self.dies():
                raise DiedError
            parts = [msgspec.json.decode(line) for line in lines.splitlines()]
            answers = [
                self._one(index, action["update"], body)
                for action, body in zip(parts[::2], parts[1::2], strict=True)
            ]
            if self.dies():
                raise DiedError
            return answers

    def _one(self, index: str, action: dict[str, Any], body: dict[str, Any]) -> Answer:
        page = int(action["_id"])
        if page not in self.pages[index]:
            return Answer(404)
        current = self.pages[index][page]
        number = self._changes.get((index, page), 0)
        if "doc" in body:
            if action["if_seq_no"] != number:
                return Answer(409)
            tags: list[str] | None = body["doc"]["weighted_tags"]
        else:
            tags = multilist.apply(current, body["script"]["params"]["source"]["weighted_tags"])
        if tags is None:
            return Answer(200, changed=False)
        self.change(index, page, tags)
        return Answer(200)

    def change(self, index: str, page: int, tags: list[str]) -> None:
        """Give a page tags, whoever does it."""
        self.pages[index][page] = tags
        self._changes[index, page] = self._changes.get((index, page), 0) + 1

    def _bulk(self, index: str, lines: bytes, shown: str) -> Any:
        raise NotImplementedError

    _read = _bulk


@dataclass(frozen=True)
class WithoutPlugin(Search):
    """Ships to real servers as if they had no plugin."""

    def connect(self, log: Log) -> Server:
        server = super().connect(log)
        server.plugin = False
        return server


@dataclass(frozen=True)
class ModelSearch(Search):
    """Ships to a model."""

    model: Model = field(default_factory=Model)

    def connect(self, log: Log) -> Server:
        return self.model
