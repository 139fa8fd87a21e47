"""Writes pages of docs/ from the declarations, so that they can not differ."""

from collections.abc import Mapping
from typing import Any

from asset_checks.runbook import RUNBOOK
from graph.terminal import documentation
from imagesuggest_assets.catalog.datasets import DATASETS, GROUPS
from imagesuggest_assets.catalog.published import HIVE_TABLES
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.server.description import PROBLEMS, description
from resources.metastore import PREFIX


def datasets_page() -> str:
    """Write the page on every dataset, and on the tables that others find."""
    parts = [
        documentation.datasets_page(
            "Datasets",
            "Made by `make docs` from `imagesuggest_assets/catalog/`; change it there.",
            DATASETS,
            GROUPS,
        ).rstrip(),
        "",
        "## Tables in a metastore",
        "",
        "Where one is set, others find these, each with a partition `snapshot`; see "
        "[operations.md](operations.md#publication-tables-for-others).",
    ]
    for table in HIVE_TABLES.values():
        parts += ["", f"### {PREFIX}{table.name}", "", table.comment, ""]
        parts += ["| column | type | meaning |", "| --- | --- | --- |"]
        parts += [f"| `{each.name}` | {each.type} | {each.comment} |" for each in table.columns]
    return "\n".join(parts) + "\n"


def rules_page() -> str:
    """Write the page on every rule that can be set."""
    return documentation.rules_page(
        "Rules",
        "Made by `make docs` from `imagesuggest_assets/rules.py`; change it there. Each rule has "
        "SPEC's default. To run with others, name a TOML file of `name = value` lines with "
        "`--rules` or `IMAGESUGGEST_RULES`, or change them for one run in the UI's launchpad, "
        "under `resources: rules: config:`. What was used is kept on every materialization.",
        Rules,
    )


def runbook_page() -> str:
    """Write the page on what to do when a check fails."""
    return documentation.runbook_page(
        "Runbook",
        "Made by `make docs` from `asset_checks/runbook.py`; change it there. A page carries the "
        "paragraph of its check. How pages come about is in [operations.md](operations.md).",
        RUNBOOK,
    )


def api_page() -> str:
    """Write the page on the API: each address, what is asked and what is given."""
    described = description()
    lines = [
        "# The API",
        "",
        "Made by `make docs` from `imagesuggest_assets/server/description.py`; change it there. "
        "`imagesuggest serve` gives the same at `/openapi`, for programs. How to run it is in "
        "[operations.md](operations.md#the-server).",
        "",
        described["info"]["description"],
    ]
    for path, methods in described["paths"].items():
        lines += ["", f"## {path}", "", methods["get"]["summary"]]
        if parameters := methods["get"]["parameters"]:
            lines += ["", "| parameter | in | values | meaning |", "| --- | --- | --- | --- |"]
            lines += [
                f"| `{each['name']}` | {each['in']} | {_schema(each['schema'])} "
                f"| {each['description']} |"
                for each in parameters
            ]
        (content,) = methods["get"]["responses"]["200"]["content"].items()
        lines += ["", f"Gives `{content[0]}`: {_schema(content[1]['schema'])}."]
    lines += ["", "## What is given"]
    for name, schema in described["components"]["schemas"].items():
        lines += ["", f"### {name}", "", "| field | values |", "| --- | --- |"]
        lines += [
            f"| `{field}` | {_schema(each)} |" for field, each in schema["properties"].items()
        ]
    lines += ["", "## Errors", "", "As `application/problem+json`, see `Problem`.", ""]
    lines += ["| status | when |", "| --- | --- |"]
    lines += [f"| {status} | {text} |" for status, text in PROBLEMS.items()]
    return "\n".join(lines) + "\n"


def _schema(schema: Mapping[str, Any]) -> str:
    """Say in words which values a schema allows."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return ", ".join("null" if each is None else f"`{each}`" for each in schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "properties" in schema:
        fields = (f"`{name}`: {_schema(each)}" for name, each in schema["properties"].items())
        return f"an object with {', '.join(fields)}"
    told = " or ".join(kinds)
    if "items" in schema:
        told = f"{told} of {_schema(schema['items'])}"
    if "minimum" in schema and "maximum" in schema:
        told += f", {schema['minimum']} to {schema['maximum']}"
    return told


DOCUMENTS = {
    "api.md": api_page,
    "datasets.md": datasets_page,
    "rules.md": rules_page,
    "runbook.md": runbook_page,
}
"""The pages that are made, by file name."""


def main() -> None:
    """Write the pages."""
    documentation.write(DOCUMENTS)


if __name__ == "__main__":
    main()
