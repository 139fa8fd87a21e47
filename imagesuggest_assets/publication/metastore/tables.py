"""The assets that let others find what is published, as external tables of a Hive metastore.

They are part of the graph where a metastore is set. What is written and when is in publish.py.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import dagster as dg
from ibis import Table

from graph.catalog import CODE_VERSION
from graph.declared import GATE, MANIFEST
from imagesuggest_assets.catalog.asset import OWNERS
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.published import HIVE_TABLES
from imagesuggest_assets.catalog.sinks import HIVE, HIVE_ASSETS, HIVE_DELTA
from imagesuggest_assets.publication.metastore.publish import Published
from imagesuggest_assets.publication.metastore.rows import as_declared, readers_rows
from imagesuggest_assets.publication.search.delta import PUT_BACK
from resources.engine import Engine, EngineResource
from resources.io_manager import LakeResource, refuse_mixed, table_metadata
from resources.lake import Lake
from resources.metastore import MetastoreSettings

_MORE = """

Each is written anew without the wikis that the gate holds back, as files that never change; then
the metastore's partition is pointed at them, in one step: a query sees what was there before or
what is there now. The rows of a wiki that is retired, or held after it went out, go, from older
snapshots, too. What was pointed at before stays for a day."""
_READ = ("filtered_suggestions", "item_claims", "search_index_full")
_DELTA = "search_index_delta"


def _asset(name: str, deps: Sequence[str]) -> Any:
    """Declare an asset that publishes tables."""
    told = "\n".join(f"- `{table}`: {HIVE_TABLES[table].comment}" for table in HIVE_ASSETS[name])
    return dg.asset(
        name=name,
        group_name="publication",
        partitions_def=SNAPSHOTS,
        deps=[GATE, *deps],
        owners=OWNERS,
        kinds={"hive"},
        code_version=CODE_VERSION,
        description=f"Tables in the metastore, a partition a snapshot:\n\n{told}{_MORE}",
    )


def _hive_tables(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    engine: EngineResource,
    metastore: dg.ResourceParam[MetastoreSettings],
) -> dg.MaterializeResult:
    """Publish what is computed of a snapshot."""
    key = context.partition_key

    def rows(computes: Engine, read: Sequence[Table]) -> dict[str, Table]:
        suggestions, claims, tags = read
        readers = readers_rows(suggestions, claims, key, computes.hashed)
        return {**readers, "search_index_full": as_declared("search_index_full", tags)}

    return _publish(key, lake.get(), engine, metastore, _READ, rows)


def _hive_search_index_delta(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    engine: EngineResource,
    metastore: dg.ResourceParam[MetastoreSettings],
) -> dg.MaterializeResult:
    """Publish what the search index lacks, as it was when that was computed last."""
    here, key = lake.get(), context.partition_key
    details: Mapping[str, Any] = here.statistics(_DELTA, key).details

    def rows(_: Engine, read: Sequence[Table]) -> dict[str, Table]:
        return {_DELTA: as_declared(_DELTA, read[0])}

    return _publish(key, here, engine, metastore, [_DELTA], rows, details.get(PUT_BACK, ()))


def _publish(
    key: str,
    lake: Lake,
    engine: EngineResource,
    metastore: MetastoreSettings,
    datasets: Sequence[str],
    rows: Callable[[Engine, Sequence[Table]], dict[str, Table]],
    put_back: Collection[str] = (),
) -> dg.MaterializeResult:
    """Bring the ``rows`` of tables that are made of these datasets, and show what was done."""
    started = time.perf_counter()
    refuse_mixed(lake, MANIFEST, key, (GATE, *datasets))
    computes = engine.get(lake.scratch.path)
    read = [computes.read(lake.files(name, key)) for name in datasets]
    with metastore.open() as opened:
        done = Published(lake, computes, opened).bring(key, rows(computes, read), put_back)
    return dg.MaterializeResult(
        metadata={
            "dagster/partition_row_count": sum(each.rows for each in done if each.snapshot == key),
            "seconds": round(time.perf_counter() - started, 3),
            "metastore": metastore.address,
            "tables": table_metadata([vars(each) for each in done]),
        }
    )


TABLES_OUT = [
    _asset(HIVE, _READ)(_hive_tables),
    _asset(HIVE_DELTA, [_DELTA])(_hive_search_index_delta),
]
"""The assets. The second waits for a search cluster, of which the first has no need."""
