"""The contract of every dataset, checked in the engine: SPEC.md section 9, row "contract".

Columns and types are read off the files. One query looks whether any row breaks a rule of its
columns and whether a key may occur twice, one more for each reference, since on Spark a query costs
a quarter of a CPU second and more, however few the rows are. What is broken is asked for by others.
No history is known here.

pandera 0.35 (its Ibis backend) and pointblank 1.1 were tried first, on five million rows of
commons_weighted_tags. Both check a key of several columns in the engine, but neither does with
about one scan: pandera sends a query for each rule (12, where two do here; 1.4 times the processor
time), pointblank two (23, twice the time; 34 and ten times with the rows that break a rule). Where
all rules are broken pandera sends 46, some of which fetch a column whole, and gives no counts; it
can not declare an array and has no references. pointblank fetches both tables for a reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

import dagster as dg
import ibis
import pyarrow.parquet as pq
from ibis import Table

from graph import shown
from graph.catalog import Catalog
from graph.schema import Agreement, Column, Dataset, Reference
from graph.steps import Check, check_of
from resources.engine import Engine, may_be_null
from resources.io_manager import table_metadata
from resources.lake import Lake, parquet_rows
from resources.lake_paths import LakePath, readable

SAMPLE_ROWS = 5


@dataclass
class Finding:
    """One rule of a contract and how many rows break it, with a few of them.

    For the key ``broken`` is how many keys occur more than once, for columns how many files have
    another, and 1 where the table as a whole has no rows.
    """

    rule: str
    broken: int
    sample: list[dict[str, Any]] = field(default_factory=list)


def check_contract(
    dataset: Dataset,
    engine: Engine,
    files: Sequence[LakePath],
    others: Mapping[str, Sequence[LakePath]],
) -> tuple[int, list[Finding]]:
    """Check the rows of ``files`` against their declaration; give their number, a Finding a rule.

    ``others`` are the files of the datasets that it refers to. Where columns are not as declared,
    only they are found: rules on columns that are not there can not be checked.
    """
    findings = _columns(dataset, files)
    if any(finding.broken for finding in findings):
        return parquet_rows(list(files)), findings
    table = engine.read(files)
    findings += _kept(dataset, engine, table)
    for reference in dataset.references:
        other = engine.read(others[reference.other])
        findings.append(_reference(reference, engine, table, other))
    if dataset.agreement is not None:
        findings += _agreement(dataset.agreement, engine, table, others)
    return parquet_rows(list(files)), findings


def _columns(dataset: Dataset, files: Sequence[LakePath]) -> list[Finding]:
    """Compare the columns of each file, which an engine would take from one of them for all."""
    broken: dict[str, list[dict[str, Any]]] = {
        f"{column.name} is there, of type {column.type}": [] for column in dataset.columns
    }
    nothing_else: list[dict[str, Any]] = []
    for file in files:
        there = dict(ibis.Schema.from_pyarrow(pq.read_schema(readable(file))).items())
        for rule, column in zip(broken, dataset.columns, strict=True):
            found = there.pop(column.name, None)
            if found is None or not _same_type(found, column):
                broken[rule].append({"file": file.name, "found": str(found or "no such column")})
        nothing_else += [{"file": file.name, "column": name} for name in there]
    broken["no other column is there"] = nothing_else
    return [Finding(rule, len(found), found[:SAMPLE_ROWS]) for rule, found in broken.items()]


def _same_type(found: ibis.DataType, column: Column) -> bool:
    expected = ibis.dtype(column.type)
    if expected.is_timestamp():
        # Engines differ in the fraction of a second that they keep.
        return bool(found.is_timestamp() and found.timezone == expected.timezone)
    # Values that are NULL are counted instead.
    return bool(may_be_null(found) == expected)


def _rules(dataset: Dataset, table: Table) -> dict[str, ibis.Value]:
    """Give each rule of each column, with the expression that is true where it is broken.

    NULL breaks the first of them alone: compared with anything it is neither true nor false.
    """
    rules: dict[str, ibis.Value] = {}
    for column in dataset.columns:
        value, name = table[column.name], column.name
        if not dataset.may_be_null(column):
            rules[f"{name} is not NULL"] = value.isnull()
        if column.minimum is not None:
            rules[f"{name} is at least {column.minimum}"] = value < column.minimum
        if column.maximum is not None:
            rules[f"{name} is at most {column.maximum}"] = value > column.maximum
        if column.values:
            rules[f"{name} is one of {', '.join(column.values)}"] = value.notin(column.values)
        if column.pattern is not None:
            # Not `$`, which also matches before a line break at the end.
            whole = value.re_search(rf"^(?:{column.pattern})\z")
            rules[f"{name} matches {column.pattern}"] = ~whole
        if column.type.startswith("array"):
            there = value.filter(lambda element: element.notnull())
            has_null = value.length() > there.length()
            if column.may_be_empty:
                rules[f"{name} has no element that is NULL"] = has_null
            else:
                rules[f"{name} has elements, none of them NULL"] = (value.length() == 0) | has_null
    return rules


def _kept(dataset: Dataset, engine: Engine, table: Table) -> list[Finding]:
    """Look at all rules on rows and on the key at once; at each by itself where any is broken.

    Keys are counted by a number for each, since to compare texts takes twice as long. Two keys may
    have one number, so where there are fewer of them than rows, the keys are looked at, too.
    """
    rules = _rules(dataset, table)
    asked = {
        "rows": table.count(),
        "broken": table.count(where=reduce(or_, rules.values(), ibis.literal(False))),
    }
    if dataset.key:
        key = ibis.struct({name: table[name] for name in dataset.key})
        asked["keys"] = engine.hashed(key).nunique()
    counted = engine.rows(table.agg(**asked))[0]
    # Numbers, since a rule is no name of a column.
    counts = {f"rule_{index}": table.count(where=each) for index, each in enumerate(rules.values())}
    each = engine.rows(table.agg(**counts))[0] if counted["broken"] else dict.fromkeys(counts, 0)
    findings = [
        _finding(engine, rule, table.filter(broken), each[name])
        for name, (rule, broken) in zip(counts, rules.items(), strict=True)
    ]
    if dataset.key:
        findings.append(_key(dataset, engine, table, counted["rows"] > counted["keys"]))
    return findings


def _key(dataset: Dataset, engine: Engine, table: Table, doubtful: bool) -> Finding:
    rule = f"the key ({', '.join(dataset.key)}) occurs once"
    if not doubtful:
        return Finding(rule, 0)
    counted = table.group_by(*dataset.key).agg(rows=table.count())
    twice = counted.filter(counted.rows > 1)
    return _finding(engine, rule, twice, engine.rows(twice.agg(keys=twice.count()))[0]["keys"])


def _reference(reference: Reference, engine: Engine, table: Table, other: Table) -> Finding:
    pairs = list(zip(reference.columns, reference.other_columns, strict=True))
    if reference.null_is_none:
        table = table.filter(*(table[name].notnull() for name in reference.columns))
    lost = table.anti_join(other, [table[mine] == other[theirs] for mine, theirs in pairs])
    rule = f"({', '.join(reference.columns)}) is found in {reference.other}"
    return _finding(engine, rule, lost, engine.rows(lost.agg(rows=lost.count()))[0]["rows"])


def _agreement(
    agreement: Agreement,
    engine: Engine,
    table: Table,
    others: Mapping[str, Sequence[LakePath]],
) -> list[Finding]:
    """Look for rows that the one has and the other has not, both ways."""
    columns = list(agreement.columns)
    other = engine.read(others[agreement.other])
    if agreement.only is not None:
        column, values = agreement.only
        other = other.filter(other[column].isin(values))
    out = reduce(or_, (other[condition] for condition in agreement.conditions), ibis.literal(False))
    left = other.filter(~out).select(*columns)
    if agreement.among is not None:
        keys, name = agreement.among
        table = table.semi_join(engine.read(others[name]), list(keys))
    asked = zip(
        agreement_rules(agreement),
        (table.anti_join(left, columns), left.anti_join(table, columns)),
        strict=True,
    )
    return [
        _finding(engine, rule, lost, engine.rows(lost.agg(rows=lost.count()))[0]["rows"])
        for rule, lost in asked
    ]


def agreement_rules(agreement: Agreement) -> tuple[str, str]:
    """Name the rules that a row which is only here breaks, and one that is only there."""
    other = agreement.other
    if agreement.conditions:
        return (
            f"is in {other}, and nothing takes it out there",
            f"what nothing takes out in {other} is here",
        )
    those = f" of {agreement.only[0]} {' or '.join(agreement.only[1])}" if agreement.only else ""
    return f"is in {other}{those}", f"what is in {other}{those} is here"


def _finding(engine: Engine, rule: str, broken: Table, count: int) -> Finding:
    """Tell how many rows break a rule, with a few of them."""
    return Finding(rule, count, engine.rows(broken.limit(SAMPLE_ROWS)) if count else [])


def _rows_expected(dataset: Dataset, rows: int, lake: Lake, snapshot: str) -> list[Finding]:
    findings = []
    for other in dataset.rows_when:
        expected = lake.statistics(other, snapshot).rows > 0
        findings.append(Finding(f"has rows where {other} has some", int(expected and not rows)))
    return findings


def contract_result(rows: int, findings: list[Finding]) -> dg.AssetCheckResult:
    """Make what Dagster shows: each rule, how often it is broken, and a few rows that do."""
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
    told = [_sentence(finding) for finding in broken]
    metadata |= shown.problems([shown.problem("", sentence, error=True) for sentence in told])
    return dg.AssetCheckResult(
        passed=not broken,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(told) or f"all {len(findings)} rules kept, rows looked at: {rows:,}",
        metadata=metadata,
    )


def _sentence(broken: Finding) -> str:
    times = "time" if broken.broken == 1 else "times"
    first = f", first by {_plain(broken.sample[0])}" if broken.sample else ""
    return f"{broken.rule}: broken {broken.broken:,} {times}{first}"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    simple = (int, float, str, bool, list)
    return {
        name: value if value is None or isinstance(value, simple) else str(value)
        for name, value in row.items()
    }


def run_contract(
    dataset: Dataset, engine: Engine, lake: Lake, snapshot: str
) -> dg.AssetCheckResult:
    """Check one partition of the lake.

    What the dataset refers to is computed before it, so its partition is there. Raises UserError
    where a partition is not.
    """
    files = lake.files(dataset.name, snapshot)
    others = {name: lake.files(name, snapshot) for name in dataset.others}
    looking = engine.looking_at([*files, *(file for each in others.values() for file in each)])
    rows, findings = check_contract(dataset, looking, files, others)
    return contract_result(rows, findings + _rows_expected(dataset, rows, lake, snapshot))


def contracts_of(catalog: Catalog) -> list[Check]:
    """Declare one blocking check for each dataset."""
    return [_contract(catalog, dataset) for dataset in catalog.datasets.values()]


def _contract(catalog: Catalog, dataset: Dataset) -> Check:
    return check_of(
        catalog,
        dataset.name,
        "contract",
        lambda on: run_contract(dataset, on.engine_here(), on.lake, on.snapshot),
        blocking=True,
        description="Columns, types, keys, bounds and references are as declared.",
    )
