"""Partitions of the lake written by hand, as the checks find them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from graph.history import PUBLISHED_AT
from graph.manifest import LEFT_OUT
from graph.schema import Dataset
from imagesuggest_assets.catalog.datasets import DATASETS
from resources.lake import Lake
from resources.ledger import Ledger
from resources.storage import storage_at
from resources.versions import Statistics
from tests.asset_checks.declared import Row, as_records, as_table

SNAPSHOT = "2026-11-02"
Counted = Mapping[str, Mapping[str, dict[str, int]]]


def keep(
    lake: Lake,
    name: str,
    rows: Iterable[Row] = (),
    *,
    candidates: Mapping[str, int] | None = None,
    no_target: Mapping[str, int] | None = None,
    table: pa.Table | None = None,
    snapshot: str = SNAPSHOT,
    counts: Counted | None = None,
    details: Mapping[str, object] | None = None,
    datasets: Mapping[str, Dataset] = DATASETS,
) -> None:
    """Keep rows (or any ``table``) as a partition, counted as the IO manager counts.

    ``counts`` are those by measure, wiki and name, whatever the rows are.
    """
    dataset, rows = datasets[name], list(rows)
    table = as_table(dataset, rows) if table is None else table
    wikis: Counter[str] = Counter()
    if dataset.wiki_column:
        wikis.update(record[dataset.wiki_column] for record in as_records(dataset, rows))
    statistics = Statistics(rows=table.num_rows, bytes=1, seconds=0, rows_by_wiki=dict(wikis))
    if no_target is not None:
        statistics.candidates = dict(candidates or {})
        statistics.taken_out = {"no_target": dict(no_target)}
    statistics.counts = {measure: dict(each) for measure, each in (counts or {}).items()}
    statistics.details = dict(details or {})
    with lake.replacing(name, snapshot, statistics) as folder:
        folder.mkdir()
        pq.write_table(table, folder / "part.parquet")


def keep_manifest(
    lake: Lake,
    snapshot: str,
    wikis: Iterable[str],
    left_out: Mapping[str, str] | None = None,
) -> None:
    """Keep the manifest of a snapshot: a page table of each wiki, and of Commons."""
    rows: list[Row] = []
    for wiki in (*wikis, "commonswiki"):
        path = f"{wiki}/{snapshot}/page.sql.gz"
        rows.append((wiki, "page", snapshot, path, 1, "1", None, "0" * 40))
    details = {LEFT_OUT: dict(left_out)} if left_out else {}
    keep(lake, "manifest", rows, snapshot=snapshot, details=details)


def keep_gate(
    lake: Lake,
    snapshot: str,
    states: Mapping[str, str],
    published_at: Mapping[str, str] | None = None,
) -> None:
    """Keep what became of a snapshot's wikis; what goes out does so at its date, unless given."""
    out = [wiki for wiki, state in states.items() if state in ("published", "released")]
    times = published_at or dict.fromkeys(out, f"{snapshot}T00:00:00+00:00")
    rows: list[Row] = [(wiki, state, "", None) for wiki, state in states.items()]
    keep(lake, "publishable", rows, snapshot=snapshot, details={PUBLISHED_AT: dict(times)})


def keep_shipped(
    lake: Path, at: str, *wikis: str, well: bool | None = True, target: str = "sqlite-here"
) -> None:
    """Keep in the ledger of a target that wikis were shipped at a time, and what was read back."""
    ledger = Ledger(storage_at(lake), target)
    for wiki in wikis:
        shipped = ledger.commit(wiki, [], at[:10], at)
        if well is not None:
            ledger.verify(wiki, shipped, well=well)


def shown(result: dg.AssetCheckResult, name: str) -> list[dict[str, Any]]:
    """The rows of a table that a result shows."""
    table = result.metadata[name]
    assert isinstance(table, dg.TableMetadataValue)
    return [dict(record.data) for record in table.records]


def problems_of(result: dg.AssetCheckResult) -> list[dict[str, Any]]:
    """What a result has for the pager."""
    told = result.metadata["problems"]
    assert isinstance(told, dg.JsonMetadataValue)
    assert isinstance(told.data, list)
    return [dict(each) for each in told.data]
