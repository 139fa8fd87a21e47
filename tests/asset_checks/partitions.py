"""Partitions of the lake written by hand, as the checks find them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from imagesuggest_assets.datasets import DATASETS
from resources.lake import Lake, Statistics
from tests.asset_checks.declared import Row, as_records, as_table

SNAPSHOT = "2026-11-02"


def keep(
    lake: Lake,
    name: str,
    rows: Iterable[Row] = (),
    *,
    candidates: Mapping[str, int] | None = None,
    no_target: Mapping[str, int] | None = None,
    table: pa.Table | None = None,
) -> None:
    """Keep rows (or any ``table``) as a partition, counted as the IO manager counts."""
    dataset, rows = DATASETS[name], list(rows)
    table = as_table(dataset, rows) if table is None else table
    wikis: Counter[str] = Counter()
    if dataset.wiki_column:
        wikis.update(record[dataset.wiki_column] for record in as_records(dataset, rows))
    statistics = Statistics(rows=table.num_rows, bytes=1, seconds=0, rows_by_wiki=dict(wikis))
    if no_target is not None:
        statistics.candidates = dict(candidates or {})
        statistics.taken_out = {"no_target": dict(no_target)}
    with lake.replacing(name, SNAPSHOT) as folder:
        folder.mkdir()
        pq.write_table(table, folder / "part.parquet")
        lake.record(folder, statistics)


def shown(result: dg.AssetCheckResult, name: str) -> list[dict[str, Any]]:
    """The rows of a table that a result shows."""
    table = result.metadata[name]
    assert isinstance(table, dg.TableMetadataValue)
    return [dict(record.data) for record in table.records]
