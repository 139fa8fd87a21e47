"""The contract of every dataset, checked in the engine: SPEC.md section 9, row "contract".

One aggregation over the table counts the rows that break each rule of each column; a second
query looks for keys that occur twice, one more for each reference. No history is known here.

pandera's Ibis backend and pointblank were tried first: both run a query of their own for each
rule of each column (27 for commons_weighted_tags, where two do here), and neither checks a key of
several columns or a reference inside the engine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import dagster as dg
import ibis
from ibis import Table

from imagesuggest_assets.datasets import DATASETS
from imagesuggest_assets.schema import Column, Dataset, Reference
from imagesuggest_assets.snapshots import SNAPSHOTS
from resources.engine import Engine, EngineResource
from resources.io_manager import LakeResource, table_metadata
from resources.lake import Lake

SAMPLE_ROWS = 5


@dataclass
class Finding:
    """One rule of a contract and how many rows break it, with a few of them."""

    rule: str
    broken: int
    sample: list[dict[str, Any]] = field(default_factory=list)


def check_contract(
    dataset: Dataset,
    table: Table,
    compute: Callable[[Table], list[dict[str, Any]]],
    others: Mapping[str, Table],
) -> tuple[int, list[Finding]]:
    """Check ``table`` against its declaration; give its number of rows and a Finding a rule.

    ``others`` are the datasets that it refers to. Where columns are not as declared, only they
    are found: rules on columns that are not there can not be checked.
    """
    findings = _columns(dataset, table)
    if any(finding.broken for finding in findings):
        return compute(table.agg(rows=table.count()))[0]["rows"], findings
    rules = _rules(dataset, table)
    counts = compute(
        table.agg(
            rows=table.count(),
            **{f"rule_{index}": broken.sum() for index, broken in enumerate(rules.values())},
        )
    )[0]
    for index, (rule, broken) in enumerate(rules.items()):
        count = int(counts[f"rule_{index}"] or 0)
        sample = compute(table.filter(broken).limit(SAMPLE_ROWS)) if count else []
        findings.append(Finding(rule, count, sample))
    if dataset.key:
        findings.append(_key(dataset, table, compute))
    for reference in dataset.references:
        findings.append(_reference(reference, table, others[reference.other], compute))
    return counts["rows"], findings


def _columns(dataset: Dataset, table: Table) -> list[Finding]:
    there = dict(table.schema().items())
    findings = []
    for column in dataset.columns:
        found = there.pop(column.name, None)
        good = found is not None and _same_type(found, column)
        rule = f"{column.name} is there, of type {column.type}"
        findings.append(Finding(rule, 0 if good else 1, [] if good else [{"found": str(found)}]))
    extra = [{"column": name} for name in there]
    findings.append(Finding("no other column is there", len(extra), extra))
    return findings


def _same_type(found: ibis.DataType, column: Column) -> bool:
    expected = ibis.dtype(column.type)
    if expected.is_timestamp():
        return bool(found.is_timestamp() and found.timezone is not None)
    return bool(found.copy(nullable=True) == expected)


def _rules(dataset: Dataset, table: Table) -> dict[str, ibis.Value]:
    """Give each rule of each column, with the expression that is true where it is broken."""
    rules: dict[str, ibis.Value] = {}
    for column in dataset.columns:
        value, name = table[column.name], column.name
        if not column.nullable or name in dataset.key:
            rules[f"{name} is not NULL"] = value.isnull()
        if column.minimum is not None:
            rules[f"{name} is at least {column.minimum}"] = value < column.minimum
        if column.maximum is not None:
            rules[f"{name} is at most {column.maximum}"] = value > column.maximum
        if column.values:
            rules[f"{name} is one of {', '.join(column.values)}"] = value.notin(column.values)
        if column.pattern is not None:
            whole = value.re_search(rf"^(?:{column.pattern})\z")
            rules[f"{name} matches {column.pattern}"] = ~whole
        if column.type.startswith("array"):
            rules[f"{name} has elements, none of them NULL"] = (value.length() == 0) | (
                value.length() > value.filter(lambda element: element.notnull()).length()
            )
    return rules


def _key(
    dataset: Dataset, table: Table, compute: Callable[[Table], list[dict[str, Any]]]
) -> Finding:
    counted = table.group_by(*dataset.key).agg(rows=table.count())
    twice = counted.filter(counted.rows > 1)
    count = compute(twice.agg(keys=twice.count()))[0]["keys"]
    sample = compute(twice.limit(SAMPLE_ROWS)) if count else []
    return Finding(f"the key ({', '.join(dataset.key)}) occurs once", count, sample)


def _reference(
    reference: Reference,
    table: Table,
    other: Table,
    compute: Callable[[Table], list[dict[str, Any]]],
) -> Finding:
    pairs = zip(reference.columns, reference.other_columns, strict=True)
    lost = table.anti_join(other, [table[mine] == other[theirs] for mine, theirs in pairs])
    count = compute(lost.agg(rows=lost.count()))[0]["rows"]
    sample = compute(lost.limit(SAMPLE_ROWS)) if count else []
    columns = ", ".join(reference.columns)
    return Finding(f"({columns}) is found in {reference.other}", count, sample)


def _rows_expected(dataset: Dataset, rows: int, lake: Lake, snapshot: str) -> list[Finding]:
    findings = []
    for other in dataset.rows_when:
        has_rows = lake.statistics(other, snapshot).rows > 0
        broken = int(has_rows and rows == 0)
        findings.append(Finding(f"has rows, since {other} has some", broken))
    return findings


def contract_result(rows: int, findings: list[Finding]) -> dg.AssetCheckResult:
    """Make what Dagster shows: each rule, how many rows break it, and a few of those."""
    broken = [finding for finding in findings if finding.broken]
    metadata: dict[str, Any] = {
        "rows looked at": rows,
        "rules": table_metadata(
            [{"rule": each.rule, "broken by": each.broken} for each in findings]
        ),
    }
    if broken:
        metadata["offending rows"] = dg.MetadataValue.json(
            {each.rule: [_plain(row) for row in each.sample] for each in broken}
        )
    description = "; ".join(
        f"{each.rule}: broken {each.broken:,} time{'s' if each.broken > 1 else ''}"
        + (f", first by {_plain(each.sample[0])}" if each.sample else "")
        for each in broken
    )
    return dg.AssetCheckResult(
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR,
        description=description or f"{rows:,} rows keep all {len(findings)} rules",
        metadata=metadata,
    )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    simple = (int, float, str, bool, list)
    return {
        name: value if value is None or isinstance(value, simple) else str(value)
        for name, value in row.items()
    }


def run_contract(
    dataset: Dataset, engine: Engine, lake: Lake, snapshot: str
) -> dg.AssetCheckResult:
    """Check one partition of the lake."""
    read = partial(_read, engine, lake, snapshot)
    others = {each.other: read(each.other) for each in dataset.references}
    rows, findings = check_contract(dataset, read(dataset.name), engine.rows, others)
    return contract_result(rows, findings + _rows_expected(dataset, rows, lake, snapshot))


def _read(engine: Engine, lake: Lake, snapshot: str, name: str) -> Table:
    return engine.read(lake.files(name, snapshot))


def _contract(dataset: Dataset) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dataset.name,
        name="contract",
        blocking=True,
        partitions_def=SNAPSHOTS,
        description="Columns, types, keys, bounds and references are as declared.",
    )
    def contract(
        context: dg.AssetCheckExecutionContext, lake: LakeResource, engine: EngineResource
    ) -> dg.AssetCheckResult:
        here = lake.get()
        return run_contract(dataset, engine.get(here.scratch.path), here, context.partition_key)

    return contract


CONTRACTS = [_contract(dataset) for dataset in DATASETS.values()]
"""One blocking check for each dataset."""
