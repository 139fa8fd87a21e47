"""Rows of a dataset for people and for other programs: a table, CSV or JSON."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import ibis
from rich.console import Console
from rich.table import Table

from imagesuggest_assets.datasets import DATASETS
from resources.engine import DuckDBEngine, default_memory
from resources.errors import UserError
from resources.lake import Lake

Row = Mapping[str, Any]


def rows_of(
    lake: Path, name: str, snapshot: str | None, wiki: str | None, limit: int
) -> tuple[str, list[dict[str, Any]]]:
    """Read up to ``limit`` rows (0: all), best first; give the snapshot they are of, and them.

    Without ``snapshot`` it is the newest in the lake. Raises UserError for a dataset, a
    partition or a wiki column that is not there.
    """
    dataset = DATASETS[name]
    kept = Lake(lake)
    snapshots = kept.snapshots(name)
    if not snapshots:
        raise UserError(f"{lake}: nothing of {name} is there; run `imagesuggest run` first")
    snapshot = snapshot or snapshots[-1]
    if snapshot not in snapshots:
        raise UserError(f"{name} has no snapshot {snapshot}; there are {', '.join(snapshots)}")
    if wiki and dataset.wiki_column is None:
        raise UserError(f"{name} has no wiki; leave --wiki away")
    try:
        engine = DuckDBEngine(default_memory(), kept.scratch.path)
        table = engine.read(kept.files(name, snapshot))
        if wiki:
            table = table.filter(table[dataset.wiki_column] == wiki)
        keys = [
            ibis.desc(column[1:]) if column.startswith("-") else ibis.asc(column)
            for column in dataset.order
        ]
        table = table.order_by(keys) if keys else table
        rows = engine.rows(table.limit(limit) if limit else table)
        engine.close()
    finally:
        kept.close()
    return snapshot, rows


def write_rows(rows: Sequence[Row], columns: Sequence[str], form: str, to: TextIO) -> None:
    """Write rows as ``table``, ``csv`` (arrays with spaces between) or ``json`` (one a line)."""
    if form == "json":
        for row in rows:
            to.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
    elif form == "csv":
        writer = csv.writer(to, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(row[column]) for column in columns] for row in rows)
    else:
        table = Table()
        for column in columns:
            numbers = all(isinstance(row[column], int | float) for row in rows)
            table.add_column(column, justify="right" if numbers else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_text(row[column]) for column in columns))
        Console(file=to, highlight=False, markup=False).print(table)


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def datasets_table() -> None:
    """Write every dataset with its columns and what they mean."""
    console = Console(file=sys.stdout, highlight=False, markup=False)
    for dataset in DATASETS.values():
        table = Table(title=f"{dataset.name}: {dataset.meaning}", title_justify="left")
        for heading in ("column", "type", "meaning"):
            table.add_column(heading)
        for column in dataset.columns:
            key = " (key)" if column.name in dataset.key else ""
            null = ", or NULL" if column.nullable else ""
            table.add_row(column.name + key, column.type + null, column.meaning)
        console.print(table)
