"""Snapshots whose tables are published through the real assets, and what a query finds then."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq

from asset_checks.tables_published import run_published
from imagesuggest_assets.catalog.sinks import HIVE_ASSETS
from imagesuggest_assets.datasets.search_index import FLAG
from imagesuggest_assets.publication.metastore.tables import TABLES_OUT
from imagesuggest_assets.publication.search.delta import PUT_BACK
from resources.engine import EngineResource
from resources.metastore import MetastoreSettings
from resources.spark import spark_resource
from tests.asset_checks.partitions import keep, keep_gate, problems_of
from tests.imagesuggest_assets.publication.search.searching import OpenLake, plain

WIKIS = ("arwiki", "ptwiki")


def suggestions_of(wiki: str, page: int = 1) -> list[tuple[Any, ...]]:
    """Two suggestions for an article."""
    article = (wiki, page, 7, f"Page_{page}", "Q1")
    return [
        (*article, "A.jpg", 90, ["istype-depicts", "istype-wikidata-image"], ["arwiki"], 1),
        (*article, "B.jpg", 70, ["istype-depicts"], None, 2),
    ]


class World:
    """A lake, and a metastore with tables named as nobody else's."""

    def __init__(self, lake: str, metastore: MetastoreSettings) -> None:
        self.lake = OpenLake(path=lake)
        self.metastore = metastore
        self.assets = [*HIVE_ASSETS]
        self._instance = dg.DagsterInstance.ephemeral()
        self._engine = EngineResource(
            kind="duckdb", memory="512MB", spark=spark_resource("1GB", {})
        )

    def close(self) -> None:
        self._instance.dispose()
        self._engine.teardown_after_execution(dg.build_init_resource_context())
        OpenLake.opened.pop(self.lake.path).close()

    def snapshot(self, key: str, wikis: Iterable[str] = WIKIS, **states: str) -> None:
        """Keep what is computed of a snapshot: suggestions, flags and tags; all goes out but what
        has another state.
        """
        lake, wikis = self.lake.get(), [*wikis]
        rows = [row for wiki in wikis for row in suggestions_of(wiki)]
        tags: list[tuple[Any, ...]] = [(wiki, 1, 0, FLAG, ["exists|1"]) for wiki in wikis]
        tags.append(("commonswiki", 5, 6, "image.linked.from.wikidata.p18", ["Q1|1000"]))
        keep(lake, "filtered_suggestions", rows, snapshot=key)
        claims = [("Q1", "P31", "Q5"), ("Q1", "P18", "A.jpg"), ("Q2", "P31", "Q5")]
        keep(lake, "item_claims", claims, snapshot=key)
        keep(lake, "search_index_full", tags, snapshot=key)
        self.gate(key, **states)
        self.delta(key, tags)

    def gate(self, key: str, **states: str) -> None:
        every = dict.fromkeys((*WIKIS, "commonswiki"), "published")
        keep_gate(self.lake.get(), key, every | states)

    def delta(
        self, key: str, tags: Iterable[tuple[Any, ...]], put_back: Iterable[str] = ()
    ) -> None:
        details = {PUT_BACK: {wiki: {} for wiki in put_back}}
        keep(self.lake.get(), "search_index_delta", tags, snapshot=key, details=details)

    def publish(self, key: str) -> list[dict[str, Any]]:
        """Materialize the assets; give what they say was done."""
        done: list[dict[str, Any]] = []
        for asset in (each for each in TABLES_OUT if each.key.path[-1] in self.assets):
            context = dg.build_asset_context(partition_key=key, instance=self._instance)
            made: Any = asset(
                context, lake=self.lake, engine=self._engine, metastore=self.metastore
            )
            told = plain(made.metadata)
            of_key = [each["rows"] for each in told["tables"] if each["snapshot"] == key]
            # Without it the command line fails.
            assert told["dagster/partition_row_count"] == sum(of_key)
            done += told["tables"]
        return done

    def locations(self, table: str = "search_index_delta") -> dict[str, Path]:
        """Where the metastore says that each partition lies."""
        with self.metastore.open() as opened:
            there = opened.locations(table)
        return {key: Path(each.removeprefix("file:")) for key, each in there.items()}

    def rows(self, table: str, key: str) -> list[dict[str, Any]]:
        """What a query finds in a partition."""
        files = self.locations(table)[key].glob("*.parquet")
        return [row for file in sorted(files) for row in pq.read_table(file).to_pylist()]

    def wikis(self, table: str, key: str) -> set[str]:
        return {row.get("wiki") or row["wikiid"] for row in self.rows(table, key)}

    def every_table(self, key: str) -> Mapping[str, set[str]]:
        """The wikis that have rows, by table."""
        tables = [table for some in HIVE_ASSETS.values() for table in some]
        return {table: self.wikis(table, key) for table in tables}

    def problems(self) -> list[str]:
        """What the checks say."""
        return [
            each["says"]
            for asset in self.assets
            for each in problems_of(run_published(self.lake.get(), self.metastore, asset))
        ]
