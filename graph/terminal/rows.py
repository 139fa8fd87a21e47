"""Rows of a dataset for people and for other programs: a table, CSV or JSON."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TextIO

import ibis
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from graph.catalog import Catalog
from resources.engine import DuckDBEngine
from resources.errors import UserError
from resources.lake import Lake
from resources.memory import default_memory

Row = Mapping[str, Any]

WHOLE_WIDTH = 23
"""A column is folded to this many characters at the least: ids, numbers and kinds stay whole."""
FILE_WIDTH = 240
"""The width of a table that no terminal limits."""
DECIMALS = 4


def rows_of(
    catalog: Catalog, lake: Lake, name: str, snapshot: str | None, wiki: str | None, limit: int
) -> tuple[str, list[dict[str, Any]]]:
    """Read up to ``limit`` rows (0: all), best first; give the snapshot they are of, and them.

    The lake is closed then. Without ``snapshot`` it is the newest in the lake. Raises UserError for
    a dataset, a partition or a wiki column that is not there.
    """
    dataset = catalog.datasets[name]
    snapshots = lake.snapshots(name)
    if not snapshots:
        raise UserError(
            f"{lake.path}: nothing of {name} is there; run `{catalog.command} run` first"
        )
    snapshot = snapshot or snapshots[-1]
    if snapshot not in snapshots:
        raise UserError(f"{name} has no snapshot {snapshot}; there are {', '.join(snapshots)}")
    if wiki and dataset.wiki_column is None:
        raise UserError(f"{name} has no wiki; leave --wiki away")
    try:
        if wiki:
            _check_wiki(catalog, lake, name, snapshot, wiki)
        engine = DuckDBEngine(default_memory(), lake.scratch.path)
        table = engine.read(lake.files(name, snapshot))
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
        lake.close()
    return snapshot, rows


def _check_wiki(catalog: Catalog, lake: Lake, name: str, snapshot: str, wiki: str) -> None:
    """Tell a wiki that has no rows from one that is not there."""
    there = {
        each
        for dataset in {name, catalog.wikis_in}
        if lake.has(dataset, snapshot)
        for each in lake.statistics(dataset, snapshot).rows_by_wiki
    }
    if wiki not in there:
        raise UserError(
            f"the snapshot {snapshot} has no wiki {wiki}; there are {', '.join(sorted(there))}"
        )


def write_rows(rows: Sequence[Row], columns: Sequence[str], form: str, to: TextIO) -> None:
    """Write rows as ``table``, ``csv`` (arrays with spaces between) or ``json`` (one a line)."""
    if form == "json":
        for row in rows:
            to.write(json.dumps(row, ensure_ascii=False, default=datetime.isoformat) + "\n")
    elif form == "csv":
        writer = csv.writer(to, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(row[column]) for column in columns] for row in rows)
    else:
        console = Console(file=to, highlight=False, markup=False)
        if not console.is_terminal:
            console.width = FILE_WIDTH
        table = _table(rows, columns)
        needed = sum((column.min_width or 0) + 3 for column in table.columns)
        console.print(table if needed <= console.width else _records(rows, columns))


def _table(rows: Sequence[Row], columns: Sequence[str]) -> Table:
    """Lay rows out side by side; ids and numbers stay whole, long texts fold."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        cells = [line for row in rows for line in _cell(row[column], "\n").splitlines()]
        numbers = all(isinstance(row[column], int | float) for row in rows)
        heading = column.replace("_", " ")
        least = min(max(map(cell_len, cells), default=0), WHOLE_WIDTH)
        table.add_column(
            heading,
            justify="right" if numbers else "left",
            overflow="fold",
            min_width=max(least, *map(len, heading.split())),
        )
    for row in rows:
        table.add_row(*(_cell(row[column], "\n") for column in columns))
    return table


def _records(rows: Sequence[Row], columns: Sequence[str]) -> Table:
    """Lay rows out one below the other, a line a column, for terminals that are too narrow."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for row in rows:
        for column in columns:
            table.add_row(column, _cell(row[column]))
        table.add_row()
    return table


def _cell(value: object, between: str = " ") -> str:
    """Write a value for people, who read no more than some decimals; other programs get all."""
    return str(round(value, DECIMALS)) if isinstance(value, float) else _text(value, between)


def _text(value: object, between: str = " ") -> str:
    if isinstance(value, list):
        return between.join(map(str, value))
    return "" if value is None else str(value)


def datasets_table(catalog: Catalog) -> None:
    """Write every dataset with its columns and what they mean."""
    console = Console(file=sys.stdout, highlight=False, markup=False)
    for dataset in catalog.datasets.values():
        table = Table(title=f"{dataset.name}: {dataset.meaning}", title_justify="left")
        for heading in ("column", "type", "meaning"):
            table.add_column(heading)
        for column in dataset.columns:
            key = " (key)" if column.name in dataset.key else ""
            null = ", or NULL" if column.nullable else ""
            table.add_row(column.name + key, column.type + null, column.meaning)
        console.print(table)
