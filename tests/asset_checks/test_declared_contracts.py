"""Every rule that is declared of any dataset can be broken, and is then found."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from graph.contracts import SAMPLE_ROWS, Finding, agreement_rules, check_contract
from graph.schema import Dataset, Reference
from resources.engine import Engine
from tests.asset_checks.declared import (
    DATASETS,
    Row,
    agreed,
    arrow_schema,
    as_records,
    as_table,
    breaches,
    good_row,
    key_rule,
    reference_rule,
    referred,
    write,
)

ON_BOTH_ENGINES = ("commons_files", "feedback", "filtered_suggestions")
"""Between them they have every kind of rule; the others are tried on DuckDB alone."""

every_dataset = pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS.keys())


def others_of(folder: Path, dataset: Dataset, rows: Iterable[Row]) -> dict[str, list[Path]]:
    """All that the rows refer to."""
    rows = list(rows)
    others: dict[str, pa.Table] = {}
    for each in dataset.references:
        found = referred(dataset, each, rows)
        # Two may lead to one dataset.
        known = [others[each.other]] if each.other in others else []
        others[each.other] = pa.concat_tables([*known, found])
    if dataset.agreement is not None:
        others |= agreed(dataset, dataset.agreement, rows)
    return {name: write(folder, table) for name, table in others.items()}


def check(
    engine: Engine,
    folder: Path,
    dataset: Dataset,
    rows: Sequence[Row],
    others: Mapping[str, list[Path]] | None = None,
) -> list[Finding]:
    others = others_of(folder, dataset, rows) if others is None else others
    seen, findings = check_contract(dataset, engine, write(folder, as_table(dataset, rows)), others)
    assert seen == len(rows)
    return findings


def broken(findings: Iterable[Finding]) -> dict[str, int]:
    return {finding.rule: finding.broken for finding in findings if finding.broken}


def rules_on_columns(dataset: Dataset) -> set[str]:
    there = {f"{column.name} is there, of type {column.type}" for column in dataset.columns}
    return {*there, "no other column is there"}


def rules_on_rows(dataset: Dataset) -> set[str]:
    """The rules that rows below are made to break."""
    rules = {breach.rule for breach in breaches(dataset)}
    rules |= {reference_rule(reference) for reference in dataset.references}
    rules |= set(agreement_rules(dataset.agreement)) if dataset.agreement else set()
    return rules | ({key_rule(dataset)} if dataset.key else set())


@every_dataset
def test_good_rows_keep_the_contract_and_it_has_no_rule_that_is_not_broken_below(
    duckdb_engine: Engine, tmp_path: Path, dataset: Dataset
) -> None:
    rows = [good_row(dataset, 1), good_row(dataset, 2)]
    findings = check(duckdb_engine, tmp_path, dataset, rows)
    assert broken(findings) == {}
    rules = [finding.rule for finding in findings]
    assert len(set(rules)) == len(rules)
    assert set(rules) == rules_on_columns(dataset) | rules_on_rows(dataset)


@every_dataset
def test_rows_that_break_one_rule_each_are_found_by_that_rule(
    duckdb_engine: Engine, tmp_path: Path, dataset: Dataset
) -> None:
    bad = list(breaches(dataset))
    rows = [good_row(dataset, 1), *(breach.row for breach in bad)]
    findings = check(duckdb_engine, tmp_path, dataset, rows)
    found = broken(findings)
    also = {rule for breach in bad for rule in breach.also}
    assert found.keys() == {breach.rule for breach in bad} | also
    expected = Counter(breach.rule for breach in bad)
    assert {rule: found[rule] for rule in expected} == dict(expected)
    for finding in findings:
        if finding.rule in also:
            continue
        of_rule = [breach.row for breach in bad if finding.rule == breach.rule]
        assert all(row in as_records(dataset, of_rule) for row in finding.sample)
        assert len(finding.sample) == min(len(of_rule), SAMPLE_ROWS)


@every_dataset
def test_a_row_that_is_there_twice_breaks_the_key_alone(
    duckdb_engine: Engine, tmp_path: Path, dataset: Dataset
) -> None:
    rows = [good_row(dataset, 1), good_row(dataset, 2), good_row(dataset, 2)]
    expected = {key_rule(dataset): 1} if dataset.key else {}
    assert broken(check(duckdb_engine, tmp_path, dataset, rows)) == expected


@every_dataset
def test_rows_that_differ_in_one_column_of_the_key_alone_keep_it(
    duckdb_engine: Engine, tmp_path: Path, dataset: Dataset
) -> None:
    one, other = good_row(dataset, 1), good_row(dataset, 2)
    places = map(dataset.column_names.index, dataset.key)
    alike = [(*one[:place], other[place], *one[place + 1 :]) for place in places]
    rows = [one, *(row for row in alike if row != one)]
    assert len(rows) > 1 or not dataset.key
    assert broken(check(duckdb_engine, tmp_path, dataset, rows)) == {}


@pytest.mark.parametrize(
    "dataset", [each for each in DATASETS.values() if each.agreement], ids=lambda each: each.name
)
def test_a_row_that_one_of_two_datasets_that_agree_has_alone_is_found(
    duckdb_engine: Engine, tmp_path: Path, dataset: Dataset
) -> None:
    rows = [good_row(dataset, 1), good_row(dataset, 2)]
    here, there = agreement_rules(dataset.agreement)
    assert broken(
        check(duckdb_engine, tmp_path, dataset, rows[:1], others_of(tmp_path, dataset, rows))
    ) == {there: 1}
    others = others_of(tmp_path, dataset, rows)
    other = dataset.agreement.other
    for condition in dataset.agreement.conditions:
        table = agreed(dataset, dataset.agreement, rows)[other]
        place = table.column_names.index(condition)
        taken_out = table.set_column(place, condition, pa.array([True, False]))
        others[other] = write(tmp_path, taken_out)
        assert broken(check(duckdb_engine, tmp_path, dataset, rows, others)) == {here: 1}
    if dataset.agreement.only:
        column = dataset.agreement.only[0]
        table = agreed(dataset, dataset.agreement, rows)[other]
        place = table.column_names.index(column)
        another = table.set_column(place, column, pa.array(["another", table[column][1].as_py()]))
        others[other] = write(tmp_path, another)
        assert broken(check(duckdb_engine, tmp_path, dataset, rows, others)) == {here: 1}


@pytest.mark.parametrize(
    ("dataset", "reference"),
    [
        pytest.param(dataset, reference, id=f"{dataset.name}: {reference.other}")
        for dataset in DATASETS.values()
        for reference in dataset.references
    ],
)
def test_a_reference_leads_nowhere_when_any_one_of_its_columns_differs(
    duckdb_engine: Engine, tmp_path: Path, dataset: Dataset, reference: Reference
) -> None:
    rows = [good_row(dataset, 1), good_row(dataset, 2)]
    others = others_of(tmp_path, dataset, rows)
    there = referred(dataset, reference, rows)
    elsewhere = referred(dataset, reference, [good_row(dataset, 3)]).to_pylist()[0]
    first, second = there.to_pylist()
    for column in reference.other_columns:
        another = {**second, column: elsewhere[column]}
        other = write(tmp_path, pa.Table.from_pylist([first, another], there.schema))
        findings = check(duckdb_engine, tmp_path, dataset, rows, {**others, reference.other: other})
        # What two columns refer to is the same in these rows.
        alike = [each for each in dataset.references if each.other == reference.other]
        assert broken(findings) == {reference_rule(each): 1 for each in alike}
        for finding in findings:
            assert not finding.broken or finding.sample == as_records(dataset, rows[1:])


@every_dataset
def test_a_column_that_is_missing_or_of_another_type_or_not_declared_is_found(
    duckdb_engine: Engine, tmp_path: Path, dataset: Dataset
) -> None:
    def found(table: pa.Table) -> dict[str, int]:
        _, findings = check_contract(dataset, duckdb_engine, write(tmp_path, table), {})
        return broken(findings)

    good = arrow_schema(dataset.columns).empty_table()
    for place, column in enumerate(dataset.columns):
        rule = f"{column.name} is there, of type {column.type}"
        other_type = good.set_column(place, column.name, pa.array([], pa.float32()))
        assert found(good.drop_columns([column.name])) == {rule: 1}
        assert found(other_type) == {rule: 1}
    more = good.append_column("more", pa.array([], pa.int64()))
    assert found(more) == {"no other column is there": 1}


@pytest.mark.parametrize("name", ON_BOTH_ENGINES)
def test_each_rule_counts_the_rows_that_break_it_on_both_engines(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    dataset = DATASETS[name]
    bad = list(breaches(dataset))
    rows = [good_row(dataset, 1), *(breach.row for breach in bad), good_row(dataset, 1)]
    expected = Counter(rule for breach in bad for rule in (breach.rule, *breach.also))
    found = broken(check(engine, tmp_path, dataset, rows))
    assert found == {**expected, key_rule(dataset): 1}
