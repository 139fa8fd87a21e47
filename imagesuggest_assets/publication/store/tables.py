"""The readers' tables as assets: what the gate lets through, in Cassandra or the SQLite file.

How the difference is found and shipped is in load.py.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from graph.catalog import CODE_VERSION
from graph.declared import MANIFEST
from graph.history import read_gate
from imagesuggest_assets.catalog.asset import OWNERS
from imagesuggest_assets.catalog.partition import SNAPSHOTS
from imagesuggest_assets.catalog.published import COLUMN_MEANINGS, MEANINGS
from imagesuggest_assets.catalog.sinks import STORE_TABLES
from imagesuggest_assets.publication.back import READERS, Back
from imagesuggest_assets.publication.store.load import MEMORY, Load, Outcome
from imagesuggest_assets.publication.store.plan import Loaded
from imagesuggest_assets.publication.store.put_back import put_back
from imagesuggest_assets.snapshots.jobs import DECIDE
from resources.engine import EngineResource
from resources.io_manager import LakeResource, refuse_mixed, table_metadata
from resources.progress import Progress
from resources.sources.dumps import COMMONS
from resources.stores.resource import StoreResource
from resources.stores.store import COLUMNS, KEYS

_MORE = """

What the gate holds back keeps its last good data; where it went out before, the last good
snapshot is put back. Only what changed is written, page by page, so that no reader ever finds a
page empty that has suggestions, or two snapshots mixed. All three tables are written in one step,
since a page's caches are there before its suggestions, and go after them."""


class StoreConfig(dg.Config):
    """How a snapshot is loaded; as it is, only against what the ledger says was loaded last."""

    full: bool = Field(
        default=False, description="Compare with what is really in the store; takes longer."
    )
    force: bool = Field(
        default=False, description="Load the snapshot although a later one is published."
    )
    wikis: list[str] = Field(
        default=[], description="Only these wikis; empty: all that may be published."
    )


@dg.multi_asset(
    name="cassandra_tables",
    specs=[
        dg.AssetSpec(
            name,
            deps=["publishable", "filtered_suggestions", "item_claims"],
            description=MEANINGS[table] + _MORE,
            group_name="publication",
            owners=OWNERS,
            kinds={"cassandra"},
            code_version=CODE_VERSION,
            metadata={
                "dagster/column_schema": dg.TableSchema(
                    [
                        dg.TableColumn(column, kind, COLUMN_MEANINGS[column])
                        for column, kind in COLUMNS[table].items()
                    ],
                    constraints=dg.TableConstraints(
                        [f"key: {', '.join((*KEYS[table][0], *KEYS[table][1]))}"]
                    ),
                )
            },
        )
        for name, table in STORE_TABLES.items()
    ],
    partitions_def=SNAPSHOTS,
)
def cassandra_tables(
    context: dg.AssetExecutionContext,
    config: StoreConfig,
    lake: LakeResource,
    engine: EngineResource,
    store: dg.ResourceParam[StoreResource],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult]:
    """Load what may be published of a snapshot."""
    started = time.perf_counter()
    here, key = lake.get(), context.partition_key
    refuse_mixed(here, MANIFEST, key, ("publishable", *READERS.datasets))
    gate = read_gate(here, key)
    wikis = [
        wiki for wiki in sorted(gate.published - {COMMONS}) if wiki in (config.wikis or [wiki])
    ]
    since = {wiki: at.isoformat(timespec="seconds") for wiki, at in gate.published_at.items()}
    with engine.at_most(MEMORY, here.scratch.path) as computes, store.open() as opened:

        def load(snapshot: str, some: Sequence[str], **more: Any) -> Outcome:
            tables = (computes.read(here.files(name, snapshot)) for name in READERS.datasets)
            return Load(here, computes, opened, snapshot, some, progress=progress, **more).run(
                *tables
            )

        # First, since nothing that goes wrong with others may keep it from readers.
        backs = put_back(here, opened, key, load, wikis)
        outcome = load(
            key,
            wikis,
            full=config.full,
            force=config.force,
            since=since,
            # Whoever decides about an older snapshot changes nothing where a later one is.
            leaves_later=context.run.job_name == DECIDE.name,
        )
        where = opened.where
    seconds = time.perf_counter() - started
    for name in STORE_TABLES:
        metadata = _metadata(name, outcome, where, seconds) | _put_back(name, backs)
        yield dg.MaterializeResult(name, metadata=metadata)


def _put_back(name: str, backs: Sequence[tuple[Back, Outcome]]) -> dict[str, Any]:
    """Show what took whose place again, and how many rows of the table changed."""
    rows = [
        {**back.row(), **vars(outcome[STORE_TABLES[name]].get(back.wiki, Loaded()))}
        for back, outcome in backs
    ]
    return {"put back": table_metadata(rows)} if rows else {}


def _metadata(name: str, outcome: Outcome, where: str, seconds: float) -> dict[str, Any]:
    wikis = outcome[STORE_TABLES[name]]
    every = Loaded(
        *(sum(values) for values in zip(*(_counts(each) for each in wikis.values()), strict=True))
    )
    changed = sum(
        each.written + each.removed for rows in outcome.values() for each in rows.values()
    )
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": every.written + every.unchanged,
        "written": every.written,
        "removed": every.removed,
        "unchanged": every.unchanged,
        "seconds": round(seconds, 3),
        "rows/s": round(changed / seconds, 1),
        "store": where,
        "read back": dg.MetadataValue.url(f"/assets/{name}?view=checks&checkDetail=published"),
    }
    if wikis:
        rows = [{"wiki": wiki, **vars(each)} for wiki, each in sorted(wikis.items())]
        metadata["by wiki"] = table_metadata(rows)
    return metadata


def _counts(loaded: Loaded) -> tuple[int, int, int]:
    return loaded.written, loaded.removed, loaded.unchanged
