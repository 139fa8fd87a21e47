"""Writes the pages of docs/ on the module finder from the declarations."""

from asset_checks.modules.runbook import RUNBOOK
from graph.terminal import documentation
from module_assets.catalog.datasets import DATASETS, GROUPS
from module_assets.rules import Rules


def datasets_page() -> str:
    """Write the page on every dataset."""
    return documentation.datasets_page(
        "Datasets of the module finder",
        "Made by `make docs` from `module_assets/catalog/`; change it there.",
        DATASETS,
        GROUPS,
    )


def rules_page() -> str:
    """Write the page on every rule that can be set."""
    return documentation.rules_page(
        "Rules of the module finder",
        "Made by `make docs` from `module_assets/rules.py`; change it there. To run with others, "
        "name a TOML file of `name = value` lines with `--rules` or `MODULES_RULES`, or change "
        "them for one run in the UI's launchpad, under `resources: rules: config:`.",
        Rules,
    )


def runbook_page() -> str:
    """Write the page on what to do when a check fails."""
    return documentation.runbook_page(
        "Runbook of the module finder",
        "Made by `make docs` from `asset_checks/modules/runbook.py`; change it there. A page"
        " carries the paragraph of its check.",
        RUNBOOK,
    )


DOCUMENTS = {
    "modules-datasets.md": datasets_page,
    "modules-rules.md": rules_page,
    "modules-runbook.md": runbook_page,
}
"""The pages that are made, by file name."""


if __name__ == "__main__":
    documentation.write(DOCUMENTS)
