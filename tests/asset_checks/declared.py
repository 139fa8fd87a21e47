"""Files made of nothing but a dataset's declaration: good rows, and for each rule a bad one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from graph.arrow import TYPES
from graph.columns import ITEM_PATTERN as ITEM
from graph.contracts import agreement_rules
from graph.schema import Agreement, Column, Dataset, Reference
from imagesuggest_assets.catalog.datasets import DATASETS as IMAGES
from module_assets.catalog.columns import HASH_PATTERN
from module_assets.catalog.datasets import DATASETS as MODULES
from tests.tables import NOW

Row = tuple[Any, ...]
DATASETS = {**IMAGES, **MODULES}
"""Of all graphs: manifest and gate are declared alike."""

MATCHING = {
    ITEM: "Q{}",
    r"[a-z0-9_]+": "wiki_{}",
    r"[a-z0-9_.]+": "tag.{}",
    r"\d{4}-\d{2}-\d{2}": "{:04}-11-02",
    HASH_PATTERN: "{:032x}",
    r"[a-z0-9_]+/[1-9][0-9]*": "wiki/{}",
}
"""A text for each pattern that is declared, with a place for a number."""


@dataclass(frozen=True)
class Breach:
    """A row that breaks ``rule``, and no other rule but ``also``."""

    rule: str
    row: Row
    also: tuple[str, ...] = ()


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """How columns are stored."""
    return pa.schema([(column.name, TYPES[column.type]) for column in columns])


def as_records(dataset: Dataset, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows by name of column."""
    return [dict(zip(dataset.column_names, row, strict=True)) for row in rows]


def as_table(dataset: Dataset, rows: Iterable[Row] = ()) -> pa.Table:
    """Rows as they are stored."""
    return pa.Table.from_pylist(as_records(dataset, rows), arrow_schema(dataset.columns))


def write(folder: Path, table: pa.Table) -> list[Path]:
    """Write one more file into a folder; gives a list of it alone."""
    file = folder / f"{uuid4().hex}.parquet"
    pq.write_table(table, file)
    return [file]


def good_row(dataset: Dataset, number: int) -> Row:
    """Make a row that keeps every rule; another number gives another key."""
    return tuple(_good(column, number) for column in dataset.columns)


def breaches(dataset: Dataset) -> Iterator[Breach]:
    """Make rows for each rule on the values of each column that break it, no two of one key."""
    number = 100
    for place, column in enumerate(dataset.columns):
        for rule, value in _bad_values(dataset, column):
            number += 1
            row = list(good_row(dataset, number))
            row[place] = value
            yield Breach(rule, tuple(row), _led_nowhere(dataset, column) if value is None else ())


def reference_rule(reference: Reference) -> str:
    """What the rule of a reference is called."""
    return f"({', '.join(reference.columns)}) is found in {reference.other}"


def key_rule(dataset: Dataset) -> str:
    """What the rule of the key is called."""
    return f"the key ({', '.join(dataset.key)}) occurs once"


def referred(dataset: Dataset, reference: Reference, rows: Iterable[Row]) -> pa.Table:
    """Make the rows that ``rows`` refer to, as far as they are compared."""
    columns = {column.name: column for column in DATASETS[reference.other].columns}
    pairs = list(zip(reference.columns, reference.other_columns, strict=True))
    records = [
        {theirs: record[mine] for mine, theirs in pairs} for record in as_records(dataset, rows)
    ]
    schema = arrow_schema(columns[name] for name in reference.other_columns)
    return pa.Table.from_pylist(records, schema)


def agreed(dataset: Dataset, agreement: Agreement, rows: Iterable[Row]) -> dict[str, pa.Table]:
    """Make the rows with which ``rows`` agree, and those that they are among."""
    columns = {column.name: column for column in DATASETS[agreement.other].columns}
    records = as_records(dataset, rows)
    kept = [
        {name: record[name] for name in agreement.columns}
        | dict.fromkeys(agreement.conditions, False)
        | ({agreement.only[0]: agreement.only[1][-1]} if agreement.only else {})
        for record in records
    ]
    names = [*agreement.columns, *agreement.conditions, *(agreement.only or ())[:1]]
    schema = arrow_schema(columns[name] for name in names)
    tables = {agreement.other: pa.Table.from_pylist(kept, schema)}
    if agreement.among is not None:
        names, other = agreement.among
        own = {column.name: column for column in dataset.columns}
        keys = [{name: record[name] for name in names} for record in records]
        tables[other] = pa.Table.from_pylist(keys, arrow_schema(own[name] for name in names))
    return tables


def _led_nowhere(dataset: Dataset, column: Column) -> tuple[str, ...]:
    """NULL is found nowhere, so what is compared is broken along with the rule that NULL breaks."""
    references = [each for each in dataset.references if column.name in each.columns]
    rules = [reference_rule(reference) for reference in references]
    agreement = dataset.agreement
    if agreement is not None and column.name in agreement.columns:
        # What is NULL is not among others either.
        among = agreement.among is not None and column.name in agreement.among[0]
        rules += agreement_rules(agreement)[1 if among else 0 :]
    return tuple(rules)


def _good(column: Column, number: int) -> Any:
    if column.type == "int64":
        least = column.minimum or 0
        most = column.maximum if column.maximum is not None else 2**62
        return least + number % (most - least + 1)
    if column.type == "string":
        if column.values:
            return column.values[number % len(column.values)]
        if column.pattern is None:
            return f"Some text {number}"
        text = MATCHING[column.pattern].format(number + 1)
        assert re.fullmatch(column.pattern, text)
        return text
    return {
        "boolean": number % 2 == 0,
        "float64": 1 / (1 + number),
        "array<string>": [f"some|{number}", "other|1"],
        "array<int64>": [number, number + 1],
        "timestamp('UTC')": NOW,
    }[column.type]


def _bad_values(dataset: Dataset, column: Column) -> Iterator[tuple[str, Any]]:
    name = column.name
    if not dataset.may_be_null(column):
        yield f"{name} is not NULL", None
    if column.minimum is not None:
        yield f"{name} is at least {column.minimum}", column.minimum - 1
    if column.maximum is not None:
        yield f"{name} is at most {column.maximum}", column.maximum + 1
    if column.values:
        rule = f"{name} is one of {', '.join(column.values)}"
        yield from ((rule, value) for value in ("", column.values[0] + " ", "something else"))
    if column.pattern is not None:
        rule = f"{name} matches {column.pattern}"
        good = MATCHING[column.pattern].format(1)
        yield from ((rule, value) for value in ("", good + "\n", "\n" + good, good + "é"))
    if column.type.startswith("array"):
        element = good_row(dataset, 1)[dataset.columns.index(column)][0]
        rule, bad = f"{name} has elements, none of them NULL", [[], [None], [element, None]]
        if column.may_be_empty:
            rule, bad = f"{name} has no element that is NULL", bad[1:]
        yield from ((rule, value) for value in bad)
