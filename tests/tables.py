"""Small tables for tests of rules, on a real engine, and what assets make of them."""

import datetime as dt
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
from ibis import Table

from graph.arrow import schema_of
from graph.catalog import table_of
from imagesuggest_assets.catalog.datasets import DATASETS
from imagesuggest_assets.rules import Rules
from resources.engine import Engine

NOW = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)


class Tables:
    """Makes tables of declared columns and computes assets from them."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder

    def make(self, name: str, rows: Iterable[tuple[Any, ...]] = ()) -> Table:
        """Make the table of a dataset from rows in the order of its columns."""
        schema = schema_of(DATASETS[name])
        records = [dict(zip(schema.names, row, strict=True)) for row in rows]
        return self.of(pa.Table.from_pylist(records, schema))

    def of(self, table: pa.Table) -> Table:
        """Make a table of any columns."""
        file = self.folder / f"{uuid4().hex}.parquet"
        pq.write_table(table, file)
        return self.engine.read([file])

    def compute(
        self,
        asset: dg.AssetsDefinition,
        rules: Rules | None = None,
        **rows: Iterable[tuple[Any, ...]],
    ) -> list[tuple[Any, ...]]:
        """Compute an asset from the rows of what is upstream; none are given means no rows.

        Gives its rows as tuples, in the order of the declared columns, sorted by key, NULL last.
        """
        function = asset.op.compute_fn.decorated_fn  # type: ignore[union-attr]
        dataset = DATASETS[asset.key.path[-1]]
        names = [name for name in inspect.signature(function).parameters if name != "rules"]
        unknown = set(rows) - set(names)
        assert not unknown, f"{dataset.name} is not computed from {unknown}"
        arguments: dict[str, Any] = {name: self.make(name, rows.get(name, ())) for name in names}
        if "rules" in inspect.signature(function).parameters:
            arguments["rules"] = rules or Rules()
        found = self.engine.rows(table_of(function(**arguments)))
        found.sort(key=lambda row: [(row[name] is None, row[name]) for name in dataset.key])
        return [tuple(row[name] for name in dataset.column_names) for row in found]
