"""Writes pages of docs/ from the declarations, so that they can not differ."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from graph.rules import GraphRules
from graph.schema import Column, Dataset

DOCS = Path(__file__).resolve().parents[2] / "docs"


def datasets_page(
    title: str, says: str, datasets: Mapping[str, Dataset], groups: Mapping[str, str]
) -> str:
    """Write a page on every dataset: what it is, its columns, its key, what it refers to."""
    parts = [
        f"# {title}",
        "",
        f"{says} Each dataset "
        "is an asset of the graph and is kept as "
        "`<lake>/<dataset>/snapshot=<key>/<version>/*.parquet`. What is written here is "
        "checked of every partition (the check `contract`).",
    ]
    for group, meaning in groups.items():
        parts += ["", f"## {group}: {meaning}"]
        for dataset in datasets.values():
            if dataset.group == group:
                parts += ["", *_dataset(dataset)]
    return "\n".join(parts) + "\n"


def _dataset(dataset: Dataset) -> list[str]:
    lines = [f"### {dataset.name}", "", dataset.meaning, ""]
    lines += ["| column | type | meaning | values |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{column.name}` | {column.type}{', or NULL' if column.nullable else ''} "
        f"| {column.meaning} | {_values(column)} |"
        for column in dataset.columns
    ]
    facts = [f"Key: {_names(dataset.key)}." if dataset.key else "No key."]
    facts += [f"{_names(each.columns)} is found in `{each.other}`." for each in dataset.references]
    if dataset.agreement is not None:
        among = dataset.agreement.among
        of_those = f", of what `{among[1]}` has," if among else ""
        only = dataset.agreement.only
        those = f" of {only[0]} {' or '.join(f'`{value}`' for value in only[1])}" if only else ""
        nothing = " that nothing takes out" if dataset.agreement.conditions else ""
        facts.append(
            f"The rows{of_those} are, by {_names(dataset.agreement.columns)}, those of "
            f"`{dataset.agreement.other}`{those}{nothing}."
        )
    if dataset.rows_when:
        facts.append(f"Has rows when any of {_names(dataset.rows_when)} has some.")
    return [*lines, "", " ".join(facts)]


def _values(column: Column) -> str:
    if column.values:
        return ", ".join(f"`{value}`" for value in column.values)
    if column.pattern:
        return f"matches `{column.pattern}`"
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum} to {column.maximum}"
    if column.minimum is not None:
        return f"at least {column.minimum}"
    return ""


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def rules_page(title: str, says: str, rules: type[GraphRules]) -> str:
    """Write a page on every rule that can be set: its default and what it does."""
    lines = [f"# {title}", "", says, "", "| rule | default | what it does |", "| --- | --- | --- |"]
    for name, field in rules.model_fields.items():
        default = json.dumps(field.default, ensure_ascii=False)
        lines.append(f"| `{name}` | `{default}` | {field.description} |")
    return "\n".join(lines) + "\n"


def runbook_page(title: str, says: str, runbook: Mapping[str, str]) -> str:
    """Write a page on what to do when a check fails: a paragraph a check."""
    lines = [f"# {title}", "", says]
    for check, paragraph in runbook.items():
        lines += ["", f"## {check}", "", paragraph]
    return "\n".join(lines) + "\n"


def write(documents: Mapping[str, Callable[[], str]]) -> None:
    """Write the pages that are made, by file name."""
    for name, page in documents.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
